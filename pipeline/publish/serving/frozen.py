"""A finished database as Datasette reads it: what can never change is asked once, and counting has a limit of its own.

Datasette asks a dozen questions about the shape of the database for every page; of a file that is never written their answers are
known after the first time. The same holds for counts and facets: those of whole tables are counted at publication (`inspect.json`),
and so are the answers to questions over the whole market.
"""

import asyncio
import contextvars
import copy
import re
import sqlite3
import sys
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import datasette.app  # noqa: F401 - first: its other modules import each other in a circle
from datasette.database import Database, QueryInterrupted, Results
from datasette.utils import CustomRow
from datasette.views.base import DatasetteError

from pipeline.publish.serving.budget import current
from pipeline.publish.serving.patience import WAITS, within
from pipeline.publish.serving.searching import newest
from pipeline.publish.serving.stored import by_place, counting, without_next

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
_FEW = 20_000  # rows of a page's filter, up to which sorting them beats walking the table
_NAMED = re.compile(r":(\w+)")


@dataclass
class Sums:
    """Counts and facets by their SQL and parameters; what was asked longest ago goes first. `answers`, to questions, stay."""

    known: OrderedDict[Key, Results] = field(default_factory=OrderedDict)
    answers: dict[Key, Results] = field(default_factory=dict)

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
        both = (("sum", self.known), ("question", self.answers))
        return [
            {"kind": kind, "sql": sql, "params": dict(params), "columns": found.columns, "rows": [list(row) for row in found.rows]}
            for kind, held in both for (sql, params), found in held.items()
        ]  # fmt: skip

    def read(self, answers: Iterable[Answer]) -> None:
        for answer in answers:
            rows = [CustomRow(answer["columns"], zip(answer["columns"], row, strict=True)) for row in answer["rows"]]
            key = _key(answer["sql"], answer["params"])
            found = Results(rows, False, [(name,) for name in answer["columns"]])
            if answer.get("kind") == "question":
                self.answers[key] = found
            else:
                self.keep(key, found)


class Frozen(Database):  # type: ignore[misc]
    """An immutable database; `sums` may be shared by two names of one file."""

    def __init__(self, ds: Any, path: str, sums: Sums, patient: bool = False) -> None:
        """`patient`: nobody waits, only Datasette's own limits hold."""
        super().__init__(ds, path=path, is_mutable=False)
        self.sums, self.patient = sums, patient
        self.shape: dict[tuple[Any, ...], Any] = {}
        self.unfinished: dict[Key, Any] = {}
        self.finishing: asyncio.Task[None] | None = None

    async def execute(self, sql: str, params: Any = None, truncate: bool = False, custom_time_limit: int | None = None, page_size: int | None = None,
                      log_sql_errors: bool = True) -> Results:  # fmt: skip
        """As Datasette's own; QueryInterrupted where a sum takes too long."""
        if truncate:
            ready = self.sums.answers.get(_key(sql, params)) if self.sums.answers else None
            return ready or await self._run(self._placed(sql, params), params, custom_time_limit, page_size or self.ds.page_size, log_sql_errors)  # fmt: skip
        if custom_time_limit is None and not sql.startswith(_COUNTING):
            return await self._run(sql, params, log=log_sql_errors)
        sql = newest(without_next(sql))
        key = _key(sql, params)
        found = self.sums.find(key)
        if found is None:
            found = await self._summed(sql, params, custom_time_limit)
            self.sums.keep(key, found)
        return found

    async def answer(self, sql: str, params: Mapping[str, str]) -> None:
        """Keep the answer to a question, if it is whole."""
        found = await self.execute(sql, params, truncate=True)
        if not found.truncated:
            self.sums.answers[_key(sql, params)] = found

    def _placed(self, sql: str, params: Any) -> str:
        """The page in the order of the rows, unless few rows are known to pass its filter: SQLite would walk the table to find them."""
        sums = counting(sql)
        known = self.sums.find(_key(sums, params)) if sums else None
        return newest(sql) if known and known.rows[0][0] <= _FEW else by_place(newest(sql))

    async def _run(self, sql: str, params: Any, limit_ms: int | None = None, page_size: int | None = None, log: bool = True) -> Results:  # fmt: skip
        """What Datasette's own `execute` does, cut off by work; `limit_ms` is by the clock, and rows are truncated where `page_size` is given."""
        work_ms, most, mine = self.ds.sql_time_limit_ms, self.ds.max_returned_rows, current()
        longest = work_ms if mine and mine.strange else work_ms * WAITS
        clock_ms = min(limit_ms or longest, longest)

        def ask(connection: sqlite3.Connection) -> Results:
            with within(connection, work_ms, clock_ms):
                try:
                    cursor = connection.execute(sql, params or {})
                    rows = cursor.fetchmany(most + 2) if page_size else cursor.fetchall()
                except sqlite3.DatabaseError as error:
                    if error.args == ("interrupted",):
                        raise QueryInterrupted(error, sql, params) from error
                    if log:
                        sys.stderr.write(f"refused: {sql!r}: {error}\n")
                    if page_size and mine and mine.program:  # Datasette would send an empty table
                        raise DatasetteError(str(error), title="Invalid SQL") from error
                    raise
            within_page = most + (page_size == most)  # a page's last row says that there is another page
            return Results(rows[:within_page] if page_size else rows, bool(page_size) and len(rows) > within_page, cursor.description)  # fmt: skip

        return await self.execute_fn(ask)

    async def _summed(self, sql: str, params: Any, limit: int | None) -> Results:
        """Within what is left of the reader's time; what takes longer is finished for the next one."""
        mine = current()
        if mine is None or self.patient:
            return await self._run(sql, params, limit)
        start = time.perf_counter()
        left = int(min(mine.left_ms, limit or mine.left_ms))
        try:
            return await self._run(sql, params, max(left, 1), log=False)
        except (QueryInterrupted, sqlite3.OperationalError) as error:
            if not isinstance(error, QueryInterrupted) and (time.perf_counter() - start) * 1000 < left:
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
                self.sums.keep(key, await self._run(sql, params))
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
    """Only the parameters that the SQL names: a request may bring others."""
    if not isinstance(params, Mapping):
        return " ".join(sql.split()), tuple((str(place), value) for place, value in enumerate(params or ()))
    named = sorted(set(_NAMED.findall(sql)) & params.keys())
    return " ".join(sql.split()), tuple((name, params[name]) for name in named)
