"""The outcome ladder: what had become of a case at its horizon. The one place where rungs are decided.

Everything is a relation over three tables, so one record and a million run the same lines:
* `complaints`: complaint, case_id, published_at, filed_at
* `steps`: complaint, at, actor, kind, label, weight, hidden, contradicts, accepts (weight null unless it is a reply;
  accepts: the portal itself accepts the platform's result)
* `seen`: complaint, alive_at, gone_at (our own sightings only; alive_at null where the page was found gone)
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import BadInput
from pipeline.formula import HEADLINE
from pipeline.judge.reasons import sentence
from pipeline.schema import TIME
from pipeline.workdays import Calendar

SHANGHAI_OFFSET = np.timedelta64(8, "h")


@dataclass(frozen=True)
class Horizon:
    """A span after t0: calendar days, or working days ending at 24:00 Shanghai time of the last one."""

    name: str
    days: int | None = None
    workdays: int | None = None

    @classmethod
    def parse(cls, text: str | int | None) -> "Horizon":
        """`14`, `"14d"` or `"7wd"`; nothing means the headline's."""
        word = str(HEADLINE if text is None else text).strip().lower()
        number = word.removesuffix("wd").removesuffix("d")
        if not number.isdigit() or not 0 < int(number) <= 3650:
            raise BadInput(f"horizon {text!r}: give calendar days such as 14 or 14d, or working days such as 7wd")
        return cls(word, workdays=int(number)) if word.endswith("wd") else cls(f"{number}d", days=int(number))

    def deadlines(self, starts: pa.ChunkedArray, calendar: Calendar | None) -> tuple[pa.Array, pa.Array]:
        """Deadline of each start (null for null), and whether every day up to it is official."""
        times = starts.cast(TIME).combine_chunks()
        if self.days is not None:
            return pc.add(times, pa.scalar(timedelta(days=self.days), pa.duration("us"))), pc.is_valid(times)
        if calendar is None or self.workdays is None:
            raise BadInput("a horizon of working days needs the calendar")
        instants = pc.drop_null(times).to_numpy(zero_copy_only=False).astype("datetime64[us]")
        days, official = calendar.deadline_after((instants + SHANGHAI_OFFSET).astype("datetime64[D]"), self.workdays)
        ends = (days + np.timedelta64(1, "D")).astype("datetime64[us]") - SHANGHAI_OFFSET
        return _spread(times, ends, TIME), _spread(times, official, pa.bool_()).fill_null(False)


def _spread(times: pa.Array, values: np.ndarray[Any, Any], kind: pa.DataType) -> pa.Array:
    """Values of the non-null rows put back in their places."""
    place = np.cumsum(pc.is_valid(times).to_numpy(zero_copy_only=False)) - 1
    taken = pa.array(values).cast(pa.timestamp("us") if pa.types.is_timestamp(kind) else kind)
    taken = taken.cast(pa.int64()).cast(kind) if pa.types.is_timestamp(kind) else taken
    return taken.take(
        pa.array(
            np.where(pc.is_valid(times).to_numpy(zero_copy_only=False), place, 0),
            mask=pc.is_null(times).to_numpy(zero_copy_only=False),
        )
    )


