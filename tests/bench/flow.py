"""What a run costs, stage by stage: `python -m tests.bench.flow DATA [--profile STAGE]` on a corpus of `records.py`.

Prints wall and CPU seconds of this process and its children, and peak memory of the tree, as Markdown; with --json FILE also as JSON.
"""

import argparse
import cProfile
import json
import os
import pstats
import resource
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline import flow
from pipeline.paths import Paths


@dataclass
class Spent:
    """One stage."""

    stage: str
    wall: float
    cpu: float
    peak_gb: float

    def row(self) -> str:
        """As a line of the table, with how many cores were busy."""
        return f"| {self.stage} | {self.wall} | {self.cpu} | {self.cpu / max(self.wall, 0.01):.2f} | {self.peak_gb} |"


def cpu() -> float:
    """User and system seconds of this process and its children, finished or at work."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    _, *children = _tree(Path("/proc/self").resolve().name)
    return sum(one.ru_utime + one.ru_stime for one in both) + sum(map(_used, children))


class Memory(threading.Thread):
    """Watches the resident memory of this process and its children."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak, self.over = 0, threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.5):
            self.peak = max(self.peak, sum(map(_resident, _tree(Path("/proc/self").resolve().name))))

    def taken(self) -> float:
        """Peak in GB since the last call."""
        peak, self.peak = self.peak, 0
        return peak / 1e6


def _tree(pid: str) -> list[str]:
    try:
        children = [
            child for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
        ]
    except OSError:
        children = []
    return [pid, *(one for child in children for one in _tree(child))]


def _used(pid: str) -> float:
    """User and system seconds of a process at work."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(pid: str) -> int:
    """Resident kilobytes."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4
    except OSError:
        return 0


class Watch:
    """Told when a stage begins; keeps what the one before spent."""

    def __init__(self, profiled: str | None) -> None:
        self.spent: list[Spent] = []
        self.memory, self.profiled, self.profile = Memory(), profiled, cProfile.Profile()
        self.memory.start()
        self.stage, self.wall, self.cpu = "start", time.monotonic(), cpu()

    def __call__(self, stage: str, *_: object) -> None:
        if stage == self.stage:
            return
        now, used = time.monotonic(), cpu()
        one = Spent(self.stage, round(now - self.wall, 2), round(used - self.cpu, 2), round(self.memory.taken(), 2))
        self.spent.append(one)
        print(one.row(), flush=True)
        if self.profiled in (self.stage, "all"):
            self.profile.disable()
        if self.profiled in (stage, "all") and stage != "end":
            self.profile.enable()
        self.stage, self.wall, self.cpu = stage, now, used


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--profile", help="a stage, or all")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    print("| stage | wall s | CPU s | cores busy | peak GB |\n| --- | --- | --- | --- | --- |")
    watch, started, used = Watch(options.profile), time.monotonic(), cpu()
    result = flow.run(Paths(options.data), None, (), watch)
    watch("end")
    total = Spent(
        "all", round(time.monotonic() - started, 2), round(cpu() - used, 2), max(one.peak_gb for one in watch.spent)
    )
    print(total.row())
    print(f"{result.edition}: {result.rows}")
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in (*watch.spent, total)], indent=1))
    if options.profile:
        pstats.Stats(watch.profile).sort_stats("cumulative").print_stats(45)


if __name__ == "__main__":
    main()
