"""The radar on invented weeks: an outbreak shows, the usual and the re-posted do not; its arithmetic against other libraries."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import nbinom
from statsmodels.stats.multitest import multipletests

from pipeline.engine import Engine
from pipeline.score.radar import adjusted_within, baseline, radar, tail

MONDAY = datetime.fromisoformat("2026-01-05T00:00:00+08:00")
AS_OF = MONDAY + timedelta(weeks=30)
Row = dict[str, Any]


def complaints(platform: str, weekly: list[int], issue: str = "无法提现") -> list[Row]:
    """So many cases a week from the first week on, one complaint each."""
    return [
        {"id": f"{platform}/{issue}/{week}/{at}", "case_id": f"{platform}/{issue}/{week}/{at}", "platform": platform, "standing": "counted", "topics": issue,
         "filed_at": MONDAY + timedelta(weeks=week, hours=at % 100), "published_at": None, "assigned_at": None}
        for week, count in enumerate(weekly) for at in range(count)
    ]  # fmt: skip


def found(tmp_path: Path, rows: list[Row], as_of: datetime = AS_OF) -> dict[tuple[str, str, date], Row]:
    time = pa.timestamp("us", "UTC")
    fields = [
        (name, time if name.endswith("_at") else pa.string())
        for name in ("id", "case_id", "platform", "standing", "topics", "filed_at", "published_at", "assigned_at")
    ]
    table = pa.Table.from_pylist(rows, pa.schema(fields))
    with Engine(tmp_path) as engine:
        engine.put("complaints", table)
        engine.put(
            "cases",
            pa.Table.from_pylist(
                list({row["case_id"]: {"id": row["case_id"], "topics": row["topics"]} for row in rows}.values())
            ),
        )
        return {(row["platform"], row["issue"], row["week"]): row for row in radar(engine, as_of).to_pylist()}


def test_a_mass_shows_and_the_usual_does_not(tmp_path: Path) -> None:
    usual = [3, 2, 4, 3, 2, 3, 4, 2, 3, 3] * 3
    rows = found(tmp_path, complaints("calm", usual) + complaints("storm", [*usual[:29], 20]))
    raised = {key for key, row in rows.items() if row["flagged"]}
    week = (MONDAY + timedelta(weeks=29)).date()
    assert raised == {("storm", "无法提现", week), ("storm", "*", week)}
    row = rows["storm", "无法提现", week]
    assert (row["n"], row["weeks"], row["before"], row["exposure"]) == (20, 26, sum(usual[3:29]), 1.0)
    assert row["expected"] == pytest.approx((sum(usual[3:29]) + 0.5) / 26)


def test_a_mass_shows_within_days(tmp_path: Path) -> None:
    rows = found(tmp_path, complaints("storm", [2] * 30 + [12]), MONDAY + timedelta(weeks=30, days=2))
    row = rows["storm", "无法提现", (MONDAY + timedelta(weeks=30)).date()]
    assert row["flagged"]
    assert row["exposure"] == pytest.approx(2 / 7)


def test_one_case_posted_twenty_times_is_one(tmp_path: Path) -> None:
    rows = complaints("calm", [2] * 30)
    rows += [rows[-1] | {"id": f"again/{at}"} for at in range(20)]
    assert not any(row["flagged"] for row in found(tmp_path, rows).values())


def test_a_platform_without_a_past_of_its_own_is_held_against_nothing(tmp_path: Path) -> None:
    rows = found(tmp_path, complaints("calm", [2] * 30) + complaints("new", [0] * 29 + [3]))
    assert rows["new", "*", (MONDAY + timedelta(weeks=29)).date()]["expected"] == pytest.approx(0.5 / 26)
    assert not found(tmp_path, complaints("new", [0] * 2 + [9]), MONDAY + timedelta(weeks=3))


def test_the_tail_is_scipys_negative_binomial() -> None:
    n, mean, spread = np.array([1, 3, 7, 20]), np.array([0.2, 2.0, 6.5, 3.0]), np.array([0.5, 0.1, 0.06, 0.3])
    size = 1 / spread
    assert tail(n, mean, spread) == pytest.approx(nbinom.sf(n - 1, size, size / (size + mean)), abs=1e-9)


def test_false_discoveries_are_controlled_week_by_week() -> None:
    random = np.random.default_rng(1)
    week, p = np.repeat([4, 9], [30, 12]), random.random(42) ** 3
    q = adjusted_within(week, p, np.where(week == 4, 50, 12))
    for one, tests in ((4, 50), (9, 12)):
        own = p[week == one]
        expected = multipletests(np.append(own, np.ones(tests - len(own))), method="fdr_bh")[1][: len(own)]
        assert q[week == one] == pytest.approx(expected, abs=1e-9)


def test_the_baseline_is_the_weeks_before_and_never_the_week_itself() -> None:
    before, weeks = baseline(np.array([0, 0, 0, 1]), np.array([0, 5, 40, 40]), np.array([4, 2, 9, 1]), 41)
    assert before.tolist() == [0, 4, 0, 0]
    assert weeks.tolist() == [0, 5, 26, 26]


def test_a_quiet_market_raises_hardly_anything(tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    rows = [
        row
        for at in range(60)
        for row in complaints(f"p{at}", random.negative_binomial(5, 5 / (5 + 1 + at % 6), 30).tolist())
    ]
    shown = found(tmp_path, rows)
    raised = [key for key, row in shown.items() if row["flagged"]]
    assert len(raised) <= 4, raised
