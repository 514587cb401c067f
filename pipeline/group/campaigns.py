"""Which different cases share a template or a group complaint on one platform. Never merged, counted case by case."""

import numpy as np

from pipeline.group.cases import components
from pipeline.group.fingerprints import Floats, Ints, Pairs

RULE = "campaign-1"
LEAST_TEXT = 0.5
LEAST_CASES = 3


def campaign_pairs(pairs: Pairs, cases: Ints, groups: Ints, platforms: Ints) -> tuple[Ints, Ints, Floats]:
    """Pairs of different cases with text in common (weighted Jaccard ≥ 0.5), or in one group complaint of the portal.

    `groups` is the code of the portal's group complaint, -1 for none.
    """
    keep = (pairs.jaccard >= LEAST_TEXT) & (cases[pairs.left] != cases[pairs.right])
    left, right, score = pairs.left[keep], pairs.right[keep], pairs.jaccard[keep]
    same = _chain(groups, platforms)
    text = _score_of(pairs, same)
    return np.concatenate([left, same[0]]), np.concatenate([right, same[1]]), np.concatenate([score, text])


def _chain(groups: Ints, platforms: Ints) -> tuple[Ints, Ints]:
    """Neighbours within each (group complaint, platform)."""
    rows = np.flatnonzero(groups >= 0)
    rows = rows[np.lexsort((rows, platforms[rows], groups[rows]))]
    a, b = rows[:-1], rows[1:]
    same = (groups[a] == groups[b]) & (platforms[a] == platforms[b])
    return np.minimum(a[same], b[same]), np.maximum(a[same], b[same])


def _score_of(pairs: Pairs, wanted: tuple[Ints, Ints]) -> Floats:
    """Text score of given pairs, 0 where they share nothing."""
    known = dict(zip(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True), pairs.jaccard.tolist(), strict=True))
    return np.array(
        [known.get(pair, 0.0) for pair in zip(*(side.tolist() for side in wanted), strict=True)], np.float64
    )


def campaign_of(size: int, left: Ints, right: Ints, cases: Ints) -> Ints:
    """Campaign number per complaint; -1 unless its component holds at least three different cases."""
    parts = components(size, left, right)
    distinct = np.unique(np.stack([parts, cases]), axis=1)
    enough = np.bincount(distinct[0], minlength=size) >= LEAST_CASES
    return np.where(enough[parts], parts, -1)
