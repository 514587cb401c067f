"""Where the complaints of 黑猫 are: the lists of the home page, then each detail page by the link as printed."""

from collections.abc import Iterator

from scrapy.http import Response

from crawlers.pages import finding
from crawlers.portal_spider import Landed, PortalSpider
from crawlers.portals.heimao.parse import HomePage, Listed, parse_detail, parse_home
from pipeline.errors import PortalChanged


class HeimaoSpider(PortalSpider):
    """Home lists → detail pages; then what earlier runs know and no list shows any more."""

    name = "heimao"
    parse_detail = staticmethod(parse_detail)

    def on_home(self, response: Response) -> Iterator[Landed]:
        home = parse_home(response.body, facts=self.facts)
        self._counters(home)
        if home.encoding:
            yield finding(self.facts, "home", "encoding", f"the home page came as {home.encoding}", "nothing to do")
        if not home.items:
            raise PortalChanged("home page: the lists are empty; look whether the portal has moved them")
        for item in home.items:
            yield from self._listed(item)
        yield from self.revisits()

    def _counters(self, home: HomePage) -> None:
        counters = {"valid_24h": home.valid_24h, "valid_total": home.valid_total}
        self.run.control = {name: count for name, count in counters.items() if count is not None}
        listed = {item.href for item in home.items}
        for href in home.links:
            url = self.hosts.printed(href)
            if href not in listed and url.startswith("http") and self.hosts.fetched(url) is None:
                self.run.count("elsewhere", "home page")

    def _listed(self, item: Listed) -> Iterator[Landed]:
        if item.ref is None:
            yield finding(self.facts, "home", "list_item", "a list item without a complaint link", "read the home page")
            return
        self.run.listed += 1
        since = self.run.order.since
        if since and item.listed_on and item.listed_on < since:
            self.run.count("pages", "older")
            return
        request = self.detail(item.href, ref=item.ref, found_via=f"home:{item.group}")
        if request is not None:
            yield request
