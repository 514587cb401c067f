"""Texts of nearly the same words: 3-gram Jaccard ≥ SIMILAR links, directly or through others."""

import math

import numpy as np
import pyarrow as pa

from pipeline.group.likeness import batches, join
from pipeline.group.shingles import Ints, power_above
from pipeline.kernels import kernel, spread

SIMILAR = 0.8
NEIGHBOURS = 32
"""Exact where a rare gram occurs in no more texts than this; beyond, near-equal texts stand close in sorted order."""
_ONE, _TWO = np.uint64(21), np.uint64(42)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


def families(known: pa.Array, words: Ints, owner: Ints) -> Ints:
    """Per place the first place of its family. Place i holds text `words[i]` of `known` and belongs to `owner[i]`.

    Owners are ascending, an owner's texts distinct and in the order of the texts; owners have nothing in common. Texts that
    share one of their rarest grams are compared, each with the NEIGHBOURS next to it and only while they are in different
    families: a family of many thousand near-equal texts costs no square.
    """
    texts = known.to_pylist()
    data = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    ends = np.cumsum([0, *map(len, texts)])
    starts = np.append(np.flatnonzero(np.diff(owner, prepend=-1)), len(owner))
    tasks = [
        (data, ends, words[starts[lo] : starts[hi]], starts[lo : hi + 1] - starts[lo]) for lo, hi in batches(starts)
    ]
    found = np.arange(len(words))
    for (lo, hi), roots in zip(batches(starts), spread(_families, tasks), strict=True):
        found[starts[lo] : starts[hi]] = roots + starts[lo]
    return found


@kernel
def _families(data, ends, words, starts):  # type: ignore[no-untyped-def]
    """`families` of a run of owners: owner i has words[starts[i]:starts[i + 1]]."""
    parent = np.arange(len(words))
    for block in range(len(starts) - 1):
        lo, hi = starts[block], starts[block + 1]
        if hi - lo > 1:
            flat, places, grams = _grams(data, ends, words[lo:hi])
            _link(flat, places, grams, parent, lo)
    for at in range(len(parent)):  # parents stand before their children
        parent[at] = parent[parent[at]]
    return parent


@kernel
def _grams(data, ends, words):  # type: ignore[no-untyped-def]
    """Ranks of each text's distinct 3-grams, ascending, from the rarest gram to the most common; places; how many grams."""
    total = 0
    for word in words:
        total += max(ends[word + 1] - ends[word] - 2, 1)
    mask = power_above(2 * total) - 1
    heads, packed = np.full(mask + 1, -1, np.int64), np.empty(total, np.uint64)
    last, uses = np.full(total, -1, np.int64), np.zeros(total, np.int64)
    flat, places, grams = np.empty(total, np.int64), np.zeros(len(words) + 1, np.int64), 0
    for text in range(len(words)):
        lo, hi, size = ends[words[text]], ends[words[text] + 1], places[text]
        for at in range(lo, max(hi - 2, lo + 1)):
            word = np.uint64(0)
            for place in range(at, at + 3):  # a text of less than three characters is filled with spaces
                word = (word << _ONE) | np.uint64(data[place] if place < hi else 32)
            slot = np.int64((word * _SPREAD) >> np.uint64(20)) & mask
            while heads[slot] >= 0 and packed[heads[slot]] != word:
                slot = (slot + 1) & mask
            if heads[slot] < 0:
                heads[slot], packed[grams] = grams, word
                grams += 1
            gram = heads[slot]
            if last[gram] != text:
                last[gram], flat[size] = text, gram
                uses[gram] += 1
                size += 1
        places[text + 1] = size
    rank = np.empty(grams, np.int64)
    rank[np.argsort(uses[:grams], kind="mergesort")] = np.arange(grams)
    for text in range(len(words)):
        flat[places[text] : places[text + 1]] = np.sort(rank[flat[places[text] : places[text + 1]]])
    return flat, places, grams


@kernel
def _kept(size):  # type: ignore[no-untyped-def]
    """Two sets with Jaccard ≥ t share one of the first |x| - ceil(t |x|) + 1 of each, in any common order."""
    return min(size - np.int64(math.ceil(SIMILAR * size - 1e-9)) + 1, size)


@kernel
def _link(flat, places, grams, parent, offset):  # type: ignore[no-untyped-def]
    """Join near-equal texts of one owner, whose first stands at `offset` of `parent`."""
    texts = len(places) - 1
    bounds = np.zeros(grams + 1, np.int64)
    for text in range(texts):
        for at in range(places[text], places[text] + _kept(places[text + 1] - places[text])):
            bounds[flat[at] + 1] += 1
    bounds = np.cumsum(bounds)
    free, posted = bounds[:-1].copy(), np.empty(bounds[-1], np.int64)
    for text in range(texts):
        for at in range(places[text], places[text] + _kept(places[text + 1] - places[text])):
            posted[free[flat[at]]] = text
            free[flat[at]] += 1
    for gram in range(grams):
        for at in range(bounds[gram], bounds[gram + 1]):
            for other in range(at + 1, min(at + NEIGHBOURS + 1, bounds[gram + 1])):
                one, two = posted[at], posted[other]
                if _root(parent, offset + one) != _root(parent, offset + two) and _alike(flat, places, one, two):
                    join(parent, offset + one, offset + two)


@kernel
def _root(parent, at):  # type: ignore[no-untyped-def]
    while parent[at] != at:
        parent[at] = parent[parent[at]]
        at = parent[at]
    return at


@kernel
def _alike(flat, places, one, two):  # type: ignore[no-untyped-def]
    """Whether the Jaccard of two texts is at least SIMILAR."""
    left, left_end, right, right_end = places[one], places[one + 1], places[two], places[two + 1]
    sizes = left_end - left + right_end - right
    if SIMILAR * max(left_end - left, right_end - right) > min(left_end - left, right_end - right):
        return False
    shared = 0
    while left < left_end and right < right_end:
        if flat[left] == flat[right]:
            shared += 1
            left += 1
            right += 1
        elif flat[left] < flat[right]:
            left += 1
        else:
            right += 1
    return shared / (sizes - shared) >= SIMILAR
