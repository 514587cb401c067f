"""A bounded portal made on the fly: lists of a hundred complaints, detail pages of the lab under new numbers.

`python -m tests.bench.portal PAGES` serves it on a free port of 127.0.0.1 and prints the address; GET /_hits says how
often complaints were fetched more than once.
"""

import asyncio
import contextlib
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

PER_LIST = 100
FIRST = 17_390_000_000
_KINDS = 200  # different pages; the rest repeat them under other numbers


def ref_of(number: int) -> str:
    """Complaint number of the n-th complaint."""
    return str(FIRST + number)


def listing(number: int, pages: int) -> bytes:
    """The n-th list, counted from 1, with a link to the next."""
    first = (number - 1) * PER_LIST
    refs = [ref_of(at) for at in range(first, min(first + PER_LIST, pages))]
    more = f'<a class="next" href="/list/{number + 1}">下一页</a>' if first + PER_LIST < pages else ""
    links = "".join(f'<a href="/complaint/view/{ref}">投诉</a>' for ref in refs)
    return f"<html><body>{links}{more}</body></html>".encode()


def templates() -> list[tuple[bytes, bytes]]:
    """Detail pages of the lab with their own numbers."""
    from crawlers.lab.pages import Pages
    from crawlers.lab.things import AS_OF
    from crawlers.lab.world import build_world

    pages = Pages(build_world())
    alive = list(pages.visible(AS_OF))[:_KINDS]
    return [(complaint.ref.encode(), pages.detail(complaint.ref, AS_OF).encode()) for complaint in alive]


class Portal(asyncio.Protocol):
    """HTTP/1.1 with keep-alive and no more than that."""

    hits: ClassVar[Counter[str]] = Counter()

    def __init__(self, pages: int, kinds: list[tuple[bytes, bytes]]) -> None:
        self._pages, self._kinds, self._heard = pages, kinds, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._out = transport

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while b"\r\n\r\n" in self._heard:
            head, _, self._heard = self._heard.partition(b"\r\n\r\n")
            body = self._body(head.split(b" ", 2)[1].decode())
            status = b"200 OK" if body else b"404 Not Found"
            self._out.write(  # type: ignore[attr-defined]  # a stream of the network
                b"HTTP/1.1 %s\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)
            )

    def _body(self, path: str) -> bytes:
        if path == "/_hits":
            return f"most {max(self.hits.values(), default=0)} twice {sum(n > 1 for n in self.hits.values())}".encode()
        if path == "/":
            return b'<html><body><a class="next" href="/list/1">\xe6\x8a\x95\xe8\xaf\x89</a></body></html>'
        if found := re.fullmatch(r"/list/(\d+)", path):
            return listing(int(found[1]), self._pages)
        if found := re.fullmatch(r"/complaint/view/(\d+)", path):
            self.hits[path] += 1
            old, page = self._kinds[(int(found[1]) - FIRST) % len(self._kinds)]
            return page.replace(old, found[1].encode())
        return b""


async def _serve(pages: int) -> None:
    kinds = templates()
    server = await asyncio.get_running_loop().create_server(lambda: Portal(pages, kinds), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", flush=True)
    await server.serve_forever()


@contextmanager
def running(pages: int) -> Iterator[str]:
    """Its address, while it runs in a process of its own."""
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.portal", str(pages)], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().decode().strip()
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(int(sys.argv[1])))
