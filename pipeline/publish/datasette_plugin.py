"""What stock Datasette lacks here: Chinese search, links and bars in cells, the site's look, the limits of a public instance.

Loaded by its entry point wherever Datasette runs in this environment; the rooms behind it are in `publish/serving`.
"""

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

from markupsafe import Markup
from pluggy import HookimplMarker
from starlette.types import ASGIApp

from pipeline.publish.fts import query
from pipeline.publish.serving import budget, cells, drawing, guard, looks, searching

hookimpl = HookimplMarker("datasette")  # the same marker as datasette.hookimpl, with types
BASE_URL = "/data/"


@hookimpl(trylast=True)
def prepare_connection(conn: sqlite3.Connection, database: str) -> None:
    """`zh_query(text)` for MATCH; Datasette's own search boxes (`escape_fts`) cut their words the same way."""
    if database == "_internal":
        return
    for name in ("zh_query", "escape_fts"):
        conn.create_function(name, 1, _query, deterministic=True)
    guard.guard(conn)


def _query(text: object) -> str:
    return query(None if text is None else str(text))


@hookimpl(trylast=True)
def filters_from_request(request: Any, database: str, table: str, datasette: Any) -> Callable[[], Awaitable[Any]]:
    """The search box of the complaints."""
    return lambda: searching.search(request, database, table, datasette)


@hookimpl
def render_cell(row: Any, value: Any, column: str, table: str | None, database: str, datasette: Any) -> Markup | None:
    """A link where the column names an address, a case or a platform, a bar for a share; else Datasette's own cell."""
    counts = datasette.get_database(database).cached_table_counts or {}
    around = cells.beside(datasette.setting("base_url"), database, counts.get("cases"))
    return cells.cell(row, value, column, table, around)


@hookimpl
def extra_template_vars(
    database: str | None, table: str | None, request: Any, datasette: Any
) -> Callable[[], Awaitable[dict[str, Any]]]:
    """`readers`, `limits`, `counting_ms`, `json_ld`, `choices(names)`, `table_rows` and `answer_rows` for the templates in site/datasette/templates."""

    async def given() -> dict[str, Any]:
        about = datasette.metadata() or {}
        base = _address(request, datasette)
        return {
            "readers": looks.READERS,
            "limits": datasette.settings_dict(),
            "counting_ms": round(budget.BUDGET_MS),
            "table_rows": drawing.table_rows,
            "answer_rows": drawing.answer_rows,
            "json_ld": looks.json_ld(database, table, about, base),
            "choices": lambda names: looks.choices(datasette, database, names),
            "queries_of": about.get("databases", {}).get(database or "", {}).get("queries", {}),
            "tables_of": about.get("databases", {}).get(database or "", {}).get("tables", {}),
        }

    return given


def _address(request: Any, datasette: Any) -> str:
    base: str = datasette.setting("base_url")
    return base if request is None else str(datasette.absolute_url(request, datasette.urls.instance()))


@hookimpl
def handle_exception(datasette: Any, request: Any, exception: Exception) -> Callable[[], Awaitable[Any]]:
    """What was refused or cut is said as JSON where JSON or CSV was asked for, and always with a remedy."""
    from pipeline.publish.serving import refusing  # here: this module is loaded while Datasette is being loaded

    said = refusing.refusal_of(exception, datasette.sql_time_limit_ms)
    return lambda: refusing.answer(datasette, request, said)


@hookimpl
def asgi_wrapper(datasette: Any) -> Callable[[ASGIApp], ASGIApp]:
    """Rows are kept from search engines, pages about the machine are closed."""
    return lambda app: guard.guarded(app, datasette)
