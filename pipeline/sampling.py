"""Draws real texts for people to read and label: the only way to say how well rules read real ones."""

import csv
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipeline.errors import BadInput
from pipeline.paths import Paths

KINDS = {
    "replies": ("replies_in", "reply_id", ("text", "label", "confidence", "rule")),
    "redaction": ("complaints_in", "complaint", ("body",)),
    "names": ("complaints_in", "complaint", ("platform_name", "platform")),
    "issues": ("complaints_in", "complaint", ("body", "title", "issues", "amount_yuan")),
    "merges": ("merges", "id", ("left", "right", "identity", "text_score")),
}


def draw(paths: Paths, kind: str, size: int, seed: int) -> list[dict[str, Any]]:
    """A seeded sample of rows of the last run, each with an empty column `reading` for the reader's own answer.

    Replies are drawn evenly over labels, so that rare ones are read too; the column `stratum_size` says how many
    there were, to weigh the answers back.
    """
    name, key, columns = KINDS[kind]
    path = paths.work / "tables" / f"{name}.parquet"
    if not path.is_file():
        raise BadInput(f"{path} does not exist: run `sinkrate run` first")
    rows = [row for row in pq.read_table(path, columns=[key, *columns]).to_pylist() if row[columns[0]]]
    strata: dict[object, list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: str(row[key])):
        strata.setdefault(row.get("label"), []).append(row)
    chance = random.Random(seed)  # noqa: S311 -- a sample, not a secret
    each = -(-size // max(len(strata), 1))
    drawn = [
        row | {"stratum_size": len(stratum), "reading": ""}
        for _, stratum in sorted(strata.items(), key=lambda item: str(item[0]))
        for row in chance.sample(stratum, min(each, len(stratum)))
    ]
    return drawn[:size] if len(strata) == 1 else drawn


def write(rows: Iterable[dict[str, Any]], out: Path) -> int:
    """The sample as CSV (redacted texts all the same: keep it on this machine). Returns its rows."""
    found = list(rows)
    if not found:
        raise BadInput("nothing to draw from: the last run has no such rows")
    with out.open("w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(found[0]))
        writer.writeheader()
        writer.writerows(found)
    return len(found)
