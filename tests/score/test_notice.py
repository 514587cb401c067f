"""The notice list on invented platforms: found, sent, entered, left; its mirror; what the simulation promises."""

import sqlite3
from contextlib import closing
from datetime import date, datetime
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from statsmodels.stats.proportion import proportion_confint

from pipeline.engine import Engine
from pipeline.errors import BadInput
from pipeline.model import Sent
from pipeline.score import mirror
from pipeline.score.notice import evaluated_on, lower_bound, newest_month, notices, sent_notices
from pipeline.score.simulate import beta_binomial, met_in_month, notice_simulation

Row = dict[str, Any]
Plan = list[tuple[int, int]]
FIRST = 2025 * 12
BAD, GOOD, FEW = (8, 10), (2, 10), (2, 2)


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T12:00:00+08:00")


def cases(**platforms: Plan) -> list[Row]:
    """Judged delivered cases from January 2025: (sunk, judged) a month."""
    return [
        {"id": f"{platform}/{month}/{at}", "platform": platform, "month": f"{(FIRST + month) // 12}-{(FIRST + month) % 12 + 1:02d}", "standing": "counted",
         "state": "judged", "delivered": True, "rung": "silent" if at < k else "answered"}
        for platform, plan in platforms.items() for month, (k, n) in enumerate(plan) for at in range(n)
    ]  # fmt: skip


def found(tmp_path: Path, rows: list[Row], as_of: str, *sent: tuple[str, str]) -> list[Row]:
    records = [
        Sent(platform=platform, found_on=date(2025, 1, 1), sent_on=date.fromisoformat(on)) for platform, on in sent
    ]
    with Engine(tmp_path) as engine:
        engine.put("cases", pa.Table.from_pylist(rows))
        return notices(engine, shanghai(as_of), records).to_pylist()


def test_a_month_is_evaluated_when_its_last_case_has_had_thirty_days() -> None:
    assert evaluated_on(FIRST) == date(2025, 3, 3)
    assert evaluated_on(FIRST + 11) == date(2026, 1, 31)
    assert newest_month(shanghai("2025-03-02")) == FIRST - 1
    assert newest_month(shanghai("2025-03-03")) == FIRST


def test_the_bound_is_the_one_sided_wilson_bound() -> None:
    k, n = np.array([0, 8, 15, 20, 30]), np.array([15, 15, 15, 30, 30])
    expected = [proportion_confint(a, b, alpha=0.10, method="wilson")[0] for a, b in zip(k, n, strict=True)]
    assert lower_bound(k, n) == pytest.approx(expected, abs=1e-9)


def test_two_whole_pools_are_needed_and_a_notice_and_fourteen_days(tmp_path: Path) -> None:
    rows = cases(a=[BAD] * 12)
    assert found(tmp_path, rows, "2025-07-30") == []
    (row,) = found(tmp_path, rows, "2025-07-31")
    assert (row["found_on"], row["status"], row["entered_on"]) == (date(2025, 7, 31), "to_send", None)
    assert (row["first_k"], row["first_n"], row["second_k"], row["second_n"]) == (24, 30, 24, 30)
    (row,) = found(tmp_path, rows, "2025-08-18", ("a", "2025-08-05"))
    assert (row["status"], row["entered_on"]) == ("waiting", None)
    (row,) = found(tmp_path, rows, "2025-08-19", ("a", "2025-08-05"))
    assert (row["status"], row["entered_on"], row["sent_on"]) == ("listed", date(2025, 8, 19), date(2025, 8, 5))


def test_no_notice_no_entry(tmp_path: Path) -> None:
    (row,) = found(tmp_path, cases(a=[BAD] * 24), "2026-12-31")
    assert (row["status"], row["entered_on"], row["left_on"]) == ("to_send", None, None)
    assert "通知尚未送出" in row["why"]


def test_a_notice_sent_before_the_finding_or_after_today_counts_for_nothing(tmp_path: Path) -> None:
    rows = found(tmp_path, cases(a=[BAD] * 12), "2025-09-30", ("a", "2025-07-01"), ("a", "2025-10-05"))
    assert [(row["status"], row["sent_on"]) for row in rows] == [("unmatched", date(2025, 7, 1)), ("to_send", None)]


