"""What cannot be made again, in one file: raw records, archived pages, decisions, keys, the log of checkpoints.

Editions and pages are left out: `sinkrate run` and `build` make them again from this, byte for byte. The file holds the keys and people's
words before redaction: it is readable by its owner only and belongs on an encrypted disk.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.errors import BadInput
from pipeline.paths import Paths

MANIFEST = "manifest.json"
FOLDERS = ("raw", "archive", "reference")
FILES = ("work/fingerprint.key", "work/signing.key", "public/checkpoints.ndjson")


@dataclass(frozen=True)
class Kept:
    """What a backup holds."""

    file: Path
    files: int
    bytes: int


def backup(paths: Paths, target: Path, now: datetime) -> Kept:
    """Write `target/sinkrate-YYYYMMDDTHHMMSSZ.tar`, whole or not at all; BadInput where there is nothing to keep."""
    sources = dict(_sources(paths))
    if not sources:
        raise BadInput(f"{paths.data}: nothing to keep here; give the data directory with --data")
    target.mkdir(parents=True, exist_ok=True)
    file = target / f"sinkrate-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.tar"
    aside = file.with_name(f".{file.name}.part")
    manifest = {"made_at": now.isoformat(), "files": {name: _digest(path) for name, path in sources.items()}}
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out, tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        _add_text(tar, MANIFEST, json.dumps(manifest, indent=1))
        for name, path in sources.items():
            tar.add(path, name, recursive=False)
        out.flush()
        os.fsync(out.fileno())
    aside.replace(file)
    return Kept(file, len(sources), file.stat().st_size)


def _sources(paths: Paths) -> Iterator[tuple[str, Path]]:
    """Name in the backup → file; decisions come from where this data directory reads them."""
    for folder in FOLDERS:
        root = paths.reference if folder == "reference" else paths.data / folder
        for path in sorted(root.rglob("*")) if root.is_dir() else ():
            if path.is_file() and not path.is_symlink():
                yield f"{folder}/{path.relative_to(root).as_posix()}", path
    for name in FILES:
        if (paths.data / name).is_file():
            yield name, paths.data / name


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    info = tarfile.TarInfo(name)
    content = text.encode("utf8")
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


def restore(file: Path, into: Path) -> Kept:
    """Lay a backup into an empty data directory, each file checked against its digest.

    BadInput where the directory holds something, the file is no backup, or a file in it is damaged: then nothing is left behind it.
    """
    taken = [name for name in (*FOLDERS, *FILES) if (into / name).exists() and not _is_empty(into / name)]
    if taken:
        raise BadInput(f"{into} already holds {', '.join(taken)}: restore into an empty data directory")
    aside = into.with_name(f".{into.name}.restoring")
    if aside.exists():
        raise BadInput(f"{aside} is left from a restore that was cut off: remove it, then restore again")
    try:
        with tarfile.open(file) as tar:
            manifest = _manifest(tar, file)
            tar.extractall(aside, filter="data")
    except tarfile.TarError as error:
        raise BadInput(f"{file} is no backup of sinkrate: {error}") from error
    size = _checked(aside, manifest["files"], file)
    _lay(aside, into, manifest["files"])
    return Kept(file, len(manifest["files"]), size)


def _is_empty(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def _manifest(tar: tarfile.TarFile, file: Path) -> dict[str, Any]:
    try:
        member = tar.extractfile(MANIFEST)
    except KeyError:
        member = None
    if member is None:
        raise BadInput(f"{file} is no backup of sinkrate: it has no {MANIFEST}")
    found: dict[str, Any] = json.loads(member.read())
    return found


def _checked(folder: Path, files: dict[str, str], file: Path) -> int:
    total = 0
    for name, digest in files.items():
        path = folder / PurePosixPath(name)
        if not path.is_file() or _digest(path) != digest:
            raise BadInput(
                f"{file}: {name} is missing or damaged; what was unpacked lies in {folder}, take an older backup"
            )
        total += path.stat().st_size
    return total


def _lay(aside: Path, into: Path, files: dict[str, str]) -> None:
    for name in files:
        target = into / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (aside / name).replace(target)
        if name.endswith(".key"):
            target.chmod(0o600)
    (aside / MANIFEST).unlink()
    for folder in sorted((path for path in aside.rglob("*") if path.is_dir()), reverse=True):
        folder.rmdir()
    aside.rmdir()
