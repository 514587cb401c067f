"""Kept answers: asked once, then given from memory; never what belongs to one reader, is not whole, old or too long."""

import asyncio
from dataclasses import dataclass

import pytest
from starlette.types import Message, Receive, Scope, Send

from pipeline.publish.serving.remembering import _OWN, LONGEST, Memory, remembering

FRESH = [(b"Cache-Control", b"max-age=300")]
Sent = tuple[int, bytes]


@dataclass
class Source:
    """Answers with how often it was asked."""

    status: int = 200
    headers: tuple[tuple[bytes, bytes], ...] = tuple(FRESH)
    padding: int = 0
    asked: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        await send({"type": "http.response.start", "status": self.status, "headers": list(self.headers)})
        await send({"type": "http.response.body", "body": b"x" * self.padding, "more_body": True})
        await send({"type": "http.response.body", "body": str(self.asked).encode()})


@dataclass
class Reader:
    source: Source
    memory: Memory
    now: float = 0.0

    def get(self, path: str = "/data/", query: str = "", method: str = "GET", **headers: str) -> Sent:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            raise AssertionError("nothing is read")

        scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": query.encode(),
                 "headers": [(key.replace("_", "-").encode(), value.encode()) for key, value in headers.items()]}  # fmt: skip
        asyncio.run(remembering(self.source, self.memory, lambda: self.now)(scope, receive, send))
        return sent[0]["status"], b"".join(part.get("body", b"") for part in sent[1:])


def reader(most_bytes: int = 1_000_000, **source: object) -> Reader:
    return Reader(Source(**source), Memory(most_bytes))  # type: ignore[arg-type]


def test_a_second_reader_gets_the_same_answer_until_it_is_old() -> None:
    one = reader()
    assert one.get() == one.get() == (200, b"1")
    one.now = 299.9
    assert one.get() == (200, b"1")
    one.now = 300.0
    assert one.get() == (200, b"2")
    assert one.memory.held == _OWN + 1


@pytest.mark.parametrize(
    "other",
    [{"path": "/data/x"}, {"query": "a=1"}, {"host": "b.example"}, {"accept": "text/csv"}, {"accept_encoding": "br"}],
)
def test_another_question_is_asked(other: dict[str, str]) -> None:
    one = reader()
    one.get()
    assert one.get(**other) == (200, b"2")
    assert one.get() == (200, b"1")


@pytest.mark.parametrize(
    "asked", [{"cookie": "a=b"}, {"authorization": "Bearer x"}, {"range": "bytes=0-1"}, {"method": "HEAD"}]
)
def test_what_belongs_to_one_reader_passes_by(asked: dict[str, str]) -> None:
    one = reader()
    one.get(**asked)
    one.get(**asked)
    assert one.source.asked == 2 and not one.memory.answers


@pytest.mark.parametrize(
    "source",
    [
        {"status": 404},
        {"status": 500},
        {"headers": ()},
        {"headers": ((b"cache-control", b"no-cache"),)},
        {"headers": ((b"cache-control", b"max-age=0"),)},
        {"headers": (*FRESH, (b"Set-Cookie", b"a=b"))},
        {"padding": LONGEST},
    ],
)
def test_what_may_not_be_kept_is_not(source: dict[str, object]) -> None:
    one = reader(10 * LONGEST, **source)
    one.get()
    assert one.get()[1].endswith(b"2") and not one.memory.answers and one.memory.held == 0


def test_the_memory_is_bounded_and_the_oldest_goes_first() -> None:
    one = reader(most_bytes=3 * (_OWN + 1001), padding=1000)
    for path in ("/a", "/b", "/c"):
        one.get(path)
    one.get("/a")
    one.get("/d")
    assert [key[1] for key in one.memory.answers] == ["/c", "/a", "/d"]
    assert one.memory.held == 3 * (_OWN + 1001)


class Gate:
    """An application that answers when it is let."""

    def __init__(self, headers: tuple[tuple[bytes, bytes], ...]) -> None:
        self.source, self.open = Source(headers=headers), asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.open.wait()
        await self.source(scope, receive, send)


@pytest.mark.parametrize(
    ("headers", "asked", "bodies"), [(tuple(FRESH), 1, {b"1"}), ((), 5, {b"1", b"2", b"3", b"4", b"5"})]
)
def test_many_who_ask_at_once_cost_one_drawing_where_the_answer_may_be_kept(
    headers: tuple[tuple[bytes, bytes], ...], asked: int, bodies: set[bytes]
) -> None:
    async def all_at_once() -> tuple[int, set[bytes]]:
        gate, sent = Gate(headers), list[Message]()

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            raise AssertionError("nothing is read")

        app = remembering(gate, Memory(), lambda: 0.0)
        scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
        readers = [asyncio.create_task(app(scope, receive, send)) for _ in range(5)]
        await asyncio.sleep(0)
        gate.open.set()
        await asyncio.gather(*readers)
        return gate.source.asked, {part["body"] for part in sent if part.get("body")}

    assert asyncio.run(all_at_once()) == (asked, bodies)


def test_who_waited_for_an_answer_that_failed_asks_himself() -> None:
    async def run() -> list[object]:
        open_, asked = asyncio.Event(), list[int]()

        async def fails_once(scope: Scope, receive: Receive, send: Send) -> None:
            asked.append(1)
            await open_.wait()
            if len(asked) == 1:
                raise ValueError
            await Source()(scope, receive, send)

        async def send(message: Message) -> None:
            return None

        app = remembering(fails_once, Memory(), lambda: 0.0)
        scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
        readers = [asyncio.create_task(app(scope, None, send)) for _ in range(2)]  # type: ignore[arg-type]
        await asyncio.sleep(0)
        open_.set()
        return list(await asyncio.gather(*readers, return_exceptions=True))

    first, second = asyncio.run(run())
    assert isinstance(first, ValueError) and second is None
