"""How long scoring takes: `python tests/bench/score.py [platforms] [cases]` (default 10,000 and 1,000,000), seeded."""

import resource
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa

from pipeline.engine import Engine
from pipeline.model import TABLES
from pipeline.schema import arrow_schema, conform
from pipeline.score.scorecards import statistics

AS_OF = datetime(2026, 11, 20, 12, tzinfo=timezone(timedelta(hours=8)))
PORTALS = ("heimao", "xfb315", "dianshubao")
ISSUES = tuple(f"问题{number:02d}" for number in range(30))

# One row per case from its number: a market with unequal platforms, 14 months, three portals, thirty issues.
_CASES = """
    WITH drawn AS (
        SELECT i, hash(i, 1) % 1000 / 1000.0 AS u, hash(i, 2) % 1000 / 1000.0 AS w, hash(i, 3) % 1000000 / 1000000.0 AS x, hash(i, 4) % 1000 / 1000.0 AS y,
               'p' || (power(hash(i, 5) % 1000000 / 1000000.0, 1.5) * $platforms)::BIGINT AS platform,
               (hash(i, 6) % 3)::BIGINT AS portal, (hash(i, 7) % 30)::BIGINT AS issue
        FROM range($cases) t(i)
    ), timed AS (
        SELECT *, $as_of - INTERVAL 1 SECOND * ((x * 425 * 86400)::BIGINT + 1) AS t0 FROM drawn
    ), placed AS (
        SELECT *, t0 + INTERVAL 30 DAY AS deadline_at, t0 + INTERVAL 30 DAY > $as_of AS young,
               CASE WHEN u < 0.1 THEN 'resolved_confirmed' WHEN u < 0.2 THEN 'resolved_claimed' WHEN u < 0.4 THEN 'answered' WHEN u < 0.6 THEN 'brushed_off'
                    WHEN u < 0.85 THEN 'silent' WHEN u < 0.9 THEN 'undelivered' WHEN u < 0.93 THEN 'closed_unanswered' WHEN u < 0.97 THEN 'withdrawn' ELSE 'vanished' END AS fate
        FROM timed
    )
    SELECT $portals[portal + 1] || '/' || i AS id, platform, $portals[portal + 1] AS portals, 1 AS n_complaints, NULL::VARCHAR AS campaign_id, t0, 'assigned' AS t0_basis,
           strftime(timezone('Asia/Shanghai', t0), '%Y-%m') AS month, fate NOT IN ('undelivered', 'closed_unanswered') AS delivered, deadline_at,
           CASE WHEN young THEN 'too_young' WHEN y < 0.02 THEN 'unseen' ELSE 'judged' END AS state,
           CASE WHEN young OR y < 0.02 THEN NULL ELSE fate END AS rung, CASE WHEN young OR y < 0.02 THEN NULL ELSE fate END AS rung_low,
           CASE WHEN young OR y < 0.02 THEN NULL ELSE fate END AS rung_high, '' AS why, false AS hidden_only, false AS contradicted,
           NOT young AND deadline_at > $as_of - INTERVAL 12 MONTH AS in_headline, deadline_at > $as_of - INTERVAL 12 MONTH AS in_promises, 'counted' AS standing,
           CASE WHEN young THEN date_diff('day', t0, $as_of) END AS open_days, (u < 0.6)::BIGINT AS replies_in_time,
           CASE WHEN u < 0.6 THEN t0 + INTERVAL 1 SECOND * (w * w * 20 * 86400)::BIGINT END AS first_reply_at,
           CASE WHEN u < 0.4 THEN t0 + INTERVAL 1 SECOND * (w * w * 20 * 86400)::BIGINT END AS first_substantive_at, false AS answered_late,
           CASE WHEN w < 0.2 THEN 'kept' ELSE 'broken' END AS t24, CASE WHEN w < 0.3 THEN 'kept' ELSE 'broken' END AS t48, CASE WHEN u < 0.15 THEN 'kept' ELSE 'broken' END AS t7,
           CASE WHEN u < 0.08 THEN 'kept' ELSE 'broken' END AS t7_confirmed, $issues[issue + 1] || CASE WHEN y < 0.3 THEN '|' || $issues[1] ELSE '' END AS issues, issues AS topics, NULL::VARCHAR AS goods,
           CASE WHEN y > 0.1 THEN round(exp(3 + 5 * w), 2) END AS amount_yuan, NULL::DOUBLE AS amount_low, NULL::DOUBLE AS amount_high, NULL::VARCHAR AS amount_source, '' AS why_en
    FROM placed
"""
_REST = {
    "complaints": """
        SELECT id, portals AS portal, id AS ref, '' AS url, 'home' AS found_via, platform, platform AS platform_name, id AS case_id, NULL::VARCHAR AS campaign_id,
               NULL::VARCHAR AS title, NULL::VARCHAR AS excerpt, issues, topics, NULL::VARCHAR AS goods, '' AS requests, amount_yuan, NULL::DOUBLE AS amount_low, NULL::DOUBLE AS amount_high, NULL::VARCHAR AS amount_source, t0 AS filed_at, t0 AS published_at,
               CASE WHEN delivered THEN t0 END AS assigned_at, NULL::VARCHAR AS status, NULL::VARCHAR AS group_ref, NULL::BIGINT AS satisfaction,
               t0 + INTERVAL 5 DAY AS first_seen_at, $as_of AS last_seen_at, CASE WHEN rung = 'vanished' THEN t0 + INTERVAL 9 DAY END AS gone_at, 'counted' AS standing
        FROM cases""",
    "sightings": """
        SELECT id AS complaint, t0 + INTERVAL 1 DAY * n AS seen_at, 'home' AS found_via, NULL::VARCHAR AS status, 3 AS n_events, NULL::VARCHAR AS gone, id AS record_digest
        FROM cases, (VALUES (1), (31)) v(n)""",
    "events": """
        SELECT id || '#0' AS id, id AS complaint, 0 AS seq, t0 AS "at", 'portal' AS actor, 'assigned' AS kind, false AS hidden FROM cases
        UNION ALL SELECT id || '#1', id, 1, first_reply_at, 'platform', 'replied', false FROM cases WHERE first_reply_at IS NOT NULL
        UNION ALL SELECT id || '#2', id, 2, t0 + INTERVAL 12 DAY, 'complainant', 'withdrawn', false FROM cases WHERE rung = 'withdrawn'""",
    "replies": """
        SELECT id || '#1' AS id, id AS complaint, id AS case_id, platform, first_reply_at AS "at", 'replied' AS kind, NULL::VARCHAR AS excerpt, false AS hidden,
               'offer' AS label, true AS substantive, 0.9 AS confidence, 'r' AS rule, '' AS why, NULL::VARCHAR AS template, 'substantive' AS weight
        FROM cases WHERE first_reply_at IS NOT NULL""",
    "outcomes": """
        SELECT id AS case_id, horizon, platform, t0, deadline_at, true AS official, delivered, state, rung, rung_low, rung_high, replies_in_time, in_headline
        FROM cases, (VALUES ('7wd'), ('30d'), ('90d')) v(horizon)""",
}  # fmt: skip


