"""The seed's three promises per case: kept, broken or undecidable. Each matures by its own deadline.

T24 any reply within 24 clock hours · T48 a visible substantive reply within 48 hours · T7 a confirmed or claimed
resolution within 7 working days (t7_confirmed: confirmed alone). Null: not delivered, or the deadline lies ahead.
"""

from datetime import datetime

import pyarrow as pa

from pipeline.engine import scratch
from pipeline.judge.outcome import Horizon, ladder_at
from pipeline.workdays import Calendar

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
# What a case looked like up to a deadline: ended early, or watched long enough to say "no".
_WATCHED = """
    SELECT c.case_id, d.deadline_at, d.official,
           max(s.alive_at) AS alive_at,
           min(s.gone_at) AS gone_at
    FROM clock c JOIN deadline d USING (case_id) JOIN complaints USING (case_id) LEFT JOIN seen s USING (complaint)
    WHERE s.alive_at IS NULL OR s.alive_at <= $as_of GROUP BY ALL
"""
_QUIT = """
    SELECT case_id, min(s."at") FILTER (WHERE kind = 'withdrawn') AS withdrawn_at,
           min(s."at") FILTER (WHERE kind IN ('confirmed', 'closed', 'auto_completed')) AS ended_at
    FROM steps s JOIN complaints USING (complaint) WHERE s."at" <= $as_of GROUP BY case_id
"""
_KEPT = """
    SELECT c.case_id, CASE
        WHEN NOT c.delivered OR c.t0 IS NULL OR w.deadline_at > $as_of THEN NULL
        WHEN {kept} THEN 'kept'
        WHEN q.withdrawn_at <= w.deadline_at THEN 'undecidable'
        WHEN r.absent_at < w.deadline_at OR NOT w.official THEN 'undecidable'
        WHEN q.ended_at <= w.deadline_at OR w.alive_at >= w.deadline_at THEN 'broken'
        ELSE 'undecidable' END AS verdict
    FROM clock c JOIN watched w USING (case_id) LEFT JOIN replies r USING (case_id) LEFT JOIN quits q USING (case_id)
    LEFT JOIN rungs g USING (case_id) ORDER BY case_id
"""
_RULES = {
    "t24": ("24h", "least(r.first_reply_at, r.shown_at) <= w.deadline_at"),
    "t48": ("48h", "least(r.first_visible_at, r.visible_shown_at) <= w.deadline_at"),
    "t7": ("7wd", "g.rung IN ('resolved_confirmed', 'resolved_claimed')"),
    "t7_confirmed": ("7wd", "g.rung = 'resolved_confirmed'"),
}


def promises(
    clock: pa.Table, complaints: pa.Table, steps: pa.Table, seen: pa.Table, as_of: datetime, calendar: Calendar
) -> pa.Table:
    """One row per case of `clock`: first_reply_at, first_substantive_at and the four verdicts."""
    with scratch() as db:
        for name, table in (("clock", clock), ("complaints", complaints), ("steps", steps), ("seen", seen)):
            db.register(name, table)
        for name, query in (("replies", _REPLIES), ("quits", _QUIT)):
            db.register(name, db.sql(query, params={"as_of": as_of}).to_arrow_table())
        verdicts = {}
        for measure, (horizon, kept) in _RULES.items():
            deadline = _deadlines(clock, horizon, calendar)
            db.register("deadline", deadline)
            db.register("watched", db.sql(_WATCHED, params={"as_of": as_of}).to_arrow_table())
            db.register(
                "rungs", _rungs(clock, deadline, complaints, steps, seen, as_of) if "g.rung" in kept else _no_rungs()
            )
            rows = db.sql(_KEPT.format(kept=kept), params={"as_of": as_of}).to_arrow_table()
            verdicts[measure] = rows["verdict"]
        firsts = db.sql(
            "SELECT case_id, first_reply_at, first_substantive_at FROM clock LEFT JOIN replies USING (case_id) ORDER BY case_id"
        ).to_arrow_table()
    for measure, column in verdicts.items():
        firsts = firsts.append_column(measure, column)
    return firsts


def _deadlines(clock: pa.Table, horizon: str, calendar: Calendar) -> pa.Table:
    """case_id, deadline_at, official for `24h`, `48h` or working days."""
    if horizon.endswith("h"):
        rule = Horizon(horizon, days=int(horizon.removesuffix("h")) // 24)
    else:
        rule = Horizon.parse(horizon)
    deadline, official = rule.deadlines(clock["t0"], calendar)
    return pa.table({"case_id": clock["case_id"], "deadline_at": deadline, "official": official})


def _rungs(
    clock: pa.Table, deadline: pa.Table, complaints: pa.Table, steps: pa.Table, seen: pa.Table, as_of: datetime
) -> pa.Table:
    """Rungs at another deadline on the same clock."""
    place = clock.column_names.index("deadline_at")
    other = clock.set_column(place, "deadline_at", deadline["deadline_at"])
    return ladder_at(other, complaints, steps, seen, as_of).select(["case_id", "rung"])


def _no_rungs() -> pa.Table:
    return pa.table({"case_id": pa.array([], pa.string()), "rung": pa.array([], pa.string())})
