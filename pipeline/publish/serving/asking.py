"""Parameters that mean nothing: SQLite takes a misspelt column for a text, so the answer would be empty and look like one."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any
from urllib.parse import parse_qsl, urlencode

from datasette.filters import Filters
from datasette.utils import tilde_decode

from pipeline.publish.serving.refusing import Refusal

_PLACE = re.compile(r"/(?P<database>[^/.]+)(?:/(?P<name>[^/.]+))?(?:\.(?:jsono?|csv))?")
# of Datasette's own; `_through` and others that nothing here needs are not among them
_OF_ALL = {"_shape", "_labels", "_label", "_size", "_ttl", "_json", "_json_infinity", "_nl", "_stream", "_dl", "_header",
           "_timelimit", "_nocount", "_nofacet"}  # fmt: skip
_OF_TABLES = _OF_ALL | {"_col", "_nocol", "_sort", "_sort_desc", "_sort_by_desc", "_next", "_facet", "_facet_array", "_facet_date",
                        "_facet_size", "_nosuggest", "_search", "_searchmode", "_where"}  # fmt: skip
_OF_QUERIES = _OF_ALL | {"_show_sql", "_hide_sql"}
_FORM = re.compile(r"_filter_(?:column|op|value)(?:_\d+)?")
_NUMBER = frozenset({"_timelimit", "_ttl"})
_OPERATORS = frozenset(Filters._filters_by_key)
_SQL_NAME = re.compile(r":([A-Za-z]\w*)")


async def misread(ready: Any, path: str, query: str) -> Refusal | None:
    """What is wrong with the parameters of a table, a question or SQL; None for all else. `path` below Datasette's base."""
    asked = parse_qsl(query, keep_blank_values=True)
    place = _PLACE.fullmatch(path)
    if not asked or place is None:
        return None
    names, own = [name for name, _ in asked], await _known(ready, place, dict(asked))
    if own is None:
        return None
    columns, special = own
    known = columns | special
    for name, value in asked:
        if name in _NUMBER and not value.isdecimal():
            return Refusal(
                400, "请求有误 · bad request", f"{name}={value}", f"{name} 要填整数 · {name} takes a whole number"
            )
    wrong = [name for name in names if not _means(name, known, bool(special & {"_next"}))]
    return (
        _refusal(
            wrong,
            columns,
            [(name, value) for name, value in asked if name not in wrong],
            path,
            ready.setting("base_url"),
        )
        if wrong
        else None
    )


async def _known(
    ready: Any, place: re.Match[str], asked: dict[str, str]
) -> tuple[frozenset[str], frozenset[str]] | None:
    """Names of the reader's own (columns, parameters), and Datasette's; None where there is nothing to ask."""
    database, name = tilde_decode(place["database"]), place["name"]
    if database not in ready.databases:
        return None
    if name is None:
        names = frozenset(_SQL_NAME.findall(asked.get("sql", "")))
        return (names, frozenset(_OF_QUERIES | {"sql"})) if names else None  # SQL without parameters misses none
    question = await ready.get_canned_query(database, tilde_decode(name), None)
    if question is not None:
        return frozenset(question.get("params", [])), frozenset(_OF_QUERIES)
    columns = await ready.databases[database].table_columns(tilde_decode(name))
    searched = {f"_search_{column}" for column in columns}
    return (frozenset([*columns, "rowid"]), frozenset(_OF_TABLES | searched)) if columns else None


def _means(name: str, known: Iterable[str], is_table: bool) -> bool:
    if name in known:
        return True
    column, _, operator = name.rpartition("__")
    return is_table and ((column in known and operator in _OPERATORS) or _FORM.fullmatch(name) is not None)


def _refusal(wrong: list[str], own: frozenset[str], rest: list[tuple[str, str]], path: str, base: str) -> Refusal:
    there = sorted(own - {"rowid"})
    near = [close for name in wrong for close in get_close_matches(name.rpartition("__")[0] or name, there, 1)]
    hint = f"是不是 did you mean {', '.join(near)}？ " if near else ""
    return Refusal(
        400,
        "不认识的参数 · unknown parameter",
        f"不认识的参数 unknown：{', '.join(wrong)}；这里认识的 known here：{', '.join(there) or '无 none'}",
        f"{hint}改正它或去掉它 · correct it or leave it out",
        f"{base}{path.removeprefix('/')}" + (f"?{urlencode(rest)}" if rest else ""),
    )
