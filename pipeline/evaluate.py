"""How good the judgement is on labelled texts: confusion, precision and recall, calibration, the worst mistakes.

Pure functions of a labelled file; the figures are "on invented texts" unless the file holds read real ones.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table

from pipeline.intake.redact import redact
from pipeline.judge.replies import THRESHOLD, ReplyRules, read
from pipeline.model.words import LABELS, SUBSTANTIVE
from pipeline.paths import PROJECT

RULES = PROJECT / "data" / "reference" / "replies.yml"
_BINS = 10
WORST = 10


@dataclass(frozen=True)
class Report:
    """Named figures over `n` lines, a table (first row its head), and the worst mistakes as printable lines."""

    title: str
    n: int
    figures: Mapping[str, float]
    rows: Sequence[Sequence[str]]
    worst: Sequence[str]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        table = Table(*self.rows[0], title=f"{self.title} ({self.n} invented texts)")
        for row in self.rows[1:]:
            table.add_row(*row)
        yield table
        yield "  ".join(f"{name} {value:.3f}" for name, value in self.figures.items())
        yield from (f"· {line}" for line in self.worst)


@dataclass(frozen=True)
class Rates:
    """Precision, recall and F1 of one class; a share without a denominator is 0."""

    precision: float
    recall: float
    f1: float


def confusion(truth: Sequence[str], said: Sequence[str]) -> Counter[tuple[str, str]]:
    """How often (true label, label given) occurs."""
    return Counter(zip(truth, said, strict=True))


def rates(hits: int, given: int, there: int) -> Rates:
    """From counts: right, given this label, truly of this label."""
    precision, recall = hits / given if given else 0.0, hits / there if there else 0.0
    return Rates(precision, recall, 2 * hits / (given + there) if given + there else 0.0)


def rates_of(counts: Mapping[tuple[str, str], int], members: frozenset[str]) -> Rates:
    """Rates of "one of `members`" against the rest."""
    hits = sum(n for (true, said), n in counts.items() if true in members and said in members)
    given = sum(n for (_, said), n in counts.items() if said in members)
    return rates(hits, given, sum(n for (true, _), n in counts.items() if true in members))


def calibration_error(confidence: Sequence[float], right: Sequence[bool], bins: int = _BINS) -> float:
    """Expected calibration error: mean |accuracy - confidence| over equal bins, weighted by their size."""
    held: dict[int, list[tuple[float, bool]]] = {}
    for sure, good in zip(confidence, right, strict=True):
        held.setdefault(min(int(sure * bins), bins - 1), []).append((sure, good))
    gaps = [abs(sum(sure for sure, _ in one) - sum(good for _, good in one)) for one in held.values()]
    return sum(gaps) / len(confidence) if confidence else 0.0


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def replies(path: Path, rules: ReplyRules | None = None) -> Report:
    """The verdicts on `{"text", "label"}` lines."""
    lines = lines_of(path)
    verdicts = read(rules or ReplyRules.load(RULES), [line["text"] for line in lines])
    truth, said = [line["label"] for line in lines], [verdict.label for verdict in verdicts]
    return _of_labels(truth, said, [verdict.confidence for verdict in verdicts], [line["text"] for line in lines])


def _of_labels(truth: Sequence[str], said: Sequence[str], sure: Sequence[float], texts: Sequence[str]) -> Report:
    counts = confusion(truth, said)
    by_label: dict[str, Rates] = {label: rates_of(counts, frozenset({label})) for label in LABELS}
    whole = rates_of(counts, SUBSTANTIVE)
    right = [true == label for true, label in zip(truth, said, strict=True)]
    clear = [at for at, confidence in enumerate(sure) if confidence >= THRESHOLD]
    figures = {
        "macro_f1": sum(one.f1 for one in by_label.values()) / len(LABELS),
        "accuracy": sum(right) / len(right),
        "substantive_precision": whole.precision,
        "substantive_recall": whole.recall,
        "calibration_error": calibration_error(sure, right),
        "clear_share": len(clear) / len(right),
        "clear_accuracy": sum(right[at] for at in clear) / max(1, len(clear)),
    } | _clear_substantive([truth[at] for at in clear], [said[at] for at in clear])
    wrong = sorted((at for at, good in enumerate(right) if not good), key=lambda at: -sure[at])[:WORST]
    worst = [f"{truth[at]} read as {said[at]} ({sure[at]:.2f}): {texts[at][:80]}" for at in wrong]
    return Report("replies", len(truth), figures, _label_rows(by_label, counts), worst)


def _clear_substantive(truth: Sequence[str], said: Sequence[str]) -> dict[str, float]:
    """Substantive or not, on the verdicts that are not doubtful."""
    clear = rates_of(confusion(truth, said), SUBSTANTIVE)
    return {"clear_substantive_precision": clear.precision, "clear_substantive_recall": clear.recall}


def _label_rows(by_label: Mapping[str, Rates], counts: Mapping[tuple[str, str], int]) -> list[list[str]]:
    rows = [["label", "precision", "recall", "F1", "read as"]]
    for label, one in by_label.items():
        astray = sorted((-n, said) for (true, said), n in counts.items() if true == label and said != label)
        cells = [f"{share:.2f}" for share in (one.precision, one.recall, one.f1)]
        rows.append([label, *cells, ", ".join(f"{said} {-n}" for n, said in astray)])
    return rows


def redaction(path: Path) -> Report:
    """Which secrets survive and which keepers are lost, on `{"id", "text", "secrets", "keepers"}` lines."""
    there: Counter[str] = Counter()
    gone_wrong: Counter[str] = Counter()
    worst: list[str] = []
    lines = lines_of(path)
    for line in lines:
        kind, cleaned = line["id"].rstrip("0123456789-_"), redact(line["text"])[0]
        for secret in line["secrets"]:
            there[f"{kind} secret"] += 1
            gone_wrong[f"{kind} secret"] += secret in cleaned
            worst += [f"{line['id']}: a secret survives in {cleaned[:80]}"] if secret in cleaned else []
        for keeper in line["keepers"]:
            there[f"{kind} keeper"] += 1
            gone_wrong[f"{kind} keeper"] += keeper not in cleaned
            worst += [f"{line['id']}: {keeper} lost from {cleaned[:80]}"] if keeper not in cleaned else []
    rows = [["kind", "texts", "wrong"], *([kind, str(n), str(gone_wrong[kind])] for kind, n in sorted(there.items()))]
    figures = {
        "secrets_surviving_share": _share(gone_wrong, there, "secret"),
        "keepers_lost_share": _share(gone_wrong, there, "keeper"),
    }
    return Report("redaction", len(lines), figures, rows, worst[:WORST])


def _share(wrong: Mapping[str, int], there: Mapping[str, int], role: str) -> float:
    """The share of one role that went wrong, over all kinds; 0 when the role does not occur."""
    total = sum(n for kind, n in there.items() if kind.endswith(role))
    return sum(n for kind, n in wrong.items() if kind.endswith(role)) / total if total else 0.0
