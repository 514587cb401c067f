"""Whole crawls of the replica of 全国12315 公示 in a real browser, every field compared with what was declared."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from crawlers.browser import find
from crawlers.lab.platforms import PLATFORMS
from crawlers.lab.server import Lab
from crawlers.lab.things import AS_OF, World
from crawlers.lab.tsgs12315 import TsgsDesk
from crawlers.lab.tsgs12315.endings import expected
from crawlers.lab.world import build_world
from crawlers.portals.tsgs12315.parse import parse_rows
from crawlers.portals.tsgs12315.spider import companies
from crawlers.run_state import name_of_run
from pipeline.model import RawComplaint
from pipeline.paths import PROJECT, Paths
from pipeline.portals import facts

pytestmark = pytest.mark.browser
needs_browser = pytest.mark.skipif(find() is None, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def world() -> World:
    return build_world()


@pytest.fixture
def lab(world: World) -> Iterator[Lab]:
    with Lab(world, portal="tsgs12315") as running:
        yield running


def desk(lab: Lab) -> TsgsDesk:
    found: Any = lab.desk
    assert isinstance(found, TsgsDesk)
    return found


def watching(data: Path, *names: str) -> Path:
    """A data directory whose register holds these companies only."""
    own = shutil.copytree(PROJECT / "data" / "reference", data / "reference")
    rows = [{"id": f"p-{n}", "name": name, "names": [name], "legal_name": name} for n, name in enumerate(names)]
    (own / "platforms.yml").write_text(yaml.safe_dump(rows, allow_unicode=True), encoding="utf8")
    return data


def crawl(lab: Lab, data: Path, expect: int = 0) -> tuple[dict[str, RawComplaint], dict[str, Any]]:
    command = [sys.executable, "-m", "crawlers.run", "tsgs12315", "--home", f"{lab.url}/", "--data", str(data)]
    done = subprocess.run(
        [*command, "--now", AS_OF.isoformat()], cwd=PROJECT, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == expect, done.stdout + done.stderr
    path = Paths(data).raw / "tsgs12315" / f"{name_of_run(AS_OF)}.jsonl"
    records = [RawComplaint.model_validate_json(line) for line in path.read_text(encoding="utf8").splitlines()]
    assert len({record.ref for record in records}) == len(records)
    return {record.ref: record for record in records}, json.loads(done.stdout)


def wanted(lab: Lab, names: tuple[str, ...]) -> dict[str, RawComplaint]:
    return {record.ref: record for name in names for record in expected(desk(lab).endings, name, AS_OF)}


def bare(records: dict[str, RawComplaint]) -> dict[str, RawComplaint]:
    return {ref: record.model_copy(update={"page_digest": None}) for ref, record in records.items()}


@needs_browser
def test_a_crawl_lands_every_field_exactly(lab: Lab, tmp_path: Path) -> None:
    names = tuple(platform.legal_name for platform in PLATFORMS)
    got, report = crawl(lab, watching(tmp_path, *names))
    assert bare(got) == wanted(lab, names)
    assert len(got) >= 80
    assert sum(ref.endswith("-2") for ref in got) == 1
    assert any(record.platform_name not in names for record in got.values())
    assert report["fetches"]["521"] >= 1
    assert report["refused"] == {}


@needs_browser
def test_the_button_is_used_where_enter_does_nothing(lab: Lab, tmp_path: Path) -> None:
    names = _large(lab)[:2]
    desk(lab).enter = False
    got, _ = crawl(lab, watching(tmp_path, *names))
    assert bare(got) == wanted(lab, names)


@needs_browser
@pytest.mark.parametrize(("wall", "kind"), [("slider", "captcha"), ("stuck", "waf")])
def test_a_wall_is_a_gap_and_nobody_moves_a_slider(lab: Lab, tmp_path: Path, wall: str, kind: str) -> None:
    desk(lab).wall = wall
    got, report = crawl(lab, watching(tmp_path, _large(lab)[0]), expect=3)
    assert got == {}
    assert report["refused"] == {kind: 1}
    assert report["gaps"] == 1


def _large(lab: Lab) -> tuple[str, ...]:
    """Companies by the number of their rows: the first has more than one page."""
    names = [platform.legal_name for platform in PLATFORMS]
    found = sorted(names, key=lambda name: -len(expected(desk(lab).endings, name, AS_OF)))
    assert len(expected(desk(lab).endings, found[0], AS_OF)) > 5
    return tuple(found)


def test_rows_leave_after_a_year_and_copies_are_there(lab: Lab) -> None:
    shown = [ending for ending in desk(lab).endings if ending.is_shown(AS_OF)]
    assert len(shown) >= 80
    assert sum(ending.copy_of is not None for ending in shown) >= 15
    assert {ending.result for ending in shown} == {"达成调解", "未达成"}
    old = min(desk(lab).endings, key=lambda ending: ending.ended_at)
    assert old.is_shown(old.ended_at + timedelta(days=364))
    assert not old.is_shown(old.ended_at + timedelta(days=365))


def test_rows_of_other_companies_are_left_out_and_like_rows_are_numbered() -> None:
    pages = PROJECT / "tests" / "portals" / "tsgs12315"
    page = (pages / "page.html").read_bytes()
    about = {"url": "u", "seen_at": AS_OF, "found_via": "search:x", "facts": facts("tsgs12315")}
    found = parse_rows(page, page, company="虚州星河网络科技有限公司", **about)
    assert [record.complaint.platform_name for record in found] == ["虚州星河网络科技有限公司"] * 2
    first, second = (record.complaint.ref for record in found)
    assert second == f"{first}-2"


def test_companies_come_from_the_register_and_the_watch_list(tmp_path: Path) -> None:
    assert companies(watching(tmp_path, "甲公司", "乙公司")) == ("甲公司", "乙公司")
