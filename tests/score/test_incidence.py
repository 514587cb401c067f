"""Cumulative incidence against lifelines on untied data, and against tables worked by hand where times tie."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.score.incidence import CENSORED, ENDED, REPLIED, VANISHED, Steps, incidence


def waits(*rows: tuple[int, int, int, int]) -> Steps:
    """Steps of (group, entry, leave, cause) rows."""
    group, entry, leave, cause = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    return incidence(group, entry, leave, cause)


def drawn(seed: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Untied times and causes."""
    draw = np.random.default_rng(seed)
    return draw.permutation(10 * size)[:size] + 1, draw.choice(
        [CENSORED, REPLIED, ENDED, VANISHED], size, p=[0.3, 0.4, 0.2, 0.1]
    )


@pytest.mark.parametrize("seed", range(5))
def test_untied_data_equals_lifelines(seed: int) -> None:
    lifelines = pytest.importorskip("lifelines")
    time, cause = drawn(seed, 120)
    steps = incidence(np.full(120, seed), np.full(120, -1), time, cause)
    fitter = lifelines.AalenJohansenFitter(calculate_variance=True).fit(time, cause, event_of_interest=REPLIED)
    expected = fitter.cumulative_density_.iloc[1:, 0].to_numpy()
    assert np.allclose(steps.time, fitter.cumulative_density_.index[1:])
    assert np.allclose(steps.incidence, expected, atol=1e-9)
    variance = np.ravel(fitter.variance_)[1:]
    inner = (
        (expected > 0) & (expected < 1) & np.isfinite(variance)
    )  # lifelines has none where the last one waiting leaves
    assert inner.sum() > 100
    assert np.allclose(steps.variance[inner], variance[inner], atol=1e-9)
    low, high = steps.bounds()
    found = fitter.confidence_interval_.iloc[1:].to_numpy()
    assert np.allclose(low[inner], found[inner, 0], atol=1e-9)
    assert np.allclose(high[inner], found[inner, 1], atol=1e-9)


def test_without_competitors_it_is_one_minus_kaplan_meier_ties_and_all() -> None:
    lifelines = pytest.importorskip("lifelines")
    draw = np.random.default_rng(3)
    time, cause = draw.integers(1, 20, 200), draw.choice([CENSORED, REPLIED], 200)
    steps = incidence(np.zeros(200, np.int64), np.full(200, -1), time, cause)
    fitter = lifelines.KaplanMeierFitter().fit(time, cause == REPLIED)
    assert np.allclose(steps.incidence, 1 - fitter.survival_function_at_times(steps.time).to_numpy(), atol=1e-9)


def test_a_tied_table_worked_by_hand() -> None:
    """Ten cases. Day 1: two replies, one withdrawal. Day 2: one censored. Day 3: one reply, one closed. Day 5: a reply."""
    rows = [(1, REPLIED)] * 2 + [
        (1, ENDED),
        (2, CENSORED),
        (3, REPLIED),
        (3, ENDED),
        (5, REPLIED),
        (7, CENSORED),
        (7, CENSORED),
        (7, CENSORED),
    ]
    steps = waits(*((0, -1, time, cause) for time, cause in rows))
    # day 1: 2/10; waiting 7/10. Day 3: 6 wait, 7/10·1/6; waiting 7/10·4/6. Day 5: 4 wait, 7/15·1/4.
    assert steps.time.tolist() == [1, 2, 3, 5, 7]
    assert steps.at_risk.tolist() == [10, 7, 6, 4, 3]
    assert np.allclose(steps.incidence, [0.2, 0.2, 0.2 + 7 / 60, 0.2 + 7 / 60 + 7 / 60, 0.2 + 14 / 60], atol=1e-12)


def test_cases_found_late_are_at_risk_of_vanishing_only_once_found() -> None:
    """Twenty cases seen from the start, twenty found on day 10; on day 5 a page vanishes, on day 20 another."""
    rows = [(0, -1, 30, CENSORED)] * 18 + [(0, -1, 5, VANISHED), (0, -1, 20, VANISHED)]
    rows += [(0, 10, 30, CENSORED)] * 18 + [(0, 10, 2, REPLIED), (0, 10, 25, REPLIED)]
    steps = waits(*rows)
    at = dict(zip(steps.time.tolist(), steps.incidence.tolist(), strict=True))
    assert at[2] == pytest.approx(1 / 40, abs=1e-12)  # the reply of a case found later is on its page
    # vanishing: 1 of the 20 then under observation, not 1 of 39; on day 20, 1 of 19 + 19
    waiting = 39 / 40 * (1 - 1 / 20) * (1 - 1 / 38)
    assert at[25] == pytest.approx(1 / 40 + waiting * 1 / 37, abs=1e-12)


def test_selection_by_survival_is_undone() -> None:
    """A third of pages vanish before they are found; the estimate from the found ones meets the truth about all."""
    draw = np.random.default_rng(11)
    size = 60_000
    replied, gone = (draw.exponential(mean, size) * 1000 for mean in (20, 25))
    found = np.where(draw.random(size) < 0.4, -1, draw.uniform(0, 20, size) * 1000).astype(np.int64)
    replied, gone = replied.astype(np.int64), gone.astype(np.int64)
    seen = gone > found
    cause = np.where(replied <= gone, REPLIED, VANISHED)
    leave = np.minimum(replied, gone)
    groups = np.zeros(size, np.int64)
    truth = incidence(groups, np.full(size, -1), leave, cause)
    naive = incidence(groups[seen], np.full(seen.sum(), -1), leave[seen], cause[seen])
    ours = incidence(groups[seen], found[seen], leave[seen], cause[seen])

    def by_day_20(steps: Steps) -> float:
        return float(steps.incidence[np.searchsorted(steps.time, 20_000) - 1])

    assert abs(by_day_20(ours) - by_day_20(truth)) < 0.01
    assert abs(by_day_20(naive) - by_day_20(truth)) > 0.03


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(-1, 40), st.integers(0, 40), st.integers(0, 3)),
        min_size=1,
        max_size=60,
    )
)
def test_groups_do_not_touch_each_other_and_shares_stay_shares(rows: list[tuple[int, int, int, int]]) -> None:
    together = waits(*rows)
    for group in {row[0] for row in rows}:
        alone = waits(*(row for row in rows if row[0] == group))
        own = together.group == group
        assert together.time[own].tolist() == alone.time.tolist()
        assert np.allclose(together.incidence[own], alone.incidence, atol=1e-9)
        assert np.allclose(together.variance[own], alone.variance, atol=1e-9)
        assert (np.diff(alone.incidence) >= -1e-12).all()
    assert ((together.incidence >= 0) & (together.incidence <= 1)).all()


def test_a_level_that_is_not_reached_has_no_time() -> None:
    steps = waits((0, -1, 3, REPLIED), (0, -1, 9, CENSORED), (0, -1, 9, CENSORED), (1, -1, 4, REPLIED))
    assert steps.first_at(steps.incidence, 0.25, 3).tolist() == [3, 4, -1]
    assert steps.first_at(steps.incidence, 0.5, 3).tolist() == [-1, 4, -1]
