"""Many texts respelled at once, letter by letter: one pass over all their letters instead of one each."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Codes: TypeAlias = NDArray[np.uint32]
Flags: TypeAlias = NDArray[np.bool_]
CODES = sys.maxunicode + 1
_GONE = np.uint32(0xFFFFFFFF)
_BY_PLACE = "\u0130\u03a3"
"""What `lower` turns into two letters, or into one of two by its place."""


def joined(texts: Sequence[str]) -> tuple[Codes, NDArray[np.int64]]:
    """The letters of all texts, each followed by a zero, and where each text begins; the last entry is their end."""
    codes = np.frombuffer("".join(f"{text}\0" for text in texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    return codes, np.cumsum([0, *(len(text) + 1 for text in texts)])


def listed(letters: Iterable[str]) -> Flags:
    """A flag for every code, set for the letters."""
    flags = np.zeros(CODES, bool)
    flags[list(map(ord, letters))] = True
    return flags


def holding(texts: Sequence[str], *flags: Flags) -> list[list[int]]:
    """For each table of flags the texts that hold a flagged letter."""
    codes, begin = joined(texts)
    found = (np.searchsorted(begin, np.flatnonzero(one[codes]), "right") - 1 for one in flags)
    return [texts[np.diff(texts, prepend=-1) > 0].tolist() for texts in found]


@cache
def _lowered() -> Codes:
    """For every code the code of its small letter."""
    every = "".join(map(chr, range(CODES))).translate(dict.fromkeys(map(ord, _BY_PLACE), "a"))
    return np.frombuffer(every.lower().encode("utf-32-le", "surrogatepass"), np.uint32)


class Respelling:
    """`text.lower().translate(table)` of many texts; the table gives one letter for one, or None."""

    def __init__(self, table: Mapping[int, str | None]) -> None:
        self._table = dict(table)
        respelt = np.arange(CODES, dtype=np.uint32)
        for number, letter in table.items():
            respelt[number] = _GONE if letter is None else ord(letter)
        self._codes = respelt[_lowered()]
        self._by_place = listed(_BY_PLACE)

    def one(self, text: str) -> str:
        return text.lower().translate(self._table)

    def all(self, texts: Sequence[str]) -> list[str]:
        codes, begin = joined(texts)
        respelt = self._codes[codes]
        kept = respelt != _GONE
        ends = np.concatenate([[0], np.cumsum(kept)])[begin].tolist()
        whole = respelt[kept].tobytes().decode("utf-32-le", "surrogatepass")
        out = [whole[start : end - 1] for start, end in pairwise(ends)]
        return _corrected(out, texts, holding(texts, self._by_place)[0], self.one)


def _corrected(out: list[str], texts: Sequence[str], places: Iterable[int], exactly: Callable[[str], str]) -> list[str]:
    for place in places:
        out[place] = exactly(texts[place])
    return out
