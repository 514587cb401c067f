"""The site as files: every link resolves, hostile text stays text, every number leads to the SQL that gives it."""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs, quote_plus, unquote, urlsplit
from xml.etree import ElementTree

import pyarrow as pa
import pytest
from bs4 import BeautifulSoup, Tag
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import UndefinedError

from pipeline.errors import BadInput
from pipeline.model import RUNGS
from pipeline.publish.database import write_database
from pipeline.publish.web import build, charts
from pipeline.publish.web.build import build_site
from pipeline.publish.web.case import case_path
from pipeline.publish.web.environment import environment
from pipeline.publish.web.figures import Desk, path_part, safe_href
from pipeline.publish.web.kinds import KINDS
from pipeline.publish.web.reading import read_snapshot
from pipeline.publish.web.texts import load_texts
from pipeline.publish.web.words import load_words
from tests.publish.printing import ways_to_print
from tests.publish.sample import HOSTILE, sample_tables, write_sample_db

AT = "at-20261120T040000Z"
"""The sample's as-of as links name it."""

HOSTILE_UPDATES = (
    ("update complaints set url = ? where ref = '17390000000'", "javascript:alert(1)"),
    ("update complaints set excerpt = ? where ref = '17390000001'", HOSTILE),
    ("update platforms set name = ? where id = 'zhezhi'", HOSTILE),
    ("update platforms set aliases = ? where id = 'yinghuo'", f"萤火|{HOSTILE.replace('|', '')}"),
    ("update portals set home = ?", "javascript:alert(2)"),
    ("update statements set evidence_url = ?", "data:text/html,<script>alert(3)</script>"),
    ("update replies set excerpt = ?, why = excerpt where hidden = 0", HOSTILE),
    ("update templates set text = ?", HOSTILE),
    ("update findings set remedy = ?", HOSTILE),
    ("update cases set why = ?", HOSTILE),
)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample_db(tmp_path_factory.mktemp("plain") / "sinkrate.db")


