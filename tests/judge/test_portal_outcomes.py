"""Every rung on every portal, the traps of the portals' pages, and steps whose time no page prints."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.judge.outcome import Horizon, judge
from pipeline.model import RUNGS
from pipeline.paths import PROJECT
from pipeline.portals import slugs
from pipeline.stages import run
from pipeline.workdays import Calendar
from tests.judge.test_outcome import AS_OF, ORDER, START, STEPS, SUNK, complaints, seen, steps, verdict, verdicts

TABLE = yaml.safe_load((Path(__file__).parent / "portal_outcomes.yml").read_text(encoding="utf8"))
EXAMPLES = [
    (portal, rung, row) for portal, rungs in TABLE.items() for rung, row in rungs.items() if "cannot" not in row
]


def at(day: float | None) -> str | None:
    return None if day is None else (START + timedelta(days=day)).isoformat()


def stage(portal: str, row: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What `sinkrate stage outcome` says of one record."""
    events = [
        dict(
            zip(
                ("at", "actor", "kind", "text", "hidden"),
                (at(step[0]), *step[1:], *[None] * (4 - len(step)), False),
                strict=False,
            )
        )
        for step in row["steps"]
    ]
    events = [event | {"hidden": bool(event.get("hidden"))} for event in events]
    line = {
        "id": 1, "as_of": at(row.get("as_of", 120)), "portal": portal, "ref": "1", "url": "https://portal.example/1", "found_via": "home",
        "title": "投诉", "platform_name": "甲铺", "filed_at": at(row.get("filed")), "seen_at": at(row["seen"]), "events": events, "page_digest": "0" * 64,
        "gone": {"at": at(row["gone"]), "kind": "deleted"} if "gone" in row else None,
    }  # fmt: skip
    answers, errors = run("outcome", [json.dumps(line | more)], PROJECT / "data" / "reference")
    assert not errors, answers
    return answers[0]


def test_every_portal_says_of_every_rung_how_it_comes_or_why_it_cannot() -> None:
    assert set(TABLE) == set(slugs())
    assert all(set(rungs) == set(RUNGS) for rungs in TABLE.values())


@pytest.mark.parametrize(("portal", "rung", "row"), EXAMPLES, ids=[f"{portal}-{rung}" for portal, rung, _ in EXAMPLES])
def test_rung_on_portal(portal: str, rung: str, row: dict[str, Any]) -> None:
    found = stage(portal, row)
    assert (found["rung"], found["state"]) == (rung, "judged"), found["why"]


def test_a_reply_whose_text_no_portal_prints_is_answered_only_within_bounds() -> None:
    """电诉宝 prints that a platform replied and not what."""
    row = {
        "filed": 0,
        "seen": 60,
        "steps": [[0, "complainant", "filed"], [1, "portal", "assigned"], [4, "platform", "replied", None]],
    }
    assert stage("dianshubao", row)["rung"] == "answered"


def test_saved_pages_of_the_closed_portal_and_lone_endings_have_no_rung() -> None:
    row = {"filed": 0, "seen": 60, "steps": [[0, "complainant", "filed"]]}
    assert stage("jutousu", row, found_via="import:saved")["state"] == "unseen"
    ending = {"seen": 60, "steps": [[9, "portal", "closed", "达成调解"]]}
    assert stage("tsgs12315", ending)["rung"] is None


# ---------------------------------------------------------------- traps (facts of the portals, §12)

STATUS_WORDS = ["已完成", "已回复", "已关闭", "处理中", "待分配", None]


@pytest.mark.parametrize("word", STATUS_WORDS)
def test_the_status_word_decides_nothing(word: str | None) -> None:
    row = TABLE["heimao"]["brushed_off"]
    assert stage("heimao", row, status=word)["rung"] == "brushed_off"


def test_completed_means_three_things() -> None:
    """已完成 by the complainant, by the timer, or asked for by the platform."""
    start = [[0, "complainant", "filed"], [1, "portal", "assigned"]]
    ends = {
        "resolved_confirmed": [[9, "complainant", "confirmed"]],
        "silent": [[9, "portal", "auto_completed"]],
        "resolved_claimed": [[9, "platform", "completion_requested", "解决方案：已为您退款98元至原支付账户，请查收"]],
    }
    for rung, end in ends.items():
        assert stage("heimao", {"filed": 0, "seen": 60, "steps": start + end}, status="已完成")["rung"] == rung


