"""The group stage: complaints in → case and campaign of each, and the ledger of merges."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from pipeline.engine import Engine
from pipeline.group import campaigns, cases
from pipeline.group.fingerprints import Ints, codes, platform_weights, shingle_matrix, similar_pairs
from pipeline.group.undone import Undone
from pipeline.intake.issues import Taxonomy
from pipeline.model import Merge
from pipeline.portals import facts, slugs
from pipeline.schema import arrow_schema

DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Grouped:
    """`members`: complaint, case_id, campaign_id. `merges`: the ledger (model Merge)."""

    members: pa.Table
    merges: pa.Table


def group(
    complaints: pa.Table, fingerprints: pa.Table, taxonomy: Taxonomy, taken_back: Sequence[Undone] = ()
) -> Grouped:
    """Group complaints (columns complaint, portal, platform, title, body, author, amount_yuan, at, group_ref).

    `fingerprints` has complaint and fingerprint (`kind:hash`). The order of rows does not matter: they are sorted by
    (at, complaint) first, so a case is named after its first complaint. A complaint without a platform stands alone, and
    so does one whose merge people took back.
    """
    table = complaints.sort_by([("at", "ascending"), ("complaint", "ascending")])
    ids = table["complaint"].to_pylist()
    platforms = _alone_where_unknown(codes(table["platform"]))
    texts = pc.coalesce(table["body"], table["title"]).to_pylist()
    shingles = shingle_matrix(texts)
    pairs = similar_pairs(shingles, platform_weights(shingles, platforms), platforms)
    who = _identity(table, ids, fingerprints)
    alone = np.isin(np.array(ids, object), [row.complaint for row in taken_back])
    merges = cases.merge_pairs(pairs.where(~(alone[pairs.left] | alone[pairs.right])), who, platforms)
    case = _first_of(cases.components(len(ids), merges.left, merges.right))
    topics = [
        taxonomy.of_text(title, body)
        for title, body in zip(table["title"].to_pylist(), table["body"].to_pylist(), strict=True)
    ]
    found = campaigns.find(pairs, campaigns.Told(texts, case, codes(table["group_ref"]), platforms, who.day, topics))
    ledger = [
        *_rows("case", ids, case, merges.left, merges.right, merges.score, merges.evidence, cases.RULE),
        *_rows("campaign", ids, found.campaign, found.left, found.right, found.score, None, campaigns.RULE),
        *[_undone(row) for row in taken_back if row.complaint in set(ids)],
    ]
    members = {
        "complaint": ids,
        "case_id": [ids[place] for place in case],
        "campaign_id": [f"campaign/{ids[place]}" if place >= 0 else None for place in _first_of(found.campaign)],
        "campaign_kind": _kinds(found),
    }
    schema = pa.schema([(name, pa.string()) for name in members])
    return Grouped(pa.table(members, schema), pa.Table.from_pylist(ledger, arrow_schema(Merge)))


def _undone(row: Undone) -> dict[str, object]:
    """The ledger's row of a merge taken back."""
    return {
        "id": f"undone:{row.complaint}",
        "kind": "case",
        "into": row.complaint,
        "left": row.complaint,
        "right": row.case,
        "identity": "",
        "text_score": 0.0,
        "rule": f"undone {row.when}: {row.why}",
    }


def _alone_where_unknown(platforms: Ints) -> Ints:
    """A number of its own for each complaint without a platform."""
    unknown = platforms < 0
    return np.where(unknown, platforms.max(initial=-1) + np.cumsum(unknown), platforms)


def _kinds(found: campaigns.Campaigns) -> list[str | None]:
    """The kind of each complaint's campaign: what most of its pairs are."""
    votes: dict[int, Counter[int]] = {}
    for campaign, kind in zip(found.campaign[found.left].tolist(), found.kind.tolist(), strict=True):
        votes.setdefault(campaign, Counter())[kind] += 1
    names = {
        campaign: campaigns.KINDS[min(count, key=lambda kind: (-count[kind], kind))]
        for campaign, count in votes.items()
    }
    return [names.get(campaign) for campaign in found.campaign.tolist()]


