"""What runs on the workers: three pure functions over parcels, made of the functions and relations of the embedded flow.

1. `sightings`: raw lines → redacted sightings, for the bucket of their complaint
2. `complaints`: all sightings of some complaints → their rows, for the bucket of their platform
3. `platforms`: all rows of some platforms → the public tables of single records, ready

A task may be run again at any time, on any machine: it reads parcels, answers parcels, and leaves nothing behind.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.answers import Answers
from pipeline.batches import Workers
from pipeline.cluster.parcels import Parcel, bucket_of, packed, scattered, unpacked
from pipeline.cluster.shipping import Shipped
from pipeline.engine import Engine
from pipeline.group import grouping, undone
from pipeline.group.weights import Weights
from pipeline.intake import complaints as intake
from pipeline.intake import landed, matters, reports, shown
from pipeline.intake.conceal import conceal
from pipeline.intake.goods import Goods
from pipeline.intake.issues import Taxonomy
from pipeline.intake.resolve import Resolver
from pipeline.judge import judging
from pipeline.model import Finding
from pipeline.publish import gate
from pipeline.publish.shelf import Shelf
from pipeline.publish.tables import RECORD_TABLES, record_tables
from pipeline.schema import TIME, arrow_schema
from pipeline.score import scorecards
from pipeline.workdays import Calendar

Batches = Iterable[pa.RecordBatch]
Job = Callable[[Batches], Iterator[Parcel]]
ABOUT = ("runs", "lines", "unreadable", "cost")
"""Parcels for the driver alone: any job passes them on."""
ROWS_IN = {"complaints_in": ("complaint",), "events_in": ("complaint", "seq"), "fingerprints": ("complaint", "fingerprint"),
           "sightings_in": ("complaint", "seen_at"), "shown_in": ("complaint", "seq")}  # fmt: skip
"""What the second job sends to the third, and the order in which the relations expect it."""
TABLES_OUT = RECORD_TABLES | scorecards.PLATFORM_TABLES
"""What the third job makes, and the order of the rows."""
_KNOWN = f"""
    SELECT complaint, portal, run, platform, platform_name, platform_ref, only_imported, first_seen_at, last_seen_at, gone_at,
           complaint IN (SELECT complaint FROM {grouping.ADMITTED}) AS admitted
    FROM complaints_in ORDER BY complaint
"""


def measured(name: str, job: Job, batches: Batches) -> Iterator[pa.RecordBatch]:
    """Run a job; the last parcel says what it cost: seconds of this process and of the clock, bytes sent on."""
    wall, cpu, sent = time.monotonic(), time.process_time(), 0
    for parcel in job(batches):
        for batch in packed(parcel):
            sent += batch.nbytes
            yield batch
    spent = {"job": [name], "cpu": [time.process_time() - cpu], "wall": [time.monotonic() - wall], "bytes": [sent]}
    yield from packed(Parcel("cost", pa.table(spent)))


@dataclass(frozen=True)
class Sightings:
    """Job 1. In: rows (value, file_path, file_block_start), whole stretches of raw files in order."""

    key: bytes
    as_of: datetime | None
    buckets: int

    def __call__(self, batches: Batches) -> Iterator[Parcel]:
        """`landed` by complaint; for the driver `runs`, `lines` and `unreadable`."""
        read = [_read(*one) for one in _stretches(batches)]
        if not read:
            return
        yield Parcel("lines", pa.concat_tables([lines for _, lines, _ in read]))
        yield Parcel("unreadable", pa.concat_tables([unreadable for _, _, unreadable in read]))
        raw = pa.concat_tables([table for table, _, _ in read]).combine_chunks()
        places = ("source", "run", "part", "line")
        hidden = conceal(raw.drop_columns(places), self.key)
        for name in places:
            hidden = hidden.append_column(name, raw[name])
        if self.as_of:  # an edition knows only what was knowable
            hidden = hidden.filter(pc.less_equal(hidden["seen_at"], pa.scalar(self.as_of.astimezone(UTC), TIME)))
        runs = hidden.group_by(["portal", "run", "imported"]).aggregate([("seen_at", "max")])
        yield Parcel("runs", runs.rename_columns(["portal", "run", "imported", "seen_at"]))
        yield from scattered("landed", hidden, bucket_of(hidden["complaint"], self.buckets))


def _stretches(batches: Batches) -> Iterator[tuple[str, int, bytes]]:
    """(`portal/run.jsonl`, first byte, lines) of each stretch of a file."""
    tables = [pa.table(batch) for batch in batches if batch.num_rows]
    if not tables:
        return
    rows = pa.concat_tables(tables).combine_chunks()
    paths, starts = rows["file_path"].combine_chunks().dictionary_encode(), rows["file_block_start"].to_numpy()
    changes = (np.diff(paths.indices.to_numpy()) != 0) | (np.diff(starts) != 0)
    cuts = [0, *(np.flatnonzero(changes) + 1).tolist(), rows.num_rows]
    lines = rows["value"].cast(pa.binary())
    for at, end in pairwise(cuts):
        name = "/".join(unquote(rows["file_path"][at].as_py()).split("/")[-2:])
        yield name, int(starts[at]), b"\n".join(lines.slice(at, end - at).to_pylist())


def _read(name: str, start: int, data: bytes) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Rows of RAW with their places, how many lines there are, and which could not be read."""
    table, findings = landed.read(data, name)
    size = table.num_rows
    places = {
        "source": pa.array([f"{name}#{start}"] * size, pa.string()),
        "run": pa.array([Path(name).stem] * size, pa.string()),
        "part": pa.array([start] * size, pa.int64()),
        "line": pa.array(range(size), pa.int64()),
    }
    for column, values in places.items():
        table = table.append_column(column, values)
    lines = pa.table({"name": [name], "start": [start], "lines": [data.count(b"\n") + 1]})
    odd = [
        {"name": name, "start": start, "line": int(one.subject.rsplit(":", 1)[1]), "detail": one.detail}
        for one in findings
    ]
    columns = [("name", pa.string()), ("start", pa.int64()), ("line", pa.int64()), ("detail", pa.string())]
    return table, lines, pa.Table.from_pylist(odd, pa.schema(columns))  # fmt: skip


