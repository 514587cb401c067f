"""The public tables as Parquet files in one folder: written batch by batch, read one at a time.

Equal rows give equal bytes: order, row groups, types and compression are fixed.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.engine import Engine
from pipeline.model import TABLES
from pipeline.schema import arrow_schema, conform

ROWS = 100_000
"""Rows of a row group, and the most that is held in memory of a table being written."""


class Shelf(Mapping[str, pa.Table]):
    """Table name → table. Reading gives the whole table; `batches` and `rows` do without."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def empty(cls, folder: Path) -> "Shelf":
        """A shelf without a table; what lay in the folder goes."""
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.parquet*"):
            old.unlink()
        return cls(folder)

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.parquet"

    def put(self, name: str, table: pa.Table) -> None:
        """Keep a table; a missing column or a null where none may be raises ValueError."""
        self._write(name, table.to_batches(max_chunksize=ROWS) or [pa.RecordBatch.from_pylist([], table.schema)])

    def keep(self, engine: Engine, name: str, query: str, params: Mapping[str, Any] | None = None) -> None:
        """Keep the rows of a query without holding them in memory."""
        self._write(name, engine.stream(query, params, ROWS))

    def _write(self, name: str, batches: Iterable[pa.RecordBatch]) -> None:
        model = TABLES[name]
        self.folder.mkdir(parents=True, exist_ok=True)
        aside = self.path(name).with_suffix(".parquet.part")
        with pq.ParquetWriter(aside, arrow_schema(model), compression="zstd") as writer:
            for group in _even(batches):
                writer.write_table(conform(group, model), row_group_size=ROWS)
        aside.replace(self.path(name))

    def __getitem__(self, name: str) -> pa.Table:
        if name not in self:
            raise KeyError(name)
        return pq.read_table(self.path(name))

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(path.stem for path in self.folder.glob("*.parquet")))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.path(name).is_file()

    def column(self, name: str, column: str) -> pa.ChunkedArray:
        """One column of a table."""
        return pq.read_table(self.path(name), columns=[column])[column]

    def distinct(self, name: str, columns: list[str]) -> dict[str, pa.Array]:
        """The distinct texts of those columns that hold text, nulls left out."""
        schema = pq.read_schema(self.path(name))
        said = [column for column in columns if pa.types.is_string(schema.field(column).type)]
        table = pq.read_table(self.path(name), columns=said, read_dictionary=said)
        return {
            column: pc.unique(pa.chunked_array([part.dictionary for part in table[column].chunks], pa.string()))
            for column in said
        }

    def pieces(self, name: str) -> Iterator[pa.Table]:
        """A table's row groups."""
        file = pq.ParquetFile(self.path(name))
        return (file.read_row_group(place) for place in range(file.num_row_groups))

    def rows(self, name: str) -> int:
        """How many rows a table has."""
        return int(pq.read_metadata(self.path(name)).num_rows)


def _even(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The same rows in tables of ROWS, the last one shorter."""
    held: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        held.append(batch)
        size += batch.num_rows
        if size >= ROWS:
            whole = pa.Table.from_batches(held)
            yield whole.slice(0, ROWS)
            rest = whole.slice(ROWS)
            held, size = rest.to_batches(), rest.num_rows
    if held:
        yield pa.Table.from_batches(held)
