"""Scrapy's download handler for rendered pages: opens them in Chromium, does what a visitor does, reads the answers.

The page's own script makes its calls; nothing is signed, forged or solved here. A request carries a `Walk` in
`meta["walk"]`; the response is the rendered page, and `meta["calls"]`, `meta["walk_end"]` say what was heard.
"""

import asyncio
import time
from typing import Any, Protocol, cast
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page
from playwright.async_api import Request as PageRequest
from playwright.async_api import Response as PageResponse
from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.http import Response
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler  # type: ignore[import-untyped]

from crawlers.backoff import BackOff
from crawlers.browser import Call, Walk
from crawlers.portal_spider import PortalSpider
from crawlers.settings import is_loopback

_UNWANTED = {"image", "media", "font", "websocket", "eventsource", "manifest", "ping", "other", "texttrack"}
_ASSETS = {"script", "stylesheet"}
_WAIT_SECONDS, _LAB_WAIT_SECONDS = 20.0, 8.0
_REACT_SECONDS = 0.5  # a script that heard a click has made its call by then
_WALLS = {403, 429, 456, 503}


class Walking(Protocol):
    """What a spider with rendered pages tells its browser."""

    script_hosts: tuple[str, ...]
    reading_posts: tuple[str, ...]  # paths of documented read-only calls a page makes by POST

    def enough(self, walk: Walk, call: Call) -> str | None:
        """Why the walk may end after this answer: a wall, the last page, known ground; null to go on."""


class Ear:
    """Hears one page: answers to the calls the walk listens for, and whether the page has just made one."""

    def __init__(self, page: Page, walk: Walk, handler: "RenderedHandler") -> None:
        self.walk = walk
        self.heard: asyncio.Queue[Call] = asyncio.Queue()
        self.asked = asyncio.Event()
        self.pending = 0
        self._handler = handler
        page.on("request", self._on_request)
        page.on("response", self._on_response)
        page.on("requestfailed", self._on_failed)

    def _on_request(self, request: PageRequest) -> None:
        if self.walk.owns(request.url):
            self.pending += 1
            self.asked.set()

    async def _on_response(self, response: PageResponse) -> None:
        if not self.walk.hears(response.url):
            return
        if not await self._handler.robots_allow(response.url):
            self.put(Call(response.url, 0, b"", why="robots"))
            return
        try:
            body = b"" if 300 <= response.status < 400 else await response.body()
            location = (await response.header_value("location")) or ""
        except PlaywrightError:
            self.put(Call(response.url, 0, b"", why="failed"))
            return
        self.put(Call(response.url, response.status, body, location))

    def _on_failed(self, request: PageRequest) -> None:
        if self.walk.hears(request.url) and not self._handler.was_blocked(request):
            self.put(Call(request.url, 0, b"", why="failed"))

    def put(self, call: Call) -> None:
        self._handler.log(call)
        self.pending -= self.walk.owns(call.url)
        self.heard.put_nowait(call)


class Walker:
    """Walks one page to its end. `calls` in the order they were heard."""

    def __init__(self, page: Page, ear: Ear, spider: Walking, wait_seconds: float) -> None:
        self.calls: list[Call] = []
        self._page, self._ear, self._walk, self._spider = page, ear, ear.walk, spider
        self._wait = wait_seconds

    async def go(self) -> str:
        """Why it ended: what `enough` said, `end`, `most`, `not offered`, `silent` (the page made no such call), or
        `wall:no_answer` (it made one and nothing came)."""
        if await self._page.locator(self._walk.error).count():
            return "not offered"
        for css in self._walk.clicks:
            if not await self._click(css):
                return "not offered"
        if self._walk.word and not await self._type():
            return "not offered"
        own = 0
        while (call := await self._next()) is not None:
            own += 1
            if why := self._spider.enough(self._walk, call):
                return why
            if own >= self._walk.most:
                return "most"
            if not await self._ask_more():
                break
        if self._ear.pending > 0:
            return "wall:no_answer"
        return "end" if own else "silent"

    async def _click(self, css: str) -> bool:
        spot = self._page.locator(css).first
        try:
            await spot.click(timeout=self._wait * 1000)
        except PlaywrightError:
            return False
        return True

    async def _type(self) -> bool:
        spot = self._page.locator(self._walk.field).first
        try:
            await spot.fill(self._walk.word, timeout=self._wait * 1000)
            await spot.press("Enter")
        except PlaywrightError:
            return False
        return True

    async def _next(self) -> Call | None:
        """The next answer of this walk, or any that says the portal wants a rest; null when none comes in time.

        Answers to the page's other calls are kept, not counted.
        """
        until = time.monotonic() + self._wait
        while (left := until - time.monotonic()) > 0:
            try:
                call = await asyncio.wait_for(self._ear.heard.get(), left)
            except TimeoutError:
                return None
            self.calls.append(call)
            if self._walk.owns(call.url) or call.status in _WALLS:
                return call
        return None

    async def _is_over(self) -> bool:
        ends = await self._page.locator(self._walk.end).all()
        return any([await end.is_visible() for end in ends])

    async def _ask_more(self) -> bool:
        """Scroll to what asks for more and click it, as a visitor does, until the page asks; false when it never does."""
        spot = self._page.locator(self._walk.more).first
        until = time.monotonic() + self._wait
        self._ear.asked.clear()
        while time.monotonic() < until and not await self._is_over():
            try:
                if not await spot.is_visible():
                    return False
                await spot.click(timeout=self._wait * 1000)
                await asyncio.wait_for(self._ear.asked.wait(), _REACT_SECONDS)
            except TimeoutError:
                await self._page.mouse.wheel(0, 20_000)
            except PlaywrightError:
                return False
            else:
                return True
        return self._ear.asked.is_set()


