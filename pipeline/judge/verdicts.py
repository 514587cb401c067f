"""What is judged of each case: its rungs at every horizon, on each portal alone, and the promises. Unchanged cases are not judged again.

A verdict follows from the case's own complaints, steps and sightings, from the calendar, and from which deadlines and
times of theirs lie behind the as-of: between two of those moments it does not change (`_until`).
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.code import code_digest, files_digest
from pipeline.engine import Engine
from pipeline.formula import HEADLINE, HORIZONS
from pipeline.judge.outcome import Horizon, judge
from pipeline.judge.promises import deadlines, promises
from pipeline.kept_rows import KeptRows, Made
from pipeline.schema import TIME
from pipeline.workdays import Calendar

_HORIZONS = tuple(Horizon.parse(name) for name in HORIZONS)
MADE_BY = ("pipeline/judge", "pipeline/formula.py", "pipeline/workdays.py", "pipeline/kept_rows.py")
TABLES = ("judged", "judged_by_portal", "promises")
_CLOCK = ["case_id", "t0", "t0_basis", "delivered", "deadline_at", "n_complaints"]
# What each portal alone shows of a case that stands on several; official endings are nobody's own page.
_APART = """
    SELECT * REPLACE (case_id || ' @ ' || portal AS case_id), case_id AS whole, portal FROM (
        SELECT complaints.*, c.portal, min(c.portal) OVER w <> max(c.portal) OVER w AS several
        FROM complaints JOIN complaints_in c USING (complaint) WHERE NOT official WINDOW w AS (PARTITION BY case_id)
    ) WHERE several
"""
_BY_PORTAL = """
    SELECT k.whole AS case_id, k.portal, v.* EXCLUDE (case_id)
    FROM verdicts v JOIN (SELECT DISTINCT case_id, whole, portal FROM apart) k USING (case_id) ORDER BY k.whole, k.portal
"""
# The order of rows does not count, how often one stands does.
_DIGESTS = """
    WITH told AS (
        SELECT complaint, hash(complaints) AS word FROM complaints
        UNION ALL SELECT complaint, hash(steps) FROM steps
        UNION ALL SELECT complaint, hash(seen) FROM seen
    )
    SELECT case_id, sum(word)::VARCHAR AS digest FROM told JOIN (SELECT complaint, case_id FROM complaints) USING (complaint)
    GROUP BY case_id ORDER BY case_id
"""
# All that is compared with the as-of: once it has passed, the row may be another.
_UNTIL = """
    WITH times AS (
        SELECT case_id, deadline_at AS due FROM judged UNION ALL SELECT case_id, deadline_at FROM apart
        UNION ALL SELECT case_id, unnest([{spans}]) FROM spans
        UNION ALL SELECT case_id, "at" FROM steps JOIN complaints USING (complaint)
        UNION ALL SELECT case_id, unnest([alive_at, gone_at]) FROM seen JOIN complaints USING (complaint)
    )
    SELECT case_id, min(due) AS until FROM times WHERE due > $as_of GROUP BY case_id
"""


@dataclass(frozen=True)
class Evidence:
    """What cases are judged by (see `outcome`)."""

    complaints: pa.Table
    steps: pa.Table
    seen: pa.Table

    def tables(self) -> dict[str, pa.Table]:
        """By the names SQL knows them by."""
        return {"complaints": self.complaints, "steps": self.steps, "seen": self.seen}

    def of(self, cases: pa.Array) -> "Evidence":
        """That of some cases."""
        if len(cases) == pc.count_distinct(self.complaints["case_id"]).as_py():
            return self
        mine = self.complaints.filter(pc.is_in(self.complaints["case_id"], cases))
        own = mine["complaint"].combine_chunks()
        steps, seen = (table.filter(pc.is_in(table["complaint"], own)) for table in (self.steps, self.seen))
        return Evidence(mine, steps, seen)


def keep(
    engine: Engine, evidence: Evidence, calendar: Calendar, as_of: datetime, reference: Path, folder: Path | None
) -> None:
    """Keep `judged` (a row a case and horizon), `judged_by_portal` and `promises`; `folder` holds those of the last run."""
    workdays = sorted((reference / "workdays").glob("*"))
    version = code_digest(*MADE_BY, beside=files_digest(workdays, reference))
    kept = KeptRows(folder / "verdicts" if folder else None, version, "case_id", TABLES)
    digests = engine.sql(_DIGESTS, **evidence.tables())
    kept.put(engine, digests, as_of, lambda cases: _made(engine, evidence.of(cases), calendar, as_of))


def _made(engine: Engine, evidence: Evidence, calendar: Calendar, as_of: datetime) -> Made:
    held, steps, seen = evidence.tables().values()
    verdicts = {
        horizon.name: judge(held, steps, seen, horizon, as_of, calendar, horizon.name == HEADLINE)
        for horizon in _HORIZONS
    }
    clock = verdicts[HEADLINE].select(_CLOCK)
    tables = {
        "judged": pa.concat_tables([_named(*one) for one in verdicts.items()], promote_options="default"),
        "judged_by_portal": by_portal(engine, held, steps, seen, as_of),
        "promises": promises(clock, held, steps, seen, as_of, calendar),
    }
    spans = deadlines(clock, calendar)
    query = _UNTIL.format(spans=", ".join(f'"{name}"' for name in spans.column_names if spans[name].type == TIME))
    until = engine.sql(
        query,
        {"as_of": as_of},
        judged=tables["judged"],
        apart=tables["judged_by_portal"],
        spans=spans,
        **evidence.tables(),
    )
    return Made(tables, until)


def by_portal(engine: Engine, complaints: pa.Table, steps: pa.Table, seen: pa.Table, as_of: datetime) -> pa.Table:
    """At the headline horizon, a row for each portal of a case that stands on more than one."""
    apart = engine.sql(_APART, complaints=complaints)
    verdicts = judge(apart.select(complaints.column_names), steps, seen, Horizon.parse(HEADLINE), as_of, say=False)
    return engine.sql(_BY_PORTAL, verdicts=verdicts, apart=apart)


def _named(horizon: str, verdicts: pa.Table) -> pa.Table:
    return verdicts.append_column("horizon", pa.array([horizon] * verdicts.num_rows, pa.string()))
