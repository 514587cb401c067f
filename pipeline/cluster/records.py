"""The order of things on a cluster, from raw lines to the tables of single records: `flow.score` up to the market's part."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.cluster.jobs import ABOUT, ROWS_IN, TABLES_OUT, Chosen, Complaints, Platforms, Sightings
from pipeline.cluster.session import SPLIT_BYTES, Cluster
from pipeline.cluster.shipping import Shipped, state
from pipeline.engine import Engine
from pipeline.errors import BadInput
from pipeline.group import grouping
from pipeline.intake import landed, reports
from pipeline.intake.parts import RawFile
from pipeline.model import TABLES, Finding
from pipeline.paths import Paths
from pipeline.publish import gate
from pipeline.publish.shelf import Shelf
from pipeline.schema import arrow_schema

Progress = Callable[[str], None]
BUCKET_BYTES = 2 * SPLIT_BYTES
"""Raw bytes whose complaints a bucket holds, about."""
_RUNS = "SELECT portal, run, imported, max(seen_at) AS seen_at FROM came GROUP BY ALL ORDER BY ALL"


@dataclass
class Made:
    """What the cluster made besides the tables: as-of, findings, texts read for the gate, what each task cost."""

    as_of: datetime
    findings: list[Finding]
    read: gate.Read = gate.UNREAD
    cost: list[pa.Table] = field(default_factory=list)


@dataclass(frozen=True)
class Run:
    """One run on a cluster. Tables of single records go to `shelf`, and `engine` knows them too."""

    cluster: Cluster
    engine: Engine
    shelf: Shelf
    paths: Paths
    files: Sequence[RawFile]

    def __call__(self, as_of: datetime | None, key: bytes, progress: Progress) -> Made:
        """From raw files to tables; `as_of` null: the newest sighting."""
        self.cluster.check_workers(state())
        reference = Shipped.of(self.paths.reference)
        self._complaints(Sightings(key, as_of, self._buckets()), Complaints(reference, self._buckets()))
        made = self._about(as_of)
        progress("group")
        weights = self._weights()
        progress("judge")
        unclear = tuple(reports.not_understood(made.findings))
        self._platforms(Platforms(reference, weights, made.as_of, unclear))
        self._fetch(made)
        return made

    def _buckets(self) -> int:
        size = sum(part.end - part.start for file in self.files for part in file.parts)
        return max(2 * self.cluster.cores, -(-size // BUCKET_BYTES))

    def _complaints(self, first: Sightings, second: Complaints) -> None:
        """Jobs 1 and 2."""
        rows = self.cluster.lines([file.path for file in self.files])
        landed_rows = self.cluster.shuffled(self.cluster.mapped("sightings", first, rows), first.buckets)
        self.cluster.keep("complaints", "records read", self.cluster.mapped("complaints", second, landed_rows))

    def _about(self, as_of: datetime | None) -> Made:
        """What the driver must know of all complaints; keeps `landed` (a row a run), `complaints_in` (no texts), counters."""
        came: dict[str, list[pa.Table]] = defaultdict(list)
        with self.engine.filling("complaints_in") as fill:
            for name, table in self.cluster.fetch(
                "complaints", self.cluster.kept("complaints", *ABOUT, "findings", "known")
            ):
                if name == "known":
                    fill("complaints_in", table)
                else:
                    came[name].append(table)
        if "findings" not in came:
            raise BadInput(
                f"nothing to run on: {self.paths.raw} holds no readable record; crawl or import something first"
            )
        self.engine.put("landed", self.engine.sql(_RUNS, came=pa.concat_tables(came["runs"])))
        found = _unreadable(pa.concat_tables(came["lines"]), pa.concat_tables(came["unreadable"]))
        found += reports.findings(self.engine, self.paths.raw)
        found += [Finding.model_validate(row) for table in came["findings"] for row in table.to_pylist()]
        reports.counters(self.engine, self.paths.raw)
        reports.controls(self.engine, self.paths.raw)
        return Made(as_of or pc.max(self.engine.table("landed")["seen_at"]).as_py(), found, cost=came["cost"])

    def _weights(self) -> pa.Table:
        """The weights of all complaints, from the texts of the chosen ones."""
        admitted = self.engine.sql("SELECT complaint, first_seen_at FROM complaints_in WHERE admitted")
        chosen = Chosen(grouping.chosen(admitted))
        rows = self.cluster.mapped("weights", chosen, self.cluster.kept("complaints", "complaints_in"))
        texts = [table for name, table in self.cluster.fetch("weights", rows) if name == "chosen"]
        none = pa.schema([(name, pa.string()) for name in ("platform", "title", "body")]).empty_table()
        return grouping.weigh_chosen(pa.concat_tables([none, *texts])).to_arrow()

    def _platforms(self, job: Platforms) -> None:
        """Job 3."""
        rows = self.cluster.shuffled(self.cluster.kept("complaints", *ROWS_IN), self._buckets())
        self.cluster.keep("platforms", "cases judged", self.cluster.mapped("platforms", job, rows))

    def _fetch(self, made: Made) -> None:
        """The tables of single records in the order the embedded engine gives them."""
        problems: list[str] = []
        with self.engine.filling(*(f"got_{name}" for name in TABLES_OUT)) as fill:
            for name, table in self.cluster.fetch(
                "tables", self.cluster.kept("platforms", *TABLES_OUT, "leaks", "cost")
            ):
                if name == "leaks":
                    problems += table["problem"].to_pylist()
                elif name == "cost":
                    made.cost.append(table)
                else:
                    fill(f"got_{name}", table)
        made.read = gate.Read(frozenset(TABLES_OUT), tuple(problems))
        for name in TABLES_OUT:
            self._place(name)
        self.engine.keep("standings", "SELECT id AS complaint, standing FROM complaints")

    def _place(self, name: str) -> None:
        got = self.engine.path(f"got_{name}")
        columns = ", ".join(f'"{column}"' for column in arrow_schema(TABLES[name]).names)
        query = f"SELECT {columns} FROM got_{name} ORDER BY {TABLES_OUT[name]}"
        self.shelf.keep(self.engine, name, query)
        self.engine.adopt(name, self.shelf.path(name))
        got.unlink()


def _unreadable(lines: pa.Table, unreadable: pa.Table) -> list[Finding]:
    """Findings of lines nobody could read, numbered from the beginning of their file."""
    before: dict[tuple[str, int], int] = {}
    counted: dict[str, int] = defaultdict(int)
    for row in lines.sort_by([("name", "ascending"), ("start", "ascending")]).to_pylist():
        before[row["name"], row["start"]] = counted[row["name"]]
        counted[row["name"]] += row["lines"]
    odd = unreadable.sort_by([(name, "ascending") for name in ("name", "start", "line")]).to_pylist()
    return [
        landed.unreadable_line(row["name"], before[row["name"], row["start"]] + row["line"], row["detail"])
        for row in odd
    ]