@dataclass(frozen=True)
class Complaints:
    """Job 2. In: all sightings of some complaints."""

    reference: Shipped
    buckets: int

    def __call__(self, batches: Batches) -> Iterator[Parcel]:
        """ROWS_IN by platform; for the driver `known` (a row a complaint) and `findings`."""
        came = unpacked(batches)
        yield from (Parcel(name, came[name]) for name in ABOUT if name in came)
        if "landed" not in came:
            return
        with TemporaryDirectory() as folder, Engine(Path(folder), threads=1) as engine:
            engine.put("landed", came["landed"])
            intake.take_in(engine, Resolver.load(self.reference.folder()))
            shown.run(engine)
            yield Parcel("known", engine.sql(_KNOWN, pending=grouping.pending_words()))
            odd = [finding.model_dump() for finding in reports.unknown_statuses(engine)]
            yield Parcel("findings", pa.Table.from_pylist(odd, arrow_schema(Finding)))
            owner = engine.sql("SELECT complaint, coalesce(platform, complaint) AS block FROM complaints_in")
            ids, buckets = owner["complaint"].combine_chunks(), bucket_of(owner["block"], self.buckets)
            every = np.unique(buckets).tolist()
            for name in ROWS_IN:
                rows = engine.table(name)
                place = pc.index_in(rows["complaint"], ids).to_numpy()
                yield from scattered(name, rows, buckets[place], every)


@dataclass(frozen=True)
class Chosen:
    """In: `complaints_in`. Out: what the weights read of the chosen complaints."""

    complaints: pa.Array

    def __call__(self, batches: Batches) -> Iterator[Parcel]:
        for batch in batches:
            for rows in unpacked([batch]).values():
                mine = rows.filter(pc.is_in(rows["complaint"], self.complaints))
                if mine.num_rows:
                    yield Parcel("chosen", mine.select(["platform", "title", "body"]))


@dataclass(frozen=True)
class Platforms:
    """Job 3. In: all rows of some platforms. `weights` as `Weights.to_arrow` makes them, of all complaints."""

    reference: Shipped
    weights: pa.Table
    as_of: datetime
    not_understood: tuple[str, ...]

    def __call__(self, batches: Batches) -> Iterator[Parcel]:
        """TABLES_OUT, and `leaks`: personal data found in them."""
        came = unpacked(batches)
        if "complaints_in" not in came:
            return
        with TemporaryDirectory() as folder, Engine(Path(folder), threads=1) as engine:
            for name, keys in ROWS_IN.items():
                engine.put(name, _sorted(came, name, keys))
            shelf = Shelf.empty(Path(folder) / "public")
            self._judge(engine, shelf)
            for name in TABLES_OUT:
                yield Parcel(name, shelf[name])
            leaks = gate.leaks(shelf, TABLES_OUT, Answers(engine, Workers(0)))
            yield Parcel("leaks", pa.table({"problem": pa.array(leaks, pa.string())}))

    def _judge(self, engine: Engine, shelf: Shelf) -> None:
        """The stages of `flow.score` between intake and score."""
        folder, answers = self.reference.folder(), Answers(engine, Workers(0))
        taxonomy = Taxonomy.load(folder / "issues.yml")
        matters.run(engine, taxonomy, Goods.load(folder / "goods.yml"), folder, answers)
        grouping.run(engine, taxonomy, undone.load(folder / "unmerged.csv"), Weights.from_arrow(self.weights))
        judging.run(engine, folder, Calendar.load(folder / "workdays"), self.as_of, answers)
        record_tables(engine, self.as_of, self.not_understood, shelf)
        for name, table in scorecards.of_platforms(engine, shelf).items():
            shelf.put(name, table)


def _sorted(came: dict[str, pa.Table], name: str, keys: tuple[str, ...]) -> pa.Table:
    """In order; rows with equal keys come from one parcel and stay as they are (the sort is stable)."""
    return came[name].take(pc.sort_indices(came[name], sort_keys=[(key, "ascending") for key in keys]))
