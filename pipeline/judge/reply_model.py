"""The small trained model that weighs replies: linear over n-grams, then over its own scores and the rules' verdict.

Stored as plain arrays (`data/reference/replies_model.npz`, loaded with pickling forbidden), made by `train.py`.
Its odds are calibrated on scores of texts left out of the fit.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from pipeline.errors import BadInput
from pipeline.judge.features import CLASS_SIZES, LETTER_SIZES, Hashes, WordClasses, grams, letters
from pipeline.judge.plain import STOPS
from pipeline.judge.rulebook import Verdict
from pipeline.kernels import kernel
from pipeline.model.words import LABELS

Floats = npt.NDArray[np.float64]

_PARTS = ("hashes_0", "hashes_1", "idf_0", "idf_1", "weights", "offset", "stack", "stack_offset")
_SIZES = (LETTER_SIZES, CLASS_SIZES)
VIEW_WEIGHTS = (1.0, 0.5)
_SCORE_SCALE, _RULE_SCALE = 4.0, 3.0
_SHOWN = 3
_SHOWN_SIZES = (2, 3, 4)
_CONSIDERED = 12
_HINT_BITS = 18


@dataclass(frozen=True)
class Vocabulary:
    """The n-grams of one view known to the model: ascending hashes and their inverse document frequency."""

    hashes: Hashes
    idf: Floats

    @cached_property
    def _starts(self) -> npt.NDArray[np.int32]:
        """By the first bits of a hash, where the known ones that begin so stand; the next entry is their end."""
        first = self.hashes >> np.uint64(64 - _HINT_BITS)
        return np.searchsorted(first, np.arange((1 << _HINT_BITS) + 1, dtype=np.uint64)).astype(np.int32)

    def places(self, hashes: Hashes) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Where each hash stands, and whether it is known at all."""
        at, known = np.zeros(len(hashes), np.int64), np.zeros(len(hashes), bool)
        _look_up(hashes, self.hashes, self._starts, at, known)
        return at, known

    def matrix(self, texts: Sequence[str], view: int) -> Any:
        """Sparse (texts × n-grams): log-count × idf, rows of length VIEW_WEIGHTS[view]."""
        found = grams(texts, _SIZES[view], view)
        at, known = self.places(found.hash)
        shape = (len(texts), len(self.hashes))
        counts = sp.coo_matrix((np.ones(known.sum()), (found.row[known], at[known])), shape=shape).tocsr()
        counts.data = (1 + np.log(counts.data)) * self.idf[counts.indices]
        length = np.sqrt(np.asarray(counts.multiply(counts).sum(axis=1)).ravel())
        return (sp.diags(VIEW_WEIGHTS[view] / np.maximum(length, 1e-9)) @ counts).tocsr()


@kernel
def _look_up(wanted, hashes, starts, at, known):  # type: ignore[no-untyped-def]
    """Writes where each wanted hash stands among the ascending ones, and whether it does."""
    for row in range(len(wanted)):
        first = np.int64(wanted[row] >> np.uint64(64 - _HINT_BITS))
        for place in range(starts[first], starts[first + 1]):
            if hashes[place] == wanted[row]:
                at[row], known[row] = place, True
                break


def views(classes: WordClasses, plains: Sequence[str]) -> tuple[list[str], list[str]]:
    """Both views of plain texts: letters and word classes."""
    spelled = letters(plains)
    return spelled, classes.classes_of(spelled)


def rule_columns(heard: Sequence[Verdict]) -> Floats:
    """The rules' verdicts as columns: confidence under its label, and whether they were silent."""
    columns = np.zeros((len(heard), len(LABELS) + 1))
    for row, verdict in enumerate(heard):
        if verdict.rule == "none":
            columns[row, -1] = _RULE_SCALE
        else:
            columns[row, LABELS.index(verdict.label)] = _RULE_SCALE * verdict.confidence
    return columns


def stacked(scores: Floats, heard: Sequence[Verdict]) -> Floats:
    """What the second layer sees."""
    return np.hstack([_SCORE_SCALE * scores, rule_columns(heard)])


