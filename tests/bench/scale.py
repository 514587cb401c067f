"""How cost grows, and what more would take: `python -m tests.bench.scale RESULT.json… [--method sinkrate] [--to 25000000]`.

Reads what `sinkrate bench … --out` wrote (one file or several, rows with size, seconds, cpu and rss_mb) and prints Markdown: what
was measured, the exponent between neighbouring sizes, and what follows for more complaints on one machine and on several workers.
A worker is a machine like the measured one. Everything behind "would take" is extrapolated, nothing there was run.
"""

import argparse
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path

WORKERS = (1, 4, 16, 64)


@dataclass(frozen=True)
class Point:
    """One measured size. `memory` is in GB."""

    size: int
    seconds: float
    cpu: float
    memory: float


def points(files: Sequence[Path], method: str) -> tuple[list[Point], int]:
    """The measured sizes of a method, ascending, and the cores of the machine."""
    found, cores = dict[int, Point](), 1
    for file in files:
        kept = json.loads(file.read_text(encoding="utf8"))
        cores = int(kept["machine"]["cores"])
        for row in kept["rows"]:
            if row.get("method") == method and "cpu" in row and "measure" not in row:
                found[row["size"]] = Point(row["size"], row["seconds"], row["cpu"], row["rss_mb"] / 1024)
    return [found[size] for size in sorted(found)], cores


def exponent(smaller: Point, larger: Point, name: str) -> float:
    return log(getattr(larger, name) / getattr(smaller, name)) / log(larger.size / smaller.size)


def grown(measured: Sequence[Point], name: str, size: int) -> float:
    """What the largest measured size costs, grown by the exponent from the size before it to it, at least in proportion."""
    last = measured[-1]
    slope = max(1.0, exponent(measured[-2], last, name)) if len(measured) > 1 else 1.0
    return float(getattr(last, name) * (size / last.size) ** slope)


def report(measured: Sequence[Point], cores: int, size: int) -> str:
    lines = ["| complaints | seconds | CPU s | peak GB |", "|---|---|---|---|"]
    lines += [f"| {one.size:,} | {one.seconds:.1f} | {one.cpu:.1f} | {one.memory:.2f} |" for one in measured]
    for a, b in itertools.pairwise(measured):
        slopes = ", ".join(f"{name} {exponent(a, b, name):.2f}" for name in ("seconds", "cpu", "memory"))
        lines.append(f"\nExponent {a.size:,} → {b.size:,}: {slopes}.")
    cpu, memory = (grown(measured, name, size) for name in ("cpu", "memory"))
    lines += [f"\n{size:,} would take {cpu:,.0f} s of CPU:\n", "| workers | minutes at least, all cores busy | GB on each |", "|---|---|---|"]  # fmt: skip
    lines += [f"| {one} | {cpu / (cores * one) / 60:,.1f} | {memory / one:.1f} |" for one in WORKERS]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--method", default="sinkrate")
    parser.add_argument("--to", type=int, default=25_000_000)
    given = parser.parse_args()
    measured, cores = points(given.files, given.method)
    if not measured:
        raise SystemExit(
            f"no rows of {given.method} with size, seconds, cpu and rss_mb in {[file.name for file in given.files]}"
        )
    print(report(measured, cores, given.to))


if __name__ == "__main__":
    main()
