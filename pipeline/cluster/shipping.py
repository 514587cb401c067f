"""Reference data on its way to the workers: a folder as one archive, unpacked once a process below its working directory."""

import hashlib
import io
import sys
import tarfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from pipeline.code import code_digest

MADE_BY = ("pipeline", "crawlers/portals")
LEFT_OUT = ("imports", "replies_training.jsonl")
"""What no stage reads."""


@dataclass(frozen=True)
class Shipped:
    """A folder's files. Pickles."""

    archive: bytes = field(repr=False)

    @classmethod
    def of(cls, folder: Path) -> "Shipped":
        """Equal folders give equal archives."""
        sink = io.BytesIO()
        with tarfile.open(fileobj=sink, mode="w") as tar:
            for path in sorted(folder.rglob("*")):
                if path.is_file() and path.relative_to(folder).parts[0] not in LEFT_OUT:
                    entry = tarfile.TarInfo(path.relative_to(folder).as_posix())
                    entry.size = path.stat().st_size
                    tar.addfile(entry, io.BytesIO(path.read_bytes()))
        return cls(sink.getvalue())

    def folder(self) -> Path:
        """Where this process has the files; unpacked when first asked for."""
        return _unpacked(hashlib.sha256(self.archive).hexdigest(), self)


@cache
def _unpacked(digest: str, shipped: Shipped) -> Path:
    target = Path.cwd() / f"reference-{digest[:16]}"
    if not target.is_dir():
        aside = Path(mkdtemp(prefix="reference-", dir=Path.cwd()))
        with tarfile.open(fileobj=io.BytesIO(shipped.archive)) as tar:
            tar.extractall(aside, filter="data")
        try:
            aside.rename(target)
        except OSError:  # another process was first
            return aside
    return target


def state() -> str:
    """Python, libraries and code of this process: what must be one on driver and workers for results to be."""
    return f"Python {sys.version_info.major}.{sys.version_info.minor}, code {code_digest(*MADE_BY)[:16]}"
