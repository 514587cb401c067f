"""Trains the model that weighs replies (`python -m pipeline.judge.train`): seedless, the same texts give the same file.

First layer: ridge regression on the n-grams' tf-idf, with the closed-form scores of each text left out of its own fit.
Second layer: logistic regression on those left-out scores and the rules' verdicts, which also calibrates the odds.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.linalg import lapack

from pipeline.judge.features import CLASS_SIZES, LETTER_SIZES, WordClasses, grams
from pipeline.judge.plain import plains
from pipeline.judge.replies import MODEL_FILE, WORDS_FILE, ReplyRules
from pipeline.judge.reply_model import Floats, ReplyModel, Vocabulary, stacked, views
from pipeline.model.words import LABELS
from pipeline.paths import PROJECT

TRAINING_FILE = "replies_training.jsonl"
RIDGE = 0.8
INVERSE_PENALTY = 1.0
SEEN_BY = 2
"""An n-gram is kept when at least so many texts use it."""
_DECIMALS = 3


@dataclass(frozen=True)
class Example:
    """An invented reply with its label. `tuned` marks texts the rules were written on: their hits prove nothing."""

    text: str
    label: str
    tuned: bool


def examples(path: Path) -> list[Example]:
    """The rows of replies_training.jsonl."""
    return [Example(**json.loads(line)) for line in path.read_text("utf-8").splitlines()]


def _vocabulary(texts: Sequence[str], view: int) -> Vocabulary:
    found = grams(texts, (LETTER_SIZES, CLASS_SIZES)[view], view)
    pairs = np.unique(np.stack([found.hash, found.row.astype(np.uint64)]), axis=1)
    hashes, users = np.unique(pairs[0], return_counts=True)
    kept = users >= SEEN_BY
    return Vocabulary(hashes[kept], np.log((1 + len(texts)) / (1 + users[kept])) + 1)


def _ridge(matrix: Any, targets: Floats) -> tuple[Floats, Floats, Floats]:
    """Weights, offset, and each text's scores had it been left out."""
    offset = targets.mean(axis=0)
    inverse = _inverse((matrix @ matrix.T).toarray() + RIDGE * np.eye(len(targets)))
    dual = inverse @ (targets - offset)
    return matrix.T @ dual, offset, targets - dual / np.diag(inverse)[:, None]


def _inverse(kernel: Floats) -> Floats:
    """Of a positive definite matrix, by its Cholesky factor: half the work of a general inverse."""
    factor, _ = lapack.dpotrf(np.asfortranarray(kernel), lower=1, overwrite_a=1)
    half, failed = lapack.dpotri(factor, lower=1, overwrite_c=1)
    if failed:
        raise np.linalg.LinAlgError("the kernel of the training texts is not positive definite")
    return np.asarray(np.tril(half) + np.tril(half, -1).T)


def _second_layer(seen: Floats, labels: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    from sklearn.linear_model import LogisticRegression  # only whoever trains needs it

    fitted = LogisticRegression(C=INVERSE_PENALTY, max_iter=2000).fit(seen, labels)
    stack, offset = np.zeros((seen.shape[1], len(LABELS))), np.full(len(LABELS), -20.0)
    stack[:, fitted.classes_], offset[fitted.classes_] = fitted.coef_.T, fitted.intercept_
    return stack, offset


def train(rows: Sequence[Example], rules: ReplyRules, classes: WordClasses) -> ReplyModel:
    """The model of these texts; every label must occur among those not `tuned` to be learned by the second layer."""
    spelled = plains([row.text for row in rows])
    labels = np.array([LABELS.index(row.label) for row in rows])
    both = views(classes, spelled)
    known = [_vocabulary(view, at) for at, view in enumerate(both)]
    matrix = sp.hstack([known[at].matrix(view, at) for at, view in enumerate(both)]).tocsr()
    weights, offset, left_out = _ridge(matrix, 2.0 * np.eye(len(LABELS))[labels] - 1)
    honest = np.array([not row.tuned for row in rows])
    heard = rules.verdicts(spelled)
    seen = stacked(left_out, heard)
    stack, stack_offset = _second_layer(seen[honest], labels[honest])
    parts: dict[str, npt.NDArray[Any]] = {
        "hashes_0": known[0].hashes,
        "hashes_1": known[1].hashes,
        "idf_0": known[0].idf.astype(np.float32),
        "idf_1": known[1].idf.astype(np.float32),
        "weights": weights.round(_DECIMALS).astype(np.float16),
        "offset": offset.round(_DECIMALS),
        "stack": stack.round(_DECIMALS),
        "stack_offset": stack_offset.round(_DECIMALS),
    }
    return ReplyModel(parts, classes)


def main(reference: Path = PROJECT / "data" / "reference") -> None:
    """Write the model of the committed training texts."""
    rules, classes = ReplyRules.load(reference / "replies.yml"), WordClasses.load(reference / WORDS_FILE)
    train(examples(reference / TRAINING_FILE), rules, classes).save(reference / MODEL_FILE)


if __name__ == "__main__":
    main()
