"""What stock Datasette lacks here: Chinese search, links to the pages of the site, the limits of a public instance.

Loaded by its entry point wherever Datasette runs in this environment.
"""

import re
import sqlite3
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from markupsafe import Markup
from pluggy import HookimplMarker
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.publish.fts import query

hookimpl = HookimplMarker("datasette")  # the same marker as datasette.hookimpl, with types
LINK_COLUMNS = frozenset({"url", "home", "evidence_url"})
# what a stranger's SQL may ask of SQLite (sqlite.org/security.html); time is Datasette's sql_time_limit_ms
LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 2_000_000,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 100,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
HIDDEN_PRAGMAS = frozenset({"database_list", "temp_store_directory", "data_store_directory"})
# Datasette's own pages under /-/ that say nothing about the machine; the others (paths, threads, debugging) are closed
OPEN_INTERNALS = ("/-/static/", "/-/static-plugins/", "/-/metadata", "/-/settings")
_REF = re.compile(r"[a-z0-9][a-z0-9_-]*/[^/\s]{1,100}")
_PLATFORM = re.compile(r"[a-z0-9][a-z0-9-]*")
_HTTP = re.compile(r"https?://[^\s<>\"]+")


@hookimpl(trylast=True)
def prepare_connection(conn: sqlite3.Connection, database: str) -> None:
    """`zh_query(text)` for MATCH; Datasette's own search boxes (`escape_fts`) cut their words the same way."""
    if database == "_internal":
        return
    for name in ("zh_query", "escape_fts"):
        conn.create_function(name, 1, _query, deterministic=True)
    for limit, most in LIMITS.items():
        conn.setlimit(limit, most)
    conn.set_authorizer(_authorize)


def _authorize(action: int, subject: str | None, *_: str | None) -> int:
    """Where the file lies on the machine is nobody's business: that list is empty."""
    hidden = action == sqlite3.SQLITE_PRAGMA and (subject or "").lower() in HIDDEN_PRAGMAS
    return sqlite3.SQLITE_IGNORE if hidden else sqlite3.SQLITE_OK


def _query(text: object) -> str:
    return query(None if text is None else str(text))


@hookimpl
def render_cell(row: Any, value: Any, column: str, table: str | None, datasette: Any) -> Markup | None:
    """A link where the column names an address, a case or a platform; null leaves the cell to Datasette."""
    name, label = (value["value"], value["label"]) if isinstance(value, dict) else (value, value)
    if not isinstance(name, str):
        return None
    if column in LINK_COLUMNS:
        return _link(name, name, rel="nofollow noopener noreferrer") if _HTTP.fullmatch(name) else None
    if datasette.setting("base_url") != "/data/":  # not served beside the site: there are no pages to link to
        return None
    return _page(row, name, str(label), column, table)


def _page(row: Any, name: str, label: str, column: str, table: str | None) -> Markup | None:
    if column == "platform" or (table == "platforms" and column == "id"):
        return _link(f"/platforms/{name}/", label) if _PLATFORM.fullmatch(name) else None
    case = name if column == "case_id" or (table == "cases" and column == "id") else None
    if column == "complaint":  # only a case has a page: a complaint's is its case's
        case = _plain(row["case_id"]) if "case_id" in row.keys() else None  # noqa: SIM118 - a row of SQLite
    if case is None or not _REF.fullmatch(case):
        return None
    return _link(f"/cases/{quote(case)}/", name)


def _plain(value: Any) -> Any:
    return value["value"] if isinstance(value, dict) else value


def _link(href: str, text: str, **attributes: str) -> Markup:
    more = Markup("").join(Markup(' {}="{}"').format(key, value) for key, value in attributes.items())
    return Markup('<a href="{}"{}>{}</a>').format(href, more, text)


@hookimpl
def asgi_wrapper(datasette: Any) -> Callable[[ASGIApp], ASGIApp]:
    """Search engines keep out of the rows; pages about the machine are not there."""
    closed = PlainTextResponse("未找到 · not found\n", 404)

    def wrap(app: ASGIApp) -> ASGIApp:
        async def run(scope: Scope, receive: Receive, send: Send) -> None:
            is_closed = scope["type"] == "http" and _is_closed(scope, datasette.setting("base_url"))
            await (closed if is_closed else app)(scope, receive, _noindex(send))

        return run

    return wrap


def _is_closed(scope: Scope, base_url: str) -> bool:
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    inside = "/" + path.removeprefix(base_url).lstrip("/")
    return inside.startswith("/-/") and not inside.startswith(OPEN_INTERNALS)


def _noindex(send: Send) -> Send:
    async def marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (b"x-robots-tag", b"noindex")]
        await send(message)

    return marked
