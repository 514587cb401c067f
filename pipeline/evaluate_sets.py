"""The labelled sets beside replies and redaction: printed names, groups, issues and sums. Figures as in `evaluate`."""

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import BadInput
from pipeline.evaluate import WORST, Rates, Report, lines_of, rates
from pipeline.intake.directory import PlatformEntry
from pipeline.intake.issues import Taxonomy
from pipeline.intake.resolve import Resolver
from pipeline.intake.stake import stake
from pipeline.paths import PROJECT
from pipeline.stages import run
from pipeline.yaml_files import load_yaml

REFERENCE = PROJECT / "data" / "reference"
Pairs = set[tuple[int, int]]


def names(path: Path) -> Report:
    """Which platform each printed name is, on `{"name", "platform"}` lines; the platforms stand in <stem>_platforms.yml."""
    entries = load_yaml(path.with_name(f"{path.stem}_platforms.yml").read_text("utf-8"))
    resolver = Resolver([PlatformEntry.model_validate(entry) for entry in entries], [])
    lines = lines_of(path)
    said = [resolver.resolve(line["name"]).platform for line in lines]
    wrong = [(line, one) for line, one in zip(lines, said, strict=True) if one != line["platform"]]
    named, given = sum(line["platform"] is not None for line in lines), sum(one is not None for one in said)
    hits = sum(one is not None and one == line["platform"] for line, one in zip(lines, said, strict=True))
    found = rates(hits, given, named)
    rows = [["names", "right", "wrong platform", "left unresolved"]]
    astray = sum(one is not None for _, one in wrong)
    rows.append([str(len(lines)), str(len(lines) - len(wrong)), str(astray), str(len(wrong) - astray)])
    worst = [f"{line['name']}: {line['platform']} read as {one}" for line, one in wrong]
    return Report("names", len(lines), _named("", found), rows, worst[:WORST])


def groups(path: Path) -> Report:
    """Pairs of complaints put into one case or one campaign by `sinkrate stage group`, against their labels."""
    with gzip.open(path, "rt", encoding="utf8") as handle:
        rows = [json.loads(line) for line in handle]
    hidden = ("truth_case", "truth_campaign", "kind")
    bare = [json.dumps({name: value for name, value in row.items() if name not in hidden}) for row in rows]
    answers, errors = run("group", bare, REFERENCE)
    if errors:
        raise BadInput(f"{path}: {errors} lines were refused; run `sinkrate stage group` on them")
    same = pairs([row["truth_case"] for row in rows])
    sides = {
        "case": (same, pairs([answer["case"] for answer in answers])),
        "campaign": (
            pairs([row["truth_campaign"] for row in rows]) - same,
            pairs([answer["campaign"] for answer in answers]) - same,
        ),
    }
    measured = {kind: rates(len(truth & found), len(found), len(truth)) for kind, (truth, found) in sides.items()}
    table = [["pairs", "precision", "recall", "F1", "there", "found"]]
    table += [[kind, *_shares(one), *(str(len(side)) for side in sides[kind])] for kind, one in measured.items()]
    figures = {name: value for kind, one in measured.items() for name, value in _named(f"{kind}_", one).items()}
    return Report("groups", len(rows), figures, table, _astray(rows, sides))


def pairs(labels: Sequence[Hashable | None]) -> Pairs:
    """Pairs of rows with the same label; rows without one pair with none."""
    members: dict[Hashable, list[int]] = defaultdict(list)
    for row, label in enumerate(labels):
        if label is not None:
            members[label].append(row)
    return {(a, b) for rows in members.values() for place, a in enumerate(rows) for b in rows[place + 1 :]}


def _astray(rows: Sequence[dict[str, Any]], sides: dict[str, tuple[Pairs, Pairs]]) -> list[str]:
    """Wrongly joined pairs first: a wrong merge is worse than a missed one."""
    wrong = [(f"one {kind} in error", pair) for kind, (truth, found) in sides.items() for pair in sorted(found - truth)]
    missed = [(f"one {kind} missed", pair) for kind, (truth, found) in sides.items() for pair in sorted(truth - found)]
    return [f"{what}: {_start(rows[a])} | {_start(rows[b])}" for what, (a, b) in [*wrong, *missed][:WORST]]


def _start(row: dict[str, Any]) -> str:
    return f"{row.get('portal')}/{row.get('ref')} {str(row.get('body') or row.get('title'))[:40]}"


def issues(path: Path) -> Report:
    """What the complaints are about and the sum at stake, on `{"title", "body", "issues", "amount_yuan"}` lines."""
    taxonomy, lines = Taxonomy.load(REFERENCE / "issues.yml"), lines_of(path)
    said = [set(taxonomy.of_text(line["title"], line["body"])) for line in lines]
    truth = [set(line["issues"]) for line in lines]
    hits = Counter(code for one, other in zip(truth, said, strict=True) for code in one & other)
    there, given = Counter(code for one in truth for code in one), Counter(code for one in said for code in one)
    by_code = {code: rates(hits[code], given[code], there[code]) for code in sorted(there | given)}
    sums = [stake(line["title"], line["body"]) == line["amount_yuan"] for line in lines]
    figures = _named("", rates(hits.total(), given.total(), there.total())) | {
        "macro_f1": sum(one.f1 for one in by_code.values()) / len(by_code),
        "exact_share": sum(one == other for one, other in zip(truth, said, strict=True)) / len(lines),
        "sums_right_share": sum(sums) / len(lines),
    }
    rows = [["issue", "precision", "recall", "F1", "there"]]
    rows += [[code, *_shares(one), str(there[code])] for code, one in by_code.items()]
    wrong = sorted((at for at in range(len(lines)) if truth[at] != said[at]), key=lambda at: -len(truth[at] ^ said[at]))
    return Report("issues", len(lines), figures, rows, [_misread(lines[at], said[at]) for at in wrong[:WORST]])


def _misread(line: dict[str, Any], said: set[str]) -> str:
    return f"{'、'.join(line['issues'])} read as {'、'.join(sorted(said))}: {line['title']} {str(line['body'])[:60]}"


def _named(prefix: str, one: Rates) -> dict[str, float]:
    return {f"{prefix}precision": one.precision, f"{prefix}recall": one.recall, f"{prefix}f1": one.f1}


def _shares(one: Rates) -> list[str]:
    return [f"{share:.3f}" for share in (one.precision, one.recall, one.f1)]
