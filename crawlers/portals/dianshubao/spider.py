"""Where the complaints of 电诉宝 are: the public list page by page, each complaint by its link, then the ratings."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import scrapy
from scrapy.http import Response

from crawlers.pages import finding
from crawlers.portal_spider import HTML_FOR_JSON, Landed, PortalSpider
from crawlers.portals.dianshubao.fields import why_no_answer
from crawlers.portals.dianshubao.ledger import Ledger
from crawlers.portals.dianshubao.parse import PROFILE, Listed, ListPage, parse_detail, parse_list
from crawlers.portals.dianshubao.ratings import parse_ratings
from crawlers.relevance import Verdict, complaint, merchant
from crawlers.run_state import Run
from crawlers.settings import is_loopback
from crawlers.watch import load_watch
from pipeline.errors import PortalChanged

_LIST = "/Index/complain_list.html"
_SCOPE = "complaints"
_POST = urlsplit(PROFILE).path
_RECORDS = 10  # the page size of the portal's own script


class DianshubaoSpider(PortalSpider):
    """List pages → complaint pages → ratings; a list filled by script is read through the script's own address."""

    name = "dianshubao"
    parse_detail = staticmethod(parse_detail)

    def __init__(self, run: Run, **more: Any) -> None:
        super().__init__(run, **more)
        self._watch = load_watch(run.order.files.folder.parents[1])
        self._ledger = Ledger(run)

    async def start(self) -> Any:
        home = self.run.order.home
        yield self._home_request(urljoin(home, _LIST) if urlsplit(home).path in ("", "/") else home, 0)

    def on_home(self, response: Response) -> Iterator[Landed]:
        page = parse_list(response.body, facts=self.facts)
        if page.total is not None:
            self.run.control[_SCOPE] = page.total
        if page.encoding:
            yield finding(self.facts, "home", "encoding", f"the list came as {page.encoding}", "nothing to do")
        if page.ratings_href and (ratings := self.list_page(page.ratings_href, self.on_ratings, scope="ratings")):
            yield ratings
        if page.items:
            yield from self._one_page(page, 1, None)
        else:
            yield self._script_page(1)

    def on_list(self, response: Response, scope: str, number: int) -> Iterator[Landed]:
        page = parse_list(response.body, facts=self.facts, number=number)
        if not page.items and number == 1:
            raise PortalChanged("list page: neither the page nor its script's answer lists a complaint")
        is_script = response.request is not None and response.request.method == "POST"
        more = self._script_page(number + 1) if is_script and len(page.items) >= _RECORDS else None
        yield from self._one_page(page, number, more)

    def _one_page(self, page: ListPage, number: int, more: scrapy.Request | None) -> Iterator[Landed]:
        """The complaints of a list page, then the next page; behind the last one what no list shows any more."""
        self.run.listed += len(page.items)
        self.run.collected[_SCOPE] += len(page.items)
        recent = [item for item in page.items if not self._is_older(item)]
        ground = self.is_known_ground((item.ref, self._status(item)) for item in recent if self._verdict(item).kept)
        for item in recent:
            yield from self._listed(item)
        if more is None and page.next_href:
            more = self.list_page(page.next_href, self.on_list, scope=_SCOPE, number=number + 1)
        if more is not None and recent and not ground:
            yield more
        else:
            yield from self.revisits()

    def _listed(self, item: Listed) -> Iterator[Landed]:
        verdict = self._verdict(item)
        self._ledger.judged(item.ref, _SCOPE, verdict)
        request = self.detail(item.href, ref=item.ref, found_via="list") if verdict.kept else None
        if request is not None:
            yield request

    def _verdict(self, item: Listed) -> Verdict:
        """By a platform named in the row, else by the words of the row; a list nobody asked to judge is kept whole."""
        rule = self._watch.portal(self.name).rule(_SCOPE).relevance
        if rule == "never" or (rule == "live" and is_loopback(self.run.order.home)):
            return Verdict(True, "unjudged")
        named = next((found for cell in item.cells if (found := merchant(self._watch, cell)).kept), None)
        return named or complaint(self._watch, None, (item.title, *item.cells))

    def _status(self, item: Listed) -> str | None:
        return next((cell for cell in item.cells if cell in self.facts.statuses), None)

    def _is_older(self, item: Listed) -> bool:
        since = self.run.order.since
        is_older = bool(since and item.listed_on and item.listed_on < since)
        if is_older:
            self.run.count("pages", "older")
        return is_older

    def _script_page(self, number: int) -> scrapy.Request:
        """A page of the list as the portal's own script asks for it."""
        request = self._list_request(self._post_address(), self.on_list, _SCOPE, number, 0)
        return _form(request, {"f": "complain", "page_record": str(_RECORDS), "p": str(number)})

    def _post_address(self) -> str:
        return self.hosts.fetched(self.hosts.printed(_POST)) or urljoin(self.run.order.home, _POST)

    def _request(self, target: str, ref: str, url: str, found_via: str, hops: int) -> scrapy.Request:
        """A complaint known only to the script is asked for as the script does."""
        request = super()._request(target, ref, url, found_via, hops)
        parts = urlsplit(target)
        return _form(request, dict(parse_qsl(parts.query))) if parts.path == _POST else request

    def incomplete(self, request: scrapy.Request, response: Response) -> str | None:
        """As for every portal; an answer in JSON that is cut off or says no is asked for again too."""
        if response.status == 200 and request.meta.get("whole"):
            if response.body.lstrip()[:1] in (b"{", b"["):
                return why_no_answer(response.body, self.facts)
            if request.method == "POST" and response.body.strip():
                return HTML_FOR_JSON
        return super().incomplete(request, response)

    def on_ratings(self, response: Response, scope: str, number: int) -> Iterator[Landed]:
        """The portal's own figures into <run>.controls.ndjson; a row without an index leads to its platform's page."""
        for row in parse_ratings(response.body, facts=self.facts):
            self._ledger.rated(row)
            if "buy" not in row.counters and row.href:
                request = self.list_page(row.href, self.on_ratings, scope="ratings")
                if request is not None:
                    yield request

    def closed(self, reason: str) -> None:
        self._ledger.close()
        super().closed(reason)


def _form(request: scrapy.Request, fields: dict[str, str]) -> scrapy.Request:
    form = scrapy.FormRequest(request.url.partition("?")[0], formdata=fields)
    return request.replace(url=form.url, method="POST", body=form.body, headers=form.headers)
