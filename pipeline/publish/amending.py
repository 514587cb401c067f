"""The last edition's database, brought to a new edition's rows: what a day changes costs what the day is worth.

The rows, the words found and the order of rowids are those of a database written anew; the file's layout is not.
"""

import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.code import code_digest
from pipeline.engine import quoted, scratch
from pipeline.model import TABLES
from pipeline.publish.cutting import cut_all
from pipeline.publish.keys import FTS_COLUMNS, FTS_TABLE, ORDER, PRIMARY_KEYS
from pipeline.publish.loading import GAP, index, insert, opened, rows_of
from pipeline.publish.pointing import check_keys
from pipeline.publish.shelf import Shelf
from pipeline.schema import conform

MADE_BY = ("pipeline/publish/keys.py", "pipeline/publish/loading.py", "pipeline/publish/fts.py", "pipeline/model")
"""Whose code decides how a database looks: after a change it is written anew."""
WHOLE = 0.3
"""From this share of changed rows on a table is filled anew."""
SPARE = 4
"""Rows placed anew because a gap was too narrow lie so far apart at least."""

_DIFFERS = " OR ".join(f'n."{column}" IS DISTINCT FROM o."{column}"' for column in ORDER["complaints"])
_WORDS = ", ".join(f'"{column}"' for column in FTS_COLUMNS)
_REWORDED = " OR ".join(
    f'n."{column}" IS DISTINCT FROM o."{column}"' for column in (*FTS_COLUMNS, *ORDER["complaints"])
)
# complaints that stand at another place in the order than they did
_MOVED = f"SELECT id FROM new_complaints n JOIN old_complaints o USING (id) WHERE {_DIFFERS}"
_IN_ORDER = "SELECT id FROM new_complaints ORDER BY " + ", ".join(
    f'"{column}" NULLS FIRST' for column in ORDER["complaints"]
)
# words to take out of the full-text index and to put into it
_UNSAID = f"SELECT id, {_WORDS} FROM old_complaints o WHERE id IN (SELECT id FROM leaving) OR id IN (SELECT n.id FROM changed n JOIN old_complaints o ON n.id = o.id WHERE {_REWORDED})"
_SAID = f"""
    SELECT n.id, {", ".join("n." + column for column in FTS_COLUMNS)} FROM changed n LEFT JOIN old_complaints o ON n.id = o.id
    WHERE o.id IS NULL OR n.id IN (SELECT id FROM leaving) OR {_REWORDED}
"""
_MOVED_ONLY = "SELECT * FROM new_complaints WHERE id IN (SELECT id FROM moved) AND id NOT IN (SELECT id FROM altered)"
Ints = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True)
class Last:
    """The tables of the last edition and its database."""

    tables: Shelf
    database: Path


def keep(folder: Path, tables: Shelf) -> None:
    """Remember the tables a database was made of, for `last`. A crash in between leaves nothing to go by."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in tables:
        (folder / tables.path(name).name).hardlink_to(tables.path(name))
    (folder / "made_by").write_text(code_digest(*MADE_BY))


def last(folder: Path, database: Path) -> Last | None:
    """What `keep` remembered, if it is of this database and of today's code."""
    made_by, tables = folder / "made_by", Shelf(folder)
    if not (made_by.is_file() and made_by.read_text() == code_digest(*MADE_BY) and database.is_file()):
        return None
    with sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True) as db:
        shown = db.execute("SELECT id FROM editions").fetchone()[0]
    return Last(tables, database) if shown == _edition(tables) else None


def _edition(tables: Shelf) -> str:
    return str(tables.column("editions", "id")[0].as_py())


def amend(path: Path, before: Last, tables: Shelf) -> None:
    """Write the database of `tables` to `path` from the last one.

    A key that points nowhere raises SinkrateError. The file is a copy of one that was checked and is not read through again.
    """
    check_keys(tables)
    with scratch() as db:
        for name in TABLES:
            _show(db, name, before.tables, tables)
        shutil.copyfile(before.database, path)
        connection = opened(path)
        try:
            connection.execute("BEGIN")
            for name in TABLES:
                _amend(db, connection, name, tables)
            connection.execute("COMMIT")
        finally:
            connection.close()


