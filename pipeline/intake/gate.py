"""Which cues can match in which texts of a batch, by the characters and pairs they need: one pass over all letters.

Python's regex engine then tries few cues a text. The gate never misses what a cue matches.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipeline.screen import without_looks

Needs: TypeAlias = tuple[frozenset[str], ...]
"""Sets of characters or pairs; what the cue matches holds one of each set."""
Spots: TypeAlias = tuple[list[int], list[int], list[int]]
"""Texts of the batch, ascending, with the start and end of a stretch each in which a cue may match."""
Bits: TypeAlias = NDArray[np.bool_]
_Places: TypeAlias = NDArray[np.intp]
_CODES = 0x110000
_NUL, _OTHER = "\0", "\1"
"""The sign put between texts, and what stands for one inside a text: no cue names either."""
_INSIDE = re.compile(r"\[\^(?=[^\]]*，)(?=[^\]]*。)[^\]]*\]|\\[.d]")
_ENDS = np.zeros(_CODES, bool)
_ENDS[[ord("，"), ord("。"), 0]] = True


def within_clause(pattern: str) -> bool:
    """Whether nothing the pattern matches can hold ， or 。."""
    plain = _INSIDE.sub("", without_looks(pattern))
    return not any(sign in plain for sign in ("，", "。", ".", "[^", "\\"))


class _Cues(NamedTuple):
    """Some cues: their places among all, the sets they need by place (the first repeated to fill the row), each set's keys."""

    places: _Places
    needs: _Places
    sets: list[list[int]]

    @classmethod
    def of(cls, needs: Sequence[Needs], chosen: list[int], number: dict[str, int]) -> "_Cues":
        sets = {one: at for at, one in enumerate(dict.fromkeys(one for cue in chosen for one in needs[cue]))}
        widest = max((len(needs[cue]) for cue in chosen), default=1)
        rows = [[sets[one] for one in (needs[cue] + needs[cue][:1] * widest)[:widest]] for cue in chosen]
        keys = [sorted(number[key] for key in one) for one in sets]
        return cls(np.array(chosen, np.intp), np.array(rows, np.intp).reshape(-1, widest), keys)

    def into(self, found: list[Spots], there: Bits, *unit: _Places) -> None:
        """Put the spots of each cue into its place: the units where keys (`there`: keys by units) meet all its needs.
        `unit` is the text, start and end of each."""
        if not len(self.places):
            return
        packed = np.packbits(there, axis=1)
        held = np.stack([np.bitwise_or.reduce(packed[keys]) for keys in self.sets])
        bits = held[self.needs[:, 0]]
        for more in self.needs.T[1:]:
            bits &= held[more]
        row, byte = np.nonzero(bits)
        pair, bit = np.nonzero(np.unpackbits(bits[row, byte][:, None], axis=1))
        units = byte[pair] * 8 + bit
        text, start, end = (one[units].tolist() for one in unit)
        edges = np.searchsorted(row[pair], np.arange(len(self.places) + 1)).tolist()
        for cue, first, last in zip(self.places.tolist(), edges, edges[1:], strict=False):
            found[cue] = text[first:last], start[first:last], end[first:last]


class Gate:
    """The needs of some cues, ready to be looked for: within one clause, or anywhere in the text."""

    def __init__(self, needs: Sequence[Needs], within: Sequence[bool]) -> None:
        keys = sorted({key for cue in needs for one in cue for key in one})
        self._index(keys)
        number = {key: at for at, key in enumerate(keys)}
        inside, across = ([at for at, cue in enumerate(needs) if cue and within[at] == kind] for kind in (True, False))
        self._within, self._across = _Cues.of(needs, inside, number), _Cues.of(needs, across, number)
        self._number = len(needs)

    def _index(self, keys: list[str]) -> None:
        letters = sorted({letter for key in keys for letter in key})
        self._letters = np.zeros(_CODES, np.uint16)
        self._letters[list(map(ord, letters))] = np.arange(1, len(letters) + 1)
        self._pairs = np.zeros((len(letters) + 1, len(letters) + 1), np.uint16)
        self._singles = np.zeros(len(letters) + 1, np.uint16)
        for number, key in enumerate(keys, start=1):
            first, *second = (int(self._letters[ord(letter)]) for letter in key)
            if second:
                self._pairs[first, second[0]] = number
            else:
                self._singles[first] = number
        self._size = len(keys)

    def spots(self, texts: Sequence[str]) -> list[Spots]:
        """For each cue where it may match: clauses, or whole texts."""
        codes = np.frombuffer(
            "".join(f"{text.replace(_NUL, _OTHER)}\0" for text in texts).encode("utf-32-le", "surrogatepass"), np.uint32
        )
        ends = np.flatnonzero(_ENDS[codes]) + 1
        starts = np.concatenate([[0], ends[:-1]])
        begin = np.cumsum([0, *(len(text) + 1 for text in texts)])
        owner = np.searchsorted(begin, starts, "right") - 1
        sizes, zeros = np.diff(begin) - 1, np.zeros(len(texts), np.intp)
        found: list[Spots] = [(list(range(len(texts))), zeros.tolist(), sizes.tolist())] * self._number
        keys, at = self._keys_at(codes)
        clause = np.searchsorted(ends, at, "right")
        there = self._there(keys, clause, len(starts))
        self._within.into(found, there, owner, starts - begin[owner], ends - 1 - begin[owner])
        self._across.into(found, self._there(keys, owner[clause], len(texts)), np.arange(len(texts)), zeros, sizes)
        return found

    def _keys_at(self, codes: NDArray[np.uint32]) -> tuple[_Places, _Places]:
        """Keys, from 0, and where they stand."""
        letters = self._letters[codes]
        found = [self._singles[letters], self._pairs[letters[:-1], letters[1:]]]
        at = [np.flatnonzero(keys) for keys in found]
        named = np.concatenate([keys[place] for keys, place in zip(found, at, strict=True)])
        return named.astype(np.intp) - 1, np.concatenate(at)

    def _there(self, keys: _Places, unit: _Places, units: int) -> Bits:
        """Keys by units (clauses or texts)."""
        there = np.zeros((self._size, units), bool)
        there[keys, unit] = True
        return there
