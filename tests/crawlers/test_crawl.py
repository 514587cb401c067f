"""Real crawls, each in its own process, against a tiny portal on loopback."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from crawlers.settings import manners
from pipeline.errors import BadInput
from pipeline.paths import PROJECT

NOW = "2026-06-01T12:00:00+08:00"
RUN = "20260601T120000+0800"
A, B, C = "17300000101", "17300000102", "17300000103"


class Outcome(NamedTuple):
    """What a crawl left behind."""

    code: int
    report: dict[str, Any]
    records: dict[str, dict[str, Any]]
    findings: list[dict[str, Any]]
    said: str


def _command(home: str, data: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "crawlers.run", "heimao", "--home", home, "--data", str(data), *more]


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf8").splitlines()] if path.exists() else []


def crawl(home: str, data: Path, *more: str, now: str = NOW) -> Outcome:
    done = subprocess.run(
        _command(home, data, "--now", now, *more), cwd=PROJECT, capture_output=True, text=True, timeout=60
    )
    folder = data / "raw" / "heimao"
    run = now.replace("-", "").replace(":", "")
    landed = _lines(folder / f"{run}.jsonl")
    assert len({record["ref"] for record in landed}) == len(landed)
    report = json.loads(done.stdout) if done.stdout.strip() else {}
    findings = _lines(folder / f"{run}.findings.ndjson")
    return Outcome(done.returncode, report, {record["ref"]: record for record in landed}, findings, done.stderr)


def test_lands_every_listed_complaint_by_the_link_as_printed(replica: Any, tiny: Any, tmp_path: Path) -> None:
    hrefs = [tiny.link(A) + "/?sld=abc", f"https://cq.tousu.sina.cn/complaint/view/{B}", f"/complaint/view/{C}",
             "http://portal.example.invalid/complaint/view/17300000999", "/articles/view/144/"]  # fmt: skip
    replica.serves("/", tiny.home(hrefs))
    replica.serves(f"/complaint/view/{A}/?sld=abc", tiny.complaint(A))
    replica.serves(f"/complaint/view/{B}", tiny.complaint(B))
    replica.serves(f"/complaint/view/{C}", tiny.complaint(C))
    got = crawl(replica.url, tmp_path)
    assert got.code == 0, got.said
    assert set(got.records) == {A, B, C}
    assert got.records[A]["url"] == f"https://tousu.sina.com.cn/complaint/view/{A}/?sld=abc"
    assert got.records[A]["seen_at"] == NOW
    assert got.records[A]["found_via"] == "home:latest"
    assert got.report["elsewhere"] == {"home page": 2, "portal.example.invalid": 1}
    assert got.report["control"] == {"valid_24h": 4321, "valid_total": 2100987}
    assert got.report["complete"]
    assert [finding["kind"] for finding in got.findings] == ["list_item"]
    assert "loopback" in "".join(replica.agents)
    assert replica.cookies == {""}


def test_field_order_is_the_contract(replica: Any, tmp_path: Path) -> None:
    replica.lists(A)
    got = crawl(replica.url, tmp_path)
    fields = (
        "portal ref url seen_at found_via title body author platform_name platform_ref issues requests amount_yuan "
        "filed_at published_at status group_ref rating gone page_digest events"
    )
    assert list(got.records[A]) == fields.split()
    assert list(got.records[A]["events"][0]) == ["at", "actor", "kind", "text", "hidden"]


def test_waits_and_asks_again(replica: Any, tiny: Any, tmp_path: Path) -> None:
    page, whole = f"/complaint/view/{A}", tiny.complaint(A)
    replica.lists(A, B, C)
    cut = tiny.Answer(whole.body[:1500])
    replica.serves(page, tiny.Answer(status=456), tiny.Answer(status=503, headers=(("Retry-After", "1"),)), cut, whole)
    replica.serves(f"/complaint/view/{B}", tiny.Answer(reset=True), tiny.Answer(), tiny.complaint(B))
    got = crawl(replica.url, tmp_path)
    assert got.code == 0, got.said
    assert set(got.records) == {A, B, C}
    assert got.records[A]["title"] == got.records[C]["title"]
    retries = got.report["retries"]
    assert {kind: retries[kind] for kind in ("456", "503", "truncated", "empty")} == dict.fromkeys(
        ("456", "503", "truncated", "empty"), 1
    )
    assert sum(retries.values()) == 5
    assert got.report["gaps"] == 0


def test_a_wall_is_a_gap_and_never_gone(replica: Any, tiny: Any, tmp_path: Path) -> None:
    replica.lists(A, B, C)
    replica.serves(f"/complaint/view/{A}", tiny.Answer(status=456))
    to_login = (("Location", "https://passport.example.invalid/signin"),)
    replica.serves(f"/complaint/view/{B}", tiny.Answer(status=302, headers=to_login))
    got = crawl(replica.url, tmp_path)
    assert set(got.records) == {C}
    assert got.records[C]["gone"] is None
    assert got.report["refused"] == {"login": 1, "risk_control": 1}
    assert {(finding["kind"], finding["detail"]) for finding in got.findings} == {
        ("gap", "not seen: login"),
        ("gap", "not seen: risk_control"),
    }
    replica.serves(f"/complaint/view/{A}", tiny.complaint(A))
    replica.serves(f"/complaint/view/{B}", tiny.complaint(B))
    again = crawl(replica.url, tmp_path)
    assert set(again.records) == {A, B, C}
    assert again.findings == []
    assert replica.hits[f"/complaint/view/{C}"] == 1


def test_gone_pages_become_tombstones(replica: Any, tiny: Any, tmp_path: Path) -> None:
    replica.lists(A, B, C)
    replica.serves(f"/complaint/view/{A}", tiny.Answer(tiny.saved("deleted")))
    replica.serves(f"/complaint/view/{B}", tiny.Answer(status=404))
    got = crawl(replica.url, tmp_path)
    assert got.code == 0, got.said
    assert got.records[A]["gone"] == {"at": NOW, "kind": "deleted"}
    assert got.records[B]["gone"] == {"at": NOW, "kind": "not_found"}
    assert got.records[A]["title"] is None
    assert got.records[A]["events"] == []
    assert got.report["gone"] == {"deleted": 1, "not_found": 1}


def test_robots_are_obeyed(replica: Any, tiny: Any, tmp_path: Path) -> None:
    replica.lists(A, B)
    replica.serves("/robots.txt", tiny.Answer(f"User-agent: *\nDisallow: /complaint/view/{B}\n".encode()))
    got = crawl(replica.url, tmp_path)
    assert set(got.records) == {A}
    assert got.report["refused"] == {"robots": 1}
    assert replica.hits[f"/complaint/view/{B}"] == 0


def test_no_rules_means_no_crawl(replica: Any, tiny: Any, tmp_path: Path) -> None:
    replica.lists(A)
    replica.serves("/robots.txt", tiny.Answer(status=500))
    got = crawl(replica.url, tmp_path)
    assert (got.code, got.report["refused"], replica.hits["/"]) == (3, {"robots": 1}, 0)
    (tmp_path / "raw" / "heimao" / "STOP").touch()
    assert "switched off" in crawl(replica.url, tmp_path).said


@pytest.mark.parametrize(
    ("name", "words"),
    [("login", "login"), ("captcha", "captcha"), ("home_empty", "lists are empty"), ("unknown_page", "structure")],
)
def test_a_home_page_that_is_none_is_not_trusted(
    replica: Any, tiny: Any, tmp_path: Path, name: str, words: str
) -> None:
    replica.lists(A)
    first = crawl(replica.url, tmp_path)
    before = (tmp_path / "raw" / "heimao" / f"{RUN}.jsonl").read_bytes()
    replica.serves("/", tiny.Answer(tiny.saved(name)))
    got = crawl(replica.url, tmp_path, now="2026-06-02T12:00:00+08:00")
    assert first.code == 0
    assert got.code == 3
    assert words in got.said
    assert not got.report["complete"]
    assert (tmp_path / "raw" / "heimao" / f"{RUN}.jsonl").read_bytes() == before


def test_home_refused_and_login_redirect(replica: Any, tiny: Any, tmp_path: Path) -> None:
    replica.serves("/", tiny.Answer(status=456))
    got = crawl(replica.url, tmp_path)
    assert (got.code, got.report["refused"]) == (3, {"risk_control": 1})
    replica.serves("/", tiny.Answer(status=302, headers=(("Location", "//passport.example.invalid/"),)))
    got = crawl(replica.url, tmp_path)
    assert (got.code, got.report["refused"]) == (3, {"login": 1})
    replica.lists(A)
    assert crawl(replica.url, tmp_path).code == 0


def test_unknown_words_are_findings_and_the_record_lands(replica: Any, tiny: Any, tmp_path: Path) -> None:
    replica.lists(A, B)
    replica.serves(f"/complaint/view/{A}", tiny.complaint(A, "unknown_words", "17300000015"))
    got = crawl(replica.url, tmp_path)
    assert got.code == 0, got.said
    assert got.records[A]["status"] == "调解中"
    assert sorted(finding["kind"] for finding in got.findings) == ["unknown_status", "unknown_step"]


def test_a_page_about_another_complaint_does_not_land(replica: Any, tiny: Any, tmp_path: Path) -> None:
    replica.lists(A, B)
    replica.serves(f"/complaint/view/{A}", tiny.complaint(B))
    got = crawl(replica.url, tmp_path)
    assert set(got.records) == {B}
    assert [finding["kind"] for finding in got.findings] == ["page_changed"]


def test_stops_when_everything_is_refused(replica: Any, tiny: Any, tmp_path: Path) -> None:
    refs = [str(17300000200 + number) for number in range(40)]
    replica.lists(*refs)
    for ref in refs:
        replica.serves(f"/complaint/view/{ref}", tiny.Answer(tiny.saved("captcha")))
    got = crawl(replica.url, tmp_path)
    assert got.code == 3
    assert "in a row" in got.said
    assert sum(replica.hits[f"/complaint/view/{ref}"] for ref in refs) < len(refs)


def test_a_later_run_revisits_what_the_lists_no_longer_show(replica: Any, tiny: Any, tmp_path: Path) -> None:
    replica.lists(A, B, C)
    replica.serves(f"/complaint/view/{C}", tiny.complaint(C, "withdrawn", "17300000011"))
    first = crawl(replica.url, tmp_path, now="2026-05-10T12:00:00+08:00")
    replica.lists("17300000104")
    replica.serves(f"/complaint/view/{A}", tiny.complaint(A, "closed", "17300000010"))
    replica.serves(f"/complaint/view/{B}", tiny.Answer(tiny.saved("private")))
    second = crawl(replica.url, tmp_path, now="2026-07-10T12:00:00+08:00")
    third = crawl(replica.url, tmp_path, now="2026-07-11T12:00:00+08:00")
    assert first.report["items"] == {"new": 3}
    assert set(second.records) == {A, B, C, "17300000104"}, "C was withdrawn: it is looked at once more"
    assert second.records[A]["found_via"] == second.records[B]["found_via"] == "revisit"
    assert second.report["items"] == {"changed": 1, "new": 1, "same": 1}
    assert second.records[B]["gone"]["kind"] == "private"
    assert set(third.records) == {"17300000104"}
    assert third.report["items"] == {"same": 1}


def test_since_leaves_older_complaints_out(replica: Any, tiny: Any, tmp_path: Path) -> None:
    replica.lists(A)
    crawl(replica.url, tmp_path, now="2026-05-10T12:00:00+08:00")
    replica.serves("/", tiny.home([tiny.link(B)], day="2026-06-20"))
    replica.serves(f"/complaint/view/{B}", tiny.complaint(B))
    got = crawl(replica.url, tmp_path, "--since", "2026-06-01", now="2026-07-10T12:00:00+08:00")
    assert set(got.records) == {B}


def test_a_finished_run_is_only_reported(replica: Any, tmp_path: Path) -> None:
    replica.lists(A)
    crawl(replica.url, tmp_path)
    before = replica.hits.total()
    again = crawl(replica.url, tmp_path)
    assert again.code == 0
    assert again.report["items"] == {"new": 1}
    assert replica.hits.total() == before


def test_kill_and_resume_loses_and_doubles_nothing(replica: Any, tiny: Any, tmp_path: Path) -> None:
    refs = [str(17300000300 + number) for number in range(60)]
    replica.lists(*refs)
    for ref in refs:
        replica.serves(f"/complaint/view/{ref}", tiny.complaint(ref)._replace(slow_seconds=0.05))
    lines = tmp_path / "raw" / "heimao" / f"{RUN}.jsonl"
    process = subprocess.Popen(_command(replica.url, tmp_path, "--now", NOW), cwd=PROJECT, stdout=subprocess.DEVNULL)
    _wait_for_lines(lines, 10)
    process.kill()
    process.wait()
    killed_with = lines.read_bytes()
    lines.write_bytes(killed_with + b'{"portal":"heimao","ref":"1730')
    hits = replica.hits.copy()
    got = crawl(replica.url, tmp_path)
    assert got.code == 0, got.said
    assert set(got.records) == set(refs)
    assert lines.read_bytes().startswith(killed_with)
    landed = {json.loads(line)["ref"] for line in killed_with.decode().splitlines()}
    assert 10 <= len(landed) < len(refs)
    assert all(replica.hits[f"/complaint/view/{ref}"] == hits[f"/complaint/view/{ref}"] for ref in landed)
    assert got.report["items"] == {"new": len(refs)}


def _wait_for_lines(path: Path, least: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if path.exists() and path.read_bytes().count(b"\n") >= least:
            return
        time.sleep(0.01)
    raise AssertionError("the crawl never got under way")


def test_bad_orders_say_what_to_do(tmp_path: Path) -> None:
    assert manners("http://127.0.0.1:1/", None, None)["DOWNLOAD_DELAY"] == 0
    assert "DOWNLOAD_DELAY" not in manners("https://tousu.sina.com.cn/", None, "a@b.example")
    with pytest.raises(BadInput, match="--pace lab"):
        manners("https://tousu.sina.com.cn/", "lab", "a@b.example")
    with pytest.raises(BadInput, match="SINKRATE_CONTACT"):
        manners("https://tousu.sina.com.cn/", None, None)
    assert crawl("ftp://127.0.0.1/", tmp_path).code == 2
    assert "--now" in crawl("https://tousu.sina.com.cn/", tmp_path).said
