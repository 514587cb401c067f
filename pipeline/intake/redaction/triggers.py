"""Where in a batch of texts a rule can begin at all, found for all rules in one pass over the characters' codes.

Scanning every text with every pattern costs 20 passes in Python's regex engine; here each rule names the characters it
can begin with, and the ones after and before, and is tried at those places only.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Codes: TypeAlias = NDArray[np.uint32]
Refine: TypeAlias = Callable[[Codes, NDArray[np.intp]], NDArray[np.bool_]]
Mask: TypeAlias = int
"""A set of triggers, one bit each."""

_SIZE = 0x10000
HAN = "".join(map(chr, range(0x4E00, 0x9FA6)))
DIGITS = "0123456789"
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _keys(words: Iterable[str]) -> NDArray[np.uint64]:
    """The first two or three characters of words as one number each, sorted."""
    return np.array(
        sorted({sum(ord(char) << 16 * place for place, char in enumerate(word)) for word in words}), np.uint64
    )


def _among(keys: NDArray[np.uint64], known: NDArray[np.uint64]) -> NDArray[np.bool_]:
    if not len(known):
        return np.zeros(len(keys), bool)
    found: NDArray[np.bool_] = known[np.minimum(np.searchsorted(known, keys), len(known) - 1)] == keys
    return found


def _beginnings(words: Sequence[str]) -> Refine:
    """Whether one of the words may begin at a place, by its first three characters."""
    short, long = _keys(word for word in words if len(word) == 2), _keys(word[:3] for word in words if len(word) > 2)

    def begins(codes: Codes, places: NDArray[np.intp]) -> NDArray[np.bool_]:
        pair = codes[places].astype(np.uint64) | codes[places + 1].astype(np.uint64) << np.uint64(16)
        third = codes[np.minimum(places + 2, len(codes) - 1)].astype(np.uint64) << np.uint64(32)
        return _among(pair, short) | _among(pair | third, long)

    return begins


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

    def words(self, words: Iterable[str], then: Iterable[str] | None = None) -> Mask:
        """Triggers for words: their first two characters; `then` may follow a word of one character."""
        listed = sorted(set(words))
        alone, longer = [word for word in listed if len(word) == 1], [word for word in listed if len(word) > 1]
        mask = 0
        if longer:
            bit = self.on({word[0] for word in longer}, {word[1] for word in longer})
            self._refined.append((np.uint64(bit), _beginnings(longer)))
            mask |= bit
        if alone:
            mask |= self.on(alone, then)
        return mask

    def lasting(self, mask: Mask, chars: Iterable[str], size: int) -> Mask:
        """The trigger `mask`, now only where the first `size` characters are all among the given ones."""
        wanted = np.zeros(_SIZE, bool)
        wanted[[ord(char) for char in chars]] = True

        def lasts(codes: Codes, places: NDArray[np.intp]) -> NDArray[np.bool_]:
            found: NDArray[np.bool_] = np.logical_and.reduce(
                [wanted[codes[np.minimum(places + step, len(codes) - 1)]] for step in range(2, size)]
            )
            return found

        self._refined.append((np.uint64(mask), lasts))
        return mask

    def near(self, mask: Mask, chars: Iterable[str], distance: int) -> Mask:
        """The trigger `mask`, now only where one of the characters follows within the distance."""
        wanted = np.zeros(_SIZE, bool)
        wanted[[ord(char) for char in chars]] = True

        def follows(codes: Codes, places: NDArray[np.intp]) -> NDArray[np.bool_]:
            there = np.append(np.flatnonzero(wanted[codes]), len(codes) + distance)
            found: NDArray[np.bool_] = there[np.searchsorted(there, places, "right")] - places <= distance
            return found

        self._refined.append((np.uint64(mask), follows))
        return mask

    def at(self, codes: Codes) -> "Places":
        """The places of all triggers in the text. The text begins and ends with a character no trigger knows."""
        small = np.minimum(codes, _SIZE - 1)
        hits = self._first[small[1:-1]]
        hits &= self._second[small[2:]]
        hits &= self._before[small[:-2]]
        places = np.flatnonzero(hits)
        bits = hits[places]
        places += 1
        for bit, refine in self._refined:
            chosen = np.flatnonzero(bits & bit)
            bits[chosen[~refine(small, places[chosen])]] &= ~bit
        return Places(places, bits)


class Places:
    """Where triggers fired."""

    def __init__(self, places: NDArray[np.intp], bits: NDArray[np.uint64]) -> None:
        self._places, self._bits = places, bits

    def of(self, mask: Mask) -> list[int]:
        """The places of some triggers, in order."""
        found: list[int] = self._places[(self._bits & np.uint64(mask)) != 0].tolist()
        return found

    def matches(self, pattern: re.Pattern[str], folded: str, mask: Mask) -> Iterator[re.Match[str]]:
        """What the pattern matches from the places on, apart from each other, as `finditer` has it."""
        done = 0
        for place in self.of(mask):
            if place >= done and (match := pattern.match(folded, place)):
                done = match.end()
                yield match

    def around(
        self, pattern: re.Pattern[str], folded: str, mask: Mask, before: int, after: int
    ) -> Iterator[re.Match[str]]:
        """What the pattern finds in the stretches around the places."""
        for span in spans(self.of(mask), before, after):
            yield from pattern.finditer(folded, *span)


STARTS = Triggers()
"""The triggers of every rule of redaction."""
RUN = STARTS.lasting(
    STARTS.on(DIGITS + LETTERS, DIGITS + LETTERS + "_-", not_before=DIGITS + LETTERS), DIGITS + LETTERS + "_-", 4
)
"""The beginning of a run of letters and digits, four or more."""
NUMBER = STARTS.on(DIGITS, DIGITS + ' \t\u200b\u263a-_.·~/\\|+,()（）[]【】<《「“"', not_before=DIGITS)
"""The beginning of a run of digits, or of digits in groups."""


def spans(places: Sequence[int], before: int, after: int) -> Iterator[tuple[int, int]]:
    """Stretches of text around places, from `before` characters before to `after` behind; those that meet are joined."""
    begin = end = -1
    for place in places:
        if place - before > end:
            if end >= 0:
                yield begin, end
            begin = max(0, place - before)
        end = place + after
    if end >= 0:
        yield begin, end
