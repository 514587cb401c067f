"""What one crawl was asked to do, and what it has counted so far."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from crawlers.archive import Archive
from crawlers.known import KnownIndex
from crawlers.pages import SHANGHAI
from pipeline.errors import BadInput
from pipeline.model import Finding
from pipeline.portals import PortalFacts

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
        return self._named(".findings.ndjson")

    @property
    def fetches(self) -> Path:
        """Every answer, tab-separated: when, status, bytes, address."""
        return self._named(".fetches.tsv")

    @property
    def archive(self) -> Path:
        """Every page of the run as WARC: data/archive/<portal>/<run>.warc.gz."""
        return self.folder.parents[1] / "archive" / self.folder.name / f"{self.run}.warc.gz"

    @property
    def log(self) -> Path:
        return self._named(".log")


@dataclass(frozen=True)
class Order:
    """What one crawl was asked to do. `now` null: each sighting has the time of its fetch.

    `full`: every known complaint is seen again and no list is cut short. `budget`: most requests of this process.
    `sees_ground`: earlier runs ended whole, so a list may end where all is known.
    """

    facts: PortalFacts
    home: str
    files: RunFiles
    pace: str
    now: datetime | None = None
    since: date | None = None
    full: bool = False
    budget: int | None = None
    sees_ground: bool = False

    def seen_at(self) -> datetime:
        return (self.now or datetime.now(SHANGHAI)).astimezone(SHANGHAI).replace(microsecond=0)


@dataclass
class Run:
    """One crawl while it runs: what has landed, what was refused, what is wrong with it.

    `replays`: address → where this run's archive holds an answer nobody has read yet.
    """

    order: Order
    known: KnownIndex
    archive: Archive
    progress: Progress | None = None
    landed: set[str] = field(default_factory=set)
    planned: set[str] = field(default_factory=set)
    filled: Counter[str] = field(default_factory=Counter)
    counts: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    gaps: dict[str, Finding] = field(default_factory=dict)
    control: dict[str, int] = field(default_factory=dict)
    collected: Counter[str] = field(default_factory=Counter)
    latest_ids: tuple[int, int] | None = None
    listed: int = 0
    waited_seconds: float = 0.0
    replays: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    in_a_row: int = 0
    ended: str = "not started"

    def count(self, group: str, kind: str) -> None:
        self.counts[group][kind] += 1

    def latest(self, ids: Iterable[int]) -> None:
        """Complaint numbers on the portal's latest list now; its lowest and highest are kept in the report."""
        numbers = [*ids, *(self.latest_ids or ())]
        self.latest_ids = (min(numbers), max(numbers)) if numbers else None

    def tick(self) -> None:
        """Tell whoever watches how far it is."""
        if self.progress:
            self.progress(len(self.landed), len(self.planned))


def name_of_run(moment: datetime) -> str:
    """Name of a run: 20261120T120000+0800."""
    return moment.astimezone(SHANGHAI).strftime("%Y%m%dT%H%M%S%z")


def check_run_id(name: str) -> str:
    """The name, if it can be a file name of a run."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9+_-]*", name) or name.startswith("import-"):
        raise BadInput(f"--run {name}: letters, digits, + - _ only, and not import-…")
    return name
