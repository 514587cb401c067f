"""What a complaint is about, from its words (data/reference/issues.yml) and from what the portal printed."""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml
from pydantic import ValidationError

from pipeline.errors import BadInput
from pipeline.intake.cues import Lists, clean, grams
from pipeline.intake.stake import amounts, stake
from pipeline.model import Record

__all__ = ["OTHER", "Issue", "Taxonomy", "amounts", "stake"]

OTHER = "其他"
WORDS = "issue_words.yml"
_ENDS = "，。"


class Issue(Record):
    """One code of issues.yml; the file's head says what the fields mean."""

    code: str
    en: str
    cues: tuple[str, ...]
    weak: tuple[str, ...] = ()
    yields_to: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    only_with: tuple[str, ...] = ()
    portal: tuple[str, ...] = ()


class Words(Record):
    """issue_words.yml: named lists, and what people deny."""

    words: dict[str, str]
    denied: tuple[str, ...] = ()


class _Cue(NamedTuple):
    issue: Issue
    weak: bool
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None


class Taxonomy:
    """The reviewed codes, compiled."""

    def __init__(self, issues: list[Issue], words: Words) -> None:
        self.issues = issues
        lists = Lists(words.words)
        self._denied = lists.either(words.denied)
        self._cues: list[_Cue] = []
        self._always: set[int] = set()
        self._index: dict[str, set[int]] = {}
        for issue in issues:
            self._compile(issue, lists)
        self._printed = {word: issue.code for issue in issues for word in issue.portal}

    def _compile(self, issue: Issue, lists: Lists) -> None:
        unless = lists.either(issue.unless)
        for weak, cue in [*((False, cue) for cue in issue.cues), *((True, cue) for cue in issue.weak)]:
            anchors = lists.anchors(cue)
            for anchor in anchors:
                self._index.setdefault(anchor, set()).add(len(self._cues))
            self._always |= set() if anchors else {len(self._cues)}
            self._cues.append(_Cue(issue, weak, re.compile(lists.expand(cue)), unless))

    @classmethod
    @cache
    def load(cls, path: Path) -> "Taxonomy":
        """From data/reference/issues.yml and issue_words.yml beside it."""
        try:
            issues = [Issue.model_validate(row) for row in yaml.safe_load(path.read_text(encoding="utf8"))]
            words = Words.model_validate(yaml.safe_load(path.with_name(WORDS).read_text(encoding="utf8")))
            return cls(issues, words)
        except (yaml.YAMLError, ValidationError, re.error, FileNotFoundError, KeyError) as error:
            raise BadInput(f"{path}: {error}") from error

    def of_text(self, *texts: str | None) -> list[str]:
        """Codes the words name, in the taxonomy's order; several per text, [其他] when none."""
        text = clean(*texts)
        if self._denied:
            text = self._denied.sub("，", text)
        strong: set[str] = set()
        weak: dict[str, Issue] = {}
        for place in sorted(self._gated(text)):
            cue = self._cues[place]
            if cue.issue.code not in strong and _named(cue, text):
                if cue.weak:
                    weak[cue.issue.code] = cue.issue
                else:
                    strong.add(cue.issue.code)
        strong |= {code for code, issue in weak.items() if strong.isdisjoint(issue.yields_to)}
        return self._ordered(strong) or [OTHER]

    def _gated(self, text: str) -> set[int]:
        """Cues that may match: the text has one of their anchors."""
        found = set(self._always)
        for anchor in self._index.keys() & grams(text):
            found |= self._index[anchor]
        return found

    def _ordered(self, codes: set[str]) -> list[str]:
        return [
            issue.code
            for issue in self.issues
            if issue.code in codes and not (issue.only_with and codes - {issue.code, *issue.only_with})
        ]

    def of_printed(self, words: list[str]) -> list[str]:
        """Codes of the issue words a portal printed; words it does not know name nothing."""
        return [code for code in dict.fromkeys(self._printed.get(word.strip()) for word in words) if code]


def _named(cue: _Cue, text: str) -> bool:
    """The cue matches somewhere its `unless` does not stand in the clauses it touches."""
    for match in cue.pattern.finditer(text):
        if not (cue.unless and cue.unless.search(text, *_clauses(text, *match.span()))):
            return True
    return False


def _clauses(text: str, start: int, end: int) -> tuple[int, int]:
    first = max(text.rfind(mark, 0, start) for mark in _ENDS) + 1
    last = min((place for mark in _ENDS if (place := text.find(mark, max(end - 1, start))) >= 0), default=len(text))
    return first, last
