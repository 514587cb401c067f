"""Working tables → the public tables of `pipeline.model`: only what may leave the machine."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import yaml
from pydantic import TypeAdapter, ValidationError

from pipeline.engine import Engine
from pipeline.errors import BadInput
from pipeline.formula import HEADLINE, WINDOW_MONTHS
from pipeline.group.grouping import pending_words
from pipeline.intake.directory import facts_of
from pipeline.intake.issues import OTHER
from pipeline.intake.resolve import Resolver
from pipeline.model import TABLES, Appeal, Correction, Crawl, Edition, Finding, Record, Statement
from pipeline.portals import facts, slugs
from pipeline.publish.keys import PRIMARY_KEYS
from pipeline.publish.shelf import Shelf
from pipeline.schema import arrow_schema
from pipeline.workdays import Calendar
from pipeline.yaml_files import fault, load_yaml

METHOD_VERSION = "2026-11"
EXCERPT = 200
APPEAL_WORKDAYS = 7
"""Within so many working days an appeal is decided."""

_STANDING = """
    SELECT complaint, CASE
        WHEN complaint IN (SELECT complaint FROM events_in WHERE kind = 'rejected') THEN 'rejected'
        WHEN (portal, status) IN (SELECT (portal, status) FROM pending) THEN 'pending'
        WHEN only_imported THEN 'imported'
        WHEN portal IN (SELECT portal FROM officials) THEN 'official'
        WHEN complaint IN (SELECT complaint FROM not_understood) THEN 'not_understood'
        ELSE 'counted' END AS standing
    FROM complaints_in
"""
_COMPLAINTS = f"""
    SELECT c.complaint AS id, c.portal, c.ref, c.url, c.found_via, c.platform, c.platform_name, m.case_id, m.campaign_id, c.title,
           CASE WHEN length(c.body) > {EXCERPT} THEN left(c.body, {EXCERPT - 1}) || '…' ELSE c.body END AS excerpt,
           c.issues, w.topics, w.goods, c.requests, w.amount_yuan, w.amount_low, w.amount_high, w.amount_source, c.filed_at, c.published_at, a.assigned_at, c.status, c.group_ref, c.satisfaction,
           c.first_seen_at, c.last_seen_at, c.gone_at, s.standing
    FROM complaints_in c JOIN standings s USING (complaint) JOIN matters w USING (complaint) LEFT JOIN members m USING (complaint)
    LEFT JOIN (SELECT complaint, min("at") AS assigned_at FROM events_in WHERE kind = 'assigned' GROUP BY complaint) a USING (complaint)
    ORDER BY id
