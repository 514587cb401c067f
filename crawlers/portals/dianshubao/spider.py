"""Where the complaints of 电诉宝 are: the public list page by page, each complaint by its link, then the ratings."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import scrapy
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure

from crawlers.landing import Journal
from crawlers.pages import finding
from crawlers.portal_spider import Landed, PortalSpider
from crawlers.portals.dianshubao.parse import PROFILE, Listed, ListPage, parse_detail, parse_list
from crawlers.portals.dianshubao.ratings import Control, Rated, parse_ratings
from pipeline.errors import PageError, PortalChanged, Refused

_LIST = "/Index/complain_list.html"
_POST = urlsplit(PROFILE).path
_RECORDS = 10  # the page size of the portal's own script


class DianshubaoSpider(PortalSpider):
    """List pages → complaint pages → ratings; a list filled by script is read through the script's own address."""

    name = "dianshubao"
    parse_detail = staticmethod(parse_detail)

    async def start(self) -> Any:
        home = self.run.order.home
        yield self._home_request(urljoin(home, _LIST) if urlsplit(home).path in ("", "/") else home, 0)

    def on_home(self, response: Response) -> Iterator[Landed]:
        page = parse_list(response.body, facts=self.facts)
        if page.total is not None:
            self.run.control["listed_total"] = page.total
        if page.encoding:
            yield finding(self.facts, "home", "encoding", f"the list came as {page.encoding}", "nothing to do")
        if page.ratings_href:
            yield from self._ratings(page.ratings_href)
        if page.items:
            yield from self._one_page(page, 1)
        else:
            yield self._script_page(1)

    def _one_page(self, page: ListPage, number: int) -> Iterator[Landed]:
        """The complaints of a list page, then the next page; behind the last one what no list shows any more."""
        wanted = [item for item in page.items if not self._is_older(item)]
        for item in wanted:
            request = self.detail(item.href, ref=item.ref, found_via="list")
            if request is not None:
                yield request
        self.run.listed += len(page.items)
        target = self.hosts.fetched(self.hosts.printed(page.next_href)) if page.next_href else None
        if target and wanted:
            yield self._listing(scrapy.Request(target), number + 1)
        else:
            yield from self.revisits()

    def _is_older(self, item: Listed) -> bool:
        since = self.run.order.since
        is_older = bool(since and item.listed_on and item.listed_on < since)
        if is_older:
            self.run.count("pages", "older")
        return is_older

    def _listing(self, request: scrapy.Request, number: int) -> scrapy.Request:
        return request.replace(
            callback=self.on_list, errback=self._list_failed, cb_kwargs={"number": number}, meta={"whole": True}
        )

    def on_list(self, response: Response, number: int) -> Iterator[Landed]:
        """List page `number`. A page that cannot be read ends the list and is a problem of the run."""
        try:
            self._check_status(response, "list page")
            page = parse_list(response.body, facts=self.facts, number=number)
            if not page.items and number == 1:
                raise PortalChanged("list page: neither the page nor its script's answer lists a complaint")
            if response.request and response.request.method == "POST" and len(page.items) >= _RECORDS:
                yield self._script_page(number + 1)
            yield from self._one_page(page, number)
        except PageError as error:
            self._broken_list(str(error), number, error.kind if isinstance(error, Refused) else "changed")

    def _list_failed(self, failure: Failure) -> None:
        kind = "robots" if isinstance(failure.value, IgnoreRequest) else type(failure.value).__name__
        number = failure.request.cb_kwargs["number"]  # type: ignore[attr-defined]  # set by Scrapy
        self._broken_list(f"list page {number}: no answer ({kind})", number, kind)

    def _broken_list(self, why: str, number: int, kind: str) -> None:
        self.run.count("refused", kind)
        self.run.problems.append(f"{self.name}: the list ends early at page {number}: {why}; run again")

    def _script_page(self, number: int) -> scrapy.Request:
        about = {"f": "complain", "page_record": str(_RECORDS), "p": str(number)}
        return self._listing(scrapy.FormRequest(self._post_address(), formdata=about), number)

    def _post_address(self) -> str:
        return self.hosts.fetched(self.hosts.printed(_POST)) or urljoin(self.run.order.home, _POST)

    def _request(self, target: str, *more: Any) -> scrapy.Request:
        """A complaint known only to the script is asked for as the script does."""
        request = super()._request(target, *more)
        parts = urlsplit(target)
        if parts.path != _POST:
            return request
        form = scrapy.FormRequest(self._post_address(), formdata=dict(parse_qsl(parts.query)))
        return request.replace(url=form.url, method="POST", body=form.body, headers=form.headers)

    def incomplete(self, request: scrapy.Request, response: Response) -> str | None:
        """As for every portal; an answer in JSON that is cut off is asked for again too."""
        if response.status == 200 and request.meta.get("whole") and response.body.lstrip()[:1] in (b"{", b"["):
            try:
                json.loads(response.body)
            except ValueError:
                return "truncated"
        return super().incomplete(request, response)

    def _ratings(self, href: str) -> Iterator[scrapy.Request]:
        target = self.hosts.fetched(self.hosts.printed(href))
        if target:
            yield scrapy.Request(target, self.on_ratings, errback=self._no_ratings, meta={"whole": True})

    def on_ratings(self, response: Response) -> Iterator[Landed]:
        """The portal's own figures into <run>.controls.jsonl; a row without an index leads to its platform's page."""
        try:
            self._check_status(response, "ratings page")
            rated = parse_ratings(response.body, facts=self.facts)
        except PageError as error:
            yield finding(self.facts, "ratings", "page_changed", str(error)[:200], "read the page, correct the parser")
            return
        self._keep(rated)
        for row in rated:
            if "buy" not in row.counters and row.href:
                yield from self._ratings(row.href)

    def _keep(self, rated: tuple[Rated, ...]) -> None:
        files, at = self.run.order.files, self.run.order.seen_at()
        path = files.folder / f"{files.run}.controls.jsonl"
        known = set(path.read_text(encoding="utf8").splitlines()) if path.exists() else set()
        journal = Journal(path)
        for row in rated:
            for counter, value in row.counters.items():
                line = Control(
                    portal=self.name, platform_ref=row.website, name=row.name, counter=counter, value=value,
                    counted_at=at,
                ).line()  # fmt: skip
                if line not in known:
                    journal.write(line)
        journal.close()

    def _no_ratings(self, failure: Failure) -> None:
        kind = "robots" if isinstance(failure.value, IgnoreRequest) else type(failure.value).__name__
        self.run.count("refused", kind)
