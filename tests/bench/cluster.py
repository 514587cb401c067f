"""What a run costs on Spark, next to the embedded one: `python -m tests.bench.cluster DATA [--workers 2] [--json FILE]`.

DATA is a corpus of `records.py`; what was made of it is made anew. A standalone cluster is started on loopback, workers of one core
each. Prints Markdown: both runs, and each job's cost per record. With --kill a worker is killed while cases are judged (its CPU
seconds are then not counted). Both runs must give one edition, or the bench fails. `--slopes A.json B.json` tells from two sizes
what a record costs and what 25 million take.
"""

import argparse
import json
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Collection
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
CORES = (1, 4, 16, 64)


@dataclass
class Spent:
    """One run: seconds of the clock, by stage too; CPU seconds in all, of this process and of the cluster's (starting
    included); peak memory in GB of this process and its children."""

    wall: float = 0.0
    cpu: float = 0.0
    driver: float = 0.0
    elsewhere: float = 0.0
    peak_gb: float = 0.0
    stages: dict[str, float] = field(default_factory=dict)
    edition: str = ""


def tree_cpu(pid: int) -> float:
    """User and system seconds of a process and the children it has waited for."""
    told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, told[11:15])) / TICKS


def own_cpu() -> float:
    """Of this process and its finished children."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def children_cpu(apart: Collection[int]) -> float:
    """Of children that still run, the driver's JVM among them; the cluster's own processes are `apart`."""
    tasks = Path("/proc/self/task").glob("*/children")
    children = {int(child) for task in tasks for child in task.read_text().split()}
    return sum(map(tree_cpu, children - set(apart)))


def run(paths: Paths, over: flow.Over | None, told: flow.Told, apart: Collection[int] = ()) -> Spent:
    """One full run from scratch."""
    spent, memory, marks = Spent(), Memory(), dict[str, float]()
    memory.start()
    started, own, others = time.monotonic(), own_cpu(), children_cpu(apart)
    shutil.rmtree(paths.public, ignore_errors=True)
    made = flow.run(
        paths, None, (), lambda stage: marks.setdefault(stage, time.monotonic()), told, full=True, over=over
    )
    ended = time.monotonic()
    spent.driver, spent.cpu = own_cpu() - own, own_cpu() - own + children_cpu(apart) - others
    spent.wall, spent.peak_gb, spent.edition = ended - started, memory.taken(), made.edition
    ends = [*list(marks.values())[1:], ended]
    spent.stages = {stage: end - begun for (stage, begun), end in zip(marks.items(), ends, strict=True)}
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
    return [row | {"ms": 1000 * row["cpu_sum"] / n, "bytes": row["bytes_sum"] / n} for row in rows]


def slopes(files: list[Path]) -> str:
    """From two runs of different size: what a record costs beyond what every run costs, and what AHEAD records take."""
    small, large = sorted((json.loads(path.read_text()) for path in files), key=lambda one: one["n"])
    more = large["n"] - small["n"]
    driver, every = ((large["spark"][name] - small["spark"][name]) / more for name in ("driver", "cpu"))
    lines = [
        f"A record more, from {small['n']:,} to {large['n']:,}: {1000 * every:.3f} CPU ms, of these {1000 * driver:.3f} on the driver, one after the other.",
        f"\n| cores | hours for {AHEAD:,} |\n| --- | --- |",
    ]
    for cores in CORES:
        lines.append(f"| {cores} | {((every - driver) / cores + driver) * AHEAD / 3600:.1f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--alone", action="store_true", help="without the embedded run, and so without comparing")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--slopes", type=Path, nargs=2, metavar="JSON", help="two results: print what follows for more")
    options = parser.parse_args()
    if options.slopes:
        print(slopes(options.slopes))
        return
    os.environ.update(JAVA)
    paths, kept = Paths(options.data), costs()
    tables = paths.work / "tables" / "public"
    embedded = Spent() if options.alone else run(paths, None, flow.quietly)
    before = {} if options.alone else {path.name: path.read_bytes() for path in tables.glob("*.parquet")}
    with cluster(Path(tempfile.mkdtemp()), options.workers) as running:
        killer = Killer(running)
        spark = run(paths, flow.Over(running.url), killer if options.kill else flow.quietly, running.alive())
        spark.elsewhere = sum(map(tree_cpu, running.alive()))
    odd = [name for name, data in before.items() if (tables / name).read_bytes() != data]
    if odd or embedded.edition not in ("", spark.edition):
        raise SystemExit(f"not one edition: {embedded.edition} and {spark.edition}; tables that differ: {odd}")
    n = pq.read_metadata(tables / "complaints.parquet").num_rows
    work = jobs(kept, n)
    # nobody waits for Spark's Python workers, so the cluster's processes do not count them; the jobs do
    spark.cpu += spark.elsewhere + sum(row["cpu_sum"] for row in work)
    print(report(embedded, spark, work, n, bool(killer.at)))
    if options.json:
        found = {"n": n, "workers": options.workers, "killed": bool(killer.at)}
        found |= {"embedded": vars(embedded), "spark": vars(spark), "jobs": work}
        options.json.write_text(json.dumps(found, indent=1))


def report(embedded: Spent, spark: Spent, work: list[dict[str, Any]], n: int, killed: bool) -> str:
    """As Markdown."""
    lines = [
        f"{n:,} complaints, edition {spark.edition}{', the same on both' if embedded.edition else ''}{', one worker killed on the way' if killed else ''}",
        "\n| run | wall s | CPU s | of these driver's Python | records per CPU s | peak GB here |\n| --- | --- | --- | --- | --- | --- |",
    ]
    runs = {name: one for name, one in (("embedded", embedded), ("spark", spark)) if one.edition}
    for name, one in runs.items():
        lines.append(
            f"| {name} | {one.wall:.1f} | {one.cpu:.1f} | {one.driver:.1f} | {n / one.cpu:.0f} | {one.peak_gb:.2f} |"
        )
    lines.append(
        "\n| job | tasks | Python CPU s | ms a record | longest task s | bytes sent a record |\n| --- | --- | --- | --- | --- | --- |"
    )
    for row in work:
        cells = (f"{row['cpu_sum']:.1f}", f"{row['ms']:.3f}", f"{row['cpu_max']:.1f}", f"{row['bytes']:.0f}")
        lines.append(f"| {row['job']} | {row['cpu_count']} | {' | '.join(cells)} |")
    for name, one in runs.items():
        lines.append(f"\n{name}, seconds: {', '.join(f'{stage} {wall:.1f}' for stage, wall in one.stages.items())}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
