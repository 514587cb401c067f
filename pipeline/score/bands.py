"""Tables `bands`, `funnel`, `flags`: who stands out from the market, and who only seems to."""

import numpy as np
import pyarrow as pa

from pipeline.engine import Engine
from pipeline.formula import CONDUCT, DELIVERED, LADDER, MEASURES, Measure
from pipeline.score.comparison import (
    FALSE_DISCOVERIES,
    above,
    adjusted,
    adjusted_sql,
    arcsine_z,
    binomial_tails_sql,
    funnel_limit,
    over_dispersion,
    two_sided,
)
from pipeline.score.counting import COUNTS_ONLY_BELOW, FEW_BELOW, MOST_UNSEEN, masked
from pipeline.score.rates import Floats, Ints, wilson

MOST_HIDDEN = 0.20
_SINK = LADDER[0]
_HIDDEN = next(measure for measure in MEASURES if measure.name == "hidden_share")
# Counts by platform and portals; the market's rate at each platform's own mix of portals is what it is held against.
_PLACES = f"""
    WITH counted AS (
        SELECT platform, portals, count(*) FILTER (WHERE {_SINK.k}) AS k, count(*) FILTER (WHERE {_SINK.n}) AS n,
               count(*) FILTER (WHERE {DELIVERED.k}) AS dk, count(*) FILTER (WHERE {DELIVERED.n}) AS dn,
               count(*) FILTER (WHERE {_HIDDEN.k}) AS hk, count(*) FILTER (WHERE {_HIDDEN.n}) AS hn,
               count(*) FILTER (WHERE state = 'unseen') AS un, count(*) AS matured
        FROM cases WHERE {_SINK.base} GROUP BY platform, portals
    ), rated AS (
        SELECT *, sum(k) OVER w * 1.0 / nullif(sum(n) OVER w, 0) AS rate, sum(dk) OVER w * 1.0 / nullif(sum(dn) OVER w, 0) AS drate
        FROM counted WINDOW w AS (PARTITION BY portals)
    )
    SELECT platform, sum(k)::BIGINT AS k, sum(n)::BIGINT AS n, sum(dk)::BIGINT AS delivered_k, sum(dn)::BIGINT AS delivered_n,
           sum(n * rate ORDER BY portals) / nullif(sum(n), 0) AS expected,
           sum(dn * drate ORDER BY portals) / nullif(sum(dn), 0) AS delivered_expected,  -- ordered: floats add up the same each time
           sum(hk) * 1.0 / nullif(sum(hn), 0) AS hidden_share, sum(un) * 1.0 / nullif(sum(matured), 0) AS unseen_share
    FROM rated WHERE platform IS NOT NULL GROUP BY platform HAVING sum(n) > 0 ORDER BY platform
"""
_SOON = CONDUCT[0]
_PRESSED = f"""
    SELECT platform, count(*) FILTER (WHERE {_SOON.k}) AS k, count(*) AS n, sum(k) OVER () * 1.0 / sum(n) OVER () AS market
    FROM conduct WHERE {_SOON.base} AND {_SOON.n} AND platform IS NOT NULL GROUP BY platform
    QUALIFY n >= {COUNTS_ONLY_BELOW} ORDER BY platform
"""


def places(engine: Engine) -> pa.Table:
    """Counts of each platform with judged cases, and the market's rate at its mix of portals."""
    return engine.sql(_PLACES)


def bands(found: pa.Table) -> pa.Table:
    """Table `bands` from `places`."""
    why = _why(found)
    tested = why == ""
    k, n, dk, dn = (_ints(found, name) for name in ("k", "n", "delivered_k", "delivered_n"))
    expected, delivered = _floats(found, "expected"), _floats(found, "delivered_expected")
    p, q = _tests(k, n, expected, tested)
    dp, dq = _tests(dk, dn, delivered, tested & (dn > 0))
    sign = np.sign(k / n - expected) * (q <= FALSE_DISCOVERIES)
    again = np.sign(np.divide(dk, dn, out=np.zeros(len(dn)), where=dn > 0) - delivered) * (dq <= FALSE_DISCOVERIES)
    band = np.select(
        [~tested, (sign > 0) & (again > 0), (sign < 0) & (again < 0)], ["", "above", "below"], "indistinct"
    )
    columns = {
        "value": masked(k / n, n >= COUNTS_ONLY_BELOW), "p_value": _known(p), "q_value": _known(q),
        "delivered_p_value": _known(dp), "delivered_q_value": _known(dq), "why": pa.array(why.astype(object), pa.string()),
        "band": pa.array(band.astype(object), pa.string(), mask=~tested),
    }  # fmt: skip
    for name, column in columns.items():
        found = found.append_column(name, column)
    return found.append_column("sql", pa.array(map(_band_sql, found["platform"].to_pylist()), pa.string()))


def _place_sql(platform: str, measure: Measure) -> str:
    """SQL: k, n, value and the market's rate at the platform's mix of portals, as `share`."""
    base, rates = f"FROM cases WHERE {measure.base} AND {measure.n}", f"count(*) FILTER (WHERE {measure.k})"
    return (
        f"SELECT sum(k) AS k, sum(n) AS n, sum(k) * 1.0 / sum(n) AS value, sum(n * rate) / sum(n) AS share "
        f"FROM (SELECT portals, {rates} AS k, count(*) AS n {base} AND platform = '{platform}' GROUP BY portals) "
        f"JOIN (SELECT portals, {rates} * 1.0 / count(*) AS rate {base} GROUP BY portals) USING (portals)"
    )


