"""Long passages several people of one platform share: a pasted notice, an SMS, an agency's paragraph."""

import numpy as np

from pipeline.group.candidates import postings
from pipeline.group.likeness import batches
from pipeline.group.passages import fingerprints, passage_hashes
from pipeline.group.shingles import Ints, Texts, longest, normalise, tables
from pipeline.group.verify import remember, scratch
from pipeline.group.weights import BITS, Weights
from pipeline.kernels import kernel, spread

LEAST_PASSAGES = 16  # overlapping passages in common: 25 characters in a row, or more in pieces
LEAST_CASES = 3


def quote_pairs(
    texts: Texts, cases: Ints, platforms: Ints, same: Ints, weights: Weights, threads: int | None = None
) -> tuple[Ints, Ints, Ints]:
    """Complaints of different cases that share a telling long passage: left, right, passages in common.

    Telling: on few platforms of the sample behind `weights`, and in at least three cases of the complaint's own. Each complaint
    meets the one before it that has the passage; of equal texts only the first stands for all.
    """
    rows = np.flatnonzero((platforms >= 0) & (same == np.arange(len(same))))
    rows = rows[np.argsort(platforms[rows], kind="stable")]
    starts = np.append(np.flatnonzero(np.diff(platforms[rows], prepend=-1)), len(rows))
    shared = (texts.data, texts.offsets, *tables(), weights.common, cases)
    tasks = [(*shared, rows[starts[lo] : starts[hi]], starts[lo : hi + 1] - starts[lo]) for lo, hi in batches(starts)]
    found = spread(_quotes, tasks, threads)
    joined = np.concatenate(found) if found else np.empty((0, 3), np.int64)
    joined = joined[np.lexsort((joined[:, 1], joined[:, 0]))]
    return joined[:, 0], joined[:, 1], joined[:, 2]


@kernel
def _quotes(data, offsets, fold, names, common, cases, rows, starts):  # type: ignore[no-untyped-def]
    found = np.empty((16, 3), np.int64)
    size = 0
    for block in range(len(starts) - 1):
        mine = rows[starts[block] : starts[block + 1]]
        if len(mine) >= LEAST_CASES:
            found, size = _block_quotes(data, offsets, fold, names, common, cases, mine, found, size)
    return found[:size].copy()


@kernel
def _read(data, offsets, fold, names, common, rows):  # type: ignore[no-untyped-def]
    """Telling fingerprints and all passages of each text: flat arrays and their places."""
    most, total = longest(offsets, rows), 0
    for row in rows:
        total += offsets[row + 1] - offsets[row]
    codes, hashes, mine = np.empty(most + 1, np.uint32), np.empty(most + 1, np.uint32), np.empty(most + 1, np.uint32)
    prints, passages = np.empty(total + 1, np.uint32), np.empty(total + 1, np.uint32)
    print_at, passage_at = np.zeros(len(rows) + 1, np.int64), np.zeros(len(rows) + 1, np.int64)
    for at, row in enumerate(rows):
        size = normalise(data, offsets[row], offsets[row + 1], fold, names, codes)
        end = print_at[at]
        for place in range(fingerprints(codes, size, hashes, mine)):
            if not common[mine[place] >> np.uint32(32 - BITS)]:
                prints[end] = mine[place]
                end += 1
        print_at[at + 1] = end
        count = passage_hashes(codes, size, hashes)
        passages[passage_at[at] : passage_at[at] + count] = hashes[:count]
        passage_at[at + 1] = passage_at[at] + count
    return prints[: print_at[-1]], print_at, passages[: passage_at[-1]], passage_at


@kernel
def _tellers(before, owner, cases, rows):  # type: ignore[no-untyped-def]
    """Per occurrence, the first occurrence of the same passage; per first occurrence, how often the case changes."""
    first, count = np.arange(len(before)), np.ones(len(before), np.int32)
    for at in range(len(before)):
        if before[at] >= 0:
            first[at] = first[before[at]]
            count[first[at]] += cases[rows[owner[at]]] != cases[rows[owner[before[at]]]]
    return first, count


@kernel
def _block_quotes(data, offsets, fold, names, common, cases, rows, found, size):  # type: ignore[no-untyped-def]
    prints, print_at, passages, passage_at = _read(data, offsets, fold, names, common, rows)
    before, owner = postings(prints, print_at, print_at[1:])
    first, count = _tellers(before, owner, cases, rows)
    met, others = np.full(len(rows), -1, np.int64), np.empty(len(rows), np.int64)
    seen = scratch(passage_at)
    for row in range(len(rows)):
        kept = 0
        for at in range(print_at[row], print_at[row + 1]):
            if before[at] < 0 or count[first[at]] < LEAST_CASES:
                continue
            other = owner[before[at]]
            if met[other] != row and cases[rows[other]] != cases[rows[row]]:
                met[other] = row
                others[kept] = other
                kept += 1
        if kept:
            mask = remember(passages, passage_at[row], passage_at[row + 1], seen, row + 1)
        for at in range(kept):
            shared = _in_common(passages, passage_at[others[at]], passage_at[others[at] + 1], seen, row + 1, mask)
            if shared >= LEAST_PASSAGES:
                if size == len(found):
                    found = _grown(found)
                found[size] = rows[others[at]], rows[row], shared
                size += 1
    return found, size


@kernel
def _grown(found):  # type: ignore[no-untyped-def]
    wider = np.empty((2 * len(found), found.shape[1]), found.dtype)
    wider[: len(found)] = found
    return wider


@kernel
def _in_common(flat, start, end, seen, stamp, mask):  # type: ignore[no-untyped-def]
    """How many of flat[start:end] the remembered text has too."""
    tag, total = np.uint64(stamp) << np.uint64(32), 0
    for at in range(start, end):
        entry = tag | np.uint64(flat[at])
        slot = np.int64(flat[at] >> np.uint32(5)) & mask
        while seen[slot] != entry and (seen[slot] >> np.uint64(32)) == np.uint64(stamp):
            slot = (slot + 1) & mask
        total += seen[slot] == entry
    return total
