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
from pipeline.score.counting import COUNTS_ONLY_BELOW, Cut, Frame

PORTALS = Cut(
    "(SELECT *, portals AS part FROM {source} WHERE portals NOT LIKE '%|%')",
    "'portal:' || part",
    "' AND portals = ''' || part || ''''",
)
_ISSUES = Cut(
    "(SELECT * FROM (SELECT *, unnest(list_distinct(string_split(topics, '|'))) AS part FROM {source}) WHERE trim(part) <> '')",
    "'issue:' || part",
    "' AND instr(''|'' || topics || ''|'', ''|' || replace(part, '''', '''''') || '|'') > 0'",
)
_AMOUNTS = Cut(
    "(SELECT *, CASE " + " ".join(f"WHEN {where} THEN '{name}'" for name, where in AMOUNTS.items()) + " END AS part FROM {source})",
    "'amount:' || part",
    "CASE part " + " ".join(f"WHEN '{name}' THEN ' AND {where}'" for name, where in AMOUNTS.items()) + " END",
)  # fmt: skip
_FOUND = Cut(
    "(SELECT m.*, f.found_via AS part FROM {source} m JOIN (SELECT id, found_via FROM complaints) f USING (id))",
    "'found:' || part",
    "' AND id IN (SELECT id FROM complaints WHERE found_via = ''' || replace(part, '''', '''''') || ''')'",
)


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
        *(Frame(MEASURES, cut, who="market") for cut in (_ISSUES, _AMOUNTS)),
        *(Frame(LADDER, cut, fewest=COUNTS_ONLY_BELOW, who="platforms") for cut in (_ISSUES, _AMOUNTS)),
        Frame((UNDELIVERED,), _FOUND, fewest=COUNTS_ONLY_BELOW),
    )


def _months(as_of: datetime) -> Cut:
    """Months of t0; young where the month's last case has not matured."""
    newest = (as_of - timedelta(days=HEADLINE_DAYS)).astimezone(ZoneInfo(SHANGHAI))
    return Cut(
        "(SELECT *, month AS part FROM {source} WHERE month IS NOT NULL)",
        "'month:' || part",
        "' AND month = ''' || part || ''''",
        f"part >= '{newest:%Y-%m}'",
    )
