"""The search box of the complaints' page (`_search`), so that a word in every fifth of a million complaints is found in a moment.

Datasette's own condition `rowid in (…)` makes SQLite fetch and sort everything found. How many are found is counted first (a thousandth of
the work): where they are many, the newest are walked instead until a page is full. Both give the same rows.
"""

import re
from collections.abc import Iterator
from typing import Any

from pipeline.publish.keys import FTS_COLUMNS, FTS_TABLE
from pipeline.publish.serving.budget import spend_all

TABLE = "complaints"
COMMON = 20_000
"""Complaints found, from which on walking by date beats fetching and sorting."""
NEWEST = 5_000
_FOUND = r"\+?complaints\.rowid in \((select rowid from complaints_fts where [a-z_]+ match [a-z_]*\(?:search\)?)\)"
_COUNT = re.compile(rf"select count\(\*\) from complaints where {_FOUND} ")
_PAGE = re.compile(
    r"(?P<rows>select .* from complaints (?P<where>where .* )?)order by filed_at desc limit (?P<size>\d+)"
)
_ALONE = re.compile(rf"where {_FOUND} ")


async def search(request: Any, database: str, table: str, datasette: Any) -> Any:
    """Datasette's FilterArguments, or None: the condition for `_search` or `_search_title`, `_search_excerpt`; `_searchmode=raw` takes FTS5's own syntax."""
    from datasette.filters import FilterArguments  # here: this module is loaded while Datasette is being loaded

    if table != TABLE:
        return None
    shown: dict[str, Any] = {"supports_search": True}
    for column, words in _asked(request):
        match = f"{column} match {':search' if request.args.get('_searchmode') == 'raw' else 'zh_query(:search)'}"
        inside = f"select rowid from {FTS_TABLE} where {match}"
        many = await _many(datasette.get_database(database), match, words)
        alone = not any(not key.startswith("_") or "__" in key or key == "_where" for key in request.args)
        if many and alone:
            spend_all()  # facets of so many are summed after the answer, for the next reader
        clause = f"{'+' if many else ''}complaints.rowid in ({inside})"
        said = f'search matches "{words}"'
        return FilterArguments([clause], {"search": words}, [said], shown | {"search": words})
    return FilterArguments([], {}, [], shown)


def _asked(request: Any) -> Iterator[tuple[str, str]]:
    names = {"_search": FTS_TABLE, **{f"_search_{column}": column for column in FTS_COLUMNS}}
    return ((column, request.args[key]) for key, column in names.items() if request.args.get(key))


async def _many(database: Any, match: str, words: str) -> bool:
    from datasette.database import QueryInterrupted

    try:
        found = await database.execute(f"select count(*) from {FTS_TABLE} where {match}", {"search": words})
    except QueryInterrupted:
        return True
    return bool(found.rows[0][0] > COMMON)


def newest(sql: str) -> str:
    """The same count or page of complaints by less work; and complaints of one moment in the order the next page counts on.

    Complaints are stored by time: the greatest rowids found are the newest.
    """
    if counted := _COUNT.fullmatch(sql):
        return counted[1].replace("select rowid", "select count(*)", 1)
    page = _PAGE.fullmatch(sql)
    if page is None:
        return sql
    rows, found = page["rows"], _ALONE.fullmatch(page["where"] or "")
    if found:
        rows = rows.replace(found[1], f"{found[1]} order by rowid desc limit {NEWEST}")
    return f"{rows}order by filed_at desc, id limit {page['size']}"
