"""Outages told in different words: a burst of one issue on one platform against its own baseline, FDR-controlled.

The false discovery rate is held on each platform by itself, so what is an outage depends on no other platform.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import bdtrc, pdtrc

from pipeline.group.shingles import Floats, Ints, Mask
from pipeline.intake.issues import OTHER

WINDOW_DAYS = 4.0
LEAST_CASES = 8
FALSE_DISCOVERY = 1e-4
LEAST_SPAN_DAYS = 30.0
LEAST_EXPECTED = 0.3
EDGE_DAYS = 0.5
COMPANIONS = frozenset({OTHER, "客服失联", "拒绝退款", "虚假宣传"})
"""Issues that name no trouble of their own: in a burst they are told along with it."""


@dataclass(frozen=True)
class Topics:
    """Which complaint names which issue: rows x issues, and the issues' names."""

    named: npt.NDArray[np.bool_]
    names: tuple[str, ...]

    @classmethod
    def of(cls, topics: list[list[str]]) -> "Topics":
        """From the issues of each complaint."""
        names = tuple(sorted({name for row in topics for name in row}))
        place = {name: column for column, name in enumerate(names)}
        named = np.zeros((len(topics), len(names)), bool)
        for row, mine in enumerate(topics):
            named[row, [place[name] for name in mine]] = True
        return cls(named, names)

    def own(self, issue: int) -> Mask:
        """Complaints that name the issue, or no trouble of their own."""
        trouble = [column for column, name in enumerate(self.names) if name not in COMPANIONS]
        return np.asarray(self.named[:, issue] | ~self.named[:, trouble].any(axis=1))


@dataclass(frozen=True)
class _Windows:
    """Windows of one platform: how unlikely (both against time and against its other issues), which issue, from when to when."""

    chance: Floats
    issue: Ints
    start: Floats
    end: Floats

    def where(self, keep: Ints | Mask) -> "_Windows":
        return _Windows(self.chance[keep], self.issue[keep], self.start[keep], self.end[keep])


def outage_groups(topics: Topics, cases: Ints, days: Floats, rows: Ints) -> list[Ints]:
    """Rows of each outage among `rows` (one platform), in time order; overlapping windows of one issue are one outage."""
    rows = rows[np.argsort(days[rows], kind="stable")]
    windows = _discoveries(_windows(topics, cases, days, rows))
    when, mine = days[rows], Topics(topics.named[rows], topics.names)
    found = []
    for issue, start, end in _joined(windows):
        inside = (when >= start - EDGE_DAYS) & (when <= end + EDGE_DAYS)
        found.append(rows[inside & mine.own(issue)])
    return found


def dense(cases: Ints, days: Floats, rows: Ints) -> bool:
    """Whether a platform has enough cases near enough together, over a time long enough to tell a burst from the usual."""
    when = np.sort(days[_told_first(cases, rows)])
    if len(when) < LEAST_CASES or when[-1] - when[0] < LEAST_SPAN_DAYS:
        return False
    return bool((when[LEAST_CASES - 1 :] - when[: 1 - LEAST_CASES] <= WINDOW_DAYS).any())


def _told_first(cases: Ints, rows: Ints) -> Ints:
    """The first row of each case: a case counts once, when first told."""
    return rows[np.sort(np.unique(cases[rows], return_index=True)[1])]


def _windows(topics: Topics, cases: Ints, days: Floats, rows: Ints) -> _Windows:
    """Every window of one platform with enough cases of one issue, and its chance."""
    told = _told_first(cases, rows)
    parts = [np.empty((4, 0))]
    span = float(days[rows[-1]] - days[rows[0]])
    for issue in np.flatnonzero(topics.named[told].sum(axis=0) >= LEAST_CASES):
        if topics.names[issue] != OTHER:
            parts.append(_of_issue(int(issue), days[told], topics.named[told, issue], span))
    chance, issues, start, end = np.concatenate(parts, axis=1)
    return _Windows(chance, issues.astype(np.int64), start, end)


def _of_issue(issue: int, everyone: Floats, names: Mask, span: float) -> Floats:
    """(chance, issue, start, end) of each window of one issue."""
    when = everyone[names]
    ends = np.searchsorted(when, when + WINDOW_DAYS, "right")
    count = ends - np.arange(len(when))
    volume = np.searchsorted(everyone, when + WINDOW_DAYS, "right") - np.searchsorted(everyone, when, "left")
    expected = np.maximum((len(when) - count) * WINDOW_DAYS / max(span - WINDOW_DAYS, LEAST_SPAN_DAYS), LEAST_EXPECTED)
    share = np.minimum((len(when) - count + 1) / np.maximum(len(everyone) - volume + 2, 1), 0.99)
    chance = np.maximum(pdtrc(count - 1, expected), np.where(count > volume, 0.0, bdtrc(count - 1, volume, share)))
    keep = count >= LEAST_CASES
    return np.stack([chance, np.full(len(when), float(issue)), when, when[ends - 1]])[:, keep]


def _discoveries(windows: _Windows) -> _Windows:
    """Benjamini and Hochberg 1995 over all windows tested on the platform."""
    ranked = windows.where(np.lexsort((windows.start, windows.issue, windows.chance)))
    count = len(ranked.chance)
    passed = np.flatnonzero(ranked.chance <= FALSE_DISCOVERY * np.arange(1, count + 1) / max(count, 1))
    return ranked.where(np.arange(passed.max(initial=-1) + 1))


def _joined(windows: _Windows) -> list[tuple[int, float, float]]:
    """Windows of one issue that touch, as one (issue, start, end)."""
    joined: list[tuple[int, float, float]] = []
    for place in np.lexsort((windows.start, windows.issue)):
        issue, start, end = int(windows.issue[place]), float(windows.start[place]), float(windows.end[place])
        if joined and joined[-1][0] == issue and start <= joined[-1][2]:
            joined[-1] = (issue, joined[-1][1], max(joined[-1][2], end))
        else:
            joined.append((issue, start, end))
    return joined