@pytest.fixture(scope="module")
def site(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("built") / "site"
    build_site(database, out)
    return out


@pytest.fixture(scope="module")
def hostile(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample with hostile text in every place a stranger can write to."""
    folder = tmp_path_factory.mktemp("hostile")
    copy = Path(shutil.copy(database, folder / "sinkrate.db"))
    with sqlite3.connect(copy) as db:
        for sql, value in HOSTILE_UPDATES:
            db.execute(sql, (value,))
    build_site(copy, folder / "site")
    return folder / "site"


@cache
def _soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf8"), "html.parser")


def _chinese(site: Path) -> list[Path]:
    return [path for path in _html(site) if path.relative_to(site).parts[0] != "en"]


def _html(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


def _links(soup: BeautifulSoup) -> Iterator[str]:
    for tag in soup.find_all(href=True):
        yield str(tag["href"])


def _sql(href: str) -> str:
    return parse_qs(urlsplit(href).query)["sql"][0]


def test_every_page_kind_is_there_and_counted(database: Path, site: Path, tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    report = build_site(database, tmp_path / "again", progress=lambda done, total: calls.append((done, total)))
    desk = Desk(read_snapshot(database), load_words(), load_texts("zh"))
    listed = {kind.name: len(list(kind.jobs(desk))) for kind in KINDS}
    assert listed.pop("moved") == 0 and all(listed.values()) and (listed["platform"], listed["case"]) == (3, 55)
    assert report.pages == len(_html(site)) == 2 * sum(listed.values())
    assert report.bytes == sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
    assert calls[-1] == (report.pages, report.pages) and [done for done, _ in calls] == sorted(
        done for done, _ in calls
    )
    assert (report.written, report.unchanged) == (report.pages, 0)


def test_a_second_build_writes_only_what_changed(database: Path, tmp_path: Path) -> None:
    copy, out = Path(shutil.copy(database, tmp_path / "sinkrate.db")), tmp_path / "site"
    build_site(copy, out)
    before = {path: path.read_bytes() for path in _html(out)}
    assert build_site(copy, out).written == 0
    with sqlite3.connect(copy) as db:
        db.execute("update platforms set legal_name = '改名以后' where id = 'zhezhi'")
    report = build_site(copy, out)
    changed = {path for path in _html(out) if path.read_bytes() != before[path]}
    own = ("platforms/zhezhi/index.html", "names/index.html")  # its own page, and the list that prints registered names
    assert changed == {out / name for name in own} | {out / "en" / name for name in own}
    assert report.written == len(changed)
    build_site(copy, tmp_path / "anew")
    assert {path.relative_to(out): path.read_bytes() for path in _html(out)} == {
        path.relative_to(tmp_path / "anew"): path.read_bytes() for path in _html(tmp_path / "anew")
    }


def test_a_former_id_leads_to_the_platform_of_today(database: Path, tmp_path: Path) -> None:
    out, moved = tmp_path / "site", {"old-one": "yinghuo", "gone": "nowhere", "zhezhi": "yinghuo"}
    build_site(database, out, site_url="https://site.example", moved=moved)
    for prefix in ("", "/en"):
        soup = _soup(out / f"{prefix}/platforms/old-one/index.html".lstrip("/"))
        refresh, canonical = soup.select_one("meta[http-equiv=refresh]"), soup.select_one("link[rel=canonical]")
        assert refresh is not None and refresh["content"] == f"0; url={prefix}/platforms/yinghuo/"
        assert canonical is not None and canonical["href"] == f"https://site.example{prefix}/platforms/yinghuo/"
        assert soup.select_one("meta[name=robots][content=noindex]") is not None
    assert not (out / "platforms/gone").exists() and "refresh" not in (out / "platforms/zhezhi/index.html").read_text()
    build_site(database, out, site_url="https://site.example")
    assert not (out / "platforms/old-one").exists()


def test_two_processes_give_the_same_bytes_and_what_is_gone_is_removed(
    database: Path, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "ENOUGH_FOR_TWO", 2)
    (tmp_path / "site" / "assets").mkdir(parents=True)
    (tmp_path / "site" / "assets" / "sinkrate.css").touch()
    (tmp_path / "site" / "old" / "page").mkdir(parents=True)
    (tmp_path / "site" / "old" / "page" / "index.html").write_text("old")
    build_site(database, tmp_path / "site", processes=2)
    twin = {path.relative_to(tmp_path / "site"): path.read_bytes() for path in (tmp_path / "site").rglob("*.*")}
    assert twin == {path.relative_to(site): path.read_bytes() for path in site.rglob("*.*")}
    assert not (tmp_path / "site" / "old").exists()


def test_without_a_datasette_the_sql_stands_on_the_page(database: Path, tmp_path: Path) -> None:
    build_site(database, tmp_path / "s", data_url="")
    soup = _soup(tmp_path / "s/platforms/yinghuo/index.html")
    links = [str(tag["href"]) for tag in soup.select("a.num")]
    assert len(links) > 20 and all(link.startswith("#sql-") for link in links)
    with sqlite3.connect(database) as db:
        for link in links:
            found = soup.select_one(link)
            assert found is not None
            db.execute(found.get_text()).fetchone()


def test_the_same_database_gives_the_same_bytes(database: Path, site: Path, tmp_path: Path) -> None:
    build_site(database, tmp_path / "again")
    twin = {path.relative_to(tmp_path / "again"): path.read_bytes() for path in (tmp_path / "again").rglob("*.*")}
    assert twin == {path.relative_to(site): path.read_bytes() for path in site.rglob("*.*")}


def test_every_internal_link_resolves(site: Path) -> None:
    ids = {path: {str(tag["id"]) for tag in _soup(path).find_all(id=True)} for path in _html(site)}
    for path in _html(site):
        for href in _links(_soup(path)):
            target, _, fragment = unquote(href).partition("#")
            target = target.partition("?")[0]
            if target.startswith(("/data/", "http", "/open/", "/embed/", "/llms.txt")) or target.endswith(
                (".csv", ".json")
            ):
                continue  # open data: tests/test_open_edition.py follows these
            page = path if not target else site / target.strip("/") / "index.html" if target.endswith("/") else None
            page = page or site / target.strip("/")
            assert page.is_file(), f"{path}: {href}"
            assert not fragment or fragment in ids[page], f"{path}: {href}"


def test_ids_on_a_page_are_unique(site: Path) -> None:
    for path in _html(site):
        found = [str(tag["id"]) for tag in _soup(path).find_all(id=True)]
        assert len(found) == len(set(found)), path


def test_hostile_text_stays_text(hostile: Path) -> None:
    assert sum(HOSTILE in _soup(path).get_text() for path in _html(hostile)) > 50
    for path in _html(hostile):
        soup = _soup(path)
        assert not soup.find(["iframe", "object", "embed", "base"]), path
        own = {"tools", "lookup", "clock", "issue-form", "letter-form", "compare", "verify", "reply-form"}
        seeks = {"seek": "/search/", "search": "/search/"}
        for form in soup.find_all("form"):
            leads = str(form.get("action", "")).removeprefix("/en")
            assert leads == seeks.get(str(form.get("id")), "") and form.get("id") in own | set(seeks), path
        handlers = [name for tag in soup.find_all(True) for name in tag.attrs if name.startswith("on")]
        assert not handlers, path
        assert all(href.startswith(("/", "#", "http://", "https://")) for href in _links(soup)), path


def test_every_picture_is_well_formed_and_says_what_it_shows(hostile: Path) -> None:
    for path in _html(hostile):
        for text in re.findall(r"<svg.*?</svg>", path.read_text(encoding="utf8"), re.S):
            picture = ElementTree.fromstring(text)
            said = picture.find("title") is not None or picture.get("aria-label")
            assert picture.get("aria-hidden") == "true" or said, path
            assert picture.get("aria-hidden") == "true" or picture.get("role") == "img", path


def test_no_inline_script_or_style_no_third_party(site: Path) -> None:
    for path in _html(site):
        soup = _soup(path)
        assert not soup.find(style=True) and not soup.find("style"), path
        assert all(str(tag["href"]).startswith("/") for tag in soup.find_all("link")), path
        for tag in soup.find_all("script"):
            assert tag["type"] == "module" and not tag.get_text() and str(tag["src"]).startswith("/assets/"), path
        assert all(tag.name == "script" for tag in soup.find_all(src=True)), path
    assert "http" not in (site / "assets" / "sinkrate.css").read_text(encoding="utf8")


def test_every_printed_number_is_what_its_sql_gives(database: Path, site: Path) -> None:
    checked = 0
    with sqlite3.connect(database) as db:
        db.row_factory = sqlite3.Row
        pages = [path for path in _html(site) if "cases" not in path.parts]
        for path in pages:
            for link in _soup(path).select("a.num:not(table.board a)"):
                row = dict(db.execute(_sql(str(link["href"]))).fetchone())
                assert link.get_text() in set(ways_to_print(row)), f"{path}: {link}"
                checked += 1
    assert checked > 700


def test_every_rate_of_a_platform_links_to_its_own_sql(database: Path, site: Path) -> None:
    links = {(str(a["href"]), a.get_text()) for a in _soup(site / "platforms/yinghuo/index.html").select("a.num")}
    rated = "state in ('ok', 'few') and value is not null and measure != 'eb_mean' and measure not like 'reply_%'"
    with sqlite3.connect(database) as db:
        rows = db.execute(f"select value, sql from scorecards where platform = 'yinghuo' and {rated}").fetchall()
    assert len(rows) > 20
    for value, sql in rows:
        assert (f"/data/{AT}?sql={quote_plus(sql)}", f"{value:.1%}") in links, sql


def test_every_cell_of_the_home_table_leads_to_the_rows_it_prints(database: Path, site: Path) -> None:
    seen = 0
    with sqlite3.connect(database) as db:
        for link in _soup(site / "index.html").select("table.board a.num"):
            address = urlsplit(str(link["href"]))
            asked = {key: values[0] for key, values in parse_qs(address.query).items()}
            assert address.path == f"/data/{AT}/scorecards" and asked["slice"] == "all"
            measures = asked.get("measure__in", asked.get("measure", "")).split(",")
            rows = db.execute(
                f"select k, n, value from scorecards where platform = ? and slice = 'all' and horizon = ? and measure in ({', '.join('?' * len(measures))})",
                (asked["platform"], asked["horizon"], *measures),
            ).fetchall()
            assert len(rows) == len(measures)
            printed = {text for k, n, value in rows for text in (f"{k:,}", f"{k} / {n} 件", f"{value or 0:.1%}")}
            assert {link.get_text()} <= printed or set(link.get_text().split(" / ")) <= printed, link
            seen += 1
    assert seen >= 12


def test_under_ten_judged_cases_no_rate_is_printed(site: Path) -> None:
    main = _soup(site / "platforms/zhiyuan/index.html").find("main")
    assert isinstance(main, Tag)
    assert not re.search(r"\d\.\d%", main.get_text()) and not main.select_one("svg.ladder, svg.dots, svg.trend")
    assert "只列件数" in main.get_text()


def test_home_shows_small_platforms_as_counts_grey_or_full(site: Path) -> None:
    soup = _soup(site / "index.html")
    rows = {row.th.a.get_text(): row for row in soup.select("table.board tbody tr") if row.th and row.th.a}
    assert not re.search(r"%", rows["纸鸢充值"].get_text()) and "名称未经核对" in rows["纸鸢充值"].get_text()
    assert "s-few" in rows["折纸点券"]["class"] and "s-ok" in rows["萤火数卡"]["class"]
    assert list(rows) == ["萤火数卡", "折纸点券", "纸鸢充值"]


def test_case_pages_are_not_indexed_and_links_out_are_not_followed(hostile: Path) -> None:
    for path in (hostile / "cases").rglob("*.html"):
        soup = _soup(path)
        robots = soup.find("meta", attrs={"name": "robots"})
        assert isinstance(robots, Tag) and robots["content"] == "noindex"
        out = [tag for tag in soup.find_all("a") if str(tag["href"]).startswith("http")]
        assert all({"nofollow", "noopener"} <= set(tag["rel"]) for tag in out), path


def test_every_page_carries_as_of(site: Path) -> None:
    for path in _html(site):
        assert "2026-11-20 12:00" in _soup(path).get_text()


def test_another_data_url_is_used_everywhere(database: Path, tmp_path: Path) -> None:
    build_site(database, tmp_path / "s", data_url="https://data.example/", site_url="https://榜.example/")
    text = (tmp_path / "s/platforms/yinghuo/index.html").read_text(encoding="utf8")
    assert "/data/at-" not in text and f"https://data.example/{AT}?sql=" in text
    assert "https://榜.example/platforms/yinghuo/" in text


def test_an_edition_without_cases_still_builds(tmp_path: Path) -> None:
    tables: dict[str, pa.Table] = {name: table.slice(0, 0) for name, table in sample_tables().items()}
    write_database(tmp_path / "empty.db", tables | {"editions": sample_tables()["editions"]})
    report = build_site(tmp_path / "empty.db", tmp_path / "site")
    assert report.pages == len(_html(tmp_path / "site")) > 20


def test_a_folder_with_other_things_is_never_wiped(database: Path, tmp_path: Path) -> None:
    (tmp_path / "keep.txt").write_text("mine")
    with pytest.raises(BadInput, match="no site built here"):
        build_site(database, tmp_path)
    assert (tmp_path / "keep.txt").read_text() == "mine"


def test_what_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("not a database at all, only text that is long enough")
    with pytest.raises(BadInput, match=r"x\.db"):
        build_site(tmp_path / "x.db", tmp_path / "site")
    with pytest.raises(BadInput, match="no such database"):
        build_site(tmp_path / "none.db", tmp_path / "site")


def test_an_undefined_name_in_a_template_is_an_error(database: Path) -> None:
    desk = Desk(read_snapshot(database), load_words(), load_texts("zh"))
    with pytest.raises(UndefinedError):
        environment(desk).get_template("404.html.j2").render(page=None, shell=object())


def test_a_missing_word_is_an_error(tmp_path: Path) -> None:
    words = load_words()
    assert words("rungs", "silent", "name") == "无回复"
    with pytest.raises(BadInput, match="rungs › sunk"):
        words("rungs", "sunk", "name")
    text = words.path.read_text(encoding="utf8").replace("  silent:\n", "  mute:\n")
    (tmp_path / "zh.yml").write_text(text, encoding="utf8")
    with pytest.raises(BadInput, match="rungs › silent"):
        load_words(folder=tmp_path)


@settings(deadline=None)
@given(st.lists(st.text(min_size=1), unique=True, max_size=8))
def test_any_reference_becomes_one_safe_folder_name(refs: list[str]) -> None:
    parts = [path_part(ref) for ref in refs]
    assert len(set(parts)) == len(parts)
    assert all(re.fullmatch(r"[A-Za-z0-9._~-]+", part) and part.strip(".") for part in parts)
    assert path_part("17390000003") == "17390000003" and case_path("heimao/../x") == "/cases/heimao/..~2Fx/"


@pytest.mark.parametrize(
    ("url", "is_link"),
    [("https://tousu.example/complaint/1", True), ("http://127.0.0.1:8901/x?sld=1#a", True), ("javascript:alert(1)", False),
     ("JaVaScRiPt://x/%0aalert(1)", False), ("java\nscript:alert(1)", False), ("//tousu.example/1", False),
     ("/complaint/1", False), ("data:text/html,x", False), ("http://", False), ("https://a b.example/", False),
     ("http://[::1", False), ("https:\\\\tousu.example", False), ("", False), (None, False)],
)  # fmt: skip
def test_only_plain_web_addresses_become_links(url: str | None, is_link: bool) -> None:
    assert (safe_href(url) == url) is is_link if url else safe_href(url) is None


@settings(deadline=None)
@given(st.lists(st.integers(min_value=0, max_value=10**6), min_size=9, max_size=9))
def test_the_ladder_fills_its_frame(counts: list[int]) -> None:
    words = load_words()
    parts = [
        charts.Segment(
            words("rungs", rung, "n"), words("rungs", rung, "name"), words("rungs", rung, "group"), k, HOSTILE
        )
        for rung, k in zip(RUNGS, counts, strict=True)
    ]
    picture = ElementTree.fromstring(charts.ladder(parts, key="k", title=HOSTILE, height=64, groups=[("sunk", "石沉")]))
    widths = [float(rect.get("width", "0%").rstrip("%")) for rect in picture.findall("rect")]
    assert sum(widths) == pytest.approx(100, abs=0.1)
    assert len(widths) == max(1, sum(count > 0 for count in counts))


@settings(deadline=None)
@given(st.tuples(*[st.floats(min_value=0, max_value=1)] * 5), st.text(max_size=20))
def test_intervals_and_months_stay_inside_the_picture(shares: tuple[float, ...], text: str) -> None:
    text = "".join(c for c in text if c.isprintable())
    low, value, high = sorted(shares[:3])
    span = charts.Span(value, low, high, *sorted(shares[3:]))
    dot = ElementTree.fromstring(charts.interval(span, key="k", title=text, desc=text, market=value, few=True))
    series = [charts.Point(text, text, span, few=False), charts.Point(text, text, None, few=False)]
    ElementTree.fromstring(charts.trend(series, key="k", title=text, desc=text))
    places = [float(v.rstrip("%")) for e in dot.iter() for name, v in e.items() if name in ("x", "x1", "x2", "cx")]
    assert all(0 <= place <= 100 for place in places)


def test_the_worked_example_of_the_method_page_adds_up(site: Path) -> None:
    text = _soup(site / "method/index.html").get_text()
    english = _soup(site / "en/method/index.html").get_text()
    for above, below, printed in ((19, 37, "51.4%"), (15, 38, "39.5%"), (31, 42, "73.8%")):
        assert f"{above} ÷ {below} = {printed}" in english
        assert f"{above} ÷ {below} ＝ {printed}" in text and f"{above / below:.1%}" == printed
