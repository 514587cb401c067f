"""Names nobody decided about, each with the reviewed names it resembles: what people look at before they decide."""

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz import fuzz, process

from pipeline.errors import BadInput
from pipeline.intake.resolve import Resolver, forms, normalise

LEAST_SCORE = 60.0
DECISIONS = ("same", "different", "unsure")
FIELDS = ("name", "platform", "decision", "who", "when", "why")


@dataclass(frozen=True)
class Proposal:
    """A printed name without a decision, its complaints, and the platform it most resembles (score 0..100)."""

    name: str
    n_complaints: int
    platform: str
    known_name: str
    score: float
    portals: str
    platform_refs: str


def proposals(complaints: pa.Table, resolver: Resolver) -> list[Proposal]:
    """Most frequent name first. `complaints` has platform_name, platform, portal, platform_ref.

    rapidfuzz proposes, people decide: a high score is no evidence that two names are one platform.
    """
    open_names = complaints.filter(pc.starts_with(pc.fill_null(complaints["platform"], ""), "u-"))
    known = {name: platform for platform, entry in resolver.entries.items() for name in (entry.name, *entry.names)}
    found = []
    for row in _counted(open_names):
        best = process.extractOne(
            _bare(row["name"]), [_bare(name) for name in known], scorer=fuzz.WRatio, score_cutoff=LEAST_SCORE
        )
        if best is None:
            continue
        name = list(known)[best[2]]
        if (normalise(row["name"]), known[name]) not in resolver.apart:
            found.append(
                Proposal(row["name"], row["n"], known[name], name, round(best[1], 1), row["portals"], row["refs"])
            )
    return found


def _bare(name: str) -> str:
    """The name without decorations."""
    return list(forms(normalise(name)))[-1]


def _counted(complaints: pa.Table) -> list[dict[str, Any]]:
    """One row a printed name: complaints, portals, the portals' own ids; most complaints first."""
    grouped = complaints.group_by("platform_name").aggregate(
        [("portal", "distinct"), ("platform_ref", "distinct"), ("platform_name", "count")]
    )
    rows = [
        {
            "name": row["platform_name"],
            "n": row["platform_name_count"],
            "portals": "|".join(sorted(row["portal_distinct"])),
            "refs": "|".join(sorted(ref for ref in row["platform_ref_distinct"] if ref)),
        }
        for row in grouped.to_pylist()
    ]
    return sorted(rows, key=lambda row: (-row["n"], row["name"]))


def decide(path: Path, name: str, platform: str, decision: str, who: str, when: date, why: str) -> None:
    """Append one decision to aliases.csv; who, when and why are never empty."""
    if decision not in DECISIONS:
        raise BadInput(f"decision {decision!r}: one of {', '.join(DECISIONS)}")
    if not who.strip() or not why.strip():
        raise BadInput("a decision names who made it and why")
    is_new = not path.is_file()
    with path.open("a", encoding="utf8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        if is_new:
            writer.writerow(FIELDS)
        writer.writerow((name, platform, decision, who.strip(), when.isoformat(), why.strip()))
