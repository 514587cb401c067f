"""Speed and memory of a crawl with everything on, beside a bare Scrapy spider over the same pages.

`python -m tests.bench.crawl [PAGES] [ROUNDS]` (3,000 and 3): pages a second of both, in turns, and their ratio.
`python -m tests.bench.crawl memory [PAGES]` (100,000): peak memory on the way.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from typing import Any

from tests.bench.portal import running

TARGET = 0.6


def _measure(kind: str, home: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "tests.bench.spider", kind, home, data]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return result


def speed(pages: int, rounds: int) -> None:
    """In turns, so that a busy machine slows both."""
    rates: dict[str, list[float]] = {"bare": [], "full": []}
    cpu: dict[str, list[float]] = {"bare": [], "full": []}
    with running(pages) as home:
        for _ in range(rounds):
            for kind, measured in rates.items():
                got = _measure(kind, home)
                assert got["pages"] == pages, got
                measured.append(got["pages"] / got["seconds"])
                cpu[kind].append(got["cpu_seconds"] / got["pages"] * 1000)
                print(f"{kind} {measured[-1]:.0f} pages/s, {cpu[kind][-1]:.2f} ms of processor a page", flush=True)
    bare, full = (statistics.median(rates[kind]) for kind in ("bare", "full"))
    ratios = sorted(one / other for one, other in zip(rates["full"], rates["bare"], strict=True))
    print(f"bare {bare:.0f} · everything on {full:.0f} pages/s · ratio {full / bare:.2f} (rounds {ratios[0]:.2f}"
          f"–{ratios[-1]:.2f}; target {TARGET})")  # fmt: skip
    own, theirs = (statistics.median(cpu[kind]) for kind in ("full", "bare"))
    print(f"processor a page: bare {theirs:.2f} ms · everything on {own:.2f} ms · ratio {theirs / own:.2f}")


def memory(pages: int) -> None:
    with running(pages) as home:
        got = _measure("full", home)
    peaks = " · ".join(f"{int(at):,} pages {mb:.0f} MB" for at, mb in got["peak_mb"].items())
    print(f"{got['pages']:,} pages at {got['pages'] / got['seconds']:.0f} pages/s; peak memory: {peaks}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["memory"]:
        memory(int(sys.argv[2]) if len(sys.argv) > 2 else 100_000)
    else:
        speed(*(int(given) for given in (sys.argv[1:] + ["3000", "3"][len(sys.argv) - 1 :])))
