"""Lab → crawl → flow → site and Datasette → a real browser reads the number back, and it equals the lab's own truth."""

import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn
from playwright.sync_api import Page, sync_playwright

from crawlers.browser import find, flags, missing
from crawlers.lab.truth import platform_truth, truth
from crawlers.lab.world import build_world, planted_secrets
from pipeline.publish.serving.server import app
from tests.conftest import Edition


def rows(edition: Edition, query: str, *values: object) -> list[sqlite3.Row]:
    with closing(sqlite3.connect(edition.paths.public / "sinkrate.db")) as db:
        db.row_factory = sqlite3.Row
        return db.execute(query, values).fetchall()


def test_every_case_is_grouped_and_judged_as_the_lab_wrote_it(lab_edition: Edition) -> None:
    found = {row["id"]: row for row in rows(lab_edition, "SELECT * FROM cases")}
    expected = {case.id: case for case in truth(build_world())}
    assert found.keys() == expected.keys()
    for name in ("state", "rung", "rung_low", "rung_high", "t24", "t48", "t7", "t7_confirmed"):
        wrong = {
            key: (getattr(case, name), found[key][name])
            for key, case in expected.items()
            if getattr(case, name) != found[key][name]
        }
        assert not wrong, f"{name}: {len(wrong)} cases, such as {sorted(wrong.items())[:5]}"


def test_every_platform_has_the_counts_of_the_lab(lab_edition: Edition) -> None:
    query = "SELECT measure, k, n FROM scorecards WHERE platform = ? AND slice = 'all' AND horizon = '30d'"
    for platform, expected in platform_truth(build_world()).items():
        found = {row["measure"]: (row["k"], row["n"]) for row in rows(lab_edition, query, platform)}
        assert found["sink_rate"] == (expected.k, expected.n), platform
        assert found["sink_low"] == (expected.low_k, expected.low_n), platform
        assert found["sink_high"] == (expected.high_k, expected.high_n), platform
        assert found["silence_rate"] == (expected.silence_k, expected.silence_n), platform


def test_the_market_is_big_enough_to_show_every_state(lab_edition: Edition) -> None:
    states = [
        row["state"]
        for row in rows(
            lab_edition,
            "SELECT state FROM scorecards WHERE measure = 'sink_rate' AND horizon = '30d' AND slice = 'all' AND platform <> '*'",
        )
    ]
    assert states.count("ok") >= 12
    assert min(states.count("few"), states.count("counts_only")) >= 5
    assert {row["rung"] for row in rows(lab_edition, "SELECT DISTINCT rung FROM cases WHERE rung IS NOT NULL")} >= {
        "vanished",
        "closed_unanswered",
    }


