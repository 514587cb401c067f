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

from collections.abc import Callable, Iterator
from typing import Any, ClassVar
from urllib.parse import urljoin, urlsplit, urlunsplit

import scrapy
from scrapy.exceptions import CloseSpider, IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure

from crawlers.pages import Parsed, finding
from crawlers.run_state import Known, Run
from crawlers.settings import is_loopback
from pipeline.errors import ComplaintGone, PageError, PortalChanged, Refused
from pipeline.model import Finding, Gone, RawComplaint
from pipeline.portals import PortalFacts

_WALLS = {403: "forbidden", 429: "rate_limited", 456: "risk_control", 503: "unavailable"}
_GONE = {404, 410}
_REDIRECTS = {301, 302, 303, 307, 308}
_MOST_HOPS = 5
_MOST_IN_A_ROW = 10  # pages refused or unreadable one after the other: the portal says no, or has changed
Landed = RawComplaint | Finding | scrapy.Request


class Hosts:
    """Which links belong to the portal, and where they are fetched.

    With a replica on this machine as home, all the portal's hosts are fetched from it; a live portal as printed.
    """

    def __init__(self, facts: PortalFacts, home: str) -> None:
        self._base = facts.home
        self._portal = facts.hosts
        parts = urlsplit(home)
        self._home = (parts.scheme, parts.netloc)
        self._moves = is_loopback(home) or not self._is_portal(parts.hostname or "")

    def printed(self, href: str) -> str:
        """The link with the host it lacks; path and query stay as printed."""
        return urljoin(self._base, href.strip())

    def fetched(self, url: str) -> str | None:
        """Where a printed link is fetched; null for a link to elsewhere."""
        parts = urlsplit(url)
        ours = self._is_portal(parts.hostname or "") or parts.netloc == self._home[1]
        if parts.scheme not in ("http", "https") or not ours:
            return None
        return urlunsplit((*self._home, parts.path or "/", parts.query, "")) if self._moves else url

    def _is_portal(self, host: str) -> bool:
        return any(host == own or host.endswith("." + own) for own in self._portal)


class PortalSpider(scrapy.Spider):
    """A portal's spider says where its pages are; this says what happens to each answer.

    `name` is the portal's slug. `parse_detail` is the portal's parser, a pure function.
    """

    parse_detail: ClassVar[Callable[..., Parsed]]

    def __init__(self, run: Run, **more: Any) -> None:
        super().__init__(self.name, **more)
        self.run = run
        self.facts = run.order.facts
        self.hosts = Hosts(self.facts, run.order.home)

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
            self._stop(error)

    def _home_failed(self, failure: Failure) -> None:
        kind = "robots" if isinstance(failure.value, IgnoreRequest) else type(failure.value).__name__
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
            return None
        self.run.planned.add(ref)
        return None if ref in self.run.landed else self._request(target, ref, url, found_via, 0)

    def _request(self, target: str, ref: str, url: str, found_via: str, hops: int) -> scrapy.Request:
        about = {"ref": ref, "url": url, "found_via": found_via, "hops": hops}
        return scrapy.Request(target, self.on_detail, errback=self._failed, cb_kwargs=about, meta={"whole": True})

    def revisits(self) -> Iterator[scrapy.Request]:
        """Complaints of earlier runs whose state at the horizon is still unseen and which no list shows any more."""
        for ref, known in self.run.known.items():
            if known.is_due() and ref not in self.run.planned and self._is_wanted(known):
                request = self.detail(known.url, ref=ref, found_via="revisit")
                if request is not None:
                    yield request

    def _is_wanted(self, known: Known) -> bool:
        since = self.run.order.since
        return since is None or known.published_on is None or known.published_on >= since

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
            self._check_status(response, f"{self.name}/{ref}")
            yield from self._read(response, ref, url, found_via)
        except ComplaintGone as gone:
            self.run.in_a_row = 0
            yield self._tombstone(gone.kind, ref, url, found_via)
        except Refused as wall:
            self._gap(ref, wall.kind)
        except PortalChanged as change:
            self.run.count("pages", "changed")
            yield finding(self.facts, ref, "page_changed", str(change)[:200], "read the page, then correct the parser")
            self._not_understood()

    def _read(self, response: Response, ref: str, url: str, found_via: str) -> Iterator[Landed]:
        seen_at = self.run.order.seen_at()
        read = type(self).parse_detail(response.body, url=url, seen_at=seen_at, found_via=found_via, facts=self.facts)
        if read.complaint.ref != ref:
            raise PortalChanged(f"{self.name}/{ref}: the page shows complaint {read.complaint.ref}")
        self.run.in_a_row = 0
        if any(found.kind.startswith("unknown_") for found in read.findings):
            self.run.count("pages", "unknown")
        yield from read.findings
        yield read.complaint

    def _tombstone(self, kind: str, ref: str, url: str, found_via: str) -> RawComplaint:
        at = self.run.order.seen_at()
        gone = Gone.model_validate({"at": at, "kind": kind})
        return RawComplaint(portal=self.name, ref=ref, url=url, seen_at=at, found_via=found_via, gone=gone)

    def _check_status(self, response: Response, what: str) -> None:
        if response.status in _GONE and what != "home page":
            raise ComplaintGone("not_found", f"{what}: HTTP {response.status}")
        if response.status != 200:
            kind = _WALLS.get(response.status, f"http_{response.status}")
            raise Refused(kind, f"{what}: the portal answers HTTP {response.status}; wait, then run again")

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
        kind = "robots" if isinstance(failure.value, IgnoreRequest) else type(failure.value).__name__
        request: scrapy.Request = failure.request  # type: ignore[attr-defined]  # set by Scrapy
        self._gap(request.cb_kwargs["ref"], kind)

    def _gap(self, ref: str, kind: str) -> None:
        """A wall, recorded as a gap in coverage: no statement about the complaint."""
        self.run.count("refused", kind)
        self.run.gaps[ref] = finding(self.facts, ref, "gap", f"not seen: {kind}", "run again later; a wall stays a gap")
        if kind != "robots":
            self._not_understood()

    def _not_understood(self) -> None:
        self.run.in_a_row += 1
        if self.run.in_a_row >= _MOST_IN_A_ROW:
            self.run.problems.append(
                f"{self.name}: {_MOST_IN_A_ROW} pages in a row refused or not understood; stopped, run again later"
            )
            raise CloseSpider("in a row")
