"""Texts → sets of character 3-grams, and how much two texts of one platform share.

A shingle weighs the more the fewer platforms use it: stock phrases of a whole market say little, a pasted template
much. Nothing here merges anything; it only measures.
"""

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy import sparse

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_PORTAL_NAMES = re.compile(r"黑猫投诉平台|黑猫投诉|黑猫|消费保|聚投诉|电诉宝|人民投诉|12315|12345")
_NOISE = re.compile(r"[\W_]+|〔[^〕]{1,8}〕|\*+")
MIN_SHINGLES = 12


def plain(text: str) -> str:
    """The text as compared: portals' names alike, no punctuation, no marks, width and case folded."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return _NOISE.sub("", _PORTAL_NAMES.sub("门户", re.sub(r"〔[^〕]{1,8}〕", "", folded)))


def _grams(text: str) -> Ints:
    """Distinct 3-grams as integers (21 bits a character)."""
    codes = np.frombuffer(plain(text).encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    if len(codes) < 3:
        return np.empty(0, np.int64)
    return np.unique((codes[:-2] << 42) | (codes[1:-1] << 21) | codes[2:])


def shingle_matrix(texts: list[str | None]) -> sparse.csr_array:
    """One row a text, one column a distinct 3-gram, entries 1.0. Null or very short texts give empty rows."""
    rows = [_grams(text) if text else np.empty(0, np.int64) for text in texts]
    rows = [row if len(row) >= MIN_SHINGLES else row[:0] for row in rows]
    lengths = np.array([len(row) for row in rows], np.int64)
    flat = np.concatenate(rows) if rows else np.empty(0, np.int64)
    _, columns = np.unique(flat, return_inverse=True)
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    width = int(columns.max()) + 1 if len(columns) else 1
    return sparse.csr_array((np.ones(len(flat)), columns, indptr), shape=(len(rows), width))


def platform_weights(shingles: sparse.csr_array, platforms: Ints) -> Floats:
    """ln((P + 1) / p) per shingle: P platforms in all, p of them use it."""
    count = int(platforms.max()) + 1 if len(platforms) else 1
    owner = sparse.csr_array(
        (np.ones(len(platforms)), (platforms, np.arange(len(platforms)))), shape=(count, len(platforms))
    )
    users = np.asarray((owner @ shingles > 0).sum(axis=0)).ravel()
    return np.asarray(np.log((count + 1) / np.maximum(users, 1)), np.float64)


@dataclass(frozen=True)
class Pairs:
    """Pairs of rows of one platform that share text: Jaccard and containment, both weighted, 0..1."""

    left: Ints
    right: Ints
    jaccard: Floats
    containment: Floats

    def where(self, keep: npt.NDArray[np.bool_]) -> "Pairs":
        """The pairs a mask keeps."""
        return Pairs(self.left[keep], self.right[keep], self.jaccard[keep], self.containment[keep])

    @property
    def score(self) -> Floats:
        """The better of Jaccard and (discounted) containment: a truncated copy is contained, not equal."""
        return np.maximum(self.jaccard, 0.95 * self.containment)


def similar_pairs(shingles: sparse.csr_array, weights: Floats, platforms: Ints, least: float = 0.05) -> Pairs:
    """All pairs of one platform whose weighted Jaccard or containment reaches `least`, in row order."""
    order = np.argsort(platforms, kind="stable")
    blocks = np.split(order, np.flatnonzero(np.diff(platforms[order])) + 1) if len(order) else []
    found = [_block_pairs(shingles, weights, block, least) for block in blocks if len(block) > 1]
    if not found:
        none = np.empty(0, np.int64)
        return Pairs(none, none, np.empty(0), np.empty(0))
    joined = [np.concatenate(column) for column in zip(*found, strict=True)]
    place = np.lexsort((joined[1], joined[0]))
    return Pairs(*(column[place] for column in joined))


def _block_pairs(
    shingles: sparse.csr_array, weights: Floats, block: Ints, least: float
) -> tuple[Ints, Ints, Floats, Floats]:
    rows = shingles[block]
    weighted = rows.multiply(weights).tocsr()
    shared = sparse.triu(weighted @ rows.T, k=1).tocoo()
    mass = np.asarray(weighted.sum(axis=1)).ravel()
    left, right = shared.coords
    jaccard = shared.data / np.maximum(mass[left] + mass[right] - shared.data, 1e-12)
    containment = shared.data / np.maximum(np.minimum(mass[left], mass[right]), 1e-12)
    keep = np.maximum(jaccard, containment) >= least
    low, high = np.minimum(block[left], block[right]), np.maximum(block[left], block[right])
    return low[keep], high[keep], jaccard[keep], containment[keep]


def codes(column: pa.Array | pa.ChunkedArray) -> Ints:
    """Dictionary codes of a column, null as -1."""
    combined = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return np.asarray(combined.dictionary_encode().indices.fill_null(-1), np.int64)
