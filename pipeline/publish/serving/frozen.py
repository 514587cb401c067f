"""A finished database as Datasette reads it: what can never change is asked once, and counting has a limit of its own.

Datasette asks a dozen questions about the shape of the database for every page; of a file that is never written their answers are
known after the first time. The same holds for counts and facets: those of whole tables are counted at publication (`inspect.json`).
"""

import asyncio
import contextvars
import copy
import sqlite3
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import datasette.app  # noqa: F401 - first: its other modules import each other in a circle
from datasette.database import Database, QueryInterrupted, Results
from datasette.utils import CustomRow

from pipeline.publish.serving.budget import current
from pipeline.publish.serving.searching import newest
from pipeline.publish.serving.stored import by_place

Answer = dict[str, Any]
"""One sum known beforehand: sql, params, columns, rows."""
Key = tuple[str, tuple[tuple[str, Any], ...]]
_SHAPE = (
    "table_names", "table_exists", "table_columns", "table_column_details", "primary_keys", "fts_table", "label_column_for_table",
    "foreign_keys_for_table", "hidden_table_names", "view_names", "get_all_foreign_keys", "get_table_definition", "get_view_definition",
)  # fmt: skip
_COUNTING = "select count(*) from "
_MOST = 5_000  # answers kept: a count or a facet has at most a few dozen short rows
_MOST_ROWS = 100
_MOST_UNFINISHED = 50


@dataclass
class Sums:
    """Counts and facets by their SQL and parameters; what was asked longest ago goes first."""

    known: OrderedDict[Key, Results] = field(default_factory=OrderedDict)

    def find(self, key: Key) -> Results | None:
        found = self.known.get(key)
        if found is not None:
            self.known.move_to_end(key)
        return found

    def keep(self, key: Key, results: Results) -> None:
        if len(results.rows) <= _MOST_ROWS:
            self.known[key] = results
            if len(self.known) > _MOST:
                self.known.popitem(last=False)

    def written(self) -> list[Answer]:
        """As `inspect.json` holds them."""
        return [
            {"sql": sql, "params": dict(params), "columns": found.columns, "rows": [list(row) for row in found.rows]}
            for (sql, params), found in self.known.items()
        ]

    def read(self, answers: Iterable[Answer]) -> None:
        for answer in answers:
            rows = [CustomRow(answer["columns"], zip(answer["columns"], row, strict=True)) for row in answer["rows"]]
            self.keep(
                _key(answer["sql"], answer["params"]), Results(rows, False, [(name,) for name in answer["columns"]])
            )


class Frozen(Database):  # type: ignore[misc]
    """An immutable database; `sums` may be shared by two names of one file."""

    def __init__(self, ds: Any, path: str, sums: Sums, patient: bool = False) -> None:
        """`patient`: nobody waits, only Datasette's own limits hold."""
        super().__init__(ds, path=path, is_mutable=False)
        self.sums, self.patient = sums, patient
        self.shape: dict[tuple[Any, ...], Any] = {}
        self.unfinished: dict[Key, Any] = {}
        self.finishing: asyncio.Task[None] | None = None

    async def execute(self, sql: str, params: Any = None, truncate: bool = False, custom_time_limit: int | None = None, **more: Any) -> Results:  # fmt: skip
        """As Datasette's own; QueryInterrupted where a sum takes too long."""
        if truncate:
            return await super().execute(by_place(newest(sql)), params, truncate, custom_time_limit, **more)
        if custom_time_limit is None and not sql.startswith(_COUNTING):
            return await super().execute(sql, params, **more)
        sql = newest(sql)
        key = _key(sql, params)
        found = self.sums.find(key)
        if found is None:
            found = await self._summed(sql, params, custom_time_limit)
            self.sums.keep(key, found)
        return found

    async def _summed(self, sql: str, params: Any, limit: int | None) -> Results:
        """Within what is left of the reader's time; what takes longer is finished for the next one."""
        mine = current()
        if mine is None or self.patient:
            return await super().execute(sql, params, custom_time_limit=limit)
        start = time.perf_counter()
        within = int(min(mine.left_ms, limit or mine.left_ms))
        try:
            return await super().execute(sql, params, custom_time_limit=max(within, 1), log_sql_errors=False)
        except (QueryInterrupted, sqlite3.OperationalError) as error:
            if not isinstance(error, QueryInterrupted) and (time.perf_counter() - start) * 1000 < within:
                raise
            mine.cut = True
            self._later(sql, params)
            raise QueryInterrupted(error, sql, params) from error  # a full-text table has other words for being cut
        finally:
            mine.left_ms -= (time.perf_counter() - start) * 1000

    def _later(self, sql: str, params: Any) -> None:
        if len(self.unfinished) < _MOST_UNFINISHED:
            self.unfinished[_key(sql, params)] = (sql, params)
        if self.finishing is None or self.finishing.done():
            self.finishing = asyncio.create_task(self._finish(), context=contextvars.Context())

    async def _finish(self) -> None:
        """One sum after another, each within the time any question has; what even that does not suffice for stays unknown."""
        while self.unfinished:
            key, (sql, params) = next(iter(self.unfinished.items()))
            with suppress(QueryInterrupted, sqlite3.Error):
                self.sums.keep(key, await super().execute(sql, params))
            del self.unfinished[key]


def _asked_once(name: str) -> Callable[..., Awaitable[Any]]:
    method = getattr(Database, name)

    async def ask(self: Frozen, *about: Any) -> Any:
        key = (name, *about)
        if key not in self.shape:
            found = await method(self, *about)
            if len(self.shape) >= _MOST:  # strangers may ask about any name
                return found
            self.shape[key] = found
        return copy.copy(self.shape[key])

    return ask


for _name in _SHAPE:
    setattr(Frozen, _name, _asked_once(_name))


def _key(sql: str, params: Any) -> Key:
    named = params if isinstance(params, Mapping) else dict(enumerate(params or ()))
    return " ".join(sql.split()), tuple(sorted((str(name), value) for name, value in named.items()))
