"""What a platform's reply is worth: the twelve labels of method.md §6, by rules people can read and a small model.

The rules (`rulebook`) hear cues; the trained model (`reply_model`) weighs the letters and the rules' verdict and says
how sure the label is. Where both agree the rule is named, else the model. Pure: no clock, no state.
"""

import hashlib
from collections.abc import Sequence
from functools import cached_property
from itertools import repeat
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import yaml
from pydantic import ValidationError

from pipeline.errors import BadInput
from pipeline.gate import Gate, Spots
from pipeline.judge.followups import contradicts
from pipeline.judge.plain import plains
from pipeline.judge.reply_model import ReplyModel
from pipeline.judge.rulebook import CompiledRule, Hit, RuleFile, Verdict, Vocabulary, decide, no_cue, substantive
from pipeline.model.words import LABELS, Label
from pipeline.yaml_files import fault, load_yaml

__all__ = ["THRESHOLD", "ReplyRules", "Verdict", "classify", "classify_column", "contradicts"]

THRESHOLD = 0.6
"""A verdict below this confidence is doubtful: it moves only the bounds (method.md §4)."""

GATED_FROM = 200
"""From so many texts on the first look pays for making it ready."""
_AT_ONCE = 20_000

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
        self._cut = [
            (words.compile(cues), [words.regex(cue) for cue in cues]) for cues in (file.quoted, file.polite) if cues
        ]
        self._rules = [CompiledRule(rule, words) for rule in file.rules]
        self._check_names()

    @cached_property
    def _gates(self) -> tuple[Gate, ...]:
        """One for each cut, then the one of the rules."""
        cues = [(at, cue) for at, rule in enumerate(self._rules) for cue in rule.cues]
        rules = Gate([cue for _, cue in cues], [at for at, _ in cues])
        return *(Gate(cues, [0] * len(cues)) for _, cues in self._cut), rules

    @classmethod
    def load(cls, path: Path) -> "ReplyRules":
        """The rules at `path`; a folder without MODEL_FILE holds rules that decide alone."""
        raw = path.read_bytes()
        try:
            file = RuleFile.model_validate(load_yaml(raw))
        except (ValidationError, yaml.YAMLError) as error:
            raise BadInput(f"{path}: {fault(error)}") from error
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

    def readings(self, spelled: Sequence[str]) -> list[str]:
        """Plain texts as the rules see them: without politeness and without the complainant's words."""
        texts = list(spelled)
        for place, (pattern, _) in enumerate(self._cut):
            (spots,) = self._spots(place, texts) or (None,)
            for at in range(len(texts)) if spots is None else spots:
                texts[at] = pattern.sub("，", texts[at])
        return texts

    def hits(self, readings: Sequence[str]) -> list[list[Hit]]:
        """What each rule hears in each reading, in the order of the rules."""
        heard: list[list[Hit]] = [[] for _ in readings]
        for rule, spots in zip(self._rules, self._spots(-1, readings) or repeat(None)):  # noqa: B905 - as many as rules
            for at in range(len(readings)) if spots is None else spots:
                if (hit := rule.hit(readings[at], None if spots is None else spots[at])) is not None:
                    heard[at].append(hit)
        return heard

    def _spots(self, place: int, texts: Sequence[str]) -> Sequence[Spots | None]:
        """What a gate says of the texts; nothing where they are few."""
        return self._gates[place].spots(texts) if len(texts) >= GATED_FROM else ()

    def verdicts(self, spelled: Sequence[str]) -> list[Verdict]:
        """What the rules alone say of plain texts."""
        readings = self.readings(spelled)
        heard = self.hits(readings)
        return [decide(hits) if hits else no_cue(text) for text, hits in zip(readings, heard, strict=True)]


def classify(rules: ReplyRules, text: str | None, hidden: bool) -> Verdict:
    """The label of one reply. A hidden reply has no text to judge; a missing text is `other` with confidence 0."""
    if hidden:
        return Verdict("hidden", None, 1.0, "hidden", "页面标明该回复内容已隐藏，仅当事双方可见，无从判读。")
    if text is None:
        return Verdict("other", False, 0.0, "none", "页面上没有显示回复文字，无从判读。")
    return read(rules, [text])[0]


def read(rules: ReplyRules, texts: Sequence[str]) -> list[Verdict]:
    """Verdicts of visible replies, in order; many are read at once."""
    return [one for at in range(0, len(texts), _AT_ONCE) for one in _read(rules, texts[at : at + _AT_ONCE])]


def _read(rules: ReplyRules, texts: Sequence[str]) -> list[Verdict]:
    spelled = plains(texts)
    heard = rules.verdicts(spelled)
    return heard if rules.model is None else _weigh(rules.model, spelled, heard)


def _weigh(model: ReplyModel, spelled: Sequence[str], heard: Sequence[Verdict]) -> list[Verdict]:
    """The likeliest labels; the rule is named where it agrees, the model where the rules are silent or refuted.

    That no rule ever overrules the odds is measured: keeping strong rules' labels lowered every figure.
    """
    odds = model.odds(spelled, heard)
    best, sure = odds.argmax(axis=1).tolist(), odds.max(axis=1).round(3).tolist()
    ours = [at for at, verdict in enumerate(heard) if _overruled(verdict, LABELS[best[at]], spelled[at])]
    words = dict(zip(ours, model.strongest([spelled[at] for at in ours], [best[at] for at in ours]), strict=True))
    return [
        _by_model(model, verdict, LABELS[best[at]], sure[at], words[at]) if at in words
        else _by_rule(verdict, sure[at])
        for at, verdict in enumerate(heard)
    ]  # fmt: skip


def _overruled(heard: Verdict, label: Label, spelled: str) -> bool:
    """Whether the model speaks: not where a rule says the same, nor where there is nothing to read."""
    if heard.rule == "none":
        return any(character.isalnum() for character in spelled)
    return heard.label != label


def _by_rule(heard: Verdict, sure: float) -> Verdict:
    return heard if heard.rule == "none" else Verdict(heard.label, heard.substantive, sure, heard.rule, heard.why)


def _by_model(model: ReplyModel, heard: Verdict, label: Label, sure: float, words: Sequence[str]) -> Verdict:
    said = "、".join(f"“{gram}”" for gram in words) or "整体用词"
    against = f"规则 {heard.rule} 作 {heard.label}，不采" if heard.rule != "none" else "规则未作声"
    why = f"{against}；模型 {model.version} 依据{said}判为 {label}。"
    return Verdict(label, substantive(label), sure, f"model@{model.version}", why)


def classify_column(rules: ReplyRules, texts: pa.Array, hidden: pa.Array) -> pa.StructArray:
    """Verdicts (VERDICT_TYPE) in the order of `texts`; every distinct visible text is read once."""
    unseen = pc.fill_null(_one_chunk(hidden), False)
    coded = pc.if_else(unseen, pa.scalar(None, pa.string()), _one_chunk(texts)).dictionary_encode()
    known = [*read(rules, coded.dictionary.to_pylist()), classify(rules, None, False), classify(rules, None, True)]
    verdicts = pa.array([vars(verdict) for verdict in known], type=VERDICT_TYPE)
    missing = pc.if_else(unseen, len(known) - 1, len(known) - 2)
    return verdicts.take(pc.coalesce(pc.cast(coded.indices, pa.int64()), missing))


def _one_chunk(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
