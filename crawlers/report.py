"""The report of one crawl: counts, and whether they deserve trust."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pydantic import AwareDatetime, Field, ValidationError

from crawlers.coverage import coverage
from crawlers.landing import settle_findings
from crawlers.run_state import Run
from pipeline.errors import BadInput
from pipeline.model import Record

_ENOUGH = 20  # records before a share of filled fields says anything
_SOME = 3  # a single odd page is a finding, not a distrusted run


class CrawlReport(Record):
    """What one run did. Counts of a resumed run cover the whole run; fetches and waiting only the last part.

    `coverage`: share of the portal's own counter that was met, by the counter's name. `latest_ids`: lowest and highest
    number on the latest list. `rolled_off`: numbers that passed it unseen since the run before, and how many
    complaints they hold at least and at most.

    `items`: new, changed, same against the last sighting. `refused`, `gone`, `retries`, `findings`, `fetches`: by
    kind. `elsewhere`: links and redirects that leave the portal, by host, never followed. `lists`: how walks of
    lists ended; `relevance`: listed complaints kept and left, by why; `blocked`: what a rendered page was not allowed
    to ask for. `control`: the portal's own counters. `complete`: every page was asked for; `gaps` of them stayed unseen. `problems`: why not to trust the run.
    """

    portal: str
    run: str
    home: str
    pace: str
    started_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    complete: bool = False
    listed: int = 0
    planned: int = 0
    items: dict[str, int] = Field(default_factory=dict)
    gone: dict[str, int] = Field(default_factory=dict)
    refused: dict[str, int] = Field(default_factory=dict)
    gaps: int = 0
    retries: dict[str, int] = Field(default_factory=dict)
    fetches: dict[str, int] = Field(default_factory=dict)
    pages: dict[str, int] = Field(default_factory=dict)
    elsewhere: dict[str, int] = Field(default_factory=dict)
    lists: dict[str, int] = Field(default_factory=dict)
    relevance: dict[str, int] = Field(default_factory=dict)
    blocked: dict[str, int] = Field(default_factory=dict)
    findings: dict[str, int] = Field(default_factory=dict)
    filled: dict[str, int] = Field(default_factory=dict)
    control: dict[str, int] = Field(default_factory=dict)
    collected: dict[str, int] = Field(default_factory=dict)
    coverage: dict[str, float] = Field(default_factory=dict)
    latest_ids: tuple[int, int] | None = None
    rolled_off: dict[str, int] = Field(default_factory=dict)
    waited_seconds: float = 0.0
    problems: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0, or 3 when the run is not to be trusted."""
        return 3 if self.problems or not self.complete else 0


def read_report(path: Path) -> CrawlReport | None:
    """The report of an earlier run; null when there is none."""
    if not path.exists():
        return None
    try:
        return CrawlReport.model_validate_json(path.read_text(encoding="utf8"))
    except ValidationError as error:
        raise BadInput(f"{path}: not a crawl report; move it away and run again ({error})") from error


def last_report(folder: Path, without: str) -> CrawlReport | None:
    """The report of the portal's newest run but this one."""
    found = (read_report(path) for path in folder.glob("*.report.json") if path.name != f"{without}.report.json")
    return max((report for report in found if report), key=lambda report: (report.started_at, report.run), default=None)


def write_report(path: Path, report: CrawlReport) -> CrawlReport:
    """Replace the report at once, never half of it."""
    draft = path.with_suffix(".part")
    draft.write_text(report.model_dump_json(indent=2) + "\n", encoding="utf8")
    draft.replace(path)
    return report


def close_report(run: Run, begun: CrawlReport, ended_at: datetime, errors: int) -> CrawlReport:
    """The final report of a run. `errors`: error lines in the log, each a page the code itself stumbled over."""
    kinds: dict[str, int] = {}
    for found in settle_findings(run):
        kinds[found.kind] = kinds.get(found.kind, 0) + 1
    plain = {name: dict(sorted(run.counts[name].items())) for name in
             ("items", "gone", "refused", "retries", "fetches", "pages", "elsewhere", "lists", "relevance", "blocked")}  # fmt: skip
    problems = [*run.problems, *_distrust(run)]
    if errors:
        problems.append(
            f"{errors} errors in {run.order.files.log.name}: some pages were not read; see the log, run again"
        )
    return begun.model_copy(update={
        **plain, "ended_at": ended_at, "complete": run.ended == "finished", "listed": run.listed,
        "planned": len(run.planned), "gaps": len(run.gaps), "findings": dict(sorted(kinds.items())),
        "filled": dict(sorted(run.filled.items())), "control": run.control,
        "collected": dict(sorted(run.collected.items())), "coverage": coverage(run.collected, run.control),
        "latest_ids": run.latest_ids,
        "waited_seconds": round(run.waited_seconds, 3), "problems": tuple(problems),
    })  # fmt: skip


def _distrust(run: Run) -> Iterator[str]:
    """Why the run is not what portal.yml expects."""
    name, expect = f"{run.order.facts.slug}/{run.order.files.run}", run.order.facts.expect
    alive = sum(run.counts["items"].values())
    if run.problems:
        return  # the first reason is enough; the rest follows from it
    if run.ended != "finished":
        yield f"{name}: stopped before the end ({run.ended}); the same command continues it"
        return
    if not run.landed:
        yield f"{name}: no complaint landed; check --home, --since and robots.txt"
    if run.listed < expect.min_items:
        yield f"{name}: {run.listed} complaints listed, at least {expect.min_items} expected; look at the home page"
    if alive >= _ENOUGH:
        yield from _unfilled(run, name, alive)
    yield from _shares(run, name, alive)


def _unfilled(run: Run, name: str, alive: int) -> Iterator[str]:
    for field, least in run.order.facts.expect.min_fill.items():
        if run.filled[field] < least * alive:
            yield f"{name}: {field} filled on {run.filled[field]} of {alive} pages, {least:.0%} expected; read a page"


def _shares(run: Run, name: str, alive: int) -> Iterator[str]:
    gone, pages = sum(run.counts["gone"].values()), run.counts["pages"]
    unseen = sum(found.detail != "not seen: robots" for found in run.gaps.values())
    counts = {"gap": unseen, "changed": pages["changed"], "gone": gone, "unknown": pages["unknown"]}
    tried = alive + gone + unseen + pages["changed"]
    for kind, most in run.order.facts.expect.max_share.items():
        if counts[kind] >= _SOME and counts[kind] > most * tried:
            yield f"{name}: {counts[kind]} of {tried} pages {kind}, at most {most:.0%} expected; see the findings"
