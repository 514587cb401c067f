"""How compiled kernels are made, kept and run: numba without the interpreter's lock, cached per version of their sources.

Kernels call each other across files, and numba looks only at a kernel's own file to see whether its cached code is
stale. So the cache lives in the user's cache folder under a digest of the files that hold kernels: a changed kernel compiles anew,
and a read-only installation works.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import numba

Result = TypeVar("Result")


def cache_folder() -> Path:
    """Where compiled code is kept; NUMBA_CACHE_DIR, else XDG_CACHE_HOME, else ~/.cache, else a private temporary folder."""
    version = hashlib.sha256()
    for source in sorted(path.read_bytes() for path in Path(__file__).parent.rglob("*.py")):
        if b"@kernel" in source:
            version.update(source)
    places = [os.environ.get("NUMBA_CACHE_DIR"), os.environ.get("XDG_CACHE_HOME"), os.path.expanduser("~/.cache")]  # noqa: PTH111
    for place in [Path(place) / "sinkrate" for place in places if place]:
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(place, os.W_OK):
            return place / version.hexdigest()[:16]
    return Path(tempfile.mkdtemp(prefix="sinkrate-"))


numba.config.CACHE_DIR = str(cache_folder())  # type: ignore[attr-defined]


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile on first call for the types it is called with; releases the interpreter's lock."""
    return numba.njit(nogil=True, cache=True, error_model="numpy")(function)


def cores() -> int:
    """How many threads kernels may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def spread(
    function: Callable[..., Result], tasks: Iterable[tuple[Any, ...]], threads: int | None = None
) -> list[Result]:
    """Results of `function(*task)` in the order of the tasks, run on as many threads as there are cores."""
    work = list(tasks)
    width = min(threads or cores(), len(work))
    if width <= 1:
        return [function(*task) for task in work]
    with ThreadPoolExecutor(width) as pool:
        return list(pool.map(lambda task: function(*task), work))
