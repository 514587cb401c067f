"""The smaller labelled sets and the file of figures, on tables small enough to count by hand."""

import json
from datetime import date
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from pipeline import evaluate_sets, quality
from pipeline.cli import main
from pipeline.evaluate import Report


def lines(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def test_names_by_hand(tmp_path: Path) -> None:
    platform = {"id": "yunhe", "name": "云鹤卡盟", "known_as": [], "status": "reviewed"}
    known = yaml.safe_load((quality.GOLD / "names_platforms.yml").read_text("utf-8"))[0]
    (tmp_path / "few_platforms.yml").write_text(yaml.safe_dump([known], allow_unicode=True), "utf-8")
    rows = [{"name": known["name"], "platform": known["id"]}, {"name": platform["name"], "platform": "yunhe"}]
    report = evaluate_sets.names(lines(tmp_path / "few.jsonl", rows))
    assert report.figures == {"precision": 1.0, "recall": 0.5, "f1": pytest.approx(2 / 3)}
    assert report.rows[1] == ["2", "1", "0", "1"]
    assert len(report.worst) == 1


def test_issues_by_hand(tmp_path: Path) -> None:
    rows = [
        {"title": "", "body": "充了100元话费三天没到账", "issues": ["充值未到账"], "amount_yuan": 100.0},
        {"title": "", "body": "充了50元话费三天没到账", "issues": ["封号"], "amount_yuan": None},
    ]
    report = evaluate_sets.issues(lines(tmp_path / "few.jsonl", rows))
    assert report.figures["precision"] == report.figures["recall"] == report.figures["exact_share"] == 0.5
    assert report.figures["sums_right_share"] == 0.5
    assert len(report.worst) == 1


def test_pairs() -> None:
    assert evaluate_sets.pairs(["a", None, "a", "b", None, "a"]) == {(0, 2), (0, 5), (2, 5)}


def test_the_file_keeps_first_readings(tmp_path: Path) -> None:
    path = tmp_path / "quality.yml"
    first = {"set": "x.jsonl", "figures": {"f1": 0.5}}
    path.write_text(yaml.safe_dump({"measured": [{"set": "old"}], "first_readings": [first]}), "utf-8")
    report = Report("names", 2, {"f1": 2 / 3}, [["a"]], [])
    one = quality.LabelledSet("names", "x.jsonl", "development")
    quality.write([quality.entry(one, report, date(2026, 1, 2))], path)
    stored = yaml.safe_load(path.read_text("utf-8"))
    assert stored["first_readings"] == [first]
    assert stored["measured"][0]["figures"] == {"f1": 0.6667}
    assert (stored["measured"][0]["n"], stored["measured"][0]["measured_on"]) == (2, date(2026, 1, 2))


def test_the_committed_file_speaks_of_every_committed_set() -> None:
    stored = yaml.safe_load(quality.QUALITY.read_text("utf-8"))
    assert [one["set"] for one in stored["measured"]] == [one.file for one in quality.SETS]
    for one in stored["measured"]:
        assert (quality.GOLD / one["set"]).is_file()
        assert one["n"] > 0


@pytest.mark.parametrize("arguments", [["replies", "--write"], ["all", "--set", "x.jsonl"], ["names", "--set", "none"]])
def test_what_cannot_be_measured_is_refused(arguments: list[str]) -> None:
    assert CliRunner().invoke(main, ["eval", *arguments]).exit_code != 0
