"""Public cases → scorecards, long: one number a row, with its count, interval, state and the SQL that makes it."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.engine import Engine
from pipeline.model import Scorecard
from pipeline.schema import arrow_schema
from pipeline.score.measures import BOUNDS, MEASURES, RUNG_MEASURES, Measure, count_sql
from pipeline.score.rates import shrunken_mean, wilson

COUNTS_ONLY_BELOW = 10
FEW_BELOW = 30
MOST_UNSEEN = 0.10
AGES = ((0, 7), (8, 14), (15, 30))
Columns = dict[str, list[object]]


def score(engine: Engine, edition: str) -> pa.Table:
    """All scorecards of an edition from the tables `cases` and `complaints` (public form)."""
    rows: list[dict[str, object]] = []
    for slice_, where, measures in _slices(engine):
        rows += _shares(engine, slice_, where, measures)
    rows += _order(rows)
    rows += _counts(engine)
    for row in rows:
        row["edition"] = edition
    table = pa.Table.from_pylist(rows, arrow_schema(Scorecard))
    return table.sort_by([(name, "ascending") for name in ("platform", "slice", "horizon", "measure")])


def _slices(engine: Engine) -> Iterable[tuple[str, str, tuple[Measure, ...]]]:
    """Slice name, its SQL condition, and the measures printed for it."""
    yield "all", "", (*MEASURES, *RUNG_MEASURES)
    for portal in engine.sql("SELECT DISTINCT portals AS p FROM cases WHERE portals NOT LIKE '%|%' ORDER BY p")[
        "p"
    ].to_pylist():
        yield f"portal:{portal}", f"portals = '{portal}'", MEASURES[:4]
    months = engine.sql("SELECT DISTINCT month AS m FROM cases WHERE month IS NOT NULL ORDER BY m")["m"].to_pylist()
    for month in months:
        whole = Measure("sink_rate", MEASURES[0].k, MEASURES[0].n, "standing = 'counted'")
        yield f"month:{month}", f"month = '{month}'", (whole,)


def _shares(engine: Engine, slice_: str, where: str, measures: tuple[Measure, ...]) -> list[dict[str, object]]:
    """k, n and interval of each measure for the market and every platform."""
    counted = _count(engine, where, measures)
    names = counted["platform"].to_pylist()
    unseen = _unseen(counted)
    rows: list[dict[str, object]] = []
    sizes: dict[str, npt.NDArray[np.int64]] = {}
    for place, measure in enumerate(measures):
        k, n = (counted[f"{side}{place}"].to_numpy().astype(np.int64) for side in "kn")
        sizes[measure.name] = n
        basis = sizes.get(BOUNDS.get(measure.name, measure.name), n)
        states = _states(basis, unseen if measure.horizon == "30d" and not measure.name.startswith("rung:") else None)
        low, high = wilson(k, n)
        for row, platform in enumerate(names):
            if slice_ != "all" and n[row] == 0:
                continue
            shown = states[row] in ("ok", "few") and n[row] > 0
            rows.append({
                "platform": platform, "horizon": measure.horizon, "slice": slice_, "measure": measure.name,
                "k": int(k[row]), "n": int(n[row]), "value": float(k[row] / n[row]) if shown else None,
                "low": float(low[row]) if shown else None, "high": float(high[row]) if shown else None,
                "state": states[row], "sql": count_sql(measure, platform, where),
            })  # fmt: skip
    return rows


def _count(engine: Engine, where: str, measures: tuple[Measure, ...]) -> pa.Table:
    """One row per platform (and `*`): columns k0, n0, k1, n1 …"""
    columns = ", ".join(
        f"count(*) FILTER (WHERE {m.base} AND {m.k}) AS k{i}, count(*) FILTER (WHERE {m.base} AND {m.n}) AS n{i}"
        for i, m in enumerate(measures)
    )
    scope = f"WHERE {where}" if where else ""
    unseen = "count(*) FILTER (WHERE in_headline AND state = 'unseen') AS unseen, count(*) FILTER (WHERE in_headline) AS headline"
    return engine.sql(f"""
        SELECT platform, {columns}, {unseen} FROM cases {scope} GROUP BY platform HAVING platform IS NOT NULL
        UNION ALL SELECT '*', {columns}, {unseen} FROM cases {scope} ORDER BY platform
    """)


def _unseen(counted: pa.Table) -> npt.NDArray[np.bool_]:
    """Where more than a tenth of the matured cases were not seen again: counts only."""
    unseen, headline = (counted[name].to_numpy().astype(float) for name in ("unseen", "headline"))
    return np.asarray(unseen > MOST_UNSEEN * headline, bool)


def _states(n: npt.NDArray[np.int64], unseen: npt.NDArray[np.bool_] | None) -> list[str]:
    conditions = [n < COUNTS_ONLY_BELOW, unseen if unseen is not None else np.zeros(len(n), bool), n < FEW_BELOW]
    return [str(word) for word in np.select(conditions, ["counts_only", "unseen", "few"], "ok")]


def _order(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Empirical-Bayes means of the headline: what the table is ordered by. Never a rank number."""
    heads = [row for row in rows if row["slice"] == "all" and row["measure"] == "sink_rate" and row["platform"] != "*"]
    k, n = (np.array([row[side] for row in heads], np.int64) for side in "kn")
    means = shrunken_mean(k, n)
    return [
        head
        | {"measure": "eb_mean", "value": float(mean), "low": None, "high": None, "sql": _lookup(str(head["platform"]))}
        for head, mean in zip(heads, means, strict=True)
        if head["n"]
    ]


def _lookup(platform: str) -> str:
    return f"SELECT k, n, value FROM scorecards WHERE platform = '{platform}' AND measure = 'eb_mean' AND slice = 'all'"


def _counts(engine: Engine) -> list[dict[str, object]]:
    """Plain counts: cases, complaints, and open cases by age."""
    wanted = [("n_cases", "cases", "standing = 'counted'"), ("n_complaints", "complaints", "standing = 'counted'")]
    wanted += [(f"open:{a}-{b}", "cases", f"standing = 'counted' AND open_days BETWEEN {a} AND {b}") for a, b in AGES]
    return [row for name, table, where in wanted for row in _count_rows(engine, name, table, where)]


def _count_rows(engine: Engine, name: str, table: str, where: str) -> Iterable[dict[str, object]]:
    found = engine.sql(f"""
        WITH p AS (SELECT DISTINCT platform FROM complaints WHERE platform IS NOT NULL)
        SELECT p.platform, count(t.platform) FILTER (WHERE {where.replace("standing", "t.standing")}) AS k
        FROM p LEFT JOIN {table} t ON t.platform = p.platform GROUP BY p.platform
        UNION ALL SELECT '*', count(*) FILTER (WHERE {where}) FROM {table} ORDER BY platform
    """)
    for platform, k in zip(found["platform"].to_pylist(), found["k"].to_pylist(), strict=True):
        scope = "" if platform == "*" else f" AND platform = '{platform}'"
        yield {
            "platform": platform, "horizon": "30d", "slice": "all", "measure": name, "k": k, "n": None, "value": None,
            "low": None, "high": None, "state": "ok",
            "sql": f"SELECT count(*) AS k, NULL AS n, NULL AS value FROM {table} WHERE {where}{scope}",
        }  # fmt: skip
