"""Comparing platforms without ranking them: rank ranges, exact tests, false discovery rate, funnel limits. Vectorised."""

import numpy as np
import numpy.typing as npt
from scipy.stats import binom, chi2, norm, rankdata

from pipeline.score.rates import Floats, Ints

SEED = 20260101
DRAWS = 1000
_BLOCK = 50
FALSE_DISCOVERIES = 0.05
WINSORISED = 0.10


def rank_range(k: Ints, n: Ints, prior: tuple[float, float], draws: int = DRAWS, seed: int = SEED) -> tuple[Ints, Ints]:
    """95 % range of each platform's place by falling sink rate, from seeded draws of its empirical-Bayes posterior."""
    if not len(k):
        return k, n
    (a, b), generator = prior, np.random.default_rng(seed)
    ranks = np.empty((draws, len(k)), np.int32)
    for start in range(0, draws, _BLOCK):
        rates = generator.beta(a + k, b + n - k, (min(_BLOCK, draws - start), len(k)))
        ranks[start : start + _BLOCK] = rankdata(-rates, method="ordinal", axis=1)
    low, high = np.quantile(ranks, [0.025, 0.975], axis=0, method="nearest")
    return low.astype(np.int64), high.astype(np.int64)


def two_sided(k: Ints, n: Ints, share: Floats) -> Floats:
    """Exact binomial p-value against each expected share: twice the smaller tail, at most 1."""
    return np.asarray(np.minimum(1.0, 2 * np.minimum(binom.cdf(k, n, share), binom.sf(k - 1, n, share))), np.float64)


def above(k: Ints, n: Ints, share: Floats) -> Floats:
    """Exact one-sided binomial p-value: as many as k or more."""
    return np.asarray(binom.sf(k - 1, n, share), np.float64)


def adjusted(p: Floats) -> Floats:
    """Benjamini–Hochberg q-values, in the order given."""
    order = np.argsort(p, kind="stable")
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    q = np.empty(len(p))
    q[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    return q


def binomial_tails_sql(counted: str) -> str:
    """SQL over `counted` (one row with k, n and share): its columns, `fewer` P(X ≤ k) and `more` P(X ≥ k), in logarithms."""
    return (
        f"WITH RECURSIVE counted AS ({counted}), term(i, l) AS (SELECT 0, n * ln(1 - share) FROM counted "
        "UNION ALL SELECT i + 1, l + ln((n - i) * 1.0 / (i + 1)) + ln(share / (1 - share)) FROM term, counted WHERE i < n) "
        "SELECT counted.*, coalesce(sum(exp(l)) FILTER (WHERE i <= k), 1.0) AS fewer, coalesce(sum(exp(l)) FILTER (WHERE i >= k), 1.0) AS more FROM counted, term"
    )


def adjusted_sql(table: str, p: str, where: str) -> str:
    """SQL: platform and q of every row of a published table where this p stands, Benjamini–Hochberg."""
    return (
        f"SELECT platform, min(1.0, min(p * m / place) OVER (ORDER BY place DESC)) AS q FROM (SELECT platform, {p} AS p, "
        f"row_number() OVER (ORDER BY {p}, platform) AS place, count(*) OVER () AS m FROM {table} WHERE {where} AND {p} IS NOT NULL)"
    )


def arcsine_z(k: Ints, n: Ints, share: Floats) -> Floats:
    """Distance from the expected share in standard errors, on the variance-stabilising scale."""
    return np.asarray(2 * np.sqrt(n) * (np.arcsin(np.sqrt(k / n)) - np.arcsin(np.sqrt(share))), np.float64)


def over_dispersion(z: Floats, winsorised: float = WINSORISED) -> float:
    """Winsorised mean of squared z (Spiegelhalter 2005); 1 unless significantly above it at 5 %."""
    if len(z) == 0:
        return 1.0
    low, high = np.quantile(z, [winsorised, 1 - winsorised])
    phi = float(np.mean(np.clip(z, low, high) ** 2))
    return phi if phi * len(z) > chi2.ppf(0.95, len(z)) else 1.0


def funnel_limit(n: Ints, share: Floats, probability: float, phi: float) -> Floats:
    """Control limit of a share at a tail probability: exact binomial, interpolated; on the arcsine scale when φ > 1."""
    if phi > 1:
        angle = np.arcsin(np.sqrt(share)) + norm.ppf(probability) * np.sqrt(phi) / (2 * np.sqrt(n))
        return np.asarray(np.sin(np.clip(angle, 0, np.pi / 2)) ** 2, np.float64)
    return _exact_limit(n, share, probability)


def _exact_limit(n: Ints, share: Floats, probability: float) -> Floats:
    """Spiegelhalter 2005, appendix A.1.1: the binomial quantile less the part of its mass beyond the probability."""
    count = binom.ppf(probability, n, share)
    upper, lower = binom.cdf(count, n, share), binom.cdf(count - 1, n, share)
    part: npt.NDArray[np.float64] = np.divide(
        upper - probability, upper - lower, out=np.zeros(len(n)), where=upper > lower
    )
    return np.asarray(np.clip((count - part) / n, 0, 1), np.float64)
