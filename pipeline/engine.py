"""Where tables live and run: Parquet files in one folder, queried by DuckDB (embedded, the default engine).

A stage sees only this: named tables in, named tables out. Relations are SQL over those names; per-record work is a
function over Arrow. A table appears whole or not at all (written aside, then moved). What does not fit into `memory`
is spilled below the folder.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

SHANGHAI = "Asia/Shanghai"
MEMORY = "2GB"
PACKED = "lz4"
"""Tables between stages are read a few times and replaced: little packing costs least."""


def quoted(path: Path) -> str:
    """A path as an SQL text."""
    return "'" + str(path).replace("'", "''") + "'"


def scratch() -> duckdb.DuckDBPyConnection:
    """A database of its own for relations over tables at hand, in UTC; beyond MEMORY it spills to the system's temporary folder."""
    db = duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": f"{gettempdir()}/sinkrate-{os.getpid()}"})
    db.execute("SET TimeZone = 'UTC'")
    return db


class Engine:
    """Named tables under `folder`. Use as a context manager; `threads` bounds DuckDB's workers."""

    def __init__(self, folder: Path, threads: int | None = None, memory: str = MEMORY) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.db = duckdb.connect(config={"threads": threads} if threads else {})
        self.db.execute("SET TimeZone = 'UTC'")
        self.db.execute("SET enable_progress_bar = false")
        self.db.execute(f"SET memory_limit = '{memory}'")
        self.db.execute(f"SET temp_directory = {quoted(folder / 'spill')}")

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *_: object) -> None:
        self.db.close()

    def put(self, name: str, table: pa.Table) -> pa.Table:
        """Keep an Arrow table under a name and return it."""
        target = self.path(name)
        aside = target.with_suffix(".parquet.part")
        pq.write_table(table, aside, compression=PACKED)
        aside.replace(target)
        self._show(name)
        return table

    def sql(self, query: str, params: Mapping[str, Any] | None = None, **tables: pa.Table) -> pa.Table:
        """Run a query over the named tables (and any Arrow tables given by keyword); the result as Arrow."""
        for name, table in tables.items():
            self.db.register(name, table)
        try:
            return self.db.sql(query, params=dict(params or {})).to_arrow_table()
        finally:
            for name in tables:
                self.db.unregister(name)

    def stream(
        self, query: str, params: Mapping[str, Any] | None = None, rows: int = 100_000
    ) -> Iterator[pa.RecordBatch]:
        """The rows of a query batch by batch. At least one batch, so that there is a schema."""
        reader = self.db.sql(query, params=dict(params or {})).to_arrow_reader(rows)
        empty = True
        for batch in reader:
            empty = False
            yield batch
        if empty:
            yield from reader.schema.empty_table().to_batches() or [pa.RecordBatch.from_pylist([], reader.schema)]

    def derive(self, name: str, query: str, params: Mapping[str, Any] | None = None, **tables: pa.Table) -> pa.Table:
        """`keep`, and the rows as Arrow."""
        self.keep(name, query, params, **tables)
        return self.table(name)

    def keep(self, name: str, query: str, params: Mapping[str, Any] | None = None, **tables: pa.Table) -> None:
        """Keep the rows of a query under a name, without holding them in memory."""
        target = self.path(name)
        aside = target.with_suffix(".parquet.part")
        for other, table in tables.items():
            self.db.register(other, table)
        try:
            self.db.sql(query, params=dict(params or {})).write_parquet(str(aside), compression=PACKED)
        finally:
            for other in tables:
                self.db.unregister(other)
        aside.replace(target)
        self._show(name)

    @contextmanager
    def filling(self, *names: str) -> Iterator[Callable[[str, pa.Table], None]]:
        """Keep tables that come in pieces, in any order: call what is given with a name and some rows. Whole or not at all."""
        writers: dict[str, pq.ParquetWriter] = {}
        asides = {name: self.path(name).with_suffix(".parquet.part") for name in names}

        def add(name: str, table: pa.Table) -> None:
            if name not in writers:
                writers[name] = pq.ParquetWriter(asides[name], table.schema, compression=PACKED)
            writers[name].write_table(table)

        try:
            yield add
        finally:
            for writer in writers.values():
                writer.close()
        for name in writers:
            asides[name].replace(self.path(name))
            self._show(name)

    def adopt(self, name: str, file: Path) -> None:
        """Know a Parquet file that lies elsewhere under a name too; it is linked, not read."""
        target = self.path(name)
        target.unlink(missing_ok=True)
        try:
            target.hardlink_to(file)
        except OSError:
            shutil.copyfile(file, target)
        self._show(name)

    def __contains__(self, name: str) -> bool:
        return self.path(name).is_file()

    def path(self, name: str) -> Path:
        """Where a named table lies."""
        return self.folder / f"{name}.parquet"

    def table(self, name: str) -> pa.Table:
        """A named table as Arrow."""
        return pq.read_table(self.path(name))

    def names(self) -> Iterable[str]:
        """Names of all kept tables."""
        return sorted(path.stem for path in self.folder.glob("*.parquet"))

    def _show(self, name: str) -> None:
        self.db.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM read_parquet({quoted(self.path(name))})")
