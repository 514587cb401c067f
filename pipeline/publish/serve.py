"""One process for readers: the site at `/`, Datasette over the same edition at `/data/`.

The edition is the one current at the start. To show the next, start `serve` again: SQLite's immutable mode and the
row counts taken at the start hold for one file, and pages and rows of two editions must not mix.
"""

import hashlib
import socket
import sqlite3
from collections.abc import Callable, MutableMapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import click
import datasette.app  # first: its other modules import each other in a circle
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.errors import BadInput, SinkrateError
from pipeline.model import Edition
from pipeline.publish.metadata import DATABASE, metadata

MORE_PORTS = 20
SETTINGS = {
    "base_url": "/data/",
    "sql_time_limit_ms": 1000,
    "max_returned_rows": 1000,
    "suggest_facets": False,
    "allow_download": True,
    "allow_csv_stream": True,
    "max_csv_mb": 100,
    "default_cache_ttl": 300,
    "truncate_cells_html": 300,
}
_BOTH = "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
SITE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    f"connect-src 'self'; manifest-src 'self'; {_BOTH}"
)
# Datasette writes its own small scripts and styles into its pages
DATA_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; "
    f"img-src 'self' data:; font-src 'self'; connect-src 'self'; {_BOTH}"
)
_READING = ("GET", "HEAD", "OPTIONS")


def app(public: Path) -> ASGIApp:
    """The ASGI application over one `public` folder; BadInput where no edition was published there."""
    file, folder = public / f"{DATABASE}.db", public / "site"
    if not file.is_file() or not folder.is_dir():
        raise BadInput(f"{public}: no published edition here; run `sinkrate build` first")
    data = _headed(_datasette(_own_file(public)).app(), DATA_POLICY, lambda _: None)
    site = _headed(_site(folder.resolve()), SITE_POLICY, _site_cache)
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


def _own_file(public: Path) -> Path:
    """The current database under its edition's own name: that file stays when the public name moves on."""
    current = public / f"{DATABASE}.db"
    kept = (path for path in sorted(public.glob(f"editions/*/{DATABASE}.db")) if path.samefile(current))
    return next(kept, current)


def _datasette(file: Path) -> datasette.app.Datasette:
    path = str(file.resolve())
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?immutable=1", uri=True)) as connection:
        about = metadata(_edition(connection))
        inspected = {DATABASE: {"hash": _hash(file), "size": file.stat().st_size, "file": path,
                                "tables": _counts(connection)}}  # fmt: skip
    datasette.handle_exception.rich = None  # else every refused query is printed with all local variables, slowly
    return datasette.app.Datasette(
        files=[], immutables=[path], cors=True, inspect_data=inspected, metadata=about, settings=dict(SETTINGS)
    )


def _edition(connection: sqlite3.Connection) -> Edition:
    cursor = connection.execute("SELECT * FROM editions ORDER BY as_of DESC LIMIT 1")
    row = cursor.fetchone()
    if row is None:
        raise BadInput("the database names no edition: run `sinkrate build` again")
    return Edition.model_validate(dict(zip((column[0] for column in cursor.description), row, strict=True)))


def _counts(connection: sqlite3.Connection) -> dict[str, dict[str, int]]:
    """Rows of every table, so that Datasette never counts while somebody waits; a virtual table counts as 0."""
    named = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
    virtual = {name for name, sql in named if sql and sql.upper().startswith("CREATE VIRTUAL")}
    return {
        name: {"count": 0 if name in virtual else connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]}
        for name, _ in named
    }


def _hash(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _site(folder: Path) -> ASGIApp:
    """Pages as files; an unknown address gives the site's own 404.html with status 404."""

    def to_data(_: Request) -> RedirectResponse:
        return RedirectResponse("/data/", 308)

    def missing(_: Request, __: Exception) -> Response:
        page = folder / "404.html"
        return FileResponse(page, 404) if page.is_file() else PlainTextResponse("未找到 · not found\n", 404)

    def icon(_: Request) -> Response:
        return FileResponse(folder / "assets" / "favicon.svg", media_type="image/svg+xml")

    routes = [
        Route("/data", to_data),
        Route("/favicon.ico", icon),
        Mount("/", StaticFiles(directory=folder, html=True)),
    ]
    return Starlette(routes=routes, exception_handlers={404: missing})


def _site_cache(start: MutableMapping[str, Any]) -> str | None:
    if start["status"] not in (200, 206, 304):
        return "no-cache"
    kind = Headers(raw=start["headers"]).get("content-type", "text/html")
    return "public, max-age=300" if kind.startswith("text/html") else "public, max-age=3600"


def _headed(inner: ASGIApp, policy: str, cache: Callable[[MutableMapping[str, Any]], str | None]) -> ASGIApp:
    """The application with security headers, and a Cache-Control where `cache` gives one."""
    fixed = {"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff",
             "Referrer-Policy": "strict-origin-when-cross-origin",
             "Permissions-Policy": "camera=(), geolocation=(), microphone=()"}  # fmt: skip

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = cache(message)
                headers = MutableHeaders(scope=message)
                headers.update(fixed | ({"Cache-Control": kept} if kept else {}))
            await send(message)

        await inner(scope, receive, headed)

    return run
