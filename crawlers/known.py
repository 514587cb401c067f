"""What earlier runs know of a portal's complaints: an index on disk, made from the run files whenever it is not theirs."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from crawlers.pages import SHANGHAI
from crawlers.schedule import Life, WorkdayDeadline, next_visit
from pipeline.errors import BadInput
from pipeline.paths import Paths
from pipeline.workdays import Calendar

_ENDS = {"confirmed", "withdrawn", "closed", "rejected"}
_TIMER = "auto_completed"
_VERSION = 1  # of the tables and of what they are made by
_TABLES = """
CREATE TABLE files (name TEXT PRIMARY KEY, size INTEGER, changed_ns INTEGER) WITHOUT ROWID;
CREATE TABLE known (ref TEXT PRIMARY KEY, url TEXT, t0 INTEGER, published_on TEXT, seen_at INTEGER, status TEXT,
                    is_gone INTEGER, essence BLOB, due_at INTEGER) WITHOUT ROWID;
CREATE INDEX known_due ON known (due_at) WHERE due_at IS NOT NULL;
"""
_FIELDS = "url, t0, published_on, seen_at, status, is_gone, essence, due_at"
_PUT = f"""
INSERT INTO known (ref, {_FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (ref) DO UPDATE SET ({_FIELDS}) = ({", ".join("excluded." + name for name in _FIELDS.split(", "))})
WHERE excluded.seen_at >= known.seen_at
"""


class Known(NamedTuple):
    """A complaint as earlier runs left it. `due_at`: when the schedule wants it seen again, null for never."""

    url: str
    t0: datetime | None
    published_on: date | None
    seen_at: datetime
    status: str | None
    is_gone: bool
    essence: bytes
    due_at: datetime | None


class KnownIndex(Mapping[str, Known]):
    """Ref → its latest sighting in the runs of a portal; imported rows and the run `without` left out."""

    def __init__(self, folder: Path, without: str, seventh_workday: WorkdayDeadline) -> None:
        self._path = folder.parents[1] / "work" / "crawl" / f"{folder.name}.sqlite"
        self._seventh = seventh_workday
        self._path.parent.mkdir(parents=True, exist_ok=True)
        runs = [path for path in sorted(folder.glob("*.jsonl")) if is_run(path) and path.name != f"{without}.jsonl"]
        try:
            self._db = self._open(runs)
        except sqlite3.DatabaseError:  # a damaged index: it can be made again
            self._path.unlink()
            self._db = self._open(runs)

    def __getitem__(self, ref: str) -> Known:
        row = self._db.execute(f"SELECT {_FIELDS} FROM known WHERE ref = ?", (ref,)).fetchone()
        if row is None:
            raise KeyError(ref)
        return _from_row(row)

    def __iter__(self) -> Iterator[str]:
        return (ref for (ref,) in self._db.execute("SELECT ref FROM known ORDER BY ref"))

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM known").fetchone()[0])

    def due(self, now: datetime, *, full: bool = False) -> Iterator[tuple[str, Known]]:
        """Complaints the schedule wants seen by now, the longest overdue first; `full`: all that are not gone."""
        where = "NOT is_gone" if full else "due_at <= ?"
        rows = self._db.execute(
            f"SELECT ref, {_FIELDS} FROM known WHERE {where} ORDER BY due_at, ref",
            () if full else (int(now.timestamp()),),
        )
        return ((row[0], _from_row(row[1:])) for row in rows)

    def close(self) -> None:
        self._db.close()

    def _open(self, runs: list[Path]) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, isolation_level=None)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = OFF")
        stats = {path.name: (path.stat().st_size, path.stat().st_mtime_ns) for path in runs}
        is_ours = db.execute("PRAGMA user_version").fetchone() == (_VERSION,)
        read = {name: tuple(stat) for name, *stat in db.execute("SELECT * FROM files")} if is_ours else {}
        db.execute("BEGIN IMMEDIATE")
        if not is_ours or any(stats.get(name) != stat for name, stat in read.items()):
            _empty(db)
            read = {}
        for path in runs:
            if path.name not in read:
                db.executemany(_PUT, _rows(path, self._seventh))
                db.execute("INSERT INTO files VALUES (?, ?, ?)", (path.name, *stats[path.name]))
        db.execute("COMMIT")
        return db


def known_complaints(folder: Path, without: str) -> KnownIndex:
    """The index of the runs in data/raw/<portal>, brought up to date."""
    return KnownIndex(folder, without, _seventh_workday(Paths(folder.parents[1]).reference / "workdays"))


def is_run(path: Path) -> bool:
    """Whether the file holds the records of a crawl: <run>.jsonl; what lies beside it has a second ending."""
    return path.name.endswith(".jsonl") and path.name.count(".") == 1 and not path.name.startswith("import-")


def essence(line: str) -> bytes:
    """Digest of what a record says about the complaint: its line without address, time and page digest."""
    start, end = line.find(',"title":'), line.find(',"page_digest":')
    events = line.find(',"events":', end)
    if not 0 <= start <= end <= events:
        raise BadInput(f"a record line without title, page_digest or events: {line[:80]}")
    return blake2b((line[start:end] + line[events:].rstrip()).encode(), digest_size=12).digest()


def _empty(db: sqlite3.Connection) -> None:
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        db.execute(f"DROP TABLE {name}")
    for statement in _TABLES.split(";"):
        db.execute(statement)
    db.execute(f"PRAGMA user_version = {_VERSION}")


def _seventh_workday(folder: Path) -> WorkdayDeadline:
    calendar = Calendar.load(folder)

    @cache
    def seventh(on: date) -> date:
        inside = min(max(on, calendar.first), calendar.last - timedelta(days=60))
        day: date = calendar.deadline_after(np.array([inside], dtype="datetime64[D]"), 7)[0][0].item()
        return on + (day - inside)

    return seventh


def _rows(path: Path, seventh_workday: WorkdayDeadline) -> Iterator[tuple[Any, ...]]:
    with path.open(encoding="utf8", newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            if not line.endswith("\n"):
                return  # cut by a kill: that run will be resumed or left
            try:
                yield _row(line, seventh_workday)
            except (ValueError, KeyError, TypeError) as error:
                raise BadInput(f"{path}:{number}: not a raw record ({error}); move the line away") from error


def _row(line: str, seventh_workday: WorkdayDeadline) -> tuple[Any, ...]:
    record: dict[str, Any] = json.loads(line)
    life = _life(record)
    published = _moment(record["published_at"] or record["filed_at"])
    due_at = next_visit(life, seventh_workday)
    return (
        record["ref"], record["url"], _seconds(life.t0),
        published.astimezone(SHANGHAI).date().isoformat() if published else None,
        _seconds(life.seen_at), record["status"], life.end == "gone", essence(line), _seconds(due_at),
    )  # fmt: skip


def _life(record: dict[str, Any]) -> Life:
    steps, seen_at = record["events"], datetime.fromisoformat(record["seen_at"])
    assigned = next((step["at"] for step in steps if step["kind"] == "assigned"), None)
    t0 = _moment(assigned or record["published_at"] or record["filed_at"])
    if record["gone"] is not None:
        return Life(t0, seen_at, None, "gone")
    ends = [step for step in steps if step["kind"] in _ENDS] or [step for step in steps if step["kind"] == _TIMER]
    if not ends:
        return Life(t0, seen_at)
    return Life(t0, seen_at, _moment(ends[-1]["at"]) or seen_at, "steps" if ends[-1]["kind"] in _ENDS else "timer")


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def _at(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, SHANGHAI)


def _from_row(row: tuple[Any, ...]) -> Known:
    url, t0, published_on, seen_at, status, is_gone, digest, due_at = row
    return Known(
        url, _at(t0), date.fromisoformat(published_on) if published_on else None,
        datetime.fromtimestamp(seen_at, SHANGHAI), status, bool(is_gone), digest, _at(due_at),
    )  # fmt: skip
