"""How cases are cut: by portal, issue, month, amount. Each cut carries its own SQL text."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pipeline.engine import SHANGHAI
from pipeline.score.counting import COUNTS_ONLY_BELOW, Frame
from pipeline.score.measures import AMOUNTS, CONDUCT, LADDER, MEASURES, MONTHLY, RUNG_MEASURES, at_horizon

HORIZON_DAYS = 30
_PORTALS = """(
    SELECT *, 'portal:' || portals AS slice, ' AND portals = ''' || portals || '''' AS cond, false AS young
    FROM cases WHERE portals NOT LIKE '%|%')"""
_ISSUES = """(
    SELECT *, 'issue:' || issue AS slice,
           ' AND instr(''|'' || issues || ''|'', ''|' || replace(issue, '''', '''''') || '|'') > 0' AS cond, false AS young
    FROM (SELECT *, unnest(list_distinct(string_split(issues, '|'))) AS issue FROM cases) WHERE trim(issue) <> '')"""


def frames(as_of: datetime) -> tuple[Frame, ...]:
    """Everything the scorecards hold as shares. Small cuts of one platform (issue, amount) start at ten cases."""
    return (
        Frame((*MEASURES, *RUNG_MEASURES)),
        Frame(CONDUCT),
        Frame(at_horizon("7wd")),
        Frame(at_horizon("90d")),
        Frame(LADDER, _PORTALS),
        Frame(MONTHLY, _months(as_of)),
        Frame(LADDER[:3], _ISSUES, COUNTS_ONLY_BELOW),
        Frame(LADDER[:3], _amounts(), COUNTS_ONLY_BELOW),
    )


def _months(as_of: datetime) -> str:
    """Months of t0; young where the month's last case has not matured."""
    newest = (as_of - timedelta(days=HORIZON_DAYS)).astimezone(ZoneInfo(SHANGHAI))
    return f"""(
        SELECT *, 'month:' || month AS slice, ' AND month = ''' || month || '''' AS cond, month >= '{newest:%Y-%m}' AS young
        FROM cases WHERE month IS NOT NULL)"""


def _amounts() -> str:
    parts = [
        f"SELECT *, 'amount:{name}' AS slice, ' AND {where}' AS cond, false AS young FROM cases WHERE {where}"
        for name, where in AMOUNTS.items()
    ]
    return f"({' UNION ALL '.join(parts)})"
