"""What a build leaves for the next: of each file the digest of what it was made from and its bytes, of everything the frame."""

import json
from dataclasses import dataclass, field
from os.path import isfile
from pathlib import Path
from typing import Any

from pipeline.publish.web.output import put


@dataclass
class Manifest:
    """`files`: name → (digest of its rows, bytes); `sets`: set of files → (digest, names). Empty where nothing fits.

    `frame` is the digest of what all pages are made from: with another frame nothing that was made before counts.
    """

    frame: str
    files: dict[str, tuple[str, int]] = field(default_factory=dict)
    sets: dict[str, tuple[str, list[str]]] = field(default_factory=dict)

    def has(self, out: Path, file: str, digest: str) -> bool:
        """Whether `file` stands there, made from rows of this digest."""
        return self.files.get(file, ("", 0))[0] == digest and isfile(f"{out}/{file}")  # noqa: PTH113 - thousands of times a build

    def has_set(self, out: Path, name: str, digest: str) -> bool:
        known, files = self.sets.get(name, ("", []))
        return known == digest and all(isfile(f"{out}/{file}") for file in files)  # noqa: PTH113


def beside(out: Path, ending: str) -> Path:
    return out.with_name(f"{out.name}.{ending}")


def read(out: Path) -> Manifest | None:
    """The manifest of the site in `out`; None where there is none, or none of this form."""
    try:
        found: dict[str, Any] = json.loads(beside(out, "pages.json").read_text(encoding="utf8"))
        return Manifest(
            found["frame"],
            {name: (digest, size) for name, (digest, size) in found["files"].items()},
            {name: (digest, list(files)) for name, (digest, files) in found["sets"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write(out: Path, manifest: Manifest) -> None:
    put(beside(out, "pages.json"), json.dumps(vars(manifest)).encode())
