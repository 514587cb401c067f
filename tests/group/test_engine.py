"""The compiled parts against plain Python: reading, likeness, bands, weights; and that platforms are blocks."""

import re
import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.group.candidates import NEWEST
from pipeline.group.expand import likeness_of
from pipeline.group.graph import components, spanning
from pipeline.group.identity import COMMON, OTHER, SAME, UNKNOWN, Marks
from pipeline.group.likeness import KEEP, LINK, SMALL, alike, batches
from pipeline.group.shingles import Texts, hashed, normalise, tables
from pipeline.group.weights import SAMPLE, Weights, sample, weigh
from pipeline.kernels import cores
from tests.group.test_grouping import OTHER as OTHER_STORY
from tests.group.test_grouping import PASTED, STORY

WORDS = st.text(st.sampled_from("黑猫投诉平台门户消费保充值退款１２3aＡ，。 〔〕*é\n卡盟"), max_size=60)


def plain(text: str) -> str:
    """What `normalise` promises, said with regular expressions; names are replaced as they end, left to right."""
    text = re.sub(r"〔[^〕]{1,8}〕", "", text)
    kept = "".join(next((c for c in unicodedata.normalize("NFKC", one).lower() if c.isalnum()), "") for one in text)
    out = ""
    for character in kept:
        out += character
        out = re.sub(r"(黑猫|消费保|聚投诉|电诉宝|人民投诉|12315|12345|门户投诉|门户平台)$", "门户", out)
    return out


def read(text: str) -> str:
    texts, out = Texts.of(pa.array([text])), np.zeros(len(text.encode()) + 1, np.uint32)
    size = normalise(texts.data, 0, int(texts.offsets[1]), *tables(), out)
    return "".join(map(chr, out[:size]))


@settings(deadline=None)
@given(WORDS)
def test_texts_are_compared_without_what_portals_add(text: str) -> None:
    if "〔" not in text or re.fullmatch(r"[^〔〕]*(〔[^〔〕]{1,8}〕[^〔〕]*)*", text):
        assert read(text) == plain(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("请黑猫投诉平台处理", "请门户处理"),
        ("请消费保处理", "请门户处理"),
        ("ＱＱ，〔QQ号〕！", "qq"),
        ("〔没有合上", "没有合上"),
        ("", ""),
    ],
)
def test_portals_names_marks_and_width(text: str, said: str) -> None:
    assert read(text) == said


def shingle_set(text: str) -> set[int]:
    texts, out = Texts.of(pa.array([text])), np.zeros(len(text.encode()) + 1, np.uint32)
    size = normalise(texts.data, 0, int(texts.offsets[1]), *tables(), out)
    words = np.zeros(max(size, 1), np.uint32)
    hashed(out, size, words, 0)
    return set(words[: max(size - 2, 0)].tolist())


@settings(deadline=None)
@given(
    st.text("充值未到账要求退款客服不理", min_size=5, max_size=40),
    st.text("充值未到账要求退款客服不理", min_size=5, max_size=40),
)
def test_with_one_platform_likeness_is_plain_jaccard_or_containment(one: str, other: str) -> None:
    texts, a, b = Texts.of(pa.array([one, other])), shingle_set(one), shingle_set(other)
    weights = weigh(texts, np.zeros(2, np.int64), np.arange(2))
    found = likeness_of(texts, np.array([0]), np.array([1]), weights)[0]
    both = len(a & b)
    assert found == pytest.approx(max(both / len(a | b), 0.95 * both / min(len(a), len(b))), abs=1e-5)


def long_texts(size: int, seed: int) -> list[str]:
    """A template of `size` members that wander from it, each in its own way."""
    random = np.random.default_rng(seed)
    letters = np.array(list("天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳"))
    base = random.choice(letters, 120)
    return ["".join(np.where(random.random(120) < 0.08, random.choice(letters, 120), base)) for _ in range(size)]


def linked(texts: list[str], platforms: list[int]) -> tuple[np.ndarray, int]:
    column, where = Texts.of(pa.array(texts)), np.array(platforms, np.int64)
    found = alike(column, where, weigh(column, where, np.arange(len(texts))))
    strong = found.pairs.where(found.pairs.jaccard >= LINK)
    left, right = np.concatenate([strong.left, np.arange(len(texts))]), np.concatenate([strong.right, found.same])
    return components(len(texts), left, right), len(found.pairs.left)


