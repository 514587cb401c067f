"""Retention: what is older than a set time loses its people's words; digests stay, so that what was seen stays provable.

An archive shrinks to a list of its pages' digests. Raw records lose author, body, the complainant's texts and comment;
what the platform and the portal said, every date and every digest stay, so rates do not change.
"""

import gzip
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple

from crawlers.archive import Page, entries
from crawlers.landing import to_line
from pipeline.errors import BadInput
from pipeline.model import RawComplaint
from pipeline.paths import Paths

_ARCHIVE, _DIGESTS = ".warc.gz", ".digests.tsv"
Kind = Literal["archive", "raw"]
KINDS: tuple[Kind, ...] = ("archive", "raw")


class Old(NamedTuple):
    """A file of a run whose newest page is old enough. `records`: pages or records that lose their text."""

    path: Path
    kind: Kind
    newest_at: datetime
    records: int
    bytes: int


class Purge(NamedTuple):
    """What would go."""

    older_than: datetime
    files: tuple[Old, ...]

    @property
    def records(self) -> int:
        return sum(old.records for old in self.files)

    @property
    def bytes(self) -> int:
        return sum(old.bytes for old in self.files)


def plan(data: Path, older_than: datetime, kinds: Iterable[Kind] = KINDS) -> Purge:
    """What is older, nothing touched. `older_than` aware. A run goes as a whole, once its newest page is older."""
    if older_than.utcoffset() is None:
        raise BadInput(f"purge before {older_than}: give the offset, e.g. 2026-11-20T12:00:00+08:00")
    found = [old for kind in kinds for old in _FINDERS[kind](Paths(data))]
    return Purge(older_than, tuple(sorted(old for old in found if old.newest_at < older_than)))


def apply(purge: Purge) -> int:
    """Do what the plan says. Returns the bytes set free; a file changed since the plan is left alone."""
    freed = 0
    for old in purge.files:
        if old.path.exists() and old.path.stat().st_size == old.bytes:
            freed += old.bytes - (_reduce_archive(old.path) if old.kind == "archive" else _reduce_raw(old.path))
    return freed


def _archives(paths: Paths) -> Iterator[Old]:
    for path in sorted((paths.data / "archive").glob(f"*/*{_ARCHIVE}")):
        seen = [entry.content.seen_at for entry in entries(path) if isinstance(entry.content, Page)]
        if seen:
            yield Old(path, "archive", max(seen), len(seen), path.stat().st_size)


def _raws(paths: Paths) -> Iterator[Old]:
    """Files of records that still hold words of the complainant."""
    for path in sorted(paths.raw.glob("*/*.jsonl")):
        if path.name.count(".") != 1:
            continue
        with path.open(encoding="utf8", newline="\n") as lines:
            rows = [(record.seen_at, record != reduced(record)) for line in lines if (record := _record(path, line))]
        if any(has_words for _, has_words in rows):
            words = sum(has_words for _, has_words in rows)
            yield Old(path, "raw", max(at for at, _ in rows), words, path.stat().st_size)


_FINDERS: dict[Kind, Callable[[Paths], Iterator[Old]]] = {"archive": _archives, "raw": _raws}


def _record(path: Path, line: str) -> RawComplaint:
    try:
        return RawComplaint.model_validate_json(line)
    except ValueError as error:
        raise BadInput(f"{path}: a line is no raw record ({error}); resume the run or move the line away") from error


def reduced(record: RawComplaint) -> RawComplaint:
    """The record without the complainant's words."""
    events = tuple(
        step.model_copy(update={"text": None}) if step.actor == "complainant" else step for step in record.events
    )
    rating = record.rating.model_copy(update={"text": None}) if record.rating else None
    return record.model_copy(update={"author": None, "body": None, "rating": rating, "events": events})


def _reduce_archive(path: Path) -> int:
    """Replace the archive by its digests. Returns the new size."""
    target = path.with_name(path.name.removesuffix(_ARCHIVE) + _DIGESTS + ".gz")
    draft = target.with_name(target.name + ".part")
    with gzip.open(draft, "wt", encoding="utf8") as out:
        for entry in entries(path):
            page = entry.content
            if isinstance(page, Page):
                digest = hashlib.sha256(page.body).hexdigest()
                out.write(f"{page.seen_at.isoformat()}\t{page.status}\t{digest}\t{json.dumps(page.url)}\n")
    draft.replace(target)
    path.unlink()
    return target.stat().st_size


def _reduce_raw(path: Path) -> int:
    draft = path.with_name(path.name + ".part")
    with path.open(encoding="utf8", newline="\n") as lines, draft.open("w", encoding="utf8", newline="\n") as out:
        for line in lines:
            out.write(to_line(reduced(_record(path, line))) + "\n")
    draft.replace(path)
    return path.stat().st_size
