"""A day on top of what was there: what was kept changes no byte, and a crash in between leaves the last edition."""

import hashlib
import os
import shutil
from pathlib import Path

import pytest

from pipeline import flow
from pipeline.paths import Paths
from pipeline.publish import amending, database, gate
from pipeline.publish.database import digest
from tests.bench import records

N = int(os.environ.get("SINKRATE_INCREMENTAL", "600"))
"""Complaints before the day. Larger: `SINKRATE_INCREMENTAL=20000 pytest tests/test_incremental.py`."""


def quiet(_: str) -> None:
    """No progress in tests."""


def made(paths: Paths, full: bool = False) -> tuple[str, str, dict[str, str]]:
    """Edition, digest of the database's ordered rows, digests of the public tables' files."""
    result = flow.run(paths, None, (), quiet, full=full)
    files = sorted((paths.work / "tables" / "public").glob("*.parquet"))
    return (
        result.edition,
        digest(result.database),
        {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files},
    )


def test_a_day_on_top_equals_a_full_rebuild(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = Paths(tmp_path / "data")
    records.corpus(N, paths.data, seed=3)
    before = made(paths)
    assert records.next_day(N, paths.data, seed=3) == {"new": N // 50, "changed": N // 200, "lines": N // 50 + N // 200}
    for place in (
        (gate, "check"),
        (database, "_flush"),
    ):  # before the database is begun, and when it is whole but not placed
        with monkeypatch.context() as patch:
            patch.setattr(*place, _crash)
            with pytest.raises(OSError, match="disk full"):
                made(paths)
        assert digest(paths.public / "sinkrate.db") == before[1]
    amended = list[None]()
    monkeypatch.setattr(database, "amend", lambda *given: amended.append(amending.amend(*given)))  # type: ignore[func-returns-value]
    kept = set((paths.work / "landed").iterdir())
    day = made(paths)
    assert len(amended) == 1
    assert day[0] != before[0]
    assert set((paths.work / "landed").iterdir()) == kept  # what the crashed run had read was taken up
    other = Paths(tmp_path / "anew")
    shutil.copytree(paths.raw, other.raw)
    other.work.mkdir()
    shutil.copy2(paths.key, other.key)
    assert made(other, full=True) == day


def _crash(*_: object) -> None:
    raise OSError("disk full")
