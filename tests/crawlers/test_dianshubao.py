"""Whole crawls of the replica of 电诉宝, every field compared with what its stories declared; the published rules."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from crawlers.lab.dianshubao import DianshubaoDesk
from crawlers.lab.dianshubao.expected import HOME, expected
from crawlers.lab.dianshubao.filings import Filing
from crawlers.lab.server import Lab
from crawlers.lab.things import AS_OF, World
from crawlers.lab.world import build_world
from crawlers.portals.dianshubao.parse import PROFILE, ref_of
from crawlers.portals.dianshubao.ratings import grade_of, index_of, parse_ratings, timeliness
from crawlers.run_state import name_of_run
from pipeline.model import RawComplaint
from pipeline.paths import PROJECT
from pipeline.portals import facts

EARLIER = AS_OF - timedelta(days=40)


@pytest.fixture(scope="module")
def world() -> World:
    return build_world()


@pytest.fixture
def lab(world: World) -> Iterator[Lab]:
    with Lab(world, portal="dianshubao") as running:
        yield running


def desk(lab: Lab) -> DianshubaoDesk:
    found: Any = lab.desk
    assert isinstance(found, DianshubaoDesk)
    return found


def crawl(lab: Lab, data: Path, now: datetime) -> dict[str, RawComplaint]:
    """The records of one crawl at this clock; it must end well."""
    lab.set_clock(now)
    command = [sys.executable, "-m", "crawlers.run", "dianshubao", "--home", f"{lab.url}/", "--data", str(data)]
    done = subprocess.run(
        [*command, "--now", now.isoformat()], cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = rows(data, now, "")
    records = [RawComplaint.model_validate(line) for line in lines]
    assert len({record.ref for record in records}) == len(records)
    return {record.ref: record for record in records}


def rows(data: Path, now: datetime, kind: str) -> list[dict[str, Any]]:
    path = data / "raw" / "dianshubao" / f"{name_of_run(now)}{kind}{'.ndjson' if kind else '.jsonl'}"
    return [json.loads(line) for line in path.read_text(encoding="utf8").splitlines()]


def bare(record: RawComplaint) -> RawComplaint:
    return record.model_copy(update={"page_digest": None})


def of_the_trade(filings: list[Filing]) -> list[Filing]:
    return [filing for filing in filings if filing.platform]


@pytest.fixture(scope="module")
def data(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One whole crawl, for the tests that only read it."""
    folder = tmp_path_factory.mktemp("dianshubao")
    with Lab(world, portal="dianshubao") as running:
        crawl(running, folder, AS_OF)
    return folder


def test_a_crawl_lands_every_field_exactly(lab: Lab, data: Path) -> None:
    got = {row["ref"]: RawComplaint.model_validate(row) for row in rows(data, AS_OF, "")}
    wanted = of_the_trade(desk(lab).listed())
    assert len(wanted) >= 250
    assert {ref: bare(record) for ref, record in got.items()} == {
        filing.id: expected(filing, AS_OF) for filing in wanted
    }
    assert sum(filing.copy_of is not None for filing in wanted) >= 60
    assert {filing.state(AS_OF) for filing in wanted} == {1, 2, 3, 4, 5}


def test_other_trades_are_left_with_their_reason(lab: Lab, data: Path) -> None:
    judged = {row["ref"]: row for row in rows(data, AS_OF, ".relevance")}
    assert {ref for ref, row in judged.items() if row["kept"]} == {f.id for f in of_the_trade(desk(lab).listed())}
    left = {ref: row["why"] for ref, row in judged.items() if not row["kept"]}
    assert len(left) == 12
    assert all(left.values())


def test_a_list_filled_by_script_is_read_the_way_its_script_does(lab: Lab, tmp_path: Path) -> None:
    desk(lab).scripted = True
    got = crawl(lab, tmp_path, AS_OF)
    wanted = of_the_trade(desk(lab).listed())
    assert {ref: bare(record) for ref, record in got.items()} == {
        filing.id: expected(filing, AS_OF, url=f"{HOME}{PROFILE}{filing.id}") for filing in wanted
    }


def test_the_world_moves_between_two_crawls(lab: Lab, tmp_path: Path) -> None:
    first, then = crawl(lab, tmp_path / "a b", EARLIER), {f.id: f for f in desk(lab).filings}
    assert {ref: bare(record) for ref, record in first.items()} == {ref: expected(then[ref], EARLIER) for ref in first}
    second = crawl(lab, tmp_path / "a b", AS_OF)
    assert {ref for ref in second if ref not in first} == {
        f.id for f in of_the_trade(desk(lab).listed()) if f.time1 > EARLIER
    }
    for ref, record in second.items():
        assert bare(record) == expected(then[ref], AS_OF, found_via=record.found_via)
    assert any(len(second[ref].events) > len(first[ref].events) for ref in set(first) & set(second))


