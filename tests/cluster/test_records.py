"""The flow in buckets gives the edition of the embedded flow, to the byte, however rows are cut and in whatever order tasks end."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline import flow
from pipeline.cluster import session
from pipeline.errors import BadInput
from pipeline.model import TABLES
from pipeline.paths import Paths
from pipeline.publish.database import digest
from tests.bench import records
from tests.cluster.at_home import AtHome, Part

N = 240
AS_OF = datetime(2026, 10, 1, tzinfo=UTC)
OVER = flow.Over("spark://127.0.0.1:1")
Edition = tuple[str, str, dict[str, str]]


def quiet(_: str) -> None:
    """No progress in tests."""


def edition(paths: Paths, as_of: datetime | None = None, over: flow.Over | None = None) -> Edition:
    """Id, digest of the database's ordered rows, digests of the public tables' files."""
    made = flow.run(paths, as_of, TABLES, quiet, over=over)
    files = sorted((paths.work / "tables" / "public").glob("*.parquet"))
    return (
        made.edition,
        digest(made.database),
        {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files},
    )


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    """Records of N complaints, among them a line nobody can read, a status word nobody knows and bytes that are no text."""
    found = Paths(tmp_path_factory.mktemp("a cluster") / "data")
    records.corpus(N, found.data, seed=5)
    files = sorted((found.raw / "heimao").glob("*.jsonl"))
    with files[1].open("ab") as file:
        file.write(b'{"portal": "heimao"\n\n\xff\xfe\n')
    lines = files[2].read_bytes().splitlines(keepends=True)
    files[2].write_bytes(b"".join([b"not json\n", *lines[:2]]).rstrip(b"\n"))
    return found


@pytest.fixture(autouse=True)
def _folder_of_a_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reference data are unpacked below the working directory."""
    monkeypatch.chdir(tmp_path)


@contextmanager
def at_home(monkeypatch: pytest.MonkeyPatch, cluster: AtHome) -> Iterator[None]:
    @contextmanager
    def made(*_: object) -> Iterator[AtHome]:
        yield cluster

    with monkeypatch.context() as patch:
        patch.setattr(session, "Cluster", made)
        yield


def test_any_cut_gives_the_embedded_edition(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a crash in between leaves it in place."""
    embedded = edition(paths, AS_OF)
    with at_home(monkeypatch, Lost()), pytest.raises(OSError, match="worker lost"):
        edition(paths, AS_OF, OVER)
    assert digest(paths.public / "sinkrate.db") == embedded[1]
    with at_home(monkeypatch, AtHome(stretch=7)):
        assert edition(paths, AS_OF, OVER) == embedded


class Lost(AtHome):
    """All workers are gone when cases are to be judged."""

    def keep(self, name: str, what: str, rows: list[Part]) -> None:
        if name == "platforms":
            raise OSError("worker lost")
        super().keep(name, what, rows)


def test_nothing_to_run_on_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "raw").mkdir()
    with at_home(monkeypatch, AtHome()), pytest.raises(BadInput, match="holds no readable record"):
        edition(Paths(tmp_path), None, OVER)
