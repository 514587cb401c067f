"""Several portals at once, each in a process of its own: one that fails, or dies, never stops the others."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any, NamedTuple, cast

from crawlers.report import CrawlReport
from crawlers.run import crawl
from pipeline.errors import SinkrateError

OnProgress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Job:
    """One portal to crawl. `more`: further arguments of crawlers.run.crawl."""

    portal: str
    home: str
    data: Path
    more: dict[str, Any]


class Ended(NamedTuple):
    """How a portal's process ended. `why` is said where there is no report."""

    portal: str
    exit_code: int
    report: CrawlReport | None = None
    why: str | None = None


class _Step(NamedTuple):
    landed: int
    planned: int


class _Child(NamedTuple):
    job: Job
    process: SpawnProcess


def crawl_together(jobs: Sequence[Job], progress: OnProgress = lambda portal, landed, planned: None) -> Iterator[Ended]:
    """Run all jobs at the same time; yields each as it ends. `progress` is told (portal, landed, planned)."""
    children = dict(_start(job) for job in jobs)
    while children:
        for pipe in wait(list(children)):
            here = cast("Connection[Any, Any]", pipe)
            said, child = _heard(here), children[here]
            if isinstance(said, _Step):
                progress(child.job.portal, *said)
                continue
            del children[here]
            child.process.join()
            here.close()
            yield said or _died(child)


def _start(job: Job) -> tuple["Connection[Any, Any]", _Child]:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(job, there), name=f"crawl {job.portal}")
    process.start()
    there.close()  # so that the child's death is heard as the end of the pipe
    return here, _Child(job, process)


def _heard(pipe: "Connection[Any, Any]") -> Ended | _Step | None:
    """What the child says next; null when it is gone without a last word."""
    try:
        said: Ended | _Step = pipe.recv()
    except (EOFError, OSError):
        return None
    return said


def _died(child: _Child) -> Ended:
    code = child.process.exitcode
    why = (
        f"its process ended with {code} and no report; see {child.job.data / 'raw' / child.job.portal}/*.log, run again"
    )
    return Ended(child.job.portal, 3, None, why)


def _work(job: Job, out: "Connection[Any, Any]") -> None:
    """The child: one crawl, told through the pipe. A parent that is gone is no reason to stop."""

    def tell(landed: int, planned: int) -> None:
        with suppress(OSError):
            out.send(_Step(landed, planned))

    try:
        report = crawl(job.portal, job.home, job.data, progress=tell, **job.more)
        ended = Ended(job.portal, report.exit_code, report)
    except SinkrateError as error:
        ended = Ended(job.portal, error.exit_code, None, str(error))
    with suppress(OSError):
        out.send(ended)
