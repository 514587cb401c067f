"""What a visitor does on the rendered page: wait until it is there, look for a company, turn the pages."""

import asyncio
import time
from typing import Any, NamedTuple, cast

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Locator, Page
from playwright.async_api import Request as PageRequest
from playwright.async_api import Response as PageResponse
from scrapy import Request, Spider

from crawlers.browser import Call
from crawlers.rendered import RenderedHandler

_READY = """() => {
  const shown = (css) => [...document.querySelectorAll(css)].some((node) => node.getClientRects().length);
  if (/验证|captcha/i.test(document.title)) return 'captcha';
  if (shown('div.response-list-item') || shown('input[type=text], input[type=search], input:not([type])')) return 'app';
  return shown('[class*=slider], [id*=slider], [class*=captcha], [id*=captcha]') ? 'captcha' : '';
}"""
_FIELDS = (
    "input[placeholder*=企业]", "input[placeholder*=名称]", "input[placeholder*=搜索]", "input[type=search]",
    "input[type=text]", "input:not([type])",
)  # fmt: skip
_BUTTONS = ("button:has-text('搜索')", "button:has-text('查询')", "a:has-text('搜索')", "span:has-text('搜索')")
_MOST_PAGES = 100
_REACT_SECONDS, _QUIET_SECONDS = 0.6, 0.15
_CALLS = {"xhr", "fetch"}


class Seen(NamedTuple):
    """How a search ended (`end`, `most`, or why not: `captcha`, `waf`, `not offered`, `stuck`) and what was shown."""

    end: str
    pages: tuple[str, ...]


class Traffic:
    """The data calls a page is waiting for."""

    def __init__(self, page: Page) -> None:
        self.asked = asyncio.Event()
        self._open: set[PageRequest] = set()
        self._changed_at = time.monotonic()
        page.on("request", self._on_request)
        page.on("requestfinished", self._on_end)
        page.on("requestfailed", self._on_end)

    def _on_request(self, request: PageRequest) -> None:
        if request.resource_type in _CALLS:
            self._open.add(request)
            self.asked.set()

    def _on_end(self, request: PageRequest) -> None:
        self._open.discard(request)
        self._changed_at = time.monotonic()

    async def answered(self, wait_seconds: float) -> bool:
        """Whether the page has called, and nothing is open any more, within the time."""
        until = time.monotonic() + wait_seconds
        try:
            await asyncio.wait_for(self.asked.wait(), min(_REACT_SECONDS, wait_seconds))
        except TimeoutError:
            return False
        while time.monotonic() < until:
            if not self._open and time.monotonic() - self._changed_at > _QUIET_SECONDS:
                return True
            await asyncio.sleep(0.03)
        return False


class Search:
    """One search on one page."""

    def __init__(self, page: Page, wait_seconds: float) -> None:
        self._page, self._wait = page, wait_seconds
        self._traffic = Traffic(page)

    async def go(self, word: str) -> Seen:
        """Look for `word` and turn all pages. A slider is never moved: it ends the search."""
        state = await self._ready()
        if state != "app":
            return Seen(state, ())
        if not await self._ask(word):
            return Seen("not offered", ())
        shown = [await self._page.content()]
        while len(shown) < _MOST_PAGES:
            turned = await self._turn(len(shown) + 1)
            if turned is not None:
                return Seen(turned, tuple(shown))
            shown.append(await self._page.content())
        return Seen("most", tuple(shown))

    async def _ready(self) -> str:
        """`app`, `captcha`, or `waf` where the firewall's check does not end in time."""
        try:
            found = await self._page.wait_for_function(_READY, timeout=self._wait * 1000)
            return str(await found.json_value())
        except PlaywrightError:
            return "waf"

    async def _ask(self, word: str) -> bool:
        await self._traffic.answered(self._wait)  # what the page loads by itself
        field = await self._first(_FIELDS)
        if field is None:
            return False
        self._traffic.asked.clear()
        await field.fill(word)
        await field.press("Enter")
        if await self._traffic.answered(self._wait):
            return True
        button = await self._first(_BUTTONS)
        if button is None:
            return False
        await button.click(timeout=self._wait * 1000)
        return await self._traffic.answered(self._wait)

    async def _first(self, choices: tuple[str, ...]) -> Locator | None:
        for css in choices:
            spot = self._page.locator(css).first
            if await spot.count() and await spot.is_visible():
                return spot
        return None

    async def _turn(self, number: int) -> str | None:
        """Turn to a page; null when it is shown, else why not: `end` (the pager has no such number) or `stuck`."""
        spot = self._page.locator("li.number").get_by_text(str(number), exact=True)
        if not await spot.count():
            return "end"
        self._traffic.asked.clear()
        try:
            await spot.first.click(timeout=self._wait * 1000)
        except PlaywrightError:
            return "stuck"
        return None if await self._traffic.answered(self._wait) else "stuck"


class SearchHandler(RenderedHandler):
    """Opens the page for a request with `meta["company"]` and leaves what was shown in `meta["seen"]`."""

    async def _create_page(self, request: Request, spider: Spider) -> Page:
        page = await super()._create_page(request, spider)
        page.on("response", self._note)
        return page

    def _note(self, response: PageResponse) -> None:
        """Every data call is in the log of fetches."""
        if response.request.resource_type in _CALLS:
            self.log(Call(response.url, response.status, b""))

    async def _apply_page_methods(self, page: Page, request: Request, spider: Spider) -> None:
        settings: Any = cast(Any, spider).crawler.settings
        wait = 40.0 if settings.getfloat("DOWNLOAD_DELAY") else 5.0
        request.meta["seen"] = await Search(page, wait).go(request.meta["company"])
