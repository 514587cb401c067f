"""消费保 pages → data. Pure: text in, records out; JSON by documented field names first, then labels on the page."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from parsel import Selector

from crawlers.pages import Parsed, decode, finding, one_line, raise_gone, refuse, whole, words
from crawlers.portals.xfb315 import carried, labelled
from crawlers.portals.xfb315.reading import Draft, amount, day_of, from_json, from_labels, moment
from crawlers.portals.xfb315.stages import Told, events_of, stage
from pipeline.errors import PageError, PortalChanged, Refused
from pipeline.model import Finding, RawComplaint
from pipeline.portals import PortalFacts

_REF = re.compile(r"^/tousu/(\d+)/?$")
_OLD_REF = re.compile(r"^/complaints/details/(\d+)/?$")
_BRAND = re.compile(r"^/brands/data_(\d+)\.html$")
_DAY = re.compile(r"(\d{4})[-/年.](\d{1,2})[-/月.](\d{1,2})")
_NEXT = ("下一页", "下页", "后一页", ">", "»", "›")
_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*([%％])?")
_SHELL = "#app, #root, #__nuxt, #__next"
_SHELL_MOST = 200_000  # bytes
_ROUND = "the complaint lands; read the page and correct portal.yml or the parser"


class Listed(NamedTuple):
    """A complaint as a list shows it. `href` as printed; null and empty where the list is silent.

    `status` the portal's word; `text` whatever the list prints of the complaint, in one line.
    """

    ref: str
    href: str
    listed_on: date | None
    status: str | None
    name: str | None
    brand_id: str | None
    text: str


class ListPage(NamedTuple):
    """A list, search or brand page: complaints in their order, brands linked, the link to the next page as printed."""

    items: tuple[Listed, ...]
    brands: tuple[tuple[str, str], ...]  # number, link as printed
    next_href: str | None


class Statistics(NamedTuple):
    """A brand's own counters. `solve_share` 0..1, null where it is not printed or its unit is unclear."""

    total: int | None
    solve_share: float | None
    name: str | None
    is_unclear: bool


def ref_of(href: str) -> str | None:
    """The complaint number in a link; null for any other link."""
    path = urlsplit(href.strip()).path
    match = _REF.match(path) or _OLD_REF.match(path)
    return match[1] if match else None


def brand_of(href: str) -> str | None:
    """The brand number in a link; null for any other link."""
    match = _BRAND.match(urlsplit(href.strip()).path)
    return match[1] if match else None


def parse_list(page: bytes | str, *, facts: PortalFacts) -> ListPage:
    """The complaints and brands a page lists. Raises Refused for a wall, a shell or a cut page, PortalChanged
    for a page without a single link into the portal's complaints or brands."""
    text, _ = decode(page)
    root = Selector(text)
    values = carried.documents(root, text)
    carried.refuse_envelope(facts, "list", values)
    anchors = [] if carried.is_json(text) else _anchors(root)
    items = _linked(anchors, facts) or _carried_items(values, facts)
    brands = {number: href for _, href in anchors if (number := brand_of(href))}
    if not items and not brands:
        raise _no_page(facts, "list", root, text)
    if not carried.is_json(text) and not whole(text):
        raise Refused("truncated", "list: the page is cut off; it is asked for again")
    return ListPage(tuple(items.values()), tuple(brands.items()), _next(anchors))


def _anchors(root: Selector) -> list[tuple[Any, str]]:
    return [(node.root, node.attrib["href"].strip()) for node in root.css("a[href]")]


def _linked(anchors: list[tuple[Any, str]], facts: PortalFacts) -> dict[str, Listed]:
    """Ref → what the largest block around its link that speaks of this complaint alone prints."""
    refs = {node: ref for node, href in anchors if (ref := ref_of(href))}
    found: dict[str, Listed] = {}
    for node, href in anchors:
        ref = refs.get(node)
        if ref and (ref not in found or found[ref].listed_on is None):
            item = _shown(_card(node, ref, refs), ref, href, facts)
            found[ref] = item._replace(href=found[ref].href) if ref in found else item
    return found


def _card(node: Any, ref: str, refs: dict[Any, str]) -> Any:
    card = node
    while (up := card.getparent()) is not None and up.tag not in ("body", "html"):
        if any(refs.get(link, ref) != ref for link in up.iter("a")):
            break
        card = up
    return card


