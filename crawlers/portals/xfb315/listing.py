"""Lists of 消费保: the public list, searches, brands' pages → links and what stands beside them. Pure."""

import re
from datetime import date
from typing import Any, NamedTuple

from parsel import Selector

from crawlers.pages import decode, whole, words
from crawlers.portals.xfb315 import carried
from crawlers.portals.xfb315.kinds import anchors, brand_of, no_page, ref_of
from crawlers.portals.xfb315.reading import Draft, day_of, from_json
from crawlers.portals.xfb315.stages import stage
from pipeline.errors import Refused
from pipeline.portals import PortalFacts

_DAY = re.compile(r"(\d{4})[-/年.](\d{1,2})[-/月.](\d{1,2})")
_NEXT = ("下一页", "下页", "后一页", ">", "»", "›")


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


def parse_list(page: bytes | str, *, facts: PortalFacts) -> ListPage:
    """The complaints and brands a page lists. Raises Refused for a wall, a shell or a cut page, PortalChanged
    for a page without a single link into the portal's complaints or brands; data that hold an empty list are one."""
    text, _ = decode(page)
    root = Selector(text)
    values = carried.documents(root, text)
    carried.refuse_envelope(facts, "list", values)
    links = [] if carried.is_json(text) else anchors(root)
    items = _linked(links, facts) or _carried_items(values, facts)
    brands = {number: href for _, href in links if (number := brand_of(href))}
    if not items and not brands and not carried.has_empty_list(values):
        raise no_page(facts, "list", root, text)
    if not carried.is_json(text) and not whole(text):
        raise Refused("truncated", "list: the page is cut off; it is asked for again")
    return ListPage(tuple(items.values()), tuple(brands.items()), _next(links))


def _linked(links: list[tuple[Any, str]], facts: PortalFacts) -> dict[str, Listed]:
    """Ref → what the largest block around its link that speaks of this complaint alone prints."""
    refs = {node: ref for node, href in links if (ref := ref_of(href))}
    found: dict[str, Listed] = {}
    for node, href in links:
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


def _next(links: list[tuple[Any, str]]) -> str | None:
    for node, href in links:
        said = words(node) or ""
        is_next = "next" in (node.get("rel") or "").split() or said in _NEXT or said.rstrip(" >»›") in _NEXT[:3]
        if is_next and not href.startswith(("#", "javascript:")):
            return href
    return None
