"""Raw files → complaints, events, sightings: redacted in parts, platform known. Nothing here sees an original."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.batches import Workers
from pipeline.code import code_digest
from pipeline.engine import Engine, quoted
from pipeline.intake import landed
from pipeline.intake.conceal import conceal
from pipeline.intake.parts import PART_BYTES, Part, RawFile
from pipeline.intake.resolve import Resolver
from pipeline.model import Finding

LARGE = 2 << 20
"""Bytes of new raw lines from which on worker processes are worth their start."""
MADE_BY = ("pipeline/intake", "pipeline/model", "pipeline/needs.py", "pipeline/letters.py", "data/reference/redact.yml")

# The latest sighting with a page decides a complaint's content; a sighting of our own comes before an imported row.
_LATEST = """
    WITH ranked AS (
        SELECT complaint, source, line,
               row_number() OVER (PARTITION BY complaint ORDER BY gone IS NOT NULL, imported, seen_at DESC, run DESC, part DESC, line DESC) AS place
        FROM landed
    ), span AS (
        SELECT complaint, min(seen_at) AS first_seen_at, max(seen_at) AS last_seen_at, bool_and(imported) AS only_imported,
               arg_min(found_via, (seen_at, run, part, line)) AS found_first,
               min(gone.at) FILTER (WHERE gone IS NOT NULL) AS gone_at,
               max(seen_at) FILTER (WHERE gone IS NULL) AS alive_at
        FROM landed GROUP BY complaint
    )
    SELECT source, line, s.* FROM ranked JOIN span s USING (complaint) WHERE place = 1
"""
_CONTENT = "SELECT {columns} FROM landed r JOIN latest_in s USING (source, line) {more}"
_COMPLAINTS = """
    r.complaint, r.portal, r.ref, r.url, r.run, r.title, r.body, r.author, r.platform_name, r.platform_ref, r.issues, r.requests, r.amount_yuan,
    r.filed_at, r.published_at, r.status, r.group_ref, r.satisfaction, s.first_seen_at, s.last_seen_at, s.only_imported, s.found_first AS found_via,
    CASE WHEN s.alive_at IS NULL OR s.gone_at > s.alive_at THEN s.gone_at END AS gone_at, n.platform
"""
_NAMED = "LEFT JOIN names n ON n.platform_name = r.platform_name ORDER BY r.complaint"
# Sorted before the lists are opened: as many rows as complaints, and their order stays.
_EVENTS = f"""
    SELECT complaint, unnest(events, recursive := true), unnest(generate_series(0, len(events) - 1)) AS seq
    FROM ({_CONTENT.format(columns="r.complaint, r.events", more="WHERE len(r.events) > 0 ORDER BY r.complaint")})
"""
_FINGERPRINTS = f"""
    SELECT DISTINCT complaint, unnest(fingerprints) AS fingerprint
    FROM ({_CONTENT.format(columns="r.complaint, r.fingerprints", more="WHERE len(r.fingerprints) > 0")}) ORDER BY ALL
"""
_SIGHTINGS = """
    SELECT complaint, seen_at, found_via, imported, run, status, len(events) AS n_events, gone.kind AS gone, gone.at AS gone_at, record_digest
    FROM landed ORDER BY complaint, seen_at, run, part, line
"""


@dataclass(frozen=True)
class Kept:
    """A part's redacted sightings: where they lie."""

    part: Part
    path: Path


def land(
    engine: Engine,
    files: Sequence[RawFile],
    as_of: datetime | None,
    key: bytes,
    folder: Path,
    workers: Workers,
) -> list[Finding]:
    """Make the view `landed` (one row a sighting, redacted) of all raw files; parts read before are taken from `folder`.

    Sightings after `as_of` are left out: an edition knows only what was knowable. Returns a finding per unreadable line.
    """
    folder.mkdir(parents=True, exist_ok=True)
    version = hashlib.sha256(code_digest(*MADE_BY).encode() + key).hexdigest()
    kept = [Kept(part, folder / _kept_name(part, version)) for file in files for part in file.parts]
    new = [one for one in kept if not one.path.is_file()]
    size = _bytes(new)
    done = 0
    batches = list(_batches(new))
    for batch, _ in zip(batches, workers.map(partial(_keep, key=key), batches, apart=size > LARGE), strict=True):
        done += _bytes(batch)
        workers.told("bytes read", done, size)
    for stale in set(folder.iterdir()) - {one.path for one in kept}:
        stale.unlink()
    _show(engine, [one.path for one in kept] or [_nothing(folder)], as_of)
    return _findings(kept)


