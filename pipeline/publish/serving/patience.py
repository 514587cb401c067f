"""How long SQL may take: the site's own by the work it costs the processor, since a crowd makes everybody wait; a stranger's by the clock too."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

WAITS = 10
"""By the clock the site's own SQL may take so many times its work: then the machine is too busy to answer."""
_OFTEN, _SELDOM = 100, 1000  # SQLite's steps between two looks at the time; a thousand take about 0.1 ms
_SHORT_MS = 50


@contextmanager
def within(
    connection: sqlite3.Connection,
    work_ms: float,
    clock_ms: float,
    work: Callable[[], float] = time.thread_time,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[None]:
    """SQL in this thread ends with `interrupted` when it has worked for `work_ms`, or `clock_ms` have gone by."""
    worked, over = work() + work_ms / 1000, clock() + clock_ms / 1000
    connection.set_progress_handler(
        lambda: int(work() >= worked or clock() >= over), _OFTEN if clock_ms <= _SHORT_MS else _SELDOM
    )
    try:
        yield
    finally:
        connection.set_progress_handler(None, _SELDOM)
