"""The trained model that weighs replies: reproducible, plain data, the same for a column as for a row."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from pipeline.errors import BadInput
from pipeline.judge.features import WordClasses, essences, grams, letters
from pipeline.judge.plain import plains
from pipeline.judge.replies import GATED_FROM, MODEL_FILE, WORDS_FILE, ReplyRules, classify, classify_column
from pipeline.judge.reply_model import ReplyModel, digest
from pipeline.judge.train import TRAINING_FILE, Example, examples, train
from pipeline.model import LABELS
from pipeline.paths import PROJECT

REFERENCE = PROJECT / "data" / "reference"
GOLD = [PROJECT / "tests" / "gold" / f"{name}.jsonl" for name in ("replies", "replies_held", "replies_third")]


@cache
def rules() -> ReplyRules:
    return ReplyRules.load(REFERENCE / "replies.yml")


@cache
def rows() -> list[Example]:
    return examples(REFERENCE / TRAINING_FILE)


def model() -> ReplyModel:
    loaded = rules().model
    assert loaded is not None
    return loaded


def test_training_texts_are_many_of_every_label_and_none_is_a_development_text() -> None:
    own = [row for row in rows() if not row.tuned]
    assert len(own) >= 5000
    assert min(sum(row.label == label for row in own) for label in LABELS) >= 300
    assert len({row.text for row in rows()}) == len(rows())
    gold = [json.loads(line)["text"] for path in GOLD for line in path.read_text("utf-8").splitlines()]
    assert not set(plains(gold)) & set(plains([row.text for row in rows()]))


def test_training_is_the_same_every_time() -> None:
    pytest.importorskip("sklearn")
    classes = WordClasses.load(REFERENCE / WORDS_FILE)
    few = rows()[::12]
    one, two = train(few, rules(), classes), train(few, rules(), classes)
    assert digest(one.parts) == digest(two.parts)
    assert one.version == two.version


def test_the_committed_model_is_the_one_the_committed_texts_give() -> None:
    pytest.importorskip("sklearn")
    again = train(rows(), rules(), WordClasses.load(REFERENCE / WORDS_FILE))
    for name, part in model().parts.items():
        np.testing.assert_allclose(again.parts[name], part, atol=0.002, err_msg=name)


def test_the_file_is_small_and_holds_plain_arrays_only(tmp_path: Path) -> None:
    assert (REFERENCE / MODEL_FILE).stat().st_size < 5_000_000
    again = tmp_path / MODEL_FILE
    model().save(again)
    assert ReplyModel.load(again, REFERENCE / WORDS_FILE).version == model().version
    np.savez(again, weights=np.array([object()]))
    with pytest.raises((BadInput, ValueError)):
        ReplyModel.load(again, REFERENCE / WORDS_FILE)


def test_a_column_is_read_as_its_rows_are() -> None:
    texts = [row.text for row in rows()[::30]]
    assert len(texts) >= GATED_FROM
    column = classify_column(rules(), pa.array(texts), pa.array([False] * len(texts))).to_pylist()
    assert column == [vars(classify(rules(), text, False)) for text in texts]


def test_the_verdict_names_who_spoke_and_the_words() -> None:
    verdict = classify(rules(), "上家跑路了，我们也亏了几万", False)
    assert verdict.label == "blame"
    if verdict.rule.startswith("model@"):
        assert verdict.rule == f"model@{model().version}"
    assert "“" in verdict.why
    words = model().strongest(["。上家跑路了，我们也亏了几万。", "。"], [LABELS.index("blame")] * 2)
    assert words[0]
    assert words[1] == []


def test_odds_are_probabilities() -> None:
    texts = ["。", "。退了。", "。" + "请提供订单号。" * 400]
    odds = model().odds(texts, rules().verdicts(texts))
    assert odds.shape == (3, len(LABELS))
    np.testing.assert_allclose(odds.sum(axis=1), 1)


def test_grams_stay_inside_their_text_and_views_apart() -> None:
    found = grams(["ab", "", "b"], (1, 2), 0)
    assert sorted(found.row.tolist()) == [0, 0, 0, 2]
    assert len(set(found.hash.tolist())) == 3
    assert not set(found.hash.tolist()) & set(grams(["ab"], (1, 2), 1).hash.tolist())


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("。已退35元，祝您生活愉快。", "。已退0元。"),
        ("。敬请谅解。", "。敬请谅解。"),
        ("。已处理。感谢您的理解与支持。", "。已处理。"),
    ],
)
def test_courtesies_count_only_when_they_stand_alone(text: str, left: str) -> None:
    assert letters([text]) == [left]
    assert essences(essences([text])) == essences([text])


def test_rules_without_a_model_decide_alone(tmp_path: Path) -> None:
    copy = tmp_path / "replies.yml"
    copy.write_bytes((REFERENCE / "replies.yml").read_bytes())
    alone = ReplyRules.load(copy)
    assert alone.model is None
    assert classify(alone, "已为您退款100元", False).rule == "refund.done"
