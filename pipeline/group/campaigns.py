"""Which different cases share a template, a quoted text, a group complaint or an outage on one platform.

Never merged, counted case by case. Text comes first: an outage takes only those whom no shared text holds together.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.group.cases import components
from pipeline.group.fingerprints import Floats, Ints, Pairs
from pipeline.group.outages import outage_groups
from pipeline.group.quotes import quote_pairs

RULE = "campaign-2"
LEAST_TEXT = 0.3
LEAST_CASES = 3
KINDS = ("template", "quote", "event")


@dataclass(frozen=True)
class Told:
    """What the complaints say, one entry a row: text, case, group complaint (-1: none), platform, day, issues."""

    texts: list[str | None]
    cases: Ints
    groups: Ints
    platforms: Ints
    days: Floats
    topics: list[list[str]]


@dataclass(frozen=True)
class Campaigns:
    """`campaign` per row (-1: none); the pairs that hold campaigns together, with score and kind (index of KINDS)."""

    campaign: Ints
    left: Ints
    right: Ints
    score: Floats
    kind: Ints


def find(pairs: Pairs, told: Told) -> Campaigns:
    """All campaigns of at least three different cases."""
    size = len(told.cases)
    parts = [_templates(pairs, told), _quotes(told), _groups(told)]
    left, right = (np.concatenate([part[side] for part in parts]) for side in (0, 1))
    held = campaign_of(size, left, right, told.cases) >= 0
    parts.append(_outages(told, held))
    left, right, score, kind = (np.concatenate([part[side] for part in parts]) for side in range(4))
    campaign = campaign_of(size, left.astype(np.int64), right.astype(np.int64), told.cases)
    inside = campaign[left.astype(np.int64)] >= 0
    return Campaigns(
        campaign,
        left[inside].astype(np.int64),
        right[inside].astype(np.int64),
        score[inside],
        kind[inside].astype(np.int64),
    )


Part = tuple[Ints, Ints, Floats, Ints]


def _part(left: Ints, right: Ints, score: Floats, kind: str) -> Part:
    return left, right, score, np.full(len(left), KINDS.index(kind), np.int64)


def _templates(pairs: Pairs, told: Told) -> Part:
    keep = (pairs.jaccard >= LEAST_TEXT) & (told.cases[pairs.left] != told.cases[pairs.right])
    return _part(pairs.left[keep], pairs.right[keep], np.minimum(pairs.jaccard[keep], 1.0), "template")


def _quotes(told: Told) -> Part:
    left, right, shared = quote_pairs(told.texts, told.cases, told.platforms)
    return _part(left, right, np.minimum(shared / 40.0, 1.0), "quote")


def _groups(told: Told) -> Part:
    """Neighbours within each (group complaint of the portal, platform)."""
    rows = np.flatnonzero(told.groups >= 0)
    rows = rows[np.lexsort((rows, told.platforms[rows], told.groups[rows]))]
    a, b = rows[:-1], rows[1:]
    same = (told.groups[a] == told.groups[b]) & (told.platforms[a] == told.platforms[b])
    left, right = np.minimum(a[same], b[same]), np.maximum(a[same], b[same])
    return _part(left, right, np.zeros(len(left)), "template")


def _outages(told: Told, held: np.ndarray) -> Part:
    """Neighbours in time within each outage, leaving out those a shared text already holds."""
    chains = [rows[~held[rows]] for rows in outage_groups(told.topics, told.cases, told.platforms, told.days)]
    none = np.empty(0, np.int64)
    left = np.concatenate([none, *[rows[:-1] for rows in chains]])
    right = np.concatenate([none, *[rows[1:] for rows in chains]])
    return _part(np.minimum(left, right), np.maximum(left, right), np.zeros(len(left)), "event")


def campaign_of(size: int, left: Ints, right: Ints, cases: Ints) -> Ints:
    """Campaign number per row; -1 unless its component holds at least three different cases.

    Complaints of one case go together.
    """
    order = np.argsort(cases, kind="stable")
    same = np.flatnonzero(np.diff(cases[order]) == 0)
    parts = components(size, np.concatenate([left, order[same]]), np.concatenate([right, order[same + 1]]))
    distinct = np.unique(np.stack([parts, cases]), axis=1)
    enough = np.bincount(distinct[0], minlength=size) >= LEAST_CASES
    return np.where(enough[parts], parts, -1)
