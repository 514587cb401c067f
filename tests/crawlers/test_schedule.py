"""When complaints are looked at again."""

from datetime import date, datetime, timedelta

from crawlers.pages import SHANGHAI
from crawlers.schedule import MARGIN, Life, next_visit

T0 = datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def _seventh(on: date) -> date:
    return on + 9 * DAY


def _due(life: Life) -> datetime | None:
    return next_visit(life, _seventh)


def test_dense_while_the_clock_runs_then_sparse() -> None:
    visits, seen_at = [], T0
    while (at := _due(Life(T0, seen_at))) is not None:
        visits.append(at)
        seen_at = at
    midnight = datetime(2026, 3, 12, tzinfo=SHANGHAI)
    days = [T0 + number * DAY for number in (1, 2)] + [midnight] + [T0 + n * DAY for n in (30, 60, 90, 180, 365)]
    assert visits == [at + MARGIN for at in days]


def test_each_visit_comes_after_its_horizon() -> None:
    just_before = T0 + 30 * DAY - HOUR
    assert _due(Life(T0, just_before)) == T0 + 30 * DAY + MARGIN
    assert _due(Life(T0, T0 + 30 * DAY + MARGIN)) == T0 + 60 * DAY + MARGIN


def test_ended_complaints_are_looked_at_once_more() -> None:
    ended = T0 + 3 * DAY
    assert _due(Life(T0, ended, ended, "steps")) == ended + 30 * DAY + MARGIN
    assert _due(Life(T0, ended + 31 * DAY, ended, "steps")) is None
    assert _due(Life(T0, T0, None, "gone")) is None


def test_a_timer_does_not_stop_the_clock() -> None:
    ended = T0 + 3 * DAY
    assert _due(Life(T0, ended + HOUR, ended, "timer")) == datetime(2026, 3, 12, tzinfo=SHANGHAI) + MARGIN
    assert _due(Life(T0, T0 + 20 * DAY, ended, "timer")) == T0 + 30 * DAY + MARGIN
    assert _due(Life(T0, T0 + 31 * DAY, ended, "timer")) == ended + 30 * DAY + MARGIN
    assert _due(Life(T0, T0 + 40 * DAY, ended, "timer")) is None


def test_without_a_date_the_last_look_counts() -> None:
    assert _due(Life(None, T0)) == T0 + 30 * DAY
