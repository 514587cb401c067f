"""The lists of 黑猫: what a visitor does on each, when that is enough, and what came of it. No network."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, urlsplit

from crawlers.browser import Call, Walk
from crawlers.portals.heimao import cards, parse_lists
from crawlers.portals.heimao.parse_lists import Group, ItemPage, ListItem, Merchant, Pager
from pipeline.errors import PageError, PortalChanged, Refused
from pipeline.portals import PortalFacts

if TYPE_CHECKING:
    from crawlers.portals.heimao.spider import HeimaoSpider

FEED, RECEIVED, SERVICE = "/api/index/feed", "/api/company/received_complaints", "/api/company/service_complaints"
MAIN_SEARCH, REL_SERVICE = "/api/company/main_search", "/api/company/rel_service"
GROUP_FEED, GROUP_MEMBERS = "/api/grp_comp/feed", "/api/grp_comp/comps"
_ITEMS = (FEED, RECEIVED, SERVICE, GROUP_MEMBERS)
_WORD_FIELD = (
    ".company-search input, .search-box input, input[type=search], main input[type=text], .main input[type=text]"
)


class Found(NamedTuple):
    """What a list showed. `own` items of its own answers, of `claimed` that the portal says there are (null where not
    said); `wall`: the first refusal among its own calls."""

    items: list[ListItem]
    merchants: list[Merchant]
    groups: list[Group]
    own: int
    claimed: int | None
    odd: tuple[str, ...]
    wall: Refused | None


def kind_of(list_id: str) -> str:
    """The name of its rule in watch.yml."""
    return list_id.split(":", 1)[0]


def walk_of(list_id: str, most: int) -> Walk:
    """What a visitor does to read the list on its page."""
    kind, *rest = list_id.split(":")
    if kind == "feed":
        return Walk((FEED,), (f"type={rest[0]}",), (_tab(rest[0]),), most=most)
    if kind == "field":
        only = (f"field={rest[0]}", f"type={rest[1]}")
        return Walk((FEED,), only, (f"[data-field='{rest[0]}']", _tab(rest[1])), most=most)
    if kind == "directory":
        return Walk((MAIN_SEARCH,), (f"keyword={rest[0]}",), word=rest[0], field=_WORD_FIELD, most=most)
    if kind == "groups":
        return Walk((GROUP_FEED,), most=most)
    if kind == "group":
        return Walk((GROUP_MEMBERS,), most=most)
    own = RECEIVED if len(rest) == 1 else SERVICE
    return Walk((RECEIVED, SERVICE, MAIN_SEARCH, REL_SERVICE), (own,), most=most)


def _tab(number: str) -> str:
    return f".blackcat-tab .tab [data-type='{number}']"


def enough(spider: "HeimaoSpider", walk: Walk, call: Call) -> str | None:
    """Why a walk may end after this answer: a wall, the list's last page, or known ground; null to go on."""
    try:
        items, pager = _page(call, spider.facts)
    except Refused as wall:
        return f"wall:{wall.kind}"
    if pager.is_last or items == ():
        return "end"
    return "known" if items and _is_known(spider, _list_of(call), items) else None


def _page(call: Call, facts: PortalFacts) -> tuple[tuple[ListItem, ...] | None, Pager]:
    """Items (null for an answer without complaints) and where the list stands."""
    path = urlsplit(call.url).path
    if path in _ITEMS:
        page = parse_lists.parse_items(call, facts=facts)
        return page.items, page.pager
    merchants = path == MAIN_SEARCH
    parse = parse_lists.parse_merchants if merchants else parse_lists.parse_groups
    rows, pager = parse(call, facts=facts)
    return (None if rows else ()), pager


def _list_of(call: Call) -> str:
    """The list an answer belongs to, by its own parameters."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(call.url).query).items()}
    if "couid" in asked or "sid" in asked:
        return f"merchant:{asked.get('couid', '')}"
    prefix = f"field:{asked['field']}" if "field" in asked else "feed"
    return f"{prefix}:{asked.get('type', '')}"


def _is_known(spider: "HeimaoSpider", list_id: str, items: Iterable[ListItem]) -> bool:
    """Whether reading on shows nothing new: all older than wanted, or listed by an earlier whole run.

    Only where newest stands first: the latest tab and merchants' lists. Other orders are read to their end.
    """
    shown, order = list(items), spider.run.order
    if list_id.startswith(("feed", "field")) and not list_id.endswith(":2"):
        return False
    if order.since and all(item.on and item.on < order.since for item in shown):
        return True
    if order.full or spider.watch.rule(kind_of(list_id)).sweep == "full" or not order.sees_ground:
        return False
    until = spider.ledger.known_until(list_id)
    is_old = until is not None and all(item.published_at and item.published_at <= until for item in shown)
    return is_old or spider.is_known_ground((item.ref, item.status) for item in shown)


def read_list(list_id: str, calls: list[Call], page: bytes | None, facts: PortalFacts) -> Found:
    """Everything the answers and the page itself show, each complaint once. A refusal ends nothing but is kept."""
    found = Found([], [], [], 0, None, (), None)
    for call in calls:
        try:
            found = _with_call(found, list_id, call, facts)
        except Refused as wall:
            if walk_of(list_id, 1).owns(call.url):
                found = found._replace(wall=found.wall or wall)
    try:
        found = _with_page(found, list_id, page, facts) if page is not None else found
    except PageError as error:
        if not found.items and not found.merchants and not found.groups:
            if isinstance(error, Refused | PortalChanged) and calls:
                return found._replace(wall=found.wall or (error if isinstance(error, Refused) else None))
            raise
    first: dict[str, ListItem] = {}
    for item in found.items:
        first.setdefault(item.ref, item)
    return found._replace(items=list(first.values()))


def _with_call(found: Found, list_id: str, call: Call, facts: PortalFacts) -> Found:
    path = urlsplit(call.url).path
    if path in _ITEMS:
        page: ItemPage = parse_lists.parse_items(call, facts=facts)
        found.items.extend(page.items)
        found = found._replace(odd=found.odd + page.odd)
        if kind_of(list_id) != "group" and not f"{list_id}:".startswith(f"{_list_of(call)}:"):
            return found
        claimed = page.pager.items if page.pager.items is not None else found.claimed
        return found._replace(own=found.own + len(page.items), claimed=claimed)
    if path in (MAIN_SEARCH, REL_SERVICE):
        found.merchants.extend(parse_lists.parse_merchants(call, facts=facts)[0])
    elif path == GROUP_FEED:
        found.groups.extend(parse_lists.parse_groups(call, facts=facts)[0])
    return found


def _with_page(found: Found, list_id: str, page: bytes, facts: PortalFacts) -> Found:
    kind, couid = kind_of(list_id), list_id.split(":")[1] if list_id.startswith("merchant:") else ""
    found.items.extend(cards.parse_list(page, facts=facts))
    if kind in ("directory", "merchant"):
        known = {merchant.couid for merchant in found.merchants}
        links = cards.merchants_of(page, facts=facts)
        found.merchants.extend(link for link in links if link.couid not in known or link.sid)
    if kind in ("groups", "merchant"):
        found.groups.extend(cards.groups_of(page, facts=facts))
    if couid:
        name, counters = cards.parse_company(page, facts=facts)
        found.merchants.insert(0, Merchant(couid, name, None, "", dict(counters)))
    return found
