"""电诉宝 pages and answers → data. Pure: text in, records out; every field by its label or documented name."""

import hashlib
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from parsel import Selector

from crawlers.pages import Parsed, decode, finding, one_line, refuse, whole, words
from crawlers.portals.dianshubao.fields import Fields, as_json, fields_of, line, plain, unwrap
from crawlers.printed import moment, values, yuan
from pipeline.errors import PortalChanged, Refused
from pipeline.model import Finding, Rating, RawComplaint, RawEvent
from pipeline.portals import PortalFacts

PROFILE = "/Home/Jzbxcx/json_315_post_product?f=complain_profile&id="
STATES = {"1": "未审核", "2": "已移交", "3": "已受理", "4": "已评价", "5": "受理无效"}
REVIEWS = {"bad": "不满意", "common": "一般", "pleased": "满意", "perfect": "非常满意"}
_ORDER = ("filed", "assigned", "rejected", "replied", "rated", "confirmed")
_CONFIRMING = {"满意", "非常满意"}
_NEXT = {"下一页", "下页", "后一页", "下一页>", ">", ">>", "›", "»"}
_LISTS = {"ul", "ol", "dl", "table", "tbody", "body"}
_LIST = re.compile(r"complain_?list|complaint_?data", re.IGNORECASE)
_PATH_NUMBER = re.compile(r"(\d+)(?:\.s?html?)?/?$")
_ROUND = "the complaint lands; read the page and correct portal.yml or the parser"


class Listed(NamedTuple):
    """A complaint as a list shows it; `href` as printed, `cells` the other texts of its row."""

    ref: str
    href: str
    listed_on: date | None
    title: str | None
    cells: tuple[str, ...] = ()


class ListPage(NamedTuple):
    """One page of the list: its complaints, the link to the next page, the link to the ratings, the printed total."""

    items: tuple[Listed, ...]
    next_href: str | None
    ratings_href: str | None
    total: int | None
    encoding: str | None


def ref_of(href: str) -> str | None:
    """The complaint's id in a link; null for lists, ratings and everything else."""
    parts = urlsplit(href)
    if "complain" not in (parts.path + parts.query).lower() or _LIST.search(parts.path):
        return None
    asked = parse_qs(parts.query)
    given = next((asked[name][0] for name in ("id", "cid", "complain_id") if name in asked), None)
    match = _PATH_NUMBER.search(parts.path)
    ref = given or (match[1] if match else "")
    return ref if ref.isdecimal() else None


def parse_list(page: bytes | str, *, facts: PortalFacts, number: int = 1) -> ListPage:
    """Page `number` of the list, in HTML or JSON. A page without a known complaint link has no items.

    Raises Refused for a wall or a cut page, PortalChanged where nothing says that it is a list of complaints.
    """
    text, encoding = decode(page)
    answer = as_json(text)
    if answer is not None:
        return _json_list(unwrap(answer, facts, f"list page {number}"), facts)
    root = Selector(text)
    items = _items(root)
    if not items and ("投诉" not in (words(root.root) or "") or not root.css("body")):
        raise refuse(facts, "list page", root, text)
    if not items and any(word in (root.css("title::text").get() or "") for word in facts.wall_words):
        raise refuse(facts, "list page", root, text)
    if not whole(text):
        raise Refused("truncated", "list page: cut off; run again")
    ratings = next((h for h in root.css("a::attr(href)").getall() if re.search(r"/complaintData\.", h)), None)
    total = re.search(r"共\s*(\d+)\s*[条件个]", words(root.root) or "")
    return ListPage(items, _next(root, number), ratings, int(total[1]) if total else None, encoding)


def _json_list(found: object, facts: PortalFacts) -> ListPage:
    rows = found.get("pw_rec_list") if isinstance(found, dict) else None
    if not isinstance(rows, list):
        raise PortalChanged(f"{facts.slug}: the list in JSON has no pw_rec_list; compare it with portal.yml")
    read = [plain(row) for row in rows]
    items = [
        Listed(row["id"], PROFILE + row["id"], _filed_on(row), row.get("title"), tuple(_cells(row)))
        for row in read
        if "id" in row
    ]
    return ListPage(tuple(items), None, None, None, None)


def _cells(row: Fields) -> Iterator[str]:
    yield from (row[name] for name in ("to_company", "company_name", "concrete_area", "remark2") if name in row)
    if row.get("state") in STATES:
        yield STATES[row["state"]]


def _filed_on(row: Fields) -> date | None:
    at, _ = moment(row.get("time1") or row.get("post_time"))
    return at.date() if at else None


def _items(root: Selector) -> tuple[Listed, ...]:
    """Each complaint once, by its first link; a link's row is the widest element around it without another's link."""
    found: dict[str, Listed] = {}
    for link in root.css("a[href]"):
        href = link.attrib["href"].strip()
        ref = ref_of(href)
        if ref and ref not in found:
            row = _row(link.root, ref)
            at, _ = moment(words(row))
            title = one_line(link.attrib.get("title")) or words(link.root)
            cells = (one_line(text) for text in row.itertext())
            found[ref] = Listed(
                ref, href, at.date() if at else None, title, tuple(cell for cell in cells if cell and cell != title)
            )
    return tuple(found.values())