_FACTS = """
    SELECT c.complaint, c.case_id,
           coalesce(c.published_at, min(s."at") FILTER (WHERE s.kind = 'approved')) AS published_at,
           coalesce(c.filed_at, min(s."at") FILTER (WHERE s.kind IN ('filed', 'joined_group'))) AS filed_at,
           min(s."at") FILTER (WHERE s.kind = 'assigned') AS assigned_at,
           min(s."at") FILTER (WHERE s.kind = 'assigned' OR s.actor = 'platform') AS reached_at,
           coalesce(bool_or((s.kind = 'assigned' OR s.actor = 'platform') AND s."at" IS NULL), false) AS reached_untimed
    FROM complaints c LEFT JOIN steps s ON s.complaint = c.complaint AND (s."at" IS NULL OR s."at" <= $as_of)
    GROUP BY c.complaint, c.case_id, c.published_at, c.filed_at
"""
_OPENED = "SELECT *, coalesce(published_at, filed_at) AS opened_at FROM facts"
_CLOCK = """
    WITH reached AS (
        SELECT *, reached_untimed OR (reached_at IS NOT NULL AND (opened_at IS NULL OR reached_at <= open_deadline_at)) AS delivered
        FROM opened
    ), started AS (
        SELECT *,
            CASE WHEN delivered AND assigned_at <= coalesce(open_deadline_at, assigned_at) THEN assigned_at
                 ELSE coalesce(opened_at, reached_at) END AS t0,
            CASE WHEN delivered AND assigned_at <= coalesce(open_deadline_at, assigned_at) THEN 'assigned'
                 WHEN published_at IS NOT NULL THEN 'published'
                 WHEN filed_at IS NOT NULL THEN 'filed'
                 WHEN reached_at IS NOT NULL THEN 'assigned' END AS t0_basis
        FROM reached
    )
    SELECT case_id, bool_or(delivered) AS delivered, count(*) AS n_complaints,
           coalesce(min(t0) FILTER (WHERE delivered), min(t0)) AS t0,
           coalesce(arg_min(t0_basis, t0) FILTER (WHERE delivered), arg_min(t0_basis, t0)) AS t0_basis
    FROM started GROUP BY case_id ORDER BY case_id
"""
_STEPS = """
    SELECT case_id, deadline_at, steps.* FROM clock JOIN complaints USING (case_id) JOIN steps USING (complaint)
    WHERE ("at" IS NULL OR "at" <= least(deadline_at, $as_of)) AND kind <> 'rejected'
"""
# `until` holds the steps dated up to the deadline; steps without a time count only if a sighting up to it showed them.
_FLAGS = (
    """
    WITH early AS (SELECT complaint, min(alive_at) AS first_alive_at FROM seen GROUP BY complaint),
    until AS (
        SELECT u.* FROM ("""
    + _STEPS
    + """) u LEFT JOIN early USING (complaint)
        WHERE u."at" IS NOT NULL OR first_alive_at <= u.deadline_at
    ), claims AS (
        SELECT case_id, max("at") AS last_claim_at,
               max("at") FILTER (WHERE kind = 'completion_requested' AND weight = 'substantive') AS completion_at
        FROM until WHERE actor = 'platform' AND label IN ('resolved_claim', 'offer') AND kind IN ('replied', 'completion_requested')
        GROUP BY case_id
    ), denied AS (
        SELECT case_id, max("at") AS denied_at FROM until JOIN claims USING (case_id)
        WHERE kind = 'followed_up' AND contradicts AND "at" > last_claim_at GROUP BY case_id
    )
    SELECT case_id, any_value(completion_at) AS completion_at, any_value(denied_at) AS denied_at,
           min("at") FILTER (WHERE kind = 'confirmed') AS confirmed_at,
           min("at") FILTER (WHERE kind = 'withdrawn') AS withdrawn_at,
           min("at") FILTER (WHERE kind = 'closed') AS closed_at,
           coalesce(bool_or(kind = 'confirmed'), false) AS confirmed,
           coalesce(bool_or(kind = 'withdrawn'), false) AS withdrawn,
           coalesce(bool_or(kind = 'closed'), false) AS closed,
           coalesce(bool_or(accepts), false) AS accepted,
           coalesce(bool_or(kind IN ('confirmed', 'withdrawn', 'closed', 'auto_completed')), false) AS terminal,
           count(*) FILTER (WHERE weight IS NOT NULL) AS n_replies,
           count(*) FILTER (WHERE weight = 'substantive') AS n_substantive,
           count(*) FILTER (WHERE weight = 'doubtful') AS n_doubtful,
           count(*) FILTER (WHERE weight = 'formal_doubtful') AS n_formal_doubtful,
           count(*) FILTER (WHERE weight = 'substantive' AND (denied_at IS NULL OR "at" > denied_at)) AS n_standing,
           coalesce(bool_and(hidden) FILTER (WHERE weight IS NOT NULL), false) AS hidden_only,
           min("at") FILTER (WHERE weight = 'substantive') AS substantive_at,
           min("at") FILTER (WHERE weight = 'doubtful') AS doubtful_at
    FROM until LEFT JOIN claims USING (case_id) LEFT JOIN denied USING (case_id)
    GROUP BY case_id
"""
)
_SEEN = """
    SELECT case_id, any_value(deadline_at) AS deadline_at,
           coalesce(bool_or(alive_at >= deadline_at AND alive_at <= $as_of), false) AS alive_after,
           bool_and(coalesce(gone_at <= least(deadline_at, $as_of), false)) AS gone_before,
           max(gone_at) FILTER (WHERE gone_at <= deadline_at) AS gone_at
    FROM clock JOIN complaints USING (case_id)
    LEFT JOIN (SELECT complaint, max(alive_at) AS alive_at, min(gone_at) AS gone_at FROM seen GROUP BY complaint) USING (complaint)
    GROUP BY case_id
"""
_UNTIMED = """
    SELECT DISTINCT case_id FROM (SELECT case_id, deadline_at, s.* FROM clock JOIN complaints USING (case_id) JOIN steps s USING (complaint)) t
    LEFT JOIN (SELECT complaint, min(alive_at) AS first_alive_at FROM seen GROUP BY complaint) USING (complaint)
    WHERE "at" IS NULL AND (first_alive_at IS NULL OR first_alive_at > deadline_at)
          AND (actor = 'platform' OR kind IN ('confirmed', 'withdrawn', 'closed'))
"""
_LADDER = (
    """
    WITH flags AS ("""
    + _FLAGS
    + "), eyes AS ("
    + _SEEN
    + "), untimed AS ("
    + _UNTIMED
    + """),
    joined AS (
        SELECT c.*, f.* EXCLUDE (case_id), e.* EXCLUDE (case_id, deadline_at), (u.case_id IS NOT NULL) AS undetermined,
               coalesce(f.n_replies, 0) AS replies, coalesce(f.terminal, false) AS ended,
               (f.completion_at IS NOT NULL OR (f.accepted AND f.n_replies > 0))
                   AND (f.denied_at IS NULL OR f.denied_at < coalesce(f.completion_at, f.denied_at)) AS claimed
        FROM clock c LEFT JOIN flags f USING (case_id) LEFT JOIN eyes e USING (case_id) LEFT JOIN untimed u USING (case_id)
    ), stated AS (
        SELECT *, CASE
            WHEN t0 IS NULL THEN 'unseen'
            WHEN deadline_at > $as_of THEN 'too_young'
            WHEN ended THEN 'judged'
            WHEN undetermined THEN 'unseen'
            WHEN alive_after OR gone_before THEN 'judged'
            ELSE 'unseen' END AS state
        FROM joined
    ), before AS (  -- rungs that no doubt can move; null where the replies decide
        SELECT *, CASE
            WHEN state <> 'judged' THEN NULL
            WHEN NOT ended AND NOT alive_after THEN 'vanished'
            WHEN confirmed THEN 'resolved_confirmed'
            WHEN withdrawn THEN 'withdrawn'
            WHEN NOT delivered THEN CASE WHEN closed THEN 'closed_unanswered' ELSE 'undelivered' END
            WHEN claimed THEN 'resolved_claimed'
            WHEN replies = 0 THEN CASE WHEN closed THEN 'closed_unanswered' ELSE 'silent' END END AS firm
        FROM stated
    )
    SELECT case_id, t0, t0_basis, delivered, deadline_at, n_complaints, state,
        CASE WHEN state = 'judged' THEN coalesce(firm, CASE WHEN n_substantive + n_doubtful > 0 THEN 'answered' ELSE 'brushed_off' END) END AS rung,
        CASE WHEN state = 'judged' THEN coalesce(firm, CASE WHEN n_substantive + n_doubtful + n_formal_doubtful > 0 THEN 'answered' ELSE 'brushed_off' END) END AS rung_low,
        CASE WHEN state = 'judged' THEN coalesce(firm, CASE WHEN n_standing > 0 THEN 'answered' ELSE 'brushed_off' END) END AS rung_high,
        state = 'judged' AND coalesce(hidden_only, false) AS hidden_only,
        state = 'judged' AND denied_at IS NOT NULL AND NOT claimed AS contradicted,
        ended, alive_after, gone_before, replies, confirmed_at, withdrawn_at, closed_at, completion_at, denied_at,
        coalesce(n_substantive, 0) AS substantive, substantive_at, doubtful_at, gone_at
    FROM before ORDER BY case_id
"""
)


