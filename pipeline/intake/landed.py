"""Raw JSON lines → one relation of sightings. A line that cannot be read becomes a finding, never a silence."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import get_args

import duckdb
import pyarrow as pa
from pydantic import ValidationError

from pipeline.engine import Engine
from pipeline.model import Actor, EventKind, Finding, RawComplaint
from pipeline.schema import arrow_schema, required_columns

_TYPES = {pa.string(): "VARCHAR", pa.float64(): "DOUBLE", pa.int64(): "BIGINT", pa.bool_(): "BOOLEAN"}


def duck_type(kind: pa.DataType) -> str:
    """The DuckDB type of an Arrow type of our models."""
    if pa.types.is_list(kind):
        return duck_type(kind.value_type) + "[]"
    if pa.types.is_struct(kind):
        return "STRUCT(" + ", ".join(f'"{part.name}" {duck_type(part.type)}' for part in kind) + ")"
    return "TIMESTAMPTZ" if pa.types.is_timestamp(kind) else _TYPES[kind]


def raw_files(folder: Path) -> list[Path]:
    """All record files below data/raw, in name order (findings and reports lie beside them under other endings)."""
    return sorted(folder.glob("*/*.jsonl"))


def inputs_digest(files: list[Path], folder: Path) -> str:
    """SHA-256 over names and contents of the raw files: which inputs an edition was made from."""
    total = hashlib.sha256()
    for path in files:
        with path.open("rb") as handle:
            total.update(f"{path.relative_to(folder)} {hashlib.file_digest(handle, 'sha256').hexdigest()}\n".encode())
    return total.hexdigest()


def land(engine: Engine, files: list[Path], as_of: datetime | None) -> list[Finding]:
    """Fill DuckDB's temporary table `raw` (one row per sighting, unredacted: it never touches the disk).

    Adds `complaint` (portal/ref), `run` (file stem) and `imported`. Sightings after `as_of` are left out: an edition
    knows only what was knowable. Returns a finding per line that could not be read.
    """
    columns = ", ".join(f"\"{part.name}\": '{duck_type(part.type)}'" for part in arrow_schema(RawComplaint))
    findings: list[Finding] = []
    good = [path for path in files if path.stat().st_size]
    if not good:
        good = [_empty(engine.folder)]
    try:
        _read(engine.db, good, columns, as_of)
        is_whole = _is_whole(engine.db)
    except duckdb.Error:
        is_whole = False
    if not is_whole:
        repaired = engine.folder / "repaired"
        repaired.mkdir(exist_ok=True)
        findings = [finding for path in good for finding in _keep_readable(path, repaired)]
        try:
            _read(engine.db, sorted(repaired.iterdir()), columns, as_of)
        finally:
            for path in repaired.iterdir():
                path.unlink()
            repaired.rmdir()
    return findings


def _is_whole(db: duckdb.DuckDBPyConnection) -> bool:
    """Whether every row has what a record must have; the bulk reader takes a missing field for null."""
    strange = " OR ".join(
        f"len(list_filter(events, lambda e: e.{name} IS NULL OR e.{name} NOT IN ({', '.join(map(repr, get_args(words)))}))) > 0"
        for name, words in (("actor", Actor), ("kind", EventKind))
    )
    missing = " OR ".join(
        f"{name} IS NULL" for name in sorted(required_columns(RawComplaint) - {"issues", "requests", "events"})
    )
    [(bad,)] = db.execute(f"SELECT count(*) FROM raw WHERE {missing} OR {strange}").fetchall()
    return bool(bad == 0)


def _empty(folder: Path) -> Path:
    path = folder / "none.jsonl"
    path.touch()
    return path


def _read(db: duckdb.DuckDBPyConnection, files: list[Path], columns: str, as_of: datetime | None) -> None:
    until = "WHERE seen_at <= $as_of OR seen_at IS NULL" if as_of else ""
    db.execute("DROP TABLE IF EXISTS raw")
    query = f"""
        CREATE TEMP TABLE raw AS
        SELECT *, portal || '/' || ref AS complaint, parse_filename(filename, true) AS run,
               starts_with(found_via, 'import:') AS imported
        FROM read_json($files, format = 'newline_delimited', filename = true, maximum_object_size = 67108864,
                       columns = {{{columns}}}) {until}"""
    params: dict[str, object] = {"files": [str(path) for path in files]}
    db.execute(query, params | ({"as_of": as_of} if as_of else {}))


def _keep_readable(path: Path, repaired: Path) -> Iterator[Finding]:
    """Copy the readable lines of a damaged file aside; a finding for each other line."""
    with (repaired / path.name).open("w", encoding="utf8") as out:
        for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
            if not line.strip():
                continue
            try:
                record = RawComplaint.model_validate_json(line)
            except ValidationError as error:
                yield _unreadable(path, number, error)
                continue
            out.write(record.model_dump_json() + "\n")


def _unreadable(path: Path, number: int, error: ValidationError) -> Finding:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "line"
    subject = f"{path.parent.name}/{path.name}:{number}"
    return Finding(
        id=f"intake:unreadable_line:{subject}",
        stage="intake",
        kind="unreadable_line",
        portal=path.parent.name,
        subject=subject,
        detail=f"{where}: {first['type']}",
        remedy="该行未使用；其余各行照常。重新抓取该编号，或修正该行后再运行。",
    )
