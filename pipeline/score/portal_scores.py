"""Table `portal_scores`: the portals by the same yardstick, from table `complaints`."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa

from pipeline.engine import SHANGHAI, Engine
from pipeline.formula import HEADLINE_DAYS
from pipeline.model import PortalScore
from pipeline.schema import arrow_schema
from pipeline.score.counting import states_of
from pipeline.score.rates import wilson

_ADMITTED = "standing NOT IN ('rejected', 'pending', 'imported')"
_OPENED = "coalesce(published_at, filed_at)"
_REACHED = "(assigned_at IS NOT NULL OR id IN (SELECT complaint FROM replies))"
_LAGS = {"delivery_lag_p50": 0.5, "delivery_lag_p90": 0.9}


def _shares_of(matured: str) -> dict[str, tuple[str, str]]:
    """Measure → k, n. What is not yet handed over may still be: only complaints opened a whole horizon ago can tell."""
    return {
        "rejected_share": ("standing = 'rejected'", "standing NOT IN ('pending', 'imported')"),
        "reached_share": (f"{matured} AND {_REACHED}", matured),
        "vanished_share": (f"{_ADMITTED} AND gone_at IS NOT NULL", _ADMITTED),
        "no_time_share": (f"{_ADMITTED} AND {_OPENED} IS NULL", _ADMITTED),
    }


def _matured(as_of: datetime) -> str:
    """Complaints opened at least a horizon before as-of, in words both engines read (times are text at +08:00 in SQLite)."""
    newest = (as_of - timedelta(days=HEADLINE_DAYS)).astimezone(ZoneInfo(SHANGHAI))
    return f"{_ADMITTED} AND {_OPENED} <= '{newest.isoformat(timespec='seconds')}'"


def _share_sql(k: str, n: str, portal: str) -> str:
    counts = [f"count(*) FILTER (WHERE {part})" for part in (k, n)]
    return f"SELECT {counts[0]} AS k, {counts[1]} AS n, {counts[0]} * 1.0 / nullif({counts[1]}, 0) AS value FROM complaints WHERE portal = '{portal}'"


def _lag_sql(level: float, portal: str, matured: str) -> str:
    """The lag in days that this share of all matured complaints had been handed over by; undelivered ones never are."""
    lag = f"(CAST(strftime('%s', assigned_at) AS INTEGER) - CAST(strftime('%s', {_OPENED}) AS INTEGER)) / 86400.0"
    return (
        f"WITH lags AS (SELECT max(0, {lag}) AS days, row_number() OVER (ORDER BY assigned_at IS NULL, {lag}) AS place, "
        f"count(*) OVER () AS n, count(assigned_at) OVER () AS k FROM complaints WHERE portal = '{portal}' AND {matured}) "
        f"SELECT max(k) AS k, max(n) AS n, max(days) FILTER (WHERE place * 1.0 >= n * {level} AND (place - 1) * 1.0 < n * {level}) AS value FROM lags"
    )


_COUNTS = "SELECT portal, {columns} FROM complaints GROUP BY portal ORDER BY portal"
_QUANTILES = f"""
    WITH lags AS (
        SELECT portal, greatest(0, floor(epoch(assigned_at)) - floor(epoch({_OPENED}))) / 86400 AS days, assigned_at IS NULL AS never
        FROM complaints WHERE {{matured}}
    ), placed AS (
        SELECT *, row_number() OVER (PARTITION BY portal ORDER BY never, days) AS place, count(*) OVER (PARTITION BY portal) AS n FROM lags
    )
    SELECT portal, count(*) FILTER (WHERE NOT never) AS k, count(*) AS n,
           max(CASE WHEN NOT never THEN days END) FILTER (WHERE place >= n * $level AND place - 1 < n * $level) AS value
    FROM placed GROUP BY portal ORDER BY portal
"""


def portal_scores(engine: Engine, as_of: datetime, tables: Mapping[str, pa.Table]) -> pa.Table:
    """One row per portal with complaints and measure; the coverage table stands beside it."""
    matured = _matured(as_of)
    replies = {} if "replies" in engine else {"replies": tables["replies"]}
    rows = [*_shares(engine, _shares_of(matured), replies), *_quantiles(engine, matured)]
    return pa.Table.from_pylist(rows, arrow_schema(PortalScore))


def _shares(
    engine: Engine, wanted: dict[str, tuple[str, str]], replies: dict[str, pa.Table]
) -> Iterator[dict[str, object]]:
    columns = ", ".join(
        f"count(*) FILTER (WHERE {part}) AS {side}{place}"
        for place, parts in enumerate(wanted.values())
        for side, part in zip("kn", parts, strict=True)
    ).replace(_REACHED, "reached")
    reached = f"(SELECT *, {_REACHED} AS reached FROM complaints)"
    counted = engine.sql(_COUNTS.format(columns=columns).replace("FROM complaints", f"FROM {reached}"), **replies)
    for row in counted.to_pylist():
        for place, (measure, (k, n)) in enumerate(wanted.items()):
            yield _row(row["portal"], measure, row[f"k{place}"], row[f"n{place}"]) | {
                "sql": _share_sql(k, n, row["portal"])
            }


def _row(portal: str, measure: str, k: int, n: int) -> dict[str, object]:
    low, high = wilson([k], [n])
    state = str(states_of(pa.array([n]).to_numpy())[0])
    shown = state in ("ok", "few")
    ends = (
        {"value": k / n, "low": float(low[0]), "high": float(high[0])}
        if shown
        else {"value": None, "low": None, "high": None}
    )
    return {"portal": portal, "measure": measure, "k": k, "n": n, "state": state} | ends


def _quantiles(engine: Engine, matured: str) -> Iterator[dict[str, object]]:
    for measure, level in _LAGS.items():
        for row in engine.sql(_QUANTILES.format(matured=matured), {"level": level}).to_pylist():
            state = str(states_of(pa.array([row["n"]]).to_numpy())[0])
            shown = state in ("ok", "few")
            state = "not_reached" if shown and row["value"] is None else state
            yield {
                "portal": row["portal"], "measure": measure, "k": row["k"], "n": row["n"], "value": row["value"] if shown else None,
                "low": None, "high": None, "state": state, "sql": _lag_sql(level, row["portal"], matured),
            }  # fmt: skip
