"""The public database → the whole site folder. The same database gives the same bytes.

A page is rendered only when what it is made from changed, and written only when its bytes changed: the manifest beside
the site holds the digest of each page's rows, and one of all that every page is made from. Files others put into the
folder (open data) are left alone.
"""

import gc
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemBytecodeCache

from pipeline.model import TABLES
from pipeline.paths import SITE
from pipeline.publish.web import environment, findable, manifest, output, printed_sql, search_index
from pipeline.publish.web.figures import Desk
from pipeline.publish.web.findable import Record
from pipeline.publish.web.kinds import KINDS, file_sets
from pipeline.publish.web.manifest import Manifest
from pipeline.publish.web.page import FileSet, Job, Kind
from pipeline.publish.web.reading import read_snapshot, seal
from pipeline.publish.web.texts import LANGUAGES, load_texts
from pipeline.publish.web.words import load_words

Progress = Callable[[int, int], None]
"""Called with pages done and pages in all."""
ENOUGH_FOR_TWO = 400
_CHUNK = 64


@dataclass(frozen=True)
class BuildReport:
    """Pages in all, those rendered, those written anew, and the bytes of everything, assets included."""

    pages: int
    rendered: int
    written: int
    bytes: int
    notice: str = ""
    """What the build had to leave out, with the remedy."""

    @property
    def unchanged(self) -> int:
        return self.pages - self.written


@dataclass(frozen=True)
class _Task:
    """One page to render: its file, the templates of its language."""

    file: str
    job: Job
    templates: Environment
    kind: Kind


@dataclass
class _Folder:
    """Writes below `out` only what differs, and notes it in the manifest to be."""

    out: Path
    made: Manifest
    written: set[str] = field(default_factory=set)

    def write(self, name: str, content: bytes) -> None:
        self.note(name, "", len(content), is_new=output.put(self.out / name, content))

    def note(self, name: str, digest: str, size: int, *, is_new: bool) -> None:
        self.made.files[name] = (digest, size)
        if is_new:
            self.written.add(name)


def build_site(
    database: Path,
    out: Path,
    *,
    data_url: str = "/data/",
    site_url: str = "",
    contact: str = "",
    moved: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    processes: int = 1,
) -> BuildReport:
    """Render the newest edition in `database` into `out`, which must be new, empty or an earlier site.

    `data_url` is where Datasette answers (ends with a slash; empty: the SQL is printed on the pages); `site_url` is the
    address the site will have, for links that must be absolute; `contact` the e-mail address statements go to; `moved`
    former platform ids, each with the one that stands for it. `out` may hold hard links: no file is written in place.
    """
    output.refuse_foreign(out)
    with _quiet_collector() as freeze:
        desks = _desks(database, data_url, site_url, contact, moved or {})
        before = _earlier(out, _frame(desks[0]))
        folder = _Folder(out, Manifest(before.frame))
        _assets(folder)
        _file_sets(folder, before, desks)
        found = search_index.known(manifest.beside(out, "search.json"))
        digests, tasks = _plan(desks, before, out, set(found))
        freeze()
        for file, size, is_new, records in _rendered(out, tasks, processes, len(digests), progress):
            folder.note(file, digests[file], size, is_new=is_new)
            found[file] = records
        _index(folder, before, {file: found[file] for file in digests if file in found}, desks)
        folder.made.files |= {file: before.files[file] for file in digests if file not in folder.made.files}
        output.remove(out, set(before.files) - set(folder.made.files))
        manifest.write(out, folder.made)
    if progress is not None:
        progress(len(digests), len(digests))
    sizes = sum(size for _, size in folder.made.files.values())
    notice = "" if search_index.version() else search_index.REMEDY
    return BuildReport(len(digests), len(tasks), len(folder.written & set(digests)), sizes, notice)


@contextmanager
def _quiet_collector() -> Iterator[Callable[[], None]]:
    """Rows and jobs live to the end of the build: looking for cycles among them again and again takes a fifth of the time.

    No collection until what is given is called, and none of what there is then until the block is left.
    """

    def freeze() -> None:
        gc.freeze()
        if was_on:
            gc.enable()

    was_on = gc.isenabled()
    gc.disable()
    try:
        yield freeze
    finally:
        gc.unfreeze()
        if was_on:
            gc.enable()


def _desks(database: Path, data_url: str, site_url: str, contact: str, moved: Mapping[str, str]) -> list[Desk]:
    data = read_snapshot(database)
    return [
        Desk(data, load_words(one), load_texts(one), one, data_url, site_url.rstrip("/"), contact, moved)
        for one in LANGUAGES
    ]


def _earlier(out: Path, frame: str) -> Manifest:
    """What the last build left; none of it counts where the frame is another."""
    found = manifest.read(out)
    if found is None:
        output.clear(out)
        return Manifest(frame)
    if found.frame == frame:
        return found
    shutil.rmtree(manifest.beside(out, "templates"), ignore_errors=True)
    return Manifest(frame, {name: ("", size) for name, (_, size) in found.files.items()})


