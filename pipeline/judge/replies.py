"""What a platform's reply is worth: the twelve labels of method.md §6, by rules people can read and a small model.

The rules (`rulebook`) hear cues; the trained model (`reply_model`) weighs the letters and the rules' verdict and says
how sure the label is. Where both agree the rule is named, else the model. Pure: no clock, no state.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import yaml
from pydantic import ValidationError

from pipeline.errors import BadInput
from pipeline.judge.followups import contradicts
from pipeline.judge.plain import plain
from pipeline.judge.reply_model import ReplyModel
from pipeline.judge.rulebook import CompiledRule, Hit, RuleFile, Verdict, Vocabulary, decide, no_cue, substantive
from pipeline.model.words import LABELS

__all__ = ["THRESHOLD", "ReplyRules", "Verdict", "classify", "classify_column", "contradicts"]

THRESHOLD = 0.6
"""A verdict below this confidence is doubtful: it moves only the bounds (method.md §4)."""

MODEL_FILE = "replies_model.npz"
WORDS_FILE = "replies_words.yml"

VERDICT_TYPE = pa.struct(
    [
        pa.field("label", pa.string(), nullable=False),
        pa.field("substantive", pa.bool_()),
        pa.field("confidence", pa.float64(), nullable=False),
        pa.field("rule", pa.string(), nullable=False),
        pa.field("why", pa.string(), nullable=False),
    ]
)


class ReplyRules:
    """The rules of one file, compiled once, and the trained model beside it. `version` is the digest of the rules."""

    def __init__(self, file: RuleFile, version: str, model: ReplyModel | None = None) -> None:
        words = Vocabulary(file)
        self.file = file
        self.version = version
        self.model = model
        self._cut = [words.compile(file.quoted), words.compile(file.polite)]
        self._rules = [CompiledRule(rule, words) for rule in file.rules]
        self._check_names()

    @classmethod
    def load(cls, path: Path) -> "ReplyRules":
        """The rules at `path`; a folder without MODEL_FILE holds rules that decide alone."""
        raw = path.read_bytes()
        try:
            file = RuleFile.model_validate(yaml.safe_load(raw))
        except (ValidationError, yaml.YAMLError) as error:
            raise BadInput(f"{path}: {error}") from error
        stored = path.with_name(MODEL_FILE)
        model = ReplyModel.load(stored, path.with_name(WORDS_FILE)) if stored.exists() else None
        return cls(file, hashlib.sha256(raw).hexdigest()[:12], model)

    def _check_names(self) -> None:
        ids = [rule.id for rule in self.file.rules]
        known = {*ids, *LABELS}
        twice = {name for name in ids if ids.count(name) > 1}
        astray = {name for rule in self.file.rules for name in rule.yields_to if name not in known}
        if twice or astray:
            raise BadInput(f"replies.yml: rule ids used twice: {sorted(twice)}; unknown in yields_to: {sorted(astray)}")

    def reading(self, text: str) -> str:
        """The text as the rules see it: plain spelling, without politeness and without the complainant's words."""
        text = plain(text)
        for pattern in self._cut:
            text = pattern.sub("，", text)
        return text

    def hits(self, reading: str) -> list[Hit]:
        return [hit for rule in self._rules if (hit := rule.hit(reading)) is not None]

    def verdict(self, text: str) -> Verdict:
        """What the rules alone say."""
        reading = self.reading(text)
        hits = self.hits(reading)
        return decide(hits) if hits else no_cue(reading)


def classify(rules: ReplyRules, text: str | None, hidden: bool) -> Verdict:
    """The label of one reply. A hidden reply has no text to judge; a missing text is `other` with confidence 0."""
    if hidden:
        return Verdict("hidden", None, 1.0, "hidden", "页面标明该回复内容已隐藏，仅当事双方可见，无从判读。")
    if text is None:
        return Verdict("other", False, 0.0, "none", "页面上没有显示回复文字，无从判读。")
    return read(rules, [text])[0]


def read(rules: ReplyRules, texts: Sequence[str]) -> list[Verdict]:
    """Verdicts of visible replies, in order; the model reads them all at once."""
    heard = [rules.verdict(text) for text in texts]
    if rules.model is None or not texts:
        return heard
    plains = [plain(text) for text in texts]
    odds = rules.model.odds(plains, heard)
    return [_weigh(rules.model, *one) for one in zip(plains, heard, odds.tolist(), strict=True)]


def _weigh(model: ReplyModel, text: str, heard: Verdict, odds: list[float]) -> Verdict:
    """The likeliest label; the rule is named where it agrees, the model where the rules are silent or refuted.

    That no rule ever overrules the odds is measured: keeping strong rules' labels lowered every figure.
    """
    if heard.rule == "none" and not any(character.isalnum() for character in text):
        return heard
    best = max(range(len(LABELS)), key=odds.__getitem__)
    if heard.rule != "none" and LABELS[best] == heard.label:
        return Verdict(heard.label, heard.substantive, round(odds[best], 3), heard.rule, heard.why)
    label, rule = LABELS[best], f"model@{model.version}"
    return Verdict(label, substantive(label), round(odds[best], 3), rule, _reasons(model, text, heard, best))


def _reasons(model: ReplyModel, text: str, heard: Verdict, best: int) -> str:
    words = "、".join(f"“{gram}”" for gram in model.strongest(text, best)) or "整体用词"
    against = f"规则 {heard.rule} 作 {heard.label}，不采" if heard.rule != "none" else "规则未作声"
    return f"{against}；模型 {model.version} 依据{words}判为 {LABELS[best]}。"


def classify_column(rules: ReplyRules, texts: pa.Array, hidden: pa.Array) -> pa.StructArray:
    """Verdicts (VERDICT_TYPE) in the order of `texts`; every distinct visible text is read once."""
    said, flags = _one_chunk(texts).to_pylist(), _one_chunk(hidden).to_pylist()
    seen = dict.fromkeys(text for text, flag in zip(said, flags, strict=True) if text is not None and not flag)
    verdicts = dict(zip(seen, read(rules, list(seen)), strict=True))
    rows = [
        vars(classify(rules, text, bool(flag)) if flag or text is None else verdicts[text])
        for text, flag in zip(said, flags, strict=True)
    ]
    return pa.array(rows, type=VERDICT_TYPE)


def _one_chunk(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
