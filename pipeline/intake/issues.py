"""What a complaint is about and how much is at stake, from its words and from what the portal printed."""

import re
from functools import cache
from pathlib import Path

import cn2an
import yaml
from opencc import OpenCC
from pydantic import ValidationError

from pipeline.errors import BadInput
from pipeline.model import Record

OTHER = "其他"
_T2S = OpenCC("t2s")
_CLAUSE = re.compile(r"[^，。！？；,!?;\n]+")


class Issue(Record):
    """One code of issues.yml."""

    code: str
    en: str
    cues: tuple[str, ...]
    unless: tuple[str, ...] = ()
    portal: tuple[str, ...] = ()


class Taxonomy:
    """The reviewed codes, compiled."""

    def __init__(self, issues: list[Issue]) -> None:
        self.issues = issues
        self._cues = [(issue.code, re.compile("|".join(issue.cues)), _either(issue.unless)) for issue in issues]
        self._printed = {word: issue.code for issue in issues for word in issue.portal}

    @classmethod
    @cache
    def load(cls, path: Path) -> "Taxonomy":
        """From data/reference/issues.yml."""
        try:
            return cls([Issue.model_validate(row) for row in yaml.safe_load(path.read_text(encoding="utf8"))])
        except (yaml.YAMLError, ValidationError, re.error, FileNotFoundError) as error:
            raise BadInput(f"{path}: {error}") from error

    def of_text(self, *texts: str | None) -> list[str]:
        """Codes the words name, in the taxonomy's order; several per text, [其他] when none."""
        whole = _T2S.convert("。".join(text for text in texts if text))
        clauses = _CLAUSE.findall(whole)
        found = [code for code, cue, unless in self._cues if self._names(cue, unless, clauses)]
        return found or [OTHER]

    @staticmethod
    def _names(cue: re.Pattern[str], unless: re.Pattern[str] | None, clauses: list[str]) -> bool:
        joined = (f"{a}，{b}" for a, b in zip(clauses, [*clauses[1:], ""], strict=True))
        return any(cue.search(clause) and not (unless and unless.search(clause)) for clause in joined)

    def of_printed(self, words: list[str]) -> list[str]:
        """Codes of the issue words a portal printed; words it does not know name nothing."""
        return [code for code in dict.fromkeys(self._printed.get(word.strip()) for word in words) if code]


def _either(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    return re.compile("|".join(patterns)) if patterns else None


_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_HANZI = r"[零〇一二两三四五六七八九十百千万]+"
_MONEY = re.compile(rf"(?:[¥￥]\s*({_DIGITS}))|({_DIGITS}|{_HANZI})\s*(万|千|百)?\s*(?:多|余|来)?\s*(?:元|块钱?|圆|RMB|rmb)")
_RANGE = re.compile(rf"(?:{_DIGITS}|{_HANZI})\s*(?:元|块|万)?\s*(?:[-~～—至到])\s*(?:{_DIGITS}|{_HANZI})\s*(?:万)?\s*(?:元|块)")
_TIMES = {"万": 10_000.0, "千": 1_000.0, "百": 100.0}


def amounts(text: str) -> list[float]:
    """Every single amount of money a text names, in yuan; ranges are left out."""
    rest = _RANGE.sub(" ", text)
    found = []
    for match in _MONEY.finditer(rest):
        number = _number(match[1] or match[2])
        if number is not None:
            found.append(number * _TIMES.get(match[3] or "", 1.0))
    return found


def _number(text: str) -> float | None:
    if text[0].isdigit():
        return float(text.replace(",", ""))
    try:
        return float(cn2an.cn2an(text.replace("〇", "零"), "smart"))
    except ValueError:
        return None
