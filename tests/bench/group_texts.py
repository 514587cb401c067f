"""Invented complaints with known copies, for measuring at any size: `python tests/bench/group_texts.py N OUT.parquet [--seed 1]`.

Columns text, platform, uid (one dispute), origin (one source text), kind (base, exact, edit, cross, tmpl) and src (row it was copied
from, -1: none). Words are random ideographs of Zipf frequency, a third of the clauses are stock phrases of the whole market.
"""

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

WORDS, STOCK, PLATFORMS = 30_000, 400, 3_000
BATCH = 200_000
Row: TypeAlias = tuple[str, int, int, int, str, int]
SCHEMA = pa.schema([
    ("text", pa.string()), ("platform", pa.int64()), ("uid", pa.int64()), ("origin", pa.int64()), ("kind", pa.string()), ("src", pa.int64()),
])  # fmt: skip


class Writer:
    """Draws clauses; everything follows from the seed."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        letters = self.random.integers(0x4E00, 0x9000, 3000)
        lengths = self.random.integers(2, 4, WORDS)
        self.words = ["".join(map(chr, self.random.choice(letters, length))) for length in lengths]
        self.zipf = np.cumsum(1 / np.arange(3, WORDS + 3) ** 0.8)
        self.stock = [self.clause(own=True) for _ in range(STOCK)]

    def clause(self, own: bool = False) -> str:
        if not own and self.random.random() < 0.33:
            return self.stock[self.random.integers(STOCK)]
        picks = np.searchsorted(self.zipf, self.random.random(self.random.integers(3, 6)) * self.zipf[-1])
        return "".join(self.words[pick] for pick in picks)

    def story(self, least: int = 3) -> list[str]:
        return [self.clause() for _ in range(least + int(self.random.lognormal(1.9, 0.6)))]

    def edited(self, clauses: list[str]) -> list[str]:
        """The same person again: a clause dropped, one changed, one added."""
        told = list(clauses)
        if len(told) > 3 and self.random.random() < 0.4:
            del told[self.random.integers(len(told))]
        told[self.random.integers(len(told))] = self.clause()
        return [*told, self.clause(own=True)] if self.random.random() < 0.5 else told

    def crossed(self, text: str) -> str:
        """A portal's copy: other punctuation, its own heading, now and then cut short."""
        text = "【投诉内容】" + text.replace("，", ",") if self.random.random() < 0.5 else text
        return text[: int(len(text) * self.random.uniform(0.6, 0.95))] if self.random.random() < 0.3 else text


def rows(size: int, seed: int) -> Iterator[list[Row]]:
    """`size` complaints in batches, copies after what they copy, always in the batch of it."""
    writer = Writer(seed)
    random = writer.random
    popular = np.cumsum(1 / np.arange(4, PLATFORMS + 4) ** 0.9)
    out: list[Row] = []
    uid = done = 0
    while done + len(out) < size:
        platform, uid = int(np.searchsorted(popular, random.random() * popular[-1])), uid + 1
        if random.random() < 0.0125:
            uid = template(writer, out, platform, uid, min(int(5 + random.pareto(1.05) * 3), 3000))
        else:
            told(writer, out, platform, uid, done)
        if len(out) >= BATCH:
            yield out[: size - done]
            done, out = done + len(out), []
    yield out[: max(0, size - done)]


def told(writer: Writer, out: list[Row], platform: int, uid: int, before: int) -> None:
    """One complaint and its copies; `before` rows were written in earlier batches."""
    random, clauses, first = writer.random, writer.story(), before + len(out)
    text = "，".join(clauses)
    out.append((text, platform, uid, uid, "base", -1))
    if random.random() < 0.11:
        out.append((text, platform, uid, uid, "exact", first))
    if random.random() < 0.09:
        out.append(("，".join(writer.edited(clauses)), platform, uid, uid, "edit", first))
    if random.random() < 0.09:
        out.append((writer.crossed(text), platform, uid, uid, "cross", first))


def template(writer: Writer, out: list[Row], platform: int, uid: int, members: int) -> int:
    """A pasted text and its members, each with a clause of its own; the next free uid."""
    clauses, origin = writer.story(6), uid
    for _ in range(members):
        uid += 1
        told = list(clauses)
        told[writer.random.integers(len(told))] = writer.clause(own=True)
        out.append(("，".join(told), platform, uid, origin, "tmpl", -1))
    return uid


def write(size: int, path: Path, seed: int) -> None:
    """`size` complaints as Parquet."""
    _written(rows(size, seed), path)


def write_cluster(members: int, path: Path, seed: int) -> None:
    """One platform on which so many people pasted one text, each with a clause of their own."""
    out: list[Row] = []
    template(Writer(seed), out, 0, 0, members)
    _written([out], path)


def _written(batches: Iterable[list[Row]], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(path, SCHEMA, compression="zstd") as file:
        for batch in batches:
            columns = zip(*batch, strict=True) if batch else [()] * len(SCHEMA)
            file.write_table(pa.table([list(column) for column in columns], SCHEMA))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("size", type=int)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    write(given.size, given.out, given.seed)
