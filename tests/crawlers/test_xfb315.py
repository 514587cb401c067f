"""消费保: whole crawls of its replica against the replica's own truth, and lists that misbehave."""

import hashlib
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest

from crawlers.browser import find
from crawlers.lab.server import Lab
from crawlers.lab.things import AS_OF
from crawlers.lab.world import build_world
from crawlers.lab.xfb315.pages import Pages
from crawlers.lab.xfb315.server import XfbDesk
from crawlers.lab.xfb315.stories import COURSES, build
from crawlers.lab.xfb315.things import FORMS
from crawlers.lab.xfb315.truth import expected
from crawlers.rendered import Walking
from pipeline.model import RawComplaint
from pipeline.paths import PROJECT

SAVED = Path(__file__).parent.parent / "portals" / "xfb315"
FIRST = AS_OF - timedelta(days=40)


class Outcome(NamedTuple):
    """What a crawl left behind."""

    code: int
    report: dict[str, Any]
    records: dict[str, RawComplaint]
    said: str
    folder: Path
    run: str

    def rows(self, kind: str) -> list[dict[str, Any]]:
        path = self.folder / f"{self.run}.{kind}.ndjson"
        return [json.loads(line) for line in path.read_text(encoding="utf8").splitlines()] if path.exists() else []


def crawl(home: str, data: Path, at: datetime, *more: str, timeout: int = 300) -> Outcome:
    command = [sys.executable, "-m", "crawlers.run", "xfb315", "--home", home, "--data", str(data)]
    done = subprocess.run(
        [*command, "--now", at.isoformat(), *more], cwd=PROJECT, capture_output=True, text=True, timeout=timeout
    )
    folder, run = data / "raw" / "xfb315", at.isoformat().replace("-", "").replace(":", "")
    path = folder / f"{run}.jsonl"
    lines = path.read_text(encoding="utf8").splitlines() if path.exists() else []
    records = [RawComplaint.model_validate_json(line) for line in lines]
    assert len({record.ref for record in records}) == len(records), "doubled"
    report = json.loads(done.stdout) if done.stdout.strip() else {}
    return Outcome(done.returncode, report, {record.ref: record for record in records}, done.stderr, folder, run)


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Outcome, Outcome, Pages]]:
    """The replica crawled twice, forty days apart."""
    data = tmp_path_factory.mktemp("xfb315")
    with Lab(build_world(1), FIRST, portal="xfb315") as lab:
        first = crawl(lab.url + "/", data, FIRST)
        lab.set_clock(AS_OF)
        second = crawl(lab.url + "/", data, AS_OF)
        yield first, second, cast(XfbDesk, lab.desk).market


def differences(got: Outcome, pages: Pages, at: datetime) -> list[tuple[str, str]]:
    """Every field of every record that is not what the replica's truth says."""
    odd = []
    for ref, record in got.records.items():
        served, _ = pages.detail(ref, at)
        digest = None if record.gone else hashlib.sha256(served.encode()).hexdigest()
        wanted = expected(pages.by_ref[ref], at, record.found_via, digest)
        odd += [(ref, name) for name in RawComplaint.model_fields if getattr(record, name) != getattr(wanted, name)]
    return odd


def test_a_whole_crawl_is_exact_in_every_field(visits: tuple[Outcome, Outcome, Pages]) -> None:
    first, _, pages = visits
    assert first.code == 0, first.said
    assert set(first.records) == {page.ref for page in pages.visible(FIRST)}
    assert len(first.records) >= 300
    assert differences(first, pages, FIRST) == []
    assert {record.found_via.partition(":")[0] for record in first.records.values()} <= {"list", "search"}
    assert first.report["findings"] == {}
    assert first.report["gaps"] == 0


