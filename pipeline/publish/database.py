"""The public database: one SQLite file holding exactly the model's tables and a Chinese full-text index.

The file is written beside its target and moved into place whole. Equal tables give equal ordered rows, which is what
`digest` states; SQLite's page layout is not part of it.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import pyarrow as pa

from pipeline.batches import Workers
from pipeline.errors import SinkrateError
from pipeline.model import TABLES
from pipeline.publish.amending import Last, amend
from pipeline.publish.keys import INDEXES, PRIMARY_KEYS
from pipeline.publish.loading import join, load, opened
from pipeline.publish.pointing import check_keys, nowhere
from pipeline.publish.shelf import Shelf

LARGE = 200_000
"""Rows from which on two files are filled at once and joined."""
_TEXT_WEIGHT = 30
"""A complaint's words in the full-text index cost as much as so many rows."""


def write_database(
    path: Path, tables: Mapping[str, pa.Table], workers: Workers | None = None, before: Last | None = None
) -> None:
    """Write all tables of the model to `path`, replacing what is there; from the last edition's database if given.

    A missing table, column or value raises ValueError; a key that points nowhere or a damaged file raises
    SinkrateError. Nothing is left at `path` unless everything held.
    """
    if missing := [name for name in TABLES if name not in tables]:
        raise ValueError(f"tables missing: {', '.join(missing)}")
    halves = _halves(tables)
    parts = [path.with_name(f".{path.name}.part{place or ''}") for place in range(len(halves))]
    for part in parts:
        part.unlink(missing_ok=True)
    try:
        if before and isinstance(tables, Shelf):
            amend(parts[0], before, tables)
            _flush(parts[0])
            parts[0].replace(path)
            return
        if isinstance(tables, Shelf):
            check_keys(tables)
        tasks = list(zip(parts, halves, strict=True))
        for _ in (workers or Workers(0)).map(partial(_load, tables=tables), tasks, apart=len(tasks) > 1):
            pass
        _finish(tasks)
        parts[0].replace(path)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)


def _load(task: tuple[Path, Sequence[str]], tables: Mapping[str, pa.Table]) -> None:
    load(*task, tables)


def _halves(tables: Mapping[str, pa.Table]) -> list[list[str]]:
    """The tables in two parts of about equal work, the larger first; one part where there is little to do."""
    if not isinstance(tables, Shelf) or sum(tables.rows(name) for name in TABLES) < LARGE:
        return [list(TABLES)]
    work = {name: tables.rows(name) * (2 + len(INDEXES.get(name, ()))) for name in TABLES}
    work["complaints"] += tables.rows("complaints") * _TEXT_WEIGHT
    halves: list[list[str]] = [[], []]
    for name in sorted(TABLES, key=lambda name: -work[name]):
        min(halves, key=lambda half: sum(work[one] for one in half)).append(name)
    return halves


def _finish(parts: Sequence[tuple[Path, Sequence[str]]]) -> None:
    """The first file with the tables of all, flushed to disk."""
    path = parts[0][0]
    connection = opened(path)
    try:
        for other, names in parts[1:]:
            join(connection, other, names)
        if len(parts) == 1:
            _check_keys(connection)
    finally:
        connection.close()
    _flush(path)


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _check_keys(connection: sqlite3.Connection) -> None:
    """Raise SinkrateError when a key points nowhere."""
    for table, rowid, other, number in connection.execute("PRAGMA foreign_key_check").fetchall()[:1]:
        column = {row[0]: row[3] for row in connection.execute(f'PRAGMA foreign_key_list("{table}")')}[number]
        (value,) = connection.execute(f'SELECT "{column}" FROM "{table}" WHERE rowid = ?', (rowid,)).fetchone()
        raise SinkrateError(nowhere(table, column, other, value))


def digest(path: Path) -> str:
    """SHA-256 over the tables of the model in name order: columns, then rows in key order, as compact JSON lines."""
    seal = hashlib.sha256()
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        for name in sorted(TABLES):
            keys = ", ".join(f'"{key}"' for key in PRIMARY_KEYS[name])
            rows = connection.execute(f'SELECT * FROM "{name}" ORDER BY {keys}')
            seal.update(_line([name, *(column[0] for column in rows.description)]))
            for row in rows:
                seal.update(_line(row))
    finally:
        connection.close()
    return seal.hexdigest()


def _line(values: object) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode("utf8") + b"\n"
