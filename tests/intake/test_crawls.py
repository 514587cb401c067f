"""Reports of the crawls → public rows: what is known by the as-of, and nothing that names a page."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.engine import Engine
from pipeline.errors import BadInput
from pipeline.intake.crawls import crawls, input_files
from pipeline.model import Crawl
from tests.intake.test_landed import landed, line, write

AS_OF = datetime(2026, 6, 15, tzinfo=UTC)


def _report(folder: Path, run: str, **more: Any) -> None:
    whole = {
        "portal": "heimao",
        "run": run,
        "home": "http://127.0.0.1:1/",
        "started_at": "2026-06-01T10:00:00+08:00",
        "complete": True,
    }
    (folder / "heimao").mkdir(exist_ok=True, parents=True)
    (folder / "heimao" / f"{run}.report.json").write_text(json.dumps(whole | more), encoding="utf8")


def _rows(folder: Path, as_of: datetime = AS_OF) -> list[Crawl]:
    with Engine(folder / "work") as engine:
        landed(engine, folder, as_of)
        return crawls(engine, folder, as_of)


def test_counts_are_read_and_kinds_listed(tmp_path: Path) -> None:
    write(tmp_path, line("1", seen_at="2026-06-01T12:00:00+08:00"), name="a")
    _report(
        tmp_path,
        "a",
        items={"new": 3, "same": 2},
        refused={"robots": 2, "http_403": 1},
        problems=["a: odd"],
        elsewhere={"x.example": 4},
    )
    [row] = _rows(tmp_path)
    assert (row.n_new, row.n_changed, row.n_same, row.n_refused, row.n_problems, row.n_elsewhere) == (3, 0, 2, 3, 1, 4)
    assert row.refused == "http_403 1 · robots 2" and row.last_record_at == datetime(2026, 6, 1, 4, tzinfo=UTC)
    assert "127.0.0.1" not in row.model_dump_json() and "x.example" not in row.model_dump_json()


def test_a_crawl_whose_records_all_come_later_is_not_known_yet(tmp_path: Path) -> None:
    write(tmp_path, line("1", seen_at="2026-06-20T12:00:00+08:00"), name="a")
    _report(tmp_path, "a")
    assert _rows(tmp_path) == []


@pytest.mark.parametrize(("started", "known"), [("2026-06-01T10:00:00+08:00", 1), ("2026-06-20T10:00:00+08:00", 0)])
def test_a_crawl_that_landed_nothing_counts_when_it_began_by_then(tmp_path: Path, started: str, known: int) -> None:
    _report(tmp_path, "a", started_at=started, complete=False, refused={"status_403": 1})
    assert len(_rows(tmp_path)) == known


def test_a_kind_that_is_no_plain_word_is_not_repeated(tmp_path: Path) -> None:
    _report(tmp_path, "a", refused={"https://x.example/secret": 1, "另一种": 2})
    assert _rows(tmp_path)[0].refused == "other 3"


def test_a_damaged_report_is_named(tmp_path: Path) -> None:
    _report(tmp_path, "a", listed="many")
    with pytest.raises(BadInput, match=r"a\.report\.json"):
        _rows(tmp_path)


def test_reports_and_findings_are_inputs(tmp_path: Path) -> None:
    _report(tmp_path, "a")
    (tmp_path / "heimao" / "a.findings.ndjson").touch()
    (tmp_path / "heimao" / "a.log").touch()
    assert [path.name for path in input_files(tmp_path)] == ["a.findings.ndjson", "a.report.json"]
