"""Sink rate at the market's mix of issues and portals: direct standardisation, delta-method interval.

θ = Σ w·k/n over the strata a platform has, w the market's share of judged cases, scaled to 1 over those strata.
Var θ = Σ w²·p(1−p)/n with p = (k+½)/(n+1), so that a stratum of two silent cases does not pass for certainty.
A platform whose strata cover less than half of the market's cases gets counts only.
"""

import numpy as np
import pyarrow as pa

from pipeline.engine import Engine
from pipeline.formula import HEADLINE, LADDER, STRATUM
from pipeline.score.counting import masked, states_of
from pipeline.score.rates import Floats, Ints

LEAST_COVER = 0.5
Z95 = 1.959963984540054
_SINK = LADDER[0]
_RATED = f"SELECT platform, {STRATUM} AS stratum, count(*) FILTER (WHERE {_SINK.k}) AS k, count(*) AS n FROM cases WHERE {_SINK.base} AND {_SINK.n}"
_PARTS = f"""
    WITH own AS ({_RATED} GROUP BY GROUPING SETS ((platform, stratum), (stratum)) HAVING grouping(platform) = 1 OR platform IS NOT NULL),
    parts AS (SELECT coalesce(platform, '*') AS platform, stratum, k, n FROM own)
    SELECT p.platform, p.k, p.n, m.n AS weight FROM parts p JOIN parts m ON m.platform = '*' AND m.stratum = p.stratum
    ORDER BY p.platform, p.stratum
"""


def sql_of(own: str) -> str:
    """The published SQL; `own` narrows the cases to a platform's, or is empty for the market."""
    rated = f"SELECT {STRATUM} AS stratum, count(*) FILTER (WHERE {_SINK.k}) AS k, count(*) AS n FROM cases WHERE {_SINK.base} AND {_SINK.n}"
    return (
        f"WITH market AS ({rated} GROUP BY stratum), own AS ({rated}{own} GROUP BY stratum) "
        "SELECT sum(own.k) AS k, sum(own.n) AS n, sum(market.n * 1.0 * own.k / own.n) / sum(market.n) AS value "
        "FROM own JOIN market ON market.stratum = own.stratum"
    )


def standardised(engine: Engine, unseen: set[str]) -> pa.Table:
    """Rows of `sink_standardised`; platforms in `unseen` get counts only."""
    parts = engine.sql(_PARTS)
    names, k, n, cover, value, se = _added_up(parts)
    states = states_of(n, np.isin(names, sorted(unseen)))
    states = np.where((cover < LEAST_COVER) & np.isin(states, ("ok", "few")), "counts_only", states)
    shown = np.isin(states, ("ok", "few"))
    return pa.table({
        "platform": names, "horizon": [HEADLINE] * len(names), "slice": ["all"] * len(names),
        "measure": ["sink_standardised"] * len(names), "k": k, "n": n, "value": masked(value, shown),
        "low": masked(np.clip(value - Z95 * se, 0, 1), shown), "high": masked(np.clip(value + Z95 * se, 0, 1), shown),
        "state": pa.array(states.astype(object), pa.string()),
        "sql": [sql_of("" if name == "*" else f" AND platform = '{name}'") for name in names],
    })  # fmt: skip


def _added_up(parts: pa.Table) -> tuple[list[str], Ints, Ints, Floats, Floats, Floats]:
    """Platforms with k, n, the share of the market their strata cover, θ and its standard error; sums in a fixed order."""
    names, first = np.unique(parts["platform"].to_numpy(zero_copy_only=False).astype(str), return_index=True)
    k, n, weight = (parts[name].to_numpy().astype(np.int64) for name in ("k", "n", "weight"))
    if not len(names):
        none = np.empty(0)
        return [], none.astype(np.int64), none.astype(np.int64), none, none, none
    total = np.add.reduceat(weight, first)
    value = np.add.reduceat(weight * k / n, first) / total
    spread = np.add.reduceat(weight.astype(float) ** 2 * (k + 0.5) * (n - k + 0.5) / (n + 1) ** 2 / n, first)
    market = total[names == "*"].sum()
    return (
        names.tolist(),
        np.add.reduceat(k, first),
        np.add.reduceat(n, first),
        total / market,
        value,
        np.sqrt(spread) / total,
    )
