"""黑猫 pages → data. Pure: text in, records out; every field is found by its label, never by its position."""

import hashlib
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from parsel import Selector, SelectorList

from crawlers.pages import SHANGHAI, Parsed, decode, finding, one_line, raise_gone, refuse, text_of, whole, words
from crawlers.portals.heimao.timeline import Page, events_of, filing
from pipeline.errors import PageError, PortalChanged, Refused
from pipeline.model import Finding, Rating, RawComplaint, RawEvent
from pipeline.portals import PortalFacts

GROUPS = {"lists-last": "latest", "lists-reply": "replied", "lists-finish": "finished"}
_REF = re.compile(r"/complaint/view/(\d+)")
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_PUBLISHED = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日\s*(\d{1,2}):(\d{2})(?::(\d{2}))?")
_AMOUNT = re.compile(r"[¥￥]?\s*(\d[\d,，]*(?:\.\d+)?)\s*(万)?\s*元?")
_SEPARATORS = re.compile("[,，、]")
_STAR = re.compile(r"(?:^|\s)star([1-5])(?:\s|$)")
_STARS = {"服务态度": "attitude", "处理速度": "process", "满意度": "satisfaction"}
_ROUND = "the complaint lands; read the page and correct portal.yml or the parser"


class Listed(NamedTuple):
    """A complaint as a list shows it. `href` as printed; `group` latest, replied, finished or card."""

    ref: str | None
    href: str
    group: str
    listed_on: date | None
    author: str | None
    title: str | None
    summary: str | None
    platform_name: str | None
    requests: tuple[str, ...]


class HomePage(NamedTuple):
    """The home page: its lists, the portal's own counters (null where not printed), every other link as printed."""

    items: tuple[Listed, ...]
    valid_24h: int | None
    valid_total: int | None
    links: tuple[str, ...]
    encoding: str | None


def ref_of(href: str) -> str | None:
    """The complaint number in a link; null for any other link."""
    match = _REF.search(urlsplit(href).path)
    return match[1] if match else None


def parse_home(page: bytes | str, *, facts: PortalFacts) -> HomePage:
    """The lists of the home page. Raises PortalChanged without any list, Refused for a wall or a cut page."""
    text, encoding = decode(page)
    root = Selector(text)
    lists = [(root.css(f"div.seo_data_list ul.{css} > li"), group) for css, group in GROUPS.items()]
    cards = root.css("div.blackcat-con")
    if not root.css("div.seo_data_list, ul.lists-last, ul.lists-reply, ul.lists-finish") and not cards:
        raise refuse(facts, "home page", root, text)
    if not whole(text):
        raise Refused("truncated", "home page: cut off; run again")
    items = [_listed(node, group, facts) for nodes, group in [*lists, (cards, "card")] for node in nodes]
    return HomePage(
        items=tuple(item for item in items if item.href),
        valid_24h=_count(root, ".board-l .num"),
        valid_total=_count(root, ".board-r .num"),
        links=tuple(root.css("a::attr(href)").getall()),
        encoding=encoding,
    )


def _count(root: Selector, css: str) -> int | None:
    digits = re.sub(r"\D", "", root.css(css).xpath("string()").get() or "")
    return int(digits) if digits else None


def _listed(node: Selector, group: str, facts: PortalFacts) -> Listed:
    href = (node.css('a[href*="/complaint/view/"]::attr(href)').get() or node.css("a::attr(href)").get() or "").strip()
    rows = [words(row.root) or "" for row in node.css("li li, ul.list li")]
    author = one_line(node.css("span.name").xpath("string()").get())
    return Listed(
        ref=ref_of(href), href=href, group=group,
        listed_on=_day(node.css("span.time").xpath("string()").get() or ""),
        author=None if author in facts.anonymous_names else author,
        title=_first_words(node, "h1"), summary=_first_words(node, "p"),
        platform_name=_row(rows, "[投诉对象]"), requests=split(_row(rows, "[投诉要求]")),
    )  # fmt: skip


def _first_words(node: Selector, css: str) -> str | None:
    found = node.css(css)
    return words(found[0].root) if found else None


def _row(rows: list[str], label: str) -> str | None:
    return next((one_line(row.removeprefix(label)) for row in rows if row.startswith(label)), None)


def _day(printed: str) -> date | None:
    match = _DAY.search(printed)
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def split(printed: str | None) -> tuple[str, ...]:
    """Values of a list as printed: separators , ， 、 mixed; a slash belongs to the value."""
    return tuple(part.strip() for part in _SEPARATORS.split(printed or "") if part.strip())


def parse_detail(page: bytes | str, *, url: str, seen_at: datetime, found_via: str, facts: PortalFacts) -> Parsed:
    """One complaint's page. Raises ComplaintGone, Refused (wall, empty, cut off) or PortalChanged.

    `url` as printed on the list, `seen_at` aware. Without a timeline the record has no events and a finding says so.
    """
    text, encoding = decode(page)
    root = Selector(text)
    question = root.css("div.ts-d-question")
    rows = _rows(question)
    if not rows:
        raise _no_complaint(facts, url, root, text)
    if not whole(text):
        raise Refused("truncated", f"{url}: the page is cut off; it is asked for again at the next run")
    digest = hashlib.sha256(page.encode() if isinstance(page, str) else page).hexdigest()
    return _record(root, question[0], rows, digest, url, seen_at, found_via, facts, encoding)


def _no_complaint(facts: PortalFacts, url: str, root: Selector, text: str) -> PageError:
    """Why there is no complaint on the page; raises ComplaintGone itself."""
    ref = ref_of(url) or url
    for error in root.css("div.error"):
        raise_gone(facts, ref, words(error.root) or "")
        return PortalChanged(f"{facts.slug}/{ref}: an error page with unknown words; add them to gone_words")
    if len(text) < 20_000:
        raise_gone(facts, ref, words(root.root) or "")
    return refuse(facts, f"{facts.slug}/{ref}", root, text)


