"""Measurements: all are reachable, what they print becomes rows, growth is read from measured sizes."""

import json
import sys
from pathlib import Path

import pytest

from pipeline.commands.bench import measures
from tests.bench.results import run, tables, tell
from tests.bench.scale import Point, exponent, grown, points


def test_every_script_can_be_run() -> None:
    found = measures()
    assert {"grouping", "texts", "flow", "cluster", "score", "site", "data", "crawl", "kill", "simulate"} <= set(found)
    assert all(10 < len(about) < 200 for about in found.values()), found


def test_tables_become_rows() -> None:
    said = ["| what | µs |", "|---|---:|", "| redact | 1,089.5 |", "| none | – |", "", "| a |", "|---|", "| 1 |"]
    assert tables(said) == [{"what": "redact", "µs": 1089.5}, {"what": "none", "µs": "–"}, {"a": 1.0}]


@pytest.mark.parametrize(("script", "rows"), [("print('| a |\\n|---|\\n| 2 |')", [{"a": 2.0}]), ("print('x')", [])])
def test_both_files_are_written(tmp_path: Path, script: str, rows: list[dict[str, float]]) -> None:
    assert run("any", [sys.executable, "-c", script], tmp_path / "new" / "name", {"PATH": "/usr/bin:/bin"}) == 0
    kept = json.loads((tmp_path / "new" / "name.json").read_text(encoding="utf8"))
    assert (kept["measure"], kept["rows"]) == ("any", rows)
    assert (tmp_path / "new" / "name.md").read_text(encoding="utf8").startswith("# any\n")


def test_rows_are_told_only_when_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SINKRATE_BENCH_ROWS", str(tmp_path / "rows"))
    tell([{"size": 1}])
    assert json.loads((tmp_path / "rows").read_text(encoding="utf8")) == [{"size": 1}]


def test_growth(tmp_path: Path) -> None:
    rows = [
        {"method": "sinkrate", "size": size, "seconds": size / 1e5, "cpu": size / 1e5, "rss_mb": 1024.0}
        for size in (1_000_000, 100_000)
    ]
    rows.append({"method": "other", "size": 5, "seconds": 1.0, "cpu": 1.0, "rss_mb": 1.0})
    (tmp_path / "x.json").write_text(json.dumps({"machine": {"cores": 2}, "rows": rows}), encoding="utf8")
    measured, cores = points([tmp_path / "x.json"], "sinkrate")
    assert (cores, measured) == (2, [Point(100_000, 1.0, 1.0, 1.0), Point(1_000_000, 10.0, 10.0, 1.0)])
    assert exponent(*measured, "cpu") == pytest.approx(1.0)
    assert grown(measured, "cpu", 25_000_000) == pytest.approx(250.0)
    assert grown(measured[:1], "memory", 200_000) == pytest.approx(2.0)
