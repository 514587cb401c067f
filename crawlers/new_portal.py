"""A new portal: its folders written from `crawlers/stubs/`, and the list of what a person still has to fill in."""

import re
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from pipeline.errors import BadInput
from pipeline.portals import slugs

STUBS = Path(__file__).parent / "stubs"
MARK = "TO FILL:"
_CODE = ("__init__.py", "portal.yml", "parse.py", "spider.py")
_TESTS = ("README.md", "pages.yml", "list.html", "complaint.html")
_NOT_IN_A_NAME = re.compile(r"[\n\r\t\"'<>&\\{}\[\]#`$:]")  # it stands in YAML, in a docstring and in HTML
_NOT_IN_AN_ADDRESS = re.compile(r"[\s\"'<>\\{}\[\]`$]")
_RESERVED = ("all",)  # `sinkrate crawl all`


class Left(NamedTuple):
    """A line a person has to deal with. `path` below the project."""

    path: Path
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


def write_portal(into: Path, slug: str, *, name: str | None = None, home: str | None = None) -> list[Path]:
    """Write crawlers/portals/<slug>/ and tests/portals/<slug>/ below `into`; returns the files. Raises BadInput."""
    _check(into, slug)
    printed, address = name or slug, home or "https://portal.example/"
    if not printed.strip() or _NOT_IN_A_NAME.search(printed):
        raise BadInput(f"--name {printed!r}: the portal's name without quotes, brackets, colon and #")
    host = urlsplit(address).hostname
    if urlsplit(address).scheme not in ("http", "https") or not host or _NOT_IN_AN_ADDRESS.search(address):
        raise BadInput(f"--home {address}: an http address such as https://portal.example/")
    words = {"slug": slug, "klass": slug.capitalize(), "name": printed.strip(), "home": address, "host": host}
    words["complaint"] = urljoin(address, "complaint.html?id=100001")
    return [_write(stub, target, words) for stub, target in _files(into, slug)]


def left_to_fill(project: Path, slug: str) -> list[Left]:
    """Lines of the portal's files that still carry the mark."""
    files = sorted(path for folder in _folders(project, slug) for path in folder.glob("*") if path.is_file())
    return [left for path in files for left in _marked(project, path)]


def _check(into: Path, slug: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9]{1,19}", slug) or slug in _RESERVED:
        raise BadInput(f"new-portal {slug}: 2 to 20 small letters and digits, a letter first, and not 'all'")
    if not all(folder.parent.is_dir() for folder in _folders(into, slug)):
        raise BadInput(f"{into}: not the project's folder; call it from a checkout, installed with `make setup`")
    if any(folder.exists() for folder in _folders(into, slug)):
        left = "".join(f"\n  {one}" for one in left_to_fill(into, slug))
        known = ", ".join(slugs(into / "crawlers" / "portals"))
        raise BadInput(f"{slug} exists already (known are {known}), nothing was touched; left to fill:{left or ' nothing'}")  # fmt: skip


def _folders(project: Path, slug: str) -> tuple[Path, Path]:
    return project / "crawlers" / "portals" / slug, project / "tests" / "portals" / slug


def _files(into: Path, slug: str) -> Iterator[tuple[Path, Path]]:
    for folder, names in zip(_folders(into, slug), (_CODE, _TESTS), strict=True):
        for name in names:
            yield STUBS / f"{name}.txt", folder / name


def _write(stub: Path, target: Path, words: dict[str, str]) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(Template(stub.read_text(encoding="utf8")).substitute(words), encoding="utf8")
    return target


def _marked(project: Path, path: Path) -> Iterator[Left]:
    for number, line in enumerate(path.read_text(encoding="utf8", errors="replace").splitlines(), 1):
        if MARK in line:
            yield Left(path.relative_to(project), number, line.partition(MARK)[2].removesuffix("-->").strip())
