"""Saved pages and answers of 聚投诉 → data. Pure. The portal is closed: nothing here is fetched."""

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from parsel import Selector

from crawlers.pages import SHANGHAI, Parsed, decode, finding, one_line, raise_gone, refuse, words
from crawlers.printed import labelled, moment, values, yuan
from pipeline.errors import PortalChanged, Refused
from pipeline.model import Finding, RawComplaint, RawEvent
from pipeline.portals import PortalFacts

Fields = dict[str, str]
_REF = re.compile(r"/tousu/show/id/(\d+)")
_PRINTED: dict[str, tuple[str, ...]] = {
    "id": ("投诉编号", "编号"),
    "title": ("投诉标题", "标题"),
    "topic": ("投诉内容", "投诉详情", "详情"),
    "merchant": ("投诉对象", "投诉商家", "被投诉商家", "商家"),
    "shuqiu": ("投诉诉求", "投诉要求", "诉求"),
    "money": ("涉诉金额", "涉及金额", "金额"),
    "ctime": ("投诉时间", "发布时间", "发起时间"),
    "username": ("投诉人", "用户"),
    "state": ("投诉状态", "处理状态", "状态"),
}
LABELS = {label: field for field, printed in _PRINTED.items() for label in printed}
_HOME = "http://ts.21cn.com/tousu/show/id/"
_LOGIN = "登录聚投诉"


class Listed(NamedTuple):
    """The rows of a saved list, by the portal's own field names."""

    rows: tuple[Fields, ...]


def ref_of(href: str) -> str | None:
    match = _REF.search(urlsplit(href).path)
    return match[1] if match else None


def parse_list(page: bytes | str, *, facts: PortalFacts) -> Listed:
    """A saved list: postList in JSON, or `.complain-item` in HTML. Raises Refused or PortalChanged."""
    text, _ = decode(page)
    found = _json(text)
    if found is not None:
        rows = found.get("postList") if isinstance(found, dict) else None
        if not isinstance(rows, list):
            raise PortalChanged("a saved answer without postList; compare it with portal.yml")
        return Listed(tuple(_plain(row) for row in rows if isinstance(row, dict)))
    root = Selector(text)
    items = root.css(".complain-item")
    if not items:
        raise _wall(root, text, facts, "saved list")
    return Listed(tuple(row for item in items if (row := _item(item))))


def records(page: bytes | str, *, seen_at: datetime, found_via: str, facts: PortalFacts) -> tuple[RawComplaint, ...]:
    """A saved list as raw records, for an import; rows without a number are left out."""
    rows = parse_list(page, facts=facts).rows
    return tuple(_record(row, _HOME + row["id"], seen_at, found_via, facts) for row in rows if "id" in row)


def parse_detail(page: bytes | str, *, url: str, seen_at: datetime, found_via: str, facts: PortalFacts) -> Parsed:
    """One saved complaint, in HTML or JSON. Raises ComplaintGone, Refused or PortalChanged."""
    text, encoding = decode(page)
    fields = _fields(text, url, facts)
    if "id" not in fields:
        raise PortalChanged(f"{url}: neither the page nor its address names a complaint")
    record = _record(fields, url, seen_at, found_via, facts)
    digest = hashlib.sha256(page.encode() if isinstance(page, str) else page).hexdigest()
    return Parsed(record.model_copy(update={"page_digest": digest}), tuple(_oddities(record, fields, facts, encoding)))


def _fields(text: str, url: str, facts: PortalFacts) -> Fields:
    ref = ref_of(url)
    found = _json(text)
    if found is not None:
        post = found.get("post") if isinstance(found, dict) else None
        if not isinstance(post, dict):
            raise PortalChanged(f"{url}: a saved answer without post; compare it with portal.yml")
        fields = _plain(post)
    else:
        root = Selector(text)
        fields = labelled(root.root, LABELS, long=("topic",))
        heading = next((said for node in root.css("h1, h2") if (said := words(node.root))), None)
        fields = {**({"title": heading} if heading else {}), **fields}
        if _LOGIN in text or "topic" not in fields:
            raise_gone(facts, ref or url, words(root.root) or "")
            raise _wall(root, text, facts, url)
    return {**({"id": ref} if ref else {}), **fields}


def _wall(root: Selector, text: str, facts: PortalFacts, what: str) -> PortalChanged | Refused:
    if _LOGIN in text:
        return Refused("login", f"{what}: the saved page asks for a login; it holds no complaint")
    return refuse(facts, what, root, text)


def _json(text: str) -> Any | None:
    if not text.lstrip().startswith("{"):
        return None
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise Refused("truncated", "a saved answer in JSON is cut off; save it again") from error


def _plain(row: dict[str, Any]) -> Fields:
    texts = {name: str(value).strip() for name, value in row.items() if isinstance(value, str | int | float)}
    return {name: text for name, text in texts.items() if text}


def _item(item: Selector) -> Fields:
    link = next((node for node in item.css("a[href]") if ref_of(node.attrib["href"])), None)
    if link is None:
        return {}
    told = labelled(item.root, LABELS)
    at = told.get("ctime") or next((text for text in item.css("::text").getall() if moment(text)[0]), "")
    row = {**told, "id": ref_of(link.attrib["href"]) or "", "title": words(link.root) or "", "ctime": at.strip()}
    return {name: text for name, text in row.items() if text}


def _record(row: Fields, url: str, seen_at: datetime, found_via: str, facts: PortalFacts) -> RawComplaint:
    author, body, filed_at = one_line(row.get("username")), row.get("topic") or row.get("shortTopic"), _at(row)
    return RawComplaint(
        portal=facts.slug, ref=row["id"], url=url, seen_at=seen_at, found_via=found_via,
        title=one_line(row.get("title")), body=body, author=None if author in facts.anonymous_names else author,
        platform_name=one_line(row.get("merchant")), requests=values(row.get("shuqiu")),
        amount_yuan=yuan(row.get("money")), filed_at=filed_at, status=one_line(row.get("state")),
        events=(RawEvent(at=filed_at, actor="complainant", kind="filed", text=body),),
    )  # fmt: skip


def _at(row: Fields) -> datetime | None:
    """Seconds since 1970 in answers, printed times on pages."""
    raw = row.get("ctime", "")
    if raw.isdecimal() and len(raw) in (10, 13):
        return datetime.fromtimestamp(int(raw[:10]), SHANGHAI)
    return moment(raw)[0]


def _oddities(record: RawComplaint, fields: Fields, facts: PortalFacts, encoding: str | None) -> Iterator[Finding]:
    if record.status is not None and record.status not in facts.statuses:
        word = record.status[:20]
        yield finding(facts, record.ref, "unknown_status", f"state '{word}'", "add it to statuses in portal.yml")
    if record.filed_at is None:
        yield finding(facts, record.ref, "no_step_time", "the saved page prints no readable time", "look at the page")
    if fields.get("money") and record.amount_yuan is None:
        yield finding(
            facts, record.ref, "bad_amount", "the disputed amount is not a number of yuan", "look at the page"
        )
    if encoding:
        yield finding(facts, record.ref, "encoding", f"the page came as {encoding} and was repaired", "nothing to do")