def _rows(question: SelectorList[Selector]) -> dict[str, Selector]:
    """Label → its li."""
    rows: dict[str, Selector] = {}
    for row in question[:1].css("ul.ts-q-list > li"):
        label = ("".join(text for part in row.root.iter("label") for text in part.itertext())).strip("：: \xa0\n\t\r")
        rows.setdefault(label, row)
    return rows


def _value(rows: dict[str, Selector], label: str) -> str | None:
    if label not in rows:
        return None
    return words(rows[label].root, without=("label", "script", "style"))


def _record(
    root: Selector, question: Selector, rows: dict[str, Selector], digest: str, url: str, seen_at: datetime,
    found_via: str, facts: PortalFacts, encoding: str | None,
) -> Parsed:  # fmt: skip
    ref = _value(rows, "投诉编号") or ref_of(url)
    if ref is None:
        raise PortalChanged(f"{url}: neither the page nor its address names a complaint number")
    name, couid = _platform(rows, facts)
    author = one_line(question.css("div.ts-q-user span.u-name").xpath("string()").get())
    published_at = _published(question.css("div.ts-q-user span.u-date").xpath("string()").get() or "")
    header = Page(facts, ref, author, name, published_at, seen_at)
    events, odd_steps = events_of(root, header)
    filed, status = filing(events), _value(rows, "投诉进度")
    amount, rating = _amount(_value(rows, "涉诉金额")), _rating(root, events)
    record = RawComplaint(
        portal=facts.slug, ref=ref, url=url, seen_at=seen_at, found_via=found_via,
        title=_first_words(question, "h1"), body=filed.text if filed else None,
        author=None if author in facts.anonymous_names else author,
        platform_name=name, platform_ref=couid,
        issues=split(_value(rows, "投诉问题")), requests=split(_value(rows, "投诉要求")), amount_yuan=amount,
        filed_at=filed.at if filed else None, published_at=published_at, status=status,
        group_ref=_group(root), rating=rating, page_digest=digest, events=events,
    )  # fmt: skip
    return Parsed(record, (*_oddities(record, rows, root, facts, encoding), *odd_steps))


def _oddities(
    record: RawComplaint, rows: dict[str, Selector], root: Selector, facts: PortalFacts, encoding: str | None
) -> Iterator[Finding]:
    if record.status is not None and record.status not in facts.statuses:
        word = record.status[:20]
        yield finding(
            facts, record.ref, "unknown_status", f"progress word '{word}'", "add it to statuses in portal.yml"
        )
    if encoding:
        yield finding(facts, record.ref, "encoding", f"the page came as {encoding} and was repaired", "nothing to do")
    if record.published_at is None:
        yield finding(facts, record.ref, "no_published_at", "the header prints no readable time", _ROUND)
    if "涉诉金额" in rows and record.amount_yuan is None and _value(rows, "涉诉金额"):
        yield finding(facts, record.ref, "bad_amount", "the disputed amount is not a number of yuan", _ROUND)
    if record.events and filing(record.events) is None:
        yield finding(facts, record.ref, "no_filing_step", "no step files the complaint, so there is no body", _ROUND)
    if root.css("div.ts-d-pj") and (record.rating is None or record.rating.satisfaction is None):
        yield finding(facts, record.ref, "rating_unreadable", "the rating block shows no single star value", _ROUND)


def _platform(rows: dict[str, Selector], facts: PortalFacts) -> tuple[str | None, str | None]:
    """Printed name and couid. Without an account the name is plain text followed by the portal's note."""
    if "投诉对象" not in rows:
        return None, None
    link = rows["投诉对象"].css('a.c_link, a[href*="/company/view"]')
    if link:
        return words(link[0].root), next(
            iter(parse_qs(urlsplit(link[0].attrib.get("href", "")).query).get("couid", [])), None
        )
    name = _value(rows, "投诉对象") or ""
    for note in facts.no_account_words:
        name = name.split(note)[0]
    return one_line(name.rstrip("（([【*,，。;；:： ")), None


def _published(printed: str) -> datetime | None:
    match = _PUBLISHED.search(printed)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=SHANGHAI)
    except ValueError:
        return None


def _amount(printed: str | None) -> float | None:
    """Yuan: 98元, 1,200.50元, 1.2万元; null where absent or no number."""
    match = _AMOUNT.fullmatch(printed or "")
    if match is None:
        return None
    return round(float(re.sub("[,，]", "", match[1])) * (10_000 if match[2] else 1), 2)


def _group(root: Selector) -> str | None:
    href = root.css('div.ts-d-question a[href*="/grp_comp/view/"]::attr(href)').get() or ""
    match = re.search(r"/grp_comp/view/(G\d+)", href)
    return match[1] if match else None


def _rating(root: Selector, events: tuple[RawEvent, ...]) -> Rating | None:
    block = root.css("div.ts-d-pj")
    if not block:
        return None
    stars: dict[str, int] = {}
    for row in block[0].css("li"):
        label = next((field for word, field in _STARS.items() if word in (words(row.root) or "")), None)
        found = {
            m[1] for css in (part.get("class") or "" for part in row.root.iter("span")) if (m := _STAR.search(css))
        }
        if label and len(found) == 1:
            stars[label] = int(found.pop())
    said = [text for node in block[0].css("p") if (text := text_of(node.root))]
    rated = next((event.text for event in reversed(events) if event.kind == "rated"), None)
    return Rating(**stars, text="\n".join(said) or rated)