FAMILIES = {
    "orders": ("order_no",),
    "personal": ("phone", "account", "bank_card", "id_card", "card_key"),
    "contacts": ("qq", "wechat", "alipay"),
}


def _identity(table: pa.Table, ids: list[str], fingerprints: pa.Table) -> cases.Identity:
    place = {complaint: row for row, complaint in enumerate(ids)}
    rows = np.array([place[complaint] for complaint in fingerprints["complaint"].to_pylist()], np.int64)
    kinds = np.array([text.split(":", 1)[0] for text in fingerprints["fingerprint"].to_pylist()], str)
    marks = codes(fingerprints["fingerprint"])
    shape = (len(ids), int(marks.max(initial=-1)) + 1)

    def family(name: str) -> cases.Marks:
        mine = np.isin(kinds, FAMILIES[name])
        return cases.Marks(sparse.csr_array((np.ones(int(mine.sum())), (rows[mine], marks[mine])), shape=shape))

    times = table["at"].cast(pa.int64())
    return cases.Identity(
        portal=codes(table["portal"]),
        author=codes(table["author"]),
        amount=table["amount_yuan"].to_numpy(zero_copy_only=False).astype(np.float64),
        day=pc.divide(times.cast(pa.float64()), DAY_US).to_numpy(zero_copy_only=False).astype(np.float64),
        orders=family("orders"),
        personal=family("personal"),
        contacts=family("contacts"),
    )


def _first_of(groups: Ints) -> Ints:
    """Group number per row → first row of its group; -1 stays."""
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    return np.where(groups >= 0, first[inverse], -1)


def _rows(
    kind: str,
    ids: list[str],
    groups: Ints,
    left: Ints,
    right: Ints,
    score: np.ndarray,
    evidence: list[str] | None,
    rule: str,
) -> list[dict[str, object]]:
    """Ledger rows: the strongest pairs that hold each group together."""
    first = _first_of(groups)
    prefix = "campaign/" if kind == "campaign" else ""
    return [
        {
            "id": f"{kind}:{ids[left[place]]}:{ids[right[place]]}",
            "kind": kind,
            "into": prefix + ids[first[left[place]]],
            "left": ids[left[place]],
            "right": ids[right[place]],
            "identity": evidence[place] if evidence else "",
            "text_score": round(float(min(score[place], 1.0)), 4),
            "rule": rule,
        }
        for place in np.flatnonzero(cases.spanning(len(ids), left, right, score))
    ]


def pending_words() -> pa.Table:
    """Progress words of complaints a portal has not admitted yet."""
    rows = [{"portal": slug, "status": word} for slug in slugs() for word in facts(slug).pending]
    return pa.Table.from_pylist(rows, pa.schema([("portal", pa.string()), ("status", pa.string())]))


def run(engine: Engine, taxonomy: Taxonomy, taken_back: Sequence[Undone] = ()) -> None:
    """From complaints_in and fingerprints: keep `members` and `merges`. Complaints the portal rejected or has not admitted yet make no case."""
    complaints = engine.sql(
        """
        SELECT complaint, portal, platform, title, body, author, amount_yuan, group_ref,
               coalesce(filed_at, published_at, first_seen_at) AS at
        FROM complaints_in ANTI JOIN (SELECT complaint FROM events_in WHERE kind = 'rejected') USING (complaint)
        ANTI JOIN pending USING (portal, status)
    """,
        pending=pending_words(),
    )
    prints = engine.sql("SELECT * FROM fingerprints SEMI JOIN complaints USING (complaint)", complaints=complaints)
    grouped = group(complaints, prints, taxonomy, taken_back)
    engine.put("members", grouped.members)
    engine.put("merges", grouped.merges)
