"""The public database → the whole site folder. The same database gives the same bytes."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.errors import BadInput
from pipeline.paths import SITE
from pipeline.publish import compose, pages
from pipeline.publish.cases_page import case_pages
from pipeline.publish.figures import Desk
from pipeline.publish.portals_page import portals
from pipeline.publish.reading import read_snapshot
from pipeline.publish.scorecard_page import platform_pages
from pipeline.publish.statistics_page import funnel
from pipeline.publish.words import load_words

Progress = Callable[[int, int], None]
"""Called after each page with pages done and pages in all."""

_TEMPLATES: dict[type[Any], str] = {
    pages.HomePage: "home.html.j2",
    pages.PlatformPage: "platform.html.j2",
    pages.CasePage: "case.html.j2",
    pages.MethodPage: "method.html.j2",
    pages.PortalsPage: "portals.html.j2",
    pages.NotFoundPage: "404.html.j2",
}


@dataclass(frozen=True)
class BuildReport:
    """What was written, assets included in the bytes, not in the pages."""

    pages: int
    bytes: int


@dataclass
class _Writer:
    """Writes files below `out`, counting."""

    out: Path
    n_pages: int = 0
    n_bytes: int = 0
    folders: set[Path] = field(default_factory=set)

    def write(self, name: str, content: bytes) -> None:
        path = self.out / name
        if path.parent not in self.folders:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.folders.add(path.parent)
        path.write_bytes(content)
        self.n_bytes += len(content)


def build_site(
    database: Path, out: Path, *, data_url: str = "/data/", site_url: str = "", progress: Progress | None = None
) -> BuildReport:
    """Render every page of the newest edition in `database` into `out`, which must be new, empty or an earlier site.

    `data_url` is where Datasette answers (ends with a slash); `site_url` is printed on paper before the page's path.
    """
    desk = Desk(read_snapshot(database), load_words(), data_url, site_url.rstrip("/"))
    templates = _templates()
    _clear(out)
    writer = _Writer(out)
    _assets(writer)
    total = 4 + len(desk.data.platforms) + len(desk.data.cases)
    for page in _all_pages(desk):
        html = templates[type(page)](page=page, shell=page.shell)
        writer.write(_file_name(page.shell.path), html.encode("utf8"))
        writer.n_pages += 1
        if progress is not None:
            progress(writer.n_pages, total)
    return BuildReport(pages=writer.n_pages, bytes=writer.n_bytes)


def _all_pages(desk: Desk) -> Iterator[pages.Page]:
    yield compose.home(desk, funnel(desk))
    yield compose.method(desk, (SITE / "content" / "method.md").read_text(encoding="utf8"))
    yield portals(desk)
    yield compose.not_found(desk)
    yield from platform_pages(desk)
    yield from case_pages(desk)


def _templates() -> dict[type[Any], Callable[..., str]]:
    """Page class → its compiled template's render function."""
    environment = Environment(
        loader=FileSystemLoader(SITE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    return {kind: environment.get_template(name).render for kind, name in _TEMPLATES.items()}


def _file_name(path: str) -> str:
    """`/platforms/x/` → `platforms/x/index.html`; `/404.html` → itself."""
    name = path.removeprefix("/")
    return f"{name}index.html" if path.endswith("/") else name


def _clear(out: Path) -> None:
    """Empty an earlier site; a folder that holds anything else is refused, never wiped."""
    if not out.exists():
        return
    if not out.is_dir() or (any(out.iterdir()) and not (out / "assets" / "sinkrate.css").is_file()):
        raise BadInput(f"{out}: holds something that is no site built here; name an empty folder")
    for child in out.iterdir():
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child)
        else:
            child.unlink()


def _assets(writer: _Writer) -> None:
    for path in sorted((SITE / "assets").iterdir()):
        if path.is_file():
            writer.write(f"assets/{path.name}", path.read_bytes())
