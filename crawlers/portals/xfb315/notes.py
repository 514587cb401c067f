"""What a run writes beside its records: why list items were kept or left, brands' counters, when each list was walked."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from crawlers.landing import Journal, cut_half_line
from crawlers.portals.xfb315.counters import Statistics
from crawlers.relevance import Verdict
from crawlers.run_state import Run

_SLACK = timedelta(hours=2)  # a daily run never starts on the same second


class Notes:
    """Three files of JSON lines: <run>.relevance, <run>.controls, <run>.lists. Taken up again with the run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._journals: dict[str, Journal] = {}
        self._judged = {(row["ref"], row["kept"]) for row in _rows(self._path("relevance"))}
        counted = list(_rows(self._path("controls")))
        self._counted = {(row["platform_ref"], row["counter"]) for row in counted}
        run.control.update(
            {f"brand:{row['platform_ref']}": row["value"] for row in counted if row["counter"] == "total"}
        )
        self._walked = _earlier_walks(run)

    def judged(self, ref: str, scope: str, verdict: Verdict) -> None:
        """Once per complaint and verdict; counted in the report."""
        if (ref, verdict.kept) in self._judged:
            return
        self._judged.add((ref, verdict.kept))
        self._run.count("relevance", f"{'kept' if verdict.kept else 'left'}: {verdict.why.split()[0]}")
        self._write("relevance", {"ref": ref, "list": scope, "kept": verdict.kept, "why": verdict.why})

    def counters(self, brand_id: str, name: str | None, found: Statistics) -> None:
        """The portal's own counters of a brand; `solve_rate` as a share of 1."""
        if found.total is not None:
            self._run.control[f"brand:{brand_id}"] = found.total
        at = self._run.order.seen_at().isoformat()
        for counter, value in (("total", found.total), ("solve_rate", found.solve_share)):
            if value is not None and (brand_id, counter) not in self._counted:
                self._counted.add((brand_id, counter))
                self._write("controls", {"portal": self._run.order.facts.slug, "platform_ref": brand_id, "name": name,
                                         "counter": counter, "value": value, "counted_at": at})  # fmt: skip

    def has_counted(self, brand_id: str) -> bool:
        return any(ref == brand_id for ref, _ in self._counted)

    def walked(self, scope: str, end: str, pages: int) -> None:
        """How far a list went: `end`, `known`, `older`, `most` or `repeats`."""
        self._run.count("lists", end)
        at = self._run.order.seen_at().isoformat()
        self._write("lists", {"list": scope, "at": at, "end": end, "pages": pages})

    def is_due(self, scope: str, every_days: float) -> bool:
        """Whether the last walk of an earlier run is long enough ago."""
        last = self._walked.get(scope)
        return last is None or self._run.order.seen_at() >= last + timedelta(days=every_days) - _SLACK

    def close(self) -> None:
        for journal in self._journals.values():
            journal.close()

    def _path(self, kind: str) -> Path:
        files = self._run.order.files
        return files.folder / f"{files.run}.{kind}.ndjson"

    def _write(self, kind: str, row: dict[str, Any]) -> None:
        if kind not in self._journals:
            self._journals[kind] = Journal(self._path(kind))
        self._journals[kind].write(json.dumps(row, ensure_ascii=False))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    cut_half_line(path)
    if path.exists():
        with path.open(encoding="utf8", newline="\n") as lines:
            yield from map(json.loads, lines)


def _earlier_walks(run: Run) -> dict[str, datetime]:
    """List → when an earlier run last walked it."""
    files, walked = run.order.files, dict[str, datetime]()
    for path in sorted(files.folder.glob("*.lists.ndjson")):
        if path.name != f"{files.run}.lists.ndjson":
            for row in _rows(path):
                at = datetime.fromisoformat(row["at"])
                walked[row["list"]] = max(at, walked.get(row["list"], at))
    return walked
