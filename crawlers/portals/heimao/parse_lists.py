"""What 黑猫's own script fetched (JSON, JSONP) → list items, merchants, groups. Pure.

Every field is found by its documented name; a refusal is never read as an empty list.
"""

import json
import re
from datetime import date, datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from bs4 import BeautifulSoup
from parsel import Selector

from crawlers.browser import Call
from crawlers.pages import SHANGHAI, decode, one_line, refuse
from crawlers.portals.heimao.parse import ref_of, split
from pipeline.errors import Refused
from pipeline.portals import PortalFacts

STATUS_WORDS = {1: "通过审核", 3: "待分配", 4: "处理中", 6: "已回复", 7: "已完成", 8: "已关闭"}
COUNTERS = ("valid_amt", "valid30d", "replied_amt", "completed_amt", "eval_points")
_WALLS = {403: "forbidden", 429: "rate_limited", 456: "risk_control", 503: "unavailable"}
_JSONP = re.compile(
    r"^\s*(?:try\s*\{)?\s*[\w$.]+\s*\((.*)\)\s*;?\s*(?:\}\s*catch\s*\(\w+\)\s*\{\s*\}\s*;?)?\s*$", re.DOTALL
)
GROUP = re.compile(r"/grp_comp/view/(G\d+)")


class ListItem(NamedTuple):
    """A complaint as a list shows it. `href` as printed; `status` the word, null for a code without one."""

    ref: str
    href: str
    title: str | None = None
    summary: str | None = None
    platform_name: str | None = None
    issues: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()
    status: str | None = None
    amount_yuan: float | None = None
    published_at: datetime | None = None
    listed_on: date | None = None

    @property
    def on(self) -> date | None:
        """The day it was published."""
        return self.published_at.date() if self.published_at else self.listed_on


class Pager(NamedTuple):
    """Where a list stands: this page, how many there are, how many items the portal claims. Null where not said."""

    current: int | None
    pages: int | None
    items: int | None

    @property
    def is_last(self) -> bool:
        return self.current is not None and self.pages is not None and self.current >= self.pages


class ItemPage(NamedTuple):
    """One answer with complaints. `odd`: what was strange about its items, for findings."""

    items: tuple[ListItem, ...]
    pager: Pager
    odd: tuple[str, ...]


class Merchant(NamedTuple):
    """A merchant and the portal's own counters of it, by the portal's names."""

    couid: str
    name: str | None
    sid: str | None
    href: str
    counters: dict[str, int | float]


class Group(NamedTuple):
    """A group complaint in a list."""

    ref: str
    href: str
    title: str | None


def envelope(call: Call, *, facts: PortalFacts) -> dict[str, Any]:
    """`result.data` of an answer. Raises Refused for everything that is none: a wall is never an empty list."""
    what = f"{facts.slug} {urlsplit(call.url).path}"
    if call.why:
        raise Refused(call.why, f"{what}: no answer ({call.why})")
    if call.status in (301, 302, 303, 307, 308):
        raise Refused(
            "login" if "passport" in call.location or "login" in call.location else "redirect", f"{what}: redirected"
        )
    if call.status != 200:
        raise Refused(
            _WALLS.get(call.status, f"http_{call.status}"), f"{what}: HTTP {call.status}; wait, then run again"
        )
    return _data(_loads(call, what, facts), what)


def _loads(call: Call, what: str, facts: PortalFacts) -> Any:
    text, _ = decode(call.body)
    if "<html" in text[:2000].lower() or text.lstrip().startswith("<"):
        raise _html_wall(what, text, facts)
    match = _JSONP.match(text)
    try:
        return json.loads(match[1] if match else text)
    except ValueError as error:
        raise Refused("truncated", f"{what}: the answer is no whole JSON; it is asked for again") from error


def _html_wall(what: str, text: str, facts: PortalFacts) -> Refused:
    """HTML where JSON was expected: a wall, named by its title where that says more."""
    why = refuse(facts, what, Selector(text), text)
    return (
        why
        if isinstance(why, Refused) and why.kind in ("login", "captcha")
        else Refused("html", f"{what}: HTML for JSON")
    )


def _data(content: Any, what: str) -> dict[str, Any]:
    result = content.get("result") if isinstance(content, dict) else None
    if not isinstance(result, dict):
        raise Refused("no_envelope", f"{what}: an answer without result; compare it with portal.yml")
    status = result.get("status")
    code = status.get("code") if isinstance(status, dict) else None
    if code != 0:
        raise Refused("status_code", f"{what}: status code {code!r}; the portal refuses, run again later")
    if not isinstance(data := result.get("data"), dict):
        raise Refused("no_data", f"{what}: an answer without data; the portal refuses, run again later")
    return data


