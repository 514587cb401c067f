"""The flow on a handful of records: standing, gate, shrinking tables, unknown words, crashes."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline import flow
from pipeline.errors import GateClosed
from pipeline.paths import Paths
from pipeline.publish import gate
from tests.intake.test_landed import line, write


def quiet(_: str) -> None:
    """No progress in tests."""


def rows(paths: Paths, query: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(paths.public / "sinkrate.db")) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(query)]


def made(tmp_path: Path, *lines: str, accept: tuple[str, ...] = ()) -> Paths:
    paths = Paths(tmp_path)
    write(paths.raw, *lines)
    flow.run(paths, None, accept, quiet)
    return paths


def test_an_imported_complaint_is_listed_and_enters_no_rate(tmp_path: Path) -> None:
    paths = made(tmp_path, line("1"), line("2", found_via="import:x"))
    cases = {row["id"]: row for row in rows(paths, "SELECT * FROM cases")}
    assert cases["heimao/1"]["standing"] == "counted"
    assert cases["heimao/1"]["rung"] == "silent"
    assert cases["heimao/2"]["standing"] == "imported"
    assert (cases["heimao/2"]["rung"], cases["heimao/2"]["in_headline"]) == (None, 0)
    assert rows(
        paths,
        "SELECT n FROM scorecards WHERE measure = 'sink_rate' AND horizon = '30d' AND platform = '*' AND slice = 'all'",
    ) == [{"n": 1}]


def test_our_own_sighting_of_an_imported_complaint_makes_it_count(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    write(paths.raw, line("1", found_via="import:x", events=[]), name="import-1")
    write(paths.raw, line("1"))
    flow.run(paths, None, (), quiet)
    assert rows(paths, "SELECT standing, rung FROM cases") == [{"standing": "counted", "rung": "silent"}]


def test_a_rejected_complaint_makes_no_case(tmp_path: Path) -> None:
    rejected = [
        {"at": "2026-03-01T10:00:00+08:00", "actor": "portal", "kind": "rejected", "text": None, "hidden": False}
    ]
    paths = made(tmp_path, line("1"), line("2", events=rejected))
    assert [row["id"] for row in rows(paths, "SELECT id FROM cases")] == ["heimao/1"]
    assert rows(paths, "SELECT n_complaints, n_rejected FROM portals WHERE id = 'heimao'") == [
        {"n_complaints": 2, "n_rejected": 1}
    ]


def test_one_unknown_status_word_leaves_the_rates_and_is_listed(tmp_path: Path) -> None:
    lines = [line(str(number), status="处理中") for number in range(300)]
    paths = made(tmp_path, *lines, line("999", status="飞升中"))
    assert rows(paths, "SELECT standing, in_headline FROM cases WHERE id = 'heimao/999'") == [
        {"standing": "not_understood", "in_headline": 0}
    ]
    found = rows(paths, "SELECT kind, subject, remedy FROM findings")
    assert [(row["kind"], row["subject"]) for row in found] == [("unknown_status", "heimao/999")]
    assert "portal.yml" in found[0]["remedy"]


def test_too_many_unknown_words_close_the_gate_and_the_last_edition_stays(tmp_path: Path) -> None:
    paths = made(tmp_path, *[line(str(number), status="处理中") for number in range(20)])
    before = rows(paths, "SELECT id FROM editions")
    write(paths.raw, line("77", status="飞升中"), name="20260602T100000")
    with pytest.raises(GateClosed, match=r"portal\.yml does not know"):
        flow.run(paths, None, (), quiet)
    assert rows(paths, "SELECT id FROM editions") == before


def test_a_table_that_shrank_by_half_is_refused_unless_accepted(tmp_path: Path) -> None:
    paths = made(tmp_path, *[line(str(number), body=f"第{number}件，内容各不相同") for number in range(20)])
    write(paths.raw, line("1"))
    with pytest.raises(GateClosed, match="--accept-shrink complaints"):
        flow.run(paths, None, (), quiet)
    flow.run(paths, None, ("complaints", "cases", "events", "sightings"), quiet)
    assert rows(paths, "SELECT count(*) AS n FROM complaints") == [{"n": 1}]


def test_personal_data_that_slips_through_closes_the_gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "leaks_all", lambda texts: [["phone"] if "泄漏" in text else [] for text in texts])
    with pytest.raises(GateClosed, match=r"personal data left \(phone\) in complaints.title of heimao/1"):
        made(tmp_path, line("1", title="一处泄漏"))
    assert not (tmp_path / "public" / "sinkrate.db").exists()


def test_a_crash_while_publishing_leaves_the_last_edition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = made(tmp_path, line("1"))
    before = rows(paths, "SELECT id FROM editions")

    def crash(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(flow, "write_database", crash)
    with pytest.raises(OSError, match="disk full"):
        flow.run(paths, datetime(2026, 7, 1, tzinfo=UTC), (), quiet)
    assert rows(paths, "SELECT id FROM editions") == before


def test_the_key_is_made_once_and_only_the_owner_reads_it(tmp_path: Path) -> None:
    first = flow.fingerprint_key(tmp_path / "work" / "key")
    assert flow.fingerprint_key(tmp_path / "work" / "key") == first
    assert (tmp_path / "work" / "key").stat().st_mode & 0o777 == 0o600


def test_official_endings_alone_enter_no_rate(tmp_path: Path) -> None:
    """A finished mediation without a case of its own is listed; it makes no rate and no rung."""
    ending = [
        {"at": "2026-03-09T10:00:00+08:00", "actor": "portal", "kind": "closed", "text": "达成调解", "hidden": False}
    ]
    paths = made(tmp_path, line("1"), line("x9", portal="tsgs12315", status="达成调解", events=ending, body="另一件事"))
    found = {row["id"]: row for row in rows(paths, "SELECT id, standing, rung, in_headline FROM cases")}
    assert found["tsgs12315/x9"] == {"id": "tsgs12315/x9", "standing": "official", "rung": None, "in_headline": 0}
    assert found["heimao/1"]["in_headline"] == 1


def test_a_mediation_reached_lifts_the_case_it_belongs_to(tmp_path: Path) -> None:
    story = (
        "三月初在店里给家里老人的手机充了一百元话费，付款以后一直停在处理中，订单号20260302998877，等到今天还没有进账"
    )
    ending = [
        {"at": "2026-03-09T10:00:00+08:00", "actor": "portal", "kind": "closed", "text": "达成调解", "hidden": False}
    ]
    paths = made(
        tmp_path, line("1", body=story), line("x9", portal="tsgs12315", status="达成调解", events=ending, body=story)
    )
    assert rows(paths, "SELECT id, rung, standing FROM cases") == [
        {"id": "heimao/1", "rung": "resolved_confirmed", "standing": "counted"}
    ]


def test_a_complaint_the_portal_has_not_admitted_yet_makes_no_case(tmp_path: Path) -> None:
    filed = [
        {"at": "2026-03-01T10:00:00+08:00", "actor": "complainant", "kind": "filed", "text": None, "hidden": False}
    ]
    paths = made(tmp_path, line("1"), line("9", portal="dianshubao", status="未审核", events=filed))
    assert [row["id"] for row in rows(paths, "SELECT id FROM cases")] == ["heimao/1"]
    assert rows(paths, "SELECT standing FROM complaints WHERE portal = 'dianshubao'") == [{"standing": "pending"}]
