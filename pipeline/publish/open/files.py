"""Writing open data below a site folder: whole files, never in place, each with its digest."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.publish.editions import hard_link

TYPES = {
    ".atom": "application/atom+xml", ".csv": "text/csv", ".db": "application/vnd.sqlite3", ".html": "text/html", ".json": "application/json",
    ".jsonld": "application/ld+json", ".ndjson": "application/x-ndjson", ".parquet": "application/vnd.apache.parquet",
    ".png": "image/png", ".svg": "image/svg+xml", ".txt": "text/plain", ".xml": "application/xml",
}  # fmt: skip


@dataclass(frozen=True)
class File:
    """One file written: its address below the site, bytes, SHA-256."""

    path: str
    bytes: int
    sha256: str

    @property
    def media_type(self) -> str:
        return TYPES[Path(self.path).suffix]


@dataclass
class Folder:
    """Writes below `out`, which may hold hard links of an earlier site: a name is replaced, its bytes never changed."""

    out: Path
    files: list[File] = field(default_factory=list)

    def text(self, path: str, content: str) -> None:
        self.bytes(path, content.encode("utf8"))

    def json(self, path: str, content: Any, indent: int | None = 1) -> None:
        self.text(path, json.dumps(content, ensure_ascii=False, indent=indent) + "\n")

    def bytes(self, path: str, content: bytes) -> None:
        self.place(path).write_bytes(content)
        self.files.append(File(path, len(content), hashlib.sha256(content).hexdigest()))

    def place(self, path: str) -> Path:
        """Where a file is to be written, its folder made and an earlier file of that name gone."""
        target = self.out / path.removeprefix("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        return target

    def written(self, path: str) -> File:
        """Note a file somebody else wrote at `place(path)`."""
        target = self.out / path.removeprefix("/")
        with target.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        self.files.append(File(path, target.stat().st_size, digest))
        return self.files[-1]

    def link(self, path: str, source: Path) -> File:
        """The same file under another name; a copy where the filesystem has no hard links."""
        hard_link(str(source), str(self.place(path)))
        return self.written(path)


def prune(out: Path, listed: set[str]) -> None:
    """Take away an earlier edition's open data, all but the `listed`; pages stay."""
    patterns = ("open/**/*", "embed/**/*", "platforms/*.csv", "platforms/*.json", "platforms.csv", "platforms.json",
                "sitemap*.xml", "robots.txt", "llms.txt", "moved.json")  # fmt: skip
    found = sorted((path for pattern in patterns for path in out.glob(pattern)), reverse=True)
    for path in found:  # what lies in a folder comes before it
        if path.is_dir():
            _remove_empty(path)
        elif f"/{path.relative_to(out).as_posix()}" not in listed:
            path.unlink()


def _remove_empty(folder: Path) -> None:
    if not any(folder.iterdir()):
        folder.rmdir()
