"""The site's search: what it may find, who is meant by what people type, and a real browser behind our own server."""

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page, sync_playwright

from crawlers.browser import find, flags, missing
from pipeline.paths import Paths
from pipeline.publish.editions import place, place_site
from pipeline.publish.web import findable, names, search_index
from pipeline.publish.web.build import build_site
from pipeline.publish.web.findable import Record
from tests.publish.sample import write_sample_db
from tests.publish.sample_scorecards import EDITION
from tests.publish.server import running

REGISTERS = (
    ("update platforms set aliases = '萤火数卡|螢火數卡|小萤数码', legal_name = '虚州萤火网络科技有限公司' where id = 'yinghuo'"),
    ("update platforms set credit_code = '91990000MA0526018R' where id = 'yinghuo'"),
    ("insert into platform_facts (id, platform, kind, value) values ('f1', 'yinghuo', 'domain', 'yinghuo.example')"),
    ("insert into platform_facts (id, platform, kind, value) values ('f2', 'zhezhi', 'domain', 'zhezhi-dianquan.example')"),
)  # fmt: skip


def _database(folder: Path) -> Path:
    database = write_sample_db(folder / "sinkrate.db")
    with sqlite3.connect(database) as db:
        for sql in REGISTERS:
            db.execute(sql)
    return database


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published edition with registers, its database beside it."""
    paths = Paths(tmp_path_factory.mktemp("search"))
    paths.work.mkdir(parents=True)
    database = _database(paths.work)
    build_site(database, paths.work / "site")
    shutil.copy(database, paths.work / "kept.db")
    place(paths, EDITION, database)
    place_site(paths, EDITION, paths.work / "site")
    return paths.public


# ---------------------------------------------------------------- what is found


def test_a_text_is_found_by_its_parts_and_a_card_whole() -> None:
    html = """<main><h1>方法</h1><article data-pagefind-body><p>先<b>说</b>结论。</p><h2 id="rate">石沉率</h2><p>公式 a</p>
    <pre>select 1</pre><ul><li>一</li><li>二</li></ul><p data-pagefind-ignore>不收</p></article><p>页脚</p></main>"""
    assert findable.records_of(html, "/m/", "zh", "text") == [
        Record("/m/", "zh", "text", "方法", "先说结论。"),
        Record("/m/#rate", "zh", "text", "方法 › 石沉率", "公式 a │ 一 │ 二"),
    ]
    [card] = findable.records_of(html, "/m/", "zh", "platform")
    assert card.text == "先说结论。 │ 石沉率 │ 公式 a │ 一 │ 二"


def test_a_page_without_a_marked_part_is_found_by_heading_and_first_paragraph() -> None:
    html = "<main><h1>雷达</h1><p class='lead'>多出来的。</p><p class='lead'>别的</p><table><td>17</td></table></main>"
    assert findable.records_of(html, "/r/", "zh", "text") == [Record("/r/", "zh", "text", "雷达", "多出来的。")]


@given(st.text())
def test_a_text_cut_for_the_index_keeps_its_characters(text: str) -> None:
    assert "".join(findable.spaced(text).split()) == "".join(text.split())


def test_no_single_complaint_is_findable(public: Path) -> None:
    kept = search_index.known(public.parent / "work" / "site.search.json")
    found = [record for own in kept.values() for record in own]
    with sqlite3.connect(public / "sinkrate.db") as db:
        refs = [ref for (ref,) in db.execute("select ref from complaints")]
        campaigns = {title for (title,) in db.execute("select title from campaigns")}
        titles = {title for (title,) in db.execute("select title from complaints")} - campaigns
        excerpts = {text for (text,) in db.execute("select excerpt from complaints")}
    said = "\n".join(f"{record.title}\n{record.text}" for record in found)
    assert not any("/cases/" in record.url for record in found)
    assert not any(ref in said for ref in refs if ref) and not any(text in said for text in titles | excerpts)
    assert {record.found_as for record in found} == {"platform", "template", "campaign", "text"}
    assert {record.language for record in found} == {"zh", "en"}


# ---------------------------------------------------------------- the index


RECORDS = [Record(f"/p{n}/", lang, "text", f"标题 {n}", "退款 refund") for n in range(40) for lang in ("zh", "en")]


def test_equal_records_give_equal_files() -> None:
    first, again = dict(search_index.make(RECORDS)), dict(search_index.make(RECORDS))
    assert first == again and "pagefind/pagefind.js" in first
    assert not any("ui" in name or "worker" in name for name in first)


def test_the_index_is_made_again_only_when_what_it_holds_changed(tmp_path: Path) -> None:
    database, out = _database(tmp_path), tmp_path / "site"
    build_site(database, out)
    before = {path: path.stat().st_ino for path in (out / "pagefind").rglob("*.*")}
    with sqlite3.connect(database) as db:
        db.execute("update scorecards set k = k + 1 where platform = 'yinghuo' and measure = 'sink_rate'")
    assert build_site(database, out).written > 0
    assert {path: path.stat().st_ino for path in (out / "pagefind").rglob("*.*")} == before
    with sqlite3.connect(database) as db:
        db.execute("update platforms set name = '荧惑数卡' where id = 'yinghuo'")
    report = build_site(database, out)
    assert set((out / "pagefind").rglob("*.*")) != set(before)
    assert report.bytes == sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    build_site(database, tmp_path / "anew")
    for path in (out / "pagefind").rglob("*.*"):
        assert path.read_bytes() == (tmp_path / "anew" / path.relative_to(out)).read_bytes()


@pytest.mark.parametrize("kept", ["", "{", "[3]", '{"a": [["x"]]}', '{"a": 3}'])
def test_what_the_last_build_left_spoilt_is_forgotten(tmp_path: Path, kept: str) -> None:
    (tmp_path / "m.json").write_text(kept)
    assert search_index.known(tmp_path / "m.json") == {}


def test_without_pagefind_the_site_stands_and_says_what_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "program", lambda: None)
    report = build_site(_database(tmp_path), tmp_path / "site")
    assert "pagefind_bin_extended" in report.notice
    assert not (tmp_path / "site" / "pagefind").exists()
    assert 'data-full-text=""' in (tmp_path / "site" / "search" / "index.html").read_text(encoding="utf8")


# ---------------------------------------------------------------- names


def test_the_lists_hold_what_registers_say_and_only_readings_that_characters_do_not_give(public: Path) -> None:
    folder = public / "site" / "search"
    listed = json.loads((folder / "names.json").read_bytes())
    assert listed[0] == ["yinghuo", "萤火数卡", "小萤数码"]
    registers = json.loads((folder / "registers.json").read_bytes())
    assert registers[0] == [["91990000MA0526018R"], ["yinghuo.example"], ["虚州萤火网络科技有限公司"]]
    hanzi = json.loads((folder / "hanzi.json").read_bytes())
    assert "萤" in hanzi["sounds"]["ying"] and "鳥鸟" in hanzi["traditional"]


@pytest.mark.parametrize(
    ("name", "sound"), [("霁獭发卡", "jitafaka"), ("螢火數卡", "yinghuoshuka"), ("音乐QQ卡盟", "yinyueqqkameng")]
)
def test_a_name_sounds_as_a_shop_of_cards_does(name: str, sound: str) -> None:
    assert names.sound(name) == sound


def test_many_platforms_are_listed_by_letter(public: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "ONE_PAGE", 2)
    build_site(public / "sinkrate.db", tmp_path / "site")
    assert "萤火数卡" in (tmp_path / "site" / "names" / "y" / "index.html").read_text(encoding="utf8")
    first = (tmp_path / "site" / "names" / "index.html").read_text(encoding="utf8")
    assert "萤火数卡" not in first and 'href="/names/z/"' in first


# ---------------------------------------------------------------- in a browser


@pytest.fixture(scope="module")
def base(public: Path) -> Iterator[str]:
    with running(public) as client:
        yield str(client.base_url).rstrip("/")


@pytest.fixture(scope="module")
def page(base: str) -> Iterator[Page]:
    """A page of a real browser on our own server with its headers; `page.said` are console errors and warnings."""
    chromium = find()
    assert chromium is not None, missing()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=flags())
        yield browser.new_context(base_url=base).new_page()
        browser.close()


LISTED = [
    ["cangni-faka", "苍鲵发卡"], ["cangni-kameng", "苍鲵卡盟"], ["chengao-kameng", "澄獒卡盟"], ["jita-faka", "霁獭发卡", "霁獭官方"],
    ["lixiao-kameng", "栗鸮卡盟"], ["lyucheng", "绿城点卡"], ["qq-kameng", "QQ雀卡盟"], ["suxiao-kameng", "粟鸮卡盟"],
    ["xiulu-fakawang", "岫鹭发卡网", "岫鹭自动发卡"], ["yingjing-kameng", "萤鲸卡盟", "萤鲸客服"], ["yinhu-shequ", "洇狐社区"], ["wudiao-kameng", "雾貂卡盟"],
]  # fmt: skip
CODES = [[[], [], []] for _ in LISTED]
CODES[9] = [["91990000MA0526018R"], ["yingjing-kameng.example"], ["虚州萤鲸网络科技有限公司"]]
CODES[3] = [["91990000MA01590834"], ["jita.example", "霁獭.example"], []]

# what is typed → who is meant, in order; who is offered besides
ASKED: list[tuple[str, list[str], list[str]]] = [
    ("萤鲸卡盟", ["yingjing-kameng"], []),
    ("螢鯨卡盟", ["yingjing-kameng"], []),  # traditional
    ("萤鲸", ["yingjing-kameng"], []),
    ("鲸卡", ["yingjing-kameng"], []),  # in the middle
    (" 萤 鲸　卡盟！", ["yingjing-kameng"], []),  # blanks and marks
    ("岫鹭自动发卡", ["xiulu-fakawang"], []),  # alias
    ("虚州萤鲸网络科技有限公司", ["yingjing-kameng"], []),  # registered name
    ("萤鲸卡盟可靠吗", ["yingjing-kameng"], []),  # a sentence that holds the name
    ("苍鲵", ["cangni-faka", "cangni-kameng"], []),
    ("苍鲵卡盟", ["cangni-kameng"], ["cangni-faka"]),  # what it sells differs: another platform
    ("栗鸮卡盟", ["lixiao-kameng"], ["suxiao-kameng"]),  # one character apart
    ("吉塔发卡", [], ["jita-faka"]),  # homophones
    ("极塔", [], ["jita-faka"]),
    ("萤惊卡盟", [], ["yingjing-kameng"]),
    ("萤鲤卡盟", [], ["yingjing-kameng"]),  # one character wrong
    ("萤卡盟", [], ["yingjing-kameng"]),  # one missing
    ("萤鲸鲸卡盟", [], ["yingjing-kameng"]),  # one too many
    ("鲸萤卡盟", [], ["yingjing-kameng"]),  # turned round
    ("卡盟", ["cangni-kameng", "chengao-kameng", "lixiao-kameng", "suxiao-kameng", "wudiao-kameng", "yingjing-kameng", "qq-kameng"], []),
    ("飞鸟卡盟", [], []),  # only what it sells is shared
    ("yingjingkameng", ["yingjing-kameng"], []),
    ("yíng jīng kǎ méng", ["yingjing-kameng"], []),  # tones and blanks
    ("ying2 jing1", ["yingjing-kameng"], []),
    ("YING'JING", ["yingjing-kameng"], []),
    ("ｙｉｎｇｊｉｎｇ", ["yingjing-kameng"], []),  # full width
    ("yingj", ["yingjing-kameng"], []),
    ("jtfk", ["jita-faka"], []),  # initials
    ("JTFK", ["jita-faka"], []),
    ("jita发卡", ["jita-faka"], []),  # letters and characters mixed
    ("lücheng", ["lyucheng"], []),
    ("yinjin", [], ["yingjing-kameng"]),  # -n for -ng
    ("cangnikamen", ["cangni-kameng"], []),  # as far as typed
    ("canni", [], ["cangni-faka", "cangni-kameng"]),
    ("yignjing", [], ["yingjing-kameng"]),  # letters turned round
    ("qq", ["qq-kameng"], []),
    ("yingjing-kameng.example", ["yingjing-kameng"], []),
    ("https://www.yingjing-kameng.example/shop?id=1", ["yingjing-kameng"], []),
    ("HTTP://m.yingjing-kameng.example:8080", ["yingjing-kameng"], []),  # below it
    ("yingjing-kameng。example", ["yingjing-kameng"], []),  # the full stop of a Chinese keyboard
    ("www.other.example", [], []),
    ("91990000MA0526018R", ["yingjing-kameng"], []),
    ("9199 0000 ma05 2601 8r", ["yingjing-kameng"], []),
    ("９１９９００００ＭＡ０５２６０１８Ｒ", ["yingjing-kameng"], []),
    ("91990000MA0526018X", [], []),
    ("", [], []),
    ("   ", [], []),
    ("萤", ["yingjing-kameng"], []),
    ("？", [], []),
    ("<img src=x onerror=alert(1)>", [], []),
    ("'; drop table platforms; --", [], []),
    ("萤" * 200, [], []),
    (".*+?^${}()|[]\\", [], []),
]  # fmt: skip


@pytest.mark.browser
def test_who_is_meant(page: Page) -> None:
    page.goto("/names/")
    args = [json.loads(names.hanzi("".join(row[1] for row in LISTED))), LISTED, CODES, [asked for asked, *_ in ASKED]]
    found = page.evaluate(
        """async ([hanzi, names, registers, all]) => {
          const { prepare, look } = await import("/assets/names.js");
          const book = prepare(hanzi, names, registers);
          return all.map((one) => Object.values(look(book, one)).map((hits) => hits.map((hit) => hit.platform.id)));
        }""",
        args,
    )
    wrong = [
        f"{asked!r}: {direct} then {near}, not {who} then {besides}"
        for (asked, who, besides), (direct, near) in zip(ASKED, found, strict=True)
        if direct != who or near != besides
    ]
    assert not wrong, "\n".join(wrong)


SEARCHED = [
    ("/search/", "退款", "#found-pages", "拒绝退款"),  # two characters
    ("/search/", "石沉率", "#found-pages", "方法"),
    ("/search/", "萤火", "#found-names", "萤火数卡"),
    ("/search/", "小萤数码", "#found-names", "萤火数卡"),  # alias
    ("/search/", "https://www.yinghuo.example/x", "#found-names", "萤火数卡"),
    ("/search/", "9199 0000 MA05 26018R", "#found-names", "萤火数卡"),
    ("/search/", "yinghuo", "#found-names", "萤火数卡"),
    ("/search/", "zzdq", "#found-names", "折纸点券"),
    ("/search/", "浙之点券", "#found-near", "折纸点券"),
    ("/en/search/", "refund", "#found-pages", "refund"),
    ("/en/search/", "sink rate", "#found-pages", "sink rate"),
    ("/en/search/", "折纸", "#found-names", "折纸点券"),
]


def _settled(page: Page) -> str:
    page.wait_for_selector("#search:not([aria-busy])")
    return page.inner_text("#status")


@pytest.mark.browser
def test_a_reader_finds_platforms_and_pages_in_both_languages(page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    for address, asked, section, expected in SEARCHED:
        page.goto(address)
        page.fill("#q", asked)
        assert asked.strip() in _settled(page)
        assert expected in page.inner_text(f"{section} .hits"), asked
        assert page.evaluate("new URLSearchParams(location.search).get('q')") == asked
    assert said == []


@pytest.mark.browser
def test_complaints_are_never_found_and_hostile_queries_stay_text(page: Page, public: Path) -> None:
    with sqlite3.connect(public / "sinkrate.db") as db:
        ref, excerpt = db.execute("select ref, excerpt from complaints where excerpt is not null limit 1").fetchone()
    for asked in (ref, excerpt[:24], "付款后一直没有到账", '<img src=x onerror="document.title=1">', "${status}$&"):
        page.goto("/search/")
        page.fill("#q", asked)
        assert asked in _settled(page)
        assert page.locator("a[href*='/cases/']").count() == 0 and page.locator("main img").count() == 0
        assert not page.is_visible("#found-pages") or "cases" not in page.inner_html("#found-pages")
    assert page.title() != "1"


@pytest.mark.browser
def test_the_search_is_reached_by_keyboard_and_by_the_box_on_every_page(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/en/")
    page.wait_for_load_state("networkidle")
    assert not any(re.search(r"/pagefind/|/search/", url) for url in asked)  # loaded only when somebody searches
    page.keyboard.press("/")
    page.keyboard.type("zhezhi")
    page.keyboard.press("Enter")
    page.wait_for_url("**/en/search/?q=zhezhi")
    page.wait_for_selector("#found-names li")
    assert "zhezhi" in _settled(page) and page.evaluate("document.activeElement.id") == "q"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # the button, then the link about complaint numbers
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "/en/platforms/zhezhi/"


@pytest.mark.browser
def test_webassembly_is_allowed_on_the_search_page_alone(page: Page, base: str) -> None:
    for path, allowed in (
        ("/search/", True),
        ("/en/search/", True),
        ("/", False),
        ("/names/", False),
        ("/lookup/", False),
    ):
        answer = page.request.get(base + path)
        assert ("'wasm-unsafe-eval'" in answer.headers["content-security-policy"]) is allowed, path
        assert ("wasm-unsafe-eval" in answer.text()) is allowed, path
        assert "'unsafe-eval'" not in answer.headers["content-security-policy"]
