"""The reply labels of method.md §6, on invented replies."""

from functools import cache
from pathlib import Path

import pyarrow as pa
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import BadInput
from pipeline.judge.plain import plain, plains
from pipeline.judge.replies import (
    GATED_FROM,
    THRESHOLD,
    ReplyRules,
    classify,
    classify_column,
    contradicts,
)
from pipeline.model import LABELS, SUBSTANTIVE
from pipeline.paths import PROJECT

RULES_FILE = PROJECT / "data" / "reference" / "replies.yml"
TABLE: list[dict[str, str]] = yaml.safe_load((Path(__file__).parent / "replies_table.yml").read_text("utf-8"))
FULL_WIDTH = str.maketrans({",": "，", "!": "！", "?": "？", ":": "：", ";": "；", "(": "（", ")": "）"})
HALF_WIDTH = {full: half for half, full in FULL_WIDTH.items()}
POLITENESS = ("感谢您的理解与支持。", "祝您生活愉快！", "给您带来不便，深表歉意。", "敬请谅解。", "感谢您的耐心等待！")
said = st.sampled_from([row for row in TABLE if row["label"] not in ("other", "hidden")])


@cache
def rules() -> ReplyRules:
    return ReplyRules.load(RULES_FILE)


def label(text: str) -> str:
    return classify(rules(), text, False).label


def labels(texts: list[str]) -> list[str]:
    found: list[str] = (
        classify_column(rules(), pa.array(texts), pa.array([False] * len(texts))).field("label").to_pylist()
    )
    return found


def test_the_table_is_large_and_covers_every_label() -> None:
    assert len(TABLE) >= 250
    assert {row["label"] for row in TABLE} == set(LABELS)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row['label']}: {row['text'][:24]}")
def test_label(row: dict[str, str]) -> None:
    verdict = classify(rules(), row["text"], False)
    assert verdict.label == row["label"], verdict.why
    expected = None if row["label"] == "hidden" else row["label"] in SUBSTANTIVE
    assert verdict.substantive is expected


@pytest.mark.parametrize("rule", rules().file.rules, ids=lambda rule: rule.id)
def test_every_rule_decides_its_own_example(rule) -> None:  # type: ignore[no-untyped-def]
    verdict = classify(rules(), rule.example, False)
    assert (verdict.label, verdict.rule) == (rule.label, rule.id), verdict.why
    assert rule.id in verdict.why


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("不予退款，卡密已使用。", "refusal"),
        ("已为您退款100元", "resolved_claim"),
        ("将于3个工作日内退款98元至原账户", "offer"),
        ("退款正在审核", "deferral"),
        ("如需退款请联系客服QQ", "redirect"),
        ("撤诉后为您退款", "request_withdrawal"),
        ("核实后如属实会退款", "deferral"),
        ("退款问题已反馈", "deferral"),
        ("已处理", "ack"),
    ],
)
def test_the_method_s_own_examples(text: str, expected: str) -> None:
    assert label(text) == expected


def test_hidden_and_missing_texts() -> None:
    hidden = classify(rules(), None, True)
    assert (hidden.label, hidden.substantive) == ("hidden", None)
    missing = classify(rules(), None, False)
    assert (missing.label, missing.substantive, missing.confidence) == ("other", False, 0.0)
    assert "没有显示" in missing.why


def test_silence_of_the_rules_is_doubtful_and_clear_cues_are_not() -> None:
    assert classify(rules(), "东风夜放花千树，更吹落星如雨，宝马雕车香满路", False).confidence < THRESHOLD
    assert classify(rules(), "已为您退款100元，请查收。", False).confidence >= 0.9
    both = classify(rules(), "虚拟商品不支持退款，但已为您退款100元。", False)
    assert both.label == "resolved_claim"
    assert both.confidence < classify(rules(), "已为您退款100元。", False).confidence


@given(said, st.text(" \t\n　", max_size=4), st.text(" \t\n　", max_size=4))
@settings(max_examples=60, deadline=None)
def test_surrounding_space_and_width_of_punctuation_change_nothing(row: dict[str, str], left: str, right: str) -> None:
    plain = classify(rules(), row["text"], False)
    assert classify(rules(), left + row["text"] + right, False) == plain
    assert label(row["text"].translate(FULL_WIDTH)) == plain.label
    assert label(row["text"].translate(str.maketrans(HALF_WIDTH))) == plain.label


