"""Where in many texts each of many patterns may begin to match: one pass over all letters finds where their needs are met.

Python's regular expressions are then tried at few places. The gate never misses a place where a pattern matches.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipeline.kernels import kernel
from pipeline.letters import CODES, Codes, joined
from pipeline.needs import DIGIT, Step, needs

Spots: TypeAlias = dict[int, list[int]]
"""Text of the batch → the places in it, ascending, where a match may begin."""
_Ints: TypeAlias = NDArray[np.int64]
_DIGITS = [number for number in range(CODES) if unicodedata.category(chr(number)) == "Nd"]
_WORD = 64


class _Lists(NamedTuple):
    """The steps of all ways, numbered through: for each key the ways that begin with it; which keys
    a step has and which steps a key, as bits."""

    key_starts: _Ints
    key_ways: NDArray[np.int32]
    way_starts: NDArray[np.int32]
    owner: NDArray[np.int32]
    near: NDArray[np.int32]
    far: NDArray[np.int32]
    keys_of: NDArray[np.uint64]
    steps_of: NDArray[np.uint64]


class Gate:
    """The needs of some patterns, ready to be looked for. `owners`: the number of whoever asks for the pattern, ascending."""

    def __init__(self, patterns: Sequence[str], owners: Sequence[int] | None = None) -> None:
        owned = list(zip(range(len(patterns)) if owners is None else owners, patterns, strict=True))
        ways = [(owner, steps) for owner, pattern in owned for steps in needs(pattern)]
        self.open = {owner for owner, steps in ways if not steps}
        """Whose patterns may begin with anything: their places are not looked for."""
        ways = [(owner, steps) for owner, steps in ways if owner not in self.open]
        keys = sorted({key for _, steps in ways for step in steps for key in step.keys})
        self._index(keys)
        self._lists = _lists(ways, {key: at for at, key in enumerate(keys, start=1)})
        self._owners = max((owner for owner, _ in owned), default=-1) + 1

    def _index(self, keys: list[str]) -> None:
        letters = sorted({letter for key in keys for letter in key} | {DIGIT})
        self._letters = np.zeros(CODES, np.uint16)
        self._letters[list(map(ord, letters))] = np.arange(1, len(letters) + 1)
        self._letters[_DIGITS] = self._letters[ord(DIGIT)]
        self._pairs = np.zeros((len(letters) + 1, len(letters) + 1), np.uint16)
        self._singles = np.zeros(len(letters) + 1, np.uint16)
        for number, key in enumerate(keys, start=1):
            first, *second = (int(self._letters[ord(letter)]) for letter in key)
            if second:
                self._pairs[first, second[0]] = number
            else:
                self._singles[first] = number

    def spots(self, texts: Sequence[str]) -> list[Spots | None]:
        """For each owner where its patterns may begin; None for those whose patterns may begin with anything."""
        codes, begin = joined(texts)
        owner, place = self._fired(codes, begin)
        text = np.searchsorted(begin, place, "right") - 1
        cuts = np.flatnonzero(np.diff(owner, prepend=-1) | np.diff(text, prepend=-1))
        whose, where = owner[cuts].tolist(), text[cuts].tolist()
        places, edges = (place - begin[text]).tolist(), [*cuts.tolist(), len(owner)]
        found: list[Spots] = [{} for _ in range(self._owners)]
        for at, (one, inside) in enumerate(zip(whose, where, strict=True)):
            found[one][inside] = places[edges[at] : edges[at + 1]]
        return [None if one in self.open else spots for one, spots in enumerate(found)]

    def _fired(self, codes: Codes, begin: _Ints) -> tuple[_Ints, _Ints]:
        """Owner and place in the codes, ascending, each once."""
        room, keys = 64 * len(begin) + 1_000, _keyed(codes, self._letters, self._singles, self._pairs)
        while True:
            out = np.empty(room, np.int64)
            found = _scan(keys, begin, *self._lists, np.full(self._owners, -1, np.int64), out)
            if found <= room:
                both = np.sort(out[:found])
                return np.divmod(both[np.diff(both, prepend=-1) > 0], len(codes))
            room = found


def _lists(ways: Sequence[tuple[int, Sequence[Step]]], number: dict[str, int]) -> _Lists:
    begun: list[list[int]] = [[] for _ in range(len(number) + 1)]
    for way, (_, steps) in enumerate(ways):
        for key in steps[0].keys:
            begun[number[key]].append(way)
    flat = [step for _, steps in ways for step in steps]
    table = np.zeros((len(flat), len(number) + 1), bool)
    for row, step in enumerate(flat):
        table[row, [number[key] for key in step.keys]] = True
    return _Lists(
        np.cumsum([0, *map(len, begun)]),
        np.array(list(chain.from_iterable(begun)), np.int32),
        np.cumsum([0, *(len(steps) for _, steps in ways)], dtype=np.int32),
        np.array([owner for owner, _ in ways], np.int32),
        np.array([step.near for step in flat], np.int32),
        np.array([step.far for step in flat], np.int32),
        _packed(table),
        _packed(table.T),
    )


def _packed(table: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Each row as words of bits."""
    rows, columns = table.shape
    whole = np.zeros((rows, columns // _WORD * _WORD + _WORD), np.uint8)
    whole[:, :columns] = table
    return np.packbits(whole, axis=1, bitorder="little").view(np.uint64)


@kernel
def _keyed(codes, letters, singles, pairs):  # type: ignore[no-untyped-def]
    """At each place the key of its letter, and of its letter with the next; 0: none."""
    keys = np.zeros((2, len(codes)), np.uint16)
    for at in range(len(codes) - 1):
        letter = letters[codes[at]]
        if letter:
            keys[0, at], keys[1, at] = singles[letter], pairs[letter, letters[codes[at + 1]]]
    return keys


@kernel
def _scan(keys, begin, key_starts, key_ways, way_starts, owner, near, far, keys_of, steps_of, told, out):  # type: ignore[no-untyped-def]
    """Writes owner and place as one number where all steps of a way are met; returns how many there are."""
    there, count = np.zeros(steps_of.shape[1], np.uint64), 0
    for text in range(len(begin) - 1):
        stop = begin[text + 1] - 1
        _gather(keys, begin[text], stop, steps_of, there)
        for at in range(begin[text], stop):
            for key in (keys[0, at], keys[1, at]):
                for place in range(key_starts[key], key_starts[key + 1]):
                    way = key_ways[place]
                    first, last = way_starts[way], way_starts[way + 1]
                    start = at - near[first]
                    if told[owner[way]] == start or start < begin[text] or not _somewhere(there, first, last):
                        continue
                    if _met(keys, at, stop, first, last, near, far, keys_of):
                        told[owner[way]] = start
                        if count < len(out):
                            out[count] = owner[way] * len(keys[0]) + start
                        count += 1
    return count


@kernel
def _gather(keys, start, stop, steps_of, there):  # type: ignore[no-untyped-def]
    """The steps some key of the text belongs to, as bits."""
    there[:] = 0
    for at in range(start, stop):
        for key in (keys[0, at], keys[1, at]):
            for word in range(len(there) if key else 0):
                there[word] |= steps_of[key, word]


@kernel
def _somewhere(there, first, last):  # type: ignore[no-untyped-def]
    """Whether all steps behind the first one are met anywhere in the text."""
    missing = np.uint64(0)
    for step in range(first + 1, last):
        missing |= ~there[step >> 6] >> np.uint64(step & 63) & np.uint64(1)
    return missing == 0


@kernel
def _met(keys, at, stop, first, last, near, far, keys_of):  # type: ignore[no-untyped-def]
    """Whether the steps behind the first one are met, each between the least and the greatest place the one before allows."""
    low = high = at
    for step in range(first + 1, last):
        begin, end = low + near[step], min(high + far[step] + 1, stop)
        low = high = np.int64(-1)
        for place in range(begin, end):
            one, two = keys[0, place], keys[1, place]
            if (
                keys_of[step, one >> 6] >> np.uint64(one & 63) | keys_of[step, two >> 6] >> np.uint64(two & 63)
            ) & np.uint64(1):
                high = place
                if low < 0:
                    low = place
        if low < 0:
            return False
    return True


def found(pattern: re.Pattern[str], text: str, places: Sequence[int]) -> Iterator[re.Match[str]]:
    """What `finditer` finds, tried at the places only."""
    done = 0
    for place in places:
        if place >= done and (match := pattern.match(text, place)):
            done = max(match.end(), place + 1)
            yield match
