"""Table `conduct`: one row per counted case of the window, read off the public tables alone."""

from collections.abc import Mapping

import pyarrow as pa

from pipeline.engine import Engine

# A reply without a printed time came between the last sighting that lacks it and the first that shows it: it is dated
# to the latter, which credits nobody with unproven speed; `earliest_days` holds the former.
_CONDUCT = """
    WITH base AS (SELECT * FROM cases WHERE in_promises),
    member AS (SELECT id AS complaint, case_id, gone_at FROM complaints WHERE case_id IS NOT NULL AND standing <> 'rejected'),
    own AS (SELECT complaint, seen_at, n_events, gone FROM sightings WHERE NOT starts_with(found_via, 'import:')),
    seen AS (
        SELECT case_id, min(seen_at) AS found_at, max(seen_at) FILTER (WHERE gone IS NULL) AS alive_at
        FROM own JOIN member USING (complaint) GROUP BY case_id
    ), gone AS (
        SELECT case_id, CASE WHEN bool_and(gone_at IS NOT NULL) THEN max(gone_at) END AS gone_at FROM member GROUP BY case_id
    ), steps AS (
        SELECT m.case_id, e.kind, e.actor, e."at" FROM events e JOIN member m USING (complaint) WHERE e."at" IS NOT NULL
    ), ends AS (
        SELECT case_id, min("at") FILTER (WHERE kind = 'withdrawn') AS withdrawn_at,
               min("at") FILTER (WHERE kind IN ('confirmed', 'closed', 'auto_completed')) AS closed_at
        FROM steps GROUP BY case_id
    ), words AS (
        SELECT case_id, min("at") FILTER (WHERE label = 'offer') AS offer_at,
               min("at") FILTER (WHERE kind = 'completion_requested' OR label = 'resolved_claim') AS claim_at
        FROM replies WHERE "at" IS NOT NULL GROUP BY case_id
    ), undated AS (
        SELECT case_id, min(shown_at) AS shown_at, min(lacking_at) AS lacking_at FROM (
            SELECT r.case_id, r.id, min(seen_at) FILTER (WHERE n_events > seq) AS shown_at, max(seen_at) FILTER (WHERE n_events <= seq) AS lacking_at
            FROM replies r JOIN events e ON e.id = r.id JOIN own o ON o.complaint = r.complaint AND o.gone IS NULL
            WHERE r."at" IS NULL AND r.weight IN ('substantive', 'doubtful') GROUP BY r.case_id, r.id)
        GROUP BY case_id
    ), contacts AS (
        SELECT c.id AS case_id, count(*) > 0 AS contacted,
               bool_or(s."at" <= d.withdrawn_at AND d.withdrawn_at <= c.deadline_at AND s."at" >= d.withdrawn_at - INTERVAL 72 HOUR) AS withdrawn_soon
        FROM base c JOIN steps s ON s.case_id = c.id AND s.actor = 'platform' AND s."at" <= c.deadline_at LEFT JOIN ends d ON d.case_id = c.id
        GROUP BY c.id
    ), again AS (
        SELECT c.id AS case_id FROM base c JOIN words w ON w.case_id = c.id JOIN steps s ON s.case_id = c.id
        WHERE s.kind = 'followed_up' AND s."at" > w.claim_at AND s."at" <= c.deadline_at GROUP BY c.id
    ), timed AS (
        SELECT c.id AS case_id, c.platform, c.in_headline AND c.state = 'judged' AS in_headline, c.rung, c.contradicted, c.t0,
               coalesce(found_at, c.t0) AS found_at, alive_at, withdrawn_at, closed_at, gone_at,
               least(c.first_substantive_at, shown_at) AS reply_at,
               CASE WHEN shown_at IS NOT NULL THEN least(c.first_substantive_at, coalesce(lacking_at, c.t0)) ELSE c.first_substantive_at END AS early_at,
               least(withdrawn_at, closed_at, gone_at) AS other_at,
               offer_at <= c.deadline_at AS offered, coalesce(claim_at <= c.deadline_at, false) AS claimed,
               again.case_id IS NOT NULL AS reopened, coalesce(contacted, false) AS contacted, coalesce(withdrawn_soon, false) AS withdrawn_soon
        FROM base c LEFT JOIN seen ON seen.case_id = c.id LEFT JOIN gone ON gone.case_id = c.id LEFT JOIN ends ON ends.case_id = c.id
        LEFT JOIN words ON words.case_id = c.id LEFT JOIN undated ON undated.case_id = c.id
        LEFT JOIN contacts ON contacts.case_id = c.id LEFT JOIN again ON again.case_id = c.id
    ), caused AS (
        SELECT *, CASE
            WHEN reply_at IS NOT NULL AND (other_at IS NULL OR reply_at <= other_at) THEN 'replied'
            WHEN withdrawn_at = other_at THEN 'withdrawn'
            WHEN closed_at = other_at THEN 'closed'
            WHEN other_at IS NOT NULL THEN 'vanished'
            ELSE 'censored' END AS cause
        FROM timed
    ), spans AS (
        SELECT *, CASE WHEN cause = 'replied' THEN reply_at ELSE coalesce(other_at, alive_at, t0) END AS until_at FROM caused
    ), ages AS (
        SELECT *, greatest(0, floor(epoch(until_at) - epoch(t0))) AS lasted, greatest(0, floor(epoch(found_at) - epoch(t0))) AS unseen_for,
               greatest(0, floor(epoch(CASE WHEN cause = 'replied' THEN least(early_at, until_at) ELSE until_at END) - epoch(t0))) AS at_least
        FROM spans
    )
    SELECT case_id, platform, in_headline, unseen_for / 86400 AS found_after_days, lasted / 86400 AS days, at_least / 86400 AS earliest_days, cause,
           CASE WHEN coalesce(offered, false) AND in_headline THEN CASE WHEN rung = 'resolved_confirmed' THEN 'confirmed'
                WHEN contradicted THEN 'contradicted' ELSE 'unheard' END END AS offer,
           claimed, reopened AND claimed AS reopened, contacted, withdrawn_soon
    FROM ages ORDER BY case_id
"""


def conduct(engine: Engine, tables: Mapping[str, pa.Table]) -> pa.Table:
    """Keep `conduct`; `tables` are the public ones, of which `cases` and `complaints` are kept already, others perhaps."""
    public = {name: tables[name] for name in ("sightings", "events", "replies") if name not in engine}
    return engine.derive("conduct", _CONDUCT, **public)
