"""Where in a batch of texts a rule can begin at all, found for all rules in one pass over the characters' codes.

Scanning every text with every pattern costs 20 passes in Python's regex engine; here each rule names the characters it
can begin with, and the ones after and before, and is tried at those places only.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipeline.kernels import kernel

Codes: TypeAlias = NDArray[np.uint32]
Flags: TypeAlias = NDArray[np.bool_]
Refine: TypeAlias = Callable[[Codes, NDArray[np.int64]], Flags]
Mask: TypeAlias = int
"""A set of triggers, one bit each."""

_SIZE = 0x10000
_LAST = _SIZE - 1
"""Stands for every code behind it: no trigger knows those."""
_SPREAD = 0x9E3779B97F4A7C15
_UNLIKE = 48
HAN = "".join(map(chr, range(0x4E00, 0x9FA6)))
DIGITS = "0123456789"
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _flags(chars: Iterable[str] | None) -> Flags:
    """A flag for every code, set for the characters; None: for all."""
    flags = np.full(_SIZE, chars is None)
    flags[[ord(char) for char in chars or ()]] = True
    return flags


@kernel
def _fired(codes, alike, first, second, before, places, bits):  # type: ignore[no-untyped-def]
    """Writes where triggers fire, and which; returns at how many places. `alike`: the row of each code in the tables."""
    count, last, this = 0, alike[min(codes[0], _LAST)], alike[min(codes[1], _LAST)]
    for at in range(1, len(codes) - 1):
        then = alike[min(codes[at + 1], _LAST)]
        mask = first[this] & second[then] & before[last]
        if mask:
            places[count], bits[count] = at, mask
            count += 1
        last, this = this, then
    return count


@kernel
def _having(bits, mask):  # type: ignore[no-untyped-def]
    """The rows that have a bit of the mask."""
    rows, count = np.empty(len(bits) + 1, np.int64), 0
    for row in range(len(bits)):
        rows[count] = row
        count += (bits[row] & mask) != 0
    return rows[:count]


@kernel
def _mixed(number, code):  # type: ignore[no-untyped-def]
    return (number ^ np.uint64(code)) * np.uint64(_SPREAD)


@kernel
def _hashed(codes):  # type: ignore[no-untyped-def]
    number = np.uint64(0)
    for code in codes:
        number = _mixed(number, code)
    return number


@kernel
def _worded(codes, places, words, likely, longest, then):  # type: ignore[no-untyped-def]
    """Whether a word stands at each place, one of the characters after it. `words` are hashes, ascending; `likely` says
    which of their first bits there are."""
    found = np.zeros(len(places), np.bool_)
    for row in range(len(places)):
        number = np.uint64(0)
        for at in range(places[row], min(places[row] + longest, len(codes) - 1)):
            number = _mixed(number, codes[at])
            if likely[number >> np.uint64(_UNLIKE)] and then[min(codes[at + 1], _LAST)]:
                near = np.searchsorted(words, number)
                if near < len(words) and words[near] == number:
                    found[row] = True
                    break
    return found


@kernel
def _lasting(codes, places, wanted, size):  # type: ignore[no-untyped-def]
    found = np.ones(len(places), np.bool_)
    for row in range(len(places)):
        for at in range(places[row] + 2, places[row] + size):
            found[row] &= wanted[min(codes[min(at, len(codes) - 1)], _LAST)]
    return found


@kernel
def _led(codes, places, first, second, distance):  # type: ignore[no-untyped-def]
    """Whether two characters of `first` and `second` stand before each place, within the distance."""
    found = np.zeros(len(places), np.bool_)
    for row in range(len(places)):
        for at in range(places[row] - 1, max(places[row] - distance, 0), -1):
            if second[min(codes[at], _LAST)] and first[min(codes[at - 1], _LAST)]:
                found[row] = True
                break
    return found


@kernel
def _followed(codes, places, wanted, distance, count):  # type: ignore[no-untyped-def]
    """Whether `count` wanted characters follow each place, each within the distance of the one before."""
    found = np.zeros(len(places), np.bool_)
    for row in range(len(places)):
        last, left = places[row], count
        at = last + 1
        while left and at < len(codes) and at - last <= distance:
            if wanted[min(codes[at], _LAST)]:
                last, left = at, left - 1
            at += 1
        found[row] = left == 0
    return found


class Triggers:
    """The triggers of all rules; `at` finds their places."""

    def __init__(self) -> None:
        self._first = np.zeros(_SIZE, np.uint64)
        self._second = np.zeros(_SIZE, np.uint64)
        self._before = np.zeros(_SIZE, np.uint64)
        self._refined: list[tuple[np.uint64, Refine]] = []
        self._count = 0

    def on(
        self,
        first: Iterable[str],
        second: Iterable[str] | None = None,
        before: Iterable[str] | None = None,
        not_before: Iterable[str] = (),
    ) -> Mask:
        """A trigger: a character of `first`, followed by one of `second`, preceded by one of `before` (None: any)."""
        bit = np.uint64(1 << self._count)
        self._count += 1
        for table, chars, unless in (
            (self._first, first, ()),
            (self._second, second, ()),
            (self._before, before, not_before),
        ):
            if chars is None:
                table |= bit
                table[[ord(char) for char in unless]] &= ~bit
            else:
                table[[ord(char) for char in chars]] |= bit
        return int(bit)

    def refine(self, mask: Mask, refine: Refine) -> Mask:
        """The trigger `mask`, now only where `refine` says so."""
        self._refined.append((np.uint64(mask), refine))
        return mask

    def words(self, words: Iterable[str], then: Iterable[str] | None = None, not_before: Iterable[str] = ()) -> Mask:
        """Triggers for words; one of `then` follows them, none of `not_before` precedes them."""
        listed = sorted(set(words))
        hashes = np.unique(np.array([_hashed(np.array([*map(ord, word)], np.uint32)) for word in listed], np.uint64))
        likely = np.zeros(1 << 64 - _UNLIKE, bool)
        likely[hashes >> np.uint64(_UNLIKE)] = True
        after, longest = _flags(then), max(map(len, listed))
        seconds = {word[1] for word in listed if len(word) > 1}
        alone = any(len(word) == 1 for word in listed)
        mask = self.on({word[0] for word in listed}, None if alone else seconds, not_before=not_before)
        return self.refine(mask, lambda codes, places: _worded(codes, places, hashes, likely, longest, after))

    def lasting(self, mask: Mask, chars: Iterable[str], size: int) -> Mask:
        """The trigger `mask`, now only where the first `size` characters are all among the given ones."""
        wanted = _flags(chars)
        return self.refine(mask, lambda codes, places: _lasting(codes, places, wanted, size))

    def near(self, mask: Mask, chars: Iterable[str], distance: int, count: int = 1) -> Mask:
        """The trigger `mask`, now only where `count` of the characters follow, each within the distance of the one before."""
        wanted = _flags(chars)
        return self.refine(mask, lambda codes, places: _followed(codes, places, wanted, distance, count))

    def led(self, mask: Mask, first: Iterable[str], second: Iterable[str], distance: int) -> Mask:
        """The trigger `mask`, now only where one of `first` and one of `second` stand before, within the distance."""
        ahead, behind = _flags(first), _flags(second)
        return self.refine(mask, lambda codes, places: _led(codes, places, ahead, behind, distance))

    @cached_property
    def _tables(self) -> tuple[NDArray[np.uint16], list[NDArray[np.uint64]]]:
        """The few different rows of all tables, and which of them each code has."""
        rows, alike = np.unique(np.stack([self._first, self._second, self._before]), axis=1, return_inverse=True)
        return alike.ravel().astype(np.uint16), [np.ascontiguousarray(row) for row in rows]

    def at(self, codes: Codes) -> "Places":
        """The places of all triggers in the text. The text begins and ends with a character no trigger knows."""
        codes.setflags(write=False)  # so that kernels are compiled once
        places, bits = np.empty(len(codes), np.int64), np.empty(len(codes), np.uint64)
        alike, tables = self._tables
        count = _fired(codes, alike, *tables, places, bits)
        places, bits = places[:count], bits[:count]
        for bit, refine in self._refined:
            rows = _having(bits, bit)
            bits[rows[~refine(codes, places[rows])]] &= ~bit
        left = np.flatnonzero(bits)
        return Places(places[left], bits[left])


class Places:
    """Where triggers fired."""

    def __init__(self, places: NDArray[np.int64], bits: NDArray[np.uint64]) -> None:
        self._places, self._bits = places, bits

    def of(self, mask: Mask) -> list[int]:
        """The places of some triggers, in order."""
        found: list[int] = self._places[_having(self._bits, np.uint64(mask))].tolist()
        return found

    def matches(self, pattern: re.Pattern[str], folded: str, mask: Mask) -> Iterator[re.Match[str]]:
        """What the pattern matches from the places on, apart from each other, as `finditer` has it."""
        done = 0
        for place in self.of(mask):
            if place >= done and (match := pattern.match(folded, place)):
                done = match.end()
                yield match

    def around(
        self, pattern: re.Pattern[str], folded: str, mask: Mask, before: int, after: int, needs: Sequence[str] = ()
    ) -> Iterator[re.Match[str]]:
        """What the pattern finds in the stretches around the places, of those that hold one of its needs if it has any."""
        for begin, end in spans(self.of(mask), before, after):
            if not needs or any(folded.find(need, begin, end) >= 0 for need in needs):
                yield from pattern.finditer(folded, begin, end)


STARTS = Triggers()
"""The triggers of every rule of redaction."""
RUN = STARTS.lasting(
    STARTS.on(DIGITS + LETTERS, DIGITS + LETTERS + "_-", not_before=DIGITS + LETTERS), DIGITS + LETTERS + "_-", 4
)
"""The beginning of a run of letters and digits, four or more."""
_JOINTS = ' \t\u200b\u263a-_.·~/\\|+,()（）[]【】<《「“"'
NUMBER = STARTS.near(STARTS.on(DIGITS, DIGITS + _JOINTS, not_before=DIGITS), DIGITS, 9, 6)
"""The beginning of a run of digits, or of digits in groups: seven, each at most nine characters behind the one before."""
GROUPS = STARTS.near(STARTS.on(DIGITS, DIGITS + _JOINTS, not_before=DIGITS), DIGITS, 3, 6)
"""The same, with at most two characters between the digits."""


def spans(places: Sequence[int] | NDArray[np.int64], before: int, after: int) -> list[tuple[int, int]]:
    """Stretches of text around places, from `before` characters before to `after` behind; those that meet are joined."""
    here = np.asarray(places, np.int64)
    apart = np.flatnonzero(np.diff(here) > before + after) + 1
    begins, ends = np.concatenate([here[:1], here[apart]]) - before, np.append(here[apart - 1], here[-1:]) + after
    return list(zip(np.maximum(begins, 0).tolist(), ends.tolist(), strict=True))
