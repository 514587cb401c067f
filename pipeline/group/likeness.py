"""Texts of whole platforms in, pairs of like texts out: read, gather candidates, verify, keep the telling ones."""

import itertools
from dataclasses import dataclass

import numpy as np

from pipeline.group.candidates import NEWEST, buckets, colliding, keys, postings, sharing
from pipeline.group.shingles import Floats, Ints, Mask, Texts, read_block, tables
from pipeline.group.signatures import BANDS
from pipeline.group.verify import compare, scratch, weigh_text
from pipeline.group.weights import Weights
from pipeline.kernels import kernel, spread

SMALL = 128  # rows of a platform up to which every pair is looked at
KEEP = 24  # partners kept per text, the likest; more only where they connect
LEAST = 0.2
LINK = 0.35
CONTAINED = 0.95  # a truncated copy is contained, not equal
_CROWD = BANDS * (NEWEST + 1)


@dataclass(frozen=True)
class Pairs:
    """Pairs of rows of one platform that share text: Jaccard and containment, both weighted, 0..1."""

    left: Ints
    right: Ints
    jaccard: Floats
    containment: Floats

    def where(self, keep: Mask) -> "Pairs":
        """The pairs a mask keeps."""
        return Pairs(self.left[keep], self.right[keep], self.jaccard[keep], self.containment[keep])

    @property
    def score(self) -> Floats:
        """The better of Jaccard and (discounted) containment."""
        return np.maximum(self.jaccard, CONTAINED * self.containment)


@dataclass(frozen=True)
class Likeness:
    """`same`: per row the first row of equal text on its platform (itself, mostly). `pairs`: like texts among those first rows."""

    same: Ints
    pairs: Pairs


def alike(texts: Texts, platforms: Ints, weights: Weights, threads: int | None = None) -> Likeness:
    """Compare texts within each platform; rows of platform -1 stand alone. Rows come in the order they were filed."""
    order = np.argsort(platforms, kind="stable")
    order = order[np.searchsorted(platforms[order], 0) :]
    starts = np.append(np.flatnonzero(np.diff(platforms[order], prepend=-1)), len(order))
    shared = (texts.data, texts.offsets, *tables(), (weights.rarity, weights.mass))
    tasks = [(*shared, order[starts[lo] : starts[hi]], starts[lo : hi + 1] - starts[lo]) for lo, hi in batches(starts)]
    found = spread(_like, tasks, threads)
    same = np.arange(len(platforms))
    for task, result in zip(tasks, found, strict=True):
        same[task[-2]] = result[0]
    none = np.empty(0, np.int64)
    left, right, *scores = (np.concatenate([none, *[result[place] for result in found]]) for place in range(1, 5))
    place = np.lexsort((right, left))
    return Likeness(same, Pairs(left[place], right[place], scores[0][place], scores[1][place]))


def batches(starts: Ints, least: int = 16384) -> list[tuple[int, int]]:
    """Runs of whole platforms of about equal size, as ranges of `starts`, largest first."""
    cuts = [0]
    for place in range(1, len(starts)):
        if starts[place] - starts[cuts[-1]] >= least or place == len(starts) - 1:
            cuts.append(place)
    spans = [(lo, hi) for lo, hi in itertools.pairwise(cuts) if lo < hi]
    return sorted(spans, key=lambda span: (starts[span[0]] - starts[span[1]], span))


@kernel
def _like(data, offsets, fold, names, weights, rows, starts):  # type: ignore[no-untyped-def]
    """`same` and pairs (left, right, Jaccard, containment) of a run of platforms: platform i is rows[starts[i]:starts[i + 1]]."""
    same = rows.copy()
    sides = np.empty(((KEEP + 1) * len(rows), 2), np.int64)
    scores = np.empty(((KEEP + 1) * len(rows), 2), np.float32)
    size = 0
    for block in range(len(starts) - 1):
        mine = rows[starts[block] : starts[block + 1]]
        if len(mine) < 2:
            continue
        flat, places, first = read_block(data, offsets, mine, fold, names)
        for at in range(len(mine)):
            same[starts[block] + at] = mine[first[at]]
        size = _block_pairs(flat, places, mine, weights, sides, scores, size)
    return same, sides[:size, 0].copy(), sides[:size, 1].copy(), scores[:size, 0].copy(), scores[:size, 1].copy()


@kernel
def _block_pairs(flat, places, mine, weights, sides, scores, size):  # type: ignore[no-untyped-def]
    """Pairs of one platform, appended to `sides` and `scores` from `size`; the new size."""
    rows = len(mine)
    weighed = (weights[0], weights[1], np.full(rows, np.float32(-1)), places[:-1].copy())
    found = (mine, np.arange(rows), sides, scores)
    if rows <= SMALL:
        return _every_pair(flat, places, weighed, found, size)
    return _bucket_pairs(flat, places, weighed, found, size)


@kernel
def _every_pair(flat, places, weights, found, size):  # type: ignore[no-untyped-def]
    rows, seen = len(places) - 1, scratch(places)
    for row in range(rows):
        weigh_text(flat, places, row, weights, seen, row + 1)
    posted = postings(flat[: places[-1]], places, weights[3])
    both, others, likeness = np.zeros(rows, np.float32), np.empty(rows, np.int64), np.empty((2, rows), np.float32)
    for row in range(1, rows):
        count = sharing(flat, places, posted, row, weights, both, others, likeness)
        size = _keep(row, others, count, likeness, found, size)
    return size


@kernel
def _bucket_pairs(flat, places, weights, found, size):  # type: ignore[no-untyped-def]
    rows, seen, stamp = len(places) - 1, scratch(places), 1
    before, first = buckets(keys(flat, places), places)
    hits, others, likeness = np.zeros(rows, np.int32), np.empty(_CROWD, np.int64), np.empty((2, _CROWD), np.float32)
    for row in range(1, rows):
        count = colliding(before, first, row, hits, others)
        if count:
            stamp = compare(flat, places, row, others, count, seen, stamp, weights, likeness)
            size = _keep(row, others, count, likeness, found, size)
    return size


@kernel
def _keep(row, others, count, likeness, found, size):  # type: ignore[no-untyped-def]
    """Append the likest partners of a row, and weaker ones where they alone connect what is linked; the new size.

    `found` is (rows of the block, union-find over them, sides, scores).
    """
    mine, parent, sides, scores = found
    kept = 0
    for _ in range(count):
        best, worth = -1, LEAST
        for at in range(count):
            score = max(likeness[0, at], CONTAINED * likeness[1, at])
            if score >= worth and (score > worth or best < 0):
                best, worth = at, score
        if best < 0:
            break
        linked = likeness[0, best] >= LINK and join(parent, row, others[best])
        if kept < KEEP or linked:
            sides[size, 0], sides[size, 1] = mine[others[best]], mine[row]
            scores[size, 0], scores[size, 1] = likeness[0, best], likeness[1, best]
            size += 1
            kept += 1
        likeness[0, best] = likeness[1, best] = -1
    return size


@kernel
def join(parent, one, other):  # type: ignore[no-untyped-def]
    """Whether two rows were not connected yet; they are now."""
    while parent[one] != one:
        parent[one] = parent[parent[one]]
        one = parent[one]
    while parent[other] != other:
        parent[other] = parent[parent[other]]
        other = parent[other]
    parent[max(one, other)] = min(one, other)
    return one != other
