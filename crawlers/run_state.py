"""What one crawl was asked to do, what it has counted so far, and what earlier crawls saw."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from crawlers.pages import SHANGHAI
from pipeline.errors import BadInput
from pipeline.model import Finding
from pipeline.portals import PortalFacts

REVISIT_AFTER = timedelta(days=31)  # the horizon of 30 days and a margin
_TERMINAL = {"confirmed", "withdrawn", "closed", "rejected"}  # a timer ends nothing: replies may still come
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class RunFiles:
    """The files of one run, side by side below data/raw/<portal>."""

    folder: Path
    run: str

    def _named(self, ending: str) -> Path:
        return self.folder / f"{self.run}{ending}"

    @property
    def lines(self) -> Path:
        return self._named(".jsonl")

    @property
    def report(self) -> Path:
        return self._named(".report.json")

    @property
    def findings(self) -> Path:
        return self._named(".findings.jsonl")

    @property
    def fetches(self) -> Path:
        """Every answer, tab-separated: when, status, bytes, address."""
        return self._named(".fetches.tsv")

    @property
    def log(self) -> Path:
        return self._named(".log")


class Known(NamedTuple):
    """A complaint as earlier runs left it. `t0` assigned, else published, else filed."""

    url: str
    t0: datetime | None
    published_on: date | None
    seen_at: datetime
    is_over: bool
    essence: bytes

    def is_due(self) -> bool:
        """Whether its state at the horizon may still be unseen."""
        return not self.is_over and (self.t0 is None or self.seen_at < self.t0 + REVISIT_AFTER)


@dataclass(frozen=True)
class Order:
    """What one crawl was asked to do. `now` null: each sighting has the time of its fetch."""

    facts: PortalFacts
    home: str
    files: RunFiles
    pace: str
    now: datetime | None = None
    since: date | None = None

    def seen_at(self) -> datetime:
        return (self.now or datetime.now(SHANGHAI)).astimezone(SHANGHAI).replace(microsecond=0)


@dataclass
class Run:
    """One crawl while it runs: what has landed, what was refused, what is wrong with it."""

    order: Order
    known: dict[str, Known]
    progress: Progress | None = None
    landed: set[str] = field(default_factory=set)
    planned: set[str] = field(default_factory=set)
    filled: Counter[str] = field(default_factory=Counter)
    counts: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    gaps: dict[str, Finding] = field(default_factory=dict)
    control: dict[str, int] = field(default_factory=dict)
    listed: int = 0
    waited_seconds: float = 0.0
    problems: list[str] = field(default_factory=list)
    in_a_row: int = 0
    ended: str = "not started"

    def count(self, group: str, kind: str) -> None:
        self.counts[group][kind] += 1

    def tick(self) -> None:
        """Tell whoever watches how far it is."""
        if self.progress:
            self.progress(len(self.landed), len(self.planned))


def essence(line: str) -> bytes:
    """Digest of what a record says about the complaint: its line without address, time and page digest."""
    start, end = line.find(',"title":'), line.find(',"page_digest":')
    events = line.find(',"events":', end)
    if not 0 <= start <= end <= events:
        raise BadInput(f"a record line without title, page_digest or events: {line[:80]}")
    return blake2b((line[start:end] + line[events:].rstrip()).encode(), digest_size=12).digest()


def known_complaints(folder: Path, without: str) -> dict[str, Known]:
    """Ref → its latest sighting in the runs of a portal; imported rows and the run `without` left out."""
    known: dict[str, Known] = {}
    for path in sorted(folder.glob("*.jsonl")):
        is_run = not path.name.startswith("import-") and not path.name.endswith(".findings.jsonl")
        if is_run and path.name != f"{without}.jsonl":
            for ref, seen in _sightings(path):
                if ref not in known or known[ref].seen_at <= seen.seen_at:
                    known[ref] = seen
    return known


def _sightings(path: Path) -> Iterator[tuple[str, Known]]:
    with path.open(encoding="utf8", newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            if not line.endswith("\n"):
                return  # cut by a kill: that run will be resumed or left
            try:
                yield _known(line)
            except (ValueError, KeyError) as error:
                raise BadInput(f"{path}:{number}: not a raw record ({error}); move the line away") from error


def _known(line: str) -> tuple[str, Known]:
    record: dict[str, Any] = json.loads(line)
    steps = record["events"]
    assigned = next((step["at"] for step in steps if step["kind"] == "assigned"), None)
    t0 = assigned or record["published_at"] or record["filed_at"]
    published = record["published_at"] or record["filed_at"]
    return record["ref"], Known(
        url=record["url"],
        t0=datetime.fromisoformat(t0) if t0 else None,
        published_on=datetime.fromisoformat(published).astimezone(SHANGHAI).date() if published else None,
        seen_at=datetime.fromisoformat(record["seen_at"]),
        is_over=record["gone"] is not None or any(step["kind"] in _TERMINAL for step in steps),
        essence=essence(line),
    )


def name_of_run(moment: datetime) -> str:
    """Name of a run: 20261120T120000+0800."""
    return moment.astimezone(SHANGHAI).strftime("%Y%m%dT%H%M%S%z")


def check_run_id(name: str) -> str:
    """The name, if it can be a file name of a run."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9+_.-]*", name) or name.startswith("import-"):
        raise BadInput(f"--run {name}: letters, digits, + - _ . only, and not import-…")
    return name