def test_the_clock_starts_when_the_portal_hands_over() -> None:
    late = {
        "filed": 0,
        "seen": 60,
        "steps": [
            [0, "complainant", "filed"],
            [20, "portal", "assigned"],
            [45, "platform", "replied", "您的卡密已使用，按购买页面条款不予退款"],
        ],
    }
    found = stage("heimao", late)
    assert (found["rung"], found["t0_basis"], found["t0"][:10]) == ("answered", "assigned", "2026-03-21")


def test_a_missing_handover_falls_back_and_says_so() -> None:
    row = {
        "filed": 0,
        "seen": 60,
        "steps": [
            [0, "complainant", "filed"],
            [0.5, "portal", "approved"],
            [3, "platform", "replied", "您好，请耐心等待"],
        ],
    }
    assert stage("heimao", row)["t0_basis"] == "published"
    assert stage("heimao", row | {"steps": [row["steps"][0], row["steps"][2]]})["t0_basis"] == "filed"  # type: ignore[index]


def test_a_young_complaint_is_not_judged() -> None:
    assert (
        stage(
            "heimao", {"filed": 100, "seen": 119, "steps": [[100, "complainant", "filed"], [100, "portal", "assigned"]]}
        )["state"]
        == "too_young"
    )


# ---------------------------------------------------------------- several complaints, one case


def case(parts: dict[str, tuple[list[list[Any]], pa.Table]], official: str = "") -> dict[str, Any]:
    held = complaints(**{name: rows[0][0] if rows else None for name, (rows, _) in parts.items()})
    held = held.set_column(4, "official", pa.array([name == official for name in parts]))
    stepped = pa.concat_tables([steps(name, rows) for name, (rows, _) in parts.items()])
    return judge(
        held, stepped, pa.concat_tables([table for _, table in parts.values()]), Horizon.parse(None), AS_OF
    ).to_pylist()[0]


def test_an_official_row_neither_keeps_a_case_in_sight_nor_holds_it() -> None:
    handed, ended = [[0, "portal", "assigned"]], [[20, "portal", "confirmed"]]
    unwatched = case({"a": (handed, seen("a", [5])), "b": ([], seen("b", []))}, official="b")
    assert unwatched["state"] == "unseen"
    gone = case({"a": (handed, seen("a", [5], 20)), "b": ([], seen("b", []))}, official="b")
    assert gone["rung"] == "vanished"
    lifted = case({"a": (handed, seen("a", [5])), "b": (ended, seen("b", []))}, official="b")
    assert (lifted["rung"], lifted["mediated"]) == ("resolved_confirmed", True)
    assert "调解" in lifted["why"]
    assert "mediation" in lifted["why_en"]


def test_posting_again_after_a_claim_denies_it() -> None:
    claimed = [[0, "portal", "assigned"], [3, "platform", "completion_requested", "substantive", "resolved_claim"]]
    again = [[9, "complainant", "filed"], [10, "portal", "assigned"]]
    found = case({"a": (claimed, seen("a", [119])), "b": (again, seen("b", [119]))})
    assert (found["rung"], found["rung_high"], found["contradicted"]) == ("answered", "brushed_off", True)


def test_a_denied_offer_takes_nothing_from_a_reasoned_refusal() -> None:
    rows: list[list[Any]] = [[0, "portal", "assigned"], [1, "platform", "replied", "substantive", "refusal"]]
    more = [
        *rows,
        [2, "platform", "replied", "substantive", "offer"],
        [3, "complainant", "followed_up", None, None, "contradicts"],
    ]
    assert verdict({"steps": rows})["rung_high"] == verdict({"steps": more})["rung_high"] == "answered"


# ---------------------------------------------------------------- steps without a printed time


