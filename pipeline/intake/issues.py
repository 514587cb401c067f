"""What a complaint is about, from its words (data/reference/issues.yml) and from what the portal printed."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml
from pydantic import ValidationError

from pipeline.errors import BadInput
from pipeline.gate import found
from pipeline.intake.cues import Lists, clean, grams
from pipeline.intake.stake import amounts, stake
from pipeline.model import Record
from pipeline.yaml_files import fault, load_yaml

__all__ = ["OTHER", "Issue", "Taxonomy", "amounts", "stake"]

OTHER = "其他"
WORDS = "issue_words.yml"
_END = re.compile("[，。]")


class Issue(Record):
    """One code of issues.yml; the file's head says what the fields mean."""

    code: str
    en: str
    cues: tuple[str, ...]
    weak: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    yields_to: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    only_with: tuple[str, ...] = ()
    portal: tuple[str, ...] = ()


class Words(Record):
    """issue_words.yml: named lists, what people deny, and the cues of 其他."""

    words: dict[str, str]
    denied: tuple[str, ...] = ()
    other: Issue


class Cue(NamedTuple):
    """One branch of a cue of an issue; `needs` are sets of characters or pairs of which a match holds one each."""

    issue: Issue
    kind: str
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None
    needs: tuple[frozenset[str], ...]


class Taxonomy:
    """The reviewed codes, compiled."""

    def __init__(self, issues: list[Issue], words: Words) -> None:
        self.issues = [*issues, words.other]
        lists = Lists(words.words)
        self.denied = lists.either(words.denied)
        self.denials = [re.compile(lists.expand(branch)) for cue in words.denied for branch in lists.branches(cue)]
        self._index: dict[str, list[Cue]] = {"": []}
        self._last: dict[str, list[Cue]] = {"": []}
        self.cues: list[Cue] = []
        for issue in self.issues:
            self._compile(issue, lists)
        self.companions = set(words.other.only_with)
        self._printed = {word: issue.code for issue in issues for word in issue.portal}

    def _compile(self, issue: Issue, lists: Lists) -> None:
        unless = lists.either(issue.unless)
        told = {"cues": issue.cues, "weak": issue.weak, "last": issue.last}
        for kind, cues in told.items():
            for branch in [branch for cue in cues for branch in lists.branches(cue)]:
                needs = lists.needs(branch)
                cue = Cue(issue, kind, re.compile(lists.expand(branch)), unless, needs)
                self.cues.append(cue)
                for anchor in needs[0] if needs else {""}:
                    (self._last if kind == "last" else self._index).setdefault(anchor, []).append(cue)

    @classmethod
    @cache
    def load(cls, path: Path) -> "Taxonomy":
        """From data/reference/issues.yml and issue_words.yml beside it."""
        try:
            issues = [Issue.model_validate(row) for row in load_yaml(path.read_text(encoding="utf8"))]
            words = Words.model_validate(load_yaml(path.with_name(WORDS).read_text(encoding="utf8")))
            return cls(issues, words)
        except (yaml.YAMLError, ValidationError, re.error, FileNotFoundError, KeyError) as error:
            raise BadInput(f"{path}: {fault(error)}") from error

    def of_text(self, *texts: str | None) -> list[str]:
        """Codes the words name, in the taxonomy's order; several per text, [其他] when none."""
        return self.of_clean(clean(*texts))

    def of_clean(self, text: str) -> list[str]:
        """`of_text` of a text that is clean already."""
        if self.denied:
            text = self.denied.sub("，", text)
        has = grams(text)
        gated = _gated(self._index, has)
        codes = _named([cue for cue in gated if cue.kind == "cues"], text)
        weak = _named([cue for cue in gated if cue.kind == "weak" and cue.issue.code not in codes], text)
        codes |= {issue.code for issue in self.issues if issue.code in weak and codes.isdisjoint(issue.yields_to)}
        if codes <= self.companions:
            codes |= _named(_gated(self._last, has), text)
        return self._ordered(codes) or [OTHER]

    def _ordered(self, codes: set[str]) -> list[str]:
        return [
            issue.code
            for issue in self.issues
            if issue.code in codes and not (issue.only_with and codes - {issue.code, *issue.only_with})
        ]

    def ordered(self, codes: set[str]) -> list[str]:
        """The codes in the taxonomy's order."""
        return [issue.code for issue in self.issues if issue.code in codes]

    def of_printed(self, words: list[str]) -> list[str]:
        """Codes of the issue words a portal printed; words it does not know name nothing."""
        return [code for code in dict.fromkeys(self._printed.get(word.strip()) for word in words) if code]


def _gated(index: dict[str, list[Cue]], has: set[str]) -> list[Cue]:
    """Cues that may match: the text has what they need. A cue may stand twice."""
    begun = [cue for anchor in index.keys() & has for cue in index[anchor]] + index[""]
    return [cue for cue in begun if not any(map(has.isdisjoint, cue.needs[1:]))]


def _named(cues: list[Cue], text: str) -> set[str]:
    named: set[str] = set()
    for cue in cues:
        if cue.issue.code not in named and matches(cue, text):
            named.add(cue.issue.code)
    return named


def matches(cue: Cue, text: str, places: Sequence[int] | None = None) -> bool:
    """The cue matches somewhere (at one of `places`, where known) its `unless` does not stand in the clauses it touches."""
    if places is not None and cue.unless is None:
        return any(cue.pattern.match(text, place) for place in places)
    matched = cue.pattern.finditer(text) if places is None else found(cue.pattern, text, places)
    if cue.unless is None:
        return next(matched, None) is not None
    return any(cue.unless.search(text, *_clauses(text, *match.span())) is None for match in matched)


def _clauses(text: str, start: int, end: int) -> tuple[int, int]:
    first = max(text.rfind("，", 0, start), text.rfind("。", 0, start)) + 1
    last = _END.search(text, max(end - 1, start))
    return first, last.start() if last else len(text)
