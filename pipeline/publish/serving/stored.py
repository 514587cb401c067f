"""Pages of a table in the order its rows are stored in: SQLite then walks an index of the filter instead of sorting what it finds."""

import re
from functools import lru_cache

from pipeline.publish.keys import ORDER, PRIMARY_KEYS

_PAGE = re.compile(
    r"(?P<rows>select .* from (?P<table>[a-z_]+) (?:where .* )?)order by (?P<key>[a-z_]+) limit (?P<size>\d+)"
)
_IN_ORDER = {name: keys[0] for name, keys in PRIMARY_KEYS.items() if len(keys) == 1 and name not in ORDER}


@lru_cache(1000)
def by_place(sql: str) -> str:
    """The same page: rows are stored in the order of their key, so the rowid says the same as the key."""
    page = _PAGE.fullmatch(sql)
    if page is None or _IN_ORDER.get(page["table"]) != page["key"]:
        return sql
    table, key = page["table"], page["key"]
    after = rf"{table}.rowid > coalesce((select o.rowid from {table} o where o.{key} = \1), 0) "
    rows = re.sub(rf"(?<= ){key} > (:p\d+) $", after, page["rows"])  # where the page before ended
    return f"{rows}order by {table}.rowid limit {page['size']}"