@pytest.mark.parametrize("size", [SMALL, SMALL + 1, 2000])
def test_a_template_holds_together_and_its_pairs_stay_linear(size: int) -> None:
    parts, pairs = linked(long_texts(size, 1), [0] * size)
    assert np.bincount(parts).max() >= 0.999 * size  # buckets are drawn, so one in thousands may be missed
    assert pairs <= (KEEP + 1) * size


def test_copies_are_found_without_comparing_and_platforms_stay_apart() -> None:
    parts, pairs = linked([STORY, STORY, OTHER_STORY, STORY], [0, 0, 0, 1])
    assert (parts[0] == parts[1], parts[0] == parts[2], parts[0] == parts[3], pairs) == (True, False, False, 0)


def test_a_truncated_copy_is_contained() -> None:
    column = Texts.of(pa.array([PASTED, PASTED[:22]]))
    found = alike(column, np.zeros(2, np.int64), weigh(column, np.zeros(2, np.int64), np.arange(2)))
    assert found.pairs.containment.tolist() == pytest.approx([1.0], abs=1e-5)


def test_the_sample_behind_the_weights_does_not_move_with_new_complaints() -> None:
    assert sample(1000).tolist() == list(range(512))
    assert np.array_equal(sample(3 * SAMPLE), sample(2 * SAMPLE))
    assert len(sample(5 * SAMPLE)) == SAMPLE


def test_weights_survive_being_kept() -> None:
    texts = Texts.of(pa.array([STORY, OTHER_STORY, STORY]))
    weights = weigh(texts, np.array([0, 1, 1]), np.arange(3))
    kept = Weights.from_arrow(weights.to_arrow())
    assert kept.digest == weights.digest
    assert kept.mass[0] == pytest.approx(np.log(3.0))
    assert kept.mass[2] == pytest.approx(np.log(1.5))


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3)), max_size=40))
def test_marks_relate_as_sets_do(entries: list[tuple[int, int]]) -> None:
    platforms = np.array([0, 0, 0, 0, 1, 1, -1])
    rows, codes = (np.array([entry[side] for entry in entries], np.int64) for side in (0, 1))
    marks = Marks.of(rows, codes, platforms)
    own = [{code for row, code in entries if row == at and platforms[at] >= 0} for at in range(7)]
    pairs = [(a, b) for a in range(7) for b in range(a + 1, 7) if platforms[a] == platforms[b]]
    found = marks.relation(np.array([a for a, _ in pairs]), np.array([b for _, b in pairs]))
    for (a, b), relation in zip(pairs, found.tolist(), strict=True):
        expected = UNKNOWN if not own[a] or not own[b] else SAME if own[a] & own[b] else OTHER
        assert relation == expected != COMMON
    joined = {tuple(sorted(pair)) for pair in zip(*(side.tolist() for side in marks.pairs()), strict=True)}
    assert joined == {pair for pair, relation in zip(pairs, found.tolist(), strict=True) if relation == SAME}


def test_a_mark_of_many_is_common_and_joins_nobody() -> None:
    marks = Marks.of(np.arange(9), np.zeros(9, np.int64), np.zeros(9, np.int64))
    assert len(marks.pairs()[0]) == 0
    assert marks.relation(np.array([0]), np.array([8])).tolist() == [COMMON]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 3)), max_size=30))
def test_the_ledger_connects_what_the_pairs_connect(pairs: list[tuple[int, int, int]]) -> None:
    left, right = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    keep = spanning(10, left, right, np.array([pair[2] for pair in pairs], float))
    assert np.array_equal(components(10, left, right), components(10, left[keep], right[keep]))
    assert keep.sum() == 10 - len(set(components(10, left, right).tolist()))


@given(st.lists(st.integers(1, 40000), min_size=1, max_size=20))
def test_batches_hold_every_platform_once(sizes: list[int]) -> None:
    starts = np.concatenate([[0], np.cumsum(sizes)])
    found = batches(starts)
    assert sorted(place for lo, hi in found for place in range(lo, hi)) == list(range(len(sizes)))


def test_there_is_a_core() -> None:
    assert cores() >= 1 and NEWEST >= 1
