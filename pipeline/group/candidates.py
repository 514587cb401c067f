"""Which texts of one platform may be alike. Small platforms: all that share a tenth; large ones: equal band keys.

A row is compared with earlier rows only, in the order complaints were filed, so nothing depends on how they arrive.
"""

import numpy as np

from pipeline.group.kernels import kernel
from pipeline.group.shingles import power_above
from pipeline.group.signatures import BANDS, BINS, band_keys, sign

NEWEST = 6  # of a bucket, besides its first: a template of 10,000 stays linear
LEAST_SHARED = 10  # one in


@kernel
def postings(flat, places):  # type: ignore[no-untyped-def]
    """Per shingle occurrence, the previous occurrence of the same shingle in the block (-1: none)."""
    total = places[-1]
    mask = power_above(2 * total) - 1
    heads = np.full(mask + 1, -1, np.int64)
    before = np.empty(total, np.int64)
    for at in range(total):
        slot = np.int64(flat[at] >> np.uint32(5)) & mask
        while heads[slot] >= 0 and flat[heads[slot]] != flat[at]:
            slot = (slot + 1) & mask
        before[at], heads[slot] = heads[slot], at
    return before


@kernel
def owners(places):  # type: ignore[no-untyped-def]
    """Row of each shingle occurrence."""
    out = np.empty(places[-1], np.int32)
    for row in range(len(places) - 1):
        out[places[row] : places[row + 1]] = row
    return out


@kernel
def sharing(before, owner, places, row, count, out):  # type: ignore[no-untyped-def]
    """Earlier rows that share at least a tenth of the shorter text's shingles with `row`; how many. `count` is zeroed scratch."""
    met = 0
    for at in range(places[row], places[row + 1]):
        other = before[at]
        while other >= 0:
            who = owner[other]
            if count[who] == 0:
                out[met] = who
                met += 1
            count[who] += 1
            other = before[other]
    kept, mine = 0, places[row + 1] - places[row]
    for at in range(met):
        who = out[at]
        if count[who] * LEAST_SHARED >= min(mine, places[who + 1] - places[who]):
            out[kept] = who
            kept += 1
        count[who] = 0
    return kept


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
def colliding(before, first, row, met, out):  # type: ignore[no-untyped-def]
    """Earlier rows in a bucket with `row`: each bucket's first and NEWEST; how many. `met` holds the last row that met each."""
    kept = 0
    for band in range(BANDS):
        other = first[row, band]
        steps = 0
        while other >= 0 and steps <= NEWEST:
            if met[other] != row:
                met[other] = row
                out[kept] = other
                kept += 1
            other = before[row, band] if steps == 0 else before[other, band]
            steps += 1
    return kept
