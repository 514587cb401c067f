"""Downloader middleware: after a refusal or a broken answer the whole portal rests, then the request is tried again."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Self, cast
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawlers.failures import TRUNCATED_GZIP, failure_name
from crawlers.landing import Journal
from crawlers.portal_spider import PortalSpider, Spent
from crawlers.recorder import NOT_FETCHED, is_replay

_TRIES = "tries"
_FORBIDS_ALL = b"User-agent: *\nDisallow: /\n"
_HEAD = 4096  # bytes that name a page's encoding, if any do
_LARGE = 2 * 1024 * 1024
_MARKS = (b"\x00", *(mark.encode() for mark in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068"))  # what turns or ends text
_STOPPED = {
    "switched off": "{portal}: switched off while it ran; remove STOP, then the same command continues",
    "budget": "{portal}: the budget of {budget} requests is used up; the same command continues",
}


class BackOff:
    """Doubles the rest with each try of a request, honours Retry-After, logs every answer as data."""

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self._spider = cast(PortalSpider, crawler.spider)
        self._run = self._spider.run
        self._statuses = {int(status) for status in settings.getlist("BACKOFF_STATUSES")}
        self._first = settings.getfloat("BACKOFF_FIRST_SECONDS")
        self._most = settings.getfloat("BACKOFF_MOST_SECONDS")
        self._most_asked = settings.getfloat("BACKOFF_MOST_ASKED_SECONDS")
        self._tries = settings.getint("BACKOFF_TRIES")
        self._rest_until = 0.0
        self._asked = 0
        self._crawler = crawler
        self._closing: asyncio.Future[None] | None = None
        self._stop_file = self._run.order.files.folder / "STOP"
        self._fetches = Journal(self._run.order.files.fetches, batch=1000)
        crawler.signals.connect(self._fetches.close, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if request.url not in self._run.replays:
            await self._may_ask()
        while (rest := self._rest_until - time.monotonic()) > 0:
            await asyncio.sleep(rest)

    async def _may_ask(self) -> None:
        """Raises Spent when the run's budget is used up or somebody has switched the portal off."""
        budget = self._run.order.budget
        why = "switched off" if self._stop_file.exists() else "budget" if self._asked == budget else None
        if why is None:
            self._asked += 1
            return
        engine: Any = self._crawler.engine
        if self._closing is None:
            self._run.problems.append(_STOPPED[why].format(portal=self._spider.name, budget=budget))
            self._closing = asyncio.ensure_future(engine.close_spider_async(reason=why))
        raise Spent(why)

    async def process_response(self, request: Request, response: Response) -> Request | Response:
        if is_replay(response):
            return response
        self._log(request, str(response.status), len(response.body))
        why = self._why_again(request, response)
        again = self._again(request, why, _retry_after(response)) if why else None
        if again is not None and response.status == 200:  # whoever takes the run up must not read it as the answer
            about = {"verdict": "refused", "pages": [request.meta["page"].id], "name": why}
            self._run.archive.note("list", about, url=response.url)
        if again is None:
            request.meta["given_up"] = why
            self._notice(request, response)
        return again or self._strict_robots(request, response)

    def _why_again(self, request: Request, response: Response) -> str | None:
        """Why the answer is none; null for one the spider may judge."""
        if response.status in self._statuses:
            return str(response.status)
        return TRUNCATED_GZIP if TRUNCATED_GZIP in response.flags else self._spider.incomplete(request, response)

    def _notice(self, request: Request, response: Response) -> None:
        """Count what is odd about an answer that is read all the same."""
        if response.status == 200 and request.meta.get("whole"):
            for oddity in oddities(response):
                self._run.count("pages", oddity)

    async def process_exception(self, request: Request, exception: Exception) -> Request | Response | None:
        if isinstance(exception, IgnoreRequest):
            return None
        name = failure_name(exception)
        self._log(request, name, 0)
        again = None if name == "too_large" else self._again(request, name, None)
        if again is None and _is_robots(request):
            return Response(request.url, body=_FORBIDS_ALL, flags=[NOT_FETCHED])
        return again

    def _strict_robots(self, request: Request, response: Response) -> Response:
        """A robots.txt the server fails to give forbids everything (RFC 9309, 2.3.1.4); so does a wall in its place."""
        if _is_robots(request) and (response.status >= 500 or self._why_again(request, response)):
            return response.replace(body=_FORBIDS_ALL)
        return response

    def _log(self, request: Request, answer: str, size: int) -> None:
        at = self._run.order.seen_at().isoformat()
        self._fetches.write(f"{at}\t{answer}\t{size}\t{request.url}")
        self._run.count("fetches", answer)

    def _again(self, request: Request, why: str, retry_after: float | None) -> Request | None:
        """The request once more, the portal resting until then; null when it was tried often enough."""
        tried = int(request.meta.get(_TRIES, 0)) + 1
        if tried > self._tries:
            return None
        self._run.count("retries", why)
        self._rest(max(min(self._most, self._first * 2 ** (tried - 1)), min(self._most_asked, retry_after or 0.0)))
        return request.replace(meta={**request.meta, _TRIES: tried}, dont_filter=True)

    def _rest(self, seconds: float) -> None:
        """No request to the portal for so long."""
        now = time.monotonic()
        until = max(self._rest_until, now + seconds)
        self._run.waited_seconds += until - max(self._rest_until, now)
        self._rest_until = until


def _retry_after(response: Response) -> float | None:
    """Seconds the portal asks for, given as seconds or as a date; anything else counts as not said."""
    raw = (response.headers.get("Retry-After") or b"").decode("ascii", errors="replace").strip()
    if raw.isdigit():
        return float(raw)
    try:
        until = parsedate_to_datetime(raw)
    except ValueError:
        return None
    until = until.replace(tzinfo=UTC) if until.tzinfo is None else until
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


def _is_robots(request: Request) -> bool:
    return urlsplit(request.url).path == "/robots.txt"


def oddities(response: Response) -> Iterator[str]:
    """What a page shows that no page should: by name."""
    media = (response.headers.get("Content-Type") or b"").lower()
    if b"html" in media and b"charset" not in media and b"charset" not in response.body[:_HEAD].lower():
        yield "no_charset"
    if not _is_utf8(response.body):
        yield "not_utf8"
    if len(response.body) >= _LARGE:
        yield "large"
    if any(mark in response.body for mark in _MARKS):
        yield "control_characters"


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