def _band_sql(platform: str) -> str:
    """SQL: both tests of one platform from `cases`; the q values over all platforms tested are made from the printed p."""
    parts = []
    for name, p, measure in (("", "p_value", _SINK), ("delivered_", "delivered_p_value", DELIVERED)):
        tails = binomial_tails_sql(_place_sql(platform, measure))
        q = f"(SELECT q FROM ({adjusted_sql('bands', p, 'true')}) WHERE platform = '{platform}')"
        parts.append(
            f"(SELECT k AS {name}k, n AS {name}n, value AS {name or 'sink_'}value, share AS {name}expected, "
            f"min(1.0, 2 * min(fewer, more)) AS {name}p_value, {q} AS {name}q_value FROM ({tails}))"
        )
    return f"SELECT * FROM {parts[0]}, {parts[1]}"


def _why(found: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    """Why a platform gets no band; empty where it does."""
    hidden, unseen = (np.nan_to_num(_floats(found, name)) for name in ("hidden_share", "unseen_share"))
    conditions = [_ints(found, "n") < FEW_BELOW, unseen > MOST_UNSEEN, hidden > MOST_HIDDEN]
    return np.select(conditions, ["few", "unseen", "hidden"], "")


def _tests(
    k: Ints, n: Ints, expected: Floats, tested: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> tuple[Floats, Floats]:
    """p and q of those tested; NaN elsewhere (and NaN is never ≤ 5 %)."""
    p, q = np.full(len(k), np.nan), np.full(len(k), np.nan)
    p[tested] = two_sided(k[tested], n[tested], expected[tested])
    q[tested] = adjusted(p[tested])
    return p, q


def funnel(found: pa.Table) -> pa.Table:
    """Table `funnel` from `places`: platforms whose rate may be shown."""
    n, unseen = _ints(found, "n"), np.nan_to_num(_floats(found, "unseen_share"))
    shown = found.filter(pa.array((n >= COUNTS_ONLY_BELOW) & (unseen <= MOST_UNSEEN))).select(
        ["platform", "k", "n", "expected"]
    )
    k, n, expected = _ints(shown, "k"), _ints(shown, "n"), _floats(shown, "expected")
    z = arcsine_z(k, n, expected)
    phi = over_dispersion(z)
    limits = {"low95": 0.025, "high95": 0.975, "low998": 0.001, "high998": 0.999}
    columns = {"value": k / n, "z": z, "phi": np.full(len(n), phi)}
    columns |= {name: funnel_limit(n, expected, probability, phi) for name, probability in limits.items()}
    for name, column in columns.items():
        shown = shown.append_column(name, pa.array(column, pa.float64()))
    return shown.append_column("sql", pa.array(map(_funnel_sql, shown["platform"].to_pylist()), pa.string()))


def _funnel_sql(platform: str) -> str:
    """SQL: k, n, value, expected, z of one platform; φ over the printed z is one number for all."""
    return (
        "SELECT k, n, value, share AS expected, 2 * sqrt(n) * (asin(sqrt(value)) - asin(sqrt(share))) AS z "
        f"FROM ({_place_sql(platform, _SINK)})"
    )


def flags(engine: Engine) -> pa.Table:
    """Table `flags`: withdrawals soon after a contact, above the market's own share."""
    found = engine.sql(_PRESSED)
    raised = adjusted(above(_ints(found, "k"), _ints(found, "n"), _floats(found, "market"))) <= FALSE_DISCOVERIES
    return flag_rows("withdrawal_burst", found, raised, f"conduct WHERE {_SOON.base} AND {_SOON.n}", _SOON.k)


def flag_rows(
    flag: str, found: pa.Table, raised: np.ndarray[tuple[int], np.dtype[np.bool_]], rows: str, counted: str
) -> pa.Table:
    """Rows of `flags` from platform, k, n, market; `rows` is the SQL of what n counts, `counted` the condition of k."""
    k, n, market = _ints(found, "k"), _ints(found, "n"), _floats(found, "market")
    p = above(k, n, market)
    low, high = wilson(k, n)
    return pa.table({
        "platform": found["platform"], "flag": pa.array([flag] * len(k), pa.string()), "k": found["k"], "n": found["n"],
        "value": pa.array(k / n, pa.float64()), "low": low, "high": high, "market": found["market"], "p_value": p, "q_value": adjusted(p),
        "raised": raised, "sql": pa.array([_flag_sql(flag, one, rows, counted) for one in found["platform"].to_pylist()], pa.string()),
    })  # fmt: skip


def _flag_sql(flag: str, platform: str, rows: str, counted: str) -> str:
    """SQL: the counts, the market's share among all platforms, the exact test; q from the printed p."""
    share = f"(SELECT avg({counted}) FROM {rows} AND platform IS NOT NULL)"
    own = f"SELECT count(*) FILTER (WHERE {counted}) AS k, count(*) AS n, {share} AS share FROM {rows} AND platform = '{platform}'"
    q = adjusted_sql("flags", "p_value", f"flag = '{flag}'")
    return (
        f"SELECT k, n, k * 1.0 / n AS value, share AS market, min(1.0, more) AS p_value, "
        f"(SELECT q FROM ({q}) WHERE platform = '{platform}') AS q_value FROM ({binomial_tails_sql(own)})"
    )


def _ints(table: pa.Table, name: str) -> Ints:
    return np.asarray(table[name].to_numpy(), np.int64)


def _floats(table: pa.Table, name: str) -> Floats:
    return np.asarray(table[name].to_numpy(zero_copy_only=False), np.float64)


def _known(values: Floats) -> pa.Array:
    return masked(values, ~np.isnan(values))
