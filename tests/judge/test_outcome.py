"""The ladder against worked examples, and its properties."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.formula import SUNK
from pipeline.judge.outcome import Horizon, judge
from pipeline.model import RUNGS
from pipeline.schema import TIME
from pipeline.workdays import Calendar

START = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
AS_OF = START + timedelta(days=120)
EXAMPLES = yaml.safe_load((Path(__file__).parent / "outcomes.yml").read_text(encoding="utf8"))
STEP = pa.schema([
    ("complaint", pa.string()), ("at", TIME), ("actor", pa.string()), ("kind", pa.string()), ("weight", pa.string()),
    ("label", pa.string()), ("hidden", pa.bool_()), ("contradicts", pa.bool_()), ("accepts", pa.bool_()),
    ("shown_at", TIME), ("absent_at", TIME),
])  # fmt: skip


def day(number: float | None) -> datetime | None:
    return None if number is None else START + timedelta(days=number)


def steps(complaint: str, rows: list[list[Any]], shown: float | None = None, absent: float | None = None) -> pa.Table:
    padded = [row + [None] * (6 - len(row)) for row in rows]
    return pa.Table.from_pylist(
        [
            {"complaint": complaint, "at": day(at), "actor": actor, "kind": kind, "weight": weight, "label": label,
             "hidden": more == "hidden", "contradicts": more == "contradicts", "accepts": more == "accepts",
             "shown_at": day(shown) if at is None else None, "absent_at": day(absent) if at is None else None}
            for at, actor, kind, weight, label, more in padded
        ],
        STEP,
    )  # fmt: skip


def complaints(**published: float | None) -> pa.Table:
    """complaint → its day of publication; all of them in one case `c`."""
    none = pa.array([None] * len(published), TIME)
    times = pa.array([day(number) for number in published.values()], TIME)
    return pa.table(
        {
            "complaint": list(published),
            "case_id": ["c"] * len(published),
            "published_at": times,
            "filed_at": none,
            "official": [False] * len(published),
        }
    )


def seen(complaint: str, alive: list[float], gone: float | None = None) -> pa.Table:
    rows = [(day(number), None) for number in alive] + ([(None, day(gone))] if gone is not None else [])
    return pa.table({
        "complaint": pa.array([complaint] * len(rows), pa.string()),
        "alive_at": pa.array([a for a, _ in rows], TIME), "gone_at": pa.array([g for _, g in rows], TIME),
    })  # fmt: skip


def verdicts(examples: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Many cases in one call, in order: what a rung is does not depend on the company it keeps."""
    names = [f"c{place:03d}" for place in range(len(examples))]
    held = complaints(**{name: example.get("published") for name, example in zip(names, examples, strict=True)})
    held = held.set_column(1, "case_id", pa.array(names))
    stepped = [
        steps(name, example["steps"], example.get("shown", 119), example.get("absent"))
        for name, example in zip(names, examples, strict=True)
    ]
    looked = pa.concat_tables([seen(name, [119]) for name in names])
    return judge(held, pa.concat_tables(stepped), looked, Horizon.parse(None), AS_OF).to_pylist()


def verdict(example: dict[str, Any], horizon: str = "30d", calendar: Calendar | None = None) -> dict[str, Any]:
    table = judge(
        complaints(a=example.get("published")),
        steps("a", example["steps"], example.get("shown", example.get("seen", [119])[0]), example.get("absent")),
        seen("a", example.get("seen", [119]), example.get("gone")),
        Horizon.parse(horizon),
        AS_OF,
        calendar,
    )
    return table.to_pylist()[0]


@pytest.mark.parametrize("example", EXAMPLES, ids=[example["name"] for example in EXAMPLES])
def test_worked_example(example: dict[str, Any]) -> None:
    found, expect = verdict(example), dict(example["expect"])
    assert found["rung"] == expect["rung"], found["why"]
    if expect["rung"] is not None:
        assert found["state"] == "judged"
        assert found["rung_low"] == expect.get("low", expect["rung"])
        assert found["rung_high"] == expect.get("high", expect["rung"])
    for name in ("state", "t0_basis", "delivered", "contradicted", "hidden_only"):
        if name in expect:
            assert found[name] == expect[name]
    assert found["why"]


def test_every_rung_has_an_example() -> None:
    assert {example["expect"]["rung"] for example in EXAMPLES} - {None} == set(RUNGS)


