"""Which texts of a column a pattern may speak in: a quick first look, so that Python's slower engine reads only those.

A looser pattern, without look-around and with gaps of any length, runs over all texts in Arrow's linear-time engine.
It never misses what the exact pattern finds.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_GAP = re.compile(r"(\[\^[^\]]+\])\{\d+,\d+\}\??")
_STOP_BEFORE = re.compile(r"\(\?<=(\[[^\]]+\])\)")
_PACK = 700
_LOOK = ("(?=", "(?!", "(?<=", "(?<!")


def loosened(pattern: str) -> str:
    """A pattern for Arrow's engine that matches in every text `pattern` matches in."""
    pattern = _STOP_BEFORE.sub(r"\1", _GAP.sub(r"\1*", pattern))
    return without_looks(pattern).replace(r"\d", r"\p{Nd}")


def without_looks(pattern: str) -> str:
    """The pattern less its look-around assertions: it matches wherever `pattern` does."""
    kept, at = [], 0
    while at < len(pattern):
        if pattern.startswith(_LOOK, at):
            at = _closing(pattern, at) + 1
            continue
        step = 2 if pattern[at] == "\\" else 1
        kept.append(pattern[at : at + step])
        at += step
    return "".join(kept)


def _closing(pattern: str, start: int) -> int:
    """Where the group that opens at `start` closes; brackets of a character class do not count."""
    depth, at, inside = 0, start, False
    while True:
        letter = pattern[at]
        if letter == "\\":
            at += 1
        elif inside:
            inside = letter != "]"
        elif letter == "[":
            inside = True
        elif letter in "()":
            depth += 1 if letter == "(" else -1
            if not depth:
                return at
        at += 1


class Screen:
    """Where any of some exact patterns may match, in a column of texts."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._loose = ["|".join(f"(?:{one})" for one in pack) for pack in _packs([loosened(one) for one in patterns])]

    def places(self, texts: pa.Array) -> list[int]:
        """Ascending; without patterns, none."""
        found = np.zeros(len(texts), bool)
        for pattern in self._loose:
            found |= np.asarray(pc.match_substring_regex(texts, pattern))
        return np.flatnonzero(found).tolist()


def _packs(patterns: Iterable[str]) -> Iterator[list[str]]:
    """Patterns together up to _PACK letters: one large automaton outgrows the engine's memory and crawls."""
    pack: list[str] = []
    for pattern in patterns:
        if pack and sum(map(len, pack)) + len(pattern) > _PACK:
            yield pack
            pack = []
        pack.append(pattern)
    if pack:
        yield pack