def _show(db: duckdb.DuckDBPyConnection, name: str, before: Shelf, tables: Shelf) -> None:
    """Views `old_NAME` and `new_NAME`; the old one under the new edition's id."""
    edition = f"REPLACE ('{_edition(tables)}' AS edition)" if "edition" in TABLES[name].model_fields else ""
    db.execute(f"CREATE VIEW old_{name} AS SELECT * {edition} FROM read_parquet({quoted(before.path(name))})")
    db.execute(f"CREATE VIEW new_{name} AS SELECT * FROM read_parquet({quoted(tables.path(name))})")


def _amend(db: duckdb.DuckDBPyConnection, connection: sqlite3.Connection, name: str, tables: Shelf) -> None:
    """Bring one table to its new rows."""
    if "edition" in TABLES[name].model_fields:
        connection.execute(f'UPDATE "{name}" SET edition = ?', (_edition(tables),))
    changed, gone = _changes(db, name)
    if name == "complaints":
        _amend_complaints(db, connection, changed, gone)
    elif changed.num_rows + gone.num_rows > WHOLE * tables.rows(name):
        _fill_anew(connection, name, tables)
    else:
        _delete(connection, name, gone)
        _put(connection, name, changed)


def _changes(db: duckdb.DuckDBPyConnection, name: str) -> tuple[pa.Table, pa.Table]:
    """Rows that are new or not as they were, in key order, and the keys that are gone."""
    keys = PRIMARY_KEYS[name]
    same = " AND ".join(f'n."{key}" IS NOT DISTINCT FROM o."{key}"' for key in keys)
    columns = [
        f'n."{column}" IS DISTINCT FROM o."{column}"' for column in TABLES[name].model_fields if column not in keys
    ]
    differs = " OR ".join([f'o."{keys[0]}" IS NULL', *columns])
    names = ", ".join(f'"{key}"' for key in keys)
    ordered = ", ".join(f'n."{key}"' for key in keys)
    changed = f"SELECT n.* FROM new_{name} n LEFT JOIN old_{name} o ON {same} WHERE {differs} ORDER BY {ordered}"
    gone = f"SELECT {names} FROM old_{name} o ANTI JOIN new_{name} n ON {same} ORDER BY {names}"
    return conform(db.sql(changed).to_arrow_table(), TABLES[name]), db.sql(gone).to_arrow_table()


def _fill_anew(connection: sqlite3.Connection, name: str, tables: Shelf) -> None:
    """All rows once more, the indexes made afterwards."""
    for (one,) in connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL", (name,)
    ).fetchall():
        connection.execute(f'DROP INDEX "{one}"')
    connection.execute(f'DELETE FROM "{name}"')
    insert(connection, name, tables)
    index(connection, [name])


def _delete(connection: sqlite3.Connection, name: str, keys: pa.Table) -> None:
    where = " AND ".join(f'"{key}" IS ?' for key in keys.column_names)
    connection.executemany(f'DELETE FROM "{name}" WHERE {where}', rows_of([keys]))


def _put(connection: sqlite3.Connection, name: str, rows: pa.Table) -> None:
    """Insert rows, or update those whose key is there: their rowid stays."""
    columns = rows.column_names
    names, marks = ", ".join(f'"{column}"' for column in columns), ", ".join("?" * len(columns))
    keys = ", ".join(f'"{key}"' for key in PRIMARY_KEYS[name])
    rest = [column for column in columns if column not in (*PRIMARY_KEYS[name], "rowid")]
    updates = ", ".join(f'"{column}" = excluded."{column}"' for column in rest)
    conflict = f"DO UPDATE SET {updates}" if rest else "DO NOTHING"
    connection.executemany(
        f'INSERT INTO "{name}" ({names}) VALUES ({marks}) ON CONFLICT ({keys}) {conflict}', rows_of([rows])
    )


