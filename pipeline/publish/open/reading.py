"""The public database as open data reads it: rows of a table in key order, the edition, the platforms."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import BadInput
from pipeline.model import TABLES
from pipeline.publish.keys import PRIMARY_KEYS

Row = dict[str, Any]
# method §8: what people and platforms wrote stays on the pages; files carry facts and links
BODIES = frozenset({
    ("complaints", "title"), ("complaints", "excerpt"), ("replies", "excerpt"), ("campaigns", "title"), ("typical_cases", "excerpt"),
})  # fmt: skip
MARKET = "*"
BATCH = 20_000


@contextmanager
def opened(database: Path) -> Iterator[sqlite3.Connection]:
    """The database, read only; rows are sqlite3.Row."""
    if not database.is_file():
        raise BadInput(f"{database} does not exist: run `sinkrate run` first")
    connection = sqlite3.connect(f"{database.resolve().as_uri()}?immutable=1", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        yield connection
    finally:
        connection.close()


def columns(table: str, bodies: bool = False) -> list[str]:
    """A table's columns; those that hold somebody's words only with `bodies`."""
    return [name for name in TABLES[table].model_fields if bodies or (table, name) not in BODIES]


def rows(db: sqlite3.Connection, table: str, names: list[str]) -> Iterator[tuple[Any, ...]]:
    """Rows in primary-key order, values as stored."""
    # named with its table: a name alone that is no column would be a text to SQLite
    listed, keys = (", ".join(f't."{name}"' for name in part) for part in (names, PRIMARY_KEYS[table]))
    cursor = db.execute(f'SELECT {listed} FROM "{table}" t ORDER BY {keys}')
    cursor.row_factory = None
    return cursor


def batches(records: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    while batch := [record for _, record in zip(range(BATCH), records, strict=False)]:
        yield batch


@dataclass(frozen=True)
class Facts:
    """What most files of open data need."""

    edition: Row
    platforms: list[Row]
    scores: dict[str, dict[tuple[str, str, str], Row]]
    site_url: str

    @property
    def id(self) -> str:
        return str(self.edition["id"])

    @property
    def as_of(self) -> str:
        """2026-11-20T12:00:00+08:00"""
        return str(self.edition["as_of"])

    @property
    def day(self) -> str:
        return self.as_of[:10]

    @property
    def invented(self) -> bool:
        return any(platform["invented"] for platform in self.platforms)

    def url(self, path: str) -> str:
        """The absolute address where the site's own is known, else the path alone."""
        return f"{self.site_url}{path}"

    def score(self, platform: str, measure: str, horizon: str = "30d", slice_: str = "all") -> Row | None:
        return self.scores.get(platform, {}).get((horizon, slice_, measure))


def read_facts(db: sqlite3.Connection, site_url: str) -> Facts:
    """Edition, platforms with at least one number, all scorecards."""
    edition = dict(db.execute("SELECT * FROM editions ORDER BY as_of DESC LIMIT 1").fetchone())
    scores: dict[str, dict[tuple[str, str, str], Row]] = {}
    for row in db.execute(
        "SELECT * FROM scorecards WHERE edition = ? ORDER BY platform, slice, horizon, measure", (edition["id"],)
    ):
        scores.setdefault(row["platform"], {})[row["horizon"], row["slice"], row["measure"]] = dict(row)
    known = [dict(row) for row in db.execute("SELECT * FROM platforms ORDER BY id")]
    return Facts(edition, [platform for platform in known if platform["id"] in scores], scores, site_url.rstrip("/"))
