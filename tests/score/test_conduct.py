"""What is read off a case's steps and sightings: the wait, its end, when it was found, offers, claims, contacts."""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline.engine import Engine
from pipeline.model import TABLES
from pipeline.schema import TIME, arrow_schema
from pipeline.score.conduct import conduct

T0 = datetime(2026, 3, 1, 10, tzinfo=timezone(timedelta(hours=8)))
LAST = 100.0
Row = dict[str, Any]


def at(days: float | None) -> datetime | None:
    return None if days is None else T0 + timedelta(days=days)


def read(tmp_path: Path, steps: list[tuple[float | None, str, str]], label: str = "refusal", **case: Any) -> Row:
    """The row of one case: `steps` are (day, actor, kind); sightings are (day, steps shown); replies all bear `label`."""
    sightings = case.pop("sightings", [(0.0, 0), (LAST, len(steps))])
    gone = case.pop("gone", None)
    dated = [day for day, actor, _ in steps if actor == "platform" and day is not None]
    substantive = min(dated) if dated and label in ("refusal", "offer", "resolved_claim") else None
    row = {"id": "a/1", "platform": "p", "t0": T0, "deadline_at": at(30), "in_headline": True, "in_promises": True, "state": "judged",
           "rung": "answered", "contradicted": False, "first_substantive_at": at(substantive)} | case  # fmt: skip
    events = [
        {"id": f"a/1#{seq}", "complaint": "a/1", "seq": seq, "at": at(day), "actor": actor, "kind": kind}
        for seq, (day, actor, kind) in enumerate(steps)
    ]
    replies = [{"id": one["id"], "complaint": "a/1", "case_id": "a/1", "at": one["at"], "kind": one["kind"], "label": label,
                "weight": "substantive" if label in ("refusal", "offer", "resolved_claim") else "formal"}
               for one in events if one["actor"] == "platform"]  # fmt: skip
    seen = [
        {"complaint": "a/1", "seen_at": at(day), "n_events": shown, "gone": None, "found_via": "home"}
        for day, shown in sightings
    ]
    complaint = {"id": "a/1", "case_id": "a/1", "gone_at": at(gone), "standing": "counted"}
    with Engine(tmp_path) as engine:
        engine.put("cases", _table("cases", [row]))
        engine.put("complaints", _table("complaints", [complaint]))
        tables = {
            "events": _table("events", events),
            "replies": _table("replies", replies),
            "sightings": _table("sightings", seen),
        }
        return conduct(engine, tables).to_pylist()[0]


def _table(name: str, rows: list[Row]) -> pa.Table:
    """The rows under the table's schema; columns not given are null."""
    fields = [pa.field(field.name, field.type) for field in arrow_schema(TABLES[name])]
    return pa.Table.from_pylist(rows, pa.schema(fields))


def test_a_reply_ends_the_wait_at_its_own_time(tmp_path: Path) -> None:
    found = read(tmp_path, [(0, "portal", "assigned"), (2, "platform", "replied"), (5, "complainant", "withdrawn")])
    assert (found["cause"], found["days"], found["earliest_days"], found["found_after_days"]) == (
        "replied",
        2.0,
        2.0,
        0.0,
    )


@pytest.mark.parametrize(
    ("kind", "cause"),
    [("withdrawn", "withdrawn"), ("closed", "closed"), ("confirmed", "closed"), ("auto_completed", "closed")],
)
def test_other_ends_compete(tmp_path: Path, kind: str, cause: str) -> None:
    found = read(
        tmp_path, [(1, "platform", "replied"), (4, "complainant", kind), (6, "platform", "replied")], label="ack"
    )
    assert (found["cause"], found["days"]) == (cause, 4.0)


def test_a_page_that_vanished_ended_when_it_was_found_gone(tmp_path: Path) -> None:
    found = read(tmp_path, [(0, "portal", "assigned")], sightings=[(3.0, 1)], gone=12.0)
    assert (found["cause"], found["days"], found["found_after_days"]) == ("vanished", 12.0, 3.0)


def test_without_an_end_observation_stops_at_the_last_sighting(tmp_path: Path) -> None:
    found = read(tmp_path, [(0, "portal", "assigned")], sightings=[(0.5, 1), (8.0, 1)])
    assert (found["cause"], found["days"], found["found_after_days"]) == ("censored", 8.0, 0.5)


def test_a_reply_without_a_time_lies_between_two_sightings(tmp_path: Path) -> None:
    steps = [(0.0, "portal", "assigned"), (None, "platform", "replied")]
    found = read(tmp_path, steps, sightings=[(1.0, 1), (6.0, 1), (9.0, 2)])
    assert (found["cause"], found["days"], found["earliest_days"]) == ("replied", 9.0, 6.0)
    first = read(tmp_path, steps, sightings=[(9.0, 2)])
    assert (first["days"], first["earliest_days"]) == (9.0, 0.0)


@pytest.mark.parametrize(
    ("rung", "contradicted", "fate"),
    [("resolved_confirmed", False, "confirmed"), ("answered", True, "contradicted"), ("answered", False, "unheard")],
)
def test_what_became_of_an_offer(tmp_path: Path, rung: str, contradicted: bool, fate: str) -> None:
    steps = [(2.0, "platform", "replied")]
    assert read(tmp_path, steps, "offer", rung=rung, contradicted=contradicted)["offer"] == fate
    assert read(tmp_path, steps, "refusal", rung=rung)["offer"] is None
    assert read(tmp_path, [(31.0, "platform", "replied")], "offer", rung="silent")["offer"] is None


def test_a_follow_up_after_a_claim_reopens_the_case(tmp_path: Path) -> None:
    claim, again = (2.0, "platform", "completion_requested"), (4.0, "complainant", "followed_up")
    found = read(tmp_path, [claim, again])
    assert (found["claimed"], found["reopened"]) == (True, True)
    assert not read(tmp_path, [(1.0, "complainant", "followed_up"), claim])["reopened"]
    assert not read(tmp_path, [claim, (31.0, "complainant", "followed_up")])["reopened"]
    assert not read(tmp_path, [(2.0, "platform", "replied"), again])["claimed"]


def test_a_withdrawal_within_three_days_of_a_contact(tmp_path: Path) -> None:
    contact = (2.0, "platform", "replied")
    soon = read(tmp_path, [contact, (4.9, "complainant", "withdrawn")])
    assert (soon["contacted"], soon["withdrawn_soon"]) == (True, True)
    assert not read(tmp_path, [contact, (5.1, "complainant", "withdrawn")])["withdrawn_soon"]
    before = read(tmp_path, [(1.0, "complainant", "withdrawn"), contact])
    assert (before["contacted"], before["withdrawn_soon"]) == (True, False)
    assert not read(tmp_path, [(1.0, "complainant", "withdrawn")])["contacted"]


def test_times_are_whole_seconds(tmp_path: Path) -> None:
    days = read(tmp_path, [(1 / 3, "platform", "replied")])["days"]
    assert days * 86400 == pytest.approx(28800, abs=1e-6)
    assert TIME.tz == "UTC"
