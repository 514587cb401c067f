"""Faults on demand: whole crawls of a replica that misbehaves in every known way, against undisturbed ones."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from crawlers.lab.fault_kinds import KINDS, STRANGE_WORD
from crawlers.lab.faults import Faults
from crawlers.lab.server import Lab
from crawlers.lab.things import AS_OF, World
from crawlers.lab.world import build_world
from crawlers.reparse import reparse
from crawlers.run_state import name_of_run
from pipeline.paths import PROJECT

ON_COMPLAINTS = sorted({*KINDS} - {"html_for_json", "status_code", "data_null", "repeated", "reordered"})
RETRIED = {  # fault → its name among the retries
    "456": "456", "403": "403", "429_seconds": "429", "429_date": "429", "503": "503", "hang": "timeout",
    "reset": "reset", "truncated_gzip": "truncated_gzip", "empty": "empty",
}  # fmt: skip
WALLS = {"captcha", "login"}
ODD = {
    "large": "large",
    "no_charset": "no_charset",
    "gbk": "not_utf8",
    "hostile": "control_characters",
    "unknown_word": "unknown",
}
CHANGED: dict[str, set[str]] = {  # fields of a record that the fault of its page changes
    "gbk": {"page_digest"}, "large": {"page_digest"}, "no_charset": {"page_digest"},
    "unknown_word": {"status", "page_digest"}, "hostile": {"title", "body", "events", "page_digest"},
}  # fmt: skip
COMPLAINTS, COMPLAINT = 120, "/complaint/view/"


class Outcome(NamedTuple):
    """What a crawl left behind."""

    code: int
    report: dict[str, Any]
    records: dict[str, dict[str, Any]]
    findings: list[dict[str, Any]]
    said: str


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf8").split("\n") if line] if path.exists() else []


def crawl(lab: Lab, data: Path, portal: str = "heimao", *more: str) -> Outcome:
    command = [sys.executable, "-m", "crawlers.run", portal, "--home", f"{lab.url}/", "--data", str(data)]
    done = subprocess.run(
        [*command, "--now", AS_OF.isoformat(), *more],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    stem = data / "raw" / portal / name_of_run(AS_OF)
    landed = rows(Path(f"{stem}.jsonl"))
    records = {record["ref"]: record for record in landed}
    assert len(records) == len(landed), "doubled"
    report = json.loads(done.stdout) if done.stdout.strip() else {}
    return Outcome(done.returncode, report, records, rows(Path(f"{stem}.findings.ndjson")), done.stderr)


def ref_of(page: str) -> str:
    return page.strip("/").rpartition("/")[2]


@pytest.fixture(scope="module")
def world() -> World:
    whole = build_world()
    return replace(whole, complaints=whole.complaints[-COMPLAINTS:])


@pytest.fixture(scope="module")
def undisturbed(world: World, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    with Lab(world) as lab:
        got = crawl(lab, tmp_path_factory.mktemp("undisturbed"))
    assert got.code == 0, got.said
    return got


class Disturbed(NamedTuple):
    """A crawl under faults, the plan as it stood at its end, and the same command once they had passed."""

    first: Outcome
    plan: Faults
    again: Outcome
    data: Path


@pytest.fixture(scope="module")
def disturbed(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disturbed]:
    data = tmp_path_factory.mktemp("disturbed")
    pages = {"/": "repeated", "/robots.txt": "503"}
    with Lab(world) as lab:
        plan = lab.faults = Faults(seed=7, kinds=ON_COMPLAINTS, share=0.3, pages=pages)
        first = crawl(lab, data)
        lab.faults = Faults()
        yield Disturbed(first, plan, crawl(lab, data), data)


def test_every_fault_is_met_and_counted_under_its_own_name(disturbed: Disturbed) -> None:
    first, plan, *_ = disturbed
    assert {*plan.served} == {*ON_COMPLAINTS, "repeated"}, first.said
    retries = dict.fromkeys(RETRIED.values(), 0)
    for kind, name in RETRIED.items():
        retries[name] += plan.served[kind]
    assert first.report["retries"] == retries
    pages = [*plan.met.values()]
    assert first.report["refused"] == {kind: pages.count(kind) for kind in sorted(WALLS)}
    assert first.report["gaps"] == sum(first.report["refused"].values())
    assert {kind: first.report["pages"][name] for kind, name in ODD.items()} == {
        kind: pages.count(kind) for kind in ODD
    }
    assert first.report["findings"] == {
        "encoding": sum(kind == "gbk" and page.startswith(COMPLAINT) for page, kind in plan.met.items()),
        "gap": first.report["gaps"],
        "unknown_status": pages.count("unknown_word"),
    }
    assert first.report["pages"]["listed_again"] > 0
    assert first.report["complete"]


def test_no_fault_makes_a_wrong_record(disturbed: Disturbed, undisturbed: Outcome) -> None:
    first, plan, *_ = disturbed
    kinds = {ref_of(page): kind for page, kind in plan.met.items()}
    for ref, record in first.records.items():
        wanted, kind = undisturbed.records[ref], kinds.get(ref, "none")
        differs = {name for name in record if record[name] != wanted[name]}
        assert differs == CHANGED.get(kind, set()), (ref, kind)
        if kind == "unknown_word":
            assert record["status"] == STRANGE_WORD
        if kind == "hostile":
            assert record["title"].endswith(wanted["title"])
            assert "alert(2)" not in json.dumps(record)
            assert "\x00" not in record["title"] + (record["body"] or "")
            assert len(record["events"]) == len(wanted["events"])


def test_after_the_faults_pass_the_same_command_collects_the_rest(disturbed: Disturbed, undisturbed: Outcome) -> None:
    first, plan, again, data = disturbed
    walled = {ref_of(page) for page, kind in plan.met.items() if kind in WALLS and page.startswith(COMPLAINT)}
    assert walled
    assert {*undisturbed.records} - {*first.records} == walled
    assert again.code == 0, again.said
    assert {*again.records} == {*undisturbed.records}
    assert again.report["gaps"] == 0
    assert again.report["coverage"] == undisturbed.report["coverage"]
    assert {ref: again.records[ref] for ref in walled} == {ref: undisturbed.records[ref] for ref in walled}
    assert all(run.is_same for run in reparse("heimao", data, dry_run=True)), "the archive tells another story"


def test_faults_that_outlast_the_tries_are_gaps_and_one_more_run(world: World, tmp_path: Path) -> None:
    few = replace(world, complaints=world.complaints[-8:])
    refs = [complaint.ref for complaint in few.complaints]
    kinds = dict(zip(refs, ("456", "truncated_gzip", "empty", "reset"), strict=False))
    with Lab(few) as lab:
        lab.faults = Faults(pages={f"{COMPLAINT}{ref}/": kind for ref, kind in kinds.items()}, forever=True)
        first = crawl(lab, tmp_path)
        lab.faults = Faults()
        again = crawl(lab, tmp_path)
    assert {*first.records} == {*refs} - {*kinds}
    assert first.report["refused"] == {"empty": 1, "reset": 1, "risk_control": 1, "truncated": 1}
    assert {*again.records} == {*refs}
    assert (again.report["gaps"], again.report["refused"], again.findings) == (0, {}, [])


@pytest.mark.parametrize("kind", ["456", "reset"])
def test_rules_that_cannot_be_read_forbid_everything(world: World, tmp_path: Path, kind: str) -> None:
    with Lab(world) as lab:
        lab.faults = Faults(pages={"/robots.txt": kind}, forever=True)
        got = crawl(lab, tmp_path)
        assert (got.records, got.report["refused"], lab.desk.requests) == ({}, {"robots": 1}, lab.faults.served[kind])


def test_data_that_is_none_is_asked_for_again(world: World, tmp_path: Path) -> None:
    """电诉宝's script answers in JSON: a page, a code or nothing in its place is no empty list and no missing complaint."""
    names = {"html_for_json": "html_for_json", "status_code": "status_code", "data_null": "data_null",
             "truncated_gzip": "truncated_gzip", "reset": "reset", "456": "456", "empty": "empty"}  # fmt: skip
    with Lab(world, portal="dianshubao") as lab:
        desk: Any = lab.desk
        desk.scripted = True
        wanted = crawl(lab, tmp_path / "undisturbed", "dianshubao", "--since", "2026-08-15")
        plan = lab.faults = Faults(seed=6, kinds=names, share=0.5)
        got = crawl(lab, tmp_path / "disturbed", "dianshubao", "--since", "2026-08-15")
    assert got.code == 0, got.said
    assert {*plan.served} == {*names}
    assert got.report["retries"] == {names[kind]: count for kind, count in plan.served.items()}
    assert got.records == wanted.records
    assert got.report["coverage"] == wanted.report["coverage"]
    assert (got.report["gaps"], got.report["findings"]) == (0, wanted.report["findings"])


def _post(url: str, plan: dict[str, Any]) -> dict[str, Any]:
    asked = urllib.request.Request(url, json.dumps(plan).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(asked, timeout=10) as response:
        told: dict[str, Any] = json.load(response)
    return told


def test_faults_are_set_over_the_wire_and_the_same_seed_is_the_same_plan(world: World) -> None:
    plan = {"seed": 3, "kinds": ["403", "gbk"], "share": 0.5, "times": 1}
    drawn = []
    for _ in range(2):
        with Lab(world) as lab:
            assert _post(f"{lab.url}/_lab/faults", plan)["kinds"] == ["403", "gbk"]
            statuses = [_status(f"{lab.url}{COMPLAINT}{found.ref}/") for found in world.complaints[:20]]
            drawn.append((statuses, dict(lab.faults.met)))
            assert _post(f"{lab.url}/_lab/faults", {})["share"] == 0.0
    assert drawn[0] == drawn[1]
    with pytest.raises(ValueError, match="known are"):
        Faults(kinds=["nonsense"])


def _status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
