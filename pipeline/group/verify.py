"""How much of two texts is the same: weighted Jaccard and containment of their distinct shingles.

One text's shingles stand in a small hash table; those of each partner are looked up in it. When a text first meets a
partner its repeats go, and its shingles' classes of rarity take the place of their five lowest bits.
"""

import numpy as np

from pipeline.group.shingles import power_above
from pipeline.group.weights import BITS
from pipeline.kernels import kernel

_CLASS = np.uint32(31)
_FIVE = np.uint32(5)
_HALF = np.uint64(32)
_SLOT = np.uint32(32 - BITS)


@kernel
def scratch(places):  # type: ignore[no-untyped-def]
    """An empty table for `remember` and `weigh_text`, wide enough for the longest of these texts."""
    most = 0
    for row in range(len(places) - 1):
        most = max(most, places[row + 1] - places[row])
    return np.zeros(power_above(2 * most), np.uint64)


@kernel
def weigh_text(flat, places, row, weights, seen, stamp):  # type: ignore[no-untyped-def]
    """Once per text: drop repeats, put classes into shingles. `weights` is (rarity, mass per class, mass per text, ends).

    A mass below 0 says not weighed yet; flat[places[row]:ends[row]] are the shingles.
    """
    rarity, mass, total, ends = weights
    start, end = places[row], places[row + 1]
    mask = power_above(2 * (end - start)) - 1
    tag, kept, added = np.uint64(stamp) << _HALF, start, np.float32(0)
    for at in range(start, end):
        word = flat[at]
        found = np.uint32(rarity[word >> _SLOT])
        word = (word & ~_CLASS) | found
        entry = tag | np.uint64(word)
        slot = np.int64(word >> _FIVE) & mask
        while seen[slot] != entry and (seen[slot] >> _HALF) == np.uint64(stamp):
            slot = (slot + 1) & mask
        if seen[slot] != entry:
            seen[slot] = entry
            flat[kept] = word
            kept += 1
            added += mass[found]
    total[row], ends[row] = added, kept


@kernel
def remember(flat, start, end, seen, stamp):  # type: ignore[no-untyped-def]
    """Put shingles into the table `seen` (a power of two of words) under a stamp; the mask to look up with."""
    mask = min(power_above(4 * (end - start)), len(seen)) - 1
    tag = np.uint64(stamp) << _HALF
    for at in range(start, end):
        slot = np.int64(flat[at] >> _FIVE) & mask
        while (seen[slot] >> _HALF) == np.uint64(stamp):
            slot = (slot + 1) & mask
        seen[slot] = tag | np.uint64(flat[at])
    return mask


@kernel
def shared(flat, start, end, seen, stamp, mask, mass):  # type: ignore[no-untyped-def]
    """Mass of the shingles of flat[start:end] that the remembered text has too."""
    tag, total = np.uint64(stamp) << _HALF, np.float32(0)
    for at in range(start, end):
        word = flat[at]
        entry = tag | np.uint64(word)
        slot = np.int64(word >> _FIVE) & mask
        while seen[slot] != entry and (seen[slot] >> _HALF) == np.uint64(stamp):
            slot = (slot + 1) & mask
        if seen[slot] == entry:
            total += mass[word & _CLASS]
    return total


@kernel
def compare(flat, places, one, others, count, seen, stamp, weights, out):  # type: ignore[no-untyped-def]
    """Jaccard and containment of one text with each of `count` others, into out[0] and out[1].

    Takes as many stamps of `seen` as it compares texts, and one; the next free stamp. `weights` as in `weigh_text`.
    """
    _, mass, total, ends = weights
    for at in range(count + 1):
        row = others[at] if at < count else one
        if total[row] < 0:
            weigh_text(flat, places, row, weights, seen, stamp)
            stamp += 1
    mask = remember(flat, places[one], ends[one], seen, stamp)
    for at in range(count):
        other = others[at]
        both = shared(flat, places[other], ends[other], seen, stamp, mask, mass)
        out[0, at], out[1, at] = measures(both, total[one], total[other])
    return stamp + 1


@kernel
def measures(both, one, other):  # type: ignore[no-untyped-def]
    """Jaccard and containment from masses; 0 where there is none."""
    union, least = one + other - both, min(one, other)
    return both / union if union > 0 else np.float32(0), both / least if least > 0 else np.float32(0)
