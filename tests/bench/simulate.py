"""What the method promises, tried on invented platforms whose truth is known: `python tests/bench/simulate.py` (seeded).

Growth: identical behaviour, growing and shrinking volume. Coverage: Wilson intervals. Bands: how often a verdict is wrong.
Each line prints a figure and the bound it must keep; a bound that does not hold ends the run with exit code 1.
"""

import sys

import numpy as np
import pyarrow as pa

from pipeline.score.bands import bands
from pipeline.score.incidence import CENSORED, REPLIED, incidence
from pipeline.score.rates import Floats, wilson

SEED = 20261120
DAY = 86_400


def growth(runs: int = 2000, per_month: int = 60, months: int = 12) -> bool:
    """Half the cases are answered after some days (some late), half never; volume grows 25 % or shrinks 20 % a month."""
    draw = np.random.default_rng(SEED)
    rates: dict[str, list[Floats]] = {}
    for name, factor in (("growing", 1.25), ("shrinking", 0.80)):
        weights = factor ** (np.arange(months * 30) / 30)
        found = []
        for _ in range(runs):
            born = draw.choice(months * 30, per_month * months, p=weights / weights.sum()) + draw.random(
                per_month * months
            )
            answered = np.where(draw.random(len(born)) < 0.64, draw.exponential(15, len(born)), np.inf)
            found.append(_three_rates(born, answered, months * 30.0))
        rates[name] = [np.array(column) for column in zip(*found, strict=True)]
    truth = 1 - 0.64 * (1 - np.exp(-30 / 15))
    naive, cohort, curve = ([float(rates[name][place].mean()) for name in rates] for place in range(3))
    covered = [
        float(np.mean([_inside(truth, k, n) for k, n in zip(rates[name][3], rates[name][4], strict=True)]))
        for name in rates
    ]
    print(
        f"growth: true rate {truth:.3f}; unanswered now / all {naive[0]:.3f} growing, {naive[1]:.3f} shrinking: {abs(naive[0] - naive[1]):.3f} apart"
    )
    print(
        f"        matured cohort {cohort[0]:.3f}, {cohort[1]:.3f}; curve at 30 days {curve[0]:.3f}, {curve[1]:.3f}; intervals hold the truth {covered[0]:.3f}, {covered[1]:.3f}"
    )
    same = all(abs(one - truth) < 0.01 for one in (*cohort, *curve)) and abs(naive[0] - naive[1]) > 0.05
    return _kept(
        same and all(0.93 <= share <= 0.97 for share in covered), "same rate within the intervals, naive ones apart"
    )


def _three_rates(born: Floats, answered: Floats, now: float) -> tuple[float, float, float, int, int]:
    """Naive, matured cohort, curve; k and n of the cohort."""
    age = now - born
    naive = float(np.mean(answered > age))
    matured = age >= 30
    k, n = int((answered[matured] > 30).sum()), int(matured.sum())
    leave = (np.minimum(answered, age) * DAY).astype(np.int64)
    steps = incidence(
        np.zeros(len(age), np.int64), np.full(len(age), -1), leave, np.where(answered <= age, REPLIED, CENSORED)
    )
    at = max(int(np.searchsorted(steps.time, 30 * DAY, "right")) - 1, 0)
    return naive, k / n, 1 - float(steps.incidence[at]), k, n


def _inside(truth: float, k: int, n: int) -> bool:
    low, high = wilson([k], [n])
    return bool(low[0] <= truth <= high[0])


def coverage(draws: int = 20_000) -> bool:
    """Share of Wilson intervals that hold the true share, averaged over p from 0.1 to 0.9."""
    draw = np.random.default_rng(SEED + 1)
    worst = []
    for n in (30, 50, 100, 200, 500):
        p = draw.uniform(0.1, 0.9, draws)
        low, high = wilson(draw.binomial(n, p), np.full(draws, n))
        worst.append(float(np.mean((low <= p) & (p <= high))))
    print(
        "coverage: " + ", ".join(f"n={n} {share:.3f}" for n, share in zip((30, 50, 100, 200, 500), worst, strict=True))
    )
    return _kept(all(0.93 <= share <= 0.97 for share in worst), "93–97 %")


def verdicts(runs: int = 300, platforms: int = 120) -> bool:
    """Two thirds stand exactly at the market's rate, the rest apart from it; then a market without any difference."""
    draw = np.random.default_rng(SEED + 2)
    mixed, even, caught = [], [], []
    for _ in range(runs):
        truth = np.where(draw.random(platforms) < 2 / 3, 0.5, draw.beta(4, 4, platforms))
        wrong, found, right = _judged(draw, truth)
        mixed.append(wrong / max(found, 1))
        caught.append(right)
        even.append(_judged(draw, np.full(platforms, 0.5))[1] > 0)
    print(
        f"bands: wrong among those given {np.mean(mixed):.4f}; a market of equals gives any {np.mean(even):.4f}; of those 15 points apart {np.mean(caught):.2f} found"
    )
    return _kept(float(np.mean(mixed)) <= 0.05 and float(np.mean(even)) <= 0.05, "at most 5 % wrong")


def _judged(draw: np.random.Generator, truth: Floats) -> tuple[int, int, float]:
    """Wrong bands, all bands, and the share found of platforms at least 15 points from the market. A tenth is undelivered."""
    n = np.maximum(30, draw.lognormal(4.2, 0.8, len(truth)).astype(np.int64))
    k = draw.binomial(n, truth)
    lost = draw.binomial(k, 0.1)
    market, delivered = k.sum() / n.sum(), (k - lost).sum() / (n - lost).sum()
    size, zeros = len(truth), np.zeros(len(truth))
    table = bands(pa.table({
        "platform": [str(place) for place in range(size)], "k": k, "n": n, "delivered_k": k - lost, "delivered_n": n - lost,
        "expected": np.full(size, market), "delivered_expected": np.full(size, delivered), "hidden_share": zeros, "unseen_share": zeros,
    }))  # fmt: skip
    band = table["band"].to_numpy(zero_copy_only=False)
    given = np.isin(band, ("above", "below"))
    wrong = ((band == "above") & (truth <= 0.5)) | ((band == "below") & (truth >= 0.5))
    far = np.abs(truth - 0.5) >= 0.15
    return int(wrong.sum()), int(given.sum()), float(given[far].mean()) if far.any() else 1.0


def _kept(holds: bool, bound: str) -> bool:
    print(f"        {'holds' if holds else 'DOES NOT HOLD'}: {bound}")
    return holds


if __name__ == "__main__":
    sys.exit(0 if all([growth(), coverage(), verdicts()]) else 1)
