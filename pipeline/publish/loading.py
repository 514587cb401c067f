"""Rows of some public tables → an SQLite file with their indexes and, beside `complaints`, the full-text index."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlite_utils import Database

from pipeline.errors import SinkrateError
from pipeline.model import TABLES
from pipeline.publish.cutting import cut_all
from pipeline.publish.keys import FOREIGN_KEYS, FTS_COLUMNS, FTS_TABLE, INDEXES, ORDER, PRIMARY_KEYS
from pipeline.publish.shelf import Shelf
from pipeline.schema import conform, required_columns, sqlite_columns

BULK = find_spec("adbc_driver_sqlite") is not None
"""Whether Arrow's own driver is installed; without it rows go in one by one, at a third of the speed."""
_BATCH = 20_000
_CACHE_KB, _THREADS = 200_000, 2
_HASH_BYTES = 64 << 20
"""How much of the full-text index is gathered in memory before it is written: few pieces to merge."""
_PRAGMAS = (
    "journal_mode = OFF",
    "synchronous = OFF",
    f"cache_size = -{_CACHE_KB}",
    f"threads = {_THREADS}",
    "secure_delete = OFF",
)
_OFFSET = pa.scalar(8 * 3600, pa.duration("s"))
GAP = 64
"""Between the rowids of a table with an order: room for rows that come later."""
WIDE = GAP << 18
"""Behind a portal's last row without a time: all it adds without one belong there."""


def load(path: Path, names: Sequence[str], tables: Mapping[str, pa.Table]) -> None:
    """A new file at `path` with every table of the model, those of `names` filled and indexed; checked, with statistics, not flushed."""
    connection = opened(path)
    try:
        create(connection)
        for name in names:
            _fill(connection, path, name, tables)
            if name == "complaints":
                connection.execute("BEGIN")
                _index_text(connection)
                connection.execute("COMMIT")
        index(connection, names)
        _check(connection)
        connection.execute("ANALYZE")
    finally:
        connection.close()


def _fill(connection: sqlite3.Connection, path: Path, name: str, tables: Mapping[str, pa.Table]) -> None:
    """All rows of a table into a file that nobody else has open."""
    if BULK:
        _ingest(path, name, tables)
        return
    connection.execute("BEGIN")
    insert(connection, name, tables)
    connection.execute("COMMIT")


def _ingest(path: Path, name: str, tables: Mapping[str, pa.Table]) -> None:
    """All rows of a table by Arrow's own driver."""
    from adbc_driver_sqlite import dbapi

    with dbapi.connect(str(path), autocommit=True) as bulk, bulk.cursor() as cursor:
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.execute("BEGIN")
        try:
            for piece in _pieces(name, tables):
                texts = pa.table([_text(column) for column in piece.columns], names=piece.column_names)
                cursor.adbc_ingest(name, texts, mode="append")
        except dbapi.Error as error:
            raise SinkrateError(_two_rows(name, error)) from error
        cursor.execute("COMMIT")


def opened(path: Path) -> sqlite3.Connection:
    """A connection for writing in bulk a file that nobody reads yet: no journal, nothing flushed."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _check(connection: sqlite3.Connection) -> None:
    """Raise SinkrateError when the file is damaged. `sinkrate check` looks at the indexes too."""
    verdict = connection.execute("PRAGMA quick_check(5)").fetchall()
    if verdict != [("ok",)]:
        raise SinkrateError(f"the database is damaged: {verdict}")


def create(connection: sqlite3.Connection) -> None:
    """All tables of the model, empty, and the full-text index."""
    database = Database(connection, execute_plugins=False)
    graph = {name: set(FOREIGN_KEYS.get(name, {}).values()) for name in TABLES}
    for name in TopologicalSorter(graph).static_order():
        model, keys = TABLES[name], PRIMARY_KEYS[name]
        database.table(name).create(
            sqlite_columns(model),
            pk=keys[0] if len(keys) == 1 else keys,
            foreign_keys=[(column, other, "id") for column, other in FOREIGN_KEYS.get(name, {}).items()],
            not_null=required_columns(model),
        )
    columns = ", ".join(FTS_COLUMNS)
    connection.execute(f"CREATE VIRTUAL TABLE {FTS_TABLE} USING fts5({columns}, content='', tokenize='unicode61')")


def join(connection: sqlite3.Connection, other: Path, names: Sequence[str]) -> None:
    """Take over the tables of another file that `load` made; pages' rows are copied as they lie, indexes too."""
    index(connection, names)
    connection.execute("ATTACH ? AS other", (str(other),))
    connection.execute("BEGIN")
    for name in names:
        connection.execute(f'INSERT INTO main."{name}" SELECT * FROM other."{name}"')
        connection.execute("DELETE FROM main.sqlite_stat1 WHERE tbl = ?", (name,))
        connection.execute("INSERT INTO main.sqlite_stat1 SELECT * FROM other.sqlite_stat1 WHERE tbl = ?", (name,))
    connection.execute("COMMIT")
    connection.execute("DETACH other")


