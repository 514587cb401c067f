"""What a stranger may ask of a public instance: reading the edition, within limits, and nothing about the machine."""

import sqlite3
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.publish.serving import budget

CUT_SECONDS = 3
MAPPED = 2**31 - 65536
"""Bytes of the file read without copying, as many as SQLite allows."""
# what a stranger's SQL may ask of SQLite (sqlite.org/security.html); time is Datasette's sql_time_limit_ms.
# A thousand rows of the longest value are 100 MB: more would be a way to fill the memory.
LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 200,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 50,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 100,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
HIDDEN_PRAGMAS = frozenset({"database_list", "temp_store_directory", "data_store_directory"})
# the second line of defence behind immutable files and Datasette's own check of the first word
DENIED = frozenset({
    sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH, sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE,
    sqlite3.SQLITE_CREATE_TABLE, sqlite3.SQLITE_CREATE_INDEX, sqlite3.SQLITE_CREATE_VIEW, sqlite3.SQLITE_CREATE_TRIGGER,
    sqlite3.SQLITE_CREATE_TEMP_TABLE, sqlite3.SQLITE_CREATE_TEMP_INDEX, sqlite3.SQLITE_CREATE_TEMP_VIEW,
    sqlite3.SQLITE_CREATE_TEMP_TRIGGER, sqlite3.SQLITE_CREATE_VTABLE, sqlite3.SQLITE_DROP_TABLE, sqlite3.SQLITE_DROP_INDEX,
    sqlite3.SQLITE_DROP_VIEW, sqlite3.SQLITE_DROP_TRIGGER, sqlite3.SQLITE_DROP_VTABLE, sqlite3.SQLITE_ALTER_TABLE,
    sqlite3.SQLITE_REINDEX, sqlite3.SQLITE_ANALYZE,
})  # fmt: skip
CLOSED_FUNCTIONS = frozenset({"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"})
# Datasette's own pages under /-/ that say nothing about the machine; the others (paths, threads, debugging) are closed
OPEN_INTERNALS = ("/-/static/", "/-/static-plugins/", "/-/metadata", "/-/settings")


def guard(connection: sqlite3.Connection) -> None:
    """Put the limits on a connection of Datasette's."""
    connection.execute(f"PRAGMA mmap_size = {MAPPED}")
    for limit, most in LIMITS.items():
        connection.setlimit(limit, most)
    connection.set_authorizer(authorize)


def authorize(action: int, subject: str | None, detail: str | None, *_: str | None) -> int:
    """Reading passes; where the file lies on the machine is nobody's business: that list is empty."""
    if action == sqlite3.SQLITE_UPDATE and subject == "sqlite_master":
        return sqlite3.SQLITE_OK  # SQLite's own words when it opens the full-text table; the file is immutable
    if action in DENIED or (action == sqlite3.SQLITE_FUNCTION and (detail or "").lower() in CLOSED_FUNCTIONS):
        return sqlite3.SQLITE_DENY
    hidden = action == sqlite3.SQLITE_PRAGMA and (subject or "").lower() in HIDDEN_PRAGMAS
    return sqlite3.SQLITE_IGNORE if hidden else sqlite3.SQLITE_OK


def guarded(app: ASGIApp, datasette: Any) -> ASGIApp:
    """Search engines keep out of the rows; pages about the machine are not there; a parameter that means nothing is told."""
    # here: this module is loaded while Datasette is being loaded
    from datasette.utils.asgi import Request

    from pipeline.publish.serving import asking, refusing

    closed = PlainTextResponse("未找到 · not found\n", 404)

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        headed = _headed(send, budget.begin(_brings_sql(scope), refusing.by_program(scope.get("path", ""))))
        if scope["type"] != "http":
            await app(scope, receive, headed)
        elif _is_closed(scope, datasette):
            await closed(scope, receive, headed)
        elif wrong := await asking.misread(
            datasette, _inside(scope, datasette), scope["query_string"].decode("latin-1")
        ):
            said = await refusing.answer(datasette, Request(scope, receive), wrong)
            await said.asgi_send(headed)
        else:
            await app(scope, receive, headed)

    return run


def _brings_sql(scope: Scope) -> bool:
    return bool(
        {"sql", "_where"} & {name for name, _ in parse_qsl(scope.get("query_string", b"").decode("latin-1"), True)}
    )


def _inside(scope: Scope, datasette: Any) -> str:
    path: str = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    return "/" + path.partition("?")[0].removeprefix(datasette.setting("base_url")).lstrip("/")


def _is_closed(scope: Scope, datasette: Any) -> bool:
    inside = _inside(scope, datasette)
    return inside.startswith("/-/") and not inside.startswith(OPEN_INTERNALS)


def _headed(send: Send, mine: budget.Budget) -> Send:
    """Rows are not indexed; a page that could not count everything is asked again soon, when the sums are known."""

    async def marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=[(name.lower(), value) for name, value in message["headers"]])
            headers["X-Robots-Tag"] = "noindex"
            if mine.cut:
                headers["Cache-Control"] = f"max-age={CUT_SECONDS}"
            message["headers"] = headers.raw
        await send(message)

    return marked
