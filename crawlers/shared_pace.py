"""One pace for a portal that several workers crawl: kept in Redis, so it holds whichever machine asks."""

import asyncio
import importlib
from typing import Any, Self
from uuid import uuid4

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawlers.backoff import BackOff
from pipeline.errors import BadInput

VARIABLE = "SINKRATE_FRONTIER"
_POLL_SECONDS = 0.05

# KEYS next, holders · ARGV token, delay ms, at once, lease ms → 0 go, else ms to wait
_ENTER = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local next = tonumber(redis.call('GET', KEYS[1]) or '0')
if now < next then return next - now end
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[3]) then return tonumber(ARGV[5]) end
redis.call('ZADD', KEYS[2], now + ARGV[4], ARGV[1])
redis.call('SET', KEYS[1], now + ARGV[2], 'PX', ARGV[2] + 60000)
return 0
"""
# KEYS next · ARGV ms: nobody asks before that
_REST = """
local time = redis.call('TIME')
local till = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
if till > tonumber(redis.call('GET', KEYS[1]) or '0') then redis.call('SET', KEYS[1], till, 'PX', ARGV[1] + 60000) end
return 0
"""


def client(url: str) -> Any:
    """A connected redis.Redis. Raises BadInput."""
    try:
        redis = importlib.import_module("redis")
    except ModuleNotFoundError as error:
        raise BadInput(f"{VARIABLE} is set: pip install 'sinkrate[frontier]' brings the client for it") from error
    try:
        server = redis.Redis.from_url(url)
        server.ping()
    except (redis.RedisError, ValueError) as error:
        raise BadInput(f"{VARIABLE}={url}: no Redis answers ({error}); start it, or unset {VARIABLE}") from error
    return server


class SharedPace:
    """Downloader middleware next to the network: as many requests at once, as far apart, as one worker alone would."""

    def __init__(self, crawler: Crawler) -> None:
        values = crawler.settings
        self._redis, prefix = client(values["FRONTIER_URL"]), values["FRONTIER_KEY"]
        self._next, self._holders = f"{prefix}:next", f"{prefix}:holders"
        self._delay_ms = int(values.getfloat("DOWNLOAD_DELAY") * 1000)
        self._lease_ms = values.getint("FRONTIER_LEASE_SECONDS") * 1000
        self._at_once = values.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
        self._enter, self._rest = map(self._redis.register_script, (_ENTER, _REST))
        self._held: dict[Request, str] = {}
        self._renewing: asyncio.Task[None] | None = None
        crawler.signals.connect(self._closed, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        token = uuid4().hex
        if self._renewing is None:
            self._renewing = asyncio.ensure_future(self._renew())
        about = [token, self._delay_ms, self._at_once, self._lease_ms, int(_POLL_SECONDS * 1000)]
        while wait_ms := int(self._enter(keys=[self._next, self._holders], args=about)):
            await asyncio.sleep(wait_ms / 1000)
        self._held[request] = token

    async def process_response(self, request: Request, response: Response) -> Response:
        self._leave(request)
        return response

    async def process_exception(self, request: Request, exception: Exception) -> None:
        self._leave(request)

    def _leave(self, request: Request) -> None:
        """The next may ask. A page that made calls of its own has asked until now."""
        token = self._held.pop(request, None)
        if token is not None:
            if self._delay_ms and request.meta.keys() & {"walk", "playwright"}:
                self._rest(keys=[self._next], args=[self._delay_ms])
            self._redis.zrem(self._holders, token)

    async def _renew(self) -> None:
        """A page that takes longer than the lease keeps its place."""
        while True:
            await asyncio.sleep(self._lease_ms / 3000)
            for token in self._held.values():
                seconds, micros = self._redis.time()
                self._redis.zadd(self._holders, {token: seconds * 1000 + micros // 1000 + self._lease_ms}, xx=True)

    def _closed(self) -> None:
        if self._renewing is not None:
            self._renewing.cancel()


class SharedBackOff(BackOff):
    """When the portal refuses one worker, all of them rest."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        redis = client(crawler.settings["FRONTIER_URL"])
        self._key, self._rest_all = f"{crawler.settings['FRONTIER_KEY']}:next", redis.register_script(_REST)

    def _rest(self, seconds: float) -> None:
        super()._rest(seconds)
        self._rest_all(keys=[self._key], args=[int(seconds * 1000)])
