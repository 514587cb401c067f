"""The outcome ladder: what had become of a case at its horizon. The one place where rungs are decided.

Everything is a relation over three tables, so one record and a million run the same lines:
* `complaints`: complaint, case_id, published_at, filed_at, official (an official ending: never watched for its going)
* `steps`: complaint, at, actor, kind, label, weight, hidden, contradicts, accepts, shown_at, absent_at (weight null unless it
  is a reply; accepts: the portal itself accepts the platform's result; shown_at and absent_at: of a step without a time,
  our first sighting that showed it and our last before that which did not)
* `seen`: complaint, alive_at, gone_at (our own sightings only; alive_at null where the page was found gone)
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.engine import scratch
from pipeline.errors import BadInput
from pipeline.formula import HEADLINE
from pipeline.judge.ladder import BETWEEN, CLOCK, FACTS, LADDER, OPENED
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


_WITH_UNTIMED = 'SELECT c.* FROM complaints c SEMI JOIN (SELECT case_id FROM complaints JOIN steps USING (complaint) WHERE "at" IS NULL) u USING (case_id)'


def judge(
    complaints: pa.Table,
    steps: pa.Table,
    seen: pa.Table,
    horizon: Horizon,
    as_of: datetime,
    calendar: Calendar | None = None,
    say: bool = True,
) -> pa.Table:
    """One row per case: t0, t0_basis, delivered, deadline_at, state, rung, rung_low, rung_high and what led there; with `say` why."""
    with scratch() as db:
        for name, table in (("complaints", complaints), ("steps", steps), ("seen", seen)):
            db.register(name, table)
        sure = _judged(db, horizon, as_of, calendar, may=False)
        timeless = db.sql(_WITH_UNTIMED).to_arrow_table()
        db.register("complaints", timeless)
        may = _judged(db, horizon, as_of, calendar, may=True) if timeless.num_rows else sure.slice(0, 0)
        db.register("sure", sure)
        db.register("may", may)
        ladder = db.sql(BETWEEN).to_arrow_table()
        if not say:
            return ladder
        db.register("ladder", ladder)
        return db.sql(
            f"SELECT *, {sentence('zh')} AS why, {sentence('en')} AS why_en FROM ladder ORDER BY case_id"
        ).to_arrow_table()


def _judged(
    db: duckdb.DuckDBPyConnection, horizon: Horizon, as_of: datetime, calendar: Calendar | None, may: bool
) -> pa.Table:
    """The ladder of every case of `complaints` under one reading of steps without a time."""
    opened = db.sql(f"SELECT *, {OPENED} AS opened_at FROM ({FACTS})", params={"as_of": as_of}).to_arrow_table()
    opened = opened.append_column("open_deadline_at", horizon.deadlines(opened["opened_at"], calendar)[0])
    db.register("opened", opened)
    clock = db.sql(CLOCK, params={"may": may}).to_arrow_table()
    deadline, official = horizon.deadlines(clock["t0"], calendar)
    clock = clock.append_column("deadline_at", deadline)
    db.register("clock", clock)
    ladder = db.sql(LADDER, params={"as_of": as_of, "may": may}).to_arrow_table()
    return ladder.append_column("official", official)


def ladder_at(clock: pa.Table, complaints: pa.Table, steps: pa.Table, seen: pa.Table, as_of: datetime) -> pa.Table:
    """The ladder for cases whose clock (case_id, t0, t0_basis, delivered, deadline_at, n_complaints) is given; steps without
    a time count where a sighting up to the deadline showed them."""
    with scratch() as db:
        for name, table in (("clock", clock), ("complaints", complaints), ("steps", steps), ("seen", seen)):
            db.register(name, table)
        return db.sql(LADDER, params={"as_of": as_of, "may": False}).to_arrow_table()