def _amend_complaints(
    db: duckdb.DuckDBPyConnection, connection: sqlite3.Connection, changed: pa.Table, gone: pa.Table
) -> None:
    """Complaints and their words; new ones take rowids between those of their neighbours."""
    reordered = db.sql(_MOVED).to_arrow_table()
    order = db.sql(_IN_ORDER).to_arrow_table()["id"].combine_chunks()
    places = dict(connection.execute("SELECT id, rowid FROM complaints"))
    for one in reordered["id"].to_pylist():
        del places[one]
    stood = np.array([places.get(one, 0) for one in order.to_pylist()], np.int64)
    known = _with_room(stood)
    moved = pa.table({"id": order.filter(pa.array((stood > 0) & (known == 0)))})
    leaving = pa.concat_tables([gone, reordered, moved])
    for name, table in {"moved": moved, "leaving": leaving, "altered": changed}.items():
        db.register(name, table)
    changed = pa.concat_tables([changed, conform(db.sql(_MOVED_ONLY).to_arrow_table(), TABLES["complaints"])])
    db.register("changed", changed)
    _forget(connection, db.sql(_UNSAID).to_arrow_table())
    _delete(connection, "complaints", leaving)
    rowids = _rowids(known)
    fresh = pc.is_in(changed["id"], order.filter(pa.array(known == 0)))
    _put(connection, "complaints", changed.filter(pc.invert(fresh)))
    new = changed.filter(fresh)
    _put(connection, "complaints", new.append_column("rowid", _placed(rowids, order, new["id"])))
    said = db.sql(_SAID).to_arrow_table()
    _tell(connection, f"INSERT INTO {FTS_TABLE}(rowid, ", _placed(rowids, order, said["id"]).to_pylist(), said)


def _placed(rowids: Ints, order: pa.Array, ids: pa.ChunkedArray) -> pa.Array:
    return pa.array(rowids).take(pc.index_in(ids, order).combine_chunks())


def _forget(connection: sqlite3.Connection, known: pa.Table) -> None:
    """Take words out of the full-text index, as they stood."""
    find = "SELECT rowid FROM complaints WHERE id = ?"
    rowids = [connection.execute(find, (one,)).fetchone()[0] for one in known["id"].to_pylist()]
    _tell(connection, f"INSERT INTO {FTS_TABLE}({FTS_TABLE}, rowid, ", rowids, known, "'delete', ")


def _tell(connection: sqlite3.Connection, head: str, rowids: list[int], said: pa.Table, first: str = "") -> None:
    texts = zip(rowids, *(cut_all(said[column].to_pylist()) for column in FTS_COLUMNS), strict=True)
    marks = ", ".join("?" * (1 + len(FTS_COLUMNS)))
    connection.executemany(f"{head}{', '.join(FTS_COLUMNS)}) VALUES ({first}{marks})", texts)


def _with_room(known: Ints) -> Ints:
    """The rowids that can stay, in the order of the rows, 0 where a row needs one: its gap is too narrow for those that come."""
    known = known.copy()
    needing = np.flatnonzero(known == 0)
    for run in np.split(needing, np.flatnonzero(np.diff(needing) > 1) + 1):
        if len(run):
            low, high = _wide(known, int(run[0]) - 1, int(run[-1]) + 1)
            known[low + 1 : high] = 0
    return known


def _wide(known: Ints, low: int, high: int) -> tuple[int, int]:
    """The nearest rows around a run with as much room between them as it needs; −1 and the number of rows at the ends."""
    spare = 1
    while high < len(known):
        held = known[high] > 0 and (low < 0 or known[low] > 0)
        if held and known[high] - (known[low] if low >= 0 else 0) >= spare * (high - low):
            break
        spare = SPARE
        low, high = (low - 1, high) if low >= 0 and (high - low) % 2 else (low, high + 1)
    while low >= 0 and known[low] == 0:
        low -= 1
    return low, high


def _rowids(known: Ints) -> Ints:
    """Ascending rowids in the order of the rows, 0 where there is none yet; there must be room (`_with_room`)."""
    held = np.flatnonzero(known)
    ends = np.append(known[held], (known[held[-1]] if len(held) else 0) + GAP * (len(known) + 1))
    before = np.searchsorted(held, np.arange(len(known)), side="left")
    low = np.append(0, ends)[before]
    place = np.arange(len(known)) - np.append(-1, held)[before]
    room = np.append(held, len(known))[before] - np.append(-1, held)[before]
    step = np.minimum(GAP, (ends[before] - low) / room)  # no wider than at first: the rest is for rows of later days
    return np.where(known > 0, known, low + (place * step).astype(np.int64))
