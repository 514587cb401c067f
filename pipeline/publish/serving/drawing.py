"""The rows of a page's table as one piece of HTML: a template hands on each piece of each cell by itself, which is slow."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from datasette.utils import to_css_class
from markupsafe import Markup, escape


def table_rows(rows: Iterable[Iterable[dict[str, Any]]]) -> Markup:
    """Of a table page; each cell is Datasette's: `column`, `value_type` and `value`, escaped unless it is Markup."""
    return _joined("<tr>" + "".join(_cell(cell) for cell in row) + "</tr>\n" for row in rows)


def answer_rows(columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> Markup:
    """Of a query's page; every cell names its column, for narrow screens."""
    heads = [f'<td class="col-{_css(name)}" data-label="{escape(name)}">' for name in columns]
    return _joined(
        "<tr>" + "".join(f"{head}{escape(value)}</td>" for head, value in zip(heads, row, strict=True)) + "</tr>\n"
        for row in rows
    )


def _cell(cell: dict[str, Any]) -> str:
    return f'<td class="col-{_css(cell["column"])} type-{cell["value_type"]}">{escape(cell["value"])}</td>'


@lru_cache(1000)
def _css(column: str) -> str:
    return str(to_css_class(column))


def _joined(pieces: Iterable[str]) -> Markup:
    return Markup("".join(pieces))  # noqa: S704 - every value in it was escaped
