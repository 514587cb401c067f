"""Table `money`: disputed amounts by outcome, headline cases and those still open. An absent amount is absent, not 0."""

import pyarrow as pa

from pipeline.engine import Engine
from pipeline.score.counting import MARKET

_COUNTED = "(in_headline OR (standing = 'counted' AND state = 'too_young'))"
_QUANTILES = {"p25_yuan": 0.25, "p50_yuan": 0.5, "p75_yuan": 0.75, "p90_yuan": 0.9}
_MONEY = """
    WITH counted AS (
        SELECT platform, coalesce(rung, state) AS rung, amount_yuan FROM cases
        WHERE {counted}
    )
    SELECT CASE WHEN grouping(platform) = 1 THEN '*' ELSE platform END AS platform, rung, count(*) AS n_cases, count(amount_yuan) AS n_amounts,
           sum(round(amount_yuan * 100)::BIGINT)::DOUBLE / 100 AS sum_yuan, {quantiles}, max(amount_yuan) AS max_yuan
    FROM counted GROUP BY GROUPING SETS ((platform, rung), (rung)) HAVING grouping(platform) = 1 OR platform IS NOT NULL ORDER BY ALL
"""


def money(engine: Engine) -> pa.Table:
    """Sums are exact: whole fen are added. Quantiles interpolate (type 7)."""
    quantiles = ", ".join(f"quantile_cont(amount_yuan, {share}) AS {name}" for name, share in _QUANTILES.items())
    found = engine.sql(_MONEY.format(quantiles=quantiles, counted=_COUNTED))
    keys = zip(found["platform"].to_pylist(), found["rung"].to_pylist(), strict=True)
    return found.append_column("sql", pa.array([money_sql(platform, rung) for platform, rung in keys], pa.string()))


def money_sql(platform: str, rung: str) -> str:
    """SQL over `cases`; a quantile is the sum of the sorted amounts, each weighted by its closeness to the quantile's place."""
    own = "" if platform == MARKET else f" AND platform = '{platform}'"
    quantiles = ", ".join(
        f"sum(a * max(0, 1 - abs(place - 1 - {share} * (m - 1)))) AS {name}" for name, share in _QUANTILES.items()
    )
    return (
        "SELECT count(*) AS n_cases, count(a) AS n_amounts, sum(CAST(round(a * 100) AS INTEGER)) / 100.0 AS sum_yuan, "
        f"{quantiles}, max(a) AS max_yuan FROM (SELECT amount_yuan AS a, "
        "row_number() OVER (ORDER BY amount_yuan IS NULL, amount_yuan) AS place, count(amount_yuan) OVER () AS m "
        f"FROM cases WHERE {_COUNTED} AND coalesce(rung, state) = '{rung}'{own})"
    )