def _ordered(name: str, tables: Mapping[str, pa.Table]) -> Iterable[pa.Table]:
    """The rows in the order they are stored, in pieces; one piece where they must be sorted first."""
    keys = ORDER.get(name, PRIMARY_KEYS[name])
    if isinstance(tables, Shelf) and _is_ordered([tables.column(name, key) for key in keys]):
        yield from tables.pieces(name)
        return
    table = conform(tables[name], TABLES[name])
    if not _is_ordered([table[key] for key in keys]):
        table = table.take(pc.sort_indices(table, sort_keys=[(key, "ascending", "at_start") for key in keys]))
    yield table


def _is_ordered(columns: list[pa.ChunkedArray]) -> bool:
    """Whether no row comes before the one above it; columns with a null say no."""
    if any(column.null_count for column in columns):
        return False
    later = pa.array([False] * max(len(columns[0]) - 1, 0), pa.bool_())
    same = pc.invert(later)
    for column in columns:
        above, below = column.slice(0, max(len(column) - 1, 0)), column.slice(1)
        later = pc.or_(later, pc.and_(same, pc.less(above, below)))
        same = pc.and_(same, pc.equal(above, below))
    return bool(pc.all(pc.or_(later, same), min_count=0).as_py())


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Times as ISO text at +08:00 with seconds, dates as ISO text, booleans as 0/1; the rest as it is."""
    if pa.types.is_timestamp(column.type):
        local = pc.add(pc.cast(column, pa.timestamp("s"), safe=False), _OFFSET)
        clock = pc.replace_substring(pc.cast(local, pa.string()), " ", "T")
        return pc.binary_join_element_wise(clock, "+08:00", "")
    if pa.types.is_date(column.type):
        return pc.cast(column, pa.string())
    return pc.cast(column, pa.int8()) if pa.types.is_boolean(column.type) else column


def rows_of(pieces: Iterable[pa.Table]) -> Iterator[tuple[object, ...]]:
    """Rows as SQLite takes them."""
    for table in pieces:
        for start in range(0, table.num_rows, _BATCH):
            part = table.slice(start, _BATCH)
            yield from zip(*(_text(column).to_pylist() for column in part.columns), strict=True)


def insert(connection: sqlite3.Connection, name: str, tables: Mapping[str, pa.Table]) -> None:
    """All rows of a table, in the order they are stored."""
    columns = [*(["rowid"] if name in ORDER else []), *TABLES[name].model_fields]
    names, marks = ", ".join(f'"{column}"' for column in columns), ", ".join("?" * len(columns))
    try:
        connection.executemany(f'INSERT INTO "{name}" ({names}) VALUES ({marks})', rows_of(_pieces(name, tables)))
    except sqlite3.IntegrityError as error:
        raise SinkrateError(_two_rows(name, error)) from error


def _two_rows(name: str, error: Exception) -> str:
    return f"{name}: {str(error).splitlines()[0]}; two rows share a key ({', '.join(PRIMARY_KEYS[name])})"


def _pieces(name: str, tables: Mapping[str, pa.Table]) -> Iterable[pa.Table]:
    """The rows in the order they are stored, with rowids where the order is not the key's."""
    return _spaced(_ordered(name, tables)) if name in ORDER else _ordered(name, tables)


def _spaced(pieces: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """With rowids in order and room between them."""
    last = 0
    for piece in pieces:
        ends = last + np.cumsum(GAP + WIDE * _untimed_end(piece))
        yield piece.add_column(0, "rowid", pa.array(ends - WIDE * _untimed_end(piece)))
        last = int(ends[-1]) if len(ends) else last


def _untimed_end(piece: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Where a row without a time is not followed by another of its portal."""
    untimed = pc.is_null(piece["filed_at"]).to_numpy()
    portal = piece["portal"].combine_chunks().dictionary_encode().indices.to_numpy()
    follows = untimed[1:] & (portal[1:] == portal[:-1])
    ends: np.ndarray[tuple[int], np.dtype[np.bool_]] = untimed & ~np.append(follows, False)
    return ends


def _index_text(connection: sqlite3.Connection) -> None:
    columns = ", ".join(FTS_COLUMNS)
    connection.execute(f"INSERT INTO {FTS_TABLE}({FTS_TABLE}, rank) VALUES ('hashsize', {_HASH_BYTES})")
    texts = connection.execute(f"SELECT rowid, {columns} FROM complaints ORDER BY rowid")
    while rows := texts.fetchmany(_BATCH):
        rowids, *parts = zip(*rows, strict=True)
        tokens = zip(rowids, *map(cut_all, parts), strict=True)
        connection.executemany(f"INSERT INTO {FTS_TABLE}(rowid, {columns}) VALUES (?, ?, ?)", tokens)
    connection.execute(f"INSERT INTO {FTS_TABLE}({FTS_TABLE}) VALUES ('optimize')")


def index(connection: sqlite3.Connection, names: Sequence[str]) -> None:
    database = Database(connection, execute_plugins=False)
    for name in names:
        for columns in INDEXES.get(name, ()):
            database.table(name).create_index(columns)
