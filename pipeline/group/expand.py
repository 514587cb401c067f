"""From like texts to pairs of complaints: copies of one text spread out, and those whom a mark brings together joined in."""

import itertools
from dataclasses import dataclass

import numpy as np

from pipeline.group.identity import Identity
from pipeline.group.likeness import CONTAINED, Likeness
from pipeline.group.shingles import Floats, Ints, Mask, Texts, hashed, longest, normalise, power_above, tables
from pipeline.group.verify import compare
from pipeline.group.weights import Weights
from pipeline.kernels import cores, kernel, spread

SPREAD = 8  # complaints of one text that are paired with those of a like text
LEAST_SHINGLES = 3  # with a mark in common even a short text speaks


@dataclass(frozen=True)
class Told:
    """Pairs of complaints (left < right) and how alike they tell; `crowd`: per complaint, how many tell in the very same words."""

    left: Ints
    right: Ints
    score: Floats
    crowd: Ints

    def where(self, keep: Mask) -> "Told":
        """The pairs a mask keeps."""
        return Told(self.left[keep], self.right[keep], self.score[keep], self.crowd)


def told(texts: Texts, like: Likeness, who: Identity, weights: Weights, threads: int | None = None) -> Told:
    """Every pair of complaints worth judging: like texts and shared rare marks, each once, in row order."""
    size = len(like.same)
    left, right, score = _spread_out(like)
    joined = [marks.pairs() for marks in (who.orders, who.personal, who.contacts, who.aliases)]
    marked = np.unique(np.concatenate([a * size + b for a, b in joined]))
    keys = left * size + right
    missing = marked[~np.isin(marked, keys)]
    extra = (missing // size, missing % size) if size else (missing, missing)
    keys = np.concatenate([keys, missing])
    scores = np.concatenate([score, likeness_of(texts, *extra, weights, threads)])
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    crowd = np.bincount(like.same, minlength=size)[like.same]
    return Told(keys // max(size, 1), keys % max(size, 1), scores[order], crowd)


def copies(same: Ints, most: int = SPREAD) -> tuple[Ints, Ints]:
    """Pairs of rows of equal text at most `most` apart within their own order."""
    rows = np.argsort(same, kind="stable")
    sides = []
    for apart in range(1, most + 1):
        a, b = rows[:-apart], rows[apart:]
        equal = same[a] == same[b]
        sides.append((a[equal], b[equal]))
    left, right = (np.concatenate([side[place] for side in sides]) for place in (0, 1))
    return left, right


def _spread_out(like: Likeness) -> tuple[Ints, Ints, Floats]:
    """Pairs of complaints behind the pairs of texts, and copies; each once."""
    rows = np.argsort(like.same, kind="stable")
    start = np.searchsorted(like.same[rows], np.arange(len(rows)))
    count = np.minimum(np.bincount(like.same, minlength=len(rows)), SPREAD)
    pairs = like.pairs
    width = count[pairs.right]
    each = count[pairs.left] * width
    which = np.repeat(np.arange(len(each)), each)
    within = np.arange(len(which)) - np.repeat(np.cumsum(each) - each, each)
    a = rows[start[pairs.left[which]] + within // width[which]]
    b = rows[start[pairs.right[which]] + within % width[which]]
    one, other = copies(like.same)
    left, right = np.concatenate([np.minimum(a, b), one]), np.concatenate([np.maximum(a, b), other])
    return left, right, np.concatenate([pairs.score[which], np.ones(len(one))])


def likeness_of(texts: Texts, left: Ints, right: Ints, weights: Weights, threads: int | None = None) -> Floats:
    """The text score of given pairs of complaints (see `Pairs.score`); 0 where a text has no words."""
    cuts = np.linspace(0, len(left), (threads or cores()) + 1).astype(np.int64) if len(left) > 1000 else [0, len(left)]
    shared = (texts.data, texts.offsets, *tables(), weights.rarity, weights.mass)
    tasks = [(*shared, left[lo:hi], right[lo:hi]) for lo, hi in itertools.pairwise(cuts)]
    return np.concatenate(spread(_scores, tasks, threads))


@kernel
def _scores(data, offsets, fold, names, rarity, mass, left, right):  # type: ignore[no-untyped-def]
    most = max(longest(offsets, left), longest(offsets, right))
    codes, flat = np.empty(most + 1, np.uint32), np.empty(2 * most + 2, np.uint32)
    seen, stamp = np.zeros(power_above(2 * most), np.uint64), 1
    places, other, out = np.zeros(3, np.int64), np.ones(1, np.int64), np.zeros(len(left))
    likeness, total, ends = np.empty((2, 1), np.float32), np.empty(2, np.float32), np.empty(2, np.int64)
    for at in range(len(left)):
        size = normalise(data, offsets[left[at]], offsets[left[at] + 1], fold, names, codes)
        hashed(codes, size, flat, 0)
        places[1] = max(size - 2, 0)
        size = normalise(data, offsets[right[at]], offsets[right[at] + 1], fold, names, codes)
        hashed(codes, size, flat, places[1])
        places[2] = places[1] + max(size - 2, 0)
        if min(places[1], places[2] - places[1]) < LEAST_SHINGLES:
            continue
        total[:] = -1
        stamp = compare(flat, places, 0, other, 1, seen, stamp, (rarity, mass, total, ends), likeness)
        out[at] = max(likeness[0, 0], CONTAINED * likeness[1, 0])
    return out
