"""How often the notice rule is met, by a platform whose true sink rate is known: false alarms and catches."""

from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.model import NoticeSimulation
from pipeline.schema import arrow_schema
from pipeline.score.notice import LEAST_CASES, POOL_MONTHS, over_line, pooled, rule
from pipeline.score.rates import Ints, wilson

SEED = 20260101
RUNS = 2000
MONTHS = 24
RHOS = (0.02, 0.05, 0.1)
TRUE_RATES = (0.4, 0.5, 0.6, 0.7, 0.9)
PER_MONTH = (5, 10, 15, 30)


@cache
def notice_simulation(runs: int = RUNS, seed: int = SEED) -> pa.Table:
    """Table `notice_simulation`. Each cell has its own stream of random numbers, so none depends on the others."""
    cells = [(rho, rate, n) for rho in RHOS for rate in TRUE_RATES for n in PER_MONTH]
    streams = np.random.default_rng(seed).spawn(len(cells))
    rows = [_row(cell, runs, stream) | {"seed": seed} for cell, stream in zip(cells, streams, strict=True)]
    return pa.Table.from_pylist(rows, arrow_schema(NoticeSimulation))


def _row(cell: tuple[float, float, int], runs: int, stream: np.random.Generator) -> dict[str, object]:
    rho, rate, per_month = cell
    met = met_in_month(beta_binomial(stream, rate, rho, per_month, (runs, MONTHS)), per_month)
    reached = met[met > 0]
    low, high = wilson([len(reached)], [runs])
    return {
        "rho": rho, "true_rate": rate, "per_month": per_month, "runs": runs, "met": len(reached), "value": len(reached) / runs,
        "low": float(low[0]), "high": float(high[0]), "median_months": float(np.median(reached)) if len(reached) else None,
    }  # fmt: skip


def beta_binomial(stream: np.random.Generator, rate: float, rho: float, n: int, shape: tuple[int, int]) -> Ints:
    """Sunk cases of each month: n cases whose common rate is drawn anew, correlation ρ = 1 / (a + b + 1)."""
    both = 1 / rho - 1
    return stream.binomial(n, stream.beta(rate * both, (1 - rate) * both, shape)).astype(np.int64)


def met_in_month(sunk: Ints, per_month: int) -> npt.NDArray[np.int64]:
    """The month (from 1) in which each platform first meets the rule; 0 for never. `sunk` is (platforms, months)."""
    k, size = pooled(sunk), POOL_MONTHS * per_month
    over = over_line(np.arange(size + 1), np.full(size + 1, size))[k]
    met = rule(over & (size >= LEAST_CASES))
    return np.where(met.any(axis=1), met.argmax(axis=1) + 1, 0).astype(np.int64)
