"""What a run writes beside its records: why list items were kept or left, and the portal's own figures."""

import json
from pathlib import Path
from typing import Any

from crawlers.landing import Journal, cut_half_line
from crawlers.portals.dianshubao.ratings import Control, Rated
from crawlers.relevance import Verdict
from crawlers.run_state import Run


class Ledger:
    """Two files of JSON lines, <run>.relevance and <run>.controls, taken up again with the run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._written = {kind: _lines(self._path(kind)) for kind in ("relevance", "controls")}
        self._journals: dict[str, Journal] = {}

    def _path(self, kind: str) -> Path:
        files = self._run.order.files
        return files.folder / f"{files.run}.{kind}.ndjson"

    def _write(self, kind: str, row: dict[str, Any]) -> bool:
        """Whether the line is new."""
        line = json.dumps(row, ensure_ascii=False)
        if line in self._written[kind]:
            return False
        self._written[kind].add(line)
        if kind not in self._journals:
            self._journals[kind] = Journal(self._path(kind))
        self._journals[kind].write(line)
        return True

    def judged(self, ref: str, list_id: str, verdict: Verdict) -> None:
        """Once per complaint and verdict; counted in the report."""
        row = {"ref": ref, "list": list_id, "kept": verdict.kept, "why": verdict.why}
        if self._write("relevance", row):
            self._run.count("relevance", f"{'kept' if verdict.kept else 'left'}: {verdict.why.split()[0]}")

    def rated(self, row: Rated) -> None:
        """The portal's own figures of a platform: data for what is claimed, in no rate."""
        order = self._run.order
        for counter, value in row.counters.items():
            control = Control(
                portal=order.facts.slug, platform_ref=row.website, name=row.name, counter=counter, value=value,
                counted_at=order.seen_at(),
            )  # fmt: skip
            self._write("controls", control.model_dump(mode="json"))

    def close(self) -> None:
        for journal in self._journals.values():
            journal.close()


def _lines(path: Path) -> set[str]:
    cut_half_line(path)
    return set(path.read_text(encoding="utf8").split("\n")) if path.exists() else set()
