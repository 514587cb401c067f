"""Real crawls in processes of their own: archive and reparse, kills, budget, switch, sweep, known ground, Retry-After."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from scrapy.http import Response

from crawlers.backoff import _retry_after
from crawlers.known import KnownIndex, known_complaints
from crawlers.landing import to_line
from crawlers.pages import SHANGHAI
from crawlers.portal_spider import PortalSpider
from crawlers.reading import Sighting, read_pages
from crawlers.reparse import reparse
from crawlers.resume import spider_class
from pipeline.model import RawComplaint
from pipeline.paths import PROJECT
from tests.bench.kill import many

A, B, C, D = "17300000101", "17300000102", "17300000103", "17300000104"
NOW = "2026-06-01T12:00:00+08:00"
RUN = "20260601T120000+0800"


def crawl(home: str, data: Path, *more: str) -> tuple[int, dict[str, Any], str]:
    command = [sys.executable, "-m", "crawlers.run", "heimao", "--home", home, "--data", str(data), "--now", NOW, *more]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120)
    return done.returncode, json.loads(done.stdout) if done.stdout.strip() else {}, done.stderr


def files(data: Path) -> dict[str, bytes]:
    folder = data / "raw" / "heimao"
    return {path.name: path.read_bytes() for path in folder.glob(f"{RUN}*.jsonl")}


@pytest.fixture
def crawled(replica: Any, tiny: Any, tmp_path: Path) -> Path:
    """One run with records, tombstones, findings, a wall, retries and a page nobody understands."""
    refs = [str(17300000200 + number) for number in range(8)]
    replica.lists(A, B, C, D, *refs)
    replica.serves(f"/complaint/view/{A}", tiny.complaint(A, "unknown_words", "17300000015"))
    replica.serves(f"/complaint/view/{B}", tiny.Answer(status=404))
    replica.serves(f"/complaint/view/{C}", tiny.Answer(tiny.saved("captcha")))
    replica.serves(f"/complaint/view/{D}", tiny.complaint(A))
    replica.serves(f"/complaint/view/{refs[0]}", tiny.Answer(status=456), tiny.complaint(refs[0]))
    replica.serves(f"/complaint/view/{refs[1]}", tiny.Answer(tiny.saved("deleted")))
    crawl(replica.url, tmp_path)
    return tmp_path


def test_reparse_gives_the_same_bytes(crawled: Path) -> None:
    before = files(crawled)
    assert len(before[f"{RUN}.jsonl"].splitlines()) == 10
    (run,) = reparse("heimao", crawled, dry_run=True)
    assert (run.records, run.is_same) == (10, True)
    for name in (f"{RUN}.jsonl", f"{RUN}.findings.ndjson"):
        (crawled / "raw" / "heimao" / name).unlink()
    (run,) = reparse("heimao", crawled)
    assert run.added == 10
    assert files(crawled) == before


def test_a_corrected_parser_reaches_history(crawled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spider = spider_class("heimao")
    read = spider.parse_detail

    def corrected(*pages: Any, **about: Any) -> Any:
        got: Any = read(*pages, **about)
        return got._replace(complaint=got.complaint.model_copy(update={"title": "改正", "ref": _number(about["url"])}))

    monkeypatch.setattr(spider, "parse_detail", staticmethod(corrected))
    before = files(crawled)
    (dry,) = reparse("heimao", crawled, dry_run=True)
    assert (dry.changed, dry.added, dry.lost) == (8, 1, 0)
    assert files(crawled) == before
    assert reparse("heimao", crawled) == [dry]
    records = [json.loads(line) for line in files(crawled)[f"{RUN}.jsonl"].splitlines()]
    assert {record["title"] for record in records if not record["gone"]} == {"改正"}
    assert D in {record["ref"] for record in records}, "the page nobody understood is read now"


def _number(url: str) -> str:
    return url.rstrip("/").rsplit("/", 1)[1]


def test_reparse_after_a_second_part_of_the_run(crawled: Path, replica: Any, tiny: Any) -> None:
    hits = replica.hits.copy()
    replica.serves(f"/complaint/view/{C}", tiny.complaint(C))
    replica.serves(f"/complaint/view/{D}", tiny.complaint(D))
    code, report, _ = crawl(replica.url, crawled)
    assert (code, report["gaps"]) == (0, 0)
    again = {path for path, count in replica.hits.items() if count > hits[path]}
    assert again == {"/robots.txt", f"/complaint/view/{C}", f"/complaint/view/{D}"}, "no answer is fetched twice"
    (run,) = reparse("heimao", crawled, dry_run=True)
    assert (run.records, run.is_same) == (12, True)


def test_a_run_without_its_archive_is_left_alone(crawled: Path) -> None:
    (crawled / "archive" / "heimao" / f"{RUN}.warc.gz").unlink()
    before = files(crawled)
    (run,) = reparse("heimao", crawled)
    assert run.without_archive
    assert files(crawled) == before


def test_kills_change_nothing() -> None:
    got = many(kills=3, pages=250, seed=7)
    assert (got.records, got.same, got.rebuilt) == (250, True, True)


def test_the_budget_ends_a_run_that_goes_on_later(replica: Any, tmp_path: Path) -> None:
    refs = [str(17300000300 + number) for number in range(12)]
    replica.lists(*refs)
    code, report, said = crawl(replica.url, tmp_path, "--budget", "6")
    assert (code, report["complete"]) == (3, False)
    assert "budget of 6 requests" in said
    assert replica.hits.total() == 6
    code, report, _ = crawl(replica.url, tmp_path)
    assert (code, report["items"]) == (0, {"new": 12})
    assert max(count for path, count in replica.hits.items() if "/view/" in path) == 1


def test_the_switch_works_while_it_runs(replica: Any, tiny: Any, tmp_path: Path) -> None:
    refs = [str(17300000400 + number) for number in range(40)]
    replica.lists(*refs)
    for ref in refs:
        replica.serves(f"/complaint/view/{ref}", tiny.complaint(ref)._replace(slow_seconds=0.3))
    command = [sys.executable, "-m", "crawlers.run", "heimao", "--home", replica.url, "--data", str(tmp_path)]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not any("/view/" in path for path in list(replica.hits)) and process.poll() is None:
        pass
    (tmp_path / "raw" / "heimao" / "STOP").touch()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "switched off while it ran" in said
    assert sum(count for path, count in replica.hits.items() if "/view/" in path) < len(refs)


def test_a_sweep_sees_every_known_complaint(replica: Any, tiny: Any, tmp_path: Path) -> None:
    replica.lists(A, B)
    replica.serves(f"/complaint/view/{A}", tiny.complaint(A, "withdrawn", "17300000011"))
    crawl(replica.url, tmp_path)
    replica.lists(C)
    later = ("--now", "2026-06-01T13:00:00+08:00")
    _, report, _ = crawl(replica.url, tmp_path, *later)
    assert report["items"] == {"new": 1}, "an hour later nothing is due"
    _, report, _ = crawl(replica.url, tmp_path, "--now", "2026-06-01T14:00:00+08:00", "--full")
    assert report["items"] == {"same": 3}


def _index(data: Path, *records: RawComplaint, run: str = "a") -> KnownIndex:
    folder = data / "raw" / "heimao"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{run}.jsonl").write_text("".join(to_line(record) + "\n" for record in records), encoding="utf8")
    return known_complaints(folder, "none")


def _record(ref: str, status: str = "处理中", day: int = 1, **more: Any) -> RawComplaint:
    seen_at = datetime(2026, 6, day, 12, tzinfo=SHANGHAI)
    published = datetime(2026, 6, 1, 9, tzinfo=SHANGHAI)
    return RawComplaint(portal="heimao", ref=ref, url="u", seen_at=seen_at, found_via="home:latest", status=status,
                        published_at=published, **more)  # fmt: skip


def test_the_index_follows_the_run_files(tmp_path: Path) -> None:
    index = _index(tmp_path, _record(A), _record(B))
    assert (len(index), list(index), C in index) == (2, [A, B], False)
    index.close()
    index = _index(tmp_path, _record(A, "已回复", 3), run="b")
    assert (len(index), index[A].status, index[B].status) == (2, "已回复", "处理中")
    index.close()
    (tmp_path / "work" / "crawl" / "heimao.sqlite").write_bytes(b"no index at all" * 100)
    index = known_complaints(tmp_path / "raw" / "heimao", without="b")
    assert index[A].status == "处理中"
    noon = datetime(2026, 6, 2, 12, tzinfo=SHANGHAI)
    assert [ref for ref, _ in index.due(noon)] == [A, B]
    assert list(index.due(noon - timedelta(hours=20))) == []
    index.close()


def test_known_ground_is_known_and_unchanged(tmp_path: Path) -> None:
    known = _index(tmp_path, _record(A), _record(B))
    order = SimpleNamespace(sees_ground=True)
    spider: Any = SimpleNamespace(run=SimpleNamespace(known=known, order=order))
    spider._is_unchanged = lambda ref, status: PortalSpider._is_unchanged(spider, ref, status)

    def is_ground(*items: tuple[str, str | None]) -> bool:
        return PortalSpider.is_known_ground(cast(PortalSpider, spider), items)

    assert is_ground((A, "处理中"), (B, None))
    assert not is_ground((A, "已回复"), (B, None))
    assert not is_ground((A, None), (C, None))
    assert not is_ground()
    order.sees_ground = False
    assert not is_ground((A, None))


def test_retry_after_as_seconds_and_as_a_date() -> None:
    def asked(value: str) -> float | None:
        return _retry_after(Response("http://127.0.0.1/", headers={"Retry-After": value}))

    assert asked("120") == 120.0
    in_a_minute = asked(format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True))
    assert in_a_minute is not None
    assert 55 < in_a_minute <= 60
    assert asked("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    assert (asked("soon"), asked("")) == (None, None)


def test_records_from_several_pages_and_several_records_of_one() -> None:
    from crawlers.archive import Page
    from crawlers.pages import Parsed

    seen_at = datetime(2026, 6, 1, 12, tzinfo=SHANGHAI)

    def both(first: bytes, second: bytes, *, facts: Any, row: int, **about: Any) -> list[Parsed]:
        title = f"{first.decode()}{second.decode()}{row}"
        return [Parsed(RawComplaint(portal="heimao", ref=ref, title=title, **about), ()) for ref in (A, B)]

    pages = [Page("1", "u", 200, b"a", seen_at), Page("2", "u", 200, b"b", seen_at)]

    def read(ref: str | None) -> Any:
        sighting = Sighting(ref=ref, url="u", found_via="x", seen_at=seen_at, parse="both", pages=("1", "2"),
                            more={"row": 7})  # fmt: skip
        return read_pages(both, SimpleNamespace(slug="heimao"), sighting, pages)  # type: ignore[arg-type]

    assert [(one.ref, one.title) for one in read(None).records] == [(A, "ab7"), (B, "ab7")]
    assert [one.ref for one in read(B).records] == [B]
    assert read(C).verdict == "changed"