def test_three_clear_evaluations_lead_out_and_a_new_episode_needs_a_new_notice(tmp_path: Path) -> None:
    plan = [BAD] * 7 + [(0, 10)] * 6 + [BAD] * 8
    rows = found(tmp_path, cases(a=plan), "2026-11-30", ("a", "2025-08-05"))
    assert [row["status"] for row in rows] == ["left", "to_send"]
    left = rows[0]
    # pools ending in months 8, 9, 10 hold 16, 8, 0 of 30: the first bound at or below 50 % is that of the month after 16/30
    assert (left["entered_on"], left["n_clear"]) == (date(2025, 8, 19), 3)
    assert left["left_on"] == evaluated_on(FIRST + 9)
    assert left["last_low"] <= 0.5
    assert "连续三次评估下限不超过 50%" in left["why"]


def test_an_empty_evaluation_neither_counts_nor_interrupts(tmp_path: Path) -> None:
    plan = [BAD] * 7 + [(0, 10), (0, 10), (0, 10), *[(0, 0)] * 3, *[(0, 10)] * 3]
    rows = found(tmp_path, cases(a=plan), "2026-11-30", ("a", "2025-08-05"))
    assert [row["status"] for row in rows] == ["left"]


def test_no_pool_of_fifteen_for_six_months_expires(tmp_path: Path) -> None:
    rows = found(tmp_path, cases(a=[BAD] * 7 + [FEW] * 12, other=[GOOD] * 24), "2026-12-31", ("a", "2025-08-05"))
    assert [row["status"] for row in rows] == ["expired"]
    assert rows[0]["left_on"] == evaluated_on(FIRST + 8 + 6 - 1)
    assert "六个月没有足量案件" in rows[0]["why"]


def test_what_ends_before_the_fourteen_days_was_never_listed(tmp_path: Path) -> None:
    plan = [BAD] * 6 + [(0, 30)] * 6
    (row,) = found(tmp_path, cases(a=plan), "2026-03-31", ("a", "2025-10-25"))
    assert (row["status"], row["entered_on"]) == ("lapsed", None)
    assert row["left_on"] == evaluated_on(FIRST + 8)


def test_a_pool_with_too_many_unseen_or_undelivered_cases_does_not_qualify(tmp_path: Path) -> None:
    rows = cases(a=[BAD] * 12, b=[BAD] * 12)
    for row in rows:
        if row["platform"] == "a" and row["id"].endswith("/9"):
            row["state"], row["rung"] = "unseen", None
        if row["platform"] == "b":
            row["delivered"], row["rung"] = False, "undelivered"
    rows += [row | {"id": f"{row['id']}+"} for row in rows if row["state"] == "unseen"]
    assert found(tmp_path, rows, "2026-01-31") == []


def test_every_evaluation_is_what_the_published_sql_says(tmp_path: Path) -> None:
    rows = cases(a=[BAD, (7, 9), (5, 5), (9, 12), (10, 11), BAD, (3, 8), (0, 0), (5, 9)])
    (row,) = found(tmp_path, rows, "2025-10-31")
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE cases (id, platform, month, standing, state, delivered, rung)")
        db.executemany("INSERT INTO cases VALUES (:id, :platform, :month, :standing, :state, :delivered, :rung)", rows)
        listed = {month: (k, n, low) for month, k, n, low in db.execute(row["sql"])}
    assert listed["2025-03"][:2] == (row["first_k"], row["first_n"])
    assert listed["2025-06"] == (row["second_k"], row["second_n"], pytest.approx(row["second_low"], abs=1e-9))
    assert listed["2025-09"] == (row["last_k"], row["last_n"], pytest.approx(row["last_low"], abs=1e-9))
    for k, n, low in listed.values():
        assert low == pytest.approx(proportion_confint(k, n, alpha=0.10, method="wilson")[0], abs=1e-9)


def test_the_file_of_sent_notices(tmp_path: Path) -> None:
    path = tmp_path / "notices.csv"
    assert sent_notices(path) == []
    path.write_text(
        "platform,found_on,sent_on,sent_to\na,2025-08-01,2025-08-05,客服邮箱\nb,2025-08-01,,\n", encoding="utf8"
    )
    assert [(row.platform, row.sent_on) for row in sent_notices(path)] == [("a", date(2025, 8, 5)), ("b", None)]
    path.write_text("platform,found_on,sent_on\na,2025-08-01,yesterday\n", encoding="utf8")
    with pytest.raises(BadInput, match=r"notices.csv:2: sent_on"):
        sent_notices(path)


def test_the_simulation_keeps_its_promises_and_repeats() -> None:
    table = notice_simulation()
    rows = {(row["rho"], row["true_rate"], row["per_month"]): row for row in table.to_pylist()}
    assert {rho for rho, _, _ in rows} == {0.02, 0.05, 0.1}
    assert all(row["value"] <= 0.01 for (rho, rate, _), row in rows.items() if rho == 0.05 and rate == 0.4)
    assert rows[0.05, 0.7, 10]["value"] >= 0.90
    assert notice_simulation.__wrapped__(200).equals(notice_simulation.__wrapped__(200))


