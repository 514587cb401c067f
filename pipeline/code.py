"""Which code and reference data a kept result was made by: digests of files, so that a change of either makes it anew."""

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path

from pipeline.paths import PROJECT

LIBRARIES = ("numpy", "scipy", "pyarrow", "duckdb", "opencc", "cn2an")


@cache
def code_digest(*rooms: str, beside: str = "") -> str:
    """SHA-256 over the Python files of rooms (`pipeline/intake`) or single files, the libraries that read texts, and `beside`."""
    files = (path for room in rooms for path in _python(PROJECT / room))
    libraries = [f"{name} {version(name)}" for name in LIBRARIES]
    return hashlib.sha256("\n".join([files_digest(sorted(files), PROJECT), *libraries, beside]).encode()).hexdigest()


def _python(path: Path) -> Iterable[Path]:
    return path.rglob("*.py") if path.is_dir() else [path]


def files_digest(files: Iterable[Path], folder: Path) -> str:
    """SHA-256 over names (below `folder`) and contents of files."""
    total = hashlib.sha256()
    for path in files:
        total.update(
            f"{path.relative_to(folder).as_posix()} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode()
        )
    return total.hexdigest()