def _softmax(logits: Floats) -> Floats:
    exp = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exp / exp.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class ReplyModel:
    """One trained model. `parts` are the arrays of the file; `version` is the beginning of their digest."""

    parts: Mapping[str, npt.NDArray[Any]]
    classes: WordClasses
    version: str = field(init=False)
    vocabularies: tuple[Vocabulary, Vocabulary] = field(init=False)
    weights: Floats = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "version", digest(self.parts)[:7])
        both = tuple(Vocabulary(self.parts[f"hashes_{v}"], self.parts[f"idf_{v}"].astype(np.float64)) for v in (0, 1))
        object.__setattr__(self, "vocabularies", both)
        object.__setattr__(self, "weights", self.parts["weights"].astype(np.float64))

    @classmethod
    def load(cls, path: Path, words: Path) -> "ReplyModel":
        with np.load(path, allow_pickle=False) as stored:
            if set(stored.files) != set(_PARTS):
                raise BadInput(f"{path}: holds {sorted(stored.files)}, not {sorted(_PARTS)}")
            return cls({name: stored[name] for name in _PARTS}, WordClasses.load(words))

    def save(self, path: Path) -> None:
        named: dict[str, Any] = {name: self.parts[name] for name in _PARTS}
        np.savez_compressed(path, **named)

    def scores(self, plains: Sequence[str]) -> Floats:
        """First layer: (texts × labels), about -1 to 1."""
        both = [self.vocabularies[v].matrix(view, v) for v, view in enumerate(views(self.classes, plains))]
        return np.asarray(sp.hstack(both) @ self.weights + self.parts["offset"])

    def odds(self, plains: Sequence[str], heard: Sequence[Verdict]) -> Floats:
        """Calibrated probabilities (texts × labels) from plain texts and what the rules said of them."""
        return _softmax(stacked(self.scores(plains), heard) @ self.parts["stack"] + self.parts["stack_offset"])

    def strongest(self, plains: Sequence[str], labels: Sequence[int]) -> list[list[str]]:
        """For each text the words that spoke most for its label, strongest first, none inside another."""
        if not plains:
            return []
        texts = letters(plains)
        said: list[list[str]] = [[] for _ in texts]
        for row, start, size in self._speaking(texts, np.asarray(labels, np.int64)):
            piece = texts[row][start : start + size]
            if len(said[row]) < _SHOWN and not _repeats(piece, said[row]):
                said[row].append(piece)
        return said

    def _speaking(self, texts: Sequence[str], labels: npt.NDArray[np.int64]) -> Iterator[tuple[int, int, int]]:
        """Row, start and size of the n-grams that speak for their text's label: by text, the strongest first."""
        known, found = self.vocabularies[0], [grams(texts, (size,), 0) for size in _SHOWN_SIZES]
        row, start = np.concatenate([one.row for one in found]), np.concatenate([one.start for one in found])
        size = np.repeat(_SHOWN_SIZES, [len(one.row) for one in found])
        at, there = known.places(np.concatenate([one.hash for one in found]))
        weight = np.where(there, known.idf[at] * self.weights[at, labels[row]], 0.0)
        order = np.lexsort((start, -size, -weight, row))
        order = order[weight[order] > 0]
        first = np.searchsorted(row[order], row[order])
        order = order[np.arange(len(order)) - first < _CONSIDERED]
        yield from zip(row[order].tolist(), start[order].tolist(), size[order].tolist(), strict=True)


def _repeats(piece: str, said: Sequence[str]) -> bool:
    return any(stop in piece for stop in STOPS) or any(piece in other or other in piece for other in said)


def digest(parts: Mapping[str, npt.NDArray[Any]]) -> str:
    """SHA-256 over the arrays in their fixed order."""
    sha = hashlib.sha256()
    for name in _PARTS:
        sha.update(f"{name}{parts[name].dtype}{parts[name].shape}".encode())
        sha.update(np.ascontiguousarray(parts[name]).tobytes())
    return sha.hexdigest()
