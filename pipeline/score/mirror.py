"""有诺必达 (the mirror of the notice list), and the flag of platforms the portals mostly do not reach (method.md §5).

The doubt that keeps a platform off the notice list keeps it off this one: one-sided 95 % bounds, undecidable promises
counted as broken. Offers are kept when at most a tenth of them was contradicted and no fewer were confirmed than that.
"""

from datetime import datetime

import numpy as np
import pyarrow as pa

from pipeline.engine import Engine
from pipeline.formula import CONDUCT, LADDER, MEASURES, Measure
from pipeline.model import Mirror
from pipeline.schema import arrow_schema
from pipeline.score.bands import flag_rows
from pipeline.score.counting import COUNTS_ONLY_BELOW, FEW_BELOW, MOST_UNSEEN
from pipeline.score.notice import MONTH_INDEX, ONE_SIDED, POOL_MONTHS, newest_month
from pipeline.score.rates import Floats, Ints, wilson

MOST_SUNK, LEAST_T48, MOST_HIDDEN, MOST_CONTRADICTED, MOST_UNDELIVERED = 0.20, 0.80, 0.20, 0.10, 0.50
_NAMED = {measure.name: measure for measure in (*MEASURES, *CONDUCT)}
_SINK = LADDER[0]
_CASES = {
    "n": f"{_SINK.base} AND {_SINK.n}",
    **{
        f"{name}_{side}": f"{_NAMED[measure].base} AND {getattr(_NAMED[measure], side)}"
        for name, measure in {
            "high": "sink_high",
            "t48": "t48_low",
            "hidden": "hidden_share",
            "unseen": "unseen_share",
        }.items()
        for side in "kn"
    },
}
_OFFERS = {
    f"offers_{fate}": f"{_NAMED[f'offers_{fate}'].base} AND {_NAMED[f'offers_{fate}'].k}"
    for fate in ("confirmed", "contradicted", "unheard")
}


def _counts(conditions: dict[str, str]) -> str:
    return ", ".join(f"count(*) FILTER (WHERE {condition}) AS {name}" for name, condition in conditions.items())


def _sql(platform: str) -> str:
    own = f"platform = '{platform}'"
    return f"SELECT * FROM (SELECT {_counts(_CASES)} FROM cases WHERE {own}), (SELECT {_counts(_OFFERS)} FROM conduct WHERE {own})"


def mirror(engine: Engine) -> pa.Table:
    """Table `mirror`: every platform with thirty judged cases, each criterion and whether all are met."""
    found = engine.sql(f"""
        WITH own AS (SELECT platform, {_counts(_CASES)} FROM cases WHERE platform IS NOT NULL GROUP BY platform),
        offers AS (SELECT platform, {_counts(_OFFERS)} FROM conduct GROUP BY platform)
        SELECT own.*, {", ".join(f"coalesce({name}, 0) AS {name}" for name in _OFFERS)} FROM own LEFT JOIN offers USING (platform)
        WHERE n >= {FEW_BELOW} ORDER BY platform
    """)
    high_limit = np.nan_to_num(wilson(found["high_k"], found["high_n"], ONE_SIDED)[1], nan=1.0)
    t48_low = np.nan_to_num(wilson(found["t48_k"], found["t48_n"], ONE_SIDED)[0])
    hidden, unseen = (_share(found, name) for name in ("hidden", "unseen"))
    confirmed, contradicted, unheard = (_ints(found, name) for name in _OFFERS)
    broken = (contradicted > confirmed) | (contradicted > MOST_CONTRADICTED * (confirmed + contradicted + unheard))
    missed = {
        "sink_high": high_limit >= MOST_SUNK, "t48": t48_low <= LEAST_T48, "offers": broken,
        "hidden": hidden > MOST_HIDDEN, "unseen": unseen > MOST_UNSEEN,
    }  # fmt: skip
    why = ["|".join(name for name in missed if missed[name][row]) for row in range(found.num_rows)]
    columns = {
        "high_limit": high_limit, "t48_low": t48_low, "hidden_share": hidden, "unseen_share": unseen, "why": pa.array(why, pa.string()),
        "listed": pa.array([not words for words in why], pa.bool_()),
        "sql": pa.array([_sql(platform) for platform in found["platform"].to_pylist()], pa.string()),
    }  # fmt: skip
    for name, column in columns.items():
        found = found.append_column(name, pa.array(column))
    return found.select(arrow_schema(Mirror).names)


def undelivered(engine: Engine, as_of: datetime) -> pa.Table:
    """Rows of `flags`: more than half never reached, in the headline window and in the newest three matured months."""
    measure = _NAMED["undelivered_share"]
    newest = newest_month(as_of)
    recent = f"standing = 'counted' AND state = 'judged' AND month IS NOT NULL AND {MONTH_INDEX} BETWEEN {newest - POOL_MONTHS + 1} AND {newest}"
    return pa.concat_tables(
        [_flag(engine, "undelivered", measure, measure.base), _flag(engine, "undelivered_recent", measure, recent)]
    )


def _flag(engine: Engine, flag: str, measure: Measure, base: str) -> pa.Table:
    found = engine.sql(f"""
        SELECT platform, count(*) FILTER (WHERE {measure.k}) AS k, count(*) AS n, sum(k) OVER () * 1.0 / sum(n) OVER () AS market
        FROM cases WHERE {base} AND {measure.n} AND platform IS NOT NULL GROUP BY platform QUALIFY n >= {COUNTS_ONLY_BELOW} ORDER BY platform
    """)
    raised = np.asarray(found["k"].to_numpy() > MOST_UNDELIVERED * found["n"].to_numpy(), bool)
    return flag_rows(flag, found, raised, f"cases WHERE {base} AND {measure.n}", measure.k)


def _ints(table: pa.Table, name: str) -> Ints:
    return np.asarray(table[name].to_numpy(), np.int64)


def _share(table: pa.Table, name: str) -> Floats:
    """k / n; 0 where there is nothing to hide."""
    n = _ints(table, f"{name}_n")
    return np.divide(_ints(table, f"{name}_k"), n, out=np.zeros(len(n)), where=n > 0)
