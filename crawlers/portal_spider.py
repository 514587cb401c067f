"""What the spiders of all portals share: addresses, refusals, gone pages, revisits, findings.

A portal's spider fills in the first four, and calls the rest:

`on_home(response)`, `parse_detail`, `incomplete`, `name`: as before; `parse_…` are pure static functions of the class.
`detail(href, ref=, found_via=)`, `revisits()`: requests for complaint pages, each once a run.
`list_page(href, on_list, scope=, number=)`: request for page `number` of a list; `on_list(response, scope=, number=)`
    gets whole 200 answers only; a wall is a gap named `list:<scope>`.
`is_known_ground([(ref, status or None), …])`: all known from complete runs and unchanged, so paging on shows nothing new.
`page(response)`, `keep(url, status=, headers=, body=)`: an archived page; `keep` for what the browser heard.
`read(*pages, ref=, url=, found_via=, parse="parse_detail", **more)`: yields what lands from one or several pages. Calls the
    class's pure function of that name as `parse(body, *bodies, url=, seen_at=, found_via=, facts=, **more)`; it gives Parsed
    or an iterable of Parsed. `ref=None`: every record it gives lands. `more` are JSON values, kept in the archive: reparse
    repeats the same call from the archive alone. Items yielded in any other way are archived word for word.
`run.control[scope]`, `run.collected[scope]`: the portal's own counter, and how many of them this run met (coverage).
`run.latest(ids)`: numbers on the latest list now; what rolled off since the last visit is estimated from the gap.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar
from urllib.parse import urljoin, urlsplit

import scrapy
from scrapy.exceptions import CloseSpider, IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure

from crawlers.archive import Headers, Page
from crawlers.failures import failure_name
from crawlers.hosts import Hosts
from crawlers.known import Known
from crawlers.pages import finding
from crawlers.reading import GONE, Parser, Read, Sighted, Sighting, gap_of, name_of, read_pages
from crawlers.run_state import Run
from pipeline.errors import PageError, Refused
from pipeline.model import Finding, RawComplaint

_WALLS = {403: "forbidden", 429: "rate_limited", 456: "risk_control", 503: "unavailable"}
_REDIRECTS = {301, 302, 303, 307, 308}
_MOST_HOPS = 5
HTML_FOR_JSON = "html_for_json"  # why an answer is incomplete: a page where data was asked for
_MOST_IN_A_ROW = 10  # pages refused or unreadable one after the other: the portal says no, or has changed
Landed = Sighted | RawComplaint | Finding | scrapy.Request
OnList = Callable[..., Iterator[Landed]]


class Spent(IgnoreRequest):
    """The run may ask no more: its budget is used up, or the portal was switched off."""


class PortalSpider(scrapy.Spider):
    """A portal's spider says where its pages are; this says what happens to each answer.

    `name` is the portal's slug. `parse_detail` is the portal's parser, a pure function.
    """

    parse_detail: ClassVar[Parser]

    def __init__(self, run: Run, **more: Any) -> None:
        super().__init__(self.name, **more)
        self.run = run
        self.facts = run.order.facts
        self.hosts = Hosts(self.facts, run.order.home)
        lines = run.order.files.lines
        self._landed_bytes = lines.stat().st_size if run.landed and lines.exists() else 0

    def on_home(self, response: Response) -> Iterator[Landed]:
        """What the portal's first page leads to."""
        raise NotImplementedError

    async def start(self) -> Any:
        yield self._home_request(self.run.order.home, 0)

    def _home_request(self, target: str, hops: int) -> scrapy.Request:
        about = {"hops": hops}
        return scrapy.Request(
            target, self._home_answer, errback=self._home_failed, cb_kwargs=about, meta={"whole": True}
        )

    def _home_answer(self, response: Response, hops: int) -> Iterator[Landed]:
        """Without the home page the run is worth nothing: it stops and says why."""
        try:
            if response.status in _REDIRECTS:
                yield self._home_request(self._redirect(response, "home page", hops), hops + 1)
                return
            self._check_status(response, "home page")
            yield from self.on_home(response)
        except PageError as error:
            self._judged(response, "home")
            self._stop(error)

    def _home_failed(self, failure: Failure) -> None:
        if isinstance(failure.value, Spent):
            return
        kind = failure_name(failure.value)
        self._stop(
            Refused(kind, f"home page {self.run.order.home}: no answer ({kind}); check the address and robots.txt")
        )

    def _stop(self, error: PageError) -> None:
        if isinstance(error, Refused):
            self.run.count("refused", error.kind)
        self.run.problems.append(f"{error} (nothing collected so far is lost)")
        raise CloseSpider("home page")

    def detail(self, href: str, *, ref: str, found_via: str) -> scrapy.Request | None:
        """The request for a complaint, once per run; null for a link to elsewhere or a complaint already landed."""
        url = self.hosts.printed(href)
        target = self.hosts.fetched(url)
        if target is None:
            self.run.count("elsewhere", urlsplit(url).hostname or "no host")
            return None
        if ref in self.run.planned:
            self.run.count("pages", "listed_again")
            return None
        self.run.planned.add(ref)
        return None if ref in self.run.landed else self._request(target, ref, url, found_via, 0)

    def _request(self, target: str, ref: str, url: str, found_via: str, hops: int) -> scrapy.Request:
        about = {"ref": ref, "url": url, "found_via": found_via, "hops": hops}
        return scrapy.Request(target, self.on_detail, errback=self._failed, cb_kwargs=about, meta={"whole": True})

    def revisits(self) -> Iterator[scrapy.Request]:
        """Complaints of earlier runs that the schedule wants seen again and which no list of this run shows."""
        order = self.run.order
        for ref, known in self.run.known.due(order.seen_at(), full=order.full):
            if ref not in self.run.planned and self._is_wanted(known):
                request = self.detail(known.url, ref=ref, found_via="revisit")
                if request is not None:
                    yield request

    def _is_wanted(self, known: Known) -> bool:
        since = self.run.order.since
        return since is None or known.published_on is None or known.published_on >= since

    def list_page(self, href: str, on_list: OnList, *, scope: str, number: int = 1) -> scrapy.Request | None:
        """The request for a page of a list; null for a link to elsewhere. Every wall is a gap of the list."""
        target = self.hosts.fetched(self.hosts.printed(href))
        if target is None:
            self.run.count("elsewhere", urlsplit(href).hostname or "no host")
            return None
        return self._list_request(target, on_list, scope, number, 0)

    def _list_request(self, target: str, on_list: OnList, scope: str, number: int, hops: int) -> scrapy.Request:
        about = {"on_list": on_list.__name__, "scope": scope, "number": number, "hops": hops}
        return scrapy.Request(
            target, self._list_answer, errback=self._failed, cb_kwargs=about, meta={"whole": True}, priority=1
        )

    def _list_answer(
        self, response: Response, on_list: str, scope: str, number: int, hops: int
    ) -> Iterator[Landed]:  # a method's name, so that the request can wait on a disk or in another process
        ask: OnList = getattr(self, on_list)
        try:
            if response.status in _REDIRECTS:
                yield self._list_request(self._redirect(response, scope, hops), ask, scope, number, hops + 1)
                return
            self._check_status(response, f"list {scope}")
            yield from ask(response, scope=scope, number=number)
            self.run.in_a_row = 0
        except PageError as error:
            self._judged(response, "list")
            if isinstance(error, Refused):
                self._gap(f"list:{scope}", error.kind)
                return
            yield finding(self.facts, f"list:{scope}", "page_changed", str(error)[:200], "correct the parser")
            self.run.count("pages", "changed")
            self._not_understood()

    def landed_before(self) -> Iterator[RawComplaint]:
        """What earlier processes of this run landed: their pages are not read again, but what they lead to may be unseen."""
        if not self._landed_bytes:
            return
        with self.run.order.files.lines.open("rb") as file:
            while file.tell() < self._landed_bytes:
                yield RawComplaint.model_validate_json(file.readline())

    def is_known_ground(self, items: Iterable[tuple[str, str | None]]) -> bool:
        """Whether a page of a list shows only what earlier whole runs saw: (ref, status as printed or null).

        Never with `full`, nor after a run that left something unseen: then the lists are read to their end.
        """
        shown = list(items)
        return bool(shown) and self.run.order.sees_ground and all(self._is_unchanged(*item) for item in shown)

    def _is_unchanged(self, ref: str, status: str | None) -> bool:
        known = self.run.known.get(ref)
        return known is not None and not known.is_gone and (status is None or status == known.status)

    def incomplete(self, request: scrapy.Request, response: Response) -> str | None:
        """Why an answer is not a whole page and is worth asking for again; null when it is. Overridden for JSON."""
        if response.status != 200 or not request.meta.get("whole"):
            return None
        if not response.body.strip():
            return "empty"
        is_bound = any(end in response.body for end in (b"</html", b"</HTML", "未经授权".encode()))
        return None if is_bound or b"<html" not in response.body[:2000].lower() else "truncated"

    def on_detail(self, response: Response, ref: str, url: str, found_via: str, hops: int) -> Iterator[Landed]:
        """One complaint's answer: a record, a tombstone, a gap, or a page that is not understood."""
        try:
            if response.status in _REDIRECTS:
                yield self._request(self._redirect(response, ref, hops), ref, url, found_via, hops + 1)
                return
            if response.status not in GONE:
                self._check_status(response, f"{self.name}/{ref}")
        except Refused as wall:
            self._gap(ref, wall.kind)
            return
        yield from self.read(self.page(response), ref=ref, url=url, found_via=found_via)

    def page(self, response: Response) -> Page:
        """The answer as the archive keeps it."""
        page: Page = response.meta["page"]  # set by crawlers.recorder
        return page

    def keep(self, url: str, *, status: int, headers: Headers, body: bytes) -> Page:
        """Archive an answer that did not come through Scrapy: what a page's own script was given."""
        self.run.count("fetches", str(status))
        return self.run.archive.page(url, status, headers, body, self.run.order.seen_at())

    def read(
        self, *pages: Page, ref: str | None, url: str, found_via: str, parse: str = "parse_detail", **more: Any
    ) -> Iterator[Landed]:
        """What lands from archived pages, by the class's pure function `parse`. See the head of this file."""
        sighting = Sighting(
            ref=ref, url=url, found_via=found_via, seen_at=pages[-1].seen_at, parse=parse,
            pages=tuple(page.id for page in pages), more=more,
        )  # fmt: skip
        got = read_pages(getattr(type(self), parse), self.facts, sighting, pages)
        yield Sighted(sighting, got)
        self._judge(sighting, got)

    def _judge(self, sighting: Sighting, got: Read) -> None:
        if got.verdict in ("landed", "gone"):
            self.run.in_a_row = 0
            self.run.gaps.pop(name_of(sighting), None)  # an earlier process of this run may have been refused
            if any(found.kind.startswith("unknown_") for found in got.findings):
                self.run.count("pages", "unknown")
        elif got.verdict == "changed":
            self.run.count("pages", "changed")
            self._not_understood()
        else:
            self.run.count("refused", got.kind or name_of(sighting))
            self._not_understood()

    def _judged(self, response: Response, what: str) -> None:
        """The page was no answer to what was asked: a resumed run asks again."""
        self.run.archive.note(
            "list", {"verdict": "refused", "pages": [self.page(response).id], "name": what}, url=response.url
        )

    def _check_status(self, response: Response, what: str) -> None:
        if response.status != 200:
            kind = _WALLS.get(response.status, f"http_{response.status}")
            raise Refused(kind, f"{what}: the portal answers HTTP {response.status}; wait, then run again")

        if response.meta.get("given_up") == HTML_FOR_JSON:
            raise Refused("html", f"{what}: the portal answers with a page where data was asked for; run again later")

    def _redirect(self, response: Response, what: str, hops: int) -> str:
        """Where a redirect inside the portal leads. Raises Refused for a login and for any way out of the portal."""
        location = urljoin(self.facts.home, (response.headers.get("Location") or b"").decode("latin-1"))
        host, target = urlsplit(location).hostname or "", self.hosts.fetched(location)
        if host.startswith("passport.") or "login" in urlsplit(location).path:
            raise Refused("login", f"{what}: the portal redirects to its login; it is never used, try later")
        if target is None:
            self.run.count("elsewhere", host)
            raise Refused("redirect", f"{what}: the portal redirects to {host}; look whether it has moved")
        if hops >= _MOST_HOPS:
            raise Refused("redirect", f"{what}: redirected more than {_MOST_HOPS} times")
        return target

    def closed(self, reason: str) -> None:
        """Scrapy's word for the end; anything but `finished` leaves the run open for resumption."""
        self.run.ended = reason

    def _failed(self, failure: Failure) -> None:
        if isinstance(failure.value, Spent):
            return  # nothing was asked: the next process goes on
        about = failure.request.cb_kwargs  # type: ignore[attr-defined]  # set by Scrapy
        self._gap(about["ref"] if "ref" in about else f"list:{about['scope']}", failure_name(failure.value))

    def _gap(self, name: str, kind: str) -> None:
        """A wall, recorded as a gap in coverage: no statement about the complaint."""
        self.run.count("refused", kind)
        self.run.archive.note("gap", {"name": name, "kind": kind}, url=f"urn:sinkrate:{self.name}:{name}")
        self.run.gaps[name] = gap_of(self.facts, name, kind)
        if kind != "robots":
            self._not_understood()

    def _not_understood(self) -> None:
        self.run.in_a_row += 1
        if self.run.in_a_row >= _MOST_IN_A_ROW:
            self.run.problems.append(
                f"{self.name}: {_MOST_IN_A_ROW} pages in a row refused or not understood; stopped, run again later"
            )
            raise CloseSpider("in a row")
