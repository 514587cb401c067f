"""A cluster that is none: the same jobs over the same parcels in this process, cut into any partitions, tasks in any order."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from pipeline.cluster.jobs import Job, measured
from pipeline.cluster.parcels import SCHEMA, opened

Part = list[pa.RecordBatch]


class AtHome:
    """Stands in for `pipeline.cluster.session.Cluster`. Stretches of `stretch` lines; `cores` decides the number of buckets."""

    def __init__(self, stretch: int = 50, cores: int = 2, seed: int = 1) -> None:
        self.stretch, self.cores, self.random, self.tables = (
            stretch,
            cores,
            random.Random(seed),
            dict[str, list[Part]](),
        )

    def check_workers(self, state: str) -> None:
        assert state

    def lines(self, files: Sequence[Path]) -> list[Part]:
        found = []
        for file in files:
            lines = file.read_bytes().removesuffix(b"\n").split(b"\n")
            for start in range(0, len(lines), self.stretch):
                own = lines[start : start + self.stretch]
                offset = sum(len(line) + 1 for line in lines[:start])
                columns = {
                    "value": own,
                    "file_path": [file.as_uri()] * len(own),
                    "file_block_start": [offset] * len(own),
                }
                found.append([pa.RecordBatch.from_pydict(columns)])
        self.random.shuffle(found)
        half = len(found) // 2  # some tasks read several stretches
        return [[batch for part in found[:half] for batch in part], *found[half:]]

    def mapped(self, what: str, job: Job, rows: list[Part]) -> list[Part]:
        return [list(measured(what, job, part)) for part in rows]

    def shuffled(self, rows: list[Part], buckets: int) -> list[Part]:
        every = [batch for part in rows for batch in part]
        self.random.shuffle(every)
        parts: list[Part] = [[] for _ in range(buckets)]
        for batch in every:
            parts[batch["bucket"][0].as_py() % buckets].append(batch)
        return parts

    def keep(self, name: str, what: str, rows: list[Part]) -> None:
        self.tables[name] = rows

    def kept(self, name: str, *wanted: str) -> list[Part]:
        return [[batch for batch in part if batch["name"][0].as_py() in wanted] for part in self.tables[name]]

    def fetch(self, what: str, rows: list[Part]) -> Iterator[tuple[str, pa.Table]]:
        every = [batch for part in rows for batch in part]
        self.random.shuffle(every)
        for batch in every:
            assert batch.schema == SCHEMA
            yield batch["name"][0].as_py(), opened(batch["data"][0].as_py())
