"""Faults on demand: whole crawls of a replica that misbehaves in every known way, against undisturbed ones."""

import json
import subprocess
import sys
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
from crawlers.run_state import name_of_run
from pipeline.paths import PROJECT

ON_COMPLAINTS = sorted({*KINDS} - {"html_for_json", "status_code", "data_null", "repeated", "reordered"})
RETRIED = {  # fault → its name among the retries
    "456": "456", "403": "403", "429_seconds": "429", "429_date": "429", "503": "503", "hang": "timeout",
    "reset": "reset", "truncated_gzip": "truncated_gzip", "empty": "empty",
}  # fmt: skip
WALLS = {"captcha", "login"}
ODD = {"large": "large", "no_charset": "no_charset", "hostile": "control_characters", "unknown_word": "unknown"}
COMPLAINTS = 160


class Outcome(NamedTuple):
    """What a crawl left behind."""

    code: int
    report: dict[str, Any]
    records: dict[str, dict[str, Any]]
    findings: list[dict[str, Any]]
    said: str


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf8").split("\n") if line] if path.exists() else []


def crawl(lab: Lab, data: Path, portal: str = "heimao") -> Outcome:
    command = [sys.executable, "-m", "crawlers.run", portal, "--home", f"{lab.url}/", "--data", str(data)]
    done = subprocess.run(
        [*command, "--now", AS_OF.isoformat()], cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False
    )
    stem = data / "raw" / portal / name_of_run(AS_OF)
    landed = rows(Path(f"{stem}.jsonl"))
    records = {record["ref"]: record for record in landed}
    assert len(records) == len(landed), "doubled"
    report = json.loads(done.stdout) if done.stdout.strip() else {}
    return Outcome(done.returncode, report, records, rows(Path(f"{stem}.findings.jsonl")), done.stderr)


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


@pytest.fixture(scope="module")
def disturbed(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disturbed]:
    data = tmp_path_factory.mktemp("disturbed")
    pages = {"/": "repeated", "/robots.txt": "503"}
    with Lab(world) as lab:
        plan = lab.faults = Faults(seed=7, kinds=ON_COMPLAINTS, share=0.4, pages=pages)
        first = crawl(lab, data)
        lab.faults = Faults()
        yield Disturbed(first, plan, crawl(lab, data))


def test_every_fault_is_met_and_counted_under_its_own_name(disturbed: Disturbed) -> None:
    first, plan, _ = disturbed
    assert {*plan.served} == {*ON_COMPLAINTS, "repeated"}, first.said
    retries = dict.fromkeys(RETRIED.values(), 0)
    for kind, name in RETRIED.items():
        retries[name] += plan.served[kind]
    assert first.report["retries"] == retries
    pages = [*plan.met.values()]
    assert first.report["refused"] == {kind: pages.count(kind) for kind in sorted(WALLS)}
    assert first.report["gaps"] == sum(first.report["refused"].values())
    assert {kind: first.report["pages"][name] for kind, name in ODD.items()} == {kind: pages.count(kind) for kind in ODD}
    assert first.report["findings"] == {
        "encoding": pages.count("gbk"),
        "gap": first.report["gaps"],
        "unknown_status": pages.count("unknown_word"),
    }
    assert first.report["pages"]["listed_again"] > 0
    assert first.report["complete"]


def test_no_fault_makes_a_wrong_record(disturbed: Disturbed, undisturbed: Outcome) -> None:
    first, plan, _ = disturbed
    kinds = {ref_of(page): kind for page, kind in plan.met.items()}
    for ref, record in first.records.items():
        wanted, kind = undisturbed.records[ref], kinds.get(ref, "none")
        differs = {name for name in record if record[name] != wanted[name]}
        assert differs == CHANGED.get(kind, set()) | (differs & MAY_CHANGE.get(kind, set())), (ref, kind, differs)
        if kind == "unknown_word":
            assert record["status"] == STRANGE_WORD
        if kind == "hostile":
            assert record["title"].endswith(wanted["title"])
            assert "alert(2)" not in json.dumps(record)
            assert "\x00" not in record["title"] + (record["body"] or "")
            assert len(record["events"]) == len(wanted["events"])


CHANGED: dict[str, set[str]] = {  # fields of a record that its page's fault changes
    "gbk": {"page_digest"},
    "large": {"page_digest"},
    "no_charset": {"page_digest"},
    "unknown_word": {"status", "page_digest"},
    "hostile": {"title", "body", "page_digest", "events"},
}
MAY_CHANGE: dict[str, set[str]] = {}


def test_after_the_faults_pass_the_same_command_collects_the_rest(disturbed: Disturbed, undisturbed: Outcome) -> None:
    first, plan, again = disturbed
    walled = {ref_of(page) for page, kind in plan.met.items() if kind in WALLS}
    assert {*undisturbed.records} - {*first.records} == walled
    assert again.code == 0, again.said
    assert {*again.records} == {*undisturbed.records}
    assert again.report["gaps"] == 0
    assert again.report["coverage"] == undisturbed.report["coverage"]
    assert {ref: again.records[ref] for ref in walled} == {ref: undisturbed.records[ref] for ref in walled}
