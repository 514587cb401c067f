"""Shares and their intervals, vectorised. Wilson 1927; beta-binomial empirical Bayes by maximum likelihood."""

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import betaln
from scipy.stats import norm

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def wilson(k: npt.ArrayLike, n: npt.ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Wilson score interval of k/n; NaN where n is 0."""
    successes, trials = np.asarray(k, float), np.asarray(n, float)
    z = float(norm.ppf(0.5 + confidence / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = successes / trials
        middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
        half = z * np.sqrt(share * (1 - share) / trials + z * z / (4 * trials**2)) / (1 + z * z / trials)
    low = np.where(successes == 0, 0.0, middle - half)
    high = np.where(successes == trials, 1.0, middle + half)
    return np.where(trials > 0, low, np.nan), np.where(trials > 0, high, np.nan)


def beta_binomial_prior(k: Ints, n: Ints) -> tuple[float, float]:
    """(a, b) of the beta prior that makes the counts likeliest; a=b=1 when there is too little to fit."""
    counted = n > 0
    k, n = k[counted], n[counted]
    if len(n) < 3:
        return 1.0, 1.0

    def loss(logs: Floats) -> float:
        a, b = np.exp(logs)
        return -float(np.sum(betaln(a + k, b + n - k) - betaln(a, b)))

    best = minimize(loss, np.zeros(2), method="L-BFGS-B", bounds=[(-5.0, 8.0)] * 2)
    a, b = np.exp(best.x)
    return float(a), float(b)


def shrunken_mean(k: Ints, n: Ints, prior: tuple[float, float]) -> Floats:
    """Posterior mean of each share under the prior: the table's order."""
    a, b = prior
    return (a + k) / (a + b + n)
