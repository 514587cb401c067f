"""What Datasette needs to know of a finished database: its digest and the rows of each table, counted once."""

import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipeline.code import code_digest, files_digest
from pipeline.paths import SITE

Inspection = dict[str, Any]
"""As `datasette inspect` writes it, for one database: hash, size, file, tables → {count}; and `answers`, see `frozen`."""
NAME = "inspect.json"


def inspection(file: Path) -> Inspection:
    """From the file beside the database when it was written for these very bytes' size and time, else counted now."""
    written = _written(file)
    return written or _counted(file)


def write_inspection(
    file: Path, sums: Callable[[Path, Inspection], list[Any]] = lambda _file, _counted: [], made_by: str = ""
) -> Path:
    """Count once, at publication, and ask `sums` for more; `serve` then starts without reading the database through.

    What `made_by` (see `answering`) left for these very bytes is not asked for again; empty: always asked.
    """
    path = file.with_name(NAME)
    if made_by and _stands(file, made_by):
        return path
    counted = _counted(file)
    about = {"file": file.name, "mtime_ns": file.stat().st_mtime_ns, "made_by": made_by}
    ready = counted | {"answers": sums(file, counted)} | about
    path.write_text(json.dumps(ready, ensure_ascii=False, sort_keys=True) + "\n", "utf8")
    return path


def answering() -> str:
    """Digest of what gives Datasette's answers besides the database: code, metadata, queries, templates, libraries."""
    look = files_digest(sorted(path for path in (SITE / "datasette").rglob("*") if path.is_file()), SITE)
    return code_digest("pipeline", beside=f"{look} {version('datasette')} {sqlite3.sqlite_version}")


def _stands(file: Path, made_by: str) -> bool:
    try:
        found = json.loads(file.with_name(NAME).read_text(encoding="utf8"))
    except (FileNotFoundError, ValueError):
        return False
    same = (found.get("made_by"), found.get("mtime_ns")) == (made_by, file.stat().st_mtime_ns)
    return same and found.get("hash") == digest(file)


def _written(file: Path) -> Inspection | None:
    path, stat = file.with_name(NAME), file.stat()
    if not path.is_file():
        return None
    found: Inspection = json.loads(path.read_text(encoding="utf8"))
    same = (found.get("size"), found.pop("mtime_ns", None)) == (stat.st_size, stat.st_mtime_ns)
    found.pop("made_by", None)
    return found | {"file": str(file)} if same else None


def _counted(file: Path) -> Inspection:
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?immutable=1", uri=True)) as connection:
        tables = _counts(connection)
    return {"hash": digest(file), "size": file.stat().st_size, "file": str(file), "tables": tables, "answers": []}


def _counts(connection: sqlite3.Connection) -> dict[str, dict[str, int]]:
    """Rows of every table; a virtual table counts as 0."""
    named = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
    virtual = {name for name, sql in named if sql and sql.upper().startswith("CREATE VIRTUAL")}
    return {
        name: {"count": 0 if name in virtual else connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]}
        for name, _ in named
    }


def digest(file: Path) -> str:
    """SHA-256 of a file's bytes, hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