def _shown(card: Any, ref: str, href: str, facts: PortalFacts) -> Listed:
    """A stage counts only where it stands alone in its element, a brand only by its link."""
    stages = {said for part in card.iter() if isinstance(part.tag, str) and (said := words(part)) in facts.statuses}
    brands = [(words(link), number) for link in card.iter("a") if (number := brand_of(link.get("href") or ""))]
    name, brand = brands[0] if len(brands) == 1 else (None, None)
    text = words(card) or ""
    return Listed(ref, href, _printed_day(text), stages.pop() if len(stages) == 1 else None, name, brand, text)


def _printed_day(text: str) -> date | None:
    match = _DAY.search(text)
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def _carried_items(values: list[Any], facts: PortalFacts) -> dict[str, Listed]:
    """The list in the page's own JSON: objects with a number and a title; the canonical address is /tousu/<number>."""
    found: dict[str, Listed] = {}
    for value in values:
        for entry in carried.dicts(value):
            ref = carried.number(entry)
            if ref and ref.isdigit() and "title" in entry:
                found.setdefault(ref, _entry(ref, from_json(entry, facts), facts))
    return found


def _entry(ref: str, draft: Draft, facts: PortalFacts) -> Listed:
    text = " ".join(part for part in (draft.title, draft.body, *draft.issues) if part)
    word = stage(draft.status, facts)
    return Listed(ref, f"/tousu/{ref}", day_of(draft.filed), word, draft.platform_name, draft.platform_ref, text)


def _next(anchors: list[tuple[Any, str]]) -> str | None:
    for node, href in anchors:
        said = words(node) or ""
        is_next = "next" in (node.get("rel") or "").split() or said in _NEXT or said.rstrip(" >»›") in _NEXT[:3]
        if is_next and not href.startswith(("#", "javascript:")):
            return href
    return None


def _no_page(facts: PortalFacts, what: str, root: Selector, text: str) -> PageError:
    if carried.is_json(text):
        return Refused("no_data", f"{what}: the portal answers without data; it is asked for again")
    if _is_shell(root, text):
        return Refused("script_only", f"{what}: the page is an empty shell its own script fills; it needs the browser")
    return refuse(facts, what, root, text)


def is_shell(page: bytes) -> bool:
    """Whether the page holds nothing but the place its own script fills."""
    if len(page) > _SHELL_MOST or b"<script" not in page:
        return False
    try:
        text, _ = decode(page)
    except PageError:
        return False
    root = Selector(text)
    return _is_shell(root, text) and not any(isinstance(value, dict) for value in carried.documents(root, text))


def _is_shell(root: Selector, text: str) -> bool:
    holder = root.css(_SHELL)
    return (
        bool(holder) and whole(text) and not words(holder[0].root) and len(words(root.css("body")[0].root) or "") < 200
    )


def parse_detail(page: bytes | str, *, url: str, seen_at: datetime, found_via: str, facts: PortalFacts) -> Parsed:
    """One complaint's page, or the JSON its own script fetched. Raises ComplaintGone, Refused or PortalChanged.

    `url` as printed on the list, `seen_at` aware. The number is the address's; a page that shows another is refused.
    """
    text, encoding = decode(page)
    ref = ref_of(url)
    if ref is None:
        raise PortalChanged(f"{url}: the address names no complaint number")
    draft = _draft(text, ref, facts)
    digest = hashlib.sha256(page.encode() if isinstance(page, str) else page).hexdigest()
    return _record(draft, ref, digest, url, seen_at, found_via, facts, encoding)


def _draft(text: str, ref: str, facts: PortalFacts) -> Draft:
    root = Selector(text)
    values = carried.documents(root, text)
    found = carried.complaint(values, ref)
    if found is None:
        carried.refuse_envelope(facts, f"xfb315/{ref}", values)
    is_json = carried.is_json(text)
    labels = {} if is_json else labelled.read(root.root)
    printed = from_labels(root, labels) if labels else None
    if found is None and (printed is None or printed.body is None or not (printed.filed or printed.status)):
        raise _no_complaint(facts, ref, root, text)
    if not is_json and not whole(text):
        raise Refused("truncated", f"xfb315/{ref}: the page is cut off; it is asked for again")
    draft = from_json(found, facts) if found is not None else None
    both = draft.filled_from(printed) if draft and printed else draft or printed
    assert both is not None  # one of the two was found  # noqa: S101
    if both.platform_ref is None and not is_json:
        both = replace(both, platform_ref=_linked_brand(root, both.platform_name))
    if both.ref not in (None, ref):
        raise PortalChanged(f"xfb315/{ref}: the page shows complaint {both.ref}")
    return both


