"""How a page may print what a number's SQL gives."""

from collections.abc import Iterator
from itertools import pairwise

from pipeline.publish.web.figures import Desk
from pipeline.publish.web.texts import LANGUAGES, load_texts
from pipeline.publish.web.words import load_words

_DESKS = [Desk(None, load_words(one), load_texts(one), one) for one in LANGUAGES]  # type: ignore[arg-type]
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
            yield from (f"{low:.0f}–{high:.0f}", f"{low * 100:.1f}–{high * 100:.1f}%", f"{low:,}/{high:,}")
            for desk in _DESKS:
                yield desk.say("%(n)s 元", n=f"{low:,.0f} – {high:,.0f}")
                yield desk.say("%(k)s / %(n)s 件", k=f"{low:,}", n=f"{high:,}")
    yield " / ".join(f"{value:,}" for value in row.values() if isinstance(value, int))
    if "value" in row and row["value"] is None:
        yield from (desk.words("figures", "not_reached") for desk in _DESKS)
    if isinstance(row.get("last_record_at"), str):
        days = 0 if str(row["last_record_at"]).startswith("2026-11-20") else 9
        yield from (desk.say("%(n)s 天", n=days) for desk in _DESKS)


def _measured(value: float) -> Iterator[str]:
    yield from (f"{value:.1%}", f"{value:.1f}", f"{value:.3f}")
    for desk in _DESKS:
        yield from (desk.days(value), desk.yuan(value))
    if value < 0.001:
        yield "< 0.001"
