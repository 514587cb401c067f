"""Grouping: identity and text together, templates never merged, order of rows irrelevant, every merge in the ledger."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.group.grouping import Grouped, group, weights_of
from pipeline.group.undone import Undone
from pipeline.intake.issues import Taxonomy
from pipeline.paths import PROJECT
from pipeline.schema import TIME

TAXONOMY = Taxonomy.load(PROJECT / "data" / "reference" / "issues.yml")
SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("complaint", "portal", "platform", "title", "body", "author", "group_ref")]
    + [("amount_yuan", pa.float64()), ("at", TIME)]
)
START = datetime(2026, 3, 1, tzinfo=UTC)
STORY = "三月初在店里给家里老人的手机充了一百元话费，付款成功以后页面一直停在处理中，问了两次都说再等等，等到今天还是没有进账"
OTHER = "买的视频年卡用到第三周突然被收回，打开只剩普通账号，店主说是上游的事不归他管，让我自己去找官方理论"
PASTED = "本人在该店购买点券后系统显示成功却未收到任何商品，商家以虚拟商品为由拒绝退款，侵害消费者权益，请求责令其退还全部款项并公开道歉"


def row(name: str, body: str, day: float = 0, **more: Any) -> dict[str, Any]:
    at = START + timedelta(days=day)
    blank = {
        "portal": "heimao",
        "platform": "甲",
        "title": "投诉",
        "author": None,
        "group_ref": None,
        "amount_yuan": None,
    }
    return blank | {"complaint": name, "body": body, "at": at} | more


def grouped(rows: list[dict[str, Any]], marks: list[tuple[str, str]] = (), taken_back: list[Undone] = ()) -> Grouped:  # type: ignore[assignment]
    prints = pa.table({
        "complaint": pa.array([name for name, _ in marks], pa.string()),
        "fingerprint": pa.array([mark for _, mark in marks], pa.string()),
    })  # fmt: skip
    return group(pa.Table.from_pylist(rows, SCHEMA), prints, TAXONOMY, taken_back)


def cases(found: Grouped) -> dict[str, str]:
    return {member["complaint"]: member["case_id"] for member in found.members.to_pylist()}


def test_same_order_number_and_some_text_is_one_case_over_portals() -> None:
    found = grouped(
        [row("a", STORY), row("b", STORY[:40] + "……", 3, portal="xfb315")], [("a", "order_no:1"), ("b", "order_no:1")]
    )
    assert cases(found) == {"a": "a", "b": "a"}
    ledger = found.merges.to_pylist()
    assert [(merge["left"], merge["right"], merge["identity"]) for merge in ledger] == [("a", "b", "order")]


def test_text_alone_never_merges() -> None:
    assert cases(grouped([row("a", STORY), row("b", STORY, 2)])) == {"a": "a", "b": "b"}


def test_another_order_number_is_another_dispute_of_the_same_person() -> None:
    rows = [row("a", STORY, author="风"), row("b", STORY, 9, author="风")]
    assert len(set(cases(grouped(rows, [("a", "order_no:1"), ("b", "order_no:2")])).values())) == 2


def test_same_alias_same_story_is_one_case_and_other_platform_is_not() -> None:
    rows = [
        row("a", STORY, author="风"),
        row("b", STORY + "，请再看看", 9, author="风"),
        row("c", STORY, 1, author="风", platform="乙"),
    ]
    assert cases(grouped(rows)) == {"a": "a", "b": "a", "c": "c"}


def test_the_shops_own_contact_identifies_nobody() -> None:
    rows = [row(f"c{n}", f"{STORY}{n}", n, amount_yuan=10.0 + n) for n in range(12)]
    found = grouped(rows, [(f"c{n}", "qq:shop") for n in range(12)])
    assert len(set(cases(found).values())) == 12


def test_a_pasted_template_with_one_price_is_a_campaign_not_a_case() -> None:
    rows = [row(f"v{n}", f"{PASTED}第{n}位", n, amount_yuan=98.0 if n % 2 else 68.0) for n in range(6)]
    found = grouped(rows)
    assert len(set(cases(found).values())) == 6
    assert {member["campaign_id"] for member in found.members.to_pylist()} == {"campaign/v0"}
    assert {member["campaign_kind"] for member in found.members.to_pylist()} == {"template"}


def test_equal_amount_and_near_date_merge_a_story_nobody_else_tells() -> None:
    rows = [
        row("a", STORY, amount_yuan=100.0),
        row("b", STORY + "。补充一句", 5, amount_yuan=100.0),
        row("c", OTHER, 1, amount_yuan=100.0),
    ]
    assert cases(grouped(rows)) == {"a": "a", "b": "a", "c": "c"}
    late = [row("a", STORY, amount_yuan=100.0), row("b", STORY, 200, amount_yuan=100.0)]
    assert len(set(cases(grouped(late)).values())) == 2


def test_a_merge_can_be_taken_back_and_that_is_a_row_too() -> None:
    rows, marks = [row("a", STORY), row("b", STORY, 3)], [("a", "order_no:1"), ("b", "order_no:1")]
    found = grouped(rows, marks, [Undone("b", "a", "审阅人", "2026-10-01", "两位家人")])
    assert cases(found) == {"a": "a", "b": "b"}
    assert [merge["rule"] for merge in found.merges.to_pylist()] == ["undone 2026-10-01: 两位家人"]


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(9)))
def test_the_order_of_rows_changes_nothing(order: list[int]) -> None:
    rows = [row(f"v{n}", f"{PASTED}第{n}位", n, amount_yuan=68.0 + n) for n in range(4)]
    rows += [
        row("a", STORY),
        row("b", STORY, 3),
        row("c", OTHER, 5),
        row("d", OTHER, 6, platform=None),
        row("e", "短", 7),
    ]
    marks = [("a", "order_no:1"), ("b", "order_no:1"), ("c", "phone:2")]
    straight, mixed = grouped(rows, marks), grouped([rows[place] for place in order], marks[::-1])
    assert mixed.members.equals(straight.members)
    assert mixed.merges.equals(straight.merges)


def test_nothing_in_nothing_out() -> None:
    assert grouped([]).members.num_rows == 0


@pytest.mark.parametrize("body", [None, "", "短"])
def test_a_complaint_without_words_stands_alone(body: str | None) -> None:
    found = grouped([row("a", body, author="风"), row("b", body, author="风")])  # type: ignore[arg-type]
    assert cases(found) == {"a": "a", "b": "b"}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("甲乙丙丁"), st.integers(0, 2), st.integers(0, 30)), min_size=1, max_size=24))
def test_platforms_grouped_alone_agree_with_all_at_once(told: list[tuple[str, int, int]]) -> None:
    rows = [
        row(
            f"c{n:02d}",
            (STORY, OTHER, PASTED)[text] + "补" * (n % 3),
            day,
            platform=platform,
            amount_yuan=10.0 + day % 3,
        )
        for n, (platform, text, day) in enumerate(told)
    ]
    table = pa.Table.from_pylist(rows, SCHEMA)
    marks = {
        "complaint": [f"c{n:02d}" for n in range(0, len(rows), 2)],
        "fingerprint": ["phone:1"] * ((len(rows) + 1) // 2),
    }
    prints, weights = pa.table(marks), weights_of(table)
    whole = group(table, prints, TAXONOMY, weights=weights)
    parts = [
        group(table.filter(pc.is_in(table["platform"], pa.array(list(some)))), prints, TAXONOMY, weights=weights)
        for some in ("甲丙", "乙", "丁")
    ]
    for name in ("members", "merges"):
        joined = pa.concat_tables([getattr(part, name) for part in parts])
        key = joined.column_names[0]
        assert joined.sort_by(key).equals(getattr(whole, name).sort_by(key))