def test_the_simulated_rule_is_the_rule_by_plain_loops() -> None:
    sunk = beta_binomial(np.random.default_rng(3), 0.65, 0.1, 7, (200, 24))
    assert abs(sunk.mean() / 7 - 0.65) < 0.03
    expected = []
    for months in sunk.tolist():
        over = [
            proportion_confint(sum(months[at - 2 : at + 1]), 21, alpha=0.10, method="wilson")[0] > 0.5
            for at in range(2, 24)
        ]
        met = [at + 6 for at in range(len(over) - 3) if over[at] and over[at + 3]]
        expected.append(met[0] if met else 0)
    assert met_in_month(sunk, 7).tolist() == expected


def headline(platform: str, **parts: int) -> list[Row]:
    """Cases of the window by what they are: kept (all well), sunk, undelivered, hidden, unseen."""
    shapes: dict[str, Row] = {
        "kept": {}, "sunk": {"rung": "silent", "rung_high": "silent", "t48": "broken"}, "undelivered": {"delivered": False, "rung": "undelivered", "rung_high": "undelivered", "t48": None},
        "hidden": {"hidden_only": True, "rung_high": "brushed_off", "t48": "broken"}, "unseen": {"state": "unseen", "rung": None, "rung_high": None, "t48": "undecidable"},
    }  # fmt: skip
    base = {"platform": platform, "in_headline": True, "in_promises": True, "standing": "counted", "state": "judged", "delivered": True, "month": "2026-09",
            "rung": "resolved_confirmed", "rung_high": "resolved_confirmed", "hidden_only": False, "t48": "kept", "replies_in_time": 1}  # fmt: skip
    numbers = accumulate(parts.values(), initial=0)
    return [
        base | shapes[shape] | {"id": f"{platform}/{start + at}"}
        for (shape, count), start in zip(parts.items(), numbers, strict=False)
        for at in range(count)
    ]


def mirrored(tmp_path: Path, rows: list[Row], offers: dict[str, int] | None = None) -> Row:
    promised = [
        {"platform": "a", "in_headline": True, "offer": fate}
        for fate, count in (offers or {}).items()
        for _ in range(count)
    ]
    schema = pa.schema([("platform", pa.string()), ("in_headline", pa.bool_()), ("offer", pa.string())])
    with Engine(tmp_path) as engine:
        engine.put("cases", pa.Table.from_pylist(rows))
        engine.put("conduct", pa.Table.from_pylist(promised, schema))
        return {row["platform"]: row for row in mirror.mirror(engine).to_pylist()}["a"]


@pytest.mark.parametrize(
    ("parts", "offers", "why"),
    [
        ({"kept": 40}, {"confirmed": 9, "contradicted": 1}, ""),
        ({"kept": 40}, {"confirmed": 8, "contradicted": 2}, "offers"),
        ({"kept": 40}, {"contradicted": 1, "unheard": 20}, "offers"),
        ({"kept": 32, "sunk": 8}, {}, "sink_high|t48"),
        ({"kept": 29, "undelivered": 11}, {}, "sink_high"),
        ({"kept": 29, "hidden": 11}, {}, "sink_high|t48|hidden"),
        ({"kept": 30, "unseen": 5}, {}, "sink_high|t48|unseen"),
    ],
)  # fmt: skip
def test_the_mirror_asks_for_every_criterion(
    tmp_path: Path, parts: dict[str, int], offers: dict[str, int], why: str
) -> None:
    row = mirrored(tmp_path, headline("a", **parts), offers)
    assert (row["why"], row["listed"]) == (why, why == "")


def test_under_thirty_cases_nobody_is_mirrored(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        mirrored(tmp_path, headline("a", kept=29))


def test_mostly_unreached_is_a_flag_of_its_own(tmp_path: Path) -> None:
    with Engine(tmp_path) as engine:
        engine.put(
            "cases",
            pa.Table.from_pylist(
                headline("a", kept=9, undelivered=11)
                + headline("b", kept=10, undelivered=10)
                + headline("c", undelivered=9)
            ),
        )
        rows = mirror.undelivered(engine, shanghai("2026-11-20")).to_pylist()
    raised = {(row["flag"], row["platform"]): row["raised"] for row in rows}
    assert raised == {
        ("undelivered", "a"): True,
        ("undelivered", "b"): False,
        ("undelivered_recent", "a"): True,
        ("undelivered_recent", "b"): False,
    }
