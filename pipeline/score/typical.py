"""Table `typical_cases`: of each topic on each platform the case most like the others, to read as an example.

Each case speaks by the public excerpt of its first complaint, as a set of 3-grams. The typical case is the medoid under
cosine similarity: the mean over all others is one sum over shingles, so time grows with the text and not with pairs.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.engine import Engine
from pipeline.group.identity import codes
from pipeline.group.likeness import batches
from pipeline.group.shingles import Ints, Texts, power_above, read_block, tables
from pipeline.intake.issues import OTHER
from pipeline.kernels import kernel, spread
from pipeline.model import TypicalCase
from pipeline.schema import arrow_schema
from pipeline.score.rates import Floats

LEAST_CASES = 3
MOST_COMPARED = 100
"""Of more cases those with the smallest digests of their ids are compared: the same ones whatever the order."""
_SAMPLE = f"""
    WITH said AS (
        SELECT id, case_id FROM complaints WHERE excerpt IS NOT NULL AND case_id IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY case_id ORDER BY coalesce(filed_at, published_at, first_seen_at), id) = 1
    ), told AS (
        SELECT cases.platform, unnest(string_split(topics, '|')) AS topic, case_id, said.id
        FROM cases JOIN said ON said.case_id = cases.id WHERE standing = 'counted' AND cases.platform IS NOT NULL
    ), counted AS (
        SELECT *, count(*) OVER (PARTITION BY platform, topic) AS n_cases FROM told WHERE topic <> '{OTHER}'
    ), chosen AS (  -- few groups are so large that ids need digesting
        SELECT * FROM counted WHERE n_cases BETWEEN {LEAST_CASES} AND {MOST_COMPARED} UNION ALL (
            SELECT * FROM counted WHERE n_cases > {MOST_COMPARED}
            QUALIFY row_number() OVER (PARTITION BY platform, topic ORDER BY sha256(case_id)) <= {MOST_COMPARED})
    )
    SELECT c.platform, topic, c.case_id, excerpt, n_cases FROM chosen c JOIN complaints USING (id) ORDER BY c.platform, topic, c.case_id
"""


def typical_cases(engine: Engine) -> pa.Table:
    """From the public tables `cases` and `complaints`: a row for each platform and topic with at least three cases."""
    sample = engine.sql(_SAMPLE)
    if not sample.num_rows:
        return arrow_schema(TypicalCase).empty_table()
    group = codes(pc.binary_join_element_wise(sample["platform"], sample["topic"], "\n"))
    likeness = mean_likeness(sample["excerpt"], group)
    sizes = np.bincount(group)[group]
    best = np.lexsort((np.arange(len(group)), -likeness.round(9), group))
    rows = best[np.unique(group[best], return_index=True)[1]]
    chosen = sample.take(pa.array(np.sort(rows)))
    chosen = chosen.append_column("n_compared", pa.array(sizes[np.sort(rows)]))
    return chosen.append_column("likeness", pa.array(likeness[np.sort(rows)].round(4)))


def mean_likeness(texts: pa.ChunkedArray, group: Ints) -> Floats:
    """Mean cosine similarity of each text's 3-grams to those of the others in its group; 0 for a short text or one alone."""
    read, order = Texts.of(texts), np.argsort(group, kind="stable")
    starts = np.append(np.flatnonzero(np.diff(group[order], prepend=-1)), len(order))
    shared = (read.data, read.offsets, *tables())
    tasks = [(*shared, order[starts[lo] : starts[hi]], starts[lo : hi + 1] - starts[lo]) for lo, hi in batches(starts)]
    found = np.zeros(len(group))
    for task, likeness in zip(tasks, spread(_mean_likeness, tasks), strict=True):
        found[task[-2]] = likeness
    return found


@kernel
def _mean_likeness(data, offsets, fold, names, rows, starts):  # type: ignore[no-untyped-def]
    """`mean_likeness` of a run of groups: group i is rows[starts[i]:starts[i + 1]]."""
    out = np.zeros(len(rows))
    for block in range(len(starts) - 1):
        lo, hi = starts[block], starts[block + 1]
        flat, places, same = read_block(data, offsets, rows[lo:hi], fold, names)
        _block_likeness(flat, places, same, out[lo:hi])
    return out


@kernel
def _block_likeness(flat, places, same, out):  # type: ignore[no-untyped-def]
    """Every text is the sum of its shingles over the root of their number; a text's mean is its product with the sum of all."""
    slots, lengths = _slots(flat, places)
    mass = np.zeros(slots.max() + 1 if len(slots) else 1)
    for row in range(len(out)):
        one = same[row]
        for at in range(places[one], places[one + 1]):
            if slots[at] >= 0:
                mass[slots[at]] += 1 / np.sqrt(lengths[one])
    for row in range(len(out)):
        one, total = same[row], 0.0
        if lengths[one] and len(out) > 1:
            for at in range(places[one], places[one + 1]):
                if slots[at] >= 0:
                    total += mass[slots[at]]
            out[row] = (total / np.sqrt(lengths[one]) - 1) / (len(out) - 1)


@kernel
def _slots(flat, places):  # type: ignore[no-untyped-def]
    """A number for each shingle of a group's texts, -1 where the text has it already; how many distinct ones each text has."""
    mask = power_above(2 * places[-1]) - 1
    heads, last = np.full(mask + 1, -1, np.int64), np.full(mask + 1, -1, np.int64)
    slots, lengths = np.empty(places[-1], np.int64), np.zeros(len(places) - 1, np.int64)
    for row in range(len(lengths)):
        for at in range(places[row], places[row + 1]):
            slot = np.int64(flat[at] >> np.uint32(5)) & mask
            while heads[slot] >= 0 and flat[heads[slot]] != flat[at]:
                slot = (slot + 1) & mask
            heads[slot] = at if heads[slot] < 0 else heads[slot]
            slots[at] = slot if last[slot] != row else -1
            lengths[row] += last[slot] != row
            last[slot] = row
    return slots, lengths
