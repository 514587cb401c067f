"""The relations of the ladder, in SQL: facts of a complaint → the case's clock → flags of its steps → state → rung.

Parameters: $as_of; $may, whether steps without a printed time count that may have been in time, or only those that surely were.
A step without a time lies between our last sighting that did not show it (`absent_at`) and the first that did (`shown_at`).
"""

FACTS = """
    SELECT c.complaint, c.case_id,
           coalesce(c.published_at, min(s."at") FILTER (WHERE s.kind = 'approved')) AS published_at,
           coalesce(c.filed_at, min(s."at") FILTER (WHERE s.kind IN ('filed', 'joined_group'))) AS filed_at,
           min(s."at") FILTER (WHERE s.kind = 'assigned') AS assigned_at,
           min(s."at") FILTER (WHERE s.kind = 'assigned' OR s.actor = 'platform') AS reached_at,
           min(s.shown_at) FILTER (WHERE (s.kind = 'assigned' OR s.actor = 'platform') AND s."at" IS NULL) AS reach_shown_at,
           min(coalesce(s.absent_at, TIMESTAMPTZ '1970-01-01')) FILTER (WHERE (s.kind = 'assigned' OR s.actor = 'platform') AND s."at" IS NULL) AS reach_absent_at
    FROM complaints c LEFT JOIN steps s ON s.complaint = c.complaint AND (s."at" IS NULL OR s."at" <= $as_of)
    GROUP BY c.complaint, c.case_id, c.published_at, c.filed_at
"""
OPENED = "coalesce(published_at, filed_at)"
CLOCK = """
    WITH reached AS (
        SELECT *, coalesce(reached_at IS NOT NULL AND (opened_at IS NULL OR reached_at <= open_deadline_at), false)
            OR coalesce(reach_shown_at <= open_deadline_at, false)
            OR (reach_absent_at IS NOT NULL AND (opened_at IS NULL OR ($may AND reach_absent_at < open_deadline_at))) AS delivered
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
_FLAGS = """
    WITH until AS (
        SELECT case_id, deadline_at, steps.*, coalesce("at", shown_at) AS by_at
        FROM clock JOIN complaints USING (case_id) JOIN steps USING (complaint)
        WHERE kind <> 'rejected' AND ("at" <= least(deadline_at, $as_of)
              OR ("at" IS NULL AND (shown_at <= deadline_at OR ($may AND coalesce(absent_at < deadline_at, true)))))
    ), claims AS (
        SELECT case_id, max(by_at) AS last_claim_at,
               max(by_at) FILTER (WHERE kind = 'completion_requested' AND weight = 'substantive') AS completed_by,
               max("at") FILTER (WHERE kind = 'completion_requested' AND weight = 'substantive') AS completion_at,
               bool_or(kind = 'completion_requested' AND weight = 'substantive') AS completed
        FROM until WHERE actor = 'platform' AND label IN ('resolved_claim', 'offer') AND kind IN ('replied', 'completion_requested')
        GROUP BY case_id
    ), denied AS (  -- a follow-up that denies, or the same dispute posted again
        SELECT case_id, max("at") AS denied_at FROM until JOIN claims USING (case_id)
        WHERE ((kind = 'followed_up' AND contradicts) OR kind IN ('filed', 'joined_group')) AND "at" > last_claim_at GROUP BY case_id
    )
    SELECT case_id, any_value(completion_at) AS completion_at, any_value(completed_by) AS completed_by, any_value(denied_at) AS denied_at,
           coalesce(any_value(completed), false) AS completed,
           min("at") FILTER (WHERE kind = 'confirmed' AND actor = 'portal') AS mediated_at,
           coalesce(bool_or(kind = 'confirmed' AND actor = 'portal'), false) AS mediated,
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
           count(*) FILTER (WHERE weight = 'substantive' AND (denied_at IS NULL OR by_at > denied_at
               OR label NOT IN ('resolved_claim', 'offer'))) AS n_standing,
           coalesce(bool_and(hidden) FILTER (WHERE weight IS NOT NULL), false) AS hidden_only,
           min("at") FILTER (WHERE weight = 'substantive') AS substantive_at,
           min("at") FILTER (WHERE weight = 'doubtful') AS doubtful_at
    FROM until LEFT JOIN claims USING (case_id) LEFT JOIN denied USING (case_id)
    GROUP BY case_id
