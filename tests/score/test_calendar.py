"""Days no notice covers yet: nobody is late on them, and the command says what is missing and where to find it."""

from datetime import date, datetime
from pathlib import Path

from click.testing import CliRunner

from pipeline.cli import main
from pipeline.paths import PROJECT
from pipeline.workdays import Calendar
from tests.score.test_gaming import Step, complaint, scored

SEEN = "2027-03-10T10:00:00+08:00"


def at(day: str, steps: list[Step] | None = None) -> str:
    """One complaint handed over on that day and seen long after."""
    start = datetime.fromisoformat(f"{day}T10:00:00+08:00")
    events = [{"at": start.isoformat(), "actor": "portal", "kind": "assigned", "text": None, "hidden": False}]
    return complaint(
        "甲木点卡", int(day[-2:]), steps or [], published_at=start.isoformat(), events=events, seen_at=SEEN
    )


def test_nobody_is_late_beside_an_estimated_day(tmp_path: Path) -> None:
    held = Calendar.load(PROJECT / "data" / "reference" / "workdays")
    assert held.first_undecided(7) == date(2026, 12, 23)  # six working days are left in the year after that day
    world = scored(tmp_path, [at("2026-12-22"), at("2026-12-23"), at("2027-01-15")])
    cases = {row["t0"].date(): row for row in world.tables["cases"]}
    assert {day.isoformat(): row["t7"] for day, row in cases.items()} == {
        "2026-12-22": "broken", "2026-12-23": "undecidable", "2027-01-15": "undecidable",
    }  # fmt: skip
    assert {row["rung"] for row in cases.values()} == {"silent"}  # thirty calendar days need no notice
    days = {row["id"]: row["t0"].date().isoformat() for row in cases.values()}
    counted = {
        days[row["case_id"]] for row in world.tables["outcomes"] if row["horizon"] == "7wd" and row["in_headline"]
    }
    assert counted == {"2026-12-22"}


def test_the_command_names_the_missing_year_and_where_its_notice_is_published() -> None:
    shown = CliRunner().invoke(main, ["calendar", "check"], terminal_width=200)
    assert shown.exit_code == 0
    for words in (
        "2027",
        "2026-12-23",
        "关于2027年部分节假日安排的通知",
        "https://www.gov.cn/zhengce/",
        "data/reference/workdays/2027.yml",
    ):
        assert words in shown.output.replace("\n", "")
