"""The public database: one SQLite file holding exactly the model's tables and a Chinese full-text index.

The file is written beside its target and moved into place whole. Equal tables give equal ordered rows, which is what
`digest` states; SQLite's page layout is not part of it.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from sqlite_utils import Database

from pipeline.errors import SinkrateError
from pipeline.model import TABLES
from pipeline.publish.fts import cut
from pipeline.schema import conform, required_columns, sqlite_columns

PRIMARY_KEYS: dict[str, tuple[str, ...]] = {
    "editions": ("id",),
    "platforms": ("id",),
    "portals": ("id",),
    "complaints": ("id",),
    "sightings": ("complaint", "seen_at", "record_digest"),
    "cases": ("id",),
    "events": ("id",),
    "replies": ("id",),
    "templates": ("id",),
    "campaigns": ("id",),
    "merges": ("id",),
    "scorecards": ("edition", "platform", "horizon", "slice", "measure"),
    "notices": ("platform", "found_on"),
    "statements": ("id",),
    "corrections": ("id",),
    "findings": ("id",),
    "tombstones": ("complaint",),
    "coverage": ("portal", "scope"),
    "crawls": ("portal", "run"),
    "outcomes": ("case_id", "horizon"),
    "portal_outcomes": ("case_id", "portal"),
    "conduct": ("case_id",),
    "curves": ("platform", "days"),
    "bands": ("platform",),
    "funnel": ("platform",),
    "flags": ("flag", "platform"),
    "money": ("platform", "rung"),
    "robustness": ("platform", "definition"),
    "portal_scores": ("portal", "measure"),
    "claims": ("portal", "platform", "measure"),
    "radar": ("platform", "issue", "week"),
    "notice_simulation": ("rho", "true_rate", "per_month"),
    "mirror": ("platform",),
    "platform_ids": ("old_id",),
    "platform_facts": ("id",),
    "taxonomy": ("kind", "code"),
    "typical_cases": ("platform", "topic"),
}
# table → column → table whose `id` it holds; scorecards.platform may be `*`, merges.into names a case or a campaign
FOREIGN_KEYS: dict[str, dict[str, str]] = {
    "complaints": {"portal": "portals", "platform": "platforms", "case_id": "cases", "campaign_id": "campaigns"},
    "sightings": {"complaint": "complaints"},
    "cases": {"platform": "platforms", "campaign_id": "campaigns"},
    "events": {"complaint": "complaints"},
    "replies": {
        "id": "events",
        "complaint": "complaints",
        "case_id": "cases",
        "platform": "platforms",
        "template": "templates",
    },
    "templates": {"platform": "platforms"},
    "campaigns": {"platform": "platforms"},
    "merges": {"left": "complaints", "right": "complaints"},
    "scorecards": {"edition": "editions"},
    "notices": {"platform": "platforms"},
    "statements": {"platform": "platforms"},
    "findings": {"portal": "portals"},
    "tombstones": {"complaint": "complaints", "platform": "platforms"},
    "coverage": {"portal": "portals"},
    "crawls": {"portal": "portals"},
    "outcomes": {"case_id": "cases", "platform": "platforms"},
    "portal_outcomes": {"case_id": "cases", "portal": "portals"},
    "conduct": {"case_id": "cases", "platform": "platforms"},
    "bands": {"platform": "platforms"},
    "funnel": {"platform": "platforms"},
    "flags": {"platform": "platforms"},
    "portal_scores": {"portal": "portals"},
    "claims": {"portal": "portals", "platform": "platforms"},
    "radar": {"platform": "platforms"},
    "mirror": {"platform": "platforms"},
    "platform_ids": {"platform": "platforms"},
    "platform_facts": {"platform": "platforms"},
    "typical_cases": {"platform": "platforms", "case_id": "cases"},
}
# besides the keys: what pages, canned queries and the numbers' own SQL ask for
INDEXES: dict[str, tuple[tuple[str, ...], ...]] = {
    "complaints": (
        ("filed_at",),
        ("platform", "filed_at"),
        ("case_id",),
        ("campaign_id",),
        ("ref",),
        ("portal", "standing"),
    ),
    "cases": (
        ("platform", "in_headline", "rung"),
        ("in_headline", "platform", "rung"),
        ("platform", "t0"),
        ("rung", "t0"),
        ("campaign_id",),
    ),
    "events": (("complaint", "seq"), ("kind",)),
    "replies": (("complaint", "at"), ("case_id",), ("platform", "label"), ("template",), ("label", "at")),
    "templates": (("platform", "n_replies"), ("n_replies",)),
    "campaigns": (("platform",),),
    "merges": (("into",), ("left",), ("right",)),
    "scorecards": (("measure", "slice", "horizon"), ("platform", "measure")),
    "statements": (("platform",),),
    "findings": (("kind", "stage"), ("portal",)),
    "tombstones": (("gone_at",), ("platform",)),
    "outcomes": (("horizon", "in_headline", "platform", "rung"), ("platform", "horizon", "rung")),
    "conduct": (("platform", "in_headline"), ("in_headline", "cause")),
    "bands": (("band",),),
    "radar": (("flagged", "week"),),
    "platform_facts": (("platform", "kind"),),
    "typical_cases": (("case_id",),),
}
# rows are stored in key order, but complaints by time: walking rowids backwards gives the newest first
ORDER: dict[str, tuple[str, ...]] = {"complaints": ("filed_at", "id")}
FTS_TABLE, FTS_COLUMNS = "complaints_fts", ("title", "excerpt")
_BATCH = 20_000
_OFFSET = pa.scalar(8 * 3600, pa.duration("s"))


def write_database(path: Path, tables: Mapping[str, pa.Table]) -> None:
    """Write all tables of the model to `path`, replacing what is there.

    A missing table, column or value raises ValueError; a key that points nowhere or a damaged file raises
    SinkrateError. Nothing is left at `path` unless everything held.
    """
    if missing := [name for name in TABLES if name not in tables]:
        raise ValueError(f"tables missing: {', '.join(missing)}")
    aside = path.with_name(f".{path.name}.part")
    aside.unlink(missing_ok=True)
    try:
        _fill(aside, tables)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def _ordered(name: str, table: pa.Table) -> pa.Table:
    """The rows in the order they are stored; sorting is left out where they come so."""
    keys = ORDER.get(name, PRIMARY_KEYS[name])
    if _is_ordered([table[key] for key in keys]):
        return table
    return table.take(pc.sort_indices(table, sort_keys=[(key, "ascending", "at_start") for key in keys]))


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


def _fill(path: Path, tables: Mapping[str, pa.Table]) -> None:
    """A finished database at `path`, flushed to disk."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        _create(connection)
        connection.execute("BEGIN")
        for name in TABLES:
            _insert(
                connection, name, _ordered(name, conform(tables[name], TABLES[name]))
            )  # one table in memory at a time
        _index_text(connection)
        connection.execute("COMMIT")
        _index(connection)
        _check(connection)
        connection.execute("ANALYZE")
    finally:
        connection.close()
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _create(connection: sqlite3.Connection) -> None:
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


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Times as ISO text at +08:00 with seconds, dates as ISO text, booleans as 0/1; the rest as it is."""
    if pa.types.is_timestamp(column.type):
        local = pc.add(pc.cast(column, pa.timestamp("s"), safe=False), _OFFSET)
        clock = pc.replace_substring(pc.cast(local, pa.string()), " ", "T")
        return pc.binary_join_element_wise(clock, "+08:00", "")
    if pa.types.is_date(column.type):
        return pc.cast(column, pa.string())
    return pc.cast(column, pa.int8()) if pa.types.is_boolean(column.type) else column


def _rows(table: pa.Table) -> Iterator[tuple[object, ...]]:
    for start in range(0, table.num_rows, _BATCH):
        part = table.slice(start, _BATCH)
        yield from zip(*(_text(column).to_pylist() for column in part.columns), strict=True)


def _insert(connection: sqlite3.Connection, name: str, table: pa.Table) -> None:
    marks = ", ".join("?" * table.num_columns)
    try:
        connection.executemany(f'INSERT INTO "{name}" VALUES ({marks})', _rows(table))
    except sqlite3.IntegrityError as error:
        raise SinkrateError(f"{name}: {error}; two rows share a key ({', '.join(PRIMARY_KEYS[name])})") from error


def _index_text(connection: sqlite3.Connection) -> None:
    columns = ", ".join(FTS_COLUMNS)
    texts = connection.execute(f"SELECT rowid, {columns} FROM complaints ORDER BY rowid")
    rows = ((rowid, *map(cut, parts)) for rowid, *parts in texts)
    connection.executemany(f"INSERT INTO {FTS_TABLE}(rowid, {columns}) VALUES (?, ?, ?)", rows)
    connection.execute(f"INSERT INTO {FTS_TABLE}({FTS_TABLE}) VALUES ('optimize')")


def _index(connection: sqlite3.Connection) -> None:
    database = Database(connection, execute_plugins=False)
    for name, indexes in INDEXES.items():
        for columns in indexes:
            database.table(name).create_index(columns)


def _check(connection: sqlite3.Connection) -> None:
    """Raise SinkrateError when the file is damaged or a key points nowhere. `sinkrate check` looks at the indexes too."""
    verdict = connection.execute("PRAGMA quick_check(5)").fetchall()
    if verdict != [("ok",)]:
        raise SinkrateError(f"the database is damaged: {verdict}")
    for table, rowid, other, number in connection.execute("PRAGMA foreign_key_check").fetchall()[:1]:
        column = {row[0]: row[3] for row in connection.execute(f'PRAGMA foreign_key_list("{table}")')}[number]
        (value,) = connection.execute(f'SELECT "{column}" FROM "{table}" WHERE rowid = ?', (rowid,)).fetchone()
        raise SinkrateError(f"{table}.{column} holds {value!r}, which is not in {other}: publish both or neither")


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
