"""One process for readers: the site at `/`, Datasette over the kept editions at `/data/`.

The editions are those kept at the start, the site the one current then. To show the next, start `serve` again: SQLite's
immutable mode and the row counts hold for one file, and pages and rows of two editions must not mix.
"""

import socket
from collections.abc import Callable, MutableMapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import click
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.errors import BadInput, SinkrateError
from pipeline.publish.serving.instance import databases, instance
from pipeline.publish.serving.moved import redirecting, redirects

MORE_PORTS = 20
_BOTH = "object-src 'none'; base-uri 'none'; form-action 'self'"
SITE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    f"connect-src 'self'; manifest-src 'self'; {_BOTH}; frame-ancestors 'self'"
)
# the card is made to stand in other people's pages
EMBED_POLICY = SITE_POLICY.replace("frame-ancestors 'self'", "frame-ancestors *")
# Datasette writes its own small scripts and styles into its pages
DATA_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; "
    f"img-src 'self' data:; font-src 'self'; connect-src 'self'; {_BOTH}; frame-ancestors 'self'"
)
_READING = ("GET", "HEAD", "OPTIONS")
# by suffix, so that answers do not depend on the machine's own list of types
TYPES = {
    ".atom": "application/atom+xml", ".json": "application/json", ".jsonld": "application/ld+json", ".csv": "text/csv; charset=utf-8",
    ".parquet": "application/vnd.apache.parquet", ".db": "application/vnd.sqlite3", ".ndjson": "application/x-ndjson",
    ".md": "text/markdown; charset=utf-8",
}  # fmt: skip
Policy = Callable[[Scope], str]


def app(public: Path) -> ASGIApp:
    """The ASGI application over one `public` folder; BadInput where no edition was published there."""
    kept, folder = databases(public), public / "site"
    if not folder.is_dir():
        raise BadInput(f"{public}: no published edition here; run `sinkrate build` first")
    data = _headed(instance(kept).app(), lambda _: DATA_POLICY, lambda _: None)
    site = _headed(_site(folder.resolve()), _site_policy, _site_cache)
    return redirecting(redirects(folder.resolve()), _dispatch(data, site))


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


def serve(public: Path, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve until interrupted, on `port` or the next free one, and print the address."""
    ready = app(public)
    listener = _listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    click.echo(f"石沉榜 http://{shown}:{listener.getsockname()[1]}/  ·  数据 /data/  ·  Ctrl-C 结束")
    config = uvicorn.Config(ready, log_level="warning", access_log=False, server_header=False)
    with closing(listener), suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


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


class _Files(StaticFiles):
    """Files with the media types of `TYPES`; open data may be read from any page."""

    def file_response(self, full_path: Any, *rest: Any, **more: Any) -> Response:
        answer = super().file_response(full_path, *rest, **more)
        path = Path(full_path)
        if answer.status_code != 304 and path.suffix in TYPES:
            answer.headers["content-type"] = TYPES[path.suffix]
        if path.suffix not in (".html", ".css", ".js"):
            answer.headers["access-control-allow-origin"] = "*"
        return answer


def _site(folder: Path) -> ASGIApp:
    """Pages as files; an unknown address gives the site's own 404.html with status 404."""

    def to_data(_: Request) -> RedirectResponse:
        return RedirectResponse("/data/", 308)

    def missing(_: Request, __: Exception) -> Response:
        page = folder / "404.html"
        return FileResponse(page, 404) if page.is_file() else PlainTextResponse("未找到 · not found\n", 404)

    def icon(_: Request) -> Response:
        return FileResponse(folder / "assets" / "favicon.svg", media_type="image/svg+xml")

    routes = [Route("/data", to_data), Route("/favicon.ico", icon), Mount("/", _Files(directory=folder, html=True))]
    return Starlette(routes=routes, exception_handlers={404: missing})


def _site_policy(scope: Scope) -> str:
    return EMBED_POLICY if scope.get("path", "").startswith("/embed/") else SITE_POLICY


def _site_cache(start: MutableMapping[str, Any]) -> str | None:
    if start["status"] not in (200, 206, 304):
        return "no-cache"
    kind = Headers(raw=start["headers"]).get("content-type", "text/html")
    return "public, max-age=300" if kind.startswith("text/html") else "public, max-age=3600"


def _headed(inner: ASGIApp, policy: Policy, cache: Callable[[MutableMapping[str, Any]], str | None]) -> ASGIApp:
    """The application with security headers, and a Cache-Control where `cache` gives one."""
    fixed = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "strict-origin-when-cross-origin",
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
