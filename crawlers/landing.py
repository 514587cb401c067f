"""The one item pipeline: validated records and findings, one JSON line each, never half of one.

The archive hears of each item first, the line follows: after a kill the archive knows what is missing.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self, cast

from scrapy.crawler import Crawler

from crawlers.known import essence
from crawlers.pages import SHANGHAI
from crawlers.portal_spider import PortalSpider
from crawlers.reading import Sighted, gap_of, name_of
from crawlers.run_state import Run, RunFiles
from pipeline.errors import BadInput
from pipeline.model import Finding, RawComplaint

_FIELDS = ("title", "body", "platform_name", "issues", "requests", "amount_yuan", "filed_at", "published_at", "status",
           "events")  # fmt: skip
_BATCH = 50  # lines between two syncs to disk


class Journal:
    """An append-only file of lines. A last line that a kill cut in half is removed when it is opened."""

    def __init__(self, path: Path, batch: int = _BATCH, before_sync: Callable[[], None] = lambda: None) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        cut_half_line(path)
        self._file = path.open("ab", buffering=0)
        self._unsynced = 0
        self._batch = batch
        self._before_sync = before_sync

    def write(self, line: str) -> None:
        """One line, handed to the system at once, on disk at the latest after a batch."""
        self._file.write(line.encode() + b"\n")
        self._unsynced += 1
        if self._unsynced >= self._batch:
            self.sync()

    def sync(self) -> None:
        self._before_sync()
        os.fsync(self._file.fileno())
        self._unsynced = 0

    def close(self) -> None:
        self.sync()
        self._file.close()


def cut_half_line(path: Path) -> None:
    """Cut the file after its last line end."""
    if not path.exists() or not path.stat().st_size:
        return
    with path.open("r+b") as file:
        size = end = file.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - 65536)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            end = start + found + 1 if found >= 0 else start
            if found >= 0:
                break
        if end < size:
            file.truncate(end)


def _lines(path: Path) -> Iterator[str]:
    """Lines between line feeds; the other line ends of Unicode may stand inside a text."""
    with path.open(encoding="utf8", newline="\n") as file:
        for line in file:
            yield line.rstrip("\n")


def to_line(record: RawComplaint) -> str:
    """The record as its JSON line: fields in the model's order, null where the page is silent."""
    return record.model_dump_json()


def load_landed(run: Run) -> None:
    """Take up an unfinished run: what it landed is not fetched again, and counts."""
    path = run.order.files.lines
    cut_half_line(path)
    if not path.exists():
        return
    for number, line in enumerate(_lines(path), 1):
        try:
            record = RawComplaint.model_validate_json(line)
        except ValueError as error:
            raise BadInput(f"{path}:{number}: not a raw record; move the line away and run again ({error})") from error
        _count(run, record, line)


def _count(run: Run, record: RawComplaint, line: str) -> None:
    run.landed.add(record.ref)
    if record.gone:
        run.count("gone", record.gone.kind)
        return
    run.filled.update(_filled(record))
    run.count("items", _versus_last(run, record.ref, line))


def _filled(record: RawComplaint) -> Counter[str]:
    return Counter(name for name in _FIELDS if getattr(record, name) not in (None, ()))


def _versus_last(run: Run, ref: str, line: str) -> str:
    before = run.known.get(ref)
    if before is None:
        return "new"
    return "same" if before.essence == essence(line) else "changed"


class Landing:
    """Appends what spiders yield. Anything but a reading, a record or a finding is refused loudly."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(cast(PortalSpider, crawler.spider).run)

    def open_spider(self) -> None:
        files = self._run.order.files
        self._findings = Journal(files.findings)
        self._known_findings = {finding.id for finding in read_findings(files)}
        self._lines = Journal(files.lines, before_sync=self._run.archive.sync)

    def close_spider(self) -> None:
        self._lines.close()
        self._findings.close()

    def process_item(self, item: Any) -> Any:
        if isinstance(item, Sighted):
            self._keep(item)
        elif isinstance(item, Finding | RawComplaint):
            self._keep_alone(item)
        else:
            raise TypeError(f"a spider yielded {type(item).__name__}: only readings, records and findings can land")
        return item

    def land(self, item: Sighted | RawComplaint | Finding) -> None:
        """Write the lines of an item the archive knows."""
        records, findings = contents(item)
        for found in findings:
            self._note(found)
        for record in records:
            self._land(record)
        if isinstance(item, Sighted) and item.read.kind is not None:
            name = name_of(item.sighting)
            self._run.gaps[name] = gap_of(self._run.order.facts, name, item.read.kind)

    def _keep(self, item: Sighted) -> None:
        sighting, read = item
        fresh = {record.ref: record for record in reversed(read.records) if not self._is_repeated(record)}
        if read.records and not fresh:
            return
        landed = tuple(record for record in read.records if fresh.get(record.ref) is record)
        about = {**sighting.model_dump(mode="json"), "verdict": read.verdict, "landed": [one.ref for one in landed]}
        self._run.archive.note("read", about, url=sighting.url, refers_to=sighting.pages[-1])
        self.land(Sighted(sighting, read._replace(records=landed)))

    def _keep_alone(self, item: RawComplaint | Finding) -> None:
        if isinstance(item, RawComplaint) and self._is_repeated(item):
            return
        about = {"model": type(item).__name__, "item": item.model_dump(mode="json")}
        url = item.url if isinstance(item, RawComplaint) else f"urn:sinkrate:{item.id}"
        self._run.archive.note("item", about, url=url)
        self.land(item)

    def _is_repeated(self, record: RawComplaint) -> bool:
        if record.seen_at.utcoffset() != SHANGHAI.utcoffset(None):
            raise ValueError(f"{record.portal}/{record.ref}: times land at +08:00")
        if record.ref in self._run.landed:
            self._run.count("repeated", "ref")
        return record.ref in self._run.landed

    def _note(self, found: Finding) -> None:
        if found.id not in self._known_findings:
            self._known_findings.add(found.id)
            self._findings.write(found.model_dump_json())

    def _land(self, record: RawComplaint) -> None:
        line = to_line(record)
        self._lines.write(line)
        _count(self._run, record, line)
        self._run.tick()


def contents(item: Sighted | RawComplaint | Finding) -> tuple[tuple[RawComplaint, ...], tuple[Finding, ...]]:
    """Records and findings of an item."""
    if isinstance(item, Sighted):
        return item.read.records, item.read.findings
    return ((item,), ()) if isinstance(item, RawComplaint) else ((), (item,))


def read_findings(files: RunFiles) -> list[Finding]:
    """The findings a run has written so far."""
    cut_half_line(files.findings)
    if not files.findings.exists():
        return []
    return [Finding.model_validate_json(line) for line in _lines(files.findings)]


def settle_findings(run: Run) -> list[Finding]:
    """At the end: findings about pages, and one per gap that is left. Returns all."""
    files = run.order.files
    found = [finding for finding in read_findings(files) if finding.kind != "gap"] + list(run.gaps.values())
    draft = files.findings.with_suffix(".part")
    draft.write_text("".join(finding.model_dump_json() + "\n" for finding in found), encoding="utf8")
    draft.replace(files.findings)
    return found