"""
# A page nobody watches (official endings) neither keeps a case in sight nor loses it.
_SEEN = """
    SELECT case_id, any_value(deadline_at) AS deadline_at,
           coalesce(bool_or(alive_at >= deadline_at), false) AS alive_after,
           bool_and(coalesce(gone_at <= least(deadline_at, $as_of), false)) AS gone_before,
           max(gone_at) FILTER (WHERE gone_at <= deadline_at) AS gone_at
    FROM clock JOIN complaints USING (case_id) LEFT JOIN (
        SELECT complaint, max(alive_at) FILTER (WHERE alive_at <= $as_of) AS alive_at, min(gone_at) AS gone_at FROM seen GROUP BY complaint
    ) USING (complaint)
    WHERE NOT official GROUP BY case_id
"""
LADDER = (
    """
    WITH flags AS ("""
    + _FLAGS
    + "), eyes AS ("
    + _SEEN
    + """),
    joined AS (
        SELECT c.*, f.* EXCLUDE (case_id), e.* EXCLUDE (case_id, deadline_at),
               coalesce(f.n_replies, 0) AS replies, coalesce(f.terminal, false) AS ended,
               (f.completed OR (f.accepted AND f.n_replies > 0))
                   AND (f.denied_at IS NULL OR f.denied_at < coalesce(f.completed_by, f.denied_at)) AS claimed
        FROM clock c LEFT JOIN flags f USING (case_id) LEFT JOIN eyes e USING (case_id)
    ), stated AS (
        SELECT *, CASE
            WHEN t0 IS NULL THEN 'unseen'
            WHEN deadline_at > $as_of THEN 'too_young'
            WHEN ended THEN 'judged'
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
        ended, alive_after, gone_before, replies, state = 'judged' AND coalesce(mediated, false) AS mediated, mediated_at, confirmed_at, withdrawn_at, closed_at, completion_at, denied_at,
        coalesce(n_substantive, 0) AS substantive, substantive_at, doubtful_at, gone_at
    FROM before ORDER BY case_id
"""
)

# Two readings of the cases with steps that print no time: surely in time only, and all that may have been.
_SIDE = "CASE WHEN {0} IN ('resolved_confirmed', 'resolved_claimed', 'answered') THEN 'up' WHEN {0} IN ('withdrawn', 'vanished') THEN {0} WHEN {0} IS NOT NULL THEN 'sunk' END"
_REST = "'withdrawn', 'vanished', 'undelivered', 'closed_unanswered', 'brushed_off', 'silent'"
# from most to least in the platform's favour; the high bound counts a mere claim as sunk
_LOW = f"list_position(['resolved_confirmed', 'resolved_claimed', 'answered', {_REST}], {{0}}.rung_low)"
_HIGH = f"list_position(['resolved_confirmed', 'answered', 'resolved_claimed', {_REST}], {{0}}.rung_high)"
_BETTER = f"CASE WHEN {_LOW.format('m')} < {_LOW.format('s')} THEN m.rung_low ELSE s.rung_low END"
_WORSE = f"CASE WHEN {_HIGH.format('m')} > {_HIGH.format('s')} THEN m.rung_high ELSE s.rung_high END"
BETWEEN = f"""
    WITH both_ways AS (
        SELECT s.case_id, m.state = 'judged' AND s.state = 'judged' AND {_SIDE.format("m.rung")} = {_SIDE.format("s.rung")} AS agreed,
               m.state = 'judged' AND s.state = 'judged' AS bounded, {_BETTER} AS low, {_WORSE} AS high
        FROM sure s JOIN may m USING (case_id) WHERE s.state <> 'too_young' AND s.t0 IS NOT NULL
              AND (s.state, s.rung, s.rung_low, s.rung_high, s.replies) IS DISTINCT FROM (m.state, m.rung, m.rung_low, m.rung_high, m.replies)
    )
    SELECT m.* REPLACE (b.low AS rung_low, b.high AS rung_high), true AS untimed FROM may m JOIN both_ways b USING (case_id) WHERE agreed
    UNION ALL BY NAME
    SELECT s.* REPLACE ('unseen' AS state, NULL AS rung, CASE WHEN bounded THEN b.low END AS rung_low, CASE WHEN bounded THEN b.high END AS rung_high,
                        false AS hidden_only, false AS contradicted, false AS mediated), true AS untimed
    FROM sure s JOIN both_ways b USING (case_id) WHERE NOT agreed
    UNION ALL BY NAME
    SELECT s.*, false AS untimed FROM sure s ANTI JOIN both_ways USING (case_id)
    ORDER BY case_id
"""
