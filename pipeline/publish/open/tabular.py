"""The tables as CSV, JSON Lines inside one JSON array, and Parquet: facts and links, no bodies (method §8).

CSV is UTF-8 **with** a byte-order mark: without one Excel reads it in the machine's own encoding and shows Chinese as noise, while
pandas, R, DuckDB, LibreOffice, WPS and Numbers read it right either way (Python's csv module: `encoding="utf-8-sig"`).
Lines end in CR LF, an empty cell is an absent value, a truth value is 0 or 1. A text that a spreadsheet would run as a formula
(it begins with = + - @, their full-width twins, a tab or a line break) gets an apostrophe before it; JSON and Parquet hold it as it is.
"""

import csv
import io
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.model import TABLES
from pipeline.publish.open.canonical import json_lines
from pipeline.publish.open.files import Folder
from pipeline.publish.open.reading import batches, columns, rows
from pipeline.schema import arrow_schema

BOM = "\ufeff"
_RUN = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_SUSPECT = frozenset({*_RUN, "'"})


def safe(value: Any) -> Any:
    """A cell no spreadsheet runs; numbers and nulls as they are."""
    is_suspect = type(value) is str and value[:1] in _SUSPECT and value.lstrip("'").startswith(_RUN)
    return "'" + value if is_suspect else value


def csv_text(names: Sequence[str], records: Iterable[Sequence[Any]]) -> str:
    """A whole CSV file as text, its byte-order mark included."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([safe(value) for value in record] for record in records)
    return BOM + out.getvalue()


def write_table(db: sqlite3.Connection, table: str, folder: Folder) -> int:
    """`/open/csv|json|parquet/TABLE.*`; returns the rows."""
    names = columns(table)
    schema = pa.schema([arrow_schema(TABLES[table]).field(name) for name in names])
    paths = {kind: f"/open/{kind}/{table}.{kind}" for kind in ("csv", "json", "parquet")}
    line = json_lines(names)
    places = {kind: folder.place(path) for kind, path in paths.items()}
    with (
        places["csv"].open("w", encoding="utf8", newline="") as as_csv,
        places["json"].open("w", encoding="utf8") as as_json,
    ):
        as_csv.write(BOM)
        plain = csv.writer(as_csv, lineterminator="\r\n")
        plain.writerow(names)
        as_json.write("[")
        count = 0
        with pq.ParquetWriter(places["parquet"], schema, compression="zstd") as as_parquet:
            for batch in batches(rows(db, table, names)):
                plain.writerows([safe(value) for value in record] for record in batch)
                as_json.write(("\n" if count == 0 else ",\n") + ",\n".join(map(line, batch)))
                as_parquet.write_table(_arrow(schema, batch))
                count += len(batch)
        as_json.write("\n]\n")
    for path in paths.values():
        folder.written(path)
    return count


def _arrow(schema: pa.Schema, batch: list[tuple[Any, ...]]) -> pa.Table:
    """Rows as stored in SQLite → the model's types: ISO text to times and dates, 0/1 to truth values."""
    made = [_column(field, [record[at] for record in batch]) for at, field in enumerate(schema)]
    return pa.Table.from_arrays(made, schema=schema)


def _column(field: pa.Field, values: list[Any]) -> pa.Array:
    if pa.types.is_boolean(field.type):
        return pa.array([None if value is None else bool(value) for value in values], pa.bool_())
    if pa.types.is_temporal(field.type):
        return pa.array(values, pa.string()).cast(field.type)
    return pa.array(values, field.type)
