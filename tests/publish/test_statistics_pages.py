"""What the statistics and the crawls print: curve, band, definitions, money, funnel, the portals' runs."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import BadInput
from pipeline.paths import PROJECT
from pipeline.publish.tables import appeals
from pipeline.publish.web import plots, verdicts
from pipeline.publish.web.build import build_site
from pipeline.publish.web.figures import Desk
from pipeline.publish.web.texts import load_texts
from pipeline.publish.web.words import load_words
from tests.publish.sample import write_sample_db


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("statistics")
    build_site(write_sample_db(folder / "sinkrate.db"), folder / "site")
    return folder / "site"


def _soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf8"), "html.parser")


def test_a_platform_page_prints_the_statistics(site: Path) -> None:
    text = _soup(site / "platforms/yinghuo/index.html").get_text()
    for word in (
        "等多久才有实质回复",
        "无法区分",
        "名次的 95% 范围",
        "标准化石沉率",
        "换一种算法",
        "涉诉金额",
        "承诺之后",
    ):
        assert word in text, word
    assert "未达到" in text and "24 小时" in text and "7 个工作日" in text


def test_the_curve_and_the_funnel_stand_beside_their_tables(site: Path) -> None:
    speed = _soup(site / "platforms/yinghuo/index.html").select_one("section[aria-labelledby=h-speed]")
    assert speed is not None and len(speed.select("svg.plot line.deadline")) == 3
    assert len(speed.select("tbody tr")) > 20
    funnel = _soup(site / "index.html").select_one("section[aria-labelledby=h-funnel]")
    table = _soup(site / "funnel/index.html").select("tbody tr")
    assert funnel is not None and len(funnel.select("circle")) == len(table) == 2


def test_the_portals_page_lists_the_crawls_and_the_age_of_good_data(site: Path) -> None:
    text = _soup(site / "portals/index.html").get_text()
    assert "9 天" in text and "robots 3 · status_403 1" in text and "中途停止" in text


_SHARES = st.floats(min_value=0, max_value=1)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(min_value=0, max_value=400), _SHARES), min_size=1, max_size=12))
def test_the_curve_stays_inside_its_picture(points: list[tuple[float, float]]) -> None:
    steps = [plots.Step(days, share, share, share) for days, share in sorted(points)]
    lines = [plots.Deadline(1.0, "甲"), plots.Deadline(9.0, "乙", until=12.0)]
    picture = BeautifulSoup(plots.curve(steps, lines, ["t"] * 6, key="k", title="t", desc="d"), "html.parser")
    places = [float(str(tag[name]).rstrip("%")) for tag in picture.find_all(["line", "rect"]) for name in ("x", "x1", "x2")
              if tag.get(name) and str(tag[name]).endswith("%")]  # fmt: skip
    assert all(0 <= place <= 100 for place in places)
    heights = [float(str(tag[name])) for tag in picture.find_all("line") for name in ("y1", "y2")]
    assert all(0 <= height <= 204 for height in heights)


def test_the_method_page_prints_the_measured_quality_as_it_is_filed(site: Path) -> None:
    filed = yaml.safe_load((PROJECT / "data/reference/quality.yml").read_text("utf8"))
    for page in ("method", "en/method"):
        first, later = _soup(site / page / "index.html").select("table.full")
        for table, entries in ((first, filed["first_readings"]), (later, filed["measured"])):
            text = table.get_text()
            for one in entries:
                assert one["set"] in text and str(one["measured_on"]) in text
                printed = (f"{value * 100:.{2 if 0 < value < 0.01 else 1}f}%" for value in one["figures"].values())
                assert all(value in text for value in printed), one["set"]


def test_quality_without_its_kind_of_texts_is_refused(tmp_path: Path) -> None:
    desk = Desk(None, load_words(), load_texts("zh"), "zh", "", "", "")  # type: ignore[arg-type]
    path = tmp_path / "quality.yml"
    path.write_text("measured: []\nfirst_readings: [{set: a}]\n", "utf8")
    with pytest.raises(BadInput, match="sinkrate eval all"):
        verdicts.quality(desk, path)


def test_a_platform_page_prints_typical_cases_and_its_flags(site: Path) -> None:
    with closing(sqlite3.connect(site.parent / "sinkrate.db")) as db:
        typical = db.execute("select platform, case_id, excerpt, n_cases from typical_cases").fetchall()
        raised = db.execute("select distinct platform from flags where raised").fetchall()
    assert typical
    for platform, case, excerpt, n_cases in typical:
        section = _soup(site / f"platforms/{platform}/index.html").select_one("section[aria-labelledby=h-typical]")
        assert section is not None and excerpt in section.get_text() and f"{n_cases} 件" in section.get_text()
        assert any(str(link["href"]).endswith(f"/{case.partition('/')[2]}/") for link in section.select("a"))
    shown = {path.parent.name for path in site.glob("platforms/*/index.html") if _soup(path).select("#h-flags")}
    assert shown == {row[0] for row in raised}


def test_the_site_counts_its_own_late_decisions(site: Path) -> None:
    """Of three appeals one is not due yet, one was decided after its day."""
    for edition, said in (("", "应有结果的申诉 2 件，其中 1 件"), ("en/", "were due: 2; not decided in time: 1")):
        section = _soup(site / f"{edition}corrections/index.html").select_one("section[aria-labelledby=h-appeals]")
        assert section is not None and said in " ".join(section.get_text().split())
        assert len(section.select("tbody tr")) == 3


_APPEAL = "- {id: a, received_on: 2026-09-28, kind: verdict, subject: heimao/1, outcome: pending}\n"


def test_an_appeal_is_due_on_the_seventh_working_day(tmp_path: Path) -> None:
    (tmp_path / "appeals.yml").write_text(_APPEAL, encoding="utf8")
    (tmp_path / "workdays").symlink_to(PROJECT / "data/reference/workdays")
    [appeal] = appeals(tmp_path)
    assert appeal.due_on == date(2026, 10, 13)  # 29, 30 September; 8, 9, 10 (a worked Saturday), 12, 13 October


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("pending", "kept"), "decided_on and reason"),
        (("pending}", "pending, reason: x}"), "decided_on and reason"),
        (("outcome", "answered_on: 2026-09-01, outcome"), "do not follow each other"),
        (("verdict", "anger"), "kind"),
    ],
)
def test_an_appeal_that_contradicts_itself_is_named(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    (tmp_path / "appeals.yml").write_text(_APPEAL.replace(*change), encoding="utf8")
    with pytest.raises(BadInput, match=said):
        appeals(tmp_path)
