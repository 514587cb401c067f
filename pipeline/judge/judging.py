"""The judge stage: replies get labels, labels get weight, cases get their rung and the promises their verdicts."""

from datetime import datetime
from functools import cache, partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.answers import Answers, distinct
from pipeline.code import code_digest, files_digest
from pipeline.engine import Engine
from pipeline.judge import templates, verdicts
from pipeline.judge.followups import contradicts
from pipeline.judge.replies import THRESHOLD, ReplyRules, classify_column
from pipeline.model import SUBSTANTIVE
from pipeline.portals import facts, slugs
from pipeline.workdays import Calendar

_REPLIES = """
    SELECT complaint || '#' || seq AS reply_id, e.complaint, e.seq, c.platform, e."at", e.kind, e.text, e.hidden, m.case_id, m.campaign_id
    FROM events_in e JOIN complaints_in c USING (complaint) LEFT JOIN members m USING (complaint)
    WHERE e.actor = 'platform' AND e.kind IN ('replied', 'completion_requested') ORDER BY e.complaint, e.seq
"""
# A reply that asks for what the complaint lacks, alone and unanswered, may be a first honest step: low bound only.
_ASKS = """
    WITH asked AS (
        SELECT reply_id, complaint, "at",
               bool_and(label = 'asks_info') OVER (PARTITION BY complaint) AS only_asks,
               regexp_matches(text, '订单|单号|流水') AS wants_order, regexp_matches(text, '手机|电话|号码') AS wants_phone,
               regexp_matches(text, '账号|帐号|账户|用户名|ID') AS wants_account, regexp_matches(text, '截图|凭证|照片|图片') AS wants_proof
        FROM labelled
    ), words AS (
        SELECT complaint, coalesce(title, '') || coalesce(body, '') AS said FROM complaints_in
    ), answered AS (
        SELECT a.reply_id FROM asked a JOIN events_in e USING (complaint)
        WHERE e.kind = 'followed_up' AND (a."at" IS NULL OR e."at" > a."at") GROUP BY a.reply_id
    )
    SELECT a.reply_id FROM asked a JOIN words USING (complaint) ANTI JOIN answered USING (reply_id)
    WHERE only_asks AND (
        (wants_order AND NOT contains(said, '〔订单号〕')) OR (wants_phone AND NOT contains(said, '〔手机号〕'))
        OR (wants_account AND NOT contains(said, '〔账号〕')) OR (wants_proof AND NOT regexp_matches(said, '截图|附图|凭证|见图')))
"""
_WEIGHED = """
    WITH spread AS (
        SELECT template, count(DISTINCT coalesce(campaign_id, 'none/' || complaint)) = 1 AS one_campaign
        FROM labelled WHERE template IS NOT NULL GROUP BY template
    )
    SELECT l.*, CASE
        WHEN l.hidden THEN 'doubtful'
        WHEN l.template IS NOT NULL AND l.label IN ({substantive}) AND l.confidence >= {threshold}
             THEN CASE WHEN s.one_campaign OR l.states_facts THEN 'substantive' ELSE 'formal_doubtful' END
        WHEN l.template IS NOT NULL AND l.confidence < {threshold} THEN 'formal_doubtful'
        WHEN l.confidence < {threshold} THEN 'doubtful'
        WHEN l.label IN ({substantive}) THEN 'substantive'
        WHEN a.reply_id IS NOT NULL THEN 'formal_doubtful'
        ELSE 'formal' END AS weight
    FROM labelled l LEFT JOIN spread s USING (template) LEFT JOIN asks a USING (reply_id) ORDER BY complaint, seq
"""
# An official ending is a step of the case it belongs to: a mediation reached is a confirmation, any other ending nothing.
_STEPS = """
    SELECT e.complaint, e."at", e.actor, CASE WHEN p.official_endings THEN 'confirmed' ELSE e.kind END AS kind, e.hidden, CASE WHEN e.kind = 'followed_up' THEN e.text END AS text, r.label, r.weight,
           coalesce(p.closing_accepts_result AND e.kind = 'closed' AND e.actor = 'portal', false) AS accepts, w.shown_at, w.absent_at
    FROM events_in e JOIN complaints_in c USING (complaint) LEFT JOIN portals_in p ON p.portal = c.portal
    LEFT JOIN shown_in w ON w.complaint = e.complaint AND w.seq = e.seq
    LEFT JOIN replies_in r ON r.complaint = e.complaint AND r.seq = e.seq
    WHERE NOT coalesce(p.official_endings, false) OR starts_with(e.text, '达成调解')
"""
_COMPLAINTS = """
    SELECT c.complaint, m.case_id, c.published_at, c.filed_at, coalesce(p.official_endings, false) AS official
    FROM complaints_in c JOIN members m USING (complaint) LEFT JOIN portals_in p ON p.portal = c.portal
"""
_SEEN = """
    SELECT s.complaint, CASE WHEN s.gone IS NULL THEN s.seen_at END AS alive_at, s.gone_at FROM sightings_in s
    JOIN complaints_in c USING (complaint) LEFT JOIN portals_in p ON p.portal = c.portal
    WHERE NOT s.imported AND NOT coalesce(p.official_endings, false)
"""


