"""Raw files in parts: stretches of whole lines, each named by what it holds, so that only new ones are read again."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

PART_BYTES = 8 << 20


@dataclass(frozen=True)
class Part:
    """Bytes `start` to `end` of a raw file; `key` is the digest of the file up to `end`, so appending keeps earlier parts."""

    path: Path
    number: int
    start: int
    end: int
    key: str

    def data(self) -> bytes:
        with self.path.open("rb") as handle:
            handle.seek(self.start)
            return handle.read(self.end - self.start)


@dataclass(frozen=True)
class RawFile:
    """A raw file, the SHA-256 of its contents and its parts."""

    path: Path
    digest: str
    parts: tuple[Part, ...]


def raw_files(folder: Path) -> list[Path]:
    """All record files below data/raw, in name order (findings and reports lie beside them under other endings)."""
    return sorted(folder.glob("*/*.jsonl"))


def scan(files: Sequence[Path]) -> list[RawFile]:
    """Read every file once; hashing leaves Python's lock, so threads do."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(_scan, files))


def _scan(path: Path) -> RawFile:
    seal, parts = hashlib.sha256(), list[Part]()
    start = place = 0
    with path.open("rb") as handle:
        while block := handle.read(PART_BYTES):
            cut = block.rfind(b"\n") + 1
            seal.update(block[:cut])
            if cut:
                parts.append(Part(path, len(parts), start, place + cut, seal.hexdigest()))
                start = place + cut
            seal.update(block[cut:])
            place += len(block)
    if place > start:  # a last line without its end
        parts.append(Part(path, len(parts), start, place, seal.hexdigest()))
    return RawFile(path, seal.hexdigest(), tuple(parts))
