"""电诉宝's own ratings: a platform's published figures, beside ours as control totals and in no rate. Pure."""

from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from parsel import Selector
from pydantic import AwareDatetime

from crawlers.pages import decode, refuse, words
from crawlers.portals.dianshubao.fields import as_json, plain
from crawlers.printed import label_of, labelled, number
from pipeline.errors import PortalChanged
from pipeline.model import Record
from pipeline.portals import PortalFacts

_PRINTED: dict[str, tuple[str, ...]] = {
    "company": ("平台", "平台名称", "公司", "企业", "电商平台", "企业名称"),
    "sum": ("投诉数量", "投诉量"),
    "total": ("有效投诉量", "有效投诉数量"),
    "rate": ("占比", "投诉占比"),
    "feedback_total": ("回复量", "回复数量"),
    "pre": ("回复率", "平台回复率"),
    "feedback": ("回复时效性", "时效性"),
    "score_ave": ("满意度", "用户满意度", "满意度评分"),
    "buy": ("综合指数", "综合购买指数", "消费指数"),
}
LABELS = {label: field for field, printed in _PRINTED.items() for label in printed}
COUNTERS = tuple(name for name in _PRINTED if name != "company")
_PERCENT = {"pre", "rate"}  # in JSON without their sign
_DETAIL = "complaintDataDetail"


class Control(Record):
    """One line of <run>.controls.ndjson: what the portal itself counts about a platform.

    `counter` sum, total, rate, feedback_total, pre, feedback, score_ave or buy; rate and pre are shares, 0 to 1.
    """

    portal: str
    platform_ref: str | None
    name: str
    counter: str
    value: float
    counted_at: AwareDatetime


class Rated(NamedTuple):
    """A platform's row: printed name, the portal's key for it (`website`), its link, counters by documented name."""

    name: str
    website: str | None
    href: str | None
    counters: dict[str, float]


def index_of(pre: float, feedback: float, score_ave: float) -> float:
    """综合指数 by the portal's published rule; pre and feedback 0 to 1, score_ave 0 to 10."""
    return 0.5 * pre + 0.3 * feedback + 0.2 * score_ave / 10


def timeliness(hours: float) -> float:
    """回复时效性 of one reply by the published rule."""
    return 1.0 if hours < 72 else 0.6 if hours <= 120 else 0.0


def grade_of(index: float) -> str:
    """The published grade of an index: [0, 0.4), [0.4, 0.75), [0.75, 1]."""
    return "不建议下单" if index < 0.4 else "谨慎下单" if index < 0.75 else "建议下单"


def parse_ratings(page: bytes | str, *, facts: PortalFacts) -> tuple[Rated, ...]:
    """The rows of a ratings page, or the one row of a platform's own page. Raises Refused or PortalChanged."""
    text, _ = decode(page)
    answer = as_json(text)
    if answer is not None:
        return tuple(_json_rows(answer))
    root = Selector(text)
    rows = [row for table in root.css("table") for row in _table(table)] or _labelled(root)
    if not rows:
        raise refuse(facts, "ratings page", root, text)
    return tuple(rows)


def _json_rows(answer: object) -> list[Rated]:
    rows = answer.get("list") if isinstance(answer, dict) else answer
    if not isinstance(rows, list):
        raise PortalChanged("ratings in JSON without a list; compare them with portal.yml")
    found = []
    for row in map(plain, rows):
        numbers = {name: number(row.get(name)) for name in COUNTERS}
        shares = {name: v / 100 if name in _PERCENT and v is not None and "%" not in row[name] else v
                  for name, v in numbers.items()}  # fmt: skip
        if "company" in row:
            found.append(Rated(row["company"], row["company"], None, _known(shares)))
    return found


def _known(numbers: dict[str, float | None]) -> dict[str, float]:
    return {name: round(value, 6) for name, value in numbers.items() if value is not None}


def _table(table: Selector) -> list[Rated]:
    """Rows of a table whose head names a platform and at least two counters."""
    lines = table.css("tr")
    heads = [label_of(words(cell.root), LABELS) for cell in lines[:1].css("th, td")]
    fields = [LABELS[head] if head else None for head in heads]
    if "company" not in fields or sum(field in COUNTERS for field in fields) < 2:
        return []
    found = []
    for row in lines[1:]:
        printed = dict(zip(fields, (words(cell.root) for cell in row.css("th, td")), strict=False))
        href = row.css(f'a[href*="{_DETAIL}"]::attr(href)').get()
        if name := printed.get("company"):
            found.append(Rated(name, website_of(href), href, _known({c: number(printed.get(c)) for c in COUNTERS})))
    return found


def _labelled(root: Selector) -> list[Rated]:
    printed = labelled(root.root, LABELS)
    name = printed.get("company") or words(next(iter(root.css("h1, h2")), root).root)
    counters = _known({counter: number(printed.get(counter)) for counter in COUNTERS})
    return [Rated(name, name, None, counters)] if name and len(counters) >= 2 else []


def website_of(href: str | None) -> str | None:
    """The portal's key for a platform in a link to its ratings."""
    return next(iter(parse_qs(urlsplit(href or "").query).get("website", [])), None)
