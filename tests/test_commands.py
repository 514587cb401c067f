"""Every verb teaches, and its exit code means something; crawl all, reparse and purge as a user runs them."""

import hashlib
import importlib.util
import json
import multiprocessing
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest
from click.testing import CliRunner

from crawlers.together import Ended, Job, crawl_together
from pipeline.cli import main
from pipeline.paths import PROJECT
from pipeline.portals import facts, slugs

NOW = "2026-06-01T12:00:00+08:00"
RUN = "20260601T120000+0800"
A, B, C = "17300000101", "17300000102", "17300000103"


def _verbs(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    for name, verb in group.commands.items():
        yield " ".join((*path, name)), verb
        if isinstance(verb, click.Group):
            yield from _verbs(verb, (*path, name))


VERBS = dict(_verbs(main))


@pytest.fixture(autouse=True)
def _nobody_to_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a contact no live host is ever asked, whatever a test gets wrong."""
    monkeypatch.delenv("SINKRATE_CONTACT", raising=False)


@pytest.fixture(scope="module")
def tiny() -> ModuleType:
    path = Path(__file__).parent / "crawlers" / "replica.py"
    spec = importlib.util.spec_from_file_location("sinkrate_commands_replica", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def replica(tiny: ModuleType) -> Iterator[Any]:
    with tiny.running() as running:
        running.lists(A, B, C)
        yield running


def _dead() -> str:
    """An address of this machine where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/"


def sinkrate(*arguments: str, data: Path, expect: int = 0) -> str:
    """The command line as a user has it; returns what it printed."""
    command = [sys.executable, "-m", "pipeline.cli", *arguments, "--data", str(data)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == expect, f"{arguments} → {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def _said(text: str) -> str:
    """What was said, however it was wrapped."""
    return " ".join(text.split())


def crawl_heimao(replica: Any, data: Path, *more: str, expect: int = 0) -> str:
    return sinkrate("crawl", "heimao", "--home", replica.url, "--now", NOW, *more, data=data, expect=expect)


# -- help


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_says_what_it_is_for(name: str) -> None:
    verb = VERBS[name]
    first = (verb.help or "").split("\n")[0]
    assert first.endswith((".", "?"))
    told = CliRunner().invoke(main, [*name.split(), "--help"])
    assert told.exit_code == 0
    assert _said(first) in _said(told.output)


@pytest.mark.parametrize("name", [name for name in VERBS if name.split()[0] in ("crawl", "import", "reparse", "purge", "new-portal")])  # fmt: skip
def test_every_option_of_collecting_is_explained(name: str) -> None:
    options = [one for one in VERBS[name].params if isinstance(one, click.Option) and not one.hidden]
    assert [one.name for one in options if not one.help] == []


def test_the_first_help_names_every_verb_and_every_exit_code() -> None:
    told = CliRunner().invoke(main, ["--help"]).output
    assert all(name in told for name in main.commands)
    assert all(f"{code} " in told.partition("Exit codes")[2] for code in range(5))


# -- wrong input is exit code 2 and one sentence that helps


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["crawl", "nowhere"], "known are"),
        (["crawl", "jutousu"], "no longer exists: nothing is crawled"),
        (["crawl", "heimao"], "SINKRATE_CONTACT"),
        (["crawl", "heimao", "--home", "ftp://127.0.0.1/"], "write URL"),
        (["crawl", "heimao", "--home", "dianshubao=http://127.0.0.1:9/"], "write URL"),
        (["crawl", "heimao", "--budget", "0"], "Invalid value"),
        (["crawl", "heimao", "--now", NOW], "--now is for a portal on this machine"),
        (["crawl", "all", "--home", "http://127.0.0.1:9/"], "PORTAL=URL"),
        (["crawl", "all", "--home", "nowhere=http://127.0.0.1:9/"], "PORTAL=URL"),
        (["reparse"], "no portal was crawled"),
        (["reparse", "nowhere"], "known are"),
        (["purge"], "--older-than"),
        (["purge", "--older-than", "0"], "Invalid value"),
    ],
)
def test_wrong_input(arguments: list[str], says: str, tmp_path: Path) -> None:
    got = CliRunner().invoke(main, ["--data", str(tmp_path), *arguments], env={"COLUMNS": "200"})
    assert got.exit_code == 2
    assert says in _said(got.output)


# -- one portal


def test_crawl_tells_what_it_did_and_a_budget_is_taken_up_again(replica: Any, tmp_path: Path) -> None:
    first = crawl_heimao(replica, tmp_path, "--budget", "4", expect=3)
    assert "the budget of 4 requests is used up" in _said(first)
    second = crawl_heimao(replica, tmp_path)
    assert "latest_ids" in second
    assert f"{A} to {C}" in second
    assert all(replica.hits[f"/complaint/view/{ref}"] == 1 for ref in (A, B, C))


