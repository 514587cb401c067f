"""Which different cases share a template, a quoted text, a group complaint or an outage on one platform.

Never merged, counted case by case. Text comes first: an outage takes only those whom no shared text holds together.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipeline.group.expand import copies
from pipeline.group.graph import components
from pipeline.group.likeness import LINK, Likeness
from pipeline.group.outages import Topics, dense, outage_groups
from pipeline.group.shingles import Floats, Ints, Mask

RULE = "campaign-3"
LEAST_CASES = 3
ENOUGH_PASSAGES = 40.0  # in common: a quote of score 1
KINDS = ("template", "quote", "event")
TopicsOf = Callable[[Ints], Topics]


@dataclass(frozen=True)
class Complaints:
    """One entry a row: case, group complaint of the portal (-1: none), platform (-1: unknown), day; and what rows complain of."""

    cases: Ints
    groups: Ints
    platforms: Ints
    days: Floats
    topics: TopicsOf


@dataclass(frozen=True)
class Links:
    """Pairs of rows with a score and the kind that links them (index of KINDS)."""

    left: Ints
    right: Ints
    score: Floats
    kind: Ints

    def where(self, keep: Mask) -> "Links":
        """The pairs a mask keeps."""
        return Links(self.left[keep], self.right[keep], self.score[keep], self.kind[keep])


@dataclass(frozen=True)
class Campaigns:
    """`campaign` per row (-1: none), and the links inside campaigns."""

    campaign: Ints
    links: Links


def find(like: Likeness, quotes: tuple[Ints, Ints, Ints], told: Complaints) -> Campaigns:
    """All campaigns of at least three different cases."""
    texts = _together([_templates(like, told), _quotes(quotes), _groups(told)])
    held = campaign_of(texts, told.cases) >= 0
    links = _together([texts, _outages(told, held)])
    campaign = campaign_of(links, told.cases)
    return Campaigns(campaign, links.where(campaign[links.left] >= 0))


def kinds(found: Campaigns) -> Ints:
    """Per row the kind most links of its campaign are, -1 outside."""
    of = found.campaign[found.links.left]
    votes = np.bincount(of * len(KINDS) + found.links.kind, minlength=len(found.campaign) * len(KINDS))
    best = votes.reshape(-1, len(KINDS)).argmax(axis=1)
    return np.where(found.campaign >= 0, best[found.campaign], -1)


def _links(left: Ints, right: Ints, score: Floats, kind: str) -> Links:
    low, high = np.minimum(left, right), np.maximum(left, right)
    return Links(low, high, score, np.full(len(left), KINDS.index(kind), np.int64))


def _together(parts: list[Links]) -> Links:
    return Links(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("left", "right", "score", "kind"))
    )


def _templates(like: Likeness, told: Complaints) -> Links:
    """Like texts, and neighbours among those of equal text."""
    pairs = like.pairs.where(like.pairs.jaccard >= LINK)
    one, other = copies(like.same, 1)
    left, right = np.concatenate([pairs.left, one]), np.concatenate([pairs.right, other])
    score = np.concatenate([np.minimum(pairs.jaccard, 1.0), np.ones(len(one))])
    different = told.cases[left] != told.cases[right]
    return _links(left[different], right[different], score[different], "template")


def _quotes(quotes: tuple[Ints, Ints, Ints]) -> Links:
    left, right, shared = quotes
    return _links(left, right, np.minimum(shared / ENOUGH_PASSAGES, 1.0), "quote")


def _groups(told: Complaints) -> Links:
    """Neighbours within each (group complaint of the portal, platform)."""
    rows = np.flatnonzero((told.groups >= 0) & (told.platforms >= 0))
    rows = rows[np.lexsort((rows, told.platforms[rows], told.groups[rows]))]
    a, b = rows[:-1], rows[1:]
    same = (told.groups[a] == told.groups[b]) & (told.platforms[a] == told.platforms[b])
    return _links(a[same], b[same], np.zeros(int(same.sum())), "template")


def _outages(told: Complaints, held: Mask) -> Links:
    """Neighbours in time within each outage, leaving out those a shared text already holds."""
    chains = [np.empty(0, np.int64)]
    for rows in _platforms(told):
        if dense(told.cases, told.days, rows):
            chains += _of_platform(told, held, rows)
    left, right = (np.concatenate([chain[side] for chain in chains]) for side in (slice(None, -1), slice(1, None)))
    return _links(left, right, np.zeros(len(left)), "event")


def _of_platform(told: Complaints, held: Mask, rows: Ints) -> list[Ints]:
    here = np.arange(len(rows))
    found = outage_groups(told.topics(rows), told.cases[rows], told.days[rows], here)
    return [rows[chain][~held[rows[chain]]] for chain in found]


def _platforms(told: Complaints) -> list[Ints]:
    """Rows with a day of each platform."""
    rows = np.flatnonzero((told.platforms >= 0) & ~np.isnan(told.days))
    rows = rows[np.argsort(told.platforms[rows], kind="stable")]
    return np.split(rows, np.flatnonzero(np.diff(told.platforms[rows])) + 1)


def campaign_of(links: Links, cases: Ints) -> Ints:
    """Campaign number per row; -1 unless its component holds at least three different cases.

    Complaints of one case go together.
    """
    size = len(cases)
    order = np.argsort(cases, kind="stable")
    same = np.flatnonzero(np.diff(cases[order]) == 0)
    left, right = np.concatenate([links.left, order[same]]), np.concatenate([links.right, order[same + 1]])
    parts = components(size, left, right)
    distinct = np.unique(parts * size + cases) // max(size, 1)
    enough = np.bincount(distinct, minlength=size) >= LEAST_CASES
    return np.where(enough[parts], parts, -1)