def published(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path, path.read_bytes()


class Planted:
    """Finds thousands of byte strings in one pass: only where eight bytes are some secret's first is it compared."""

    def __init__(self, secrets: list[bytes]) -> None:
        assert min(map(len, secrets)) >= 8
        self.by_start: dict[int, list[bytes]] = {}
        for secret in secrets:
            self.by_start.setdefault(int.from_bytes(secret[:8], "little"), []).append(secret)
        self.marked = np.zeros(1 << 24, bool)
        self.marked[self._mark(np.array(list(self.by_start), np.uint64))] = True

    @staticmethod
    def _mark(starts: "np.ndarray[Any, np.dtype[np.uint64]]") -> "np.ndarray[Any, np.dtype[np.uint64]]":
        return (starts * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)

    def within(self, content: bytes) -> set[bytes]:
        starts: set[int] = set()
        for offset in range(min(8, max(0, len(content) - 7))):
            words = np.frombuffer(content, "<u8", count=(len(content) - offset) // 8, offset=offset)
            starts |= set(words[self.marked[self._mark(words)]].tolist())
        return {secret for start in starts for secret in self.by_start.get(start, ()) if secret in content}


def test_nothing_personal_is_published(lab_edition: Edition) -> None:
    """No planted secret and no mobile, identity, bank or mail number in any file of data/public."""
    secrets = planted_secrets(build_world())
    assert len(secrets) > 1000
    planted = Planted([secret.encode() for secret in secrets])
    assert planted.within(b"<p>" + secrets[0].encode() + secrets[-1].encode()) >= {
        secrets[0].encode(),
        secrets[-1].encode(),
    }
    portal_number = re.compile(rb"173000\d{5}")
    personal = re.compile(  # numbers standing alone: not inside a hash, a token or a fraction
        rb"(?<![\w.])(?:1[3-9]\d{9}|[1-9]\d{5}(?:19|20)\d{2}[01]\d[0-3]\d\d{3}[\dXx]|62\d{14,17})(?!\w)|[\w.]+@[\w.]+\.\w+"
    )
    seen: dict[bytes, str] = {}
    for path, content in published(lab_edition.paths.public):
        if path.suffix == ".db":
            content = "\n".join(dump(path)).encode()
        found = {
            match for match in personal.findall(content) if not portal_number.fullmatch(match) and b"@" not in match
        }
        found |= {match for match in personal.findall(content) if re.fullmatch(rb"[\w.]+@[a-z]+\.example", match)}
        for secret in sorted(planted.within(content) | found):
            seen.setdefault(secret, str(path.name))
    assert not seen, f"{len(seen)} secrets published: {[(key.decode(), name) for key, name in list(seen.items())[:10]]}"


def dump(path: Path) -> Iterator[str]:
    with closing(sqlite3.connect(path)) as db:
        names = [
            name
            for (name,) in db.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'complaints_fts%'"
            )
        ]
        for name in names:
            yield from ("\x1f".join(str(value) for value in row) for row in db.execute(f'SELECT * FROM "{name}"'))


def test_every_printed_number_is_what_its_sql_gives(lab_edition: Edition) -> None:
    with closing(sqlite3.connect(lab_edition.paths.public / "sinkrate.db")) as db:
        for platform, measure, k, n, value, sql in db.execute(
            "SELECT platform, measure, k, n, value, sql FROM scorecards"
        ).fetchall():
            got = db.execute(sql).fetchone()
            assert got[:2] == (k, n), (platform, measure)
            assert value is None or got[2] == pytest.approx(value, abs=1e-12), (platform, measure)


def test_the_same_inputs_make_the_same_edition(lab_edition: Edition, tmp_path: Path) -> None:
    import shutil

    from pipeline.flow import run
    from pipeline.paths import Paths
    from pipeline.publish.database import digest

    shutil.copytree(lab_edition.paths.raw, tmp_path / "raw")
    again = run(Paths(tmp_path), None, (), lambda _: None)
    assert again.edition == rows(lab_edition, "SELECT id FROM editions")[0]["id"]
    assert digest(again.database) == digest(lab_edition.paths.public / "sinkrate.db")


# ---------------------------------------------------------------- in a browser


@pytest.fixture(scope="module")
def address(lab_edition: Edition) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app(lab_edition.paths.public), port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    browser = find()
    if browser is None:
        pytest.skip(missing())
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(browser), args=flags())
        yield chromium.new_page()
        chromium.close()


@pytest.mark.browser
def test_a_reader_follows_a_number_to_its_sql(address: str, page: Page, lab_edition: Edition) -> None:
    """Home → a platform → its sink rate → the SQL behind it: the same figure, and the lab's own."""
    query = "SELECT platform FROM scorecards WHERE measure = 'sink_rate' AND horizon = '30d' AND slice = 'all' AND state = 'ok' AND platform <> '*' ORDER BY platform"
    platform = rows(lab_edition, query)[0]["platform"]
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(address)
    page.locator(f'a[href$="/platforms/{platform}/"]').first.click()
    shown = page.locator("main .headline a").first
    printed = float(re.sub(r"[^\d.]", "", shown.inner_text()))
    shown.click()
    page.wait_for_url("**/data/e-*?sql=*")
    cells = page.locator("table.rows-and-columns tbody td").all_inner_texts()
    share = page.locator("table.rows-and-columns tbody td .pct").first
    k, n, value = int(cells[0]), int(cells[1]), float(share.get_attribute("title") or "nan")
    assert share.inner_text().strip() == f"{100 * value:.1f}%"
    expected = platform_truth(build_world())[platform]
    assert (k, n) == (expected.k, expected.n)
    assert value == pytest.approx(expected.k / expected.n)
    assert printed == pytest.approx(100 * value, abs=0.05)
    assert not errors
