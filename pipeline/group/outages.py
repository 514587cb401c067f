"""Outages told in different words: a burst of one issue on one platform against its own baseline, FDR-controlled."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import binom, poisson

from pipeline.group.fingerprints import Floats, Ints
from pipeline.intake.issues import OTHER

WINDOW_DAYS = 4.0
LEAST_CASES = 8
FALSE_DISCOVERY = 1e-4
LEAST_SPAN_DAYS = 30.0
LEAST_EXPECTED = 0.3
COMPANIONS = frozenset({OTHER, "客服失联", "拒绝退款", "虚假宣传"})
"""Issues that name no trouble of their own: in a burst they are told along with it."""


@dataclass(frozen=True)
class Burst:
    """One window: how unlikely (both against time and against the platform's other issues), and who is in it."""

    chance: float
    issue: str
    start: float
    end: float
    rows: Ints


def outage_groups(topics: list[list[str]], cases: Ints, platforms: Ints, days: Floats) -> list[Ints]:
    """Rows of each outage, in time order; overlapping windows of one platform and issue are one outage."""
    bursts: list[Burst] = []
    for platform in np.unique(platforms):
        rows = np.flatnonzero((platforms == platform) & ~np.isnan(days))
        if len(rows) >= LEAST_CASES:
            bursts += _bursts(rows[np.argsort(days[rows], kind="stable")], topics, cases, days)
    kept = _discoveries(bursts)
    return [_members(burst, topics, platforms, days) for burst in _joined(kept, platforms)]


def _bursts(rows: Ints, topics: list[list[str]], cases: Ints, days: Floats) -> list[Burst]:
    """Every window of one platform with enough cases of one issue, and its chance. A case counts once, when first told."""
    _, first = np.unique(cases[rows], return_index=True)
    told = rows[np.sort(first)]
    span = float(days[rows[-1]] - days[rows[0]])
    if span < LEAST_SPAN_DAYS:
        return []
    issues = sorted({issue for row in told for issue in topics[row]} - {OTHER})
    return [burst for issue in issues for burst in _windows(issue, told, topics, days, span)]


def _windows(issue: str, told: Ints, topics: list[list[str]], days: Floats, span: float) -> list[Burst]:
    rows = told[[issue in topics[row] for row in told]]
    if len(rows) < LEAST_CASES:
        return []
    when, everyone = days[rows], days[told]
    ends = np.searchsorted(when, when + WINDOW_DAYS, "right")
    count = ends - np.arange(len(rows))
    volume = np.searchsorted(everyone, when + WINDOW_DAYS, "right") - np.searchsorted(everyone, when, "left")
    expected = np.maximum((len(rows) - count) * WINDOW_DAYS / max(span - WINDOW_DAYS, LEAST_SPAN_DAYS), LEAST_EXPECTED)
    share = np.minimum((len(rows) - count + 1) / np.maximum(len(told) - volume + 2, 1), 0.99)
    chance = np.maximum(poisson.sf(count - 1, expected), binom.sf(count - 1, volume, share))
    return [
        Burst(float(chance[at]), issue, float(when[at]), float(when[ends[at] - 1]), rows[at : ends[at]])
        for at in np.flatnonzero(count >= LEAST_CASES)
    ]


def _discoveries(bursts: list[Burst]) -> list[Burst]:
    """Benjamini and Hochberg 1995 over all windows tested."""
    ranked = sorted(bursts, key=lambda burst: (burst.chance, burst.issue, burst.start))
    passed = [rank for rank, burst in enumerate(ranked, 1) if burst.chance <= FALSE_DISCOVERY * rank / len(ranked)]
    return ranked[: max(passed, default=0)]


def _joined(bursts: list[Burst], platforms: Ints) -> list[Burst]:
    """Windows of one platform and issue that touch, as one."""
    joined: list[Burst] = []
    for burst in sorted(bursts, key=lambda b: (int(platforms[b.rows[0]]), b.issue, b.start)):
        last = joined[-1] if joined else None
        same = last is not None and last.issue == burst.issue and platforms[last.rows[0]] == platforms[burst.rows[0]]
        if last is not None and same and burst.start <= last.end:
            rows = np.union1d(last.rows, burst.rows)
            joined[-1] = Burst(min(last.chance, burst.chance), burst.issue, last.start, max(last.end, burst.end), rows)
        else:
            joined.append(burst)
    return joined


def _members(burst: Burst, topics: list[list[str]], platforms: Ints, days: Floats) -> Ints:
    """Complaints of the window that name the issue, or no other trouble."""
    inside = (platforms == platforms[burst.rows[0]]) & (days >= burst.start - 0.5) & (days <= burst.end + 0.5)
    rows = np.flatnonzero(inside)
    fits = [burst.issue in topics[row] or set(topics[row]) <= COMPANIONS for row in rows]
    rows = rows[np.array(fits, bool)]
    return np.asarray(rows[np.argsort(days[rows], kind="stable")], np.int64)
