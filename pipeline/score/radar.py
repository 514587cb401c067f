"""Radar: new cases by platform, issue and week, each against its own baseline, so that an outbreak shows within days.

A case counts in the week its first complaint was filed: re-posts raise nothing. Baseline: the 26 weeks before, at least 8.
Expected μ = (cases before + ½) / weeks × the share of the week that has passed. The count is negative binomial with
variance μ + μ²(α + 1 / (cases before + ½)): α is the market's own week-to-week over-dispersion, the second part is what
the baseline does not know. False discoveries are controlled week by week, over every platform and issue seen by then.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.special import betainc

from pipeline.engine import SHANGHAI, Engine
from pipeline.model import RadarRow
from pipeline.schema import arrow_schema
from pipeline.score.comparison import FALSE_DISCOVERIES
from pipeline.score.rates import Floats, Ints

BASELINE_WEEKS = 26
LEAST_WEEKS = 8
KEPT_WEEKS = 52
LEAST_SHOWN = 3
"""Rows with fewer cases are tested and not published: three cases are the least that can be called a mass."""
LEAST_DISPERSION = 0.05
PRIOR = 0.5
ALL_ISSUES = "*"
_MONDAY = date(1970, 1, 5)
_FILED = """
    SELECT case_id, min(platform) AS platform, min(coalesce(filed_at, published_at, assigned_at)) AS filed_at
    FROM complaints WHERE standing = 'counted' AND case_id IS NOT NULL AND platform IS NOT NULL GROUP BY case_id
"""
# complaints that print no date at all belong to no week
_COUNTS = f"""
    WITH filed AS ({_FILED}), dated AS (
        SELECT f.platform, c.topics, date_diff('day', DATE '1970-01-05', CAST(timezone('{SHANGHAI}', filed_at) AS DATE)) // 7 AS week
        FROM filed f JOIN cases c ON c.id = f.case_id WHERE filed_at IS NOT NULL
    ), named AS (
        SELECT platform, week, unnest(list_append(list_filter(list_distinct(string_split(topics, '|')), lambda x: trim(x) <> ''), '{ALL_ISSUES}')) AS issue FROM dated
    )
    SELECT platform, issue, week, count(*) AS n FROM named GROUP BY ALL ORDER BY platform, issue, week
