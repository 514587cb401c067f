"""Crawls of the lab variant whose home page lists only some: the rest stands behind scripts, merchants and groups."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from crawlers.browser import find
from crawlers.lab.heimao_lists import where
from crawlers.lab.server import Lab
from crawlers.lab.things import AS_OF, LabComplaint, World
from crawlers.lab.world import build_world
from pipeline.paths import PROJECT

needs_browser = pytest.mark.skipif(find() is None, reason="no Chromium on this machine")
pytestmark = pytest.mark.browser


class Outcome(NamedTuple):
    """What a crawl left behind."""

    code: int
    report: dict[str, Any]
    refs: list[str]
    findings: dict[str, str]
    beside: dict[str, list[dict[str, Any]]]
    said: str


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf8").splitlines()] if path.exists() else []


def crawl(lab: Lab, data: Path, chromium: str | None = None) -> Outcome:
    command = [sys.executable, "-m", "crawlers.run", "heimao", "--home", f"{lab.url}/", "--data", str(data)]
    more = {"SINKRATE_CHROMIUM": chromium} if chromium else {}
    done = subprocess.run([*command, "--now", AS_OF.isoformat()], cwd=PROJECT, capture_output=True, text=True,
                          timeout=280, env={**os.environ, **more})  # fmt: skip
    stem = str(data / "raw" / "heimao" / "20261120T120000+0800")
    beside = {kind: _lines(Path(f"{stem}.{kind}.ndjson")) for kind in ("relevance", "controls", "lists")}
    findings = {row["subject"]: row["detail"] for row in _lines(Path(f"{stem}.findings.ndjson"))}
    refs = [row["ref"] for row in _lines(Path(f"{stem}.jsonl"))]
    return Outcome(done.returncode, json.loads(done.stdout or "{}"), refs, findings, beside, done.stderr)


def _watch_little(data: Path) -> None:
    """Two tabs, one industry, one word: enough where only the manners are looked at."""
    reference, own = PROJECT / "data" / "reference", data / "reference"
    own.mkdir(parents=True)
    for path in reference.iterdir():
        if path.name != "watch.yml":
            (own / path.name).symlink_to(path)
    text = (reference / "watch.yml").read_text(encoding="utf8")
    for line, less in {
        "    words: [卡盟,": "    words: [卡盟]  # ",
        "    tabs: ": "    tabs: [2, 3]  # ",
        "    fields: ": "    fields: [37]  # ",
    }.items():
        text = text.replace(line, less, 1)
    (own / "watch.yml").write_text(text, encoding="utf8")


def _bank(complaint: LabComplaint) -> LabComplaint:
    """The same page about another trade."""
    return replace(
        complaint,
        printed_name="虚州沧澜银行",
        couid=None,
        title="发卡银行不肯退年费",
        body="会员店合法权益。",
        issues=(),
    )


def _world(every: int) -> World:
    """A part of the lab's world, some of it on the feed and about other goods."""
    world = build_world()
    part = list(world.complaints[::every])
    feed = [number for number, made in enumerate(part) if where(made) == "feed" and made.is_visible(AS_OF)]
    for number in feed[:5]:
        part[number] = _bank(part[number])
    return replace(world, complaints=tuple(part))


@pytest.fixture(scope="module")
def world() -> World:
    return _world(11)


@pytest.fixture(scope="module")
def whole(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    with Lab(world, listed="some") as lab:
        yield crawl(lab, tmp_path_factory.mktemp("rendered"))


@needs_browser
def test_everything_reachable_is_found_once(whole: Outcome, world: World) -> None:
    assert whole.code == 0, whole.said
    visible = {made.ref for made in world.complaints if made.is_visible(AS_OF)}
    banks = {made.ref for made in world.complaints if made.printed_name == "虚州沧澜银行"}
    missing = Counter(where(made) for made in world.complaints if made.ref in visible - banks - set(whole.refs))
    assert len(set(whole.refs) & visible) >= 0.995 * len(visible - banks), missing
    assert len(whole.refs) == len(set(whole.refs))
    assert set(whole.refs) <= visible - banks
    assert {where(made) for made in world.complaints} == {"home", "feed", "field", "merchant", "group"}


@needs_browser
def test_what_is_left_is_said_and_why(whole: Outcome, world: World) -> None:
    left = {row["ref"]: row["why"] for row in whole.beside["relevance"] if not row["kept"]}
    banks = {made.ref for made in world.complaints if made.printed_name == "虚州沧澜银行"}
    assert banks <= left.keys()
    assert left["merchant:9900000901"] == "other trade 银行"
    assert all(row["why"] for row in whole.beside["relevance"])
    absent = {subject for subject, detail in whole.findings.items() if "does not offer" in detail}
    assert absent == {f"heimao/list:field:{field}" for field in (0, 6, 55)}


@needs_browser
def test_counters_are_control_totals(whole: Outcome, world: World) -> None:
    visible = [made for made in world.complaints if made.is_visible(AS_OF)]
    couid, received = Counter(made.couid for made in visible if made.couid).most_common(1)[0]
    assert whole.report["control"][f"merchant:{couid}:valid"] == received
    rows = [row for row in whole.beside["controls"] if row["platform_ref"] == couid]
    assert {row["counter"]: row["value"] for row in rows}["valid_amt"] == received
    assert {row["portal"] for row in rows} == {"heimao"}
    assert all(row["counted_at"] == AS_OF.isoformat() for row in rows)
    assert {row["end"] for row in whole.beside["lists"]} == {"end"}


@needs_browser
def test_refusals_are_counted_and_outlived_caps_are_said(tmp_path: Path) -> None:
    world = _world(60)
    _watch_little(tmp_path)
    with Lab(world, listed="some") as lab:
        data_null = b'{"result":{"status":{"code":0,"msg":""},"data":null}}'
        lab.desk.lists.refusals.extend(
            [(456, b"risk"), (200, b"<html><title>x</title></html>"), (200, data_null), (200, b'{"result":{"status":')]
        )
        lab.desk.lists.merchant_pages = 0
        got = crawl(lab, tmp_path)
    assert got.code == 0, got.said
    assert {"456", "html", "no_data", "truncated"} <= got.report["retries"].keys()
    home = {made.ref for made in world.complaints if made.is_visible(AS_OF) and where(made) == "home"}
    assert home < set(got.refs)
    assert any(detail.startswith("not seen whole: shows 0 of") for detail in got.findings.values())
    assert got.report["gaps"] == 0


@needs_browser
def test_robots_hold_inside_the_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawlers.lab.server.ROBOTS", "User-agent: *\nDisallow: /api/index/\nDisallow: /api/company/\n")
    _watch_little(tmp_path)
    with Lab(_world(120), listed="some") as lab:
        got = crawl(lab, tmp_path)
        group_calls = lab.desk.lists.calls
    assert got.report["refused"]["robots"] >= 4
    assert {row["list"] for row in got.beside["lists"]} <= {"groups", "group:G17300900001", "group:G17300900002"}
    assert got.findings["heimao/list:feed:2"] == "not seen: robots"
    assert group_calls == len(got.beside["lists"]), "a call that is forbidden is not made"


def test_without_a_browser_the_plain_pages_are_read(tmp_path: Path) -> None:
    world = _world(60)
    with Lab(world, listed="some") as lab:
        got = crawl(lab, tmp_path, chromium="/nonexistent")
    assert got.code == 0, got.said
    assert set(got.refs) == {made.ref for made in world.complaints if made.is_visible(AS_OF) and where(made) == "home"}
    assert "no Chromium found" in got.findings["heimao/list:feed"]
    assert got.beside["lists"] == []
