"""Names people reviewed resolve; everything else stays apart and says so."""

from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.errors import BadInput
from pipeline.intake.resolve import Resolver, provisional_id

PLATFORMS = """
- {id: jita, name: 霁獭发卡, names: [霁獭自动发卡], legal_name: 虚州霁獭网络科技有限公司, domains: [jita.example]}
- {id: cangni, name: 苍鲵卡盟}
- {id: cangni-faka, name: 苍鲵发卡}
"""
ALIASES = """name,platform,decision,who,when,why
霁塔发卡,jita,same,审阅人甲,2026-10-01,同一域名
苍鲵点卡,cangni,different,审阅人甲,2026-10-01,不同备案
"""


@pytest.fixture
def resolver(tmp_path: Path) -> Resolver:
    (tmp_path / "platforms.yml").write_text(PLATFORMS, encoding="utf8")
    (tmp_path / "aliases.csv").write_text(ALIASES, encoding="utf8")
    return Resolver.load(tmp_path)


@pytest.mark.parametrize(
    ("name", "platform"),
    [
        ("霁獭发卡", "jita"),
        (" 霁 獭 发卡 ", "jita"),
        ("霽獺發卡", "jita"),
        ("霁獭发卡客服", "jita"),
        ("@霁獭发卡官方客服", "jita"),
        ("虚州霁獭网络科技有限公司", "jita"),
        ("https://www.jita.example/shop", "jita"),
        ("霁塔发卡", "jita"),
        ("苍鲵卡盟平台", "cangni"),
        ("苍鲵发卡", "cangni-faka"),
        ("苍鲵点卡", None),
        ("苍鲵", None),
        ("卡盟", None),
        ("", None),
        (None, None),
    ],
)
def test_a_printed_name(resolver: Resolver, name: str | None, platform: str | None) -> None:
    found = resolver.resolve(name)
    assert found.platform == platform, found.why
    assert (found.confidence > 0) == (platform is not None)


def test_unreviewed_names_get_a_platform_of_their_own(resolver: Resolver) -> None:
    column = resolver.column(pa.array(["苍鲵", "苍鲵 ", "苍鲵点卡", None, "霁獭发卡"]))
    assert column.to_pylist() == [
        provisional_id("苍鲵"),
        provisional_id("苍鲵"),
        provisional_id("苍鲵点卡"),
        None,
        "jita",
    ]
    shown = {row.id: row for row in resolver.platforms({provisional_id("苍鲵"): ["苍鲵"], "jita": ["霁獭发卡"]})}
    assert shown[provisional_id("苍鲵")].review == "unreviewed"
    assert shown["jita"].review == "reviewed"


def test_bad_reference_data_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "platforms.yml").write_text(PLATFORMS, encoding="utf8")
    (tmp_path / "aliases.csv").write_text("name,platform,decision,who,when,why\n甲,jita,maybe,x,y,z\n", encoding="utf8")
    with pytest.raises(BadInput, match=r"aliases\.csv:2"):
        Resolver.load(tmp_path)
    (tmp_path / "aliases.csv").write_text(
        "name,platform,decision,who,when,why\n甲,nobody,same,x,y,z\n", encoding="utf8"
    )
    with pytest.raises(BadInput, match="no platform 'nobody'"):
        Resolver.load(tmp_path)
    (tmp_path / "aliases.csv").unlink()
    (tmp_path / "platforms.yml").write_text("- {id: a, name: 甲}\n- {id: b, name: 甲}\n", encoding="utf8")
    with pytest.raises(BadInput, match="keep it under one"):
        Resolver.load(tmp_path)
