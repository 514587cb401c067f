"""Table `curves` and the quantiles of the wait for a first substantive reply, from table `conduct`."""

import numpy as np
import pyarrow as pa

from pipeline.engine import Engine
from pipeline.score.counting import COUNTS_ONLY_BELOW, MARKET, masked, states_of
from pipeline.score.incidence import CENSORED, ENDED, LEAST_RISK, REPLIED, VANISHED, Steps, incidence, key
from pipeline.score.rates import Floats, Ints

DAY = 86_400
HOURS = (1, 2, 4, 8, 12, 18, 24, 36, 48)
DAYS = (*range(3, 15), *range(16, 31, 2), 35, 40, 45, 50, 60, 70, 80, 90)
GRID = np.array([*(hours * 3600 for hours in HOURS), *(days * DAY for days in DAYS)], np.int64)
QUANTILES = {"reply_p25": 0.25, "reply_p50": 0.50, "reply_p90": 0.90}
_CAUSES = {"censored": CENSORED, "replied": REPLIED, "withdrawn": ENDED, "closed": ENDED, "vanished": VANISHED}
# Whole seconds; −1 where the case was under our eyes from t0 on. The market (code 0) holds every case once more.
_WAITS = """
    WITH names AS (SELECT platform, row_number() OVER (ORDER BY platform) AS code FROM conduct WHERE platform IS NOT NULL GROUP BY platform),
    waits AS (
        SELECT coalesce(code, -1) AS code, CASE WHEN found_after_days > 0 THEN round(found_after_days * 86400)::BIGINT ELSE -1 END AS entry,
               round(days * 86400)::BIGINT AS leave, round(earliest_days * 86400)::BIGINT AS early, cause
        FROM conduct LEFT JOIN names USING (platform)
    )
    SELECT * FROM waits WHERE code > 0 UNION ALL SELECT 0, entry, leave, early, cause FROM waits
"""


def curves(engine: Engine) -> tuple[pa.Table, pa.Table]:
    """Table `curves` (groups of ten cases or more) and the scorecard rows of the quantiles."""
    waits = engine.sql(_WAITS)
    names = engine.sql("SELECT DISTINCT platform FROM conduct WHERE platform IS NOT NULL ORDER BY platform")
    platforms = np.array([MARKET, *names["platform"].to_pylist()], object)
    group, entry, leave, early = (
        waits[name].to_numpy().astype(np.int64) for name in ("code", "entry", "leave", "early")
    )
    cause = _codes(waits["cause"])
    steps = incidence(group, entry, leave, cause)
    sooner = incidence(group, entry, early, cause)
    sizes = np.bincount(group, minlength=len(platforms))
    quantiles = {
        name: _within(steps.first_at(steps.incidence, level, len(platforms))) for name, level in QUANTILES.items()
    }
    points = _points(sizes, list(quantiles.values()))
    replied = np.bincount(group[cause == REPLIED], minlength=len(platforms))
    table = _curve_table(steps, sooner, points, np.sort(key(group, leave)), platforms)
    return table, _quantile_rows(platforms, replied, sizes, quantiles, steps)


def _within(times: Ints) -> Ints:
    """Times up to the curve's last day; later ones are not reached (−1)."""
    return np.where(times <= GRID[-1], times, -1)


def _codes(causes: pa.ChunkedArray) -> Ints:
    coded = causes.combine_chunks().dictionary_encode()
    codes = np.array([_CAUSES[word] for word in coded.dictionary.to_pylist()], np.int64)
    return np.asarray(codes[coded.indices.to_numpy()] if len(codes) else np.empty(0, np.int64), np.int64)


def _points(sizes: Ints, quantiles: list[Ints]) -> Ints:
    """(group, time) keys to print: the grid, and where a quantile is reached, for groups that are large enough."""
    groups = np.flatnonzero(sizes >= COUNTS_ONLY_BELOW)
    grid = key(np.repeat(groups, len(GRID)), np.tile(GRID, len(groups)))
    reached = [key(groups[one[groups] >= 0], one[groups][one[groups] >= 0]) for one in quantiles]
    return np.unique(np.concatenate([grid, *reached]))


def _curve_table(
    steps: Steps, sooner: Steps, points: Ints, leaving: Ints, platforms: np.ndarray[tuple[int], np.dtype[np.object_]]
) -> pa.Table:
    """The curves at the points where anybody is still observed."""
    owner = points >> 40
    waiting = np.searchsorted(leaving, (owner + 1) << 40) - np.searchsorted(leaving, points)
    points, owner, waiting = points[waiting > 0], owner[waiting > 0], waiting[waiting > 0]
    low, high = steps.bounds()
    at, known = _place(steps, points, owner)
    early, early_known = _place(sooner, points, owner)
    lows, highs = np.where(known, low[at], np.nan), np.where(known, high[at], np.nan)
    late = np.where(known, steps.incidence[at], 0.0)
    # censoring hands its share on to later steps, so a reply moved forward can lose a little: the upper line never does
    upper = np.maximum(late, np.where(early_known, sooner.incidence[early], 0.0))
    return pa.table({
        "platform": pa.array(platforms[owner], pa.string()), "days": ((points & ((1 << 40) - 1)) - 1) / DAY,
        "incidence": late, "low": masked(lows, ~np.isnan(lows)),
        "high": masked(highs, ~np.isnan(highs)), "earliest": upper,
        "at_risk": waiting,
    })  # fmt: skip


