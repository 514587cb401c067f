"""The seed's three promises per case: kept, broken or undecidable. Each matures by its own deadline.

T24 any reply within 24 clock hours · T48 a visible substantive reply within 48 hours · T7 a confirmed or claimed
resolution within 7 working days (t7_confirmed: confirmed alone). Null: not delivered, or the deadline lies ahead.
"""

from datetime import datetime

import pyarrow as pa

from pipeline.engine import scratch
from pipeline.judge.outcome import Horizon, ladder_at
from pipeline.workdays import Calendar

WEEK = "7wd"

_REPLIES = """
    SELECT case_id, min(s."at") AS first_reply_at,
           min(s."at") FILTER (WHERE weight = 'substantive' AND NOT hidden) AS first_visible_at,
           min(s."at") FILTER (WHERE weight IN ('substantive', 'doubtful')) AS first_substantive_at,
           min(s.shown_at) FILTER (WHERE s."at" IS NULL) AS shown_at,
           min(s.shown_at) FILTER (WHERE s."at" IS NULL AND weight = 'substantive' AND NOT hidden) AS visible_shown_at,
           min(coalesce(s.absent_at, TIMESTAMPTZ '1970-01-01')) FILTER (WHERE s."at" IS NULL) AS absent_at
    FROM steps s JOIN complaints USING (complaint)
    WHERE weight IS NOT NULL AND (s."at" IS NULL OR s."at" <= $as_of) GROUP BY case_id
"""
_WATCHED = """
    SELECT case_id, max(s.alive_at) FILTER (WHERE s.alive_at <= $as_of) AS alive_at
    FROM complaints LEFT JOIN seen s USING (complaint) GROUP BY case_id
"""
_QUIT = """
    SELECT case_id, min(s."at") FILTER (WHERE kind = 'withdrawn') AS withdrawn_at,
           min(s."at") FILTER (WHERE kind IN ('confirmed', 'closed', 'auto_completed')) AS ended_at
    FROM steps s JOIN complaints USING (complaint) WHERE s."at" <= $as_of GROUP BY case_id
"""
# What a case looked like up to a deadline: ended early, or watched long enough to say "no".
_VERDICT = """CASE
        WHEN NOT c.delivered OR c.t0 IS NULL OR d.{until} > $as_of THEN NULL
        WHEN {kept} THEN 'kept'
        WHEN q.withdrawn_at <= d.{until} THEN 'undecidable'
        WHEN r.absent_at < d.{until} OR NOT d.{until}_official THEN 'undecidable'
        WHEN q.ended_at <= d.{until} OR w.alive_at >= d.{until} THEN 'broken'
        ELSE 'undecidable' END AS {name}"""
_RULES = {
    "t24": ("24h", "least(r.first_reply_at, r.shown_at) <= d.{until}"),
    "t48": ("48h", "least(r.first_visible_at, r.visible_shown_at) <= d.{until}"),
    "t7": (WEEK, "g.rung IN ('resolved_confirmed', 'resolved_claimed')"),
    "t7_confirmed": (WEEK, "g.rung = 'resolved_confirmed'"),
}
_PROMISES = """
    SELECT c.case_id, r.first_reply_at, r.first_substantive_at, {verdicts}
    FROM clock c JOIN deadlines d USING (case_id) JOIN watched w USING (case_id)
    LEFT JOIN replies r USING (case_id) LEFT JOIN quits q USING (case_id) LEFT JOIN rungs g USING (case_id) ORDER BY case_id
"""


def promises(
    clock: pa.Table, complaints: pa.Table, steps: pa.Table, seen: pa.Table, as_of: datetime, calendar: Calendar
) -> pa.Table:
    """One row per case of `clock`: first_reply_at, first_substantive_at and the four verdicts."""
    until = deadlines(clock, calendar)
    place = clock.column_names.index("deadline_at")
    weekly = clock.set_column(place, "deadline_at", until[f"by_{WEEK}"])
    rungs = ladder_at(weekly, complaints, steps, seen, as_of).select(["case_id", "rung"])
    with scratch() as db:
        given = {"clock": clock, "complaints": complaints, "steps": steps, "seen": seen}
        for name, table in (given | {"deadlines": until, "rungs": rungs}).items():
            db.register(name, table)
        for name, query in (("replies", _REPLIES), ("quits", _QUIT), ("watched", _WATCHED)):
            db.register(name, db.sql(query, params={"as_of": as_of}).to_arrow_table())
        verdicts = ", ".join(_verdict(name, f"by_{span}", kept) for name, (span, kept) in _RULES.items())
        return db.sql(_PROMISES.format(verdicts=verdicts), params={"as_of": as_of}).to_arrow_table()


def _verdict(name: str, until: str, kept: str) -> str:
    return _VERDICT.format(name=name, until=until, kept=kept.format(until=until))


def deadlines(clock: pa.Table, calendar: Calendar) -> pa.Table:
    """case_id, and for each span of the promises by_SPAN and by_SPAN_official: when it ends, and whether every day of it is official."""
    columns = {"case_id": clock["case_id"]}
    for span in dict.fromkeys(span for span, _ in _RULES.values()):
        hours = span.removesuffix("h")
        rule = Horizon(span, days=int(hours) // 24) if hours != span else Horizon.parse(span)
        columns[f"by_{span}"], columns[f"by_{span}_official"] = rule.deadlines(clock["t0"], calendar)
    return pa.table(columns)