"""


def radar(engine: Engine, as_of: datetime) -> pa.Table:
    """Table `radar`: the weeks of the last year with at least three cases and a baseline."""
    found = engine.sql(_COUNTS)
    if not found.num_rows:
        return arrow_schema(RadarRow).empty_table()
    day = as_of.astimezone(ZoneInfo(SHANGHAI))
    newest = (day.date() - _MONDAY).days // 7
    passed = (day - datetime.combine(_monday(newest), datetime.min.time(), day.tzinfo)) / timedelta(weeks=1)
    return _rows(found, newest, passed)


def _rows(found: pa.Table, newest: int, passed: float) -> pa.Table:
    keys = [found[name].combine_chunks().dictionary_encode() for name in ("platform", "issue")]
    week, n = (found[name].to_numpy().astype(np.int64) for name in ("week", "n"))
    first = int(week.min())
    row = np.cumsum(np.logical_or(*(_differs(key.indices.to_numpy()) for key in keys))) - 1
    before, weeks = baseline(row, week - first, n, newest - first + 1)
    exposure = np.where(week == newest, passed, 1.0)
    expected = (before + PRIOR) / np.maximum(weeks, 1) * exposure
    tested = (weeks >= LEAST_WEEKS) & (week <= newest)
    p = np.ones(len(n))
    spread = dispersion(n[tested], before[tested], expected[tested], exposure[tested] == 1)
    p[tested] = tail(n[tested], expected[tested], spread + 1 / (before[tested] + PRIOR))
    q = adjusted_within(week, p, _seen_by(row, week))
    keep = np.flatnonzero(tested & (n >= LEAST_SHOWN) & (week > newest - KEPT_WEEKS))
    platforms, issues = (key.take(pa.array(keep)).to_pylist() for key in keys)
    weeks_of = [_monday(int(one)) for one in week[keep]]
    columns = {
        "platform": platforms, "issue": issues, "week": weeks_of,
        "n": n[keep], "before": before[keep], "weeks": weeks[keep], "exposure": exposure[keep], "expected": expected[keep],
        "p_value": p[keep], "q_value": q[keep], "flagged": q[keep] <= FALSE_DISCOVERIES, "dispersion": np.full(len(keep), spread),
        "sql": [counting_sql(*one) for one in zip(platforms, issues, weeks_of, strict=True)],
    }  # fmt: skip
    return pa.table({part.name: pa.array(columns[part.name], part.type) for part in arrow_schema(RadarRow)})


def _monday(week: int) -> date:
    return _MONDAY + timedelta(weeks=week)


def _differs(codes: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    return np.append(True, codes[1:] != codes[:-1])


def baseline(row: Ints, week: Ints, n: Ints, n_weeks: int) -> tuple[Ints, Ints]:
    """Cases in the 26 weeks before each entry and how many weeks those were; `week` counts from the first week of all."""
    grid = np.zeros((int(row.max()) + 1, max(n_weeks, int(week.max()) + 1) + 1), np.int32)
    grid[row, week + 1] = n
    total = np.cumsum(grid, axis=1, dtype=np.int32)
    start = np.maximum(week - BASELINE_WEEKS, 0)
    return (total[row, week] - total[row, start]).astype(np.int64), week - start


def dispersion(n: Ints, before: Ints, expected: Floats, whole: npt.NDArray[np.bool_]) -> float:
    """α by moments over whole weeks that expect at least one case, the largest hundredth of deviations cut down: outbreaks are no noise."""
    usual = whole & (expected >= 1)
    if usual.sum() < 20:
        return LEAST_DISPERSION
    mu = expected[usual]
    found = ((n[usual] - mu) ** 2 - mu) / mu**2 - 1 / (before[usual] + PRIOR)
    return max(LEAST_DISPERSION, float(np.mean(np.minimum(found, np.quantile(found, 0.99)))))


def tail(n: Ints, expected: Floats, spread: Floats) -> Floats:
    """P(N ≥ n) for a negative binomial of this mean and variance mean + spread × mean² (the regularised incomplete beta)."""
    return np.asarray(betainc(n, 1 / spread, expected * spread / (1 + expected * spread)), np.float64)


def _seen_by(row: Ints, week: Ints) -> Ints:
    """How many platform-issue pairs had been seen by each entry's week: so many are tested in it, most with no case."""
    first = week[np.flatnonzero(np.append(True, row[1:] != row[:-1]))]
    return np.searchsorted(np.sort(first), week, side="right").astype(np.int64)


def adjusted_within(week: Ints, p: Floats, tests: Ints) -> Floats:
    """Benjamini–Hochberg q-values week by week; `tests` counts the tests of the week, those not listed have p = 1."""
    order = np.lexsort((p, week))
    starts = np.flatnonzero(np.append(True, np.diff(week[order]) != 0))
    sizes = np.diff(np.append(starts, len(order)))
    rank = np.arange(len(order)) - np.repeat(starts, sizes) + 1
    scaled = np.minimum(1.0, p[order] * tests[order] / rank)
    q = np.empty(len(p))
    for start, size in zip(starts, sizes, strict=True):
        part = slice(start, start + size)
        q[order[part]] = np.minimum.accumulate(scaled[part][::-1])[::-1]
    return q


def counting_sql(platform: str, issue: str, week: date) -> str:
    """SQL over the public tables that counts the cases of one row and of its baseline (a date printed at +08:00 begins with its Shanghai day)."""
    escaped = issue.replace("'", "''")
    own = "" if issue == ALL_ISSUES else f" AND instr('|' || c.topics || '|', '|{escaped}|') > 0"
    return (
        f"SELECT count(*) FILTER (WHERE f.filed_at >= '{week}') AS n, count(*) FILTER (WHERE f.filed_at < '{week}') AS before "
        "FROM (SELECT case_id, min(coalesce(filed_at, published_at, assigned_at)) AS filed_at, min(platform) AS platform "
        "FROM complaints WHERE standing = 'counted' AND case_id IS NOT NULL AND platform IS NOT NULL GROUP BY case_id) f JOIN cases c ON c.id = f.case_id "
        f"WHERE f.platform = '{platform}' AND f.filed_at >= '{week - timedelta(weeks=BASELINE_WEEKS)}' AND f.filed_at < '{week + timedelta(weeks=1)}'{own}"
    )
