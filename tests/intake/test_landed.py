"""Raw files: the readable lines count, each other line is a finding, nothing is silent."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.batches import Workers
from pipeline.engine import Engine
from pipeline.errors import BadInput
from pipeline.flow import run
from pipeline.intake import parts
from pipeline.intake.complaints import land
from pipeline.model import Finding, RawComplaint
from pipeline.paths import Paths


def line(ref: str, seen_at: str = "2026-06-01T10:00:00+08:00", **more: Any) -> str:
    record = {
        "portal": "heimao",
        "ref": ref,
        "url": "https://tousu.sina.com.cn/x",
        "seen_at": seen_at,
        "found_via": "home:latest",
    }
    events = [{"at": "2026-03-01T10:00:00+08:00", "actor": "portal", "kind": "assigned", "text": None, "hidden": False}]
    return RawComplaint.model_validate(
        record | {"title": "标题", "body": "正文", "platform_name": "霁獭发卡", "events": events} | more
    ).model_dump_json()


def write(raw: Path, *lines: str, name: str = "20260601T100000") -> Path:
    path = raw / "heimao" / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf8")
    return path


def landed(engine: Engine, raw: Path, as_of: datetime | None = None) -> list[Finding]:
    files = parts.scan(parts.raw_files(raw))
    return land(engine, files, as_of, b"key", engine.folder / "landed", Workers(0))


def test_all_lines_of_all_files(tmp_path: Path) -> None:
    write(tmp_path, line("1"), line("2"))
    write(tmp_path, line("1", "2026-07-01T10:00:00+08:00"), name="20260701T100000")
    with Engine(tmp_path / "work") as engine:
        assert landed(engine, tmp_path) == []
        rows = engine.sql("SELECT complaint, run, imported, events FROM landed ORDER BY run, complaint").to_pylist()
    assert [(row["complaint"], row["run"]) for row in rows] == [
        ("heimao/1", "20260601T100000"), ("heimao/2", "20260601T100000"), ("heimao/1", "20260701T100000"),
    ]  # fmt: skip
    assert rows[0]["events"][0]["at"] == datetime(2026, 3, 1, 2, tzinfo=UTC)


def test_an_edition_does_not_know_what_came_later(tmp_path: Path) -> None:
    write(tmp_path, line("1"), line("2", "2026-07-01T10:00:00+08:00"))
    with Engine(tmp_path / "work") as engine:
        landed(engine, tmp_path, datetime(2026, 6, 15, tzinfo=UTC))
        assert engine.sql("SELECT complaint FROM landed")["complaint"].to_pylist() == ["heimao/1"]


@pytest.mark.parametrize(
    ("bad", "where"),
    [
        ('{"portal": "heimao", "ref": "9"', "line"),
        (json.dumps({"portal": "heimao"}), "ref"),
        (json.dumps({**json.loads(line("9")), "seen_at": "yesterday"}), "seen_at"),
        (json.dumps({**json.loads(line("9")), "events": "none"}), "events"),
        ("not json at all", "line"),
    ],
)
def test_a_damaged_line_is_a_finding_and_the_others_count(tmp_path: Path, bad: str, where: str) -> None:
    write(tmp_path, line("1"), bad, line("2"))
    with Engine(tmp_path / "work") as engine:
        findings = landed(engine, tmp_path)
        assert sorted(engine.sql("SELECT complaint FROM landed")["complaint"].to_pylist()) == ["heimao/1", "heimao/2"]
    assert [finding.subject for finding in findings] == ["heimao/20260601T100000.jsonl:2"]
    assert findings[0].detail.startswith(where)
    assert findings[0].remedy


def test_nothing_to_run_on_is_an_error_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="crawl or import something first"):
        run(Paths(tmp_path), None, (), lambda _: None)
