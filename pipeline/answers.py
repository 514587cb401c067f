"""What pure functions said of texts, asked once: distinct rows go to worker processes in batches, answers are kept.

Kept answers lie in Parquet files below one folder, one folder a function and version; they may be deleted at any time.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.batches import Workers
from pipeline.engine import Engine, quoted

BATCH = 4_000
WORTH_A_PROCESS = 4_000
"""Rows from which on worker processes are worth their start."""


FEW = 50
"""Rows that are asked anew rather than looked for among the kept."""


class Answers:
    """Answers of functions over rows, by what was asked. Without a folder nothing is kept."""

    def __init__(self, engine: Engine, workers: Workers, folder: Path | None = None) -> None:
        self.engine, self.workers, self.folder = engine, workers, folder

    def of(self, name: str, version: str, asked: pa.Table, function: Callable[[pa.Table], pa.Array]) -> pa.Array:
        """One answer for each row of `asked` (best distinct), in order. `function` is pure, pickles, and answers batch by batch.

        `version` digests the code and reference data the answers follow from; answers of other versions are dropped.
        """
        if asked.num_rows <= FEW:
            return function(asked)
        keys = self._keys(asked)
        kept = self._kept(name, version, keys)
        place = pc.index_in(keys, kept["key"].combine_chunks())
        unknown = pc.is_null(place)
        new = asked.filter(unknown)
        batches = (_copied(new, start) for start in range(0, new.num_rows, BATCH))
        made, done = [], 0
        for answer in self.workers.map(function, batches, apart=new.num_rows > WORTH_A_PROCESS):
            made.append(answer)
            done += len(answer)
            self.workers.told(name, done, new.num_rows)
        if made:
            self._keep(name, version, pa.table({"key": keys.filter(unknown), "answer": pa.concat_arrays(made)}))
        answers = pa.concat_arrays([*(kept["answer"].chunks if kept.num_rows else ()), *made])
        fresh = pc.add(pc.subtract(pc.cumulative_sum(unknown.cast(pa.int64())), 1), kept.num_rows)
        return answers.take(pc.if_else(unknown, fresh, place.cast(pa.int64())))

    def _keys(self, asked: pa.Table) -> pa.Array:
        keys = self.engine.sql("SELECT left(sha256(to_json(a)), 32) AS key FROM asked a", asked=asked)
        return keys["key"].combine_chunks()

    def _folder(self, name: str, version: str) -> Path | None:
        return self.folder / f"{name}-{version[:16]}" if self.folder else None

    def _kept(self, name: str, version: str, keys: pa.Array) -> pa.Table:
        """Key and answer of those asked before."""
        folder = self._folder(name, version)
        files = sorted(folder.glob("*.parquet")) if folder else []
        if not files:
            return pa.table({"key": pa.array([], pa.string()), "answer": pa.nulls(0)})
        query = f"SELECT key, any_value(answer) AS answer FROM read_parquet([{', '.join(map(quoted, files))}]) SEMI JOIN asked USING (key) GROUP BY key"
        found = self.engine.sql(query, asked=pa.table({"key": keys}))
        return found.cast(pq.read_schema(files[0]))

    def _keep(self, name: str, version: str, table: pa.Table) -> None:
        folder = self._folder(name, version)
        if folder is None or self.folder is None:
            return
        for old in self.folder.glob(f"{name}-*"):
            if old != folder:
                shutil.rmtree(old)
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{len(list(folder.glob('*.parquet'))):05d}.parquet"
        aside = target.with_suffix(".part")
        pq.write_table(table, aside, compression="zstd")
        aside.replace(target)


def _copied(table: pa.Table, start: int) -> pa.Table:
    """One batch with buffers of its own: a slice would take the whole column to the worker."""
    return table.take(pa.array(np.arange(start, min(start + BATCH, table.num_rows))))


def distinct(rows: pa.Table) -> tuple[pa.Table, pa.Array]:
    """The distinct rows in the order they first occur, and the place of each row among them."""
    coded = pa.table({name: rows[name].combine_chunks().dictionary_encode().indices for name in rows.column_names})
    whole = pa.array(np.zeros(rows.num_rows, np.int64))
    for name in coded.column_names:
        width = (pc.max(coded[name]).as_py() or 0) + 2
        whole = pc.add(pc.multiply(whole, width), pc.add(pc.fill_null(coded[name].cast(pa.int64()), -1), 1))
    codes = (
        whole.combine_chunks().dictionary_encode() if isinstance(whole, pa.ChunkedArray) else whole.dictionary_encode()
    )
    _, first = np.unique(codes.indices.to_numpy(), return_index=True)
    return rows.take(pa.array(first)), codes.indices
