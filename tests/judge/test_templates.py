"""Reply templates: masking, grouping, the table of templates."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.judge.families import families
from pipeline.judge.templates import mask, mask_texts, mine, states_facts, template_table

START = datetime(2025, 1, 1, tzinfo=UTC)
CANNED = "您好，您的问题我们已经收到，会有专人与您联系，请保持电话畅通，感谢您对{}的支持。"


def replies(rows: list[tuple[str | None, str, str | None]], hidden: bool = False) -> pa.Table:
    """Rows of (platform, complaint, text), one reply a day."""
    texts = pa.table({"text": pa.array([row[2] for row in rows], pa.string())})
    return pa.table(
        {
            "reply_id": [f"r{i}" for i in range(len(rows))],
            "masked": mask_texts(texts).field("masked"),
            "platform": pa.array([row[0] for row in rows], pa.string()),
            "complaint": [row[1] for row in rows],
            "at": [START + timedelta(days=i) for i in range(len(rows))],
            "text": texts["text"],
            "hidden": [hidden] * len(rows),
        }
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("已于3月5日退款98元，订单〔订单号〕。", "已于12月15日退款1,280.50元，订单〔订单号〕"),
        ("【星河卡盟】您好，客服小美为您服务", "【石榴卡盟】您好，客服小丽为您服务"),
        ("请联系QQ〔QQ号〕", "请联系QQ〔QQ号〕！"),
        ("单号2024****11已处理", "单号2023****98已处理"),
        ("退款￥20.00", "退款¥35"),
    ],
)
def test_what_differs_from_case_to_case_is_masked(one: str, other: str) -> None:
    assert mask(one) == mask(other)


def test_given_names_of_the_platform_are_masked() -> None:
    assert mask("感谢您对云上数卡的支持", ["云上数卡"]) == mask("感谢您对飞鱼权益的支持", ["飞鱼权益"])


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("已退款98元", True),
        ("订单〔订单号〕已于3月5日补发", True),
        ("订单〔订单号〕已登记", False),
        ("请于3个工作日内等待，客服电话〔电话〕", False),
        ("您好，问题已收到", False),
        ("", False),
    ],
)
def test_states_facts(text: str, states: bool) -> None:
    assert states_facts(text, mask(text)) is states


def test_five_complaints_make_a_template_and_four_do_not() -> None:
    canned = [("a", f"c{i}", CANNED.format("我们")) for i in range(5)]
    assert len(mine(replies(canned))) == 5
    assert len(mine(replies(canned[:4]))) == 0
    assert len(mine(replies([("a", "same", CANNED)] * 9))) == 0


def test_platforms_are_mined_apart_and_share_the_id_of_a_shared_text() -> None:
    both = [(platform, f"{platform}{i}", CANNED.format("我们")) for i in range(5) for platform in "ab"]
    found = mine(replies(both))
    assert len(found) == 10
    assert len(set(found["template"].to_pylist())) == 1
    assert len(mine(replies([(f"p{i}", f"c{i}", CANNED) for i in range(9)]))) == 0


def test_near_texts_join_and_far_ones_do_not() -> None:
    near = [("a", f"n{i}", CANNED.format("我们") + tail) for i, tail in enumerate(["", "谢谢", "哦", "亲", "祝好"])]
    far = [("a", f"f{i}", word * 12) for i, word in enumerate(["甲乙丙", "子丑寅", "东南西"])]
    assert mine(replies(near + far))["reply_id"].to_pylist() == [f"r{i}" for i in range(5)]


def test_hidden_empty_and_homeless_replies_follow_no_template() -> None:
    assert len(mine(replies([("a", f"c{i}", CANNED) for i in range(6)], hidden=True))) == 0
    assert len(mine(replies([("a", f"c{i}", " ") for i in range(6)]))) == 0
    assert len(mine(replies([("a", f"c{i}", None) for i in range(6)]))) == 0
    assert len(mine(replies([(None, f"c{i}", CANNED) for i in range(6)]))) == 0


def test_template_table() -> None:
    rows = [("a", f"c{i % 6}", f"您好，已为您登记，编号{i}，请耐心等待回复") for i in range(12)]
    table = replies([*rows, ("a", "z", "另一句完全不同的话")])
    (row,) = template_table(table, mine(table)).to_pylist()
    assert (row["n_replies"], row["n_complaints"]) == (12, 6)
    assert row["masked"] == mask(rows[0][2])
    assert row["example"] == rows[0][2]
    assert (row["first_at"], row["last_at"]) == (START, START + timedelta(days=11))
    assert template_table(table, mine(table.slice(0, 2))).num_rows == 0


def test_many_identical_texts_cost_no_more_than_their_number() -> None:
    many = replies([("a", f"c{i}", CANNED.format("我们") + "。" * (i % 3)) for i in range(60_000)])
    assert len(mine(many)) == 60_000


@given(st.lists(st.text("甲乙丙丁", min_size=1, max_size=12), unique=True, max_size=14))
@settings(max_examples=80, deadline=None)
def test_grouping_finds_exactly_the_linked_texts(texts: list[str]) -> None:
    """Against the definition, pair by pair."""
    texts = sorted(texts)
    grams = [{t[i : i + 3] for i in range(max(1, len(t) - 2))} if len(t) >= 3 else {t.ljust(3)} for t in texts]
    group = list(range(len(texts)))
    for i, one in enumerate(grams):
        for j in range(i):
            if len(one & grams[j]) >= 0.8 * len(one | grams[j]):
                group = [group[i] if g == group[j] else g for g in group]
    found = families(
        pa.array(sorted(texts), pa.string()), np.arange(len(texts)), np.zeros(len(texts), np.int64)
    ).tolist()
    assert len(set(zip(group, found, strict=True))) == len(set(group)) == len(set(found))


@given(st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_masking_never_raises_and_is_stable(text: str) -> None:
    assert mask(mask(text)) == mask(mask(mask(text)))
