"""The rules of `data/reference/replies.yml`, compiled: what they hear in a plain text and what follows from it.

The rules are data (the file's head explains the notation). This module turns them into regular expressions once,
collects every rule that speaks, and lets the strongest commitment win. Pure, and linear in the text's length.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from pydantic import BaseModel, ConfigDict, Field

from pipeline.errors import BadInput
from pipeline.judge.plain import FULL_STOPS, STOPS
from pipeline.model.words import LABELS, SUBSTANTIVE, Label

# A notice of the portal stands alone: nothing else in the text is the platform's word.
_PRIORITY = {label: rank for rank, label in enumerate(("hidden", *[x for x in LABELS if x != "hidden"]))}
_CAMPS = ({"resolved_claim", "offer"}, {"refusal", "dispute"}, {"request_withdrawal", "blame"})
_CLAUSE_REACH = 60
_SENTENCE_REACH = 120


class Rule(BaseModel):
    """One rule of replies.yml; the fields are explained at the head of that file."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str = Field(pattern=r"^[a-z]+\.[a-z]+$")
    label: Label
    strength: float = Field(gt=0, lt=1)
    cues: tuple[str, ...] = Field(min_length=1)
    unless: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    anywhere: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    yields_to: tuple[str, ...] = ()
    example: str


class RuleFile(BaseModel):
    """The whole of replies.yml."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    words: Mapping[str, tuple[str, ...]]
    patterns: Mapping[str, str]
    quoted: tuple[str, ...]
    polite: tuple[str, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Verdict:
    """`substantive` is None only for `hidden`; `why` is one Chinese sentence naming the cue words and the rule."""

    label: Label
    substantive: bool | None
    confidence: float
    rule: str
    why: str


@dataclass(frozen=True)
class Hit:
    """A rule that spoke, and the words it heard."""

    rule: Rule
    words: str


_TOKEN = re.compile(r"<([^<>]+)>|(……)|(…)|(\()|(\))|(\[)|(\])|(\|)|(\^)|(\$)|([^<>…()\[\]|^$]+)")
_SYMBOLS = {
    "……": rf"[^{FULL_STOPS}]{{0,30}}?",
    "…": rf"[^{STOPS}]{{0,16}}?",
    "(": "(?:",
    ")": ")",
    "[": "(?:",
    "]": ")?",
    "|": "|",
    "^": rf"(?<=[{STOPS}])",
    "$": rf"(?=[{STOPS}])",
}


class Vocabulary:
    """Turns a cue into a regular expression, with the file's words and patterns filled in."""

    def __init__(self, file: RuleFile) -> None:
        self._known = {name: "(?:" + "|".join(_longest_first(words)) + ")" for name, words in file.words.items()}
        for name, pattern in file.patterns.items():
            self._known[name] = f"(?:{re.sub(r'<([^<>]+)>', lambda m: self._lookup(m[1]), pattern)})"

    def _lookup(self, name: str) -> str:
        if name not in self._known:
            raise BadInput(f"replies.yml: <{name}> is used before it is defined under words or patterns")
        return self._known[name]

    def regex(self, cue: str) -> str:
        parts = []
        for token in _TOKEN.finditer(cue):
            if token[1]:
                parts.append(self._lookup(token[1]))
            else:
                parts.append(_SYMBOLS.get(token[0]) or re.escape(token[0]))
        return "".join(parts)

    def compile(self, cues: Sequence[str]) -> re.Pattern[str]:
        """One pattern for any of the cues, of which there is at least one."""
        try:
            return re.compile("|".join(f"(?:{self.regex(cue)})" for cue in cues))
        except re.error as error:
            raise BadInput(f"replies.yml: a cue among {list(cues)} is not well formed: {error}") from error


def _longest_first(words: Iterable[str]) -> list[str]:
    return [re.escape(word) for word in sorted(words, key=len, reverse=True)]


_STOP, _FULL_STOP = re.compile(f"[{STOPS}]"), re.compile(f"[{FULL_STOPS}]")


def _clause(text: str, start: int, end: int) -> tuple[int, int]:
    """The bounds of the clause around a span, at most _CLAUSE_REACH characters to either side."""
    low = max(0, start - _CLAUSE_REACH)
    left = max(text.rfind("，", low, start), text.rfind("。", low, start), text.rfind("？", low, start))
    right = _STOP.search(text, end, end + _CLAUSE_REACH)
    return left + 1 if left >= 0 else low, right.start() if right else min(len(text), end + _CLAUSE_REACH)


