"""Faults on demand for every portal's replica: wraps a desk's application, so that no desk knows about them.

A plan is drawn from a seed: which pages fail, how, and how often before they pass. Set from Python (`lab.faults`) or by
`POST /_lab/faults` with the same names, e.g. {"seed": 3, "kinds": ["456", "gbk"], "share": 0.3, "times": 2}; {} ends them.
"""

import asyncio
import hashlib
import json
import logging
import random
from collections import Counter
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlencode

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crawlers.lab.fault_kinds import FOREVER, FORMS, KINDS, Answer, make

CONTROL = "/_lab/faults"
_HANG_SECONDS = 30.0  # longer than a client waits at the lab's pace; a client that leaves ends it
_VOLATILE = {"sld", "ts", "rs", "signature"}  # a page is the same page whatever these are
_ONCE = {"hang"}  # as long as a client waits: twice shows nothing new


class Torn(ConnectionError):
    """Ends an answer in the middle of its body, on purpose."""


class _NotOurs(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], Torn))


class Faults:
    """What the replica does wrong. `served`: faults by kind; `met`: page → the kind it was given.

    `pages` names a kind for a page (path, and query where it has one); of all others a `share` gets one of `kinds`. A
    fault hits a page `times` times, then the page is as it should be; those of FOREVER stay until the plan changes.
    """

    def __init__(
        self,
        seed: int = 1,
        kinds: Iterable[str] = (),
        share: float = 0.0,
        times: int = 2,
        pages: Mapping[str, str] | None = None,
        forever: bool = False,
    ) -> None:
        """Raises ValueError for an unknown kind."""
        self.seed, self.kinds, self.share, self.times = seed, tuple(kinds), share, times
        self.pages, self.forever = dict(pages or {}), forever
        self.served: Counter[str] = Counter()
        self.met: dict[str, str] = {}
        self._hits: Counter[str] = Counter()
        if unknown := {*self.kinds, *self.pages.values()} - {*KINDS}:
            raise ValueError(f"unknown faults {sorted(unknown)}; known are {', '.join(KINDS)}")

    def disturb(self, page: str, answer: Answer) -> Answer:
        """The answer as it goes out."""
        kind = self.met.get(page) or self._drawn(page, answer)
        if kind is None or self._is_over(page, kind):
            return answer
        wrong = make(kind, answer)
        if wrong is None:
            return answer
        self.met[page] = kind
        self._hits[page] += 1
        self.served[kind] += 1
        return wrong

    def _is_over(self, page: str, kind: str) -> bool:
        if self.forever or kind in FOREVER:
            return False
        return self._hits[page] >= (1 if kind in _ONCE else self.times)

    def _drawn(self, page: str, answer: Answer) -> str | None:
        if page in self.pages:
            return self.pages[page]
        digest = hashlib.sha256(f"{self.seed} {page}".encode()).digest()
        rng = random.Random(digest)  # noqa: S311 - a plan, not a secret
        if page == "/robots.txt" or rng.random() >= self.share:
            return None
        fitting = [kind for kind in self.kinds if answer.form in FORMS[kind] and make(kind, answer) is not None]
        return rng.choice(fitting) if fitting else None

    def told(self) -> dict[str, object]:
        """The plan and what came of it, as JSON."""
        return {
            "seed": self.seed, "kinds": list(self.kinds), "share": self.share, "times": self.times,
            "pages": self.pages, "forever": self.forever, "served": dict(self.served), "met": self.met,
        }  # fmt: skip


class Faulty:
    """A desk's application with faults. `faults` may be replaced at any time; the next request sees the new plan."""

    def __init__(self, application: ASGIApp, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self._application = application
        logger = logging.getLogger("uvicorn.error")
        if not any(isinstance(found, _NotOurs) for found in logger.filters):
            logger.addFilter(_NotOurs())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == CONTROL:
            await self._control(scope, receive, send)
        elif scope["type"] != "http" or scope["path"].startswith("/_lab/") or not self._is_on():
            await self._application(scope, receive, send)
        else:
            await self._disturb(scope, receive, send)

    def _is_on(self) -> bool:
        return bool(self.faults.share or self.faults.pages)

    async def _disturb(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = await _body_of(receive)
        right = await _answer_of(self._application, scope, _again(asked))
        answer = self.faults.disturb(_page(scope, asked), right)
        if answer.way == "hang":
            await _until_gone(receive)
        await _give(answer, send)

    async def _control(self, scope: Scope, receive: Receive, send: Send) -> None:
        """GET tells the plan, POST makes a new one."""
        response = JSONResponse(self.faults.told())
        if scope["method"] == "POST":
            try:
                self.faults = Faults(**json.loads(await _body_of(receive) or b"{}"))
                response = JSONResponse(self.faults.told())
            except (ValueError, TypeError) as error:
                response = JSONResponse({"error": f"want seed, kinds, share, times, pages, forever: {error}"}, 400)
        await response(scope, receive, send)


def _page(scope: Scope, asked: bytes) -> str:
    """The path, with what of the query and of the form makes it another page."""
    pairs = parse_qsl((scope["query_string"] + b"&" + asked).decode("latin-1"), keep_blank_values=True)
    query = urlencode([pair for pair in sorted(pairs) if pair[0] not in _VOLATILE])
    return f"{scope['path']}?{query}" if query else str(scope["path"])


async def _body_of(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _again(body: bytes) -> Receive:
    """What the client asked, for the desk to read as well."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _answer_of(application: ASGIApp, scope: Scope, receive: Receive) -> Answer:
    """What the desk answers, whole."""
    sent: list[Message] = []

    async def keep(message: Message) -> None:
        sent.append(message)

    await application(scope, receive, keep)
    start = sent[0]
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in start["headers"]}
    return Answer(int(start["status"]), headers, b"".join(message.get("body", b"") for message in sent[1:]))


async def _until_gone(receive: Receive) -> None:
    """Wait until the client gives up, or long enough."""
    try:
        async with asyncio.timeout(_HANG_SECONDS):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return


async def _give(answer: Answer, send: Send) -> None:
    """Send it; a torn answer promises its whole length, sends half and closes the connection."""
    headers = {**answer.headers, "content-length": str(len(answer.body))}
    lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": lines})
    if answer.way == "reset":
        await send({"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True})
        raise Torn("reset in the middle of the body")
    await send({"type": "http.response.body", "body": answer.body})
