"""Table `typical_cases`: of each topic on each platform the case most like the others, to read as an example.

Each case speaks by the public excerpt of its first complaint, as a set of 3-grams. The typical case is the medoid under
cosine similarity: the mean over all others is one sum over shingles, so time grows with the text and not with pairs.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.engine import Engine
from pipeline.group.identity import codes
from pipeline.group.shingles import Ints, Texts, read_block, tables
from pipeline.intake.issues import OTHER
from pipeline.model import TypicalCase
from pipeline.schema import arrow_schema
from pipeline.score.rates import Floats

LEAST_CASES = 3
MOST_COMPARED = 100
"""Of more cases those with the smallest digests of their ids are compared: the same ones whatever the order."""
_SAMPLE = f"""
    WITH said AS (
        SELECT case_id, arg_min(excerpt, (coalesce(filed_at, published_at, first_seen_at), id)) AS excerpt
        FROM complaints WHERE excerpt IS NOT NULL AND case_id IS NOT NULL GROUP BY case_id
    ), told AS (
        SELECT platform, unnest(string_split(topics, '|')) AS topic, id AS case_id, excerpt
        FROM cases JOIN said ON said.case_id = cases.id WHERE standing = 'counted' AND platform IS NOT NULL
    ), counted AS (
        SELECT *, count(*) OVER own AS n_cases FROM told WHERE topic <> '{OTHER}' WINDOW own AS (PARTITION BY platform, topic)
    )
    SELECT * FROM counted WHERE n_cases >= {LEAST_CASES}
    QUALIFY row_number() OVER (PARTITION BY platform, topic ORDER BY sha256(case_id)) <= {MOST_COMPARED}
    ORDER BY platform, topic, case_id
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
    read = Texts.of(texts)
    flat, places, same = read_block(read.data, read.offsets, np.arange(len(read)), *tables())
    lengths = np.diff(places)[same]  # an equal text is kept once
    ends = np.cumsum(lengths)
    flat = flat[np.repeat(places[same] - ends + lengths, lengths) + np.arange(ends[-1])]
    told = np.unique((np.repeat(np.arange(len(lengths)), lengths) << 32) | flat.astype(np.int64))  # each shingle once
    of, flat = told >> 32, (told & 0xFFFFFFFF).astype(np.uint32)
    lengths = np.bincount(of, minlength=len(lengths))
    norm = 1 / np.sqrt(np.maximum(lengths, 1))
    _, shared = np.unique((group[of] << 32) | flat.astype(np.int64), return_inverse=True)
    mass = np.bincount(shared, weights=norm[of], minlength=1)
    total = np.bincount(of, weights=mass[shared], minlength=len(lengths)) * norm
    others = np.maximum(np.bincount(group)[group] - 1, 1)
    return np.asarray((total - (lengths > 0)) / others, np.float64)