class Gate:
    """At most one navigation or data call every `delay_seconds`."""

    def __init__(self, delay_seconds: float) -> None:
        self._delay = delay_seconds
        self._last = 0.0
        self._lock = asyncio.Lock()

    async def enter(self) -> None:
        if self._delay:
            async with self._lock:
                await self.rest()
                self._last = time.monotonic()

    async def rest(self) -> None:
        """Until the delay since the last call is over."""
        if self._delay and (left := self._last + self._delay - time.monotonic()) > 0:
            await asyncio.sleep(left)


class RenderedHandler(ScrapyPlaywrightDownloadHandler):  # type: ignore[misc]  # the library is untyped
    """Plain requests go Scrapy's way; a request with a walk gets a page. Chromium starts at the first of them."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings = crawler.settings
        self._spider = cast(PortalSpider, crawler.spider)
        self._delay = settings.getfloat("DOWNLOAD_DELAY")
        self._agent = str(settings.get("USER_AGENT"))
        self._wait = _WAIT_SECONDS if self._delay else _LAB_WAIT_SECONDS
        self._gate = Gate(self._delay)
        self._ears: WeakKeyDictionary[Page, Ear] = WeakKeyDictionary()
        self._blocked: WeakKeyDictionary[PageRequest, str] = WeakKeyDictionary()
        self._start = asyncio.Lock()
        self.abort_request = self._aborts

    async def _maybe_launch_in_thread(self) -> None:
        """At the start of the crawl: nothing. Most crawls of most portals need no browser."""

    async def _launch_once(self) -> None:
        async with self._start:
            if not hasattr(self, "browser_provider"):
                await super()._maybe_launch_in_thread()

    async def download_request(self, request: Request) -> Response:
        if "walk" not in request.meta:
            return cast(Response, await super().download_request(request))
        await self._launch_once()
        more = {
            "user_agent": self._agent,
            "locale": "zh-CN",
            "timezone_id": "Asia/Shanghai",
            "service_workers": "block",
        }
        request.meta.update(playwright=True, playwright_context_kwargs=more, calls=[], walk_end="")
        await self._gate.enter()
        response: Response = await super().download_request(request)
        await self._gate.rest()
        return _walled(response, request.meta["calls"])

    async def _create_page(self, request: Request, spider: Spider) -> Page:
        page: Page = await super()._create_page(request, spider)
        self._ears[page] = Ear(page, Walk(*request.meta["walk"]), self)
        return page

    async def _apply_page_methods(self, page: Page, request: Request, spider: Spider) -> None:
        walker = Walker(page, self._ears[page], cast(Walking, spider), self._wait)
        request.meta["walk_end"] = await walker.go()
        request.meta["calls"] = walker.calls

    async def _aborts(self, request: PageRequest) -> bool:
        """Whether a request of the page is not made: images and trackers, writing, other hosts, what robots forbid."""
        why = await self._why_not(request)
        if why is None:
            if request.resource_type not in _ASSETS and not request.is_navigation_request():
                await self._gate.enter()
            return False
        self._blocked[request] = why
        self._spider.run.count("blocked", why)
        ear = self._ears.get(request.frame.page)
        if why == "robots" and ear and ear.walk.hears(request.url):
            ear.put(Call(request.url, 0, b"", why="robots"))
        return True

    async def _why_not(self, request: PageRequest) -> str | None:
        kind, url = request.resource_type, request.url
        if kind in _UNWANTED or (request.is_navigation_request() and request.frame.parent_frame is not None):
            return "unwanted"
        if not self._is_known_host(url, kind):
            return "other host"
        if request.method not in ("GET", "HEAD") and urlsplit(url).path not in getattr(
            self._spider, "reading_posts", ()
        ):
            return "not a reading call"
        return None if await self.robots_allow(url) else "robots"

    def _is_known_host(self, url: str, kind: str) -> bool:
        spider, host = self._spider, urlsplit(url).hostname or ""
        if spider.hosts.fetched(url) == url:
            return True
        known = cast(Walking, spider).script_hosts if kind in _ASSETS and not is_loopback(spider.run.order.home) else ()
        return any(host == own or host.endswith("." + own) for own in known)

    async def robots_allow(self, url: str) -> bool:
        rules = cast(Any, self._crawler).get_downloader_middleware(RobotsTxtMiddleware)
        parser = await rules.robot_parser(Request(url)) if rules else None
        return parser is None or bool(parser.allowed(url, self._agent))

    def was_blocked(self, request: PageRequest) -> bool:
        return request in self._blocked

    def log(self, call: Call) -> None:
        """A data call in the journal of fetches, like any other."""
        journal = cast(Any, self._crawler).get_downloader_middleware(BackOff)
        if journal:
            journal._log(Request(call.url), str(call.status) if call.status else call.why, len(call.body))


def _walled(response: Response, calls: list[Call]) -> Response:
    """The page with the status of its last call, if that was a refusal: the portal then rests as for any other."""
    last = calls[-1].status if calls else response.status
    return response.replace(status=last) if last in _WALLS and response.status == 200 else response
