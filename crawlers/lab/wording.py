"""The phrases of the lab, read from `complaints.yml` and `replies.yml`."""

from functools import cache
from pathlib import Path
from typing import cast

import yaml

Pool = tuple[str, ...]
_HERE = Path(__file__).parent


@cache
def _read(name: str) -> dict[str, object]:
    return cast("dict[str, object]", yaml.safe_load((_HERE / f"{name}.yml").read_text(encoding="utf8")))


def pool(book: str, part: str) -> Pool:
    """The phrases of one part of one book."""
    return tuple(cast("list[str]", _read(book)[part]))


def pools(book: str, part: str) -> dict[str, Pool]:
    """A part that is divided further, by name."""
    return {name: tuple(phrases) for name, phrases in cast("dict[str, list[str]]", _read(book)[part]).items()}
