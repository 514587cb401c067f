"""How a cell is shown: links to the pages of the site and to portals, a share as a bar with its interval."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from datasette.utils import tilde_encode
from markupsafe import Markup, escape

from pipeline.publish.web.reading import MOST_CASE_PAGES

LINK_COLUMNS = frozenset({"url", "home", "evidence_url"})
SHARE_COLUMNS = frozenset({"share", "incidence", "expected", "market", "confidence", "value", "text_score"})
_SHARE_ENDS = ("_rate", "_share")
_BOUNDS = frozenset({"low", "high", "bound_low", "bound_high", "first_low", "second_low", "last_low"})
_DAYS = re.compile(r"(reply|delivery_lag)_p\d+")  # waiting times stand in the column of the shares
_REF = re.compile(r"[a-z0-9][a-z0-9_-]*/[^/\s]{1,100}")
_PLATFORM = re.compile(r"[a-z0-9][a-z0-9-]*")
_HTTP = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True)
class Beside:
    """What stands beside the rows: the site or not, and where a case is shown: on a page of its own, or (there are too many) its row."""

    site: bool
    cases: str = "/cases/"

    def case(self, ref: str) -> str:
        return f"{self.cases}{tilde_encode(ref)}" if self.cases.startswith("/data/") else f"{self.cases}{quote(ref)}/"


def beside(base_url: str, database: str, n_cases: int | None) -> Beside:
    """`n_cases` None: not counted, so nothing is known of pages."""
    if base_url != "/data/":
        return Beside(False)
    has_pages = n_cases is not None and n_cases <= MOST_CASE_PAGES
    return Beside(True, "/cases/" if has_pages else f"/data/{tilde_encode(database)}/cases/")


def cell(row: Any, value: Any, column: str, table: str | None, around: Beside) -> Markup | None:
    """The cell's HTML, or None where Datasette's own is right. Pages are linked only where the site stands beside."""
    if isinstance(value, float):
        return _share(row, value, column)
    name, label = (value["value"], value["label"]) if isinstance(value, dict) else (value, value)
    if not isinstance(name, str):
        return None
    if column in LINK_COLUMNS:
        return _link(name, name, rel="nofollow noopener noreferrer") if _HTTP.fullmatch(name) else None
    return _page(row, name, str(label), column, table, around) if around.site else None


def _share(row: Any, value: float, column: str) -> Markup | None:
    is_bound = column in _BOUNDS
    if not (is_bound or column in SHARE_COLUMNS or column.endswith(_SHARE_ENDS)) or not 0 <= value <= 1:
        return None
    columns = row.keys()
    if "measure" in columns and _DAYS.fullmatch(str(_plain(row["measure"]))):
        return None
    if is_bound:
        return Markup('<span title="{}">{:.1f}%</span>').format(value, value * 100)
    low, high = (
        _plain(row[end]) if column in ("value", "sink_rate", "share", "incidence") and end in columns else None
        for end in ("low", "high")
    )
    spread = ""
    if isinstance(low, float) and isinstance(high, float) and 0 <= low <= high <= 1:
        spread = Markup('<i class="ci" style="left:{:.1f}%;width:{:.1f}%"></i>').format(low * 100, (high - low) * 100)
    return Markup(
        '<span class="pct" title="{}"><span class="bar"><b style="width:{:.1f}%"></b>{}</span>{:.1f}%</span>'
    ).format(value, value * 100, spread, value * 100)


def _page(row: Any, name: str, label: str, column: str, table: str | None, around: Beside) -> Markup | None:
    if column == "platform" or (table == "platforms" and column == "id"):
        return _link(f"/platforms/{name}/", label) if _PLATFORM.fullmatch(name) else None
    case = name if column == "case_id" or (table == "cases" and column == "id") else None
    if column == "complaint":  # only a case has a page: a complaint's is its case's
        case = _plain(row["case_id"]) if "case_id" in row.keys() else None  # noqa: SIM118 - a row of SQLite
    if case is None or not _REF.fullmatch(case):
        return None
    return _link(around.case(case), name)


def _plain(value: Any) -> Any:
    return value["value"] if isinstance(value, dict) else value


def _link(href: str, text: str, **attributes: str) -> Markup:
    more = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    return Markup(f'<a href="{escape(href)}"{more}>{escape(text)}</a>')  # noqa: S704 - every value was escaped
