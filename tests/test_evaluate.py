"""The figures of a labelled file, on tables small enough to count by hand; and the floor under the committed ones."""

import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from pipeline.evaluate import Report, calibration_error, confusion, rates, rates_of, redaction, replies
from pipeline.model import LABELS
from pipeline.paths import PROJECT

GOLD = PROJECT / "tests" / "gold"
FLOORS = {"macro_f1": 0.947, "substantive_precision": 0.956, "substantive_recall": 0.983}
"""What was reached on the development set, less 0.01."""


@cache
def on_gold() -> Report:
    return replies(GOLD / "replies.jsonl")


@pytest.mark.parametrize(("name", "floor"), FLOORS.items())
def test_figures_on_the_development_set_do_not_fall(name: str, floor: float) -> None:
    assert on_gold().figures[name] >= floor


def test_confidence_is_calibrated_on_the_development_set() -> None:
    assert on_gold().figures["calibration_error"] <= 0.05


def test_rates_by_hand() -> None:
    counts = confusion(["ack", "ack", "blame"], ["ack", "blame", "blame"])
    assert counts == Counter({("ack", "ack"): 1, ("ack", "blame"): 1, ("blame", "blame"): 1})
    ack = rates_of(counts, frozenset({"ack"}))
    assert (ack.precision, ack.recall, ack.f1) == (1.0, 0.5, pytest.approx(2 / 3))
    assert rates(0, 0, 0).f1 == 0


def test_calibration_by_hand() -> None:
    assert calibration_error([0.95, 0.95], [True, False]) == pytest.approx(0.45)
    assert calibration_error([0.75, 0.75, 0.75, 0.75], [True, True, True, False]) == pytest.approx(0)
    assert calibration_error([], []) == 0


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1))
def test_calibration_error_is_a_share(pairs: list[tuple[float, bool]]) -> None:
    assert 0 <= calibration_error([sure for sure, _ in pairs], [good for _, good in pairs]) <= 1 + 1e-9


def test_a_report_prints_with_its_labels() -> None:
    console = Console(width=160)
    with console.capture() as said:
        console.print(on_gold())
    assert all(label in said.get() for label in LABELS)
    assert "macro_f1" in said.get()


def test_redaction_counts_what_survives_and_what_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "few.jsonl"
    lines = [
        {"id": "mobile-1", "text": "打13800138000", "secrets": ["13800138000"], "keepers": []},
        {"id": "none-1", "text": "退了50元", "secrets": ["退了"], "keepers": ["50元"]},
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    report = redaction(path)
    assert report.figures == {"secrets_surviving_share": 0.5, "keepers_lost_share": 0.0}
    assert len(report.worst) == 1
