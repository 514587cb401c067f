"""Per-record work: pure functions over batches, answers in order, in worker processes when there is enough to do.

Memory is bounded: two batches a process are under way at most. Functions, batches and answers must pickle.
"""

import gc
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial
from multiprocessing import connection, get_context, parent_process
from threading import Thread
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
Told = Callable[[str, int, int], None]
"""Told what is being worked on, how much of it is done, and how much there is."""


def quietly(what: str, done: int, total: int) -> None:
    """Nobody watches."""


def _worked(function: Callable[[T], R], batch: T) -> R:
    """Cycles are not looked for while a batch is worked on: looking takes as long as the work, which makes none."""
    looks = gc.isenabled()
    gc.disable()
    try:
        return function(batch)
    finally:
        if looks:
            gc.enable()


class Workers:
    """Processes for per-record work, started when first needed (default: one a core). Use as a context manager.

    `told` hears of the progress from whoever maps.
    """

    def __init__(self, processes: int | None = None, told: Told = quietly) -> None:
        self.told = told
        self.processes = processes if processes is not None else (os.cpu_count() or 1)
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def map(self, function: Callable[[T], R], batches: Iterable[T], apart: bool = True) -> Iterator[R]:
        """`function` of each batch, in order. `apart` false: here, since starting processes would cost more."""
        work = partial(_worked, function)
        if not apart or self.processes < 2:
            yield from map(work, batches)
            return
        under_way: deque[Future[R]] = deque()
        for batch in batches:
            under_way.append(self._started().submit(work, batch))
            if len(under_way) >= 2 * self.processes:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:  # spawned, not forked: DuckDB and Arrow have threads
            self._pool = ProcessPoolExecutor(
                self.processes, mp_context=get_context("spawn"), initializer=_end_with_parent
            )
        return self._pool


def _end_with_parent() -> None:
    """A worker whose parent was killed ends too: nobody would ever ask it again."""
    if parent := parent_process():
        Thread(target=_wait_for, args=(parent.sentinel,), daemon=True).start()


def _wait_for(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)
