"""Rendered pages of 全国12315 公示 → data. Pure: HTML in, records out; every field by the label beside it."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from parsel import Selector

from crawlers.pages import Parsed, decode, finding, one_line, refuse, whole, words
from crawlers.printed import labelled, moment
from pipeline.errors import PortalChanged, Refused
from pipeline.model import Finding, RawComplaint, RawEvent
from pipeline.portals import PortalFacts

ROW = "div.response-list-item"
Fields = dict[str, str]
_PRINTED: dict[str, tuple[str, ...]] = {
    "entName": ("企业名称", "被投诉企业", "经营者名称", "被投诉主体", "企业"),
    "creditNo": ("统一社会信用代码", "信用代码", "社会信用代码"),
    "entAddr": ("企业地址", "地址", "住所", "经营地址"),
    "content": ("投诉内容", "投诉问题", "投诉事由", "内容"),
    "res": ("处理结果", "调解结果", "结果"),
    "department": ("处理部门", "处理单位", "办理单位", "公示单位", "处理机关"),
    "endtime": ("办结时间", "完结时间", "结束时间", "处理时间", "办结日期"),
}
LABELS = {label: field for field, printed in _PRINTED.items() for label in printed}
_NAMES = ("entName", "creditNo", "endtime", "department")
_NOTHING = ("暂无", "无数据", "没有相关", "未查询到", "共0条", "共 0 条")
_ROUND = "the record lands; read the page and correct portal.yml or the parser"


class Shown(NamedTuple):
    """One rendered page of a search: its rows by documented field name (`id` where printed), the pager's numbers."""

    rows: tuple[Fields, ...]
    pages: tuple[int, ...]


def parse_page(page: bytes | str, *, facts: PortalFacts) -> Shown:
    """The rows shown. Raises Refused for a wall, PortalChanged where neither rows nor a word for "none" are shown."""
    text, _ = decode(page)
    root = Selector(text)
    rows = tuple(_row(node) for node in root.css(ROW))
    said = words(root.root) or ""
    if not rows and (is_wall(root, facts) or not any(word in said for word in _NOTHING)):
        raise refuse(facts, "list of finished cases", root, text)
    if not whole(text):
        raise Refused("truncated", "list of finished cases: cut off; run again")
    numbers = (words(node.root) or "" for node in root.css("li.number"))
    return Shown(rows, tuple(int(number) for number in numbers if number.isdecimal()))


def is_wall(root: Selector, facts: PortalFacts) -> bool:
    title = root.css("title::text").get() or ""
    return any(word in title for word in facts.wall_words)


def _row(node: Selector) -> Fields:
    found = labelled(node.root, LABELS, _NAMES, long=("content",))
    heading = next((said for head in node.css("h1, h2, h3, h4, h5, .title") if (said := words(head.root))), None)
    marked = node.attrib.get("data-id") or next(iter(node.css("[data-id]::attr(data-id)").getall()), None)
    more = {"id": marked, "entName": found.get("entName") or heading}
    return found | {name: value for name, value in more.items() if value}


def parse_detail(page: bytes | str, *, url: str, seen_at: datetime, found_via: str, facts: PortalFacts) -> Parsed:
    """The one row of a page that shows one."""
    parsed = parse_rows(page, url=url, seen_at=seen_at, found_via=found_via, facts=facts)
    if len(parsed) != 1:
        raise PortalChanged(f"{facts.slug}: {len(parsed)} rows where one was expected; read the page")
    return parsed[0]


def parse_rows(
    *pages: bytes | str, url: str, seen_at: datetime, found_via: str, facts: PortalFacts, company: str | None = None
) -> tuple[Parsed, ...]:
    """All rows of one search, page after page; with `company` only those whose name holds it (branches included)."""
    seen: Counter[str] = Counter()
    found: list[Parsed] = []
    for page in pages:
        digest = hashlib.sha256(page.encode() if isinstance(page, str) else page).hexdigest()
        for row in parse_page(page, facts=facts).rows:
            if company and company not in row.get("entName", company):
                continue
            key = _key(row)
            seen[key] += 1
            ref = key if seen[key] == 1 or "id" in row else f"{key}-{seen[key]}"
            found.append(_record(row, ref, digest, url, seen_at, found_via, facts))
    return tuple(found)


def _key(row: Fields) -> str:
    """The printed number; else what names the case: company, text, department, time."""
    if "id" in row:
        return row["id"]
    named = [one_line(row.get(name)) for name in ("creditNo", "entName", "content", "department", "endtime")]
    return "x" + hashlib.sha256(json.dumps(named, ensure_ascii=False).encode()).hexdigest()[:16]


def _record(
    row: Fields, ref: str, digest: str, url: str, seen_at: datetime, found_via: str, facts: PortalFacts
) -> Parsed:
    result, (ended_at, _) = one_line(row.get("res")), moment(row.get("endtime"))
    event = RawEvent(at=ended_at, actor="portal", kind="closed", text=result)
    record = RawComplaint(
        portal=facts.slug, ref=ref, url=url, seen_at=seen_at, found_via=found_via, body=row.get("content"),
        platform_name=one_line(row.get("entName")), platform_ref=one_line(row.get("creditNo")), status=result,
        page_digest=digest, events=(event,) if result or ended_at else (),
    )  # fmt: skip
    return Parsed(record, tuple(_oddities(record, facts)))


def _oddities(record: RawComplaint, facts: PortalFacts) -> Iterator[Finding]:
    if record.status is None:
        yield finding(facts, record.ref, "no_result", "the row shows no result", _ROUND)
    elif record.status not in facts.statuses:
        word = record.status[:20]
        yield finding(facts, record.ref, "unknown_status", f"result '{word}'", "add it to statuses in portal.yml")
    if not record.events or record.events[0].at is None:
        yield finding(facts, record.ref, "no_step_time", "the row shows no readable time of its end", _ROUND)