def _row(node: Any, ref: str) -> Any:
    row = node
    for around in node.iterancestors():
        if around.tag in _LISTS or any((ref_of(link.get("href") or "") or ref) != ref for link in around.iter("a")):
            break
        row = around
    return row


def _next(root: Selector, number: int) -> str | None:
    for link in root.css("a[href]"):
        href, text = link.attrib["href"].strip(), (words(link.root) or "").replace(" ", "")
        is_next = text in _NEXT or link.attrib.get("rel") == "next" or text == str(number + 1)
        if is_next and href and not href.startswith(("#", "javascript:")):
            return href
    return None


def parse_detail(page: bytes | str, *, url: str, seen_at: datetime, found_via: str, facts: PortalFacts) -> Parsed:
    """One complaint. Raises ComplaintGone, Refused (wall, empty, cut off) or PortalChanged."""
    ref = ref_of(url)
    answer = fields_of(page, facts, f"{facts.slug}/{ref or url}")
    fields = answer.fields
    ref = fields.get("id") or ref
    if ref is None:
        raise PortalChanged(f"{url}: neither the answer nor its address names a complaint")
    status = STATES.get(fields.get("state", ""), line(fields, "state"))
    review = REVIEWS.get(fields.get("review", ""), line(fields, "review"))
    events = _events(fields, status, review)
    filed_at, _ = moment(fields.get("time1") or fields.get("post_time"))
    record = RawComplaint(
        portal=facts.slug, ref=ref, url=url, seen_at=seen_at, found_via=found_via,
        title=line(fields, "title"), body=fields.get("remark2"),
        platform_name=line(fields, "to_company") or line(fields, "company_name"),
        issues=values(fields.get("concrete_area")), requests=values(fields.get("requests")),
        amount_yuan=yuan(fields.get("money")), filed_at=filed_at, status=status,
        rating=Rating(text=review) if review else None,
        page_digest=hashlib.sha256(page.encode() if isinstance(page, str) else page).hexdigest(), events=events,
    )  # fmt: skip
    return Parsed(record, tuple(_oddities(record, fields, review, facts, answer.encoding)))


def _events(fields: Fields, status: str | None, review: str | None) -> tuple[RawEvent, ...]:
    """The stages that were reached, by a printed time or by the state; a stage without a time keeps its place."""
    steps = [
        RawEvent(at=_at(fields, "time1", "post_time"), actor="complainant", kind="filed", text=fields.get("remark2"))
    ]
    if "time2" in fields or status in ("已移交", "已受理", "已评价"):
        steps.append(RawEvent(at=_at(fields, "time2"), actor="portal", kind="assigned", text=None))
    if status == "受理无效":
        steps.append(RawEvent(at=None, actor="portal", kind="rejected", text=status))
    if "time3" in fields or status == "已受理":
        at, said = moment(fields.get("time3"))
        steps.append(RawEvent(at=at, actor="platform", kind="replied", text=said))
    if "time4" in fields or review or status == "已评价":
        at = _at(fields, "time4")
        steps.append(RawEvent(at=at, actor="complainant", kind="rated", text=review))
        if review in _CONFIRMING:
            steps.append(RawEvent(at=at, actor="complainant", kind="confirmed", text=review))
    return _in_order(steps)


def _at(fields: Fields, *names: str) -> datetime | None:
    return next((moment(fields[name])[0] for name in names if name in fields), None)


def _in_order(steps: list[RawEvent]) -> tuple[RawEvent, ...]:
    """Oldest first; an undated step stays behind the stage before it."""
    keyed, last = [], None
    for place, step in enumerate(steps):
        last = max(filter(None, (step.at, last)), default=None) if step.at is None else step.at
        keyed.append((last is not None, last, place, step))
    return tuple(step for *_, step in sorted(keyed, key=lambda k: (k[0], k[1].timestamp() if k[1] else 0.0, k[2])))


def _oddities(
    record: RawComplaint, fields: Fields, review: str | None, facts: PortalFacts, encoding: str | None
) -> Iterator[Finding]:
    ref = record.ref
    if record.status is not None and record.status not in facts.statuses:
        word = record.status[:20]
        yield finding(facts, ref, "unknown_status", f"state '{word}'", "add it to statuses in portal.yml")
    if review and review not in REVIEWS.values():
        yield finding(facts, ref, "unknown_review", f"review '{review[:20]}'", _ROUND)
    if encoding:
        yield finding(facts, ref, "encoding", f"the page came as {encoding} and was repaired", "nothing to do")
    if fields.get("money") and record.amount_yuan is None:
        yield finding(facts, ref, "bad_amount", "the disputed amount is not a number of yuan", _ROUND)
    for step in record.events:
        if step.at is None and step.kind not in ("rejected", "confirmed"):
            yield finding(facts, ref, "no_step_time", f"step {step.kind} has no readable time", _ROUND)
    if [_ORDER.index(step.kind) for step in record.events] != sorted(_ORDER.index(s.kind) for s in record.events):
        yield finding(facts, ref, "time_order", "the stages' times run backwards", _ROUND)