def test_the_second_visit_stops_at_known_ground_and_misses_nothing(visits: tuple[Outcome, Outcome, Pages]) -> None:
    first, second, pages = visits
    assert second.code == 0, second.said
    assert differences(second, pages, AS_OF) == []
    fresh = {page.ref for page in pages.visible(AS_OF)} - set(first.records)
    assert fresh <= set(second.records)
    assert second.report["items"]["new"] == len(fresh) >= 20
    gone = {ref for ref in first.records if not pages.by_ref[ref].is_listed(AS_OF)}
    assert {ref for ref, record in second.records.items() if record.gone} == gone != set()
    asked = [row["pages"] for row in second.rows("lists") if row["list"] == "list"]
    whole = [row["pages"] for row in first.rows("lists") if row["list"] == "list"]
    assert len(asked) == len(whole) == 1
    assert asked < whole
    for ref in first.records.keys() - second.records.keys():  # not asked for: its stage is the one already seen
        assert first.records[ref].status == expected(pages.by_ref[ref], AS_OF, "list").status


def test_the_portals_own_counters_are_kept(visits: tuple[Outcome, Outcome, Pages]) -> None:
    first, _, pages = visits
    rows = first.rows("controls")
    claimed = {row["platform_ref"]: row["value"] for row in rows if row["counter"] == "total"}
    brands = {page.brand_id for page in pages.visible(FIRST) if page.brand_id}
    assert set(claimed) == brands
    for row in rows:
        counters = pages.counters(row["platform_ref"], FIRST)
        assert counters is not None
        share = round(float(counters["solve_rate"].rstrip("%")) / 100, 6)
        assert row["value"] == (counters["total"] if row["counter"] == "total" else share)
        assert (row["portal"], row["counted_at"]) == ("xfb315", FIRST.isoformat())
        assert row["name"]
    assert first.report["control"] == {f"brand:{ref}": total for ref, total in claimed.items()}
    assert set(first.report["coverage"]) == set(first.report["control"])
    assert sum(first.report["collected"].values()) == sum(page.brand_id is not None for page in pages.visible(FIRST))


def test_since_leaves_older_complaints_out(tmp_path: Path) -> None:
    since = AS_OF - timedelta(days=20)
    with Lab(build_world(1), AS_OF, portal="xfb315") as lab:
        got = crawl(lab.url + "/", tmp_path, AS_OF, "--since", since.date().isoformat())
        pages = cast(XfbDesk, lab.desk).market
    wanted = {page.ref for page in pages.visible(AS_OF) if page.filed_at.date() >= since.date()}
    assert got.code == 0, got.said
    assert set(got.records) == wanted != set()


@pytest.mark.browser
@pytest.mark.skipif(find() is None, reason="no Chromium on this machine")
@pytest.mark.skipif("reading_posts" not in Walking.__annotations__, reason="the browser lets no POST through")
def test_shells_are_read_through_the_pages_own_calls(tmp_path: Path) -> None:
    at = build(1).complaints[20].filed_at
    with Lab(build_world(1), at, portal="xfb315") as lab:
        pages = cast(XfbDesk, lab.desk).market
        pages.is_app = True
        got = crawl(lab.url + "/", tmp_path, at)
    assert got.code == 0, got.said
    visible = {page.ref: page for page in pages.visible(at)}
    assert set(got.records) == set(visible)
    for ref, record in got.records.items():
        assert record.title == visible[ref].title
        assert record.body == visible[ref].body
        assert record.filed_at == visible[ref].filed_at
        assert [event.kind for event in record.events] == [
            event.kind for event in expected(visible[ref], at, "x").events
        ]


def _card(ref: str, on: str = "2026-05-01") -> str:
    brand = '<a href="/brands/data_700001.html">甲铺点卡</a>'
    return f'<div><a href="/tousu/{ref}">点卡未到账</a>{brand}<i>{on}</i></div>'


def _list(*refs: str, more: str = "") -> bytes:
    cards = "".join(map(_card, refs))
    return f"<!DOCTYPE html><html><body><h1>投诉</h1>{cards}{more}</body></html>".encode()


def _serve(replica: Any, tiny: Any, *refs: str) -> None:
    whole = (SAVED / "silent.html").read_bytes()
    for ref in refs:
        replica.serves(f"/tousu/{ref}", tiny.Answer(whole))


