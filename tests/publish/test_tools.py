"""The readers' tools: reviewed texts are complete, the static look-up holds every number, and a real browser works them."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page, sync_playwright

from crawlers.browser import find, flags, missing
from pipeline.channels import load_channels
from pipeline.paths import PROJECT
from pipeline.publish.web import complain, lookup
from pipeline.publish.web.build import build_site
from pipeline.workdays import Calendar
from tests.publish.sample import write_sample_db

REFERENCE = PROJECT / "data" / "reference"


def test_every_issue_has_evidence_and_every_item_is_used() -> None:
    codes = [row["code"] for row in yaml.safe_load((REFERENCE / "issues.yml").read_text(encoding="utf8"))]
    found = complain.evidence()
    assert list(found["issues"]) and set(found["issues"]) == set(codes)
    for item in found["items"].values():
        assert item["zh"] and item["en"] and item["why"]["zh"] and item["why"]["en"]


def test_every_text_of_a_channel_has_its_english_twin() -> None:
    texts = set()
    for channel in load_channels(REFERENCE):
        texts |= {
            channel.name,
            channel.what,
            channel.run_by,
            channel.machine.why,
            *channel.needs,
            *channel.fits.values(),
        }
        texts |= {place.note for place in channel.where if place.note}
    assert set(complain.english()) == texts


@given(st.text(min_size=1, max_size=20), st.sampled_from([2, 3]))
def test_a_shard_is_a_plain_file_name_of_fixed_length(ref: str, length: int) -> None:
    name = lookup.shard(ref, length)
    assert len(name) == length
    assert all(char == "_" or (char.isascii() and char.isalnum() and char == char.lower()) for char in name)


def test_the_calendar_file_counts_as_the_calendar_does() -> None:
    days = Calendar.load(REFERENCE / "workdays")
    told = json.loads(json.dumps(lookup.calendar(days)))
    off, on = set(told["off"]), set(told["on"])
    starts = [date(2024, 12, 25) + timedelta(days=n) for n in range(0, 700, 3)]
    expected, official = days.deadline_after(np.array(starts, "datetime64[D]"), 7)
    for start, due, known in zip(starts, expected.tolist(), official.tolist(), strict=True):
        day, left = start, 7
        while left:
            day += timedelta(days=1)
            left -= day.isoformat() in on or (day.weekday() < 5 and day.isoformat() not in off)
        assert day == due
        assert (day.isoformat() <= told["official_to"]) == known


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A built sample site and its database."""
    folder = tmp_path_factory.mktemp("tools")
    database = write_sample_db(folder / "sinkrate.db")
    build_site(database, folder / "site", contact="desk@site.example")
    return folder / "site", database


def test_the_look_up_holds_every_complaint_of_the_edition(built: tuple[Path, Path]) -> None:
    site, database = built
    found = {}
    for path in sorted((site / "lookup").glob("??.json")):
        found |= {(one["portal"], ref): one for ref, all_ in json.loads(path.read_bytes()).items() for one in all_}
    with sqlite3.connect(database) as db:
        rows = db.execute(
            "select c.portal, c.ref, k.rung, k.t0, k.state from complaints c left join cases k on k.id = c.case_id"
        ).fetchall()
    assert {(portal, ref) for portal, ref, *_ in rows} == set(found)
    for portal, ref, *verdict in rows:
        entry = found[portal, ref]
        assert [entry.get("rung"), entry.get("t0"), entry.get("state")] == verdict


@pytest.fixture(scope="module")
def page(built: tuple[Path, Path]) -> Iterator[Page]:
    """A page of a real browser on the built site; any console error fails the test that caused it."""
    chromium = find()
    assert chromium is not None, missing()
    handler = partial(_Quiet, directory=str(built[0]))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(chromium), args=flags())
            context = browser.new_context(base_url=f"http://127.0.0.1:{server.server_port}")
            yield context.new_page()
            browser.close()
    finally:
        server.shutdown()
        server.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.browser