def _sentence_start(text: str, start: int) -> int:
    low = max(0, start - _SENTENCE_REACH)
    left = max(text.rfind("。", low, start), text.rfind("？", low, start))
    return left + 1 if left >= 0 else low


def _sentence_end(text: str, end: int) -> int:
    right = _FULL_STOP.search(text, end, end + _SENTENCE_REACH)
    return right.start() if right else min(len(text), end + _SENTENCE_REACH)


class CompiledRule:
    """One rule, ready to read texts. `cues` are its cues as regular expressions."""

    def __init__(self, rule: Rule, words: Vocabulary) -> None:
        self.rule = rule
        self.cues = [words.regex(cue) for cue in rule.cues]
        self._cues = words.compile(rule.cues)
        others = (rule.unless, rule.within, rule.before, rule.anywhere, rule.needs)
        self._unless, self._within, self._before, self._anywhere, self._needs = (
            words.compile(cues) if cues else None for cues in others
        )

    def hit(self, text: str, places: Sequence[int] | None = None) -> Hit | None:
        """The first place where the cue stands and no counter-cue does; looked for at `places` only, where they are known."""
        matches = self._everywhere(text) if places is None else (self._cues.match(text, place) for place in places)
        match = next(filter(None, matches), None)
        if match is None or (self._anywhere and self._anywhere.search(text)):
            return None
        for one in chain((match,), filter(None, matches)):
            if self._stands(text, one):
                return Hit(self.rule, one[0].strip(STOPS))
        return None

    def _everywhere(self, text: str) -> Iterator[re.Match[str]]:
        match = self._cues.search(text)
        while match is not None:
            yield match
            match = self._cues.search(text, match.start() + 1)

    def _stands(self, text: str, match: re.Match[str]) -> bool:
        start, end = match.span()
        if self._within and self._within.search(match[0]):
            return False
        if self._unless and self._unless.search(text, *_clause(text, start, end)):
            return False
        if self._before and self._before.search(text, _sentence_start(text, start), end):
            return False
        return self._needs is None or self._needs.search(text, *_neighbours(text, start, end)) is not None


def _neighbours(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence around a span and the sentences before and after it."""
    left, right = _sentence_start(text, start), _sentence_end(text, end)
    return _sentence_start(text, max(0, left - 1)), _sentence_end(text, min(len(text), right + 1))


def decide(hits: list[Hit]) -> Verdict:
    """Rules that yield step back; then the strongest commitment wins, and within a label the surest rule."""
    names = {name for hit in hits for name in (hit.rule.id, hit.rule.label)}
    firm = [hit for hit in hits if not _yields(hit.rule, names)] or hits
    first = min(firm, key=lambda hit: (_PRIORITY[hit.rule.label], -hit.rule.strength))
    label = first.rule.label
    others = {hit.rule.label for hit in hits}
    rivals = {other for camp in _CAMPS if label not in camp for other in camp & others}
    agreeing = sum(hit.rule.label == label for hit in hits) - 1
    confidence = min(0.98, first.rule.strength + 0.03 * agreeing) * 0.92 ** len(rivals)
    return Verdict(label, substantive(label), round(confidence, 3), first.rule.id, _why(first, sorted(rivals)))


def _yields(rule: Rule, names: set[str]) -> bool:
    return any(name in names for name in rule.yields_to if name not in (rule.id, rule.label))


def substantive(label: Label) -> bool | None:
    return None if label == "hidden" else label in SUBSTANTIVE


def _why(hit: Hit, rivals: list[str]) -> str:
    against = f"，同时出现 {'、'.join(rivals)} 的提示语" if rivals else ""
    return f"出现“{hit.words[:40]}”，按规则 {hit.rule.id} 判为 {hit.rule.label}{against}。"


def no_cue(reading: str) -> Verdict:
    """Hardly any words left: surely nothing said. Many words and no rule: unknown, so doubtful."""
    words = sum(character.isalnum() for character in reading)
    confidence = 0.8 if words <= 4 else 0.3
    return Verdict("other", False, confidence, "none", "没有出现任何规则的提示语，判为 other。")