LOOKS = ("pipeline/gate.py", "pipeline/needs.py", "pipeline/letters.py")
MADE_BY = ("pipeline/judge", "pipeline/model", *LOOKS)
REFERENCE = ("replies.yml", "replies_model.npz", "replies_words.yml")


@cache
def _rules(reference: Path, version: str) -> ReplyRules:
    """Once a process for each version of the files."""
    return ReplyRules.load(reference / "replies.yml")


def _verdicts(reference: Path, version: str, texts: pa.Table) -> pa.Array:
    return classify_column(_rules(reference, version), texts["text"], texts["hidden"])


def _denials(texts: pa.Table) -> pa.Array:
    return pa.array([contradicts(text) for text in texts["text"].to_pylist()], pa.bool_())


def weigh(engine: Engine, reference: Path, answers: Answers) -> None:
    """Keep `replies_in`: every reply of a platform with label, confidence, template and weight."""
    replies = engine.sql(_REPLIES)
    asked, place = distinct(replies.select(["text", "hidden"]))
    files = [reference / name for name in REFERENCE if (reference / name).is_file()]
    version = code_digest(*MADE_BY, beside=files_digest(files, reference))
    said = answers.of("replies", version, asked, partial(_verdicts, reference, version)).take(place)
    for name in ("label", "substantive", "confidence", "rule", "why"):
        replies = replies.append_column(name, said.field(name))
    labelled = _with_templates(engine, replies, answers)
    asks = engine.sql(_ASKS, labelled=labelled)
    names = ", ".join(repr(label) for label in sorted(SUBSTANTIVE))
    engine.keep("replies_in", _WEIGHED.format(substantive=names, threshold=THRESHOLD), labelled=labelled, asks=asks)


def _with_templates(engine: Engine, replies: pa.Table, answers: Answers) -> pa.Table:
    """Add `template` (null when the text is not one) and `states_facts`."""
    asked, place = distinct(replies.select(["text"]))
    made_by = code_digest("pipeline/judge/templates.py", *LOOKS)
    forms = answers.of("masks", made_by, asked, templates.mask_texts).take(place)
    for name in ("masked", "states"):
        replies = replies.append_column(name, forms.field(name))
    told = replies.select(["reply_id", "platform", "complaint", "at", "text", "hidden", "masked"])
    mined = templates.mine(told)
    engine.put("templates_in", templates.template_table(told, mined))
    return engine.sql(
        """
        SELECT r.* EXCLUDE (masked, states), m.template || '@' || r.platform AS template, m.template IS NOT NULL AND r.states AS states_facts
        FROM replies r LEFT JOIN mined m USING (reply_id) ORDER BY complaint, seq
        """,
        replies=replies,
        mined=mined,
    )


def _portals() -> pa.Table:
    """What each portal's closing means."""
    rows = [
        {
            "portal": slug,
            "closing_accepts_result": facts(slug).closing_accepts_result,
            "official_endings": facts(slug).official_endings,
        }
        for slug in slugs()
    ]
    names = ("closing_accepts_result", "official_endings")
    return pa.Table.from_pylist(rows, pa.schema([("portal", pa.string()), *((name, pa.bool_()) for name in names)]))


def steps_of(engine: Engine, answers: Answers) -> pa.Table:
    """The steps as the ladder reads them."""
    steps = engine.sql(_STEPS, portals_in=_portals())
    follow = pc.equal(steps["kind"], "followed_up")
    asked, place = distinct(pa.table({"text": pc.if_else(follow, steps["text"], None)}))
    denies = answers.of("followups", code_digest(*MADE_BY), asked, _denials).take(place)
    return steps.drop_columns(["text"]).append_column("contradicts", pc.and_(follow, denies))


def run(engine: Engine, reference: Path, calendar: Calendar, as_of: datetime, answers: Answers) -> None:
    """Keep `replies_in`, `templates_in`, `judged` (a row a case and horizon), `judged_by_portal` and `promises`."""
    weigh(engine, reference, answers)
    portals = _portals()
    complaints, seen = (engine.sql(query, portals_in=portals) for query in (_COMPLAINTS, _SEEN))
    evidence = verdicts.Evidence(complaints, steps_of(engine, answers), seen)
    verdicts.keep(engine, evidence, calendar, as_of, reference, answers.folder)
