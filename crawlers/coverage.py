"""How much of what a portal holds was seen: against its own counters, and by the gaps in its numbers. Pure."""

from collections.abc import Mapping
from typing import Protocol

VALID_SHARE = (0.65, 0.72)  # of 黑猫's numbers that become public complaints: 2020, and 2020 to 2025


class HasLatest(Protocol):
    """A report that knows the lowest and highest number on the latest list."""

    @property
    def latest_ids(self) -> tuple[int, int] | None: ...


def coverage(collected: Mapping[str, int], control: Mapping[str, int]) -> dict[str, float]:
    """Counter → share of it that was met, 0..1 and above where a portal counts less than it shows."""
    return {name: round(collected[name] / count, 4) for name, count in sorted(control.items())
            if name in collected and count > 0}  # fmt: skip


def rolled_off(before: HasLatest | None, now: HasLatest) -> dict[str, int]:
    """Numbers between the two visits' latest lists, and the complaints among them: `ids`, `least`, `most`.

    Empty where a visit knows no latest list. Zero where the lists overlap: nothing passed unseen.
    """
    if before is None or before.latest_ids is None or now.latest_ids is None:
        return {}
    ids = max(0, now.latest_ids[0] - before.latest_ids[1] - 1)
    least, most = (round(ids * share) for share in VALID_SHARE)
    return {"ids": ids, "least": least, "most": most}
