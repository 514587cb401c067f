"""A real Spark cluster on loopback: one master, two workers, one of them killed while cases are judged.

Larger: `SINKRATE_CLUSTER=20000 pytest tests/cluster/test_cluster.py`.
"""

import hashlib
import os
from pathlib import Path

import pytest

from pipeline import flow
from pipeline.paths import Paths
from pipeline.publish.database import digest
from tests.bench import records
from tests.cluster.loopback import JAVA, Loopback, cluster

N = int(os.environ.get("SINKRATE_CLUSTER", "240"))


def edition(
    paths: Paths, over: flow.Over | None = None, told: flow.Told = flow.quietly
) -> tuple[str, str, dict[str, str]]:
    """Id, digest of the database's ordered rows, digests of the public tables' files."""
    made = flow.run(paths, None, (), lambda _: None, told, over=over)
    files = sorted((paths.work / "tables" / "public").glob("*.parquet"))
    return (
        made.edition,
        digest(made.database),
        {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files},
    )


class Killer:
    """Told how far the work is, kills a worker when some cases have been judged and others not."""

    def __init__(self, running: Loopback) -> None:
        self.running, self.seen = running, list[tuple[int, int]]()

    def __call__(self, what: str, done: int, total: int) -> None:
        if what == "cases judged" and 0 < done < total:
            if not self.seen:
                self.running.workers[0].kill()
            self.seen.append((done, total))


def test_the_edition_is_the_embedded_one_although_a_worker_dies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in JAVA.items():
        monkeypatch.setenv(name, value)
    paths = Paths(tmp_path / "data")
    records.corpus(N, paths.data, seed=7)
    with min((paths.raw / "heimao").glob("*.jsonl")).open("ab") as file:
        file.write(b'{"portal": "heimao"\n\n\xff\xfe\n')  # lines nobody can read, one of them no text
    embedded = edition(paths)
    with cluster(tmp_path / "spark") as running:
        killer = Killer(running)
        assert edition(paths, flow.Over(running.url), killer) == embedded
        assert killer.seen, "the work was over before a worker could be killed"
        assert [worker.process.poll() is None for worker in running.workers] == [False, True]
    assert not list((paths.work / "spark").iterdir())