def test_a_number_looked_up_shows_its_rung_and_an_unknown_one_says_so(page: Page, built: tuple[Path, Path]) -> None:
    with sqlite3.connect(built[1]) as db:
        ref, case = db.execute(
            "select c.ref, k.id from complaints c join cases k on k.id = c.case_id where k.rung = 'silent' limit 1"
        ).fetchone()
    page.goto(f"/lookup/?q={ref}")
    page.wait_for_selector(".found")
    assert "无回复" in page.inner_text(".found .verdict")
    assert page.locator(".found a[data-slot=case]").get_attribute("href") == lookup.case_path(case)
    page.fill("#number", "no-such-number")
    page.click("#lookup button")
    page.locator("#answer", has_text="没有收录").wait_for()
    page.fill("#start", "2026-09-24T10:00")
    page.click("#clock button")
    page.wait_for_selector("[data-deadline='7wd'] .due")
    # by the notice: off on 25 September and 1-7 October, at work on Saturday the 10th
    assert "2026-10-12 24:00" in page.inner_text("[data-deadline='7wd']")


@pytest.mark.browser
def test_the_letter_is_composed_and_files_are_fingerprinted_here(page: Page, tmp_path: Path) -> None:
    shot = tmp_path / "截图 1.png"
    shot.write_bytes(b"\x89PNG invented")
    sent: list[str] = []
    page.goto("/complain/?issue=卡密无效", wait_until="networkidle")
    page.on("request", lambda request: sent.append(request.url))
    assert page.locator(".channels > li:visible").count() < page.locator(".channels > li").count()
    page.fill("[name=platform]", "某某卡盟")
    page.check("[name=ask] >> nth=0")
    page.set_input_files("#files", shot)
    page.wait_for_selector("#hash-table tbody tr")
    letter = page.inner_text("#letter")
    assert "被投诉平台：某某卡盟" in letter and "1. 退还已付款项" in letter
    assert hashlib.sha256(shot.read_bytes()).hexdigest() in letter
    assert sent == []


@pytest.mark.browser
def test_a_statement_leaves_through_the_readers_mail_only(page: Page) -> None:
    page.goto("/en/reply/")
    page.fill("[name=text]", "Refunded on the third day.")
    assert "Refunded on the third day." in page.inner_text("#letter")
    assert page.get_attribute("#reply-form", "data-contact") == "desk@site.example"


@pytest.mark.browser
def test_compared_numbers_are_those_of_the_platforms_own_pages(page: Page) -> None:
    page.goto("/compare/")
    names = page.eval_on_selector_all("#names option", "nodes => nodes.map(node => node.value)")[:2]
    for place, name in enumerate(names):
        page.fill(f"[name=p] >> nth={place}", name)
    page.click("#compare button")
    page.wait_for_selector(".sides article >> nth=1")
    shown = page.eval_on_selector_all(".sides .num", "nodes => nodes.map(node => node.textContent)")
    assert shown
    paths = page.eval_on_selector_all("#names option", "nodes => nodes.map(node => node.dataset.path)")[:2]
    own: list[str] = []
    for path in paths:
        page.goto(path)
        own += page.eval_on_selector_all("[data-compare] .num", "nodes => nodes.map(node => node.textContent)")
    assert shown == own


_UNSEEN = """() => {
  document.querySelectorAll('details').forEach((one) => (one.open = true));
  const numbers = [...document.querySelectorAll('main :is(a.num, .sink b, .huge, td.r, dd)')];
  return [numbers.length, numbers.filter((one) => one.textContent.trim() && !one.checkVisibility({checkVisibilityCSS: true, checkOpacity: true})).map((one) => one.outerHTML.slice(0, 200))];
}"""


@pytest.mark.browser
@pytest.mark.parametrize(
    "path", ["/", "/platforms/yinghuo/", "/en/platforms/zhezhi/", "/notices/", "/kept/", "/funnel/", "/portals/"]
)
def test_every_number_is_readable_with_script_off(page: Page, path: str) -> None:
    """Without the page's own script: closed tables open by the browser itself, nothing else hides a number."""
    browser = page.context.browser
    assert browser is not None
    with browser.new_context(base_url=page.evaluate("location.origin"), java_script_enabled=False) as context:
        plain = context.new_page()
        plain.goto(path)
        count, unseen = plain.evaluate(_UNSEEN)
        assert count > 3 and unseen == []
