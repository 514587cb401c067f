"""Pages of a table in the order its rows are stored in: SQLite then walks an index of the filter instead of sorting what it finds.

And what of a page's SQL is the filter, what the place where the page before ended.
"""

import re
from functools import lru_cache

from pipeline.publish.keys import ORDER, PRIMARY_KEYS

_PAGE = re.compile(
    r"(?P<rows>select .* from (?P<table>[a-z_]+) (?:where .* )?)order by (?P<key>[a-z_]+) limit (?P<size>\d+)"
)
_IN_ORDER = {name: keys[0] for name, keys in PRIMARY_KEYS.items() if len(keys) == 1 and name not in ORDER}
# Datasette writes names of its own without quotes, those of a reader's filters with them
_NAME, _VALUE = r"\[?\w+\]?", r":p\d+"
_ONE = rf"{_NAME} > {_VALUE}"
_KEYS = rf"\(\({_ONE}\)(?:\s+or\s+\((?:{_NAME} = {_VALUE} and )+{_ONE}\))*\)"
_SORTED = rf"\({_NAME} [<>] {_VALUE}(?: or {_NAME} is null)? or \({_NAME} = {_VALUE} and {_KEYS}\)\)"
_NULLS = rf"\((?:{_NAME} is not null or \()?{_NAME} is null and {_KEYS}\)?\)"
_NEXT = re.compile(rf"(?:where|(?P<filtered> and)) (?:{_KEYS}|{_SORTED}|{_NULLS}) (?=$|order by |\s*\)\s+where )")
_FROM = re.compile(r"select [^()]* (?P<filter>from [a-z_]+ (?:where .* )?)order by .* limit \d+")


@lru_cache(1000)
def by_place(sql: str) -> str:
    """The same page: rows are stored in the order of their key, so the rowid says the same as the key."""
    page = _PAGE.fullmatch(sql)
    if page is None or _IN_ORDER.get(page["table"]) != page["key"]:
        return sql
    table, key = page["table"], page["key"]
    after = rf"{table}.rowid > coalesce((select o.rowid from {table} o where o.{key} = \1), 0) "
    rows = re.sub(rf"(?<= )\(\({key} > (:p\d+)\)\) $", after, page["rows"])  # where the page before ended
    return f"{rows}order by {table}.rowid limit {page['size']}"


@lru_cache(1000)
def without_next(sql: str) -> str:
    """A facet's SQL over all rows of the filter: counted over what follows the page before, it would change from page to page."""
    return _NEXT.sub(lambda found: " " if found["filtered"] else "", sql)


@lru_cache(1000)
def counting(sql: str) -> str | None:
    """What Datasette asks to count the rows a page is a part of; None where there is no filter."""
    page = _FROM.fullmatch(sql)
    filtered = without_next(page["filter"]) if page else ""
    return f"select count(*) {filtered}" if " where " in filtered else None
