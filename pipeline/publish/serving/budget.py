"""What counting may cost one reader: the counts and facets of one page share a time, and a page whose time was up is not kept for long."""

from contextvars import ContextVar
from dataclasses import dataclass

BUDGET_MS = 200.0
"""Of one page; past it the page says what it did not count, and the sums are finished for the next reader."""


@dataclass
class Budget:
    left_ms: float
    strange: bool = False
    """Whether SQL came with the request."""
    program: bool = False
    """Whether JSON or CSV is wanted."""
    cut: bool = False


_BUDGET: ContextVar[Budget | None] = ContextVar("budget", default=None)


def begin(strange: bool = False, program: bool = False) -> Budget:
    """A reader's request starts; everything it asks shares what is returned."""
    mine = Budget(BUDGET_MS, strange, program)
    _BUDGET.set(mine)
    return mine


def current() -> Budget | None:
    """None outside of a request, where nobody waits."""
    return _BUDGET.get()


def spend_all() -> None:
    if mine := current():
        mine.left_ms = 0.0
