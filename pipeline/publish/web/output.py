"""Writing below the site's folder: whole files, never in place, only where the bytes differ."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from pipeline.errors import BadInput


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


def refuse_foreign(out: Path) -> None:
    """A folder that holds anything else than a site is refused, never written into."""
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / "assets" / "sinkrate.css").is_file())):
        raise BadInput(f"{out}: holds something that is no site built here; name an empty folder")


def clear(out: Path) -> None:
    """Empty a site built without a manifest."""
    for child in out.iterdir() if out.is_dir() else ():
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child)
        else:
            child.unlink()


def remove(out: Path, files: Iterable[str]) -> None:
    """Files the last build wrote and this one has not, and the folders they leave empty."""
    for file in files:
        path = out / file
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == out or not folder.is_dir() or any(folder.iterdir()):
                break
            folder.rmdir()