def test_a_complaint_that_disappears_gets_a_tombstone(lab: Lab, tmp_path: Path) -> None:
    filing = next(f for f in desk(lab).filings if f.gone_at and f.time2 and f.gone_at < f.time2 + timedelta(days=31))
    assert filing.gone_at is not None
    first = crawl(lab, tmp_path, filing.gone_at - timedelta(days=1))
    assert first[filing.id].gone is None
    now = filing.gone_at + timedelta(days=32)
    assert bare(crawl(lab, tmp_path, now)[filing.id]) == expected(filing, now, found_via="revisit")


def test_the_published_figures_are_kept_and_follow_the_published_rule(lab: Lab, data: Path) -> None:
    printed: dict[str, dict[str, float]] = {}
    for row in rows(data, AS_OF, ".controls"):
        assert list(row) == ["portal", "platform_ref", "name", "counter", "value", "counted_at"]
        printed.setdefault(row["platform_ref"], {})[row["counter"]] = row["value"]
    assert set(printed) == {filing.to_company for filing in desk(lab).filings}
    for figures in printed.values():
        assert index_of(figures["pre"], figures["feedback"], figures["score_ave"]) == pytest.approx(
            figures["buy"], abs=0.0006
        )
        assert figures["pre"] == pytest.approx(figures["feedback_total"] / (figures["total"] or 1), abs=0.0001)


def test_the_published_rule_recomputes_from_the_complaints(lab: Lab) -> None:
    stars = {"bad": 2.0, "common": 5.0, "pleased": 8.0, "perfect": 10.0}
    for row in desk(lab).ratings():
        valid = [f for f in desk(lab).filings if f.to_company == row.company and f.state(AS_OF) in (2, 3, 4)]
        waits = [f.time3 - f.time2 for f in valid if f.time2 and f.time3 and f.time3 <= AS_OF]
        speed = [timeliness(wait.total_seconds() / 3600) for wait in waits]
        rated = [stars[f.review] for f in valid if f.review and f.time4 and f.time4 <= AS_OF]
        index = index_of(len(waits) / (len(valid) or 1), _mean(speed), _mean(rated))
        assert index == pytest.approx(row.buy, abs=0.002)


def _mean(figures: list[float]) -> float:
    return sum(figures) / len(figures) if figures else 0.0


def test_rules_at_their_edges() -> None:
    assert [timeliness(hours) for hours in (0, 71.99, 72, 120, 120.01)] == [1.0, 1.0, 0.6, 0.6, 0.0]
    assert [grade_of(index) for index in (0, 0.399, 0.4, 0.749, 0.75, 1)] == [
        "不建议下单", "不建议下单", "谨慎下单", "谨慎下单", "建议下单", "建议下单",
    ]  # fmt: skip
    assert index_of(1, 1, 10) == 1.0


def test_a_platforms_own_ratings_page_and_ratings_in_json(lab: Lab) -> None:
    row = desk(lab).ratings()[0]
    with urllib.request.urlopen(f"{lab.url}/Index/complaintDataDetail.html?website={quote(row.company)}") as answer:
        (own,) = parse_ratings(answer.read(), facts=facts("dianshubao"))
    answer = {"list": [{"company": row.company, "pre": f"{row.pre * 100:.2f}", "buy": str(row.buy), "grade": "x"}]}
    (told,) = parse_ratings(json.dumps(answer), facts=facts("dianshubao"))
    assert (own.name, own.counters["buy"], own.counters["pre"]) == (row.company, row.buy, pytest.approx(row.pre))
    assert told.counters == {"pre": pytest.approx(row.pre), "buy": row.buy}


@pytest.mark.parametrize(
    ("href", "ref"),
    [
        ("/Index/complain_detail/id/9500001.html", "9500001"), ("/Index/complain_detail.html?id=7&p=2", "7"),
        ("https://www.100ec.cn/complain/12.shtml", "12"), ("/Index/complain_list.html?p=2", None),
        ("/Index/complaintData.html?main=7", None), ("/detail/12.html", None), ("/Index/complain_add.html", None),
    ],
)  # fmt: skip
def test_which_links_are_complaints(href: str, ref: str | None) -> None:
    assert ref_of(href) == ref
