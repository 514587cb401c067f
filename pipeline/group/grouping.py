"""The group stage: complaints in → case and campaign of each, and the ledger of merges.

The platform is the block: a complaint's case and campaign depend on the complaints of its platform and on `Weights`, on
nothing else. So platforms may be grouped alone, in any batches, and agree with all at once (`group`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.engine import Engine
from pipeline.group import campaigns, cases
from pipeline.group.expand import told
from pipeline.group.graph import components, first_of
from pipeline.group.identity import Identity, codes
from pipeline.group.ledger import ledger
from pipeline.group.likeness import alike
from pipeline.group.outages import Topics
from pipeline.group.quotes import quote_pairs
from pipeline.group.shingles import Ints, Texts
from pipeline.group.undone import Undone
from pipeline.group.weights import Weights, sample, weigh
from pipeline.intake.issues import Taxonomy
from pipeline.portals import facts, slugs


@dataclass(frozen=True)
class Grouped:
    """`members`: complaint, case_id, campaign_id, campaign_kind. `merges`: the ledger (model Merge)."""

    members: pa.Table
    merges: pa.Table


def group(
    complaints: pa.Table,
    fingerprints: pa.Table,
    taxonomy: Taxonomy,
    taken_back: Sequence[Undone] = (),
    weights: Weights | None = None,
) -> Grouped:
    """Group complaints (columns complaint, portal, platform, title, body, author, amount_yuan, at, group_ref; told, if known).

    Give all complaints of a platform or none: with the same `weights` (None: `weights_of` these), grouping some platforms
    gives the rows that grouping all of them gives. `fingerprints` has complaint and fingerprint (`kind:hash`). The order of
    rows does not matter: they are sorted by (at, complaint) first, so a case is named after its first complaint. A
    complaint without a platform stands alone, and so does one whose merge people took back.
    """
    table = _in_order(complaints, "at")
    ids, platforms = table["complaint"].combine_chunks(), codes(table["platform"])
    texts = Texts.of(pc.coalesce(table["body"], table["title"]))
    weights = weights or weights_of(complaints)
    like = alike(texts, platforms, weights)
    who = Identity.of(table, fingerprints, platforms)
    pairs = told(texts, like, who, weights)
    mine = [row for row in taken_back if pc.index(ids, row.complaint).as_py() >= 0]
    alone = np.asarray(pc.is_in(ids, pa.array([row.complaint for row in mine], pa.string())), bool)
    merges = cases.merge_pairs(pairs.where(~(alone[pairs.left] | alone[pairs.right])), who)
    case = first_of(components(len(ids), merges.left, merges.right))
    quotes = quote_pairs(texts, case, platforms, like.same, weights)
    facts_of = campaigns.Complaints(case, codes(table["group_ref"]), platforms, who.day, _topics(table, taxonomy))
    found = campaigns.find(like, quotes, facts_of)
    return Grouped(_members(ids, case, found), ledger(ids, case, merges, found, mine))


def weights_of(complaints: pa.Table) -> Weights:
    """The weights a run uses, from all its complaints: (first_seen_at or at), complaint, platform, title, body."""
    clock = "first_seen_at" if "first_seen_at" in complaints.column_names else "at"
    return weigh_chosen(complaints.filter(pc.is_in(complaints["complaint"], chosen(complaints, clock))))


def chosen(complaints: pa.Table, clock: str = "first_seen_at") -> pa.Array:
    """Which of all complaints (clock, complaint) are counted for the weights."""
    order = complaints.select([clock, "complaint"]).sort_by([(clock, "ascending"), ("complaint", "ascending")])
    return order["complaint"].take(pa.array(sample(len(order)))).combine_chunks()


def weigh_chosen(mine: pa.Table) -> Weights:
    """Weights from the chosen complaints alone, in any order: platform, title, body."""
    return weigh(Texts.of(pc.coalesce(mine["body"], mine["title"])), codes(mine["platform"]), np.arange(len(mine)))


def _in_order(table: pa.Table, clock: str) -> pa.Table:
    """Sorted by (clock, complaint), nulls last; not copied when it is."""
    order = pc.sort_indices(table, [(clock, "ascending"), ("complaint", "ascending")])
    if pc.all(pc.equal(order, pa.array(np.arange(len(table), dtype=np.uint64)))).as_py() is not False:
        return table
    return table.take(order)


def _topics(table: pa.Table, taxonomy: Taxonomy) -> campaigns.TopicsOf:
    """What given rows complain of: column `told` where there is one, else read from their words, only where asked for."""

    def topics(rows: Ints) -> Topics:
        if "told" in table.column_names:
            return Topics.of(table["told"].take(pa.array(rows)).to_pylist())
        mine = table.select(["title", "body"]).take(pa.array(rows))
        told_in = zip(mine["title"].to_pylist(), mine["body"].to_pylist(), strict=True)
        return Topics.of([taxonomy.of_text(title, body) for title, body in told_in])

    return topics


def _members(ids: pa.Array, case: Ints, found: campaigns.Campaigns) -> pa.Table:
    first = first_of(found.campaign)
    campaign = ids.take(pa.array(first, mask=first < 0))
    kind = campaigns.kinds(found)
    members = {
        "complaint": ids,
        "case_id": ids.take(pa.array(case)),
        "campaign_id": pc.binary_join_element_wise("campaign", campaign, "/"),
        "campaign_kind": pa.array(campaigns.KINDS, pa.string()).take(pa.array(kind, mask=kind < 0)),
    }
    return pa.table(members)


def pending_words() -> pa.Table:
    """Progress words of complaints a portal has not admitted yet."""
    rows = [{"portal": slug, "status": word} for slug in slugs() for word in facts(slug).pending]
    return pa.Table.from_pylist(rows, pa.schema([("portal", pa.string()), ("status", pa.string())]))


ADMITTED = """
    complaints_in ANTI JOIN (SELECT complaint FROM events_in WHERE kind = 'rejected') USING (complaint) ANTI JOIN pending USING (portal, status)
"""
"""Complaints the portal rejected or has not admitted yet make no case; `pending` is `pending_words`."""


def run(engine: Engine, taxonomy: Taxonomy, taken_back: Sequence[Undone] = (), weights: Weights | None = None) -> None:
    """From complaints_in, matters and fingerprints: keep `members`, `merges` and `group_weights`.

    Where the engine holds some platforms only, `weights` are those of all complaints (None: of these).
    """
    complaints = engine.sql(
        f"""
        SELECT complaint, portal, platform, title, body, author, nullif(complaints_in.amount_yuan, 0) AS amount_yuan, group_ref, first_seen_at, told,
               coalesce(filed_at, published_at, first_seen_at) AS "at"
        FROM {ADMITTED} JOIN matters USING (complaint)
        ORDER BY "at", complaint
    """,
        pending=pending_words(),
    )
    prints = engine.sql("SELECT * FROM fingerprints SEMI JOIN complaints USING (complaint)", complaints=complaints)
    weights = weights or weights_of(complaints)
    grouped = group(complaints, prints, taxonomy, taken_back, weights)
    engine.put("group_weights", weights.to_arrow())
    engine.put("members", grouped.members)
    engine.put("merges", grouped.merges)
