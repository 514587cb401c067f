"""Merges people took back: `data/reference/unmerged.csv`. Undoing is a row of the ledger too."""

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipeline.errors import BadInput

FIELDS = ("complaint", "case", "who", "when", "why")


@dataclass(frozen=True)
class Undone:
    """One complaint that stands alone by decision, and the case it was taken out of."""

    complaint: str
    case: str
    who: str
    when: str
    why: str


def load(path: Path) -> list[Undone]:
    """All decisions; no file, none. A row without who or why raises BadInput naming the line."""
    if not path.is_file():
        return []
    with path.open(encoding="utf8", newline="") as handle:
        rows = [Undone(*(row.get(name) or "" for name in FIELDS)) for row in csv.DictReader(handle)]
    for line, row in enumerate(rows, start=2):
        if not (row.complaint and row.case and row.who and row.why):
            raise BadInput(f"{path}:{line}: complaint, case, who and why must not be empty")
    return rows


def undo(path: Path, complaint: str, case: str, who: str, when: date, why: str) -> None:
    """Append one decision."""
    if not who.strip() or not why.strip():
        raise BadInput("undoing a merge names who did it and why")
    is_new = not path.is_file()
    with path.open("a", encoding="utf8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        if is_new:
            writer.writerow(FIELDS)
        writer.writerow((complaint, case, who.strip(), when.isoformat(), why.strip()))
