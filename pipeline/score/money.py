"""Table `money`: disputed amounts by outcome, headline cases and those still open. An absent amount is absent, not 0."""

import pyarrow as pa

from pipeline.engine import Engine

_QUANTILES = {"p25_yuan": 0.25, "p50_yuan": 0.5, "p75_yuan": 0.75, "p90_yuan": 0.9}
_MONEY = """
    WITH counted AS (
        SELECT platform, coalesce(rung, state) AS rung, amount_yuan FROM cases
        WHERE in_headline OR (standing = 'counted' AND state = 'too_young')
    )
    SELECT CASE WHEN grouping(platform) = 1 THEN '*' ELSE platform END AS platform, rung, count(*) AS n_cases, count(amount_yuan) AS n_amounts,
           sum(round(amount_yuan * 100)::BIGINT)::DOUBLE / 100 AS sum_yuan, {quantiles}, max(amount_yuan) AS max_yuan
    FROM counted GROUP BY GROUPING SETS ((platform, rung), (rung)) HAVING grouping(platform) = 1 OR platform IS NOT NULL ORDER BY ALL
"""


def money(engine: Engine) -> pa.Table:
    """Sums are exact: whole fen are added. Quantiles interpolate (type 7)."""
    quantiles = ", ".join(f"quantile_cont(amount_yuan, {share}) AS {name}" for name, share in _QUANTILES.items())
    return engine.sql(_MONEY.format(quantiles=quantiles))
