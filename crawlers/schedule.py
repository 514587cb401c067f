"""When a complaint is looked at again: dense while the clock of the method runs, then sparse. Pure."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Literal, NamedTuple

from crawlers.pages import SHANGHAI

MARGIN = timedelta(hours=1)  # a visit just after the horizon sees the state at it
_HOURS = (timedelta(hours=24), timedelta(hours=48))
_DAYS = tuple(timedelta(days=days) for days in (30, 60, 90, 180, 365))
_HORIZON = timedelta(days=30)
_AFTER_THE_END = timedelta(days=30)  # one more look: is the page still there, does it still say the same?
WorkdayDeadline = Callable[[date], date]


class Life(NamedTuple):
    """What the last sighting knew. `t0` assigned, else published, else filed.

    `ended_at`: the last ending step, the sighting itself where the step prints no time; null while it runs. `end`:
    `timer` for a portal's own timer (replies may still come), `gone` for a tombstone.
    """

    t0: datetime | None
    seen_at: datetime
    ended_at: datetime | None = None
    end: Literal["open", "steps", "timer", "gone"] = "open"


def next_visit(life: Life, seventh_workday: WorkdayDeadline) -> datetime | None:
    """The first visit due after the last sighting; null when none is left.

    `seventh_workday`: the day on which the seventh working day after a day ends.
    """
    return min((at for at in _visits(life, seventh_workday) if at > life.seen_at), default=None)


def _visits(life: Life, seventh_workday: WorkdayDeadline) -> Iterator[datetime]:
    if life.end == "gone":
        return
    if life.ended_at is not None:
        yield life.ended_at + _AFTER_THE_END + MARGIN
    if life.end == "steps":
        return
    if life.t0 is None:
        yield life.seen_at + _HORIZON
        return
    yield from _horizons(life.t0, seventh_workday, is_over=life.end == "timer")


def _horizons(t0: datetime, seventh_workday: WorkdayDeadline, *, is_over: bool) -> Iterator[datetime]:
    for after in _HOURS:
        yield t0 + after + MARGIN
    last_day = seventh_workday(t0.astimezone(SHANGHAI).date())
    yield datetime.combine(last_day, time(), SHANGHAI) + timedelta(days=1) + MARGIN
    for after in _DAYS[:1] if is_over else _DAYS:
        yield t0 + after + MARGIN
