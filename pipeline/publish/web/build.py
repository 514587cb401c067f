"""The public database → the whole site folder. The same database gives the same bytes.

A page is rendered only when what it is made from changed, and written only when its bytes changed: the manifest beside
the site holds its files, the digest of each page's rows, and one of all that every page is made from. Files others put
into the folder (open data, the search index) are left alone.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path
from typing import Any

from jinja2 import Environment

from pipeline.errors import BadInput
from pipeline.model import TABLES
from pipeline.paths import SITE
from pipeline.publish.web import environment, printed_sql
from pipeline.publish.web.figures import Desk
from pipeline.publish.web.kinds import FILES, KINDS
from pipeline.publish.web.page import Job, Kind
from pipeline.publish.web.reading import Snapshot, read_snapshot
from pipeline.publish.web.shared import figures_json
from pipeline.publish.web.texts import LANGUAGES, load_texts
from pipeline.publish.web.words import load_words

Progress = Callable[[int, int], None]
"""Called with pages done and pages in all."""
ENOUGH_FOR_TWO = 400
_CHUNK = 64


@dataclass(frozen=True)
class BuildReport:
    """Pages in all, those written anew, and the bytes of everything, assets included."""

    pages: int
    written: int
    bytes: int

    @property
    def unchanged(self) -> int:
        return self.pages - self.written


@dataclass(frozen=True)
class _Task:
    """One page of one language: its file, the templates of its language, and the digest of its rows (empty: always render)."""

    file: str
    job: Job
    templates: Environment
    kind: Kind
    digest: str


@dataclass
class _Folder:
    """Writes below `out` only what differs; counts."""

    out: Path
    sizes: dict[str, int] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)

    def write(self, name: str, content: bytes) -> None:
        self.sizes[name] = len(content)
        if put(self.out / name, content):
            self.written.add(name)


def build_site(
    database: Path,
    out: Path,
    *,
    data_url: str = "/data/",
    site_url: str = "",
    contact: str = "",
    progress: Progress | None = None,
    processes: int = 1,
) -> BuildReport:
    """Render the newest edition in `database` into `out`, which must be new, empty or an earlier site.

    `data_url` is where Datasette answers (ends with a slash; empty: the SQL is printed on the pages); `site_url` is the
    address the site will have, for links that must be absolute; `contact` the e-mail address statements go to. `out` may hold hard links: no file is written in place.
    """
    _refuse_foreign(out)
    data = read_snapshot(database)
    desks = [
        Desk(data, load_words(one), load_texts(one), one, data_url, site_url.rstrip("/"), contact) for one in LANGUAGES
    ]
    manifest, frame = _manifest(out), _frame_digest(data, data_url, site_url, contact)
    if not manifest:
        _clear(out)
    known: dict[str, str] = manifest["files"] if manifest.get("frame") == frame else {}
    tasks = list(_tasks(desks))
    stale = [
        task
        for task in tasks
        if not task.digest or known.get(task.file) != task.digest or not (out / task.file).is_file()
    ]
    folder = _Folder(out)
    _assets(folder)
    for make in FILES:
        for name, content in make(desks[0]):
            folder.write(name, content)
    for desk in desks:
        folder.write(desk.at("/figures.json").removeprefix("/"), figures_json(desk))
    for file, size, is_new in _rendered(out, stale, processes, len(tasks), progress):
        folder.sizes[file] = size
        if is_new:
            folder.written.add(file)
    kept = {task.file for task in tasks}
    for task in tasks:
        if task.file not in folder.sizes:
            folder.sizes[task.file] = (out / task.file).stat().st_size
    _remove(out, set(manifest.get("files", ())) - set(folder.sizes))
    files = dict.fromkeys(folder.sizes, "") | {task.file: task.digest for task in tasks}
    put(_manifest_path(out), json.dumps({"frame": frame, "files": files}).encode())
    if progress is not None:
        progress(len(tasks), len(tasks))
    return BuildReport(len(tasks), len(folder.written & kept), sum(folder.sizes.values()))


def _tasks(desks: Sequence[Desk]) -> Iterator[_Task]:
    digests: dict[str, str] = {}
    for desk in desks:
        templates = environment.environment(desk)
        for kind in KINDS:
            for job in kind.jobs(desk):
                if job.rows is not None and job.path not in digests:
                    digests[job.path] = _rows_digest(job)
                yield _Task(_file_name(desk.at(job.path)), job, templates, kind, digests.get(job.path, ""))


def _rows_digest(job: Job) -> str:
    seal = hashlib.blake2b(digest_size=16)
    for row in job.rows() if job.rows is not None else ():
        seal.update(repr(row).encode())
    return seal.hexdigest()


def _frame_digest(data: Snapshot, *addresses: str) -> str:
    """What every page is made from besides its own rows: texts, templates, code, and the edition's own words."""
    seal = hashlib.blake2b(digest_size=16)
    for path in environment.sources():
        seal.update(f"{path.name}\n".encode() + path.read_bytes())
    edition = (data.edition["as_of"], data.edition["method_version"])
    seal.update(repr((edition, data.invented, addresses, sorted(TABLES))).encode())
    return seal.hexdigest()


