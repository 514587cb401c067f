"""The typical case of each topic: the medoid, the same whatever the order, and nothing below three cases."""

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.engine import Engine
from pipeline.score.typical import mean_likeness, typical_cases

START = datetime(2026, 3, 1, tzinfo=UTC)
LIKE = "在店里充了一百元话费，付款成功以后一直停在处理中，问了两次都说再等等，今天还没有到账"
TEXTS = (
    LIKE,
    LIKE + "，急",
    LIKE.replace("话费", "电费"),
    "买来的礼品卡刮开以后显示已经被别人兑换，店主只发自动回复，再问就不理人了",
)


def made(folder: Path, texts: list[str], topics: list[str]) -> list[dict[str, object]]:
    names = [f"heimao/{place}" for place in range(len(texts))]
    cases = pa.table(
        {"id": names, "platform": ["a"] * len(names), "topics": topics, "standing": ["counted"] * len(names)}
    )
    times = [START + timedelta(days=place) for place in range(len(names))]
    complaints = pa.table({
        "id": names, "case_id": names, "excerpt": texts, "filed_at": times, "published_at": times, "first_seen_at": times,
    })  # fmt: skip
    with Engine(folder) as engine:
        engine.put("cases", cases)
        engine.put("complaints", complaints)
        return typical_cases(engine).to_pylist()


def test_the_medoid_of_each_topic_with_three_cases(tmp_path: Path) -> None:
    [row] = made(tmp_path, [TEXTS[3], *TEXTS[:3]], ["未发货|卡密无效", "未发货", "未发货", "其他|未发货"])
    assert (row["topic"], row["case_id"], row["n_cases"], row["n_compared"]) == ("未发货", "heimao/1", 4, 4)
    assert row["excerpt"] == LIKE


def test_two_cases_have_no_typical_one_and_no_topic_has_none(tmp_path: Path) -> None:
    assert made(tmp_path, list(TEXTS), ["未发货", "未发货", "其他", "其他"]) == []


def _slow(texts: list[str]) -> list[float]:
    """Mean cosine over all pairs."""
    sets = [{text[place : place + 3] for place in range(len(text) - 2)} for text in texts]
    like = {
        (a, b): len(sets[a] & sets[b]) / (len(sets[a]) * len(sets[b])) ** 0.5
        for a, b in itertools.permutations(range(len(texts)), 2)
    }
    return [sum(like[a, b] for b in range(len(texts)) if b != a) / max(len(texts) - 1, 1) for a in range(len(texts))]


@given(st.lists(st.text("甲乙丙丁", min_size=20, max_size=40), min_size=1, max_size=6))
@settings(max_examples=40, deadline=None)
def test_one_sum_over_shingles_is_the_mean_over_pairs(texts: list[str]) -> None:
    long = [text for text in texts if len({text[place : place + 3] for place in range(len(text) - 2)}) >= 12]
    if long:
        found = mean_likeness(pa.chunked_array([pa.array(long)]), np.zeros(len(long), np.int64))
        assert np.allclose(found, _slow(long))
