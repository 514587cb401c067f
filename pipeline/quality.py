"""Every labelled set measured at once, and the file the public method page prints the figures from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from pipeline import evaluate, evaluate_sets
from pipeline.evaluate import Report
from pipeline.paths import PROJECT
from pipeline.yaml_files import load_yaml

GOLD = PROJECT / "tests" / "gold"
QUALITY = PROJECT / "data" / "reference" / "quality.yml"
_HEAD = (
    "# 判读质量：各标注集上的测得值，由 `sinkrate eval all --write` 写成，勿手改。方法页引用此文件。\n"
    "# How well the verdicts read: measured on the labelled sets of tests/gold, all of them invented texts.\n"
)


@dataclass(frozen=True)
class LabelledSet:
    """A set of tests/gold: what it measures, its file, and `development` (rules were made on it) or `studied` (held out at first, its mistakes read since)."""

    kind: str
    file: str
    role: str


SETS = (
    LabelledSet("replies", "replies.jsonl", "development"),
    LabelledSet("replies", "replies_held.jsonl", "studied"),
    LabelledSet("replies", "replies_third.jsonl", "studied"),
    LabelledSet("redaction", "redaction.jsonl", "development"),
    LabelledSet("redaction", "redaction_second.jsonl", "development"),
    LabelledSet("redaction", "redaction_third.jsonl", "studied"),
    LabelledSet("names", "names.jsonl", "development"),
    LabelledSet("groups", "groups.jsonl.gz", "development"),
    LabelledSet("issues", "issues.jsonl", "development"),
)
MEASURES: Mapping[str, Callable[[Path], Report]] = {
    "replies": evaluate.replies,
    "redaction": evaluate.redaction,
    "names": evaluate_sets.names,
    "groups": evaluate_sets.groups,
    "issues": evaluate_sets.issues,
}


def sets_of(kind: str) -> list[LabelledSet]:
    """The committed sets of one kind, or of all."""
    return [one for one in SETS if kind in ("all", one.kind)]


def entry(one: LabelledSet, report: Report, on: date) -> dict[str, Any]:
    """What quality.yml says of one set."""
    return {
        "set": one.file,
        "kind": one.kind,
        "role": one.role,
        "n": report.n,
        "texts": "invented",
        "measured_on": on,
        "figures": {name: round(value, 4) for name, value in report.figures.items()},
    }


def write(entries: Sequence[Mapping[str, Any]], path: Path = QUALITY) -> None:
    """Replace the entries of the measured sets; first measurements, which nobody can take again, stay."""
    stored = load_yaml(path.read_text("utf-8")) if path.exists() else {}
    document = {"measured": list(entries), "first_readings": stored.get("first_readings", [])}
    path.write_text(_HEAD + yaml.safe_dump(document, allow_unicode=True, sort_keys=False), "utf-8")
