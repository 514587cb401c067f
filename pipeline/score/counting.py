"""Counts of every measure for the market and all platforms at once, as columns of scorecards."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.engine import Engine
from pipeline.score.measures import BOUNDS, Measure, count_head
from pipeline.score.rates import Ints, wilson

COUNTS_ONLY_BELOW = 10
FEW_BELOW = 30
MOST_UNSEEN = 0.10
MARKET = "*"


@dataclass(frozen=True)
class Frame:
    """Which cases, cut how: measures of one table by a slice.

    `cut`: DuckDB relation over `source` adding `slice` and `cond` (the same cut as text of the published SQL); none is
    the whole. `fewest`: slices of a platform with fewer cases of the first measure's `n` are left out.
    """

    measures: Sequence[Measure]
    cut: str | None = None
    fewest: int = 0


def shares(engine: Engine, frame: Frame) -> pa.Table:
    """One row per platform (and `*`), slice and measure: horizon, k, n, value, low, high, state, sql."""
    counted = _count(engine, frame)
    names = {measure.name: place for place, measure in enumerate(frame.measures)}
    columns = [_pair(counted, place) for place in range(len(frame.measures))]
    parts = []
    for place, measure in enumerate(frame.measures):
        k, n = columns[place]
        basis = columns[names.get(BOUNDS.get(measure.name, measure.name), place)][1]
        states = states_of(basis, _unseen(counted) if measure.watched else None)
        states = _young(counted, states)
        keep = n >= max(1, frame.fewest) if frame.cut else np.ones(len(n), bool)
        if frame.fewest:
            keep |= (n > 0) & pc.equal(counted["platform"], MARKET).to_numpy(zero_copy_only=False)
        parts.append(numbers(counted, measure, k, n, states).filter(pa.array(keep)))
    return pa.concat_tables(parts)


def numbers(counted: pa.Table, measure: Measure, k: Ints, n: Ints, states: npt.NDArray[np.str_]) -> pa.Table:
    """Columns of one measure from its counts; `counted` has platform, slice, where (SQL text after the head)."""
    shown = np.isin(states, ("ok", "few")) & (n > 0)
    low, high = wilson(k, n)
    value = np.divide(k, n, out=np.zeros(len(n)), where=n > 0)
    rows = counted.num_rows
    return pa.table({
        "platform": counted["platform"], "horizon": _same(measure.horizon, rows), "slice": counted["slice"],
        "measure": _same(measure.name, rows), "k": pa.array(k), "n": pa.array(n), "value": masked(value, shown),
        "low": masked(low, shown), "high": masked(high, shown), "state": pa.array(states.astype(object), pa.string()),
        "sql": pc.binary_join_element_wise(pa.scalar(count_head(measure)), counted["where"], ""),
    })  # fmt: skip


def masked(values: npt.NDArray[np.float64], shown: npt.NDArray[np.bool_]) -> pa.Array:
    """Floats as a column, null where they may not be shown."""
    return pa.array(values, pa.float64(), mask=~shown)


def _same(word: str, rows: int) -> pa.Array:
    return pa.array([word] * rows, pa.string())


def states_of(n: Ints, unseen: npt.NDArray[np.bool_] | None = None) -> npt.NDArray[np.str_]:
    """ok, few, counts_only or unseen for each denominator."""
    conditions = [n < COUNTS_ONLY_BELOW, unseen if unseen is not None else np.zeros(len(n), bool), n < FEW_BELOW]
    return np.select(conditions, ["counts_only", "unseen", "few"], "ok")


def _young(counted: pa.Table, states: npt.NDArray[np.str_]) -> npt.NDArray[np.str_]:
    """A month that is not over plus its horizon is no cohort yet."""
    young = counted["young"].to_numpy(zero_copy_only=False)
    return np.where(young & np.isin(states, ("ok", "few")), "young", states)


def _pair(counted: pa.Table, place: int) -> tuple[Ints, Ints]:
    k, n = (counted[f"{side}{place}"].to_numpy().astype(np.int64) for side in "kn")
    return k, n


def _unseen(counted: pa.Table) -> npt.NDArray[np.bool_]:
    """Where more than a tenth of the matured cases were not seen again."""
    unseen, matured = (counted[name].to_numpy().astype(float) for name in ("unseen", "matured"))
    return np.asarray(unseen > MOST_UNSEEN * matured, bool)


def _count(engine: Engine, frame: Frame) -> pa.Table:
    """Rows of platform, slice, where, young, unseen, matured, k0, n0, k1, n1 …; `*` is the market."""
    table, base = frame.measures[0].table, frame.measures[0].base
    columns = ", ".join(
        f"count(*) FILTER (WHERE {m.base} AND {m.k}) AS k{i}, count(*) FILTER (WHERE {m.base} AND {m.n}) AS n{i}"
        for i, m in enumerate(frame.measures)
    )
    watched = any(measure.watched for measure in frame.measures)
    unseen = f"count(*) FILTER (WHERE {base} AND state = 'unseen')" if watched else "0"
    source, keys = (frame.cut, "slice, cond, young") if frame.cut else (table, "")
    sets = f"(platform, {keys}), ({keys})" if keys else "(platform), ()"
    taken = "slice, cond, young" if keys else "'all' AS slice, '' AS cond, false AS young"
    return engine.sql(f"""
        WITH counted AS (
            SELECT grouping(platform) = 1 AS market, platform, {taken}, {columns},
                   {unseen} AS unseen, count(*) FILTER (WHERE {base}) AS matured
            FROM {source} GROUP BY GROUPING SETS ({sets})
        )
        SELECT * REPLACE (CASE WHEN market THEN '*' ELSE platform END AS platform),
               CASE WHEN market THEN '' ELSE ' AND platform = ''' || platform || '''' END || cond AS "where"
        FROM counted WHERE market OR platform IS NOT NULL ORDER BY platform, slice
    """)


def plain_counts(engine: Engine, wanted: Iterable[tuple[str, str, str]]) -> pa.Table:
    """Counts without a share: (measure, table, condition) for every platform with complaints, and the market."""
    return pa.concat_tables([_plain(engine, *one) for one in wanted])


def _plain(engine: Engine, name: str, table: str, where: str) -> pa.Table:
    return engine.sql(f"""
        WITH p AS (SELECT DISTINCT platform FROM complaints WHERE platform IS NOT NULL),
        found AS (SELECT platform, count(*) AS k FROM {table} WHERE {where} GROUP BY platform),
        every AS (
            SELECT p.platform, coalesce(k, 0) AS k, ' AND platform = ''' || p.platform || '''' AS own FROM p LEFT JOIN found USING (platform)
            UNION ALL SELECT '*', coalesce(sum(k), 0)::BIGINT, '' FROM found
        )
        SELECT platform, '30d' AS horizon, 'all' AS slice, $name AS measure, k, NULL::BIGINT AS n, NULL::DOUBLE AS value,
               NULL::DOUBLE AS low, NULL::DOUBLE AS high, 'ok' AS state, $head || own AS sql
        FROM every ORDER BY platform
    """, {"name": name, "head": f"SELECT count(*) AS k, NULL AS n, NULL AS value FROM {table} WHERE {where}"})  # fmt: skip