def _kept_name(part: Part, version: str) -> str:
    name = f"{version} {part.path.parent.name}/{part.path.name} {part.number} {part.key}"
    return hashlib.sha256(name.encode()).hexdigest()[:32] + ".parquet"


def _bytes(kept: Sequence[Kept]) -> int:
    return sum(one.part.end - one.part.start for one in kept)


def _batches(kept: Sequence[Kept]) -> Iterator[list[Kept]]:
    """Parts in batches of about PART_BYTES: many small files are read together."""
    batch: list[Kept] = []
    for one in kept:
        batch.append(one)
        if _bytes(batch) >= PART_BYTES:
            yield batch
            batch = []
    if batch:
        yield batch


def _keep(batch: Sequence[Kept], key: bytes) -> None:
    """Read, redact and keep some parts; findings and number of lines go with each."""
    found = [(one, *_read(one)) for one in batch]
    hidden = conceal(pa.concat_tables([table for _, table, _ in found]).combine_chunks(), key)
    start = 0
    for one, table, about in found:
        rows = hidden.slice(start, table.num_rows)
        start += table.num_rows
        aside = one.path.with_suffix(".part")
        pq.write_table(_placed(rows, one.part).replace_schema_metadata(about), aside, compression="zstd")
        aside.replace(one.path)


def _read(one: Kept) -> tuple[pa.Table, dict[str, str]]:
    name, data = f"{one.part.path.parent.name}/{one.part.path.name}", one.part.data()
    table, findings = landed.read(data, name)
    return table, {"lines": str(data.count(b"\n")), "findings": json.dumps([one.model_dump() for one in findings])}


def _placed(rows: pa.Table, part: Part) -> pa.Table:
    """With `run`, `part` and `line`: where each sighting stands."""
    places = {
        "run": [part.path.stem] * rows.num_rows,
        "part": [part.number] * rows.num_rows,
        "line": range(rows.num_rows),
    }
    for name, values in places.items():
        rows = rows.append_column(name, pa.array(values, pa.string() if name == "run" else pa.int64()))
    return rows


def _nothing(folder: Path) -> Path:
    """A part without a sighting, where there is no raw file."""
    path = folder / "nothing.parquet"
    pq.write_table(_placed(conceal(landed.RAW.empty_table(), b""), Part(path, 0, 0, 0, "")), path)
    return path


def _show(engine: Engine, files: Sequence[Path], as_of: datetime | None) -> None:
    """The view `landed` over kept parts."""
    until = f"WHERE seen_at <= TIMESTAMPTZ '{as_of.isoformat()}'" if as_of else ""
    source = f"read_parquet([{', '.join(map(quoted, files))}], filename = 'source')"
    engine.db.execute(f"CREATE OR REPLACE VIEW landed AS SELECT * FROM {source} {until}")


def _findings(kept: Sequence[Kept]) -> list[Finding]:
    """The findings of all parts, lines numbered from the beginning of their file."""
    found, before = [], 0
    for one in kept:
        about = pq.read_schema(one.path).metadata
        before = 0 if one.part.number == 0 else before
        for row in json.loads(about[b"findings"]):
            finding = Finding.model_validate(row)
            name, line = finding.subject.rsplit(":", 1)
            found.append(landed.unreadable_line(name, before + int(line), finding.detail))
        before += int(about[b"lines"])
    return found


def take_in(engine: Engine, resolver: Resolver) -> None:
    """From the view `landed`: keep `complaints_in`, `events_in`, `sightings_in`, `fingerprints`.

    `complaints_in` is one row per complaint (latest sighting with a page) with redacted title, body and lists, the
    keyed pseudonym of its author, its platform id; `events_in` its steps with redacted text.
    """
    names = engine.sql("SELECT DISTINCT platform_name FROM landed WHERE platform_name IS NOT NULL")
    names = names.append_column("platform", resolver.column(names["platform_name"]))
    engine.keep("latest_in", _LATEST)
    engine.keep("complaints_in", _CONTENT.format(columns=_COMPLAINTS, more=_NAMED), names=names)
    engine.keep("events_in", _EVENTS)
    engine.keep("fingerprints", _FINGERPRINTS)
    engine.keep("sightings_in", _SIGHTINGS)
