"""Ways to find copies of complaints: ours, the lower bound, and the peers. Each takes texts and platforms and gives edges.

All look within a platform, all use character 3-grams and 32 bands of 4. Peers end at candidates, as they come; that is in their
favour, for ours verifies; and they get texts already free of punctuation. Imported only where used: a peer that is not installed is reported so.
"""

import itertools
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Edges = tuple[np.ndarray, np.ndarray]
CAP = 60  # hits looked at per query, where a library returns whole buckets


def bound(texts: pa.ChunkedArray, platforms: np.ndarray) -> Edges:
    """Decode, normalise and hash every 3-gram once, on all cores; no edges."""
    from pipeline.group.shingles import Texts, tables
    from pipeline.kernels import cores, spread

    column = Texts.of(texts)
    cuts = np.linspace(0, len(column), cores() + 1).astype(np.int64)
    tasks = [(column.data, column.offsets[lo : hi + 1], *tables()) for lo, hi in itertools.pairwise(cuts)]
    spread(_once(), tasks)
    none = np.empty(0, np.int64)
    return none, none


def _once() -> Callable[..., object]:
    import numba

    from pipeline.group.shingles import longest, normalise, shingle

    @numba.njit(nogil=True)
    def once(data, offsets, fold, names):  # type: ignore[no-untyped-def]
        codes, total = np.empty(longest(offsets, np.arange(len(offsets) - 1)) + 1, np.uint32), np.uint32(0)
        for row in range(len(offsets) - 1):
            size = normalise(data, offsets[row], offsets[row + 1], fold, names, codes)
            for at in range(size - 2):
                total ^= shingle(codes[at], codes[at + 1], codes[at + 2])
        return total

    global _once
    _once = lambda: once  # noqa: E731 - compiled once per process
    return once


def sinkrate(texts: pa.ChunkedArray, platforms: np.ndarray) -> Edges:
    """Ours: weights, signatures, buckets, verification, like texts at the rule of campaigns; copies of one text first."""
    from pipeline.group.likeness import LINK, alike
    from pipeline.group.shingles import Texts
    from pipeline.group.weights import sample, weigh

    column = Texts.of(texts)
    found = alike(column, platforms, weigh(column, platforms, sample(len(column))))
    pairs = found.pairs.where(found.pairs.jaccard >= LINK)
    copies = np.flatnonzero(found.same != np.arange(len(column)))
    return np.concatenate([pairs.left, found.same[copies]]), np.concatenate([pairs.right, copies])


def grams(text: str) -> list[str]:
    return [text[place : place + 3] for place in range(len(text) - 2)]


def datasketch(texts: pa.ChunkedArray, platforms: np.ndarray) -> Edges:
    from datasketch import MinHash, MinHashLSH

    index, edges = MinHashLSH(num_perm=128, params=(32, 4)), []
    for row, text in enumerate(texts.to_pylist()):
        mine = MinHash(num_perm=128)
        mine.update_batch([gram.encode() for gram in set(grams(text))])
        near = [other for other in index.query(mine)[:CAP] if platforms[other] == platforms[row]]
        edges += [(other, row) for other in near]
        index.insert(row, mine, check_duplication=False)
    return _sides(edges)


def rensa(texts: pa.ChunkedArray, platforms: np.ndarray) -> Edges:
    from rensa import RMinHash

    rows = []
    for text in texts.to_pylist():
        mine = RMinHash(num_perm=128, seed=42)
        mine.update(grams(text))
        rows.append(np.array(mine.digest(), np.uint64))
    signatures = np.stack(rows)
    sides = []
    for band in range(32):
        key = platforms.astype(np.uint64)
        for place in range(4):
            key = (key ^ signatures[:, band * 4 + place]) * np.uint64(0x9E3779B97F4A7C15)
        order = np.argsort(key, kind="stable")
        same = key[order[:-1]] == key[order[1:]]
        sides.append((order[:-1][same], order[1:][same]))
    return tuple(np.concatenate([side[place] for side in sides]) for place in (0, 1))  # type: ignore[return-value]


def gaoya(texts: pa.ChunkedArray, platforms: np.ndarray) -> Edges:
    from gaoya.minhash import MinHashStringIndex

    index = MinHashStringIndex(
        hash_size=32,
        jaccard_threshold=0.3,
        num_bands=32,
        band_size=4,
        num_hashes=128,
        analyzer="char",
        lowercase=True,
        ngram_range=(3, 3),
    )
    edges = []
    for row, text in enumerate(texts.to_pylist()):
        edges += [(other, row) for other in index.query(text)[:CAP] if platforms[other] == platforms[row]]
        index.insert_document(row, text)
    return _sides(edges)


def duckdb(texts: pa.ChunkedArray, platforms: np.ndarray) -> Edges:
    """MinHash and bands in SQL, as text-dedup does them: 64 hashes, 16 bands of 4, neighbours in a bucket linked."""
    import duckdb as engine

    db = engine.connect()
    db.register("given", pa.table({"id": np.arange(len(platforms)), "platform": platforms, "text": texts}))
    mins = ", ".join(f"min(hash(h + {place})) AS m{place}" for place in range(64))
    bands = " UNION ALL ".join(
        f"SELECT id, hash({band}, platform, {', '.join(f'm{band * 4 + place}' for place in range(4))}) AS key FROM signed"
        for band in range(16)
    )
    found = db.sql(f"""
        WITH grams AS (SELECT DISTINCT id, platform, hash(substr(text, i::INT, 3)) AS h FROM given, unnest(range(1, length(text) - 1)) AS u(i)),
        signed AS (SELECT id, any_value(platform) AS platform, {mins} FROM grams GROUP BY id),
        keyed AS ({bands})
        SELECT DISTINCT lag(id) OVER (PARTITION BY key ORDER BY id) AS a, id AS b FROM keyed QUALIFY a IS NOT NULL
    """).fetchnumpy()
    return found["a"].astype(np.int64), found["b"].astype(np.int64)


def splink(texts: pa.ChunkedArray, platforms: np.ndarray) -> Edges:
    import pandas as pd
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    table = pd.DataFrame(
        {
            "unique_id": np.arange(len(platforms)),
            "platform": platforms,
            "text": [text[:300] for text in texts.to_pylist()],
        }
    )
    table["head"], table["tail"] = table["text"].str[:10], table["text"].str[-10:]
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[cl.JaroWinklerAtThresholds("text", [0.95, 0.85, 0.75])],
        blocking_rules_to_generate_predictions=[block_on("platform", "head"), block_on("platform", "tail")],
    )
    api = DuckDBAPI()
    linker = Linker(
        api.register(table) if hasattr(api, "register") else table,
        settings,
        **({} if hasattr(api, "register") else {"db_api": api}),
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e5)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("platform", "head"))
    found = linker.inference.predict(threshold_match_probability=0.5).as_pandas_dataframe()
    return found["unique_id_l"].to_numpy(), found["unique_id_r"].to_numpy()


def _sides(edges: list[tuple[int, int]]) -> Edges:
    array = np.array(edges, np.int64).reshape(-1, 2)
    return array[:, 0], array[:, 1]


def without_punctuation(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """What peers are given: folded to lower case, letters and digits only."""
    return pc.replace_substring_regex(pc.utf8_lower(texts), r"[^\p{L}\p{N}]+", "")


METHODS: dict[str, Callable[[pa.ChunkedArray, np.ndarray], Edges]] = {
    method.__name__: method for method in (bound, sinkrate, rensa, duckdb, datasketch, gaoya, splink)
}
