"""Long passages several people of one platform share: a pasted notice, an SMS, an agency's paragraph."""

from collections.abc import Iterator

import numpy as np

from pipeline.group.fingerprints import Ints, plain

PASSAGE = 10  # characters
LEAST_PASSAGES = 10  # overlapping passages in common: 19 characters in a row, or more in pieces
MOST_PLATFORMS = 2  # a passage on more platforms is a stock phrase or a script of the complainants
LEAST_CASES = 3
PRIME = np.uint64(1_099_511_628_211)


def passages(text: str | None) -> Ints:
    """Distinct hashes of all runs of ten characters."""
    codes = np.frombuffer(plain(text or "").encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    if len(codes) < PASSAGE:
        return np.empty(0, np.int64)
    total = np.zeros(len(codes) - PASSAGE + 1, np.uint64)
    with np.errstate(over="ignore"):
        for place in range(PASSAGE):
            total = (total ^ codes[place : place + len(total)]) * PRIME
    return np.unique(total.view(np.int64))


def quote_pairs(texts: list[str | None], cases: Ints, platforms: Ints) -> tuple[Ints, Ints, Ints]:
    """Neighbouring complaints of different cases that share a rare long passage: left, right, passages in common."""
    grams = [passages(text) for text in texts]
    owner = np.repeat(np.arange(len(texts)), [len(row) for row in grams])
    flat = np.concatenate(grams) if grams else np.empty(0, np.int64)
    _, gram = np.unique(flat, return_inverse=True)
    keep = _telling(gram, owner, cases, platforms)
    counted: dict[tuple[int, int], int] = {}
    for members in _together(gram[keep], owner[keep], platforms):
        for a, b in zip(members[:-1].tolist(), members[1:].tolist(), strict=True):
            if cases[a] != cases[b]:
                counted[a, b] = counted.get((a, b), 0) + 1
    pairs = sorted(pair for pair, shared in counted.items() if shared >= LEAST_PASSAGES)
    array = np.array(pairs, np.int64).reshape(-1, 2)
    return array[:, 0], array[:, 1], np.array([counted[pair] for pair in pairs], np.int64)


def _telling(gram: Ints, owner: Ints, cases: Ints, platforms: Ints) -> np.ndarray:
    """Passages on at most two platforms and in at least three cases of the complaint's own platform."""
    on = np.unique(np.stack([gram, platforms[owner]]), axis=1)
    spread = np.bincount(on[0], minlength=int(gram.max(initial=-1)) + 1)
    told = np.unique(np.stack([gram, platforms[owner], cases[owner]]), axis=1)
    key, count = np.unique(told[:2], axis=1, return_counts=True)
    width = int(platforms.max(initial=0)) + 1
    enough = key[0][count >= LEAST_CASES] * width + key[1][count >= LEAST_CASES]
    return (spread[gram] <= MOST_PLATFORMS) & np.isin(gram * width + platforms[owner], enough)


def _together(gram: Ints, owner: Ints, platforms: Ints) -> Iterator[Ints]:
    """Complaints that share one passage on one platform, in order."""
    order = np.lexsort((owner, platforms[owner], gram))
    gram, owner = gram[order], owner[order]
    if len(gram) == 0:
        return
    change = np.flatnonzero((np.diff(gram) != 0) | (np.diff(platforms[owner]) != 0)) + 1
    yield from np.split(owner, change)
