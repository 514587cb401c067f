"""Names people reviewed resolve; everything else stays apart and says so."""

from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.errors import BadInput
from pipeline.intake.directory import facts_of
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


DATED = """
- id: jita
  name: 霁獭发卡
  credit_code: 91990000MA01590834
  domains: [jita.example]
  former: [{id: jita-old, since: 2026-09-01, kind: renamed, why: 站名变更}, {id: tata, since: 2026-10-01, kind: merged, why: 同一备案}]
  facts:
    - {kind: icp, value: 虚ICP备2024000001号-1, checked_on: 2026-10-02, source: 备案查询页}
    - {kind: legal_name, value: 虚州霁獭网络科技有限公司, checked_on: 2025-01-01, source: 公示系统}
    - {kind: legal_name, value: 虚州新霁科技有限公司, checked_on: 2026-10-02, source: 公示系统}
    - {kind: operating_place, value: 虚州市, checked_on: 2026-10-02, source: 页面所印}
- {id: cangni, name: 苍鲵卡盟, legal_name: 虚州共有科技有限公司}
- {id: cangni-faka, name: 苍鲵发卡, legal_name: 虚州共有科技有限公司}
"""


def test_a_platform_keeps_its_old_ids_and_its_dated_facts(tmp_path: Path) -> None:
    (tmp_path / "platforms.yml").write_text(DATED, encoding="utf8")
    (tmp_path / "aliases.csv").write_text(
        "name,platform,decision,who,when,why\n塔塔卡,tata,same,甲,2026-08-01,旧站\n", encoding="utf8"
    )
    resolver = Resolver.load(tmp_path)
    assert resolver.resolve("塔塔卡").platform == "jita"
    assert [resolver.canonical(name) for name in ("tata", "jita", "nobody")] == ["jita", "jita", "nobody"]
    old = {row.old_id: row for row in resolver.old_ids(["jita"])}
    assert {old["tata"].kind, old["jita-old"].kind} == {"merged", "renamed"}
    assert str(old[provisional_id("塔塔卡")].since) == "2026-08-01"
    assert {row.platform for row in old.values()} == {"jita"}
    facts = {(row.kind, row.value): row for row in facts_of([resolver.entries["jita"]])}
    assert str(facts["icp", "虚ICP备2024000001号-1"].checked_on) == "2026-10-02"
    assert facts["credit_code", "91990000MA01590834"].source is None
    assert resolver.platforms({"jita": ["霁獭发卡"]})[0].legal_name == "虚州新霁科技有限公司"


def test_a_legal_name_two_shops_share_names_neither(tmp_path: Path) -> None:
    (tmp_path / "platforms.yml").write_text(DATED, encoding="utf8")
    resolver = Resolver.load(tmp_path)
    assert resolver.resolve("虚州共有科技有限公司").platform is None
    assert resolver.resolve("苍鲵发卡（虚州共有科技有限公司）").platform == "cangni-faka"


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("credit_code: 91990000MA01590835", "credit_code"),
        ("domains: [没有点]", "domain"),
        ("former: [{id: b, since: 2026-01-01, kind: merged, why: x}]", "stands twice"),
        ("facts: [{kind: icp, value: 12345, checked_on: 2026-01-01, source: x}]", "platforms.yml"),
        ("facts: [{kind: icp, value: 虚ICP备1号, checked_on: 2026-01-01, source: x}]", "icp"),
    ],
)
def test_what_no_register_says_is_refused(tmp_path: Path, field: str, found: str) -> None:
    text = f"- id: a\n  name: 甲\n  {field}\n- {{id: b, name: 乙}}\n"
    (tmp_path / "platforms.yml").write_text(text, encoding="utf8")
    with pytest.raises(BadInput, match=found):
        Resolver.load(tmp_path)
