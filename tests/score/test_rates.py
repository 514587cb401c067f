"""Intervals and shrinkage against statsmodels and scipy."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import betabinom
from statsmodels.stats.proportion import proportion_confint

from pipeline.score.rates import beta_binomial_prior, shrunken_mean, wilson


def test_wilson_equals_statsmodels() -> None:
    n = np.repeat(np.arange(1, 61), 61)
    k = np.tile(np.arange(0, 61), 60)
    k, n = k[k <= n], n[k <= n]
    low, high = wilson(k, n)
    expected_low, expected_high = proportion_confint(k, n, method="wilson")
    assert np.allclose(low, expected_low, atol=1e-9)
    assert np.allclose(high, expected_high, atol=1e-9)


def test_wilson_of_nothing_is_unknown() -> None:
    low, high = wilson([0], [0])
    assert np.isnan(low[0])
    assert np.isnan(high[0])


@given(st.integers(1, 5000), st.floats(0, 1))
def test_the_interval_holds_the_share(n: int, share: float) -> None:
    k = round(share * n)
    low, high = wilson([k], [n])
    assert 0 <= low[0] <= k / n <= high[0] <= 1


def test_the_prior_is_the_likeliest_one() -> None:
    draw = np.random.default_rng(7)
    n = draw.integers(5, 200, 400)
    k = draw.binomial(n, draw.beta(4, 6, 400))
    a, b = beta_binomial_prior(k, n)

    def likelihood(first: float, second: float) -> float:
        return float(betabinom.logpmf(k, n, first, second).sum())

    assert likelihood(a, b) >= max(likelihood(a * f, b * g) for f in (0.9, 1, 1.1) for g in (0.9, 1, 1.1)) - 1e-3
    assert abs(a / (a + b) - 0.4) < 0.03


def test_small_counts_move_to_the_market() -> None:
    k, n = np.array([3, 60, 10, 30, 20]), np.array([3, 100, 50, 100, 60])
    means = shrunken_mean(k, n, beta_binomial_prior(k, n))
    assert means[0] < 1.0
    assert abs(means[1] - 0.6) < 0.05
