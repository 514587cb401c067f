"""Scores of the past: what was knowable then, from sightings and not from hindsight; nothing is published by looking."""

from datetime import datetime
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from pipeline import flow
from pipeline.cli import main
from pipeline.engine import Engine
from pipeline.model import RawComplaint
from pipeline.paths import Paths
from tests.intake.test_landed import line, write

EARLY, LATE = "2026-05-01T10:00:00+08:00", "2026-07-01T10:00:00+08:00"
THEN = datetime.fromisoformat("2026-06-01T00:00:00+08:00")
ASSIGNED = {"at": "2026-03-01T10:00:00+08:00", "actor": "portal", "kind": "assigned", "text": None, "hidden": False}
# dated before the time looked back to, and seen only after it
REPLY = {
    "at": "2026-03-05T10:00:00+08:00",
    "actor": "platform",
    "kind": "replied",
    "text": "已为您退款30元，请查收。",
    "hidden": False,
}
_NOT_OF_THE_NUMBERS = {"editions"}


def lines() -> list[str]:
    first = [line(str(ref), EARLY, body=f"正文第{ref}号", events=[ASSIGNED]) for ref in range(1, 15)]
    again = [line(str(ref), LATE, body=f"正文第{ref}号", events=[ASSIGNED, REPLY]) for ref in range(1, 12)]
    gone = line("12", LATE, body="正文第12号", events=[ASSIGNED], gone={"at": LATE, "kind": "deleted"})
    return [*first, *again, gone, line("99", LATE, events=[ASSIGNED])]


def tables(folder: Path, raw: list[str], as_of: datetime | None) -> dict[str, list[dict[str, Any]]]:
    paths = Paths(folder)
    write(paths.raw, *raw)
    with Engine(folder / "tables") as engine:
        made = flow.score(engine, paths, as_of, lambda _: None).tables
    return {
        name: [{k: v for k, v in row.items() if k != "edition"} for row in table.to_pylist()]
        for name, table in made.items()
        if name not in _NOT_OF_THE_NUMBERS
    }


def test_a_past_score_is_the_score_of_the_records_there_were(tmp_path: Path) -> None:
    known = [one for one in lines() if RawComplaint.model_validate_json(one).seen_at <= THEN]
    assert 0 < len(known) < len(lines())
    past, cut, now = (
        tables(tmp_path / "past", lines(), THEN), tables(tmp_path / "cut", known, THEN), tables(tmp_path / "now", lines(), None),
    )  # fmt: skip
    assert past == cut
    assert {row["rung"] for row in past["cases"]} == {"silent"}
    assert {row["rung"] for row in now["cases"]} > {"answered"}


def test_the_command_prints_and_publishes_nothing(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    write(paths.raw, *lines())
    before = CliRunner().invoke(
        main, ["--data", str(tmp_path), "score", "--as-of", THEN.isoformat()], terminal_width=140
    )
    assert before.exit_code == 0
    assert "not published" in before.output
    assert "100.0%" in before.output
    assert not paths.public.exists()
    assert not (paths.work / "tables").exists()


def test_before_the_first_sighting_there_is_nothing_to_score(tmp_path: Path) -> None:
    write(Paths(tmp_path).raw, *lines())
    early = CliRunner().invoke(main, ["--data", str(tmp_path), "score", "--as-of", "2026-01-01"])
    assert early.exit_code == 2


def test_the_simulation_prints_a_table() -> None:
    shown = CliRunner().invoke(main, ["notice", "simulate", "--runs", "100"])
    assert shown.exit_code == 0
    assert "0.05" in shown.output