def test_a_case_has_one_clock_and_reposting_buys_no_time() -> None:
    table = judge(
        complaints(a=0, b=20),
        pa.concat_tables([steps("a", [[0, "portal", "assigned"]]), steps("b", [[20, "portal", "assigned"], [35, "platform", "replied", "substantive", "offer"]])]),
        pa.concat_tables([seen("a", [119]), seen("b", [119])]),
        Horizon.parse(None),
        AS_OF,
    )  # fmt: skip
    found = table.to_pylist()[0]
    assert (found["t0"], found["rung"]) == (START, "silent")


def test_one_page_gone_is_no_case_gone() -> None:
    """Page a vanished before the horizon, its copy b was not seen again: how the case stood nobody knows."""
    filed, told = complaints(a=0, b=0), pa.concat_tables([steps(one, [[1, "portal", "assigned"]]) for one in "ab"])
    for last_seen, state in ((5, "unseen"), (60, "judged")):
        sightings = pa.concat_tables([seen("a", [5], 20), seen("b", [last_seen])])
        row = judge(filed, told, sightings, Horizon.parse("30d"), AS_OF).to_pylist()[0]
        assert (row["state"], row["rung"]) == (state, None if state == "unseen" else "silent")
    gone = pa.concat_tables([seen("a", [5], 20), seen("b", [5], 25)])
    assert judge(filed, told, gone, Horizon.parse("30d"), AS_OF).to_pylist()[0]["rung"] == "vanished"


def test_an_undelivered_copy_does_not_start_the_clock_of_a_delivered_one() -> None:
    table = judge(
        complaints(a=0, b=4),
        pa.concat_tables([steps("a", [[0, "portal", "undelivered"]]), steps("b", [[5, "portal", "assigned"], [6, "platform", "replied", "substantive", "refusal"]])]),
        pa.concat_tables([seen("a", [119]), seen("b", [119])]),
        Horizon.parse(None),
        AS_OF,
    )  # fmt: skip
    found = table.to_pylist()[0]
    assert (found["t0"], found["rung"], found["delivered"]) == (day(5), "answered", True)


def test_a_horizon_of_working_days_ends_at_midnight_of_the_last_one() -> None:
    calendar = Calendar.load(Path("data/reference/workdays"))
    example = {
        "steps": [[0, "portal", "assigned"]]
    }  # Sunday 2026-03-01, seven working days later is Tuesday 2026-03-10
    found = verdict(example, "7wd", calendar)
    assert found["deadline_at"] == datetime(2026, 3, 10, 16, 0, tzinfo=UTC)
    assert found["rung"] == "silent"


STEPS = st.lists(
    st.tuples(
        st.floats(0, 60),
        st.sampled_from(
            [
                ("portal", "assigned", None, None),
                ("platform", "replied", "formal", "ack"),
                ("platform", "replied", "doubtful", "hidden"),
                ("platform", "replied", "substantive", "refusal"),
                ("platform", "completion_requested", "substantive", "offer"),
                ("complainant", "confirmed", None, None),
                ("complainant", "withdrawn", None, None),
                ("portal", "closed", None, None),
                ("portal", "auto_completed", None, None),
            ]
        ),
    ),
    max_size=6,
)
ORDER = {
    rung: place
    for place, rung in enumerate(("resolved_confirmed", "resolved_claimed", "answered", "brushed_off", "silent"))
}


@settings(max_examples=6, deadline=None)
@given(st.lists(STEPS, min_size=20, max_size=40))
def test_a_stronger_reply_never_lowers_a_rung_and_bounds_hold(
    random: list[list[tuple[float, tuple[Any, ...]]]],
) -> None:
    offer = [1.0, "platform", "replied", "substantive", "offer"]
    rows = [[[0.0, "portal", "assigned"]] + [[at, *rest] for at, rest in one] for one in random]
    befores = verdicts([{"published": 0, "steps": one} for one in rows])
    afters = verdicts([{"published": 0, "steps": [*one, offer]} for one in rows])
    for before, after in zip(befores, afters, strict=True):
        if before["rung"] in ORDER and after["rung"] in ORDER:
            assert ORDER[after["rung"]] <= ORDER[before["rung"]]
        if before["state"] == "judged":
            assert (before["rung_low"] in SUNK) <= (before["rung"] in SUNK) <= (before["rung_high"] in SUNK)
