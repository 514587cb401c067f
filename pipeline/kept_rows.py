"""Rows kept from the last run, by key: those whose inputs have the same digest, and whose time has not come, are not made again.

One folder holds one kind of rows: its tables and `state` (key, digest, until). It may be deleted at any time.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.engine import Engine
from pipeline.schema import TIME

STATE = "state"


@dataclass(frozen=True)
class Made:
    """Tables made for some keys, and (key, until) of those whose rows may change by themselves: the next time at which."""

    tables: dict[str, pa.Table]
    until: pa.Table


@dataclass(frozen=True)
class KeptRows:
    """Tables `names`, in which column `key` says whose a row is; rows come in no order. Without a folder nothing is kept.

    `version` digests the code and reference data the rows follow from.
    """

    folder: Path | None
    version: str
    key: str
    names: Sequence[str]

    def put(self, engine: Engine, digests: pa.Table, as_of: datetime, make: Callable[[pa.Array], Made]) -> None:
        """Keep the tables in the engine for the keys of `digests` (key, digest): rows that stand from the folder, the rest made."""
        state = self._state(as_of)
        stands = self._stands(digests, state, as_of)
        keys = digests[self.key].combine_chunks()
        stale = keys.filter(pc.invert(stands))
        if self.folder and not len(stale) and state.num_rows == len(keys):
            for name in self.names:
                engine.adopt(name, self._path(name))
            return
        made, kept = make(stale), keys.filter(stands)
        for name in self.names:
            engine.put(name, self._spliced(name, kept, made.tables[name]))
        standing = state.filter(pc.is_in(state[self.key], kept)).select([self.key, "until"])
        known = pa.concat_tables([made.until.cast(standing.schema), standing])
        until = known["until"].combine_chunks().take(pc.index_in(keys, known[self.key].combine_chunks()))
        self._keep(engine, digests.append_column("until", until), as_of)

    def _path(self, name: str) -> Path:
        return (self.folder or Path()) / f"{name}.parquet"

    def _state(self, as_of: datetime) -> pa.Table:
        """What is known of the kept rows; none where they are of another version or know more than `as_of` does."""
        if self.folder and self._path(STATE).is_file():
            about = pq.read_schema(self._path(STATE)).metadata
            if about[b"version"].decode() == self.version and datetime.fromisoformat(about[b"as_of"].decode()) <= as_of:
                return pq.read_table(self._path(STATE)).replace_schema_metadata()
        return pa.schema([(self.key, pa.string()), ("digest", pa.string()), ("until", TIME)]).empty_table()

    def _stands(self, digests: pa.Table, state: pa.Table, as_of: datetime) -> pa.Array:
        """For each key whether its kept rows are what would be made."""
        place = pc.index_in(digests[self.key].combine_chunks(), state[self.key].combine_chunks())
        before = state.take(place)
        due = pc.fill_null(pc.less_equal(before["until"], pa.scalar(as_of, TIME)), False)
        stands = pc.and_(pc.equal(before["digest"], digests["digest"]), pc.invert(due))
        return pc.fill_null(stands, False).combine_chunks()

    def _spliced(self, name: str, kept: pa.Array, made: pa.Table) -> pa.Table:
        if not len(kept):
            return made
        old = pq.read_table(self._path(name))
        return pa.concat_tables([old.filter(pc.is_in(old[self.key], kept)), made.cast(old.schema)])

    def _keep(self, engine: Engine, state: pa.Table, as_of: datetime) -> None:
        """Whole or not at all: made beside the folder, then put in its place."""
        if self.folder is None:
            return
        aside = self.folder.with_suffix(".part")
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        about = {"version": self.version, "as_of": as_of.isoformat()}
        pq.write_table(state.replace_schema_metadata(about), aside / f"{STATE}.parquet", compression="lz4")
        for name in self.names:
            (aside / f"{name}.parquet").hardlink_to(engine.path(name))
        shutil.rmtree(self.folder, ignore_errors=True)
        aside.rename(self.folder)