def _frame(desk: Desk) -> str:
    """What every page is made from besides its own rows: texts, templates, code, and what the edition says of itself."""
    edition = desk.data.edition
    said = (edition["as_of"], edition["method_version"], desk.data.invented, desk.data_url, desk.site_url, desk.contact)
    return seal([said, sorted(TABLES), *((path.name, path.read_bytes()) for path in environment.sources())])


def _assets(folder: _Folder) -> None:
    for path in sorted((SITE / "assets").rglob("*")):
        if path.is_file():
            folder.write(f"assets/{path.relative_to(SITE / 'assets')}", path.read_bytes())


def _file_sets(folder: _Folder, before: Manifest, desks: Sequence[Desk]) -> None:
    for one in file_sets(desks):
        _file_set(folder, before, one)


def _file_set(folder: _Folder, before: Manifest, one: FileSet) -> None:
    digest = seal(one.rows())
    if before.has_set(folder.out, one.name, digest):
        names = before.sets[one.name][1]
        folder.made.files |= {name: before.files[name] for name in names}
    else:
        names = _written(folder, one)
    folder.made.sets[one.name] = (digest, names)


def _index(folder: _Folder, before: Manifest, found: dict[str, list[Record]], desks: Sequence[Desk]) -> None:
    """The search index of what is found of all pages, and of the issues."""
    records = [record for own in found.values() for record in own]
    records += [record for desk in desks for record in findable.issues(desk)]
    _file_set(folder, before, search_index.files(records))
    search_index.keep(manifest.beside(folder.out, "search.json"), found)


def _written(folder: _Folder, files: FileSet) -> list[str]:
    names = []
    for name, content in files.make():
        folder.write(name, content)
        names.append(name)
    return names


def _plan(desks: Sequence[Desk], before: Manifest, out: Path, found: set[str]) -> tuple[dict[str, str], list[_Task]]:
    """The digest of each page's rows by its file, and the pages to render: those that stand there from other rows, or not at all.

    `found` are the files the search knows: a page it should know and does not is rendered too.
    """
    digests: dict[str, str] = {}
    tasks: list[_Task] = []
    compiled = manifest.beside(out, "templates")
    compiled.mkdir(parents=True, exist_ok=True)
    templates = [environment.environment(desk, FileSystemBytecodeCache(str(compiled))) for desk in desks]
    for kind in KINDS:
        jobs = [(job.path, seal(job.rows())) for job in kind.jobs(desks[0])]
        fresh: list[_Task] = []
        for desk, made in zip(desks, templates, strict=True):
            files = {path: _file_name(desk.at(path)) for path, _ in jobs}
            digests |= {files[path]: digest for path, digest in jobs}
            stale = {
                path
                for path, digest in jobs
                if not before.has(out, files[path], digest) or (kind.found_as and files[path] not in found)
            }
            fresh += (
                [_Task(files[job.path], job, made, kind) for job in kind.jobs(desk) if job.path in stale]
                if stale
                else []
            )
        tasks += sorted(fresh, key=lambda task: task.job.path)  # both languages of a page one after the other
    return digests, tasks


def _file_name(path: str) -> str:
    """`/platforms/x/` → `platforms/x/index.html`; `/404.html` → itself."""
    name = path.removeprefix("/")
    return f"{name}index.html" if path.endswith("/") else name


# ---------------------------------------------------------------- rendering

_SHARED: dict[str, Any] = {}
_Done = tuple[str, int, bool, list[Record]]
"""A page's file, its size, whether it was written, what the search finds of it."""


def _rendered(out: Path, tasks: list[_Task], processes: int, total: int, progress: Progress | None) -> Iterator[_Done]:
    """What was made of each task; two processes where there is enough to do."""
    done = total - len(tasks)
    _SHARED["tasks"], _SHARED["out"] = tasks, out
    starts = range(0, len(tasks), _CHUNK)
    for batch in _mapped(starts, processes if len(tasks) >= ENOUGH_FOR_TWO else 1):
        yield from batch
        done += len(batch)
        if progress is not None:
            progress(done, total)


def _mapped(starts: range, processes: int) -> Iterator[list[_Done]]:
    if processes < 2 or "fork" not in get_all_start_methods():
        yield from map(_batch, starts)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as pool:
        yield from pool.map(_batch, starts)


def _batch(start: int) -> list[_Done]:
    out = _SHARED["out"]
    return [_render(out, task) for task in _SHARED["tasks"][start : start + _CHUNK]]


def _render(out: Path, task: _Task) -> _Done:
    page = task.job.make()
    html = task.templates.get_template(task.kind.template).render(page=page, shell=page.shell, kind=task.kind)
    if not page.shell.data_url:
        html = printed_sql.printed(html, page.shell.language)
    content = html.encode("utf8")
    found = findable.of_page(html, task.file, page.shell.language, task.kind.found_as)
    return task.file, len(content), output.put(out / task.file, content), found