def parse_items(call: Call, *, facts: PortalFacts) -> ItemPage:
    """Complaints of one answer. `complaints: null` (or `lists: null`) means none; neither key there is a refusal."""
    data = envelope(call, facts=facts)
    rows = _rows(data, ("lists", "complaints", "list"), call)
    read = [_item(row) for row in rows]
    odd = ["a list item without a complaint link"] * read.count(None)
    codes = {str(_main(row).get("status")) for row in rows} - {str(code) for code in STATUS_WORDS} - {"None"}
    odd += [f"status code {code[:8]}" for code in sorted(codes)]
    return ItemPage(tuple(item for item in read if item), _pager(data), tuple(odd))


def _rows(data: dict[str, Any], names: tuple[str, ...], call: Call) -> list[Any]:
    for name in names:
        if name in data:
            rows = data[name]
            if rows is None:
                return []
            if isinstance(rows, list):
                return rows
    raise Refused("no_list", f"{urlsplit(call.url).path}: data without {' or '.join(names)}; compare with portal.yml")


def _main(row: Any) -> dict[str, Any]:
    main = row.get("main", row) if isinstance(row, dict) else {}
    return main if isinstance(main, dict) else {}


def _item(row: Any) -> ListItem | None:
    main = _main(row)
    href = str(main.get("url") or "").strip()
    ref = ref_of(href)
    if ref is None or str(main.get("sn") or ref) != ref:
        return None
    code = _number(main.get("status"))
    return ListItem(
        ref=ref, href=href, title=_text(main.get("title")), summary=_text(main.get("summary")),
        platform_name=_text(main.get("cotitle")), issues=split(_text(main.get("issue"))),
        requests=split(_text(main.get("appeal"))), status=STATUS_WORDS.get(int(code)) if code is not None else None,
        amount_yuan=_number(main.get("cost")), published_at=_moment(main.get("timestamp") or main.get("created_at")),
    )  # fmt: skip


def _text(markup: Any) -> str | None:
    """Plain text of a value that may hold tags and entities."""
    if not isinstance(markup, str) or not markup.strip():
        return None
    plain = BeautifulSoup(markup, "lxml").get_text() if "<" in markup or "&" in markup else markup
    return one_line(plain)


def _number(value: Any) -> float | None:
    try:
        return float(str(value).replace(",", "")) if value not in (None, "") else None
    except ValueError:
        return None


def _moment(value: Any) -> datetime | None:
    seconds = _number(value)
    return datetime.fromtimestamp(seconds, SHANGHAI) if seconds and 0 < seconds < 4e9 else None


def _pager(data: dict[str, Any]) -> Pager:
    raw = data.get("pager")
    found = raw if isinstance(raw, dict) else {}
    numbers = (_number(found.get(name)) for name in ("current", "page_amount", "item_count"))
    return Pager(*(None if number is None else int(number) for number in numbers))


def parse_merchants(call: Call, *, facts: PortalFacts) -> tuple[tuple[Merchant, ...], Pager]:
    """Rows of the merchant directory (`main_search`) or of a merchant's services (`rel_service`)."""
    data = envelope(call, facts=facts)
    couid = next(iter(parse_qs(urlsplit(call.url).query).get("couid", [])), "")
    rows = (_merchant(_main(row), couid) for row in _rows(data, ("lists", "list", "services"), call))
    return tuple(row for row in rows if row), _pager(data)


def _merchant(row: dict[str, Any], asked: str) -> Merchant | None:
    couid = str(row.get("uid") or asked)
    if not couid.isdigit():
        return None
    href = str(row.get("url") or f"/company/view/?couid={couid}")
    counters = {name: _whole(number) for name in COUNTERS if (number := _number(row.get(name))) is not None}
    return Merchant(
        couid, _text(row.get("title") or row.get("name")), str(row.get("sid") or "") or None, href, counters
    )


def _whole(number: float) -> int | float:
    return int(number) if number.is_integer() else number


def parse_groups(call: Call, *, facts: PortalFacts) -> tuple[tuple[Group, ...], Pager]:
    """Group complaints of one answer of `grp_comp/feed`."""
    data = envelope(call, facts=facts)
    return tuple(group for row in _rows(data, ("list", "lists"), call) if (group := _group(_main(row)))), _pager(data)


def _group(row: dict[str, Any]) -> Group | None:
    href = next((value for value in row.values() if isinstance(value, str) and GROUP.search(value)), "")
    match = GROUP.search(href)
    return Group(match[1], href, _text(row.get("title"))) if match else None
