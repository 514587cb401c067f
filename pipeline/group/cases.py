"""Which complaints are one person's one dispute: identity evidence AND text evidence, on one platform.

Text alone never merges. Every merge names its evidence.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from pipeline.group.fingerprints import Floats, Ints, Pairs

RULE = "case-1"
Mask = npt.NDArray[np.bool_]

NEAR_DAYS = 60
SHARED_BY_MANY = 6  # a number on more complaints than this is the shop's own, not a person's
TEXT_WITH_FINGERPRINT = 0.15
TEXT_WITH_AUTHOR = 0.45
TEXT_WITH_AMOUNT = 0.80


@dataclass(frozen=True)
class Identity:
    """What may tell people apart, one entry a complaint. Codes are -1 and amounts NaN where the page says nothing."""

    portal: Ints
    author: Ints
    amount: Floats
    day: Floats
    fingerprints: sparse.csr_array  # complaint x fingerprint, 0/1


@dataclass(frozen=True)
class Merges:
    """Pairs to merge, the kinds of identity evidence of each (joined by |) and the text score."""

    left: Ints
    right: Ints
    evidence: list[str]
    score: Floats


def personal(fingerprints: sparse.csr_array) -> sparse.csr_array:
    """Without fingerprints that stand on too many complaints: a shop's own number identifies nobody."""
    uses = np.asarray(fingerprints.sum(axis=0)).ravel()
    return fingerprints[:, np.flatnonzero((uses > 1) & (uses <= SHARED_BY_MANY))]


def fingerprint_pairs(who: Identity, platforms: Ints) -> set[tuple[int, int]]:
    """Pairs of one platform sharing a personal fingerprint."""
    mine = personal(who.fingerprints)
    both = sparse.triu(mine @ mine.T, k=1).tocoo()
    left, right = both.coords
    same = platforms[left] == platforms[right]
    return set(zip(left[same].tolist(), right[same].tolist(), strict=True))


def merge_pairs(pairs: Pairs, who: Identity, platforms: Ints) -> Merges:
    """The pairs among `pairs` that are one case."""
    left, right, text = pairs.left, pairs.right, pairs.score
    shared = fingerprint_pairs(who, platforms)
    by_print = np.array([pair in shared for pair in zip(left.tolist(), right.tolist(), strict=True)], bool)
    same_portal = who.portal[left] == who.portal[right]
    known = (who.author[left] >= 0) & (who.author[right] >= 0)
    by_author = known & same_portal & (who.author[left] == who.author[right])
    other_person = known & same_portal & ~by_author
    by_amount = (who.amount[left] == who.amount[right]) & (np.abs(who.day[left] - who.day[right]) <= NEAR_DAYS)
    other_amount = who.amount[left] != who.amount[right]
    other_amount &= ~np.isnan(who.amount[left]) & ~np.isnan(who.amount[right])
    other_numbers = _both_numbered(who, left, right) & ~by_print
    keep = by_print & (text >= np.where(other_amount, 2 * TEXT_WITH_FINGERPRINT, TEXT_WITH_FINGERPRINT))
    keep |= by_author & ~other_numbers & ~other_amount & (text >= TEXT_WITH_AUTHOR)
    keep |= by_amount & ~other_person & ~other_numbers & (text >= TEXT_WITH_AMOUNT)
    names = (("fingerprint", by_print), ("author", by_author), ("amount_and_date", by_amount))
    evidence = ["|".join(name for name, mask in names if mask[place]) for place in np.flatnonzero(keep)]
    return Merges(left[keep], right[keep], evidence, np.minimum(text[keep], 1.0))


def _both_numbered(who: Identity, left: Ints, right: Ints) -> Mask:
    """Both complaints carry numbers of their own (an order, a phone, an account)."""
    has = np.asarray(who.fingerprints.sum(axis=1)).ravel() > 0
    return has[left] & has[right]


def components(size: int, left: Ints, right: Ints) -> Ints:
    """Component number of each of `size` nodes."""
    graph = sparse.coo_array((np.ones(len(left)), (left, right)), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def spanning(size: int, left: Ints, right: Ints, score: Floats) -> Mask:
    """Mask of the pairs that suffice to connect the components, strongest first: the ledger's rows."""
    parent = list(range(size))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    keep = np.zeros(len(left), bool)
    for place in np.lexsort((right, left, -score)):
        a, b = root(int(left[place])), root(int(right[place]))
        if a != b:
            parent[max(a, b)] = min(a, b)
            keep[place] = True
    return keep
