"""Stage filters: JSON Lines in, JSON Lines out, one line out per line in, order kept.

A line that cannot be used gives `{"id", "error"}` and the filter ends with exit code 1; the others are unaffected.
"""

from collections.abc import Iterable
from functools import partial
from pathlib import Path

import pyarrow as pa

from pipeline.intake.redact import redact_all
from pipeline.intake.resolve import Resolver
from pipeline.judge.replies import ReplyRules, classify_column
from pipeline.stages.groups import group_lines
from pipeline.stages.lines import Answer, Line, Stage, each, format_lines, parse, text_of
from pipeline.stages.outcomes import outcome_lines

__all__ = ["STAGES", "format_lines", "run"]


def run(stage: str, lines: Iterable[str], reference: Path) -> tuple[list[Answer], int]:
    """Answers in the order of the lines, and how many of them are errors."""
    parsed = [parse(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    good = [place for place, line in enumerate(parsed) if "error" not in line or "id" not in line]
    answers = list(parsed)
    for place, answer in zip(good, STAGES[stage]([parsed[place] for place in good], reference), strict=True):
        answers[place] = answer
    return answers, sum("error" in answer for answer in answers)


def _redact(lines: list[Line], _: Path) -> list[Answer]:
    return each(lines, partial(text_of, name="text"), _redacted)


def _redacted(texts: list[str | None]) -> list[Answer]:
    known = iter(redact_all([text for text in texts if text is not None]))
    answers: list[Answer] = []
    for text in texts:
        out, marks = (None, []) if text is None else next(known)
        found = [{"kind": mark.kind, "start": mark.start, "end": mark.end} for mark in marks]
        answers.append({"text": out, "marks": found})
    return answers


def _replies(lines: list[Line], reference: Path) -> list[Answer]:
    rules = ReplyRules.load(reference / "replies.yml")
    return each(lines, lambda line: (text_of(line, "text"), line.get("hidden") is True), partial(_labelled, rules))


def _labelled(rules: ReplyRules, replies: list[tuple[str | None, bool]]) -> list[Answer]:
    texts, hidden = zip(*replies, strict=True)
    verdicts = classify_column(rules, pa.array(texts, pa.string()), pa.array(hidden, pa.bool_())).to_pylist()
    return [
        {
            "label": verdict["label"],
            "substantive": verdict["substantive"],
            "confidence": round(verdict["confidence"], 4),
            "why": verdict["why"],
        }
        for verdict in verdicts
    ]


def _resolve(lines: list[Line], reference: Path) -> list[Answer]:
    resolver = Resolver.load(reference)

    def resolved(names: list[str | None]) -> list[Answer]:
        found = map(resolver.resolve, names)
        return [{"platform": one.platform, "confidence": one.confidence, "why": one.why} for one in found]

    return each(lines, partial(text_of, name="name"), resolved)


STAGES: dict[str, Stage] = {
    "redact": _redact,
    "replies": _replies,
    "resolve": _resolve,
    "group": group_lines,
    "outcome": outcome_lines,
}
