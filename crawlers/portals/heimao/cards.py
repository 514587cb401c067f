"""What 黑猫's list pages show → cards, counters, links, and what the page offers besides. Pure."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from parsel import Selector

from crawlers.pages import decode, one_line, refuse
from crawlers.portals.heimao.parse import _listed
from crawlers.portals.heimao.parse_lists import GROUP, Group, ListItem, Merchant
from pipeline.errors import PortalChanged, Refused
from pipeline.portals import PortalFacts

_LABELS = {"有效投诉": "valid_amt", "已回复": "replied_amt", "已完成": "completed_amt"}
_PRINTED = re.compile(f"({'|'.join(_LABELS)})\\s*[：:]?\\s*(\\d[\\d,]*)")
_SCRIPT = "script[src]"


class Offer(NamedTuple):
    """What a page offers a visitor: tabs by type, industries by id, and whether a script could fill them."""

    tabs: tuple[int, ...]
    fields: tuple[int, ...]
    has_script: bool


def parse_list(page: bytes | str, *, facts: PortalFacts) -> tuple[ListItem, ...]:
    """The cards of a page (merchant, group, rendered feed), empty where it shows none. Raises Refused for a wall."""
    root = Selector(_shown(page, facts))
    nodes = root.css("div.blackcat-con, div.myts-list > div.myts-item")
    cards = (_listed(node, "card", facts) for node in nodes)
    return tuple(
        ListItem(ref=card.ref, href=card.href, title=card.title, summary=card.summary, listed_on=card.listed_on,
                 platform_name=card.platform_name, requests=card.requests)
        for card in cards if card.ref
    )  # fmt: skip


def is_error(page: bytes) -> bool:
    """Whether the portal shows its error page instead of a list."""
    return bool(Selector(decode(page)[0]).css("div.error")) if page.strip() else False


def _shown(page: bytes | str, facts: PortalFacts) -> str:
    """The page's text. Raises Refused for a wall, PortalChanged for a page that is no portal's page at all."""
    text, _ = decode(page)
    root = Selector(text)
    title = root.css("title::text").get() or ""
    if "投诉" not in title or root.css("div.error"):
        why = refuse(facts, "list page", root, text)
        if isinstance(why, Refused) or not root.css("div.error"):
            raise why
        raise PortalChanged("list page: the portal shows an error page")
    return text


def parse_company(page: bytes | str, *, facts: PortalFacts) -> tuple[str | None, dict[str, int]]:
    """A merchant page's name and counters, by their labels."""
    root = Selector(_shown(page, facts))
    name = one_line(root.css(".company-name, h2").xpath("string()").get())
    printed = root.css(".company-info, .company-count").xpath("string()").get() or ""
    found = {_LABELS[label]: int(count.replace(",", "")) for label, count in _PRINTED.findall(printed)}
    return name, found


def merchants_of(page: bytes | str, *, facts: PortalFacts) -> tuple[Merchant, ...]:
    """Links to merchants a page prints."""
    links = Selector(_shown(page, facts)).css('a[href*="/company/view"]')
    return tuple(_linked(links))


def _linked(links: Any) -> Iterator[Merchant]:
    for link in links:
        href = link.attrib["href"].strip()
        couid = couid_of(href)
        if couid:
            sid = next(iter(parse_qs(urlsplit(href).query).get("sid", [])), None)
            yield Merchant(couid, one_line(link.xpath("string()").get()), sid, href, {})


def couid_of(href: str) -> str | None:
    """The merchant's number in a link."""
    value = next(iter(parse_qs(urlsplit(href).query).get("couid", [])), "")
    return value if value.isdigit() else None


def groups_of(page: bytes | str, *, facts: PortalFacts) -> tuple[Group, ...]:
    """Links to group complaints a page prints."""
    links = Selector(_shown(page, facts)).css('a[href*="/grp_comp/view/"]')
    rows = ((GROUP.search(link.attrib["href"]), link) for link in links)
    return tuple(
        Group(match[1], link.attrib["href"].strip(), one_line(link.xpath("string()").get()))
        for match, link in rows
        if match
    )


def offer(page: bytes | str, *, facts: PortalFacts) -> Offer:
    """What a page offers beyond what it prints. Industries count only where the page has something to click."""
    root = Selector(decode(page)[0])
    tabs = root.css(".blackcat-tab .tab [data-type]::attr(data-type)").getall()
    fields = root.css("[data-field]::attr(data-field)").getall()
    calls = any("/api/" in text for text in root.css("script::text").getall())
    return Offer(_ids(tabs), _ids(fields), bool(root.css(_SCRIPT)) or calls)


def _ids(values: list[str]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(int(value) for value in values if value.isdigit()))
