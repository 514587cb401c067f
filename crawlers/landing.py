"""The one item pipeline: validated records and findings, one JSON line each, never half of one."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self, cast

from scrapy.crawler import Crawler

from crawlers.pages import SHANGHAI
from crawlers.portal_spider import PortalSpider
from crawlers.run_state import Run, RunFiles, essence
from pipeline.errors import BadInput
from pipeline.model import Finding, RawComplaint

_FIELDS = ("title", "body", "platform_name", "issues", "requests", "amount_yuan", "filed_at", "published_at", "status",
           "events")  # fmt: skip
_BATCH = 50  # lines between two syncs to disk


class Journal:
    """An append-only file of lines. A last line that a kill cut in half is removed when it is opened."""

    def __init__(self, path: Path, batch: int = _BATCH) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        cut_half_line(path)
        self._file = path.open("ab", buffering=0)
        self._unsynced = 0
        self._batch = batch

    def write(self, line: str) -> None:
        """One line, handed to the system at once, on disk at the latest after a batch."""
        self._file.write(line.encode() + b"\n")
        self._unsynced += 1
        if self._unsynced >= self._batch:
            self.sync()

    def sync(self) -> None:
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
    """Appends what spiders yield. A record that is no RawComplaint, or whose ref has landed, is refused loudly."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(cast(PortalSpider, crawler.spider).run)

    def open_spider(self) -> None:
        files = self._run.order.files
        self._findings = Journal(files.findings)
        self._known_findings = {finding.id for finding in read_findings(files)}
        self._lines = Journal(files.lines)

    def close_spider(self) -> None:
        self._lines.close()
        self._findings.close()

    def process_item(self, item: Any) -> Any:
        if isinstance(item, Finding):
            self._note(item)
        elif isinstance(item, RawComplaint):
            self._land(item)
        else:
            raise TypeError(f"a spider yielded {type(item).__name__}: only RawComplaint and Finding can land")
        return item

    def _note(self, found: Finding) -> None:
        if found.id not in self._known_findings:
            self._known_findings.add(found.id)
            self._findings.write(found.model_dump_json())

    def _land(self, record: RawComplaint) -> None:
        if record.ref in self._run.landed:
            self._run.count("repeated", "ref")
            return
        if record.seen_at.utcoffset() != SHANGHAI.utcoffset(None):
            raise ValueError(f"{record.portal}/{record.ref}: times land at +08:00")
        line = to_line(record)
        self._lines.write(line)
        _count(self._run, record, line)
        self._run.tick()


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