def _place(steps: Steps, points: Ints, owner: Ints) -> tuple[Ints, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """The last step at or before each point, and whether it belongs to the point's group."""
    at = np.searchsorted(steps.keys(), points, side="right") - 1
    return np.maximum(at, 0), (at >= 0) & (steps.group[np.maximum(at, 0)] == owner)


def _quantile_rows(
    platforms: np.ndarray[tuple[int], np.dtype[np.object_]],
    replied: Ints,
    sizes: Ints,
    quantiles: dict[str, Ints],
    steps: Steps,
) -> pa.Table:
    """Scorecard rows: days until a quarter, half, nine tenths had a substantive reply; null where not reached."""
    low, high = steps.bounds()
    parts = []
    for name, level in QUANTILES.items():
        ends = [_within(steps.first_at(np.nan_to_num(bound, nan=-1.0), level, len(platforms))) for bound in (high, low)]
        parts.append(_quantile(name, level, platforms, (replied, sizes), [quantiles[name], *ends]))
    return pa.concat_tables(parts)


def _quantile(
    name: str,
    level: float,
    platforms: np.ndarray[tuple[int], np.dtype[np.object_]],
    counts: tuple[Ints, Ints],
    times: list[Ints],
) -> pa.Table:
    k, n = counts
    states = states_of(n)
    shown = np.isin(states, ("ok", "few"))
    states = np.where(shown & (times[0] < 0), "not_reached", states)
    value, low, high = (masked(_days(one), shown & (one >= 0)) for one in times)
    names = pa.array(platforms, pa.string())
    sql = pa.array([_quantile_sql(name, level) for name in platforms.tolist()], pa.string())
    rows = len(platforms)
    return pa.table({
        "platform": names, "horizon": ["90d"] * rows, "slice": ["all"] * rows, "measure": [name] * rows, "k": pa.array(k), "n": pa.array(n),
        "value": value, "low": low, "high": high, "state": pa.array(states.astype(object), pa.string()), "sql": sql,
    })  # fmt: skip


def curve_sql(platform: str) -> str:
    """SQL over `conduct`: days and incidence at every time a case ends; the same risk sets as `incidence`."""
    own = "" if platform == MARKET else f" WHERE platform = '{platform}'"
    return (
        f"WITH own AS (SELECT CAST(round(days * {DAY}) AS INTEGER) AS t, "
        f"CASE WHEN found_after_days > 0 THEN CAST(round(found_after_days * {DAY}) AS INTEGER) ELSE -1 END AS found, cause FROM conduct{own}), "
        "ends AS (SELECT t, count(*) AS size, sum(cause = 'replied') AS replied, sum(cause IN ('withdrawn', 'closed')) AS ended, "
        "sum(cause = 'vanished') AS gone FROM own GROUP BY t), "
        "risk AS (SELECT *, sum(size) OVER (ORDER BY t DESC) * 1.0 AS waiting, "
        "CASE WHEN gone > 0 THEN (SELECT count(*) FROM own WHERE own.found < ends.t AND own.t >= ends.t) END AS watched FROM ends), "
        "rates AS (SELECT *, min(1.0, (replied + ended) / waiting + "
        f"CASE WHEN gone > 0 THEN gone * 1.0 / max(watched, min(waiting, {LEAST_RISK}), gone) ELSE 0 END) AS total FROM risk), "
        "free AS (SELECT *, coalesce(max(total >= 1 - 1e-12) OVER earlier, 0) AS over, "
        "exp(coalesce(sum(CASE WHEN total < 1 - 1e-12 THEN ln(1 - total) END) OVER earlier, 0)) AS share "
        "FROM rates WINDOW earlier AS (ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) "
        f"SELECT t * 1.0 / {DAY} AS days, round(sum((1 - over) * share * replied / waiting) OVER (ORDER BY t), 12) AS incidence FROM free"
    )


def _quantile_sql(platform: str, level: float) -> str:
    own = "" if platform == MARKET else f" WHERE platform = '{platform}'"
    return (
        "SELECT count(*) FILTER (WHERE cause = 'replied') AS k, count(*) AS n, "
        f"(SELECT min(days) FROM ({curve_sql(platform)}) WHERE incidence >= {level} AND days <= {GRID[-1] // DAY}) AS value FROM conduct{own}"
    )


def _days(seconds: Ints) -> Floats:
    return np.asarray(seconds / DAY, np.float64)