@pytest.mark.parametrize("courtesy", POLITENESS)
def test_politeness_never_changes_the_label(courtesy: str) -> None:
    said_so = [row["text"] for row in TABLE if row["label"] not in ("other", "hidden")]
    bare, polite = labels(said_so), labels([f"{text}。{courtesy}" for text in said_so])
    assert [text for text, one, two in zip(said_so, bare, polite, strict=True) if one != two] == []


@given(st.text(max_size=200) | st.lists(st.sampled_from([row["text"] for row in TABLE]), max_size=4).map("".join))
@settings(max_examples=150, deadline=None)
def test_never_raises_and_always_answers_in_the_vocabulary(text: str) -> None:
    verdict = classify(rules(), text, False)
    assert verdict.label in LABELS
    assert 0 <= verdict.confidence <= 1
    assert (verdict.substantive is None) == (verdict.label == "hidden")
    assert contradicts(text) in (True, False)


@pytest.mark.parametrize("piece", ["给您退", "1", " ", "\n", "投诉“", "已〔", "如果您，"])
def test_a_megabyte_of_anything_is_read_within_bounds(piece: str) -> None:
    verdict = classify(rules(), piece * (1_000_000 // len(piece)), False)
    assert verdict.label in LABELS


@given(st.lists(st.text(max_size=30) | said.map(lambda row: row["text"]), min_size=1, max_size=5))
@settings(max_examples=100, deadline=None)
def test_texts_are_spelled_together_as_they_are_alone(texts: list[str]) -> None:
    assert plains(texts) == [plain(text) for text in texts]


def test_the_first_look_misses_nothing_a_rule_hears() -> None:
    readings = rules().readings(plains([row["text"] for row in TABLE] + [rule.example for rule in rules().file.rules]))
    assert len(readings) >= GATED_FROM
    assert rules().hits(readings) == [rules().hits([reading])[0] for reading in readings]


def test_column_keeps_order_and_nulls() -> None:
    texts = pa.array(["已为您退款100元", None, "收到", "已为您退款100元", "x"])
    column = classify_column(rules(), texts, pa.array([False, False, False, False, True]))
    assert column.field("label").to_pylist() == ["resolved_claim", "other", "ack", "resolved_claim", "hidden"]
    assert column.field("substantive").to_pylist() == [True, False, False, True, None]
    assert len(classify_column(rules(), pa.array([], pa.string()), pa.array([], pa.bool_()))) == 0


@pytest.mark.parametrize(
    ("text", "denies"),
    [
        ("已收到退款，谢谢", False),
        ("退款已到账，没有其他问题了", False),
        ("问题已解决，感谢", False),
        ("还是没到账", True),
        ("至今未收到", True),
        ("谢谢，但是钱还没退", True),
        ("只退了一半", True),
        ("什么时候退款？", True),
        (None, True),
        ("", True),
    ],
)
def test_contradicts(text: str | None, denies: bool) -> None:
    assert contradicts(text) is denies


def test_version_is_the_file_s_digest(tmp_path: Path) -> None:
    copy = tmp_path / "replies.yml"
    copy.write_bytes(RULES_FILE.read_bytes())
    assert ReplyRules.load(copy).version == rules().version
    copy.write_bytes(RULES_FILE.read_bytes() + b"\n# changed\n")
    assert ReplyRules.load(copy).version != rules().version


@pytest.mark.parametrize(
    "change",
    [
        "unknown: field",
        "rules: [{id: a.b, label: nonsense, strength: 0.5, cues: [x], example: x}]",
        "rules: [{id: a.b, label: ack, strength: 0.5, cues: ['<没有>'], example: x}]",
        "rules: [{id: a.b, label: ack, strength: 0.5, cues: ['(x'], example: x}]",
        "rules: [{id: a.b, label: ack, strength: 0.5, cues: [x], example: x, yields_to: [nobody]}]",
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, change: str) -> None:
    empty = {"words": {}, "patterns": {}, "quoted": [], "polite": [], "rules": []}
    path = tmp_path / "replies.yml"
    path.write_text(yaml.safe_dump(empty | yaml.safe_load(change), allow_unicode=True), "utf-8")
    with pytest.raises(BadInput):
        ReplyRules.load(path)
