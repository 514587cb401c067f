"""What a run costs on Spark, next to the embedded one: `python -m tests.bench.cluster DATA [--workers 2] [--json FILE]`.

DATA is a corpus of `records.py` (its data/work and data/public are made anew). A standalone cluster is started on loopback, workers
of one core each. Prints Markdown: both runs, each job's cost per record, the serial part, and what follows for more workers. With
--kill a worker is killed while cases are judged. Both runs must give one edition, or the bench fails.
"""

import argparse
import json
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline import flow
from pipeline.cluster import records
from pipeline.paths import Paths
from tests.bench.flow import Memory
from tests.cluster.loopback import JAVA, Loopback, cluster

TICKS = os.sysconf("SC_CLK_TCK")
AHEAD = 25_000_000
WORKERS = (4, 16, 64)
SERIAL = ("score", "gate", "publish")


@dataclass
class Spent:
    """One run: seconds of the clock by stage, CPU seconds, peak memory in GB of this process and its children."""

    wall: float = 0.0
    cpu: float = 0.0
    peak_gb: float = 0.0
    stages: dict[str, float] = field(default_factory=dict)
    edition: str = ""


def tree_cpu(pid: int) -> float:
    """User and system seconds of a process and the children it has waited for."""
    told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, told[11:15])) / TICKS


def own_cpu() -> float:
    """Of this process and its children, those that still run too (the driver's JVM)."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    running = Path("/proc/self/task").glob("*/children")
    children = [int(child) for task in running for child in task.read_text().split()]
    return sum(one.ru_utime + one.ru_stime for one in both) + sum(map(tree_cpu, children))


def run(paths: Paths, over: flow.Over | None, told: flow.Told, elsewhere: Callable[[], float]) -> Spent:
    """One full run; `elsewhere` gives CPU seconds of processes that are not this one's children alone."""
    spent, memory, marks = Spent(), Memory(), dict[str, float]()
    memory.start()
    started, used = time.monotonic(), own_cpu() + elsewhere()
    made = flow.run(
        paths, None, (), lambda stage: marks.setdefault(stage, time.monotonic()), told, full=True, over=over
    )
    ended = time.monotonic()
    spent.wall, spent.cpu, spent.peak_gb = ended - started, own_cpu() + elsewhere() - used, memory.taken()
    ends = [*list(marks.values())[1:], ended]
    spent.stages = {stage: end - begun for (stage, begun), end in zip(marks.items(), ends, strict=True)}
    spent.edition = made.edition
    return spent


def costs() -> list[pa.Table]:
    """Filled by each cluster run: what every task cost."""
    kept: list[pa.Table] = []
    call = records.Run.__call__

    def keeping(self: records.Run, *arguments: Any) -> records.Made:
        made = call(self, *arguments)
        kept.extend(made.cost)
        return made

    records.Run.__call__ = keeping  # type: ignore[method-assign]
    return kept


class Killer:
    """Kills one worker when half of the cases' tasks are done."""

    def __init__(self, running: Loopback) -> None:
        self.running, self.at = running, 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        if what == "cases judged" and 2 * done >= total > done and not self.at:
            self.at = time.monotonic()
            self.running.workers[0].kill()


def jobs(kept: list[pa.Table], n: int) -> list[dict[str, Any]]:
    """Per job: tasks, CPU seconds (Python's), the longest task, bytes sent on; per record."""
    sums = [("cpu", "sum"), ("cpu", "max"), ("cpu", "count"), ("bytes", "sum")]
    rows = pa.concat_tables(kept).group_by("job", use_threads=False).aggregate(sums).to_pylist()
    return [
        row | {"ms_per_record": 1000 * row["cpu_sum"] / n, "bytes_per_record": row["bytes_sum"] / n} for row in rows
    ]


def ahead(spent: Spent, work: list[dict[str, Any]], serial: float, n: int, workers: int) -> float:
    """Hours for AHEAD records: the parallel part over the workers' cores, the serial part as it grew here, both linear."""
    overhead = (spent.cpu - serial) / sum(row["cpu_sum"] for row in work)
    parallel = overhead * sum(row["cpu_sum"] for row in work) / n * AHEAD / workers
    return (parallel + serial / n * AHEAD) / 3600


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    os.environ.update(JAVA)
    paths, kept = Paths(options.data), costs()
    shutil.rmtree(paths.public, ignore_errors=True)
    embedded = run(paths, None, flow.quietly, lambda: 0.0)
    bytes_of = {path.name: path.read_bytes() for path in (paths.work / "tables" / "public").glob("*.parquet")}
    with cluster(Path(tempfile.mkdtemp()), options.workers) as running:
        killer = Killer(running)
        told = killer if options.kill else flow.quietly
        spark = run(paths, flow.Over(running.url), told, lambda: sum(tree_cpu(one) for one in running.alive()))
    odd = [name for name, data in bytes_of.items() if (paths.work / "tables" / "public" / name).read_bytes() != data]
    if odd or embedded.edition != spark.edition:
        raise SystemExit(f"not one edition: {embedded.edition} and {spark.edition}; tables that differ: {odd}")
    n = pq.read_metadata(paths.work / "tables" / "public" / "complaints.parquet").num_rows
    work, serial = jobs(kept, n), sum(spark.stages[name] for name in SERIAL)
    report(embedded, spark, work, serial, n, bool(killer.at))
    if options.json:
        found = {
            "n": n,
            "workers": options.workers,
            "killed": bool(killer.at),
            "embedded": vars(embedded),
            "spark": vars(spark),
            "jobs": work,
            "serial": serial,
        }
        options.json.write_text(json.dumps(found, indent=1))


def report(embedded: Spent, spark: Spent, work: list[dict[str, Any]], serial: float, n: int, killed: bool) -> None:
    """All as Markdown."""
    print(f"{n:,} complaints, one edition on both: {spark.edition}{', one worker killed' if killed else ''}\n")
    print("| run | wall s | CPU s | records per CPU s | peak GB (driver) |\n| --- | --- | --- | --- | --- |")
    for name, one in (("embedded", embedded), ("spark", spark)):
        print(f"| {name} | {one.wall:.1f} | {one.cpu:.1f} | {n / one.cpu:.0f} | {one.peak_gb:.2f} |")
    print(
        "\n| job | tasks | CPU s | ms a record | longest task s | bytes sent a record |\n| --- | --- | --- | --- | --- | --- |"
    )
    for row in work:
        print(
            f"| {row['job']} | {row['cpu_count']} | {row['cpu_sum']:.1f} | {row['ms_per_record']:.3f} | {row['cpu_max']:.1f} | {row['bytes_per_record']:.0f} |"
        )
    print(
        f"\nserial on the driver: {serial:.1f} s ({', '.join(f'{name} {spark.stages[name]:.1f}' for name in spark.stages)}); {1000 * serial / n:.3f} ms a record"
    )
    print(f"\n| cores | hours for {AHEAD:,} |\n| --- | --- |")
    for workers in WORKERS:
        print(f"| {workers} | {ahead(spark, work, serial, n, workers):.1f} |")


if __name__ == "__main__":
    main()
