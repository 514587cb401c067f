"""One crawl shared by several workers: waiting requests and the seen-set in Redis, one pace for the whole portal.

redis-py, not scrapy-redis: with that a worker that finds the queue empty for a moment ends (measured: the second of two
fetched nothing), what a killed worker had taken is lost, and addresses that differ behind `#` count as one.
Here a taken request stays on record until its answer has landed; what a dead worker held goes back to the queue.
Requests are pickled: the server must be reachable by the workers alone.
"""

import asyncio
import hashlib
import os
import pickle
import socket
from collections import deque
from collections.abc import Mapping
from typing import Any, Self, cast
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.utils.request import request_from_dict

from crawlers import settings as plain
from crawlers.shared_pace import client

_EXPIRES_SECONDS = 24 * 3600  # an abandoned crawl can be taken up for a day, as crawlers.run does
_BEAT_SECONDS = 0.1
_HOME = "_home_answer"  # of PortalSpider
_STAYS = ("page",)  # of a request's meta: what the answer brought

# KEYS queue, data, seen, number · ARGV mark ("" passes always), request, priority, expiry → 1, or 0 when seen before
_PUSH = """
if ARGV[1] ~= '' and redis.call('SADD', KEYS[3], ARGV[1]) == 0 then return 0 end
local id = redis.call('INCR', KEYS[4])
redis.call('HSET', KEYS[2], id, ARGV[2])
redis.call('ZADD', KEYS[1], id - ARGV[3] * 1e12, id)
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[4]) end
return 1
"""
# KEYS queue, data, taken · ARGV expiry → {id, request}, or nothing
_TAKE = """
local got = redis.call('ZPOPMIN', KEYS[1])
if #got == 0 then return {} end
redis.call('SADD', KEYS[3], got[1])
redis.call('EXPIRE', KEYS[3], ARGV[1])
return {got[1], redis.call('HGET', KEYS[2], got[1])}
"""
# KEYS queue, taken: what a worker held goes to the head of the queue
_GIVE_BACK = """
for _, id in ipairs(redis.call('SMEMBERS', KEYS[2])) do redis.call('ZADD', KEYS[1], -1e15, id) end
return redis.call('DEL', KEYS[2])
"""


def shared(manner: Mapping[str, Any], portal: str, home: str, url: str | None) -> dict[str, Any]:
    """The settings of a crawl, with a shared frontier where `url` (SINKRATE_FRONTIER) names a Redis server.

    Workers share a crawl when portal, host of the home page and server are the same. Raises BadInput.
    """
    if not url:
        return dict(manner)
    client(url)
    middlewares: dict[str, int | None] = dict(plain.DOWNLOADER_MIDDLEWARES)
    order = middlewares.pop("crawlers.backoff.BackOff")
    middlewares |= {"crawlers.shared_pace.SharedBackOff": order, "crawlers.shared_pace.SharedPace": 990}
    return {
        **manner, "SCHEDULER": "crawlers.frontier.SharedScheduler", "DOWNLOADER_MIDDLEWARES": middlewares,
        "FRONTIER_URL": url, "FRONTIER_KEY": f"sinkrate:{portal}:{urlsplit(home).netloc}",
        "FRONTIER_LEASE_SECONDS": 5 if manner.get("DOWNLOAD_DELAY") == 0 else 120,
    }  # fmt: skip