# ---------------------------------------------------------------- rendering

_SHARED: dict[str, Any] = {}


def _rendered(
    out: Path, tasks: list[_Task], processes: int, total: int, progress: Progress | None
) -> Iterator[tuple[str, int, bool]]:
    """File, size and whether it was written, for each task; two processes where there is enough to do."""
    done = total - len(tasks)
    _SHARED["tasks"], _SHARED["out"] = tasks, out
    starts = range(0, len(tasks), _CHUNK)
    for batch in _mapped(starts, processes if len(tasks) >= ENOUGH_FOR_TWO else 1):
        yield from batch
        done += len(batch)
        if progress is not None:
            progress(done, total)


def _mapped(starts: range, processes: int) -> Iterator[list[tuple[str, int, bool]]]:
    if processes < 2 or "fork" not in get_all_start_methods():
        yield from map(_batch, starts)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as pool:
        yield from pool.map(_batch, starts)


def _batch(start: int) -> list[tuple[str, int, bool]]:
    out = _SHARED["out"]
    return [_render(out, task) for task in _SHARED["tasks"][start : start + _CHUNK]]


def _render(out: Path, task: _Task) -> tuple[str, int, bool]:
    page = task.job.make()
    html = task.templates.get_template(task.kind.template).render(page=page, shell=page.shell, kind=task.kind)
    if not page.shell.data_url:
        html = printed_sql.printed(html, page.shell.language)
    content = html.encode("utf8")
    return task.file, len(content), put(out / task.file, content)


# ---------------------------------------------------------------- files


def put(path: Path, content: bytes) -> bool:
    """Write `content` unless it stands there already; a new file replaces the old one whole. True when written."""
    try:
        if path.stat().st_size == len(content) and path.read_bytes() == content:
            return False
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return True
    aside = path.with_name(f".{path.name}.part")
    aside.write_bytes(content)
    aside.replace(path)
    return True


def _file_name(path: str) -> str:
    """`/platforms/x/` → `platforms/x/index.html`; `/404.html` → itself."""
    name = path.removeprefix("/")
    return f"{name}index.html" if path.endswith("/") else name


def _manifest_path(out: Path) -> Path:
    return out.with_name(f"{out.name}.pages.json")


def _manifest(out: Path) -> dict[str, Any]:
    try:
        found = json.loads(_manifest_path(out).read_text(encoding="utf8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and isinstance(found.get("files"), dict) else {}


def _refuse_foreign(out: Path) -> None:
    """A folder that holds anything else than a site is refused, never written into."""
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / "assets" / "sinkrate.css").is_file())):
        raise BadInput(f"{out}: holds something that is no site built here; name an empty folder")


def _assets(folder: _Folder) -> None:
    for path in sorted((SITE / "assets").rglob("*")):
        if path.is_file():
            folder.write(f"assets/{path.relative_to(SITE / 'assets')}", path.read_bytes())


def _clear(out: Path) -> None:
    """Empty a site built without a manifest."""
    for child in out.iterdir() if out.is_dir() else ():
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child)
        else:
            child.unlink()


def _remove(out: Path, files: Iterable[str]) -> None:
    """Files the last build wrote and this one has not, and the folders they leave empty."""
    for file in files:
        path = out / file
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == out or not folder.is_dir() or any(folder.iterdir()):
                break
            folder.rmdir()
