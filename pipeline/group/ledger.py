"""The public ledger: one row per pair that was merged or campaigned together, and per merge people took back."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.group import campaigns, cases
from pipeline.group.graph import first_of, spanning
from pipeline.group.shingles import Floats, Ints
from pipeline.group.undone import Undone
from pipeline.model import Merge
from pipeline.schema import arrow_schema

_SAID = ["|".join(name for bit, name in enumerate(cases.EVIDENCE) if code >> bit & 1) for code in range(32)]


def ledger(
    ids: pa.Array, case: Ints, merges: cases.Merges, found: campaigns.Campaigns, taken_back: Sequence[Undone]
) -> pa.Table:
    """Rows of the model `Merge`: the strongest pairs that hold each case and campaign together."""
    links = found.links
    said = pa.array(_SAID, pa.string()).take(pa.array(merges.evidence))
    nothing = pa.array([""], pa.string()).take(pa.array(np.zeros(len(links.left), np.int64)))
    return pa.concat_tables([
        _rows("case", ids, case, (merges.left, merges.right, merges.score), said, cases.RULE),
        _rows("campaign", ids, found.campaign, (links.left, links.right, links.score), nothing, campaigns.RULE),
        pa.Table.from_pylist([_undone(row) for row in taken_back], arrow_schema(Merge)),
    ])  # fmt: skip


def _rows(
    kind: str, ids: pa.Array, groups: Ints, pairs: tuple[Ints, Ints, Floats], said: pa.Array, rule: str
) -> pa.Table:
    place = np.flatnonzero(spanning(len(ids), *pairs))
    left, right, score = (side[place] for side in pairs)
    into = ids.take(pa.array(first_of(groups)[left]))
    one, other = ids.take(pa.array(left)), ids.take(pa.array(right))
    columns = {
        "id": pc.binary_join_element_wise(kind, one, other, ":"),
        "kind": pa.repeat(kind, len(place)),
        "into": pc.binary_join_element_wise("campaign", into, "/") if kind == "campaign" else into,
        "left": one,
        "right": other,
        "identity": said.take(pa.array(place)),
        "text_score": pa.array(np.round(np.minimum(score, 1.0), 4), pa.float64()),
        "rule": pa.repeat(rule, len(place)),
    }
    return pa.table(columns).cast(arrow_schema(Merge))


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