def test_full_sees_what_is_not_due(replica: Any, tmp_path: Path) -> None:
    crawl_heimao(replica, tmp_path)
    replica.lists(B, C)
    later = "2026-06-01T12:30:00+08:00"
    sinkrate("crawl", "heimao", "--home", replica.url, "--now", later, data=tmp_path)
    seen = replica.hits[f"/complaint/view/{A}"]
    assert seen == 1
    much_later = "2026-06-01T12:45:00+08:00"
    sinkrate("crawl", "heimao", "--home", replica.url, "--now", much_later, "--full", data=tmp_path)
    assert replica.hits[f"/complaint/view/{A}"] == 2


# -- all portals


def test_all_portals_at_once_and_none_stops_another(replica: Any, tmp_path: Path) -> None:
    (tmp_path / "raw" / "tsgs12315").mkdir(parents=True)
    (tmp_path / "raw" / "tsgs12315" / "STOP").touch()
    homes = ("--home", f"heimao={replica.url}", "--home", f"dianshubao={_dead()}")
    said = _said(sinkrate("crawl", "all", *homes, data=tmp_path, expect=3))
    landed = list((tmp_path / "raw" / "heimao").glob("*+0800.jsonl"))
    assert len(landed) == 1
    assert len(landed[0].read_text(encoding="utf8").splitlines()) == 3
    assert "dianshubao" in said
    assert "no answer" in said
    assert "xfb315: a live portal must be able to reach you" in said
    assert "tsgs12315: switched off" in said
    assert "jutousu" not in said
    assert f"1 of {len([slug for slug in slugs() if not facts(slug).closed]) - 1} portals" in said


def test_a_crawl_that_is_killed_is_told_and_the_others_end(replica: Any, tiny: ModuleType, tmp_path: Path) -> None:
    def kill_at_first_record(portal: str, landed: int, planned: int) -> None:
        for child in multiprocessing.active_children():
            if portal == "heimao" and child.name == "crawl heimao":
                child.kill()

    replica.serves(f"/complaint/view/{C}", tiny.complaint(C)._replace(slow_seconds=3.0))
    jobs = [Job("heimao", replica.url, tmp_path, {}), Job("dianshubao", "ftp://nowhere", tmp_path, {})]
    ended = {one.portal: one for one in crawl_together(jobs, kill_at_first_record)}
    assert ended["dianshubao"] == Ended("dianshubao", 2, None, ended["dianshubao"].why)
    assert ended["heimao"].exit_code == 3
    assert "no report" in str(ended["heimao"].why)


def test_all_is_zero_when_all_went_well(replica: Any, tmp_path: Path) -> None:
    for slug in slugs():
        if slug != "heimao":
            (tmp_path / "raw" / slug).mkdir(parents=True)
            (tmp_path / "raw" / slug / "STOP").touch()
    said = sinkrate("crawl", "all", "--home", f"heimao={replica.url}", data=tmp_path)
    assert "1 of 1 portals collected without a problem" in _said(said)


# -- reparse, purge


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_reparse_counts_first_and_restores_byte_for_byte(replica: Any, tmp_path: Path) -> None:
    crawl_heimao(replica, tmp_path)
    lines = tmp_path / "raw" / "heimao" / f"{RUN}.jsonl"
    before = _digest(lines)
    assert RUN in sinkrate("reparse", "heimao", "--dry-run", data=tmp_path)
    rows = lines.read_text(encoding="utf8").splitlines(keepends=True)
    lines.write_text("".join(rows[:2]), encoding="utf8")
    sinkrate("reparse", "--dry-run", data=tmp_path, expect=1)
    assert len(lines.read_text(encoding="utf8").splitlines()) == 2
    sinkrate("reparse", data=tmp_path)
    assert _digest(lines) == before


def test_purge_touches_nothing_until_told(replica: Any, tmp_path: Path) -> None:
    crawl_heimao(replica, tmp_path)
    lines = tmp_path / "raw" / "heimao" / f"{RUN}.jsonl"
    archive = tmp_path / "archive" / "heimao" / f"{RUN}.warc.gz"
    before, old = _digest(lines), ("purge", "--older-than", "30", "--now", "2026-08-01")
    assert "0 files" in sinkrate("purge", "--older-than", "30", "--now", "2026-06-20", data=tmp_path)
    told = _said(sinkrate(*old, data=tmp_path))
    assert "2 files" in told
    assert f"{archive.stat().st_size + lines.stat().st_size:,} bytes; nothing was touched" in told
    assert (_digest(lines), archive.exists()) == (before, True)
    assert "1 files" in sinkrate(*old, "--only", "archive", data=tmp_path)
    assert "bytes freed" in sinkrate(*old, "--apply", data=tmp_path)
    assert not archive.exists()
    records = [json.loads(line) for line in lines.read_text(encoding="utf8").splitlines()]
    assert len(records) == 3
    assert all(record["body"] is None and record["title"] for record in records)
    assert "0 files" in sinkrate(*old, data=tmp_path)
    assert "no archive" in _said(sinkrate("reparse", "heimao", data=tmp_path))
