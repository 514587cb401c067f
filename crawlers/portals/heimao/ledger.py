"""What a run writes beside its records: why list items were kept or left, merchants' counters, how far each list went."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from crawlers.landing import Journal, cut_half_line
from crawlers.portals.heimao.parse_lists import ListItem, Merchant
from crawlers.relevance import Verdict
from crawlers.run_state import Run

_SLACK = timedelta(hours=2)  # a daily run never starts on the same second
_DONE = ("end", "known", "most")


class Ledger:
    """Three files of JSON lines: <run>.relevance, <run>.controls, <run>.lists. Taken up again with the run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._journals: dict[str, Journal] = {}
        self._judged = {(row["ref"], row["kept"]) for row in _rows(self._path("relevance"))}
        self._counted = {(row["platform_ref"], row["counter"]) for row in _rows(self._path("controls"))}
        self._walks = _earlier_walks(run)

    def _path(self, kind: str) -> Path:
        files = self._run.order.files
        return files.folder / f"{files.run}.{kind}.ndjson"

    def _write(self, kind: str, row: dict[str, Any]) -> None:
        if kind not in self._journals:
            self._journals[kind] = Journal(self._path(kind))
        self._journals[kind].write(json.dumps(row, ensure_ascii=False))

    def judged(self, ref: str, list_id: str, verdict: Verdict) -> None:
        """Once per complaint and verdict; counted in the report."""
        if (ref, verdict.kept) in self._judged:
            return
        self._judged.add((ref, verdict.kept))
        self._run.count("relevance", f"{'kept' if verdict.kept else 'left'}: {verdict.why.split()[0]}")
        self._write("relevance", {"ref": ref, "list": list_id, "kept": verdict.kept, "why": verdict.why})

    def counters(self, merchant: Merchant) -> None:
        """The portal's own counters of a merchant: control totals, and data for what is claimed."""
        ref = merchant.couid if merchant.sid in (None, "") else f"{merchant.couid}/{merchant.sid}"
        for counter, value in merchant.counters.items():
            if isinstance(value, int):
                self._run.control[f"merchant:{ref}:{counter.removesuffix('_amt')}"] = value
            if (ref, counter) in self._counted:
                continue
            self._counted.add((ref, counter))
            at = self._run.order.seen_at().isoformat()
            self._write("controls", {"portal": self._run.order.facts.slug, "platform_ref": ref, "name": merchant.name,
                                     "counter": counter, "value": value, "counted_at": at})  # fmt: skip

    def walked(self, list_id: str, end: str, items: list[ListItem], claimed: int | None) -> None:
        """How far a list went, and the newest publication it showed: the known ground of the next walk."""
        moments = [item.published_at for item in items if item.published_at]
        order = self._run.order
        self._run.count("lists", end)
        self._write("lists", {
            "list": list_id, "at": order.seen_at().isoformat(), "end": end, "items": len(items), "claimed": claimed,
            "newest_at": max(moments).isoformat() if moments else None, "since": str(order.since) if order.since else None,
        })  # fmt: skip

    def is_due(self, list_id: str, every_days: float) -> bool:
        """Whether the last whole walk of an earlier run is long enough ago."""
        last = self._walks.get(list_id)
        if last is None:
            return True
        return self._run.order.seen_at() >= datetime.fromisoformat(last["at"]) + timedelta(days=every_days) - _SLACK

    def known_until(self, list_id: str) -> datetime | None:
        """Everything published up to then was listed by an earlier whole walk; null where none was."""
        last = self._walks.get(list_id)
        return datetime.fromisoformat(last["newest_at"]) if last and last["newest_at"] else None

    def close(self) -> None:
        for journal in self._journals.values():
            journal.close()


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    cut_half_line(path)
    if path.exists():
        with path.open(encoding="utf8", newline="\n") as lines:
            yield from map(json.loads, lines)


def _earlier_walks(run: Run) -> dict[str, dict[str, Any]]:
    """List → its last walk in earlier runs that came to an end and reached at least as far back as this run wants."""
    files, since = run.order.files, str(run.order.since) if run.order.since else None
    walks: dict[str, dict[str, Any]] = {}
    for path in sorted(files.folder.glob("*.lists.ndjson")):
        if path.name != f"{files.run}.lists.ndjson":
            for row in _rows(path):
                reaches = row["since"] is None or (since is not None and row["since"] <= since)
                if (
                    row["end"] in _DONE
                    and reaches
                    and (row["list"] not in walks or walks[row["list"]]["at"] <= row["at"])
                ):
                    walks[row["list"]] = row
    return walks
