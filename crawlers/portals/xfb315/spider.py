"""Where the complaints of 消费保 are: the public list and searches page by page, each complaint by its link as printed.

No browser is needed where a page carries its data or prints it beside labels; an empty shell is opened in Chromium,
whose page makes its own calls, and the answer it was given is read.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Self
from urllib.parse import quote, urljoin, urlsplit

import scrapy
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawlers import relevance
from crawlers.pages import finding
from crawlers.portal_spider import Landed
from crawlers.portals.xfb315.kinds import is_shell
from crawlers.portals.xfb315.listing import Listed, ListPage
from crawlers.portals.xfb315.notes import Notes
from crawlers.portals.xfb315.opened import OpenedPages
from crawlers.portals.xfb315.parse import parse_detail, parse_list, parse_statistics
from crawlers.run_state import Run
from crawlers.settings import is_loopback
from crawlers.watch import ListRule, load_watch
from pipeline.errors import PageError, PortalChanged

_LIST, _SEARCH, _BRAND = "/tousu", "/search?keyword=", "/brands/data_{}.html"
_STATISTICS = "https://api.xfb315.com/brand/getBrandStatistics?brand_id={}&type=all"
_WHOLE_LIST = ListRule(relevance="live", most_calls=5000)
_MOST_REFUSALS = 3  # of the statistics call before only the brands' pages are asked
_BATCH = 100


class Xfb315Spider(OpenedPages):
    """List, searches, watched brands → complaint pages; brands' counters; then what is due and no list shows."""

    name = "xfb315"
    parse_detail = staticmethod(parse_detail)

    def __init__(self, run: Run, **more: Any) -> None:
        super().__init__(run, **more)
        self.watch = load_watch(run.order.files.folder.parents[1])
        self.notes = Notes(run)
        self._met: dict[str, set[str]] = {}
        self._tried: set[tuple[str, int]] = set()  # pages no link led to
        self._of_brand: dict[str, set[str]] = {}
        self._brands: set[str] = set()
        self._refusals = 0
        self._due: Iterator[scrapy.Request] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **more: Any) -> Self:
        spider: Self = super().from_crawler(crawler, *args, **more)
        crawler.signals.connect(spider.on_idle, signal=signals.spider_idle)
        return spider

    async def start(self) -> Any:
        home = self.run.order.home
        yield self._home_request(urljoin(home, _LIST) if urlsplit(home).path in ("", "/") else home, 0)

    def on_home(self, response: Response) -> Iterator[Landed]:
        if is_shell(response.body):
            yield from self.opened(response.url, "list", 1)
        else:
            page = parse_list(response.body, facts=self.facts)
            if not page.items:
                raise PortalChanged("home page: the list is empty; look whether the portal has moved it")
            yield from self.one_page(page, "list", 1)
        yield from self._other_lists()

    def _other_lists(self) -> Iterator[Landed]:
        mine = self.watch.portal(self.name)
        hrefs = [(f"search:{word}", _SEARCH + quote(word)) for word in mine.words]
        hrefs += [(f"brand:{brand.ref}", _BRAND.format(brand.ref)) for brand in mine.brands]
        for scope, href in hrefs:
            rule = self._rule(scope)
            if rule.follow and self.notes.is_due(scope, rule.every_days):
                request = self.list_page(href, self.on_list, scope=scope)
                if request is not None:
                    yield request
        for brand in mine.brands:
            yield from self._counters_of(brand.ref, brand.name)

    def _rule(self, scope: str) -> ListRule:
        kind, mine = scope.partition(":")[0], self.watch.portal(self.name)
        return mine.lists.get("list", _WHOLE_LIST) if kind == "list" else mine.rule(kind)

    def on_list(self, response: Response, scope: str, number: int) -> Iterator[Landed]:
        """One page of a list; no result of a search and nothing behind an unlinked last page are answers."""
        if is_shell(response.body):
            yield from self.opened(response.url, scope, number)
            return
        try:
            page = parse_list(response.body, facts=self.facts)
        except PortalChanged:
            if (scope, number) not in self._tried and not (scope.startswith("search:") and number == 1):
                raise
            page = ListPage((), (), None)
        yield from self.one_page(page, scope, number)

    def one_page(self, page: ListPage, scope: str, number: int) -> Iterator[Landed]:
        """The complaints of a page, and the next page unless this one shows nothing new."""
        met = self._met.setdefault(scope, set())
        fresh = [item for item in page.items if item.ref not in met]
        met.update(item.ref for item in fresh)
        self.run.listed += len(fresh)
        for item in fresh:
            yield from self._listed(item, scope)
        end = self._end(page, fresh, scope, number)
        following = (
            None
            if end
            else self.list_page(self._next(page, scope, number), self.on_list, scope=scope, number=number + 1)
        )
        if following is not None:
            yield following
            return
        self.notes.walked(scope, end or "elsewhere", number)
        self._collected(scope, end)
        if end == "repeats":
            detail = f"page {number} repeats what the pages before it showed"
            yield finding(self.facts, f"list:{scope}", "list_repeats", detail, "look how the portal pages its lists")

    def _collected(self, scope: str, end: str | None) -> None:
        """Coverage is told only of brands whose list was read to its end."""
        if end == "end" and self.run.order.since is None:
            for brand_id, refs in self._of_brand.items():
                if scope in ("list", f"brand:{brand_id}"):
                    self.run.collected[f"brand:{brand_id}"] = len(refs)

    def _end(self, page: ListPage, fresh: list[Listed], scope: str, number: int) -> str | None:
        """Why the list is not read on; null to go on."""
        rule, since = self._rule(scope), self.run.order.since
        if not fresh:
            return "repeats" if page.items and page.next_href else "end"
        if since and all(item.listed_on and item.listed_on < since for item in fresh):
            return "older"
        if rule.sweep == "known" and self.is_known_ground([(item.ref, item.status) for item in fresh]):
            return "known"
        return "most" if number >= rule.most_calls else None

    def _next(self, page: ListPage, scope: str, number: int) -> str:
        """The link to the next page as printed; where none is, the page's own address with the next number."""
        if page.next_href:
            return page.next_href
        self._tried.add((scope, number + 1))
        kind, _, what = scope.partition(":")
        if kind == "search":
            return f"{_SEARCH}{quote(what)}&page={number + 1}"
        return f"{_BRAND.format(what) if kind == 'brand' else _LIST}?page={number + 1}"

    def _listed(self, item: Listed, scope: str) -> Iterator[Landed]:
        since = self.run.order.since
        if since and item.listed_on and item.listed_on < since:
            self.run.count("pages", "older")
            return
        if not self._is_wanted_item(item, scope):
            return
        if item.brand_id:
            self._of_brand.setdefault(item.brand_id, set()).add(item.ref)
            yield from self._counters_of(item.brand_id, item.name)
        request = None if self._is_seen(item) else self.detail(item.href, ref=item.ref, found_via=scope)
        if request is not None:
            yield request

    def _is_wanted_item(self, item: Listed, scope: str) -> bool:
        rule = self._rule(scope)
        if rule.relevance == "never" or (rule.relevance == "live" and is_loopback(self.run.order.home)):
            return True
        verdict = relevance.complaint(self.watch, item.name, [item.text])
        self.notes.judged(item.ref, scope, verdict)
        return verdict.kept

    def _is_seen(self, item: Listed) -> bool:
        """Known, printed with the same stage, and not due by the schedule: the list says nothing new."""
        known, order = self.run.known.get(item.ref), self.run.order
        if known is None or known.is_gone or order.full or item.status is None or item.status != known.status:
            return False
        is_due = known.due_at is not None and known.due_at <= order.seen_at()
        if not is_due:
            self.run.count("pages", "known")
        return not is_due

    def _counters_of(self, brand_id: str, name: str | None) -> Iterator[Landed]:
        """A brand's own counters, once a run and as often as the watch list says."""
        rule, scope = self._rule("brand"), f"statistics:{brand_id}"
        if brand_id in self._brands or not rule.follow or not self.notes.is_due(scope, rule.every_days):
            return
        self._brands.add(brand_id)
        if not self.notes.has_counted(brand_id):
            yield self._counters_request(brand_id, name, self._refusals >= _MOST_REFUSALS)

    def _counters_request(self, brand_id: str, name: str | None, is_page: bool) -> scrapy.Request:
        """To the statistics call, else to the brand's page, which prints the same numbers beside labels."""
        url = self.hosts.printed(_BRAND.format(brand_id)) if is_page else _STATISTICS.format(brand_id)
        about = {"brand_id": brand_id, "name": name, "is_page": is_page}
        target = self.hosts.fetched(url)
        assert target is not None  # both hosts are the portal's  # noqa: S101
        return scrapy.Request(
            target, self.on_statistics, errback=self._statistics_failed, cb_kwargs=about, meta={"whole": True}
        )

    def on_statistics(self, response: Response, brand_id: str, name: str | None, is_page: bool) -> Iterator[Landed]:
        """A brand's counters. Without them nothing is lost but a control total, so no failure stops the run."""
        try:
            self._check_status(response, f"statistics {brand_id}")
            found = parse_statistics(response.body, facts=self.facts)
        except PageError as error:
            yield from self._no_statistics(brand_id, name, is_page, getattr(error, "kind", "changed"))
            return
        self._refusals = 0 if not is_page else self._refusals
        if found.is_unclear:
            yield finding(self.facts, f"brand:{brand_id}", "solve_rate_unclear", "unit of solve_rate", "read the page")
        self.notes.counters(brand_id, name or found.name, found)
        self.notes.walked(f"statistics:{brand_id}", "end", 1)

    def _statistics_failed(self, failure: Failure) -> Iterator[Landed]:
        about = failure.request.cb_kwargs  # type: ignore[attr-defined]  # set by Scrapy
        yield from self._no_statistics(about["brand_id"], about["name"], about["is_page"], type(failure.value).__name__)

    def _no_statistics(self, brand_id: str, name: str | None, is_page: bool, why: str) -> Iterator[Landed]:
        self.run.count("controls", f"refused: {why}")
        if is_page:
            yield finding(self.facts, f"brand:{brand_id}", "no_control_total", f"brand page: {why}", "run again later")
            return
        self._refusals += 1
        yield self._counters_request(brand_id, name, True)

    def on_idle(self) -> None:
        """Nothing left to ask for: what is due and no list showed, a batch at a time."""
        if self.run.problems:
            return
        self._due = self._due or self.revisits()
        batch = list(islice(self._due, _BATCH))
        for request in batch:
            self.crawler.engine.crawl(request)
        if batch:
            raise DontCloseSpider

    def closed(self, reason: str) -> None:
        super().closed(reason)
        self.notes.close()
