"""Random `kill -9` during crawls, each taken up again: `python -m tests.bench.kill [KILLS] [PAGES] [SEED]` (50, 4,000, 1).

The raw records are compared with an undisturbed crawl's, `seen_at` apart; then they are rebuilt from the archive.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import NamedTuple

from crawlers.reparse import reparse
from tests.bench.portal import running

_UP_SECONDS = 120.0


class Outcome(NamedTuple):
    """What many kills left (`in_pages` of them after that life had fetched something): `same` as an undisturbed crawl, `rebuilt` byte for byte from the archive."""

    kills: int
    in_pages: int
    crawls: int
    records: int
    same: bool
    rebuilt: bool
    fetched: str


def _start(home: str, data: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.bench.spider", "full", home, str(data)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _landed(data: Path) -> dict[str, str]:
    """Ref → record without the time it was seen."""
    found: dict[str, str] = {}
    for path in sorted((data / "raw" / "heimao").glob("*.jsonl")):
        if path.name.count(".") == 1:
            for line in path.read_text(encoding="utf8").split("\n")[:-1]:
                record = json.loads(line)
                assert record["ref"] not in found, f"{record['ref']} landed twice"
                if record["gone"]:
                    record["gone"].pop("at")
                found[record["ref"]] = json.dumps({**record, "seen_at": None}, sort_keys=True)
    return found


def _size(data: Path) -> int:
    """Bytes in the fetch log: it grows with the first answer of a life."""
    return sum(path.stat().st_size for path in (data / "raw" / "heimao").glob("*.fetches.tsv"))


def _is_complete(data: Path) -> bool:
    """Whether the run has ended: the kill struck a process that had nothing left to do."""
    reports = (data / "raw" / "heimao").glob("*.report.json")
    return any(json.loads(path.read_text(encoding="utf8"))["complete"] for path in reports)


def _disturb(process: subprocess.Popen[bytes], data: Path, rng: random.Random) -> bool:
    """Kill it at a random moment after its first answer; false when it ended before that."""
    before, until = _size(data), time.monotonic() + _UP_SECONDS
    is_early = rng.random() < 0.1  # some die before they have asked anything
    while not is_early and process.poll() is None and _size(data) == before and time.monotonic() < until:
        time.sleep(0.002)
    time.sleep(rng.random() * 1.2)
    if process.poll() is not None:
        return False
    process.kill()
    process.wait()
    return True


def many(kills: int, pages: int, seed: int = 1) -> Outcome:
    """Crawl until that many kills have struck; a crawl that ends is followed by one from nothing."""
    rng, done, crawls, in_pages = random.Random(seed), 0, 0, 0
    is_same = is_rebuilt = True
    with tempfile.TemporaryDirectory() as folder, running(pages) as home:
        _start(home, Path(folder) / "whole").wait()
        whole = _landed(Path(folder) / "whole")
        assert len(whole) == pages, f"{len(whole)} of {pages} without any kill"
        while done < kills:
            data, crawls = Path(folder) / str(crawls), crawls + 1
            size = 0
            while done < kills and not _is_complete(data) and _disturb(_start(home, data), data, rng):
                done += 1
                size, in_pages = _size(data), in_pages + (_size(data) > size)
            if not _is_complete(data):  # a crawl after a complete one is a new run, with sightings of its own
                _start(home, data).wait()
            is_same &= _landed(data) == whole
            is_rebuilt &= all(run.is_same for run in reparse("heimao", data, dry_run=True))
        with urllib.request.urlopen(home + "_hits") as answer:
            fetched = answer.read().decode()
    return Outcome(done, in_pages, crawls, len(whole), is_same, is_rebuilt, fetched)


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    result = many(*(given + [50, 4_000, 1][len(given) :]))
    print(result._asdict())
    sys.exit(0 if result.same and result.rebuilt else 1)
