"""Answers kept in memory for as long as their own Cache-Control allows, so that many readers of one page cost one drawing.

The databases are immutable: only a time-out or a question about the clock may answer otherwise later, hence the age.
"""

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 64_000_000
LONGEST = 2_000_000  # bytes of one answer: streamed tables and whole databases are not kept
_OWN = 2_000  # bytes an entry takes besides its body, rounded up
_PERSONAL = {b"cookie", b"authorization", b"range"}
_MAX_AGE = re.compile(rb"max-age=(\d+)")
Key = tuple[str, ...]


@dataclass
class Memory:
    """Bounded by bytes; what was asked longest ago goes first."""

    most_bytes: int = MOST_BYTES
    held: int = 0
    answers: OrderedDict[Key, tuple[float, list[Message]]] = field(default_factory=OrderedDict)

    def find(self, key: Key, now: float) -> list[Message] | None:
        until, answer = self.answers.get(key, (now, []))
        if until <= now:
            self.drop(key)
            return None
        self.answers.move_to_end(key)
        return answer

    def keep(self, key: Key, until: float, answer: list[Message]) -> None:
        self.drop(key)
        self.answers[key] = (until, answer)
        self.held += _size(answer)
        while self.held > self.most_bytes:
            self.drop(next(iter(self.answers)))

    def drop(self, key: Key) -> None:
        _, answer = self.answers.pop(key, (0.0, []))
        self.held -= _size(answer) if answer else 0


def _size(answer: list[Message]) -> int:
    return _OWN + sum(len(part.get("body", b"")) for part in answer)


@dataclass
class _Copy:
    """What was sent, as far as it may be kept."""

    parts: list[Message] = field(default_factory=list)
    size: int = _OWN

    @property
    def whole(self) -> bool:
        return self.size <= LONGEST

    def add(self, message: Message) -> None:
        self.size += len(message.get("body", b""))
        if self.whole:
            self.parts.append(dict(message))


def remembering(app: ASGIApp, memory: Memory, clock: Callable[[], float] = time.monotonic) -> ASGIApp:
    """The application, its whole 200 answers to GET kept; a request with a cookie, a name or a range passes by.

    Who asks what somebody else is just being answered waits for that answer: it is drawn once.
    """
    drawing: dict[Key, asyncio.Event] = {}

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        key = _key(scope)
        if key is None:
            await app(scope, receive, send)
        elif not await _from(memory, key, clock, send):
            if key in drawing:
                await drawing[key].wait()
                if not await _from(memory, key, clock, send):  # it was none to be kept
                    await app(scope, receive, send)
            else:
                await draw(key, scope, receive, send)

    async def draw(key: Key, scope: Scope, receive: Receive, send: Send) -> None:
        copy, done = _Copy(), asyncio.Event()
        drawing[key] = done

        async def noted(message: Message) -> None:
            copy.add(message)
            if not copy.whole:
                done.set()
            await send(message)

        try:
            await app(scope, receive, noted)
            if age := _age(copy):
                memory.keep(key, clock() + age, copy.parts)
        finally:
            del drawing[key]
            done.set()

    return run


async def _from(memory: Memory, key: Key, clock: Callable[[], float], send: Send) -> bool:
    """Whether the answer was kept; then it has been sent."""
    known = memory.find(key, clock())
    for message in known or ():
        await send(dict(message))
    return known is not None


def _key(scope: Scope) -> Key | None:
    """What an answer depends on: the address as it was sent, the host in its links, the kind of answer wanted."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    headers = dict(scope["headers"])
    if _PERSONAL & headers.keys():
        return None
    sent = (scope.get("raw_path") or scope["path"].encode(), scope["query_string"], headers.get(b"host", b""),
            headers.get(b"accept", b""), headers.get(b"accept-encoding", b""))  # fmt: skip
    return (scope.get("scheme", "http"), *(part.decode("latin-1") for part in sent))


def _age(copy: _Copy) -> int:
    """Seconds an answer may be kept; 0 where it is not whole, not 200, too long or set a cookie."""
    parts = copy.parts
    if not copy.whole or len(parts) < 2 or parts[-1].get("more_body", False) or parts[0].get("status") != 200:
        return 0
    headers = {name.lower(): value for name, value in parts[0]["headers"]}  # Datasette writes them in capitals
    said = _MAX_AGE.search(headers.get(b"cache-control", b""))
    return int(said[1]) if said and b"set-cookie" not in headers else 0