@pytest.mark.parametrize(
    ("shown", "absent", "state", "rung", "low", "high"),
    [
        (10, None, "judged", "answered", "answered", "answered"),  # surely in time
        (45, 35, "judged", "silent", "silent", "silent"),  # surely late
        (45, 10, "unseen", None, "answered", "silent"),  # undetermined
        (45, None, "unseen", None, "answered", "silent"),
        (30, 29, "judged", "answered", "answered", "answered"),  # seen in the last moment
        (31, 30, "judged", "silent", "silent", "silent"),  # not there at the deadline
    ],
)
def test_an_untimed_reply_lies_between_two_sightings(
    shown: float, absent: float | None, state: str, rung: str | None, low: str, high: str
) -> None:
    example = {
        "published": 0,
        "steps": [[0, "portal", "assigned"], [None, "platform", "replied", "substantive", "offer"]],
        "shown": shown,
        "absent": absent,
    }
    found = verdict(example)
    assert [found[name] for name in ("state", "rung", "rung_low", "rung_high")] == [state, rung, low, high], found[
        "why"
    ]


def test_untimed_steps_that_change_no_side_are_judged_between_their_bounds() -> None:
    """Handed over at an unknown time, nothing answered: sunk either way; the low bound leaves it out as undelivered."""
    found = verdict({"published": 0, "steps": [[None, "portal", "assigned"]], "shown": 45})
    assert [found[name] for name in ("state", "rung", "rung_low", "rung_high")] == [
        "judged",
        "silent",
        "undelivered",
        "silent",
    ]


MANY = st.lists(STEPS, min_size=20, max_size=40)
FROZEN = ("rung", "rung_low", "rung_high", "state")


def rows_of(random: list[tuple[float, tuple[Any, ...]]]) -> list[list[Any]]:
    return [[0.0, "portal", "assigned"]] + [[at, *rest] for at, rest in random]


@settings(max_examples=5, deadline=None)
@given(MANY, st.floats(30.01, 100))
def test_later_steps_never_change_what_stood_at_the_horizon(
    random: list[list[tuple[float, tuple[Any, ...]]]], after: float
) -> None:
    late = [[after, *rest] for _, rest in random[0]]
    before = verdicts([{"published": 0, "steps": rows_of(one)} for one in random])
    now = verdicts([{"published": 0, "steps": rows_of(one) + late} for one in random])
    assert [[one[name] for name in FROZEN] for one in before] == [[one[name] for name in FROZEN] for one in now]


@settings(max_examples=6, deadline=None)
@given(MANY, st.integers(0, 80), st.integers(0, 80))
def test_low_headline_high_hold_where_no_time_is_printed(
    random: list[list[tuple[float, tuple[Any, ...]]]], shown: int, before: int
) -> None:
    blank = [[[at if at > 20 else None, *rest] for at, *rest in rows_of(one)] for one in random]
    absent = before if before < shown else None
    for found in verdicts([{"published": 0, "steps": one, "shown": shown, "absent": absent} for one in blank]):
        if found["rung_low"] and found["rung_high"]:
            assert (found["rung_low"] in SUNK) <= (found["rung_high"] in SUNK)
        if found["rung"]:
            assert (found["rung_low"] in SUNK) <= (found["rung"] in SUNK) <= (found["rung_high"] in SUNK)


@settings(max_examples=5, deadline=None)
@given(MANY, st.floats(0, 60))
def test_a_stronger_reply_never_lowers_any_bound(
    random: list[list[tuple[float, tuple[Any, ...]]]], when: float
) -> None:
    refusal = [when, "platform", "replied", "substantive", "refusal"]
    befores = verdicts([{"published": 0, "steps": rows_of(one)} for one in random])
    afters = verdicts([{"published": 0, "steps": [*rows_of(one), refusal]} for one in random])
    for before, after in zip(befores, afters, strict=True):
        for name in ("rung", "rung_low", "rung_high"):
            if before[name] in ORDER and after[name] in ORDER:
                assert ORDER[after[name]] <= ORDER[before[name]]


def test_the_same_reply_at_three_horizons() -> None:
    calendar = Calendar.load(PROJECT / "data" / "reference" / "workdays")
    example = {
        "steps": [[0, "portal", "assigned"], [40, "platform", "replied", "substantive", "refusal"]],
        "seen": [119],
    }
    rungs = [verdict(example, horizon, calendar)["rung"] for horizon in ("7wd", "30d", "90d")]
    assert rungs == ["silent", "silent", "answered"]
    assert datetime(2026, 3, 10, 16, tzinfo=UTC) == verdict(example, "7wd", calendar)["deadline_at"]
