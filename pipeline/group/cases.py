"""Which complaints are one person's one dispute: identity evidence AND text evidence, on one platform.

Text alone never merges. Every merge names its evidence. A number, an account or an alias that many use identifies
nobody; two different order numbers are two disputes; equal amount and near date count only where nobody else tells
the same story, because victims of one scheme paste one template and pay one price.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from pipeline.group.fingerprints import Floats, Ints, Pairs

RULE = "case-2"
Mask = npt.NDArray[np.bool_]

NEAR_DAYS = 60
SHARED_BY_MANY = 8  # a mark on more complaints of one platform than this is the shop's own, or common to strangers
TEXT_WITH_ORDER = 0.08
TEXT_WITH_PERSONAL = 0.25
TEXT_WITH_ALIAS = 0.35
TEXT_WITH_CONTACT = 0.45
TEXT_WITH_AMOUNT = 0.35
OTHERS_TELL = 0.7  # of the pair's own likeness: someone else's story this close makes it a template
LEAST_OTHERS = 0.25


@dataclass(frozen=True)
class Marks:
    """Which complaints carry which marks of one family (complaint x mark, 0/1)."""

    matrix: sparse.csr_array

    def rare(self, platforms: Ints) -> sparse.csr_array:
        """Only marks on 2 to 8 complaints of a platform, one column per platform and mark."""
        coo = self.matrix.tocoo()
        rows, marks = coo.coords
        _, columns = np.unique(np.stack([platforms[rows], marks]), axis=1, return_inverse=True)
        shape = (self.matrix.shape[0], int(columns.max(initial=-1)) + 1)
        local = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
        uses = np.asarray(local.sum(axis=0)).ravel()
        return local[:, np.flatnonzero((uses > 1) & (uses <= SHARED_BY_MANY))]

    def shared(self, platforms: Ints) -> set[tuple[int, int]]:
        """Pairs with a rare mark in common."""
        mine = self.rare(platforms)
        left, right = sparse.triu(mine @ mine.T, k=1).tocoo().coords
        return set(zip(left.tolist(), right.tolist(), strict=True))

    def conflict(self, left: Ints, right: Ints) -> Mask:
        """Both sides carry such marks and none in common."""
        has = np.asarray(self.matrix.sum(axis=1)).ravel() > 0
        common = np.asarray(self.matrix[left].multiply(self.matrix[right]).sum(axis=1)).ravel() > 0
        return np.asarray(has[left] & has[right] & ~common, bool)


@dataclass(frozen=True)
class Identity:
    """What may tell people apart, one entry a complaint. Codes are -1 and amounts NaN where the page says nothing."""

    portal: Ints
    author: Ints
    amount: Floats
    day: Floats
    orders: Marks  # order numbers: one dispute
    personal: Marks  # phones, accounts, cards: one person
    contacts: Marks  # QQ, WeChat, Alipay: often the shop's


@dataclass(frozen=True)
class Merges:
    """Pairs to merge, the kinds of identity evidence of each (joined by |) and the text score."""

    left: Ints
    right: Ints
    evidence: list[str]
    score: Floats


@dataclass(frozen=True)
class _Evidence:
    """Masks over pairs."""

    order: Mask
    personal: Mask
    contact: Mask
    alias: Mask
    amount: Mask
    other_order: Mask
    other_personal: Mask
    other_alias: Mask
    other_amount: Mask

    @property
    def contradicted(self) -> Mask:
        """Something says these are different people or disputes."""
        return self.other_order | self.other_personal | self.other_alias | self.other_amount

    @property
    def same_person(self) -> Mask:
        return self.order | self.personal | self.alias


def merge_pairs(pairs: Pairs, who: Identity, platforms: Ints) -> Merges:
    """The pairs among `pairs` that are one case."""
    found, text = _evidence(pairs, who, platforms), pairs.score
    alone = _told_by_nobody_else(pairs, found, len(platforms))
    keep = found.order & (text >= TEXT_WITH_ORDER)
    keep |= found.personal & ~found.other_order & (text >= TEXT_WITH_PERSONAL)
    keep |= found.alias & ~(found.other_order | found.other_personal | found.other_amount) & (text >= TEXT_WITH_ALIAS)
    keep |= found.contact & ~found.contradicted & (text >= TEXT_WITH_CONTACT)
    keep |= found.amount & ~found.contradicted & alone & (text >= TEXT_WITH_AMOUNT)
    names = ("order", "personal", "contact", "alias", "amount")
    masks = [getattr(found, name) for name in names]
    evidence = [
        "|".join(name for name, mask in zip(names, masks, strict=True) if mask[place]) for place in np.flatnonzero(keep)
    ]
    return Merges(pairs.left[keep], pairs.right[keep], evidence, np.minimum(text[keep], 1.0))


def _evidence(pairs: Pairs, who: Identity, platforms: Ints) -> _Evidence:
    left, right = pairs.left, pairs.right
    places = list(zip(left.tolist(), right.tolist(), strict=True))

    def among(shared: set[tuple[int, int]]) -> Mask:
        return np.array([pair in shared for pair in places], bool)

    aliases = Marks(_one_hot(who.author))
    known = (who.author[left] >= 0) & (who.author[right] >= 0) & (who.portal[left] == who.portal[right])
    same_amount = who.amount[left] == who.amount[right]
    both = ~np.isnan(who.amount[left]) & ~np.isnan(who.amount[right])
    order, personal = among(who.orders.shared(platforms)), among(who.personal.shared(platforms))
    return _Evidence(
        order=order,
        personal=personal,
        contact=among(who.contacts.shared(platforms)),
        alias=known & among(aliases.shared(platforms)),
        amount=same_amount & (np.abs(who.day[left] - who.day[right]) <= NEAR_DAYS),
        other_order=who.orders.conflict(left, right),
        other_personal=who.personal.conflict(left, right),
        other_alias=known & (who.author[left] != who.author[right]),
        other_amount=both & ~same_amount,
    )


def _one_hot(codes: Ints) -> sparse.csr_array:
    rows = np.flatnonzero(codes >= 0)
    shape = (len(codes), int(codes.max(initial=-1)) + 1)
    return sparse.csr_array((np.ones(len(rows)), (rows, codes[rows])), shape=shape)


def _told_by_nobody_else(pairs: Pairs, found: _Evidence, size: int) -> Mask:
    """Pairs whose likeness no contradicting third complaint comes near."""
    strangers = found.contradicted & ~found.same_person
    nearest = np.zeros(size)
    for side in (pairs.left, pairs.right):
        np.maximum.at(nearest, side[strangers], pairs.score[strangers])
    closest = np.maximum(nearest[pairs.left], nearest[pairs.right])
    return np.asarray(closest < np.maximum(LEAST_OTHERS, OTHERS_TELL * pairs.score), bool)


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