def _linked_brand(root: Selector, name: str | None) -> str | None:
    """The number in the page's link to the brand of this very name."""
    found = {number for node, href in _anchors(root) if (number := brand_of(href)) and name and words(node) == name}
    return found.pop() if len(found) == 1 else None


def _no_complaint(facts: PortalFacts, ref: str, root: Selector, text: str) -> PageError:
    """Why there is no complaint on the page; raises ComplaintGone itself."""
    if not carried.is_json(text) and len(text) < 20_000:
        raise_gone(facts, ref, words(root.root) or "")
    return _no_page(facts, f"xfb315/{ref}", root, text)


def _record(
    draft: Draft, ref: str, digest: str, url: str, seen_at: datetime, found_via: str, facts: PortalFacts,
    encoding: str | None,
) -> Parsed:  # fmt: skip
    filed_at, status = moment(draft.filed), stage(draft.status, facts)
    told = Told(facts, ref, filed_at, status, draft.addons, draft.result, draft.body)
    events, odd_steps = events_of(told)
    record = RawComplaint(
        portal=facts.slug, ref=ref, url=url, seen_at=seen_at, found_via=found_via, title=draft.title, body=draft.body,
        author=None if draft.author in facts.anonymous_names else draft.author, platform_name=draft.platform_name,
        platform_ref=draft.platform_ref, issues=draft.issues, requests=draft.requests,
        amount_yuan=amount(draft.amount), filed_at=filed_at, status=status, page_digest=digest, events=events,
    )  # fmt: skip
    return Parsed(record, (*_oddities(record, draft, facts, encoding), *odd_steps))


def _oddities(record: RawComplaint, draft: Draft, facts: PortalFacts, encoding: str | None) -> Iterator[Finding]:
    ref = record.ref
    if record.status is not None and record.status not in facts.statuses:
        word = record.status[:20]
        yield finding(facts, ref, "unknown_status", f"progress word '{word}'", "add it to statuses in portal.yml")
    if record.filed_at is None:
        yield finding(facts, ref, "time_unclear", "no readable add_time with hour and minute", _ROUND)
    elif record.filed_at > record.seen_at:
        yield finding(facts, ref, "step_in_future", "filed after it was seen", _ROUND)
    if draft.amount and record.amount_yuan is None:
        yield finding(facts, ref, "bad_amount", "the disputed amount is not a number of yuan", _ROUND)
    if encoding:
        yield finding(facts, ref, "encoding", f"the page came as {encoding} and was repaired", "nothing to do")
    for kind, detail in draft.odd:
        subject = "detail" if kind == "new_field" else ref
        yield finding(facts, subject, kind, detail, _ROUND)


def parse_statistics(page: bytes | str, *, facts: PortalFacts) -> Statistics:
    """A brand's counters from the statistics call or from its page. Raises Refused or PortalChanged without any."""
    text, _ = decode(page)
    root = Selector(text)
    values = carried.documents(root, text)
    carried.refuse_envelope(facts, "brand statistics", values)
    entries = (entry for value in values for entry in carried.dicts(value))
    found = next((entry for entry in entries if {"total", "solve_rate"} <= entry.keys()), None)
    labels = {} if carried.is_json(text) else labelled.read(root.root)
    total = found["total"] if found else labelled.line(labelled.single(labels, "total"))
    rate = found["solve_rate"] if found else labelled.line(labelled.single(labels, "solve_rate"))
    if total is None and rate is None:
        raise _no_page(facts, "brand statistics", root, text)
    share = _share(rate)
    return Statistics(_count(total), share, _brand_name(root, found), rate not in (None, "") and share is None)


def _brand_name(root: Selector, found: dict[str, Any] | None) -> str | None:
    if found is not None:
        name = found.get("name")
        return one_line(name) if isinstance(name, str) else None
    heading = root.css("h1")
    return words(heading[0].root) if heading else None


def _count(printed: Any) -> int | None:
    digits = re.sub(r"[,，\s件]", "", str(printed if printed is not None else ""))
    return int(digits) if digits.isdigit() else None


def _share(printed: Any) -> float | None:
    """5.62% → 0.0562; a bare number above 1 is a percentage too; a bare number up to 1 could be either: null."""
    match = _SHARE.fullmatch(str(printed if printed is not None else "").strip())
    if match is None:
        return None
    value = float(match[1])
    if value and not match[2] and value <= 1:
        return None
    return round(value / 100, 6) if value <= 100 else None
