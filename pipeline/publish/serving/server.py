"""One process for readers: the site at `/`, Datasette over the kept editions at `/data/`.

The editions are those kept at the start, the site the one current then. To show the next, start `serve` again: SQLite's
immutable mode and the row counts hold for one file, and pages and rows of two editions must not mix.
"""

import re
import socket
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.errors import BadInput, SinkrateError
from pipeline.publish.editions import moment_name
from pipeline.publish.serving import site_files
from pipeline.publish.serving.instance import Kept, databases, instance
from pipeline.publish.serving.moved import redirecting, redirects
from pipeline.publish.serving.processes import run, unix_listener
from pipeline.publish.serving.remembering import Memory, remembering

MORE_PORTS = 20
_BOTH = "object-src 'none'; base-uri 'none'; form-action 'self'"
SITE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    f"connect-src 'self'; manifest-src 'self'; {_BOTH}; frame-ancestors 'self'"
)
# the card is made to stand in other people's pages
EMBED_POLICY = SITE_POLICY.replace("frame-ancestors 'self'", "frame-ancestors *")
# the search page alone runs a program: the WebAssembly that reads the index
SEARCH_POLICY = SITE_POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
_SEARCH = ("/search/", "/en/search/")
# Datasette writes its own small scripts and styles into its pages
DATA_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; "
    f"img-src 'self' data:; font-src 'self'; connect-src 'self'; {_BOTH}; frame-ancestors 'self'"
)
_TEXT = re.compile(r"(?:/|/[^./]*|\.(?:html|css|js|json|jsonld|svg|xml|csv|txt|atom))$")
_READING = ("GET", "HEAD", "OPTIONS")
Policy = Callable[[Scope], str]


def _now() -> datetime:
    return datetime.now(UTC)


def app(public: Path, edition: str | None = None, now: site_files.Clock = _now) -> ASGIApp:
    """The ASGI application over one `public` folder: the edition named, else the current one.

    BadInput where no edition was published there. `now` decides when a badge is out of date.
    """
    kept = databases(public, edition)
    folder = (public / "editions" / edition / "site" if edition else public / "site").resolve()
    if not folder.is_dir():
        raise BadInput(f"{public}: no published edition here; run `sinkrate build` first")
    own = {"X-Edition": kept[0].edition.id}
    data = _headed(remembering(instance(kept).app(), Memory()), lambda _: DATA_POLICY, lambda _: None, own)
    site = _headed(site_files.site(folder, kept[0].edition.as_of, now), _site_policy, site_files.cache, own)
    return redirecting(redirects(folder), _moments(kept), _dispatch(data, site))


def _compressed(inner: ASGIApp) -> ASGIApp:
    """Text is sent compressed where asked for; downloads that are so already, and parts of files, are left alone.

    Only here, without a proxy: nginx does it itself.
    """
    squeezed = GZipMiddleware(inner, minimum_size=1000, compresslevel=5)

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        is_text = scope["type"] == "http" and _TEXT.search(scope["path"]) and "range" not in Headers(scope=scope)
        await (squeezed if is_text else inner)(scope, receive, send)

    return run


def _moments(kept: list[Kept]) -> dict[str, str]:
    """Name of each moment → the newest edition of it; of the moment the site shows, the edition it shows."""
    found = {moment_name(one.edition.as_of): one.name for one in reversed(kept[1:])}
    shown = next((one.name for one in kept[1:] if one.edition.id == kept[0].edition.id), kept[0].name)
    return found | {moment_name(kept[0].edition.as_of): shown}


def _dispatch(data: ASGIApp, site: ASGIApp) -> ASGIApp:
    reading = PlainTextResponse("只读 · read only\n", 405, {"Allow": ", ".join(_READING)})

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in _READING:
            await reading(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].startswith("/data/"):
            await data(scope, receive, send)
        else:
            await site(scope, receive, send)

    return dispatch


def serve(
    public: Path, host: str = "127.0.0.1", port: int = 8000, *, edition: str | None = None, unix: Path | None = None, processes: int = 1
) -> None:  # fmt: skip
    """Serve until interrupted, on `port` or the next free one, and print the address; or on a Unix socket, for a proxy."""
    edition = edition or databases(public)[0].edition.id  # every process the same, and an error before anything listens
    if unix is not None:
        click.echo(f"石沉榜 {unix}")
        try:
            with closing(unix_listener(unix)) as listener:
                run(lambda: app(public, edition), listener, processes)
        finally:
            unix.unlink(missing_ok=True)
        return
    listener = _listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    click.echo(f"石沉榜 http://{shown}:{listener.getsockname()[1]}/  ·  数据 /data/  ·  Ctrl-C 结束")
    with closing(listener):
        run(lambda: _compressed(app(public, edition)), listener, processes)


def _listen(host: str, port: int) -> socket.socket:
    for tried in range(port, min(port + MORE_PORTS, 65535) + 1):
        with suppress(OSError):
            return _bound(host, tried)
    raise SinkrateError(f"no free port on {host} from {port} to {port + MORE_PORTS}: give another with --port")


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # the protocol must be named: asyncio sets TCP_NODELAY only then, and each answer waits 40 ms without it
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except OSError:
        listener.close()
        raise
    return listener


def _site_policy(scope: Scope) -> str:
    path = scope.get("path", "")
    if path in _SEARCH:
        return SEARCH_POLICY
    return EMBED_POLICY if path.startswith("/embed/") else SITE_POLICY


def _headed(
    inner: ASGIApp, policy: Policy, cache: Callable[[MutableMapping[str, Any]], str | None], own: Mapping[str, str]
) -> ASGIApp:
    """The application with security headers, its `own`, and a Cache-Control where `cache` gives one."""
    fixed = {**own, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "strict-origin-when-cross-origin",
             "Permissions-Policy": "camera=(), geolocation=(), microphone=()"}  # fmt: skip

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = cache(message)
                headers = MutableHeaders(scope=message)
                more = {"Cache-Control": kept} if kept else {}
                headers.update(fixed | {"Content-Security-Policy": policy(scope)} | more)
            await send(message)

        await inner(scope, receive, headed)

    return run
