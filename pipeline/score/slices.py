"""How cases are cut: by portal, issue, month, amount, how found. Each cut carries its own SQL text."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pipeline.engine import SHANGHAI
from pipeline.formula import (
    ALL_TIME,
    AMOUNTS,
    CONDUCT,
    HEADLINE,
    HEADLINE_DAYS,
    HORIZONS,
    LADDER,
    MEASURES,
    RUNG_MEASURES,
    UNDELIVERED,
    at_horizon,
)
from pipeline.portals import facts, slugs
from pipeline.score.counting import COUNTS_ONLY_BELOW, Frame

PORTALS = """(
    SELECT *, 'portal:' || portals AS slice, ' AND portals = ''' || portals || '''' AS cond, false AS young
    FROM {source} WHERE portals NOT LIKE '%|%')"""
_ISSUES = """(
    SELECT *, 'issue:' || issue AS slice,
           ' AND instr(''|'' || issues || ''|'', ''|' || replace(issue, '''', '''''') || '|'') > 0' AS cond, false AS young
    FROM (SELECT *, unnest(list_distinct(string_split(issues, '|'))) AS issue FROM {source}) WHERE trim(issue) <> '')"""
_FOUND = """(
    SELECT m.*, 'found:' || f.found_via AS slice,
           ' AND id IN (SELECT id FROM complaints WHERE found_via = ''' || replace(f.found_via, '''', '''''') || ''')' AS cond, false AS young
    FROM {source} m JOIN (SELECT id, found_via FROM complaints) f USING (id))"""


def textless() -> frozenset[str]:
    """Slices of the portals that print no reply text."""
    return frozenset(f"portal:{slug}" for slug in slugs() if not facts(slug).prints_reply_text)


def frames(as_of: datetime) -> tuple[Frame, ...]:
    """Everything the scorecards hold as shares: of the market each measure in each cut, of a platform the ladder.

    Cuts of one platform start at ten cases, portals and months at one.
    """
    months, silent = _months(as_of), textless()
    return (
        Frame((*MEASURES, *RUNG_MEASURES)),
        Frame(ALL_TIME, name="all-time"),
        Frame(CONDUCT),
        *(Frame(at_horizon(horizon)) for horizon in HORIZONS if horizon != HEADLINE),
        Frame(MEASURES, PORTALS, who="market", textless=silent),
        Frame(LADDER, PORTALS, who="platforms", textless=silent),
        Frame(ALL_TIME[:1], months),
        Frame(ALL_TIME[1:], months, fewest=COUNTS_ONLY_BELOW),
        *(Frame(MEASURES, cut, who="market") for cut in (_ISSUES, _amounts())),
        *(Frame(LADDER, cut, fewest=COUNTS_ONLY_BELOW, who="platforms") for cut in (_ISSUES, _amounts())),
        Frame((UNDELIVERED,), _FOUND, fewest=COUNTS_ONLY_BELOW),
    )


def _months(as_of: datetime) -> str:
    """Months of t0; young where the month's last case has not matured."""
    newest = (as_of - timedelta(days=HEADLINE_DAYS)).astimezone(ZoneInfo(SHANGHAI))
    return f"""(
        SELECT *, 'month:' || month AS slice, ' AND month = ''' || month || '''' AS cond, month >= '{newest:%Y-%m}' AS young
        FROM {{source}} WHERE month IS NOT NULL)"""


def _amounts() -> str:
    """Each case falls into exactly one of the bands."""
    slices, conds = (
        "CASE " + " ".join(f"WHEN {where} THEN '{text}'" for text, where in parts) + " END"
        for parts in (
            [(f"amount:{name}", where) for name, where in AMOUNTS.items()],
            [(f" AND {where}", where) for where in AMOUNTS.values()],
        )
    )
    return f"(SELECT *, {slices} AS slice, {conds} AS cond, false AS young FROM {{source}})"
