"""How much of two texts is the same: weighted Jaccard and containment of their distinct shingles.

One text's shingles stand in a small hash table; those of each partner are looked up in it. A shingle is hashed once per
run of a block; its class of rarity replaces the five lowest bits when the text first meets a partner.
"""

import numpy as np

from pipeline.group.kernels import kernel
from pipeline.group.shingles import power_above

_CLASS = np.uint32(31)
_SLOT = np.uint32(32 - 24)  # weights.BITS


@kernel
def weigh_text(flat, places, row, rarity, mass, total):  # type: ignore[no-untyped-def]
    """Put classes into the shingles of one text, once; `total` keeps its mass (negative: not weighed yet)."""
    if total[row] >= 0:
        return
    added = np.float64(0)
    for at in range(places[row], places[row + 1]):
        found = np.uint32(rarity[flat[at] >> _SLOT])
        flat[at] = (flat[at] & ~_CLASS) | found
        added += mass[found]
    total[row] = added


@kernel
def remember(flat, start, end, seen, stamp):  # type: ignore[no-untyped-def]
    """Put a text's shingles into the table `seen` (a power of two of words) under a stamp; the mask to look up with."""
    mask = power_above(4 * (end - start)) - 1
    tag = np.uint64(stamp) << np.uint64(32)
    for at in range(start, end):
        slot = np.int64(flat[at] >> np.uint32(5)) & mask
        while (seen[slot] >> np.uint64(32)) == np.uint64(stamp):
            slot = (slot + 1) & mask
        seen[slot] = tag | np.uint64(flat[at])
    return mask


@kernel
def shared(flat, start, end, seen, stamp, mask, mass):  # type: ignore[no-untyped-def]
    """Mass of the shingles of flat[start:end] that the remembered text has too."""
    tag, total = np.uint64(stamp) << np.uint64(32), np.float64(0)
    for at in range(start, end):
        word = flat[at]
        entry = tag | np.uint64(word)
        slot = np.int64(word >> np.uint32(5)) & mask
        while seen[slot] != entry and (seen[slot] >> np.uint64(32)) == np.uint64(stamp):
            slot = (slot + 1) & mask
        if seen[slot] == entry:
            total += mass[word & _CLASS]
    return total


@kernel
def compare(flat, places, one, others, count, seen, stamp, weights, out):  # type: ignore[no-untyped-def]
    """Jaccard and containment of one text with each of `count` others, into out[0] and out[1].

    `weights` is (rarity, mass per class, mass per text).
    """
    rarity, mass, total = weights
    weigh_text(flat, places, one, rarity, mass, total)
    mask = remember(flat, places[one], places[one + 1], seen, stamp)
    for at in range(count):
        other = others[at]
        weigh_text(flat, places, other, rarity, mass, total)
        both = shared(flat, places[other], places[other + 1], seen, stamp, mask, mass)
        union, least = total[one] + total[other] - both, min(total[one], total[other])
        out[0, at] = both / union if union > 0 else 0.0
        out[1, at] = both / least if least > 0 else 0.0
