"""A tiny portal on loopback for the tests: a home page, complaint pages, and misbehaviour on demand."""

import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

SAVED = Path(__file__).parent.parent / "portals" / "heimao"
_TEMPLATE = "17300000006"
_ITEM = (
    '<li><a href="{href}"><div><span class="name">匿名</span><span class="time">{day}</span></div><h1>题</h1>'
    "<p>文</p><ul><li><span>[投诉对象]</span>甲铺</li><li><span>[投诉要求]</span>退款</li></ul></a></li>"
)


class Answer(NamedTuple):
    """What the replica sends: status, body, more headers; `reset` breaks the connection, `slow` waits first."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    reset: bool = False
    slow_seconds: float = 0.0


def saved(name: str) -> bytes:
    """A saved page of tests/portals/heimao."""
    return (SAVED / f"{name}.html").read_bytes()


def complaint(ref: str, name: str = "hidden_reply", old: str = _TEMPLATE) -> Answer:
    """A saved complaint page under another number."""
    return Answer(saved(name).replace(old.encode(), ref.encode()))


def link(ref: str) -> str:
    return f"//tousu.sina.com.cn/complaint/view/{ref}"


def home(hrefs: list[str], day: str = "2026-05-01") -> Answer:
    """A home page whose latest list holds these links."""
    items = "".join(_ITEM.format(href=href, day=day) for href in hrefs)
    page = saved("home_empty").decode().replace('<ul class="lists-last">', '<ul class="lists-last">' + items)
    return Answer(page.encode())


class Replica:
    """Path → answers, given in turn, the last one for ever. `hits` counts requests."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = {"/robots.txt": [Answer(status=404)]}
        self.hits: Counter[str] = Counter()
        self.agents: set[str] = set()
        self.cookies: set[str] = set()
        self._lock = threading.Lock()
        self.url = ""

    def serves(self, path: str, *answers: Answer) -> None:
        self.answers[path] = list(answers)

    def lists(self, *refs: str) -> None:
        """Refs on the home page, each with a plain complaint page unless it has answers already."""
        self.serves("/", home([link(ref) for ref in refs]))
        for ref in refs:
            self.answers.setdefault(f"/complaint/view/{ref}", [complaint(ref)])

    def next_answer(self, path: str) -> Answer:
        with self._lock:
            self.hits[path] += 1
            answers = self.answers.get(path, [Answer(status=404)])
            return answers.pop(0) if len(answers) > 1 else answers[0]


def _handler(replica: Replica) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            replica.agents.add(self.headers.get("User-Agent", ""))
            replica.cookies.add(self.headers.get("Cookie", ""))
            answer = replica.next_answer(self.path)
            time.sleep(answer.slow_seconds)
            if answer.reset:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                return
            self.send_response(answer.status)
            for name, value in (("Content-Length", str(len(answer.body))), ("Set-Cookie", "a=b"), *answer.headers):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *args: object) -> None:
            """Says nothing."""

    return Handler


@contextmanager
def running() -> Iterator[Replica]:
    """A replica on a free port of 127.0.0.1."""
    replica = Replica()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(replica))
    server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]  # resets are wanted
    server.daemon_threads = True
    replica.url = f"http://127.0.0.1:{server.server_address[1]}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield replica
    finally:
        server.shutdown()
        server.server_close()
