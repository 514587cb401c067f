"""How telling a shingle is: the fewer platforms use it, the more. Stock phrases of a market say little.

The counts come from a sample that new complaints do not change: of the first 2^k complaints ever seen (2^k the largest
power of two that fits) at most SAMPLE, evenly spread. They are kept as half-octave classes, so an edited text seldom
moves one. A run keeps its `Weights` with their digest: while the digest stands, platforms may be grouped alone and
agree with the whole; when it changes, all are grouped anew.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.group.passages import fingerprints
from pipeline.group.shingles import Ints, Texts, longest, normalise, shingle, tables
from pipeline.kernels import kernel, spread

SAMPLE = 1 << 15
BITS = 22
CLASSES = 32
COMMON = 3  # a passage on this many platforms is a stock phrase or a script
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Weights:
    """Per slot of the upper BITS of a hash: half-octave class of the platforms that use the shingle; whether many use the passage."""

    rarity: Bytes
    common: Bytes
    platforms: int

    def __post_init__(self) -> None:
        for array in (self.rarity, self.common):  # kernels are compiled once, for read-only arrays
            array.setflags(write=False)

    @property
    def mass(self) -> npt.NDArray[np.float32]:
        """ln((P + 1) / p) per class: P platforms in all, p of them use it."""
        users = np.minimum(2.0 ** (np.arange(CLASSES) / 2), max(self.platforms, 1))
        return np.log((self.platforms + 1) / users).astype(np.float32)

    @property
    def digest(self) -> str:
        """SHA-256 of what grouping depends on."""
        told = hashlib.sha256(f"{self.platforms}\n".encode())
        told.update(self.rarity.tobytes())
        told.update(self.common.tobytes())
        return told.hexdigest()

    def to_arrow(self) -> pa.Table:
        """One row, to keep beside the tables of a run."""
        return pa.table({
            "rarity": pa.array([self.rarity.tobytes()], pa.binary()),
            "common": pa.array([self.common.tobytes()], pa.binary()),
            "platforms": [self.platforms],
            "digest": [self.digest],
        })  # fmt: skip

    @classmethod
    def from_arrow(cls, table: pa.Table) -> "Weights":
        """What `to_arrow` kept."""
        rarity, common = (np.frombuffer(table[name][0].as_buffer(), np.uint8) for name in ("rarity", "common"))
        return cls(rarity, common, int(table["platforms"][0].as_py()))


def sample(size: int) -> Ints:
    """Which of `size` complaints, in the order they were first seen, are counted."""
    if size == 0:
        return np.empty(0, np.int64)
    first = 1 << (size.bit_length() - 1)
    return np.arange(0, first, max(1, first // SAMPLE))


def weigh(texts: Texts, platforms: Ints, rows: Ints, threads: int | None = None) -> Weights:
    """Weights counted over these rows; a row of platform -1 is not counted."""
    rows = rows[platforms[rows] >= 0]
    rows = rows[np.argsort(platforms[rows], kind="stable")]
    owner = platforms[rows]
    cut = int(np.searchsorted(owner, owner[len(owner) // 2])) if len(rows) > 4096 else 0
    halves = [part for part in (slice(0, cut), slice(cut, None)) if len(rows[part])]
    tasks = [(texts.data, texts.offsets, rows[part], owner[part], *tables()) for part in halves]
    counts = [np.zeros((2, 1 << BITS), np.uint16), *spread(_count, tasks, threads)]
    shingles, passages = sum(counts[1:], counts[0])
    return Weights(_classes()[shingles], (passages >= COMMON).astype(np.uint8), len(np.unique(owner)))


def _classes() -> Bytes:
    """Number of platforms → class."""
    users = np.maximum(np.arange(1 << 16), 1)
    return np.minimum(np.round(2 * np.log2(users)), CLASSES - 1).astype(np.uint8)


@kernel
def _count(data, offsets, rows, owner, fold, names):  # type: ignore[no-untyped-def]
    """Per slot how many platforms use a shingle (row 0) and a passage (row 1); rows come platform by platform."""
    codes = np.empty(longest(offsets, rows) + 1, np.uint32)
    hashes, prints = np.empty(len(codes), np.uint32), np.empty(len(codes), np.uint32)
    users, last = np.zeros((2, 1 << BITS), np.uint16), np.zeros((2, 1 << BITS), np.uint16)
    tag = 0
    for at, row in enumerate(rows):
        if at == 0 or owner[at] != owner[at - 1]:
            tag = tag % 65535 + 1
        size = normalise(data, offsets[row], offsets[row + 1], fold, names, codes)
        for place in range(size - 2):
            _mark(users, last, 0, shingle(codes[place], codes[place + 1], codes[place + 2]), tag)
        for place in range(fingerprints(codes, size, hashes, prints)):
            _mark(users, last, 1, prints[place], tag)
    return users


@kernel
def _mark(users, last, kind, word, tag):  # type: ignore[no-untyped-def]
    slot = np.int64(word >> np.uint32(32 - BITS))
    if last[kind, slot] != tag:
        last[kind, slot] = tag
        users[kind, slot] = min(users[kind, slot] + 1, 60000)
