"""Finished editions: `public/editions/<id>/`, with `public/sinkrate.db` and `public/site` naming the current one.

Everything is built elsewhere and moved; the names readers use change in one atomic step each. A crash in between
leaves the last good edition under them, and placing again finishes the work.
"""

import os
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from pipeline.paths import Paths

KEEP = 5
AS_OF = "at-"
"""Datasette shows the newest kept edition of a moment below this and the moment in UTC."""
DATABASE, FOLDER = "sinkrate.db", "site"
_EDITION = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{6,64}")
_GONE = ".gone-"


def place(paths: Paths, edition_id: str, database: Path) -> Path:
    """Move a finished database into its edition and make it the current one; returns its place in the edition."""
    home = _home(paths, edition_id)
    kept, public = home / DATABASE, paths.public / DATABASE
    _move(database, kept)
    aside = public.with_name(f".{DATABASE}.next")
    aside.unlink(missing_ok=True)
    try:
        hard_link(str(kept), str(aside))
        aside.replace(public)
    finally:
        aside.unlink(missing_ok=True)
    _prune(paths, edition_id)
    return kept


def place_site(paths: Paths, edition_id: str, folder: Path) -> Path:
    """Move a finished site folder into its edition and let `public/site` name it; returns its place in the edition.

    The edition's own earlier site, if it is the current one, stays readable under another name until the swap.
    """
    home = _home(paths, edition_id)
    kept, before, link = home / FOLDER, home / f".{FOLDER}.before", paths.public / FOLDER
    if kept.is_dir() and _target(link) == kept.resolve():
        _remove(before)
        shutil.copytree(kept, before, copy_function=hard_link)
        _point(link, before)
    _remove(kept)
    _move(folder, kept)
    _point(link, kept)
    _remove(before)
    _prune(paths, edition_id)
    return kept


def editions(paths: Paths) -> list[str]:
    """Ids of the editions kept, newest first: by date, on one day by when they were placed."""
    found = [path for path in paths.editions.glob("*") if path.is_dir() and _EDITION.fullmatch(path.name)]
    return [path.name for path in sorted(found, key=_age, reverse=True)]


def moment_name(as_of: datetime) -> str:
    """`at-20261120T040000Z`: the database name that stands for the newest edition as of this moment.

    Pages link to it, so that a page whose numbers stay stays to the byte when another edition of the same moment is made.
    """
    return f"{AS_OF}{as_of.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _age(folder: Path) -> tuple[str, int, str]:
    return folder.name[:10], folder.stat().st_mtime_ns, folder.name


def _home(paths: Paths, edition_id: str) -> Path:
    if not _EDITION.fullmatch(edition_id):
        raise ValueError(f"not an edition id (date-digest, like 2026-11-20-3fa9c1d2): {edition_id!r}")
    home = paths.editions / edition_id
    home.mkdir(parents=True, exist_ok=True)
    return home


def _target(link: Path) -> Path | None:
    return link.resolve() if link.is_symlink() else None


def _copy_aside(source: Path, target: Path) -> None:
    copy: Callable[[Path, Path], object] = shutil.copytree if source.is_dir() else shutil.copy2
    copy(source, target)


def _move(source: Path, target: Path) -> None:
    """Rename; from another filesystem copy beside the target first, so that the target appears whole."""
    if source.stat().st_dev == target.parent.stat().st_dev:
        source.replace(target)
        return
    aside = target.with_name(f".{target.name}.part")
    _remove(aside)
    _copy_aside(source, aside)
    aside.replace(target)
    _remove(source)


def hard_link(source: str, target: str) -> None:
    """A hard link, or a copy where the filesystem has none."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _point(link: Path, folder: Path) -> None:
    """Make the symlink name the folder, by a path relative to the link's own folder, in one step."""
    if link.is_dir() and not link.is_symlink():
        raise FileExistsError(f"{link} is a folder, not sinkrate's link: move it away and publish again")
    aside = link.with_name(f".{link.name}.next")
    aside.unlink(missing_ok=True)
    aside.symlink_to(folder.relative_to(link.parent), target_is_directory=True)
    aside.replace(link)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _current(paths: Paths) -> set[str]:
    """Ids the public names stand for."""
    site, database = _target(paths.public / FOLDER), paths.public / DATABASE
    named = {site.parent.name} if site else set()
    homes = [paths.editions / name for name in editions(paths)]
    kept = [home for home in homes if database.exists() and (home / DATABASE).exists()]
    return named | {home.name for home in kept if database.samefile(home / DATABASE)}


def _prune(paths: Paths, placed: str) -> None:
    """Drop all but the newest KEEP editions; renamed first, so that what is half removed is no edition any more."""
    safe = {*editions(paths)[:KEEP], *_current(paths), placed}
    for name in editions(paths):
        if name not in safe:
            (paths.editions / name).rename(paths.editions / f"{_GONE}{name}")
    for leftover in paths.editions.glob(f"{_GONE}*"):
        _remove(leftover)
