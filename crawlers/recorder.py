"""Middlewares beside the manners: every answer into the archive, and no more requests at hand than needed."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Self, cast

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import HtmlResponse, Response

from crawlers.archive import page_at
from crawlers.portal_spider import PortalSpider

_FROM_ARCHIVE = "archive"
NOT_FETCHED = "not fetched"  # flag of an answer that stands for one that never came
_ROOM = 256  # requests waiting; what they come from is asked for more when there is room
_LOOK_AGAIN_SECONDS = 0.005


class Recorder:
    """Archives each answer as the parser gets it. An answer this run has already is not fetched again."""

    def __init__(self, crawler: Crawler) -> None:
        self._run = cast(PortalSpider, crawler.spider).run

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> Response | None:
        is_plain = request.method == "GET" and not request.meta.keys() & {"walk", "playwright"}
        start = self._run.replays.pop(request.url, None) if is_plain else None
        if start is None:
            return None
        page = page_at(self._run.order.files.archive, start)
        request.meta["page"] = page
        self._run.count("fetches", "from archive")
        return HtmlResponse(page.url, page.status, body=page.body, encoding="utf-8", flags=[_FROM_ARCHIVE])

    async def process_response(self, request: Request, response: Response) -> Response:
        if not is_replay(response):
            request.meta["page"] = self._run.archive.answer(response, request, self._run.order.seen_at())
        return response


def is_replay(response: Response) -> bool:
    """Whether the answer comes from the archive of this run, or from nowhere: nothing was fetched for it."""
    return not {_FROM_ARCHIVE, NOT_FETCHED}.isdisjoint(response.flags)


class Room:
    """Spider middleware: holds back a spider's output while enough requests wait, so that memory stays flat."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for item in result:
            if isinstance(item, Request):
                await self._wait()
            yield item

    async def _wait(self) -> None:
        engine: Any = self._crawler.engine
        while (slot := engine._slot) and not slot.closing and len(slot.scheduler) >= _ROOM:
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
