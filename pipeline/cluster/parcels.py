"""What crosses the cluster: Arrow tables as parcels, each for one bucket. A parcel is a row (bucket, name, data).

`data` is an Arrow stream, so every type arrives as it left, whatever Spark makes of it; Spark moves and keeps few rows.
"""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

COLUMNS = "bucket int, name string, data binary"
"""The rows as Spark declares them."""
SCHEMA = pa.schema([("bucket", pa.int32()), ("name", pa.string()), ("data", pa.binary())])
ROWS = 4_000
"""Most rows of a table in one parcel: a few megabytes."""
_OPTIONS = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", 1))


@dataclass(frozen=True)
class Parcel:
    """Some rows of a named table, for a bucket."""

    name: str
    table: pa.Table
    bucket: int = 0


def packed(parcel: Parcel) -> Iterator[pa.RecordBatch]:
    """Rows to send; an empty table is sent too, for its schema."""
    for start in range(0, max(parcel.table.num_rows, 1), ROWS):
        row = ([parcel.bucket], [parcel.name], [_stream(parcel.table.slice(start, ROWS))])
        yield pa.record_batch([pa.array(value, field.type) for value, field in zip(row, SCHEMA, strict=True)], SCHEMA)


def _stream(table: pa.Table) -> bytes:
    """Columns may be null whatever they hold: what DuckDB and Parquet say of it differs from bucket to bucket."""
    table = table.cast(pa.schema([column.with_nullable(True) for column in table.schema]))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=_OPTIONS) as writer:
        writer.write_table(table.combine_chunks())
    return bytes(sink.getvalue())


def opened(data: bytes) -> pa.Table:
    """The table of one parcel."""
    return pa.ipc.open_stream(data).read_all()


def unpacked(batches: Iterable[pa.RecordBatch]) -> dict[str, pa.Table]:
    """The tables of all parcels by name, rows in the order the parcels came in."""
    found: dict[str, list[pa.Table]] = {}
    for batch in batches:
        for name, data in zip(batch["name"].to_pylist(), batch["data"].to_pylist(), strict=True):
            found.setdefault(name, []).append(opened(data))
    return {name: pa.concat_tables(tables).combine_chunks() for name, tables in found.items()}


def scattered(
    name: str, table: pa.Table, buckets: npt.NDArray[np.int64], every: Iterable[int] = ()
) -> Iterator[Parcel]:
    """A parcel for each bucket that has rows, and for `every` one named, the rows in order."""
    order = np.argsort(buckets, kind="stable")
    whole, placed = table.take(pa.array(order)), buckets[order]
    for number in sorted({*every, *np.unique(placed).tolist()}):
        start, end = np.searchsorted(placed, [number, number + 1]).tolist()
        yield Parcel(name, whole.slice(start, end - start), number)


def bucket_of(keys: pa.ChunkedArray | pa.Array, buckets: int) -> npt.NDArray[np.int64]:
    """The bucket of each text: the same on every machine, at any time."""
    coded = (keys.combine_chunks() if isinstance(keys, pa.ChunkedArray) else keys).dictionary_encode()
    numbers = np.array([zlib.crc32(key.encode()) % buckets for key in coded.dictionary.to_pylist()], np.int64)
    return numbers[coded.indices.to_numpy(zero_copy_only=False)] if len(coded) else np.empty(0, np.int64)