"""
# Most cases are one complaint, which speaks for itself; what several say is put together.
_CASES = f"""
    WITH held AS (
        SELECT complaint, m.case_id, m.campaign_id, portal, platform, issues, coalesce(filed_at, published_at, first_seen_at) AS "at",
               standing, topics, goods, count(*) OVER (PARTITION BY m.case_id) = 1 AS alone,
               CASE WHEN w.amount_source IS NOT NULL
                    THEN struct_pack(yuan := w.amount_yuan, low := w.amount_low, high := w.amount_high, source := w.amount_source) END AS amount
        FROM complaints_in JOIN members m USING (complaint) JOIN standings USING (complaint) JOIN matters w USING (complaint)
    ), parts AS (
        SELECT case_id, coalesce(string_agg(DISTINCT portal, '|' ORDER BY portal) FILTER (WHERE NOT alone), min(portal)) AS portals,
               min(platform) AS platform, min(campaign_id) AS campaign_id,
               CASE WHEN bool_or(standing = 'not_understood') THEN 'not_understood'
                    WHEN bool_or(standing = 'counted') THEN 'counted'
                    WHEN bool_or(standing = 'official') THEN 'official' ELSE 'imported' END AS standing,
               arg_min(issues, "at") AS issues,
               coalesce(any_value(amount) FILTER (WHERE alone),
                        arg_min(amount, (CASE amount.source WHEN 'printed' THEN 0 ELSE 1 END, "at", complaint))
                            FILTER (WHERE NOT alone AND amount IS NOT NULL)) AS amount,
               min(topics) FILTER (WHERE alone) AS topics, min(goods) FILTER (WHERE alone) AS goods
        FROM held GROUP BY case_id
    ), said AS (  -- what any of its complaints says, in the taxonomy's order; 其他 only where none says more
        SELECT case_id, string_agg(code, '|' ORDER BY place) FILTER (WHERE kind = 'topic' AND NOT is_rest) AS topics,
               string_agg(code, '|' ORDER BY place) FILTER (WHERE kind = 'good') AS goods
        FROM (
            SELECT DISTINCT case_id, kind, code FROM (
                SELECT case_id, 'topic' AS kind, unnest(string_split(topics, '|')) AS code FROM held WHERE NOT alone
                UNION ALL SELECT case_id, 'good', unnest(string_split(goods, '|')) FROM held WHERE NOT alone
            )
        ) JOIN taxonomy USING (kind, code) GROUP BY case_id
    )
    SELECT o.case_id AS id, p.platform, p.portals, o.n_complaints, p.campaign_id, o.t0, o.t0_basis,
           strftime(timezone('Asia/Shanghai', o.t0), '%Y-%m') AS month, o.delivered, o.deadline_at, o.state, o.rung, o.rung_low, o.rung_high,
           o.why, o.why_en, o.hidden_only, o.contradicted, o.mediated,
           p.standing = 'counted' AND o.state <> 'too_young' AND o.t0 IS NOT NULL
               AND o.deadline_at > $as_of - INTERVAL {WINDOW_MONTHS} MONTH AS in_headline,
           p.standing = 'counted' AND o.t0 IS NOT NULL AND o.deadline_at > $as_of - INTERVAL {WINDOW_MONTHS} MONTH AS in_promises,
           p.standing,
           CASE WHEN o.state = 'too_young' THEN floor(epoch($as_of - o.t0) / 86400)::BIGINT END AS open_days,
           o.replies AS replies_in_time, v.first_reply_at, v.first_substantive_at,
           coalesce(v.first_substantive_at > o.deadline_at, false) AS answered_late,
           v.t24, v.t48, v.t7, v.t7_confirmed, coalesce(p.issues, '') AS issues, coalesce(p.topics, s.topics, '{OTHER}') AS topics, coalesce(p.goods, s.goods) AS goods,
           p.amount.yuan AS amount_yuan, p.amount.low AS amount_low, p.amount.high AS amount_high, p.amount.source AS amount_source
    FROM judged o JOIN parts p USING (case_id) JOIN promises v USING (case_id) LEFT JOIN said s USING (case_id) WHERE o.horizon = '{HEADLINE}' ORDER BY id
"""
# A case is late on an official day or not at all: beside an estimated one it stays outside the rates.
_OUTCOMES = f"""
    SELECT o.case_id, o.horizon, c.platform, o.t0, o.deadline_at, o.official, o.delivered, o.state, o.rung, o.rung_low, o.rung_high,
           o.replies AS replies_in_time,
           c.standing = 'counted' AND o.official AND o.state <> 'too_young' AND o.t0 IS NOT NULL
               AND o.deadline_at > $as_of - INTERVAL {WINDOW_MONTHS} MONTH AS in_headline
    FROM judged o JOIN cases c ON c.id = o.case_id ORDER BY o.case_id, o.horizon
