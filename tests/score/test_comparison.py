"""Tests, false discoveries, funnel limits, rank ranges and standardisation against libraries and hand-worked figures."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import binom, binomtest
from statsmodels.stats.multitest import multipletests

from pipeline.engine import Engine
from pipeline.score import comparison
from pipeline.score.bands import bands
from pipeline.score.rates import beta_binomial_prior
from pipeline.score.standardised import standardised

DRAW = np.random.default_rng(5)


def test_the_two_sided_test_is_twice_the_smaller_exact_tail() -> None:
    n = DRAW.integers(1, 300, 200)
    share = DRAW.uniform(0.05, 0.95, 200)
    k = DRAW.binomial(n, share)
    tails = [
        [binomtest(int(a), int(b), p, side).pvalue for side in ("less", "greater")]
        for a, b, p in zip(k, n, share, strict=True)
    ]
    assert np.allclose(comparison.two_sided(k, n, share), np.minimum(1, 2 * np.min(tails, axis=1)), atol=1e-9)
    assert np.allclose(comparison.above(k, n, share), np.array(tails)[:, 1], atol=1e-9)


def test_q_values_equal_statsmodels() -> None:
    for size in (1, 2, 7, 400):
        p = DRAW.uniform(0, 1, size) ** 3
        assert np.allclose(comparison.adjusted(p), multipletests(p, method="fdr_bh")[1], atol=1e-9)


def test_funnel_limits_interpolate_the_binomial() -> None:
    """Spiegelhalter 2005, A.1.1: r is the quantile, α = (F(r) − p) / (F(r) − F(r−1)), limit (r − α) / n."""
    for n, share, p in ((20, 0.5, 0.025), (50, 0.3, 0.975), (400, 0.55, 0.999), (31, 0.1, 0.001)):
        r = binom.ppf(p, n, share)
        alpha = (binom.cdf(r, n, share) - p) / (binom.cdf(r, n, share) - binom.cdf(r - 1, n, share))
        found = comparison.funnel_limit(np.array([n]), np.array([share]), p, 1.0)[0]
        assert found == pytest.approx(min(max((r - alpha) / n, 0), 1), abs=1e-9)


def test_over_dispersion_is_the_winsorised_mean_square_and_one_when_it_may_be_chance() -> None:
    z = np.arange(-10.0, 11.0)  # deciles of -10 … 10 are ±8: clipped squares 3·64 twice, then 2·(1² … 7²)
    assert comparison.over_dispersion(z) == pytest.approx((6 * 64 + 2 * 140) / 21, abs=1e-9)
    assert comparison.over_dispersion(DRAW.normal(size=500)) == 1.0
    assert comparison.over_dispersion(np.empty(0)) == 1.0


def test_over_dispersed_limits_are_wider() -> None:
    n, share = np.array([40, 200]), np.array([0.4, 0.4])
    assert (comparison.funnel_limit(n, share, 0.025, 4.0) < comparison.funnel_limit(n, share, 0.025, 1.0)).all()
    expected = np.sin(np.arcsin(np.sqrt(0.4)) + 1.959963984540054 * 2 / (2 * np.sqrt(200))) ** 2
    assert comparison.funnel_limit(n, share, 0.975, 4.0)[1] == pytest.approx(expected, abs=1e-9)


def test_rank_ranges_are_seeded_and_narrow_where_much_is_known() -> None:
    k, n = np.array([900, 20, 12, 100]), np.array([1000, 40, 24, 1000])
    low, high = comparison.rank_range(k, n, beta_binomial_prior(k, n))
    again = comparison.rank_range(k, n, beta_binomial_prior(k, n))
    assert (low.tolist(), high.tolist()) == tuple(ends.tolist() for ends in again)
    assert (low[0], high[0]) == (1, 1)
    assert (low[3], high[3]) == (4, 4)
    assert (low[1], high[1], low[2], high[2]) == (2, 3, 2, 3)


def places(**columns: list[float | None]) -> pa.Table:
    """Rows as `bands.places` gives them; the market stands at 50 %."""
    size = len(columns["n"])
    usual: dict[str, list[object]] = {
        "platform": [f"p{place}" for place in range(size)], "delivered_k": list(columns["k"]), "delivered_n": list(columns["n"]),
        "expected": [0.5] * size, "delivered_expected": [0.5] * size, "hidden_share": [0.0] * size, "unseen_share": [0.0] * size,
    }  # fmt: skip
    return pa.table(usual | columns)


def test_a_band_needs_size_sight_and_both_tests() -> None:
    found = bands(
        places(
            k=[90, 10, 50, 29, 90, 90, 90], n=[100, 100, 100, 29, 100, 100, 100],
            hidden_share=[0.2, None, 0, 0, 0.21, 0, 0], unseen_share=[0.1, 0, 0, 0, 0, 0.11, 0],
            delivered_k=[90, 10, 50, 29, 90, 90, 5], delivered_n=[100, 100, 100, 29, 100, 100, 10],
        )
    )  # fmt: skip
    assert found["band"].to_pylist() == ["above", "below", "indistinct", None, None, None, "indistinct"]
    assert found["why"].to_pylist() == ["", "", "", "few", "hidden", "unseen", ""]
    p = np.array([comparison.two_sided(np.array([k]), np.array([100]), np.array([0.5]))[0] for k in (90, 10, 50, 90)])
    q = [value for value in found["q_value"].to_pylist() if value is not None]
    assert np.allclose(q, multipletests(p, method="fdr_bh")[1], atol=1e-9)


def test_unregistering_alone_makes_no_band() -> None:
    """Undelivered cases sink the headline; among delivered ones nothing stands out, so there is no band."""
    found = bands(places(k=[90], n=[140], delivered_k=[10], delivered_n=[60]))
    assert found["band"].to_pylist() == ["indistinct"]


def test_standardisation_worked_by_hand(tmp_path: Path) -> None:
    """Market: 60 cases of one issue (30 sunk), 40 of another (10 sunk). One platform has 12 (9) of the first, 8 (1) of the second."""
    rows = [("a", "充值", k < 9) for k in range(12)] + [("a", "退款|充值", k < 1) for k in range(8)]
    rows += [("b", "充值", k < 21) for k in range(48)] + [("b", "退款", k < 9) for k in range(32)]
    cases = pa.table({
        "platform": [row[0] for row in rows], "topics": [row[1] for row in rows], "portals": ["heimao"] * 100,
        "rung": ["silent" if row[2] else "answered" for row in rows], "in_headline": [True] * 100,
    })  # fmt: skip
    with Engine(tmp_path) as engine:
        engine.put("cases", cases)
        found = {row["platform"]: row for row in standardised(engine, set()).to_pylist()}
        again = engine.sql(found["a"]["sql"]).to_pylist()[0]
    theta = 0.6 * 9 / 12 + 0.4 * 1 / 8
    spread = 0.36 * (9.5 / 13) * (3.5 / 13) / 12 + 0.16 * (1.5 / 9) * (7.5 / 9) / 8
    assert (found["a"]["k"], found["a"]["n"], found["a"]["state"]) == (10, 20, "few")
    assert found["a"]["value"] == pytest.approx(theta, abs=1e-9) == again["value"]
    assert found["a"]["high"] == pytest.approx(theta + 1.959963984540054 * np.sqrt(spread), abs=1e-9)
    assert found["*"]["value"] == pytest.approx(0.4, abs=1e-9)
