"""A new portal, written into a copy of the project: it imports, crawls, and its tests say what is left to fill."""

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from crawlers.new_portal import MARK, left_to_fill, write_portal
from pipeline.errors import BadInput
from pipeline.paths import PROJECT
from pipeline.portals import facts, slugs

HOME = "https://portal.example/tousu/list.html"
_TREES = ("crawlers", "pipeline", "tests/portals", "data/reference")


@pytest.mark.parametrize("slug", slugs())
def test_nothing_is_left_to_fill(slug: str) -> None:
    left = left_to_fill(PROJECT, slug)
    assert not left, "read crawlers/README.md; left to fill:\n" + "\n".join(map(str, left))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what a portal needs."""
    folder = tmp_path / "sinkrate"
    for tree in _TREES:
        shutil.copytree(PROJECT / tree, folder / tree, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "pyproject.toml", folder)
    return folder


def run(project: Path, *arguments: str, expect: int = 0) -> str:
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == expect, f"{arguments} → {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Says nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The files of a folder on 127.0.0.1, as `python -m http.server` serves them."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def _fill(project: Path) -> None:
    """What a person does, in short."""
    facts_file = project / "crawlers" / "portals" / "qingsu" / "portal.yml"
    text = facts_file.read_text(encoding="utf8")
    for empty, filled in (
        ("statuses: {}", "statuses: {已回复: 平台至少回复过一次}"),
        ('terms: ""', "terms: 只读公开页面"),
        ("unknown: []", "unknown: [撤诉的用词。未列出的步骤不落库，填充率会跌破下限]"),
    ):
        assert empty in text
        text = text.replace(empty, filled)
    facts_file.write_text(text, encoding="utf8")
    for left in left_to_fill(project, "qingsu"):
        path = project / left.path
        path.write_text(path.read_text(encoding="utf8").replace(MARK, "checked:"), encoding="utf8")


def test_a_new_portal_fails_until_it_is_filled_in_and_read(project: Path) -> None:
    said = run(
        project, "pipeline.cli", "new-portal", "qingsu", "--name", "轻诉", "--home", HOME, "--into", str(project)
    )
    assert "crawlers/portals/qingsu/spider.py" in said
    assert facts("qingsu", project / "crawlers" / "portals").hosts == ("portal.example",)
    run(project, "ruff", "check", "crawlers/portals/qingsu")
    run(project, "ruff", "format", "--check", "crawlers/portals/qingsu")
    left = left_to_fill(project, "qingsu")
    assert {one.path.name for one in left} >= {"portal.yml", "parse.py", "spider.py", "pages.yml", "complaint.html"}
    first = run(project, "pytest", "tests/portals", "-k", "qingsu", expect=1)
    assert "complaint.json was missing and has been written: read it against the page" in first
    assert "test_portal_facts_are_complete[qingsu]" in first
    _fill(project)
    assert left_to_fill(project, "qingsu") == []
    for name in ("list", "complaint"):
        (project / "tests" / "portals" / "qingsu" / f"{name}.json").unlink()
    run(project, "pytest", "tests/portals", "-k", "qingsu", expect=1)
    assert "5 passed" in run(project, "pytest", "tests/portals", "-k", "qingsu")


def test_a_new_portal_crawls_its_saved_pages(project: Path, tmp_path: Path) -> None:
    write_portal(project, "qingsu", name="轻诉", home=HOME)
    data = ("--data", str(tmp_path / "data"))
    with served(project / "tests" / "portals" / "qingsu") as address:
        # the list lies in /tousu/ there and at the top here: a link goes where it is printed
        (project / "tests" / "portals" / "qingsu" / "tousu").symlink_to(project / "tests" / "portals" / "qingsu")
        run(project, "pipeline.cli", "crawl", "qingsu", "--home", f"{address}/list.html", *data)
    lines = [path.read_text(encoding="utf8") for path in (tmp_path / "data" / "raw" / "qingsu").glob("*+0800.jsonl")]
    record = json.loads("".join(lines))
    assert (record["ref"], record["platform_name"], record["amount_yuan"]) == ("100001", "示例卡盟", 98.0)
    assert record["url"] == "https://portal.example/tousu/complaint.html?id=100001"
    assert record["author"] is None
    assert record["requests"] == ["退款", "道歉"]
    steps = [(step["kind"], step["actor"], step["at"], step["text"]) for step in record["events"]]
    assert steps == [
        ("filed", "complainant", "2026-11-02T09:15:00+08:00", "买到的卡密提示已被使用，客服不回应。"),
        ("replied", "platform", "2026-11-03T10:00:00+08:00", "您好，已为您登记。"),
    ]
    assert "same" in run(project, "pipeline.cli", "reparse", "qingsu", "--dry-run", *data)


@pytest.mark.parametrize("slug", ["a", "Qingsu", "1abc", "qing-su", "all", "q" * 21, "../etc"])
def test_a_slug_is_small_letters_and_digits(slug: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="small letters"):
        write_portal(tmp_path, slug)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"home": "portal.example"}, "--home"),
        ({"home": "ftp://portal.example/"}, "--home"),
        ({"home": 'https://portal.example/"x'}, "--home"),
        ({"name": "a: b"}, "--name"),
        ({"name": '"""'}, "--name"),
        ({"name": " "}, "--name"),
    ],
)
def test_names_and_addresses_cannot_break_the_files(more: dict[str, str], says: str, tmp_path: Path) -> None:
    for tree in ("crawlers/portals", "tests/portals"):
        (tmp_path / tree).mkdir(parents=True)
    with pytest.raises(BadInput, match=says):
        write_portal(tmp_path, "qingsu", **more)
    assert list(tmp_path.rglob("*.*")) == []


def test_nothing_existing_is_touched(tmp_path: Path) -> None:
    for tree in ("crawlers/portals", "tests/portals"):
        (tmp_path / tree).mkdir(parents=True)
    files = write_portal(tmp_path, "qingsu")
    before = {path: path.read_bytes() for path in files}
    with pytest.raises(BadInput, match="nothing was touched; left to fill:\n"):
        write_portal(tmp_path, "qingsu", name="别名")
    assert {path: path.read_bytes() for path in files} == before


def test_it_needs_a_checkout(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not the project's folder"):
        write_portal(tmp_path, "qingsu")
