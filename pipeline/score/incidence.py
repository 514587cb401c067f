"""Aalen–Johansen cumulative incidence of many groups at once.

Each cause has the risk set in which it could have been seen. A reply, a withdrawal, a closure stays on the page, so a
case found late tells of them from t0 on: its risk set is everybody still waiting. A page that vanished before our
first visit was never found: for vanishing a case is at risk only from its first sighting (left truncation). Dropping
the time before discovery altogether would throw away the replies it plainly shows; keeping it for vanishing too would
count people as surviving a danger they were selected for having survived. Where nobody was found late all risk sets
are equal and this is the textbook estimator; where nothing competes it is one minus Kaplan–Meier.

Early on few cases may be under observation: the risk set for vanishing is at least ten, or everybody waiting.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.score.rates import Floats, Ints

CENSORED, REPLIED, ENDED, VANISHED = 0, 1, 2, 3
LEAST_RISK = 10
_SPAN = 1 << 40
Z95 = 1.959963984540054


@dataclass(frozen=True)
class Steps:
    """Distinct (group, time) in order; `at_risk` waits just before the time, `incidence` holds from it on."""

    group: Ints
    time: Ints
    at_risk: Ints
    incidence: Floats
    variance: Floats

    def bounds(self) -> tuple[Floats, Floats]:
        """95 % interval on the log(−log) scale; NaN while nothing has happened or all has."""
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log(self.incidence)
            spread = Z95 * np.sqrt(np.maximum(self.variance, 0)) / (self.incidence * np.abs(logs))
            low, high = (np.exp(logs * np.exp(sign * spread)) for sign in (1, -1))
        unknown = (self.incidence <= 0) | (self.incidence >= 1)
        return np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)

    def keys(self) -> Ints:
        """Group and time as one rising number."""
        return key(self.group, self.time)

    def first_at(self, values: Floats, level: float, groups: int) -> Ints:
        """Time of each group's first step whose value is at least the level; −1 where it is not reached."""
        reached = np.flatnonzero(values >= level)
        first = np.full(groups, -1, np.int64)
        owners, place = np.unique(self.group[reached], return_index=True)
        first[owners] = self.time[reached[place]]
        return first


def key(group: Ints, time: Ints) -> Ints:
    """One sortable number; times from −1 up."""
    return group * _SPAN + time + 1


def incidence(group: Ints, entry: Ints, leave: Ints, cause: Ints) -> Steps:
    """Cumulative incidence of cause 1 in each group. Times are whole units ≥ 0; `entry` −1 is "seen from the start"."""
    keys = np.sort(key(group, leave))
    order = np.argsort(key(group, leave), kind="stable")
    steps, first = np.unique(keys, return_index=True)
    owner, time = np.divmod(steps, _SPAN)
    hits = [np.add.reduceat((cause[order] == c).astype(np.int64), first) for c in (REPLIED, ENDED, VANISHED)]
    start, size = _extent(keys, owner)
    at_risk = size - (first - start)
    watched = _watched(group, entry, leave, owner, steps)
    rate, other, gone = hits[0] / at_risk, hits[1] / at_risk, _vanishing(hits[2], at_risk, watched)
    total = np.minimum(rate + other + gone, 1.0)
    head = np.searchsorted(owner, owner)
    before = _survival_before(total, head)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.where(total < 1, total / (at_risk * (1 - total)), 0.0)
    reached = np.round(_sums(before * rate, head), 12)
    variance = _variance(reached, spread, before, rate, at_risk, head)
    return Steps(owner, time - 1, at_risk, np.minimum(reached, 1.0), variance)


def _extent(keys: Ints, owner: Ints) -> tuple[Ints, Ints]:
    """First place and number of cases of each step's group."""
    start = np.searchsorted(keys, owner * _SPAN)
    return start, np.searchsorted(keys, (owner + 1) * _SPAN) - start


def _watched(group: Ints, entry: Ints, leave: Ints, owner: Ints, steps: Ints) -> Ints:
    """Cases that had been found before each step and were still waiting."""
    found = np.sort(key(group, entry))
    done = np.sort(key(group, np.maximum(entry, leave)))
    counted = (np.searchsorted(one, steps) - np.searchsorted(one, owner * _SPAN) for one in (found, done))
    return next(counted) - next(counted)


def _vanishing(hits: Ints, at_risk: Ints, watched: Ints) -> Floats:
    risk = np.maximum(np.maximum(watched, np.minimum(at_risk, LEAST_RISK)), hits)
    return np.asarray(hits / np.maximum(risk, 1), np.float64)


def _survival_before(total: Floats, head: Ints) -> Floats:
    """Share without any end just before each step: the running product of 1 − total, by group, one step back."""
    ends = total >= 1 - 1e-12
    logs = np.log1p(-np.where(ends, 0.0, total))
    product = np.exp(_sums(logs, head) - logs)
    return np.asarray(np.where(_sums(ends.astype(float), head) - ends > 0, 0.0, product), np.float64)


def _sums(values: Floats, head: Ints) -> Floats:
    """Running sums within groups; `head` is the place of each group's first step."""
    running = np.cumsum(values)
    return np.asarray(running - (running[head] - values[head]), np.float64)


def _variance(
    reached: Floats, spread: Floats, before: Floats, rate: Floats, at_risk: npt.NDArray[np.int64], head: Ints
) -> Floats:
    """Marubini and Valsecchi 1995 (Collett 2015, p. 411), each sum over earlier steps expanded so that it runs once."""
    scaled = before * rate / at_risk
    own = _sums(before * scaled * (1 - rate), head)
    first = reached**2 * _sums(spread, head) - 2 * reached * _sums(spread * reached, head)
    first += _sums(spread * reached**2, head)
    third = reached * _sums(scaled, head) - _sums(scaled * reached, head)
    return np.asarray(first + own - 2 * third, np.float64)