def market(engine: Engine, platforms: int, cases: int) -> dict[str, pa.Table]:
    """The public tables scoring reads, kept in the engine."""
    params = {
        "platforms": platforms - 1,
        "cases": cases,
        "as_of": AS_OF,
        "portals": list(PORTALS),
        "issues": list(ISSUES),
    }
    tables = {"cases": engine.derive("cases", _CASES, params)}
    for name, query in _REST.items():
        tables[name] = engine.derive(name, query, {"as_of": AS_OF} if "$as_of" in query else {})
    return {name: engine.put(name, conform(_filled(table, name), TABLES[name])) for name, table in tables.items()}


def _filled(table: pa.Table, name: str) -> pa.Table:
    """The table with the columns of the model that scoring does not read: null where they may be, else empty or false."""
    for field in arrow_schema(TABLES[name]):
        if field.name not in table.column_names:
            blank = pa.repeat(
                None if field.nullable else False if field.type == pa.bool_() else "", table.num_rows
            ).cast(field.type)
            table = table.append_column(field.name, blank)
    return table


def main(platforms: int, cases: int) -> None:
    with TemporaryDirectory() as folder, Engine(Path(folder), threads=2) as engine:
        tables = market(engine, platforms, cases)
        held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        started, worked = time.perf_counter(), time.process_time()
        made = statistics(engine, "bench", AS_OF, tables)
        spent = time.perf_counter() - started
        busy = time.process_time() - worked
    rows = {name: table.num_rows for name, table in made.items()}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    known = len(np.unique(tables["cases"]["platform"].to_numpy(zero_copy_only=False)))
    print(
        f"{known} platforms, {cases} cases: {spent:.1f} s (processor {busy:.1f} s), memory {held:.1f} → {peak:.1f} GiB at most"
    )
    print(", ".join(f"{name} {count}" for name, count in rows.items()))


if __name__ == "__main__":
    asked = [int(word) for word in sys.argv[1:3]]
    main(*(asked + [10_000, 1_000_000][len(asked) :]))
