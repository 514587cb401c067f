"""What is about virtual goods and what only sounds like it; the watch list itself."""

from pathlib import Path

import pytest

from crawlers import relevance
from crawlers.lab.pages import summary
from crawlers.lab.world import build_world
from crawlers.watch import load_watch
from pipeline.errors import BadInput
from pipeline.paths import PROJECT

WATCH = load_watch(PROJECT / "data")


@pytest.mark.parametrize(
    ("name", "texts", "kept"),
    [
        ("萤鲸卡盟", ("服务差",), True),  # of the register
        ("鹿鸣测试直充商城", ("没有回音",), True),
        ("虚州沧澜银行信用卡中心", ("发卡银行拒绝提额，充值话费返现没有兑现",), True),  # by two words of its text
        ("虚州沧澜银行信用卡中心", ("发卡银行年费不退",), False),
        (None, ("维护消费者权益，会员店不退会员费",), False),
        (None, ("会员权益说好的没有",), False),
        (None, ("点卡卡密无效",), True),
        (None, ("买了Q币充值三天没到",), True),
        (None, ("只说充值",), False),
        ("某某健身", ("健身年卡不退费",), False),
        (None, (None, "", "鞋子开胶"), False),
    ],
)
def test_kept_or_left(name: str | None, texts: tuple[str | None, ...], kept: bool) -> None:
    verdict = relevance.complaint(WATCH, name, texts)
    assert verdict.kept is kept, verdict.why
    assert verdict.why


def test_merchants_by_name() -> None:
    assert relevance.merchant(WATCH, "鹿鸣测试自动发卡").kept
    assert relevance.merchant(WATCH, "虚州沧澜银行发卡中心") == (False, "other trade 银行")
    assert relevance.merchant(WATCH, None) == (False, "no name")
    assert relevance.topic(WATCH, "点卡集体不到").kept
    assert not relevance.topic(WATCH, "发卡银行乱收年费").kept


def test_every_complaint_of_the_lab_is_kept() -> None:
    for complaint in build_world().complaints:
        texts = (complaint.title, summary(complaint.body), " ".join(complaint.issues))
        assert relevance.complaint(WATCH, complaint.printed_name, texts).kept, complaint.ref


def test_the_watch_list() -> None:
    portal = WATCH.portal("heimao")
    assert portal.fields == (0, 6, 37, 55, 114)
    assert portal.rule("home").relevance == "live"
    assert portal.rule("merchant").relevance == "never"
    assert not portal.rule("search").follow, "complaint search needs a login: never used"


def test_a_bad_watch_list_says_where(tmp_path: Path) -> None:
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "watch.yml").write_text("portals: {heimao: {listz: 1}}", encoding="utf8")
    with pytest.raises(BadInput, match=r"watch\.yml"):
        load_watch(tmp_path)
