"""Redaction: what must go, what must stay, and that it stays linear. Every example is invented."""

import re
import time
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.intake.clean import clean, clean_column
from pipeline.intake.redact import (
    MARKS,
    Mark,
    fingerprints,
    leaks,
    leaks_all,
    redact,
    redact_all,
    redact_column,
    redact_name_field,
)

KEY = b"a key for tests"


def _lines(name: str) -> list[str]:
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line]


GOES = _lines("redact_goes.txt")
"""⟦kind|secret⟧ must become the mark of its kind; everything outside must stay as it is."""
STAYS = _lines("redact_stays.txt")


def _expected(example: str) -> str:
    return re.sub(r"⟦(\w+)\|[^⟧]*⟧", lambda mark: MARKS[mark[1]], example)


def _original(example: str) -> str:
    return re.sub(r"⟦\w+\|([^⟧]*)⟧", r"\1", example)


@pytest.mark.parametrize("example", GOES)
def test_the_secret_goes_and_the_rest_stays(example: str) -> None:
    assert redact(_original(example))[0] == _expected(example)


@pytest.mark.parametrize("text", STAYS)
def test_a_keeper_stays(text: str) -> None:
    assert redact(text) == (text, [])
    assert leaks(text) == []


@pytest.mark.parametrize("example", GOES)
def test_nothing_leaks_afterwards_and_marks_say_where_they_stand(example: str) -> None:
    clean, marks = redact(_original(example))
    assert leaks(clean) == []
    assert [clean[mark.start : mark.end] for mark in marks] == [MARKS[mark.kind] for mark in marks]
    assert redact(clean) == (clean, [])
    assert all(mark.secret not in repr(mark) for mark in marks)


def test_a_column_is_redacted_as_its_rows_are() -> None:
    texts = [*map(_original, GOES), None, "", *STAYS]
    column = redact_column(pa.chunked_array([texts[:9], texts[9:]], pa.string()), KEY)
    for text, row in zip(texts, column.to_pylist(), strict=True):
        clean, marks = redact(text) if text is not None else (None, [])
        assert row["text"] == clean
        assert row["marks"] == [{"kind": mark.kind, "start": mark.start, "end": mark.end} for mark in marks]
        assert row["fingerprints"] == fingerprints(marks, KEY)


@given(st.lists(st.text(st.sampled_from("话费 \t\n\r\0\x0b\x85\u200b\u3000\xa0。")), max_size=6))
def test_a_column_is_cleaned_as_its_rows_are(texts: list[str]) -> None:
    assert clean_column(pa.array(texts, pa.string())).to_pylist() == [clean(text) or None for text in texts]


def test_a_column_may_be_empty_or_all_null() -> None:
    assert redact_column(pa.array([], pa.string()), KEY).to_pylist() == []
    assert redact_column(pa.array([None], pa.string()), KEY).to_pylist() == [
        {"text": None, "marks": [], "fingerprints": []}
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("电话13800138000", "手机：+86 138-0013-8000"),
        ("电话13800138000", "一三八零零一三八零零零"),
        ("订单号 2024 0506 1234 5678", "订单号：2024050612345678"),
        ("微信：KaMi888", "加V kami888"),
        ("QQ：12345678", "扣扣１２３４５６７８"),
    ],
)
def test_the_same_identifier_has_one_fingerprint(one: str, other: str) -> None:
    prints = [fingerprints(redact(text)[1], KEY) for text in (one, other)]
    assert prints[0] == prints[1]
    assert len(prints[0]) == 1
    assert fingerprints(redact(one)[1], b"another key") != prints[0]


def test_names_and_addresses_are_no_evidence() -> None:
    assert fingerprints([Mark("name", 0, 4, "张伟"), Mark("url", 5, 9, "x")], KEY) == []


def test_an_alias_becomes_a_pseudonym() -> None:
    assert redact_name_field("风中的云", KEY) == redact_name_field(" 风中的云 ", KEY) != redact_name_field("云", KEY)
    assert redact_name_field("匿名", KEY) is None
    assert redact_name_field(None, KEY) is None


def test_marks_already_there_and_masks_are_left_alone() -> None:
    text = "电话〔手机号〕，手机138****8000，客服〔姓名〕说，本人张**，〔2024〕"
    assert redact(text) == (text, [])


@pytest.mark.parametrize("text", ["金额17300000001元", "2024-05-06 12:30:11", "20240506123011", "￥13800138000"])
def test_the_gate_does_not_fire_on_amounts_and_times(text: str) -> None:
    assert leaks(text) == []


def test_the_gate_names_the_kinds() -> None:
    text = "电话13800138000，QQ：12345678，微信：kami888，a@example.com，本人张伟明，订单号2024050612345678"
    assert leaks(text) == ["email", "phone", "qq", "wechat"]


PIECES = [
    *map(_original, GOES),
    *STAYS,
    *MARKS.values(),
    "1",
    "0",
    "-",
    " ",
    "a",
    "：",
    "，",
    "@",
    "QQ",
]
TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(PIECES), max_size=6).map("".join),
    st.text("0123456789１一三八零 -－.·*Qq微信Vv@：，号本人客服张王伟于路室〔〕a元\u200b\ue000İ", max_size=80),
)


@settings(max_examples=600, deadline=None)
@given(TEXTS)
def test_redacting_twice_changes_nothing(text: str) -> None:
    clean, marks = redact(text)
    assert redact(clean) == (clean, [])
    assert leaks(clean) == []
    assert [clean[mark.start : mark.end] for mark in marks] == [MARKS[mark.kind] for mark in marks]


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_nothing_outside_the_marks_is_lost(text: str) -> None:
    clean, marks = redact(text)
    edges = [0, *(edge for mark in marks for edge in (mark.start, mark.end)), len(clean)]
    place = 0
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        place = text.index(clean[start:end], place) + end - start


@settings(max_examples=150, deadline=None)
@given(st.lists(TEXTS, max_size=4))
def test_texts_read_together_are_read_as_each_alone(texts: list[str]) -> None:
    encodable = [text.encode("utf-8", "ignore").decode() for text in texts]
    column = redact_column(pa.array(encodable, pa.string()), KEY)
    assert column.field("text").to_pylist() == [redact(text)[0] for text in encodable]
    assert redact_all(texts) == [redact(text) for text in texts]
    assert leaks_all(texts) == [leaks(text) for text in texts]


HOSTILE = [
    "1",
    " ",
    "微",
    "客服",
    "@",
    "１",
    "138",
    "1 ",
    "1-",
    "a1",
    "本人",
    "路1号",
    "一",
    "QQ：1234",
    "a.",
    "地址：北京",
    "昵称",
    "旺旺",
    "户名",
    "王 ",
    " 王",
    "\u200b",
    "1,",
    "1:",
    "王",
    "张伟，",
    "开头1",
    "13800138000 ",
    "“王",
    "〔",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_with_length_only(piece: str) -> None:
    seconds = []
    for size in (60_000, 240_000):
        text = piece * (size // len(piece))
        started = time.process_time()
        redact(text)
        seconds.append(time.process_time() - started)
    assert seconds[1] < 4 * 2.5 * max(seconds[0], 0.02)
