"""What the statistics and the crawls print: curve, band, definitions, money, funnel, the portals' runs."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.publish.web import plots
from pipeline.publish.web.build import build_site
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
