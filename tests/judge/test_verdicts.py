"""Verdicts kept from the last run: what stands is not judged again, and the rows are those of judging all anew."""

import random
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.engine import Engine
from pipeline.judge import verdicts
from pipeline.judge.verdicts import TABLES, Evidence
from pipeline.paths import PROJECT
from pipeline.workdays import Calendar
from tests.judge.test_outcome import START, complaints, day, seen, steps

REFERENCE = PROJECT / "data" / "reference"
CALENDAR = Calendar.load(REFERENCE / "workdays")
# all times are whole days after START: an as-of meets many of them, and deadlines in calendar days, to the microsecond
AS_OFS = [20, 20, 21, 50, 51, 40]
N = 200
STEPS = [
    ["portal", "assigned"], ["platform", "replied", "substantive", "refusal"], ["platform", "replied", "doubtful", "offer"],
    ["platform", "completion_requested", "substantive", "resolved_claim"], ["complainant", "followed_up", None, None, "contradicts"],
    ["complainant", "confirmed"], ["complainant", "withdrawn"], ["portal", "closed", None, None, "accepts"],
]  # fmt: skip


def evidence(dice: random.Random, n: int) -> Evidence:
    """Complaints filed over a hundred days, with steps and sightings before and after any as-of."""
    names = [f"c{place:03d}" for place in range(n)]
    filed = {name: dice.choice([None, *range(100)]) for name in names}
    held = complaints(**filed).set_column(1, "case_id", pa.array([f"case{dice.randrange(n)}" for _ in names]))
    return Evidence(
        held, pa.concat_tables([told(dice, name) for name in names]), pa.concat_tables([looks(dice, n) for n in names])
    )


def told(dice: random.Random, name: str) -> pa.Table:
    rows = [[dice.choice([None, *range(140)]), *dice.choice(STEPS)] for _ in range(dice.randrange(5))]
    return steps(name, rows, *sorted(dice.sample(range(140), 2), reverse=True))


def looks(dice: random.Random, name: str) -> pa.Table:
    return seen(name, [dice.randrange(140) for _ in range(dice.randrange(3))], dice.choice([None, None, 30, 55, 95]))


def rows(engine: Engine, given: Evidence, as_of: datetime, folder: Path | None) -> list[list[tuple[object, ...]]]:
    verdicts.keep(engine, given, CALENDAR, as_of, REFERENCE, folder)
    return [sorted((tuple(row.items()) for row in engine.table(name).to_pylist()), key=repr) for name in TABLES]


def test_what_stands_is_kept_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dice, judged = random.Random(7), list[int]()
    made = verdicts._made
    given = evidence(dice, N)
    portals = pa.table({"complaint": given.complaints["complaint"], "portal": [dice.choice("ab") for _ in range(N)]})
    with Engine(tmp_path / "kept") as kept, Engine(tmp_path / "anew") as anew:
        for engine in (kept, anew):
            engine.put("complaints_in", portals)
        for number in AS_OFS:
            as_of = day(number) or START
            expected = rows(anew, given, as_of, None)
            with monkeypatch.context() as patch:
                patch.setattr(
                    verdicts, "_made", lambda e, own, *rest: judged.append(len(own.complaints)) or made(e, own, *rest)
                )
                assert rows(kept, given, as_of, tmp_path / "folder") == expected
            given = Evidence(given.complaints, changed(dice, given.steps), given.seen) if number == 50 else given
    assert judged[0] == N
    assert len(judged) == len(AS_OFS) - 1  # the same again asks for nothing
    assert judged[1] < N / 3
    assert judged[-1] == N  # an as-of before the kept one's: all anew


def changed(dice: random.Random, table: pa.Table) -> pa.Table:
    """One step less, another twice, the rest in another order."""
    places = [*range(1, table.num_rows), 5]
    dice.shuffle(places)
    return table.take(places)


def test_a_version_or_a_table_lost_makes_all_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = evidence(random.Random(1), 20)
    as_of, folder = START + timedelta(days=60), tmp_path / "folder"
    with Engine(tmp_path / "tables") as engine:
        engine.put("complaints_in", pa.table({"complaint": given.complaints["complaint"], "portal": ["a"] * 20}))
        first = rows(engine, given, as_of, folder)
        monkeypatch.setattr(verdicts, "code_digest", lambda *_, beside: "another version")
        assert rows(engine, given, as_of, folder) == first
        (folder / "verdicts" / "state.parquet").unlink()
        assert rows(engine, given, as_of, folder) == first
