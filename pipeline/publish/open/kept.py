"""What a build of open data leaves for the next: groups of files, each by the digest of what it was made from.

A group whose digest is the same and whose files stand as they were left (size, time) is not written again. The list lies
beside the site, never in it, under its own digest: a damaged one counts as none, since a root it holds will be signed.
"""

import json
import marshal
import platform
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pipeline.code import code_digest, files_digest
from pipeline.paths import SITE
from pipeline.publish.open.files import File, Folder
from pipeline.publish.open.reading import batches, columns, rows

_NO_REFERENCES = 2


@dataclass
class Kept:
    """`before`: name → [digest, value] of the last build, `groups` of this one. A value is JSON; of a group, its files."""

    folder: Folder
    code: str
    before: dict[str, list[Any]]
    groups: dict[str, list[Any]] = field(default_factory=dict)

    def group(self, name: str, made_from: Iterable[object], write: Callable[[], object]) -> None:
        """Let `write` put the group's files into the folder, unless those that stand are made from the same."""
        digest = self._digest(made_from)
        known, listed = self.before.get(name, ("", []))
        found = [File(**one) for one, _ in listed]
        if known == digest and all(self._stamp(file) == stamp for file, (_, stamp) in zip(found, listed, strict=True)):
            self.folder.files += found
        else:
            start = len(self.folder.files)
            write()
            found = self.folder.files[start:]
        self.groups[name] = [digest, [[asdict(file), self._stamp(file)] for file in found]]

    def value(self, name: str, made_from: Iterable[object], make: Callable[[], Any]) -> Any:
        """What `make` gives, or gave when it was made from the same."""
        digest = self._digest(made_from)
        known, found = self.before.get(name, ("", None))
        self.groups[name] = [digest, found if known == digest else make()]
        return self.groups[name][1]

    def _digest(self, made_from: Iterable[object]) -> str:
        return sha256(marshal.dumps([self.code, *made_from], _NO_REFERENCES)).hexdigest()

    def _stamp(self, file: File) -> list[int] | None:
        """Bytes and time of the file as it stands; None where there is none."""
        try:
            stat = (self.folder.out / file.path.removeprefix("/")).stat()
        except FileNotFoundError:
            return None
        return [stat.st_size, stat.st_mtime_ns]

    def write(self) -> None:
        body = json.dumps(self.groups, sort_keys=True)
        place = _place(self.folder.out)
        aside = place.with_name(f".{place.name}.part")
        aside.write_text(f"{sha256(body.encode()).hexdigest()}\n{body}\n", encoding="utf8")
        aside.replace(place)


def _place(site: Path) -> Path:
    return site.with_name(f"{site.name}.open.json")


def kept(folder: Folder) -> Kept:
    """What the last build into this folder left; nothing where there is no such list, or a damaged one."""
    place = _place(folder.out)
    digest, _, body = (place.read_text(encoding="utf8") if place.is_file() else "").partition("\n")
    is_whole = sha256(body.rstrip("\n").encode()).hexdigest() == digest
    return Kept(folder, made_by(), json.loads(body) if is_whole else {})


def made_by() -> str:
    """Digest of the code and templates the files depend on, and of the libraries that write them."""
    templates = files_digest(sorted(path for path in (SITE / "templates").rglob("*") if path.is_file()), SITE)
    libraries = (platform.python_version(), version("jinja2"), version("rfc8785"), _pillow())
    return code_digest("pipeline", beside="\n".join([templates, *libraries]))


def _pillow() -> str:
    """Pillow's version; it may be absent, and then there are no cards."""
    try:
        return version("pillow")
    except PackageNotFoundError:
        return "no Pillow"


def table_digest(db: sqlite3.Connection, table: str) -> str:
    """SHA-256 over a table's rows as stored, in key order, texts of people included."""
    names = columns(table, bodies=True)
    total = sha256(marshal.dumps(names, _NO_REFERENCES))
    for batch in batches(rows(db, table, names)):
        total.update(marshal.dumps(batch, _NO_REFERENCES))
    return total.hexdigest()