class SharedScheduler:
    """Scrapy's queue, in Redis. It is empty only when nothing waits and no other worker has anything in hand."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._redis = client(crawler.settings["FRONTIER_URL"])
        self._lease = crawler.settings.getint("FRONTIER_LEASE_SECONDS")
        self._prefix = crawler.settings["FRONTIER_KEY"]
        self._worker = _worker(crawler)
        self._taken: dict[Request, bytes] = {}
        self._own: deque[Request] = deque()  # what cannot be pickled stays here
        self._push, self._take, self._give_back = map(self._redis.register_script, (_PUSH, _TAKE, _GIVE_BACK))
        self._beat: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def _key(self, *parts: str) -> str:
        return ":".join((self._prefix, *parts))

    def open(self, spider: Spider) -> None:
        """Join the crawl; what this worker held when it was killed waits again. An ended crawl is forgotten."""
        self._spider = spider
        if not self._others() and not len(self) and not self._redis.scard(self._key("taken", self._worker)):
            self._forget()
        self._redis.sadd(self._key("workers"), self._worker)
        self._redis.expire(self._key("workers"), _EXPIRES_SECONDS)
        self._return_of(self._worker)
        self._alive()
        self._beat = asyncio.ensure_future(self._beats())

    def close(self, reason: str) -> None:
        """Leave; the last one clears up when nothing is left to do."""
        if self._beat is not None:
            self._beat.cancel()
        self._acknowledge()
        self._return_of(self._worker)
        self._redis.srem(self._key("workers"), self._worker)
        self._redis.delete(self._key("alive", self._worker))
        if reason == "finished" and not self._others() and not len(self):
            self._forget()

    def has_pending_requests(self) -> bool:
        return bool(self._own) or len(self) > 0 or self._others_busy()

    def enqueue_request(self, request: Request) -> bool:
        """False where this crawl has asked for it already, whichever worker did.

        The home page is each worker's own: what it offers is what the spider knows of the portal.
        """
        if getattr(request.callback, "__name__", "") == _HOME:
            self._own.append(request)
            return True
        mark = b"" if request.dont_filter else _mark(request)
        keys = [self._key(name) for name in ("queue", "data", "seen", "number")]
        try:
            packed = _packed(request, self._spider)
        except (pickle.PicklingError, AttributeError, TypeError, ValueError):
            if mark and not self._redis.sadd(keys[2], mark):
                return False
            self._own.append(request)
            return True
        return bool(self._push(keys=keys, args=[mark, packed, request.priority, _EXPIRES_SECONDS]))

    def next_request(self) -> Request | None:
        if self._own:
            return self._own.popleft()
        keys = [self._key("queue"), self._key("data"), self._key("taken", self._worker)]
        got = self._take(keys=keys, args=[_EXPIRES_SECONDS])
        if not got:
            return None
        request = request_from_dict(pickle.loads(got[1]), spider=self._spider)  # noqa: S301 -- our own, see above
        self._taken[request] = got[0]
        return request

    def __len__(self) -> int:
        return int(self._redis.zcard(self._key("queue")))

    async def _beats(self) -> None:
        """Say that this worker lives, settle what is done, wake the engine: another worker may have queued something."""
        engine: Any = self._crawler.engine
        while True:
            self._alive()
            self._acknowledge()
            if engine._slot is not None:
                engine._slot.nextcall.schedule()
            await asyncio.sleep(_BEAT_SECONDS)

    def _alive(self) -> None:
        self._redis.set(self._key("alive", self._worker), 1, ex=self._lease)

    def _acknowledge(self) -> None:
        """Requests the engine is through with, their answers landed, need no second worker any more."""
        slot = cast(Any, self._crawler.engine)._slot
        at_work = slot.inprogress if slot is not None else ()
        done = [request for request in self._taken if request not in at_work]
        if done:
            ids = [self._taken.pop(request) for request in done]
            self._redis.srem(self._key("taken", self._worker), *ids)
            self._redis.hdel(self._key("data"), *ids)

    def _others(self) -> list[str]:
        names = (name.decode() for name in self._redis.smembers(self._key("workers")))
        return [name for name in names if name != self._worker and self._redis.exists(self._key("alive", name))]

    def _others_busy(self) -> bool:
        """Whether another worker has something in hand; what a dead one held is queued again."""
        for name in (name.decode() for name in self._redis.smembers(self._key("workers"))):
            if name != self._worker and self._redis.scard(self._key("taken", name)):
                if not self._redis.exists(self._key("alive", name)):
                    self._return_of(name)
                return True
        return False

    def _return_of(self, worker: str) -> None:
        self._give_back(keys=[self._key("queue"), self._key("taken", worker)])

    def _forget(self) -> None:
        self._redis.delete(*(self._key(name) for name in ("queue", "data", "seen", "number", "workers")))


def _worker(crawler: Crawler) -> str:
    """The same name again after a restart: machine, run and data directory."""
    files = cast(Any, crawler.spider).run.order.files
    return hashlib.sha256(f"{socket.gethostname()}{os.fspath(files.folder)}{files.run}".encode()).hexdigest()[:16]


def _mark(request: Request) -> bytes:
    """What counts as the same request: a complaint by its number, anything else by its address, `#` included."""
    about = request.cb_kwargs
    what = f"{about['ref']} {about.get('hops')}" if about.get("ref") else f"{request.method} {request.url}"
    return hashlib.sha256(what.encode() + b"\0" + (b"" if about.get("ref") else request.body)).digest()[:16]


def _packed(request: Request, spider: Spider) -> bytes:
    meta = {name: value for name, value in request.meta.items() if name not in _STAYS}
    return pickle.dumps(request.replace(meta=meta).to_dict(spider=spider))