def _table(db: duckdb.DuckDBPyConnection, query: str, params: dict[str, Any] | None = None) -> pa.Table:
    return db.sql(query, params=params or {}).to_arrow_table()


def judge(
    complaints: pa.Table,
    steps: pa.Table,
    seen: pa.Table,
    horizon: Horizon,
    as_of: datetime,
    calendar: Calendar | None = None,
) -> pa.Table:
    """One row per case: t0, t0_basis, delivered, deadline_at, state, rung, rung_low, rung_high, why and what led there."""
    with duckdb.connect() as db:
        db.execute("SET TimeZone = 'UTC'")
        for name, table in (("complaints", complaints), ("steps", steps), ("seen", seen)):
            db.register(name, table)
        now = {"as_of": as_of}
        db.register("facts", _table(db, _FACTS, now))
        opened = _table(db, _OPENED)
        opened = opened.append_column("open_deadline_at", horizon.deadlines(opened["opened_at"], calendar)[0])
        db.register("opened", opened)
        clock = _table(db, _CLOCK)
        deadline, official = horizon.deadlines(clock["t0"], calendar)
        clock = clock.append_column("deadline_at", deadline)
        db.register("clock", clock)
        ladder = _table(db, _LADDER, now)
        db.register("ladder", ladder)
        result = _table(
            db, f"SELECT *, {sentence('zh')} AS why, {sentence('en')} AS why_en FROM ladder ORDER BY case_id"
        )
        return result.append_column("official", official)


def ladder_at(clock: pa.Table, complaints: pa.Table, steps: pa.Table, seen: pa.Table, as_of: datetime) -> pa.Table:
    """The ladder for cases whose clock (case_id, t0, t0_basis, delivered, deadline_at, n_complaints) is given."""
    with duckdb.connect() as db:
        db.execute("SET TimeZone = 'UTC'")
        for name, table in (("clock", clock), ("complaints", complaints), ("steps", steps), ("seen", seen)):
            db.register(name, table)
        return _table(db, _LADDER, {"as_of": as_of})
