"""The gate never misses a place where a pattern matches."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.gate import Gate, found
from pipeline.letters import Respelling
from pipeline.needs import FAR, Step, needs

PATTERNS = [
    "退款", "(?:没|未|不)[^，。]{0,8}?到账", "(?:已)?退(?:款|钱)(?!失败)", "(?<=，)充(?:了)?\\d{1,3}元", "ab|ac(?:d|e)+f|(?:b)?c", "[a-c]{2,3}\\d",
    "(?:号称|承诺)防封(?:却|结果)封号", "充[^，。]{0,4}，?[^，。]{0,4}没", "[^，]{0,3}好", "(?:a|b)*c", "^没人$", "一二三四五(?:六|七)?八", "(?P<x>元|块)(?P=x)?",
    "[^，]退款|退?[款钱]", "..到账",
]  # fmt: skip
TEXTS = st.lists(st.text(st.sampled_from("退款没未不到账已失败，。充了1２元abcdef号称承诺防封却结果好人一二三四五六七八块\0"), max_size=30), max_size=5)  # fmt: skip


@settings(deadline=None)  # kernels compile first
@given(TEXTS, st.sets(st.sampled_from(PATTERNS), min_size=1).map(sorted))
def test_every_match_begins_at_a_spot(texts: list[str], patterns: list[str]) -> None:
    for pattern, spots in zip(map(re.compile, patterns), Gate(patterns).spots(texts), strict=True):
        for at, text in enumerate(texts):
            places = range(len(text) + 1) if spots is None else spots.get(at, [])
            assert [match.span() for match in found(pattern, text, places)] == [
                match.span() for match in pattern.finditer(text)
            ]


@settings(deadline=None)  # kernels compile first
@given(TEXTS)
def test_owners_hear_of_all_their_patterns(texts: list[str]) -> None:
    one, two = Gate(["退款", "到账", "充"], [0, 0, 1]).spots(texts)
    alone = Gate(["退款", "到账", "充"]).spots(texts)
    assert one is not None
    assert {at: sorted({*(alone[0] or {}).get(at, []), *(alone[1] or {}).get(at, [])}) for at in one} == one
    assert two == alone[2]


@pytest.mark.parametrize(
    ("pattern", "steps"),
    [
        ("退款", [Step(frozenset({"退款"}), 0, 0)]),
        ("没[^，]{0,8}?到", [Step(frozenset("没"), 0, 0), Step(frozenset({"到"}), 1, 9)]),
        ("[ab]c*[^x]*d", [Step(frozenset("ab"), 0, 0), Step(frozenset("d"), 1, FAR)]),
        (r"\d元", [Step(frozenset({"0元"}), 0, 0), Step(frozenset({"元"}), 1, 1)]),
        ("[^x]退款", [Step(frozenset({"退款"}), 1, 1)]),
        ("[^x]?退款", []),
    ],
)
def test_needs(pattern: str, steps: list[Step]) -> None:
    assert [list(way) for way in needs(pattern)] == [steps]


@settings(deadline=None)  # kernels compile first
@given(st.lists(st.text(max_size=20), max_size=5))
def test_respelling_of_many_is_that_of_each(texts: list[str]) -> None:
    respelling = Respelling({ord("Ａ"): "a", ord("，"): None, ord(" "): None, ord("帐"): "账"})
    assert respelling.all(texts) == [respelling.one(text) for text in texts]
