"""Raw records and findings of all runs, made again from the archive without the network.

With the parser that made them the files come out byte for byte; with a corrected one the correction reaches history.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from crawlers.archive import Note, Page, entries, page_at
from crawlers.landing import to_line
from crawlers.reading import Sighted, gap_of, name_of
from crawlers.report import read_report
from crawlers.resume import item_of, only, refs_of
from crawlers.run_state import RunFiles
from pipeline.errors import BadInput
from pipeline.model import Finding, RawComplaint
from pipeline.paths import Paths
from pipeline.portals import PortalFacts, facts

_AT_HAND = 512  # pages kept in memory: what a note reads was archived shortly before
_ARCHIVE = ".warc.gz"


class Reparsed(NamedTuple):
    """One run before and after. `records` there are now; `findings_changed` tells whether that file differs."""

    run: str
    records: int
    changed: int
    added: int
    lost: int
    findings_changed: bool
    without_archive: bool = False

    @property
    def is_same(self) -> bool:
        """Whether both files are byte for byte what they were."""
        return not (self.changed or self.added or self.lost or self.findings_changed)


def reparse(
    portal: str, data: Path, *, dry_run: bool = False, progress: Callable[[str], None] | None = None
) -> list[Reparsed]:
    """Rebuild data/raw/<portal> from data/archive/<portal>; `dry_run` only counts. `progress` is told each run.

    A run whose archive is gone (purged, or older than archives) is left as it is and marked. Raises BadInput.
    """
    known, folder = facts(portal), Paths(data).raw / portal
    done = []
    for run in _runs(folder, Paths(data).data / "archive" / portal):
        if progress:
            progress(run)
        done.append(_run(known, RunFiles(folder, run), dry_run))
    return done


def _runs(raw: Path, archive: Path) -> list[str]:
    reports = {path.name.removesuffix(".report.json") for path in raw.glob("*.report.json")}
    return sorted(reports | {path.name.removesuffix(_ARCHIVE) for path in archive.glob(f"*{_ARCHIVE}")})


def _run(known: PortalFacts, files: RunFiles, dry_run: bool) -> Reparsed:
    before = _lines(files.lines)
    if not files.archive.exists():
        return Reparsed(files.run, len(before), 0, 0, 0, findings_changed=False, without_archive=True)
    made = _made(known, files)
    old = {_ref(line): line for line in before}
    new = {_ref(line): line for line in made.lines}
    findings = [found.model_dump_json() for found in made.findings.values()]
    report = read_report(files.report)
    if report is not None and report.ended_at is not None:
        findings += [found.model_dump_json() for found in made.gaps.values()]
    result = Reparsed(
        run=files.run, records=len(new), changed=sum(new[ref] != old[ref] for ref in new.keys() & old.keys()),
        added=len(new.keys() - old.keys()), lost=len(old.keys() - new.keys()),
        findings_changed=findings != _lines(files.findings),
    )  # fmt: skip
    if not dry_run:
        files.folder.mkdir(parents=True, exist_ok=True)
        _replace(files.lines, made.lines, before)
        _replace(files.findings, findings, _lines(files.findings))
    return result


@dataclass
class _Made:
    """What a run's archive says, as far as it has been read."""

    landed: set[str]
    lines: list[str] = field(default_factory=list)
    refs: set[str] = field(default_factory=set)
    findings: dict[str, Finding] = field(default_factory=dict)
    gaps: dict[str, Finding] = field(default_factory=dict)


def _made(known: PortalFacts, files: RunFiles) -> _Made:
    notes = (entry.content for entry in entries(files.archive))
    made = _Made({ref for note in notes if isinstance(note, Note) and note.what in _LANDS for ref in refs_of(note)})
    for note, pages in _with_pages(files.archive):
        if note.what == "begin":
            made.gaps = {}  # whoever takes a run up asks again for what it has not seen
        elif note.what == "gap":
            made.gaps[note.about["name"]] = gap_of(known, note.about["name"], note.about["kind"])
        elif note.what in _LANDS:
            _take(made, note, item_of(note, pages, known), known)
    return made


_LANDS = ("read", "item")


def _take(made: _Made, note: Note, item: Sighted | RawComplaint | Finding, known: PortalFacts) -> None:
    if isinstance(item, Finding):
        made.findings.setdefault(item.id, item)
    elif isinstance(item, RawComplaint):
        _add(made, item)
    else:
        _take_reading(made, note, item, known)


def _take_reading(made: _Made, note: Note, item: Sighted, known: PortalFacts) -> None:
    """What the crawl landed here lands here again; a page it could not read adds what no other page gave."""
    shown = {record.ref for record in item.read.records}
    wanted = refs_of(note) or shown - made.landed
    for found in item.read.findings:
        made.findings.setdefault(found.id, found)
    for record in only(item, wanted).read.records:
        _add(made, record)
    if item.read.kind is not None:
        name = name_of(item.sighting)
        made.gaps[name] = gap_of(known, name, item.read.kind)


def _add(made: _Made, record: RawComplaint) -> None:
    if record.ref not in made.refs:
        made.refs.add(record.ref)
        made.lines.append(to_line(record))


def _with_pages(path: Path) -> Iterator[tuple[Note, dict[str, Page]]]:
    """Each note with the pages it was drawn from."""
    starts: dict[str, int] = {}
    at_hand: OrderedDict[str, Page] = OrderedDict()
    for start, _, content in entries(path):
        if isinstance(content, Page):
            starts[content.id] = start
            at_hand[content.id] = content
            if len(at_hand) > _AT_HAND:
                at_hand.popitem(last=False)
            continue
        wanted = content.about.get("pages", ()) if content.what == "read" else ()
        yield content, {name: at_hand.get(name) or page_at(path, _start(starts, name, path)) for name in wanted}


def _start(starts: dict[str, int], name: str, path: Path) -> int:
    if name not in starts:
        raise BadInput(f"{path}: page {name} is not in it; restore the archive, or move it away to keep the records")
    return starts[name]


def _lines(path: Path) -> list[str]:
    """Whole lines of a file; none where it is missing."""
    if not path.exists():
        return []
    with path.open(encoding="utf8", newline="\n") as file:
        return [line.rstrip("\n") for line in file if line.endswith("\n")]


def _ref(line: str) -> str:
    return RawComplaint.model_validate_json(line).ref


def _replace(path: Path, lines: list[str], before: list[str]) -> None:
    if lines == before and path.exists():
        return
    draft = path.with_name(path.name + ".part")
    draft.write_text("".join(f"{line}\n" for line in lines), encoding="utf8", newline="\n")
    draft.replace(path)