"""
_SIMPLE = {
    "sightings": """
        SELECT complaint, seen_at, found_via, status, n_events, gone, record_digest FROM sightings_in ORDER BY complaint, seen_at, found_via, record_digest
    """,
    "events": "SELECT complaint || '#' || seq AS id, complaint, seq, \"at\", actor, kind, hidden FROM events_in ORDER BY complaint, seq",
    "replies": f"""
        SELECT reply_id AS id, complaint, case_id, platform, "at", kind,
               CASE WHEN length(text) > {EXCERPT} THEN left(text, {EXCERPT - 1}) || '…' ELSE text END AS excerpt,
               hidden, label, substantive, confidence, rule, why, template, weight
        FROM replies_in ORDER BY complaint, seq
    """,
    "templates": """
        WITH labels AS (SELECT template, arg_max(label, n) AS label FROM (SELECT template, label, count(*) AS n FROM replies_in WHERE template IS NOT NULL GROUP BY ALL ORDER BY label) GROUP BY template)
        SELECT t.template || '@' || t.platform AS id, t.platform, l.label, t.masked AS text, t.n_replies, t.n_complaints, t.first_at, t.last_at
        FROM templates_in t JOIN labels l ON l.template = t.template || '@' || t.platform ORDER BY id
    """,
    "campaigns": """
        SELECT campaign_id AS id, min(platform) AS platform, min(campaign_kind) AS kind, count(DISTINCT case_id) AS n_cases, count(*) AS n_complaints,
               min(coalesce(filed_at, published_at)) AS first_at, max(coalesce(filed_at, published_at)) AS last_at,
               arg_min(title, coalesce(filed_at, published_at, first_seen_at)) AS title
        FROM members JOIN complaints_in USING (complaint) WHERE campaign_id IS NOT NULL GROUP BY campaign_id ORDER BY id
    """,
    "portal_outcomes": """
        SELECT case_id, portal, n_complaints, t0, deadline_at, delivered, state, rung, rung_low, rung_high, replies AS replies_in_time
        FROM judged_by_portal ORDER BY case_id, portal
    """,
    "merges": "SELECT * FROM merges ORDER BY id",
    "tombstones": """
        WITH ends AS (
            SELECT complaint, bool_or(kind IN ('confirmed', 'withdrawn', 'closed', 'auto_completed')) AS had_terminal FROM events_in GROUP BY complaint
        ), alive AS (
            SELECT complaint, max(seen_at) FILTER (WHERE gone IS NULL) AS last_alive_at, arg_max(gone, seen_at) AS kind
            FROM sightings_in WHERE NOT imported GROUP BY complaint
        )
        SELECT c.complaint, c.platform, a.kind, a.last_alive_at, c.gone_at, coalesce(e.had_terminal, false) AS had_terminal
        FROM complaints_in c JOIN alive a USING (complaint) LEFT JOIN ends e USING (complaint) WHERE c.gone_at IS NOT NULL ORDER BY complaint
    """,
}


RECORD_TABLES = {
    "complaints": "id", "cases": "id", "outcomes": "case_id, horizon", "sightings": "complaint, seen_at, found_via, record_digest",
    "events": "complaint, seq", "replies": "complaint, CAST(split_part(id, '#', -1) AS BIGINT)", "templates": "id", "campaigns": "id",
    "portal_outcomes": "case_id, portal", "merges": "id", "tombstones": "complaint",
}  # fmt: skip
"""Tables a row of which follows from its own platform alone, and the order of their rows."""


def record_tables(engine: Engine, as_of: datetime, not_understood: Sequence[str], shelf: Shelf) -> None:
    """Put the tables of complaints, cases and what hangs on them on the shelf; complaints `not_understood` enter no rate."""
    engine.keep(
        "standings",
        _STANDING,
        not_understood=pa.table({"complaint": pa.array(not_understood, pa.string())}),
        officials=pa.table(
            {"portal": pa.array([slug for slug in slugs() if facts(slug).official_endings], pa.string())}
        ),
        pending=pending_words(),
    )
    for name, query in {"complaints": _COMPLAINTS, "cases": _CASES, "outcomes": _OUTCOMES}.items():
        shelf.keep(engine, name, query, {"as_of": as_of} if "$as_of" in query else None)
        engine.adopt(name, shelf.path(name))
    for name, query in _SIMPLE.items():
        shelf.keep(engine, name, query)
    for name in ("sightings", "events", "replies"):
        engine.adopt(name, shelf.path(name))


def public_tables(
    engine: Engine,
    resolver: Resolver,
    reference: Path,
    edition: tuple[str, datetime, str],
    findings: list[Finding],
    crawls: list[Crawl],
    shelf: Shelf,
) -> None:
    """Put every other public table but those of `pipeline.score` on the shelf. `edition` is id, as-of and inputs digest."""
    identity, as_of, digest = edition
    tables = dict[str, pa.Table]()
    printed = _printed(engine)
    tables["platforms"] = _records(resolver.platforms(printed), "platforms")
    tables["platform_ids"] = _records(resolver.old_ids(printed), "platform_ids")
    tables["platform_facts"] = _records(
        facts_of([entry for entry in resolver.entries.values() if entry.id in printed]), "platform_facts"
    )
    tables["taxonomy"] = engine.table("taxonomy")
    tables["portals"] = _portals(engine)
    tables["findings"] = _records(findings, "findings")
    tables["coverage"] = _coverage(engine)
    tables["crawls"] = _records(crawls, "crawls")
    for name, model in (("statements", Statement), ("corrections", Correction)):
        tables[name] = _records(_under_present_ids(_reviewed(reference / f"{name}.yml", model), resolver), name)
    tables["appeals"] = _records(appeals(reference), "appeals")
    sizes = {
        "complaints": shelf.rows("complaints"),
        "cases": shelf.rows("cases"),
        "platforms": tables["platforms"].num_rows,
    }
    row = Edition(
        id=identity,
        as_of=as_of,
        method_version=METHOD_VERSION,
        inputs_digest=digest,
        **{f"n_{k}": v for k, v in sizes.items()},
    )
    tables["editions"] = _records([row], "editions")
    for name, table in tables.items():
        shelf.put(name, table)


def _records(rows: Sequence[Record], name: str) -> pa.Table:
    """Model objects → a table in key order."""
    table = pa.Table.from_pylist([row.model_dump() for row in rows], arrow_schema(TABLES[name]))
    return table.sort_by([(key, "ascending") for key in PRIMARY_KEYS[name]])


def _printed(engine: Engine) -> dict[str, list[str]]:
    """Platform id → printed names seen."""
    found = engine.sql("SELECT DISTINCT platform, platform_name FROM complaints_in WHERE platform IS NOT NULL")
    names: dict[str, list[str]] = defaultdict(list)
    for platform, name in zip(found["platform"].to_pylist(), found["platform_name"].to_pylist(), strict=True):
        names[platform].append(name)
    return names


def _portals(engine: Engine) -> pa.Table:
    """Known portals and what was collected from each; a portal without data still has its row."""
    known = pa.Table.from_pylist([{"id": slug, "name": facts(slug).name, "home": facts(slug).home} for slug in slugs()])
    return engine.sql(
        """
        SELECT coalesce(k.id, c.portal) AS id, coalesce(any_value(k.name), c.portal) AS name, coalesce(any_value(k.home), '') AS home,
               count(c.complaint) AS n_complaints, count(*) FILTER (WHERE s.standing = 'rejected') AS n_rejected,
               count(c.gone_at) AS n_gone, min(c.first_seen_at) AS first_seen_at, max(c.last_seen_at) AS last_seen_at
        FROM known k FULL JOIN complaints_in c ON c.portal = k.id LEFT JOIN standings s USING (complaint)
        GROUP BY coalesce(k.id, c.portal), c.portal ORDER BY id
        """,
        known=known,
    )


def _coverage(engine: Engine) -> pa.Table:
    """Collected against the portal's own counters: those a crawl counted along, and the portal's total."""
    return engine.sql("""
        SELECT portal, scope, coalesce(arg_max(met, counted_at), (SELECT count(*) FROM complaints_in c WHERE c.portal = k.portal AND NOT only_imported)) AS collected,
               arg_max(value, counted_at) AS portal_count, max(counted_at) AS counted_at
        FROM counters k GROUP BY portal, scope HAVING count(met) > 0 OR scope = 'valid_total' ORDER BY portal, scope
    """)


def _under_present_ids(rows: list[Record], resolver: Resolver) -> list[Record]:
    """Rows that name a platform, by the id it has now."""
    return [
        row.model_copy(update={"platform": resolver.canonical(row.platform)}) if isinstance(row, Statement) else row
        for row in rows
    ]


def appeals(reference: Path) -> list[Appeal]:
    """What `appeals.yml` holds, each with the day its decision is due."""
    rows = [row for row in _reviewed(reference / "appeals.yml", Appeal) if isinstance(row, Appeal)]
    if not rows:
        return []
    received = np.array([row.received_on for row in rows], "datetime64[D]")
    due, _ = Calendar.load(reference / "workdays").deadline_after(received, APPEAL_WORKDAYS)
    return [row.model_copy(update={"due_on": day}) for row, day in zip(rows, due.tolist(), strict=True)]


def _reviewed(path: Path, model: type[Record]) -> list[Record]:
    """Rows of a reviewed YAML list; no file, no rows."""
    if not path.is_file():
        return []
    try:
        return TypeAdapter(list[model]).validate_python(load_yaml(path.read_text(encoding="utf8")) or [])  # type: ignore[valid-type]
    except (yaml.YAMLError, ValidationError) as error:
        raise BadInput(f"{path}: {fault(error)}") from error