def test_a_list_that_repeats_itself_ends(replica: Any, tiny: Any, tmp_path: Path) -> None:
    _serve(replica, tiny, "10000101", "10000102")
    page = _list("10000101", "10000102", more='<a href="/tousu?page=2">下一页</a>')
    replica.serves("/tousu", tiny.Answer(page))
    replica.serves("/tousu?page=2", tiny.Answer(page))
    got = crawl(replica.url, tmp_path, AS_OF)
    assert set(got.records) == {"10000101", "10000102"}
    assert got.report["findings"]["list_repeats"] == 1
    assert replica.hits["/tousu?page=2"] == 1


def test_without_a_printed_link_the_next_number_is_tried(replica: Any, tiny: Any, tmp_path: Path) -> None:
    _serve(replica, tiny, "10000101", "10000102")
    replica.serves("/tousu", tiny.Answer(_list("10000101")))
    replica.serves("/tousu?page=2", tiny.Answer(_list("10000102")))
    replica.serves("/tousu?page=3", tiny.Answer(_list("10000102")))
    got = crawl(replica.url, tmp_path, AS_OF)
    assert set(got.records) == {"10000101", "10000102"}
    assert "list_repeats" not in got.report["findings"]


def test_a_linked_page_that_is_none_is_told(replica: Any, tiny: Any, tmp_path: Path) -> None:
    _serve(replica, tiny, "10000101")
    replica.serves("/tousu", tiny.Answer(_list("10000101", more='<a href="/tousu?page=2">下一页</a>')))
    replica.serves("/tousu?page=2", tiny.Answer((SAVED / "unknown_page.html").read_bytes()))
    got = crawl(replica.url, tmp_path, AS_OF)
    assert set(got.records) == {"10000101"}
    assert got.report["findings"]["page_changed"] == 1


def test_counters_come_from_the_brands_page_when_the_call_is_refused(replica: Any, tiny: Any, tmp_path: Path) -> None:
    _serve(replica, tiny, "10000101")
    replica.serves("/tousu", tiny.Answer(_list("10000101")))
    replica.serves("/tousu?page=2", tiny.Answer(_list("10000101")))
    replica.serves(
        "/brand/getBrandStatistics?brand_id=700001&type=all", tiny.Answer(b'{"code":500,"data":null,"msg":""}')
    )
    replica.serves("/brands/data_700001.html", tiny.Answer((SAVED / "brand.html").read_bytes()))
    got = crawl(replica.url, tmp_path, AS_OF)
    assert [(row["counter"], row["value"]) for row in got.rows("controls")] == [("total", 1234), ("solve_rate", 0.0562)]
    assert set(got.records) == {"10000101"}


@pytest.mark.parametrize(
    ("name", "said"), [("login", "login"), ("unknown_page", "structure"), ("list_none", "structure")]
)
def test_a_list_that_is_none_is_not_trusted(replica: Any, tiny: Any, tmp_path: Path, name: str, said: str) -> None:
    replica.serves("/tousu", tiny.Answer((SAVED / f"{name}.html").read_bytes()))
    got = crawl(replica.url, tmp_path, AS_OF)
    assert got.code == 3
    assert said in got.said
    assert got.records == {}


def test_the_replica_shows_every_story_and_form_and_leaves_the_other_alone() -> None:
    before = hashlib.sha256(repr(build_world(1)).encode()).hexdigest()
    world = build(1)
    assert len(world.complaints) >= 300
    assert {page.story for page in world.complaints} == set(COURSES)
    assert min(Counter(page.form for page in world.complaints)[form] for form in FORMS) > 50
    assert hashlib.sha256(repr(build_world(1)).encode()).hexdigest() == before
    assert world is build(1)


def test_cross_posts_share_the_order_number_in_other_words() -> None:
    there = {page.ref: page for page in build_world(1).complaints}
    twins = [page for page in build(1).complaints if page.twin]
    assert len(twins) >= 50
    for page in twins:
        twin = there[page.twin or ""]
        orders = re.findall(r"(?:KM)?\d{16,20}", page.body)
        assert any(order in twin.body for order in orders), (page.ref, twin.ref)
        assert page.body != twin.body
        assert page.filed_at >= twin.filed_at
