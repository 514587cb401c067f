"""Which texts of one platform may be alike. Small platforms: all that share a shingle; large ones: equal band keys.

A row is compared with earlier rows only, in the order complaints were filed, so nothing depends on how they arrive.
"""

import numpy as np

from pipeline.group.shingles import power_above
from pipeline.group.signatures import BANDS, BINS, band_keys, sign
from pipeline.group.verify import measures
from pipeline.kernels import kernel

NEWEST = 4  # of a bucket, besides its first: a template of 10,000 stays linear
MOST = 12


@kernel
def postings(flat, places, ends):  # type: ignore[no-untyped-def]
    """Per occurrence in flat[places[row]:ends[row]] the previous one of the same word in the block (-1: none), and its row."""
    mask = power_above(2 * len(flat)) - 1
    heads = np.full(mask + 1, -1, np.int32)
    before, owner = np.full(len(flat), -1, np.int32), np.zeros(len(flat), np.int32)
    for row in range(len(ends)):
        for at in range(places[row], ends[row]):
            slot = np.int64(flat[at] >> np.uint32(5)) & mask
            while heads[slot] >= 0 and flat[heads[slot]] != flat[at]:
                slot = (slot + 1) & mask
            before[at], heads[slot], owner[at] = heads[slot], at, row
    return before, owner


@kernel
def sharing(flat, places, posted, row, weights, both, others, out):  # type: ignore[no-untyped-def]
    """Earlier rows that share a word with `row`, their Jaccard and containment in out[0] and out[1]; how many.

    `both` is zeroed scratch per row, `weights` as in `verify.weigh_text` with every text weighed.
    """
    before, owner = posted
    _, mass, total, ends = weights
    met = 0
    for at in range(places[row], ends[row]):
        other, weight = before[at], mass[flat[at] & np.uint32(31)]
        while other >= 0:
            who = owner[other]
            if both[who] == 0:
                others[met] = who
                met += 1
            both[who] += weight
            other = before[other]
    for at in range(met):
        who = others[at]
        out[0, at], out[1, at] = measures(both[who], total[row], total[who])
        both[who] = 0
    return met


@kernel
def keys(flat, places):  # type: ignore[no-untyped-def]
    """Band keys of each text, band by band (BANDS x rows)."""
    rows = len(places) - 1
    out, mine = np.zeros((BANDS, rows), np.uint32), np.empty(BANDS, np.uint32)
    signature = np.empty(BINS, np.uint32)
    for row in range(rows):
        if places[row] < places[row + 1]:
            sign(flat, places[row], places[row + 1], signature)
            band_keys(signature, mine)
            out[:, row] = mine
    return out


@kernel
def buckets(found, places):  # type: ignore[no-untyped-def]
    """For each row and band: the row before it in its bucket and the bucket's first row (rows x BANDS, -1: none)."""
    rows = len(places) - 1
    before, first = np.full((rows, BANDS), -1, np.int32), np.full((rows, BANDS), -1, np.int32)
    mask = power_above(2 * rows) - 1
    newest = np.empty(mask + 1, np.int32)
    for band in range(BANDS):
        newest[:] = -1
        mine = found[band]
        for row in range(rows):
            if places[row] == places[row + 1]:
                continue
            slot = np.int64(mine[row]) & mask
            while newest[slot] >= 0 and mine[newest[slot]] != mine[row]:
                slot = (slot + 1) & mask
            other = newest[slot]
            newest[slot] = row
            if other >= 0:
                before[row, band] = other
                first[row, band] = first[other, band] if first[other, band] >= 0 else other
    return before, first


@kernel
def colliding(before, first, row, hits, out):  # type: ignore[no-untyped-def]
    """Earlier rows in a bucket with `row`: each bucket's first and NEWEST; the MOST that collide oftenest; how many.

    `hits` is zeroed scratch per row.
    """
    met = 0
    for band in range(BANDS):
        other, step = first[row, band], 0
        while other >= 0 and step <= NEWEST:
            if hits[other] == 0:
                out[met] = other
                met += 1
            hits[other] += 1
            other = before[row, band] if step == 0 else before[other, band]
            step += 1
    kept = _oftenest(hits, out, met) if met > MOST else met
    for at in range(met):
        hits[out[at]] = 0
    return kept


@kernel
def _oftenest(hits, out, met):  # type: ignore[no-untyped-def]
    """Bring the MOST with most hits to the front of out[:met], the earlier met of equals; MOST."""
    for place in range(MOST):
        best = place
        for at in range(place + 1, met):
            if hits[out[at]] > hits[out[best]]:
                best = at
        chosen = out[best]
        for at in range(best, place, -1):
            out[at] = out[at - 1]
        out[place] = chosen
    return MOST
