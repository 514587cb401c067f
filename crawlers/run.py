"""One crawl of one portal in this process (a reactor starts once: one call a process)."""

import os
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import click
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from crawlers.archive import Archive
from crawlers.coverage import rolled_off
from crawlers.frontier import shared
from crawlers.known import known_complaints
from crawlers.pages import SHANGHAI
from crawlers.report import CrawlReport, close_report, last_report, read_report, write_report
from crawlers.resume import take_up
from crawlers.run_state import Order, Progress, Run, RunFiles, check_run_id, name_of_run
from crawlers.settings import BUDGET, is_loopback, manners
from crawlers.shared_pace import VARIABLE
from pipeline.errors import BadInput, SinkrateError
from pipeline.paths import Paths
from pipeline.portals import facts

_RESUME_WITHIN = timedelta(hours=24)


def crawl(
    portal: str,
    home: str,
    data: Path,
    *,
    pace: str | None = None,
    now: datetime | None = None,
    since: date | None = None,
    contact: str | None = None,
    run_id: str | None = None,
    full: bool = False,
    budget: int | None = None,
    progress: Progress | None = None,
) -> CrawlReport:
    """Crawl `home` into data/raw/<portal>/<run>.jsonl; an unfinished run is taken up, a finished one only reported.

    `now` (loopback only) sets seen_at and names the run; `since` leaves older complaints out; `contact` defaults to
    SINKRATE_CONTACT; `full` sees every known complaint again and reads every list to its end; `budget` is the most
    requests of this call (portal.yml's by default; none on loopback); `progress` is told (landed, planned). Raises
    BadInput; everything else is in the report.
    """
    _check(home, now)
    settings = manners(home, pace, contact or os.environ.get("SINKRATE_CONTACT"))
    pace = "lab" if "DOWNLOAD_DELAY" in settings else "polite"
    folder = _folder(data, portal)
    known_facts = facts(portal)
    if known_facts.closed:
        raise BadInput(
            f"{portal}: {known_facts.name} is closed, there is nothing to crawl; `sinkrate import` reads saved exports"
        )
    settings = shared(settings, portal, home, os.environ.get(VARIABLE))
    started_at = datetime.now(SHANGHAI).replace(microsecond=0)
    files = RunFiles(folder, check_run_id(run_id or _run_id(folder, home, now, started_at)))
    before = read_report(files.report)
    if before and before.complete and not before.gaps:
        return before
    begun = CrawlReport(
        portal=portal, run=files.run, home=home, pace=pace, started_at=before.started_at if before else started_at
    )
    last = last_report(folder, files.run)
    order = Order(
        facts=known_facts, home=home, files=files, pace=pace, now=now, since=since, full=full,
        budget=budget or (None if is_loopback(home) else known_facts.budget or BUDGET),
        sees_ground=not full and last is not None and last.complete and not last.gaps,
    )  # fmt: skip
    return _run_to_the_end(order, begun, last, settings, progress)


def _run_to_the_end(
    order: Order, begun: CrawlReport, last: CrawlReport | None, settings: dict[str, object], progress: Progress | None
) -> CrawlReport:
    files = order.files
    files.folder.mkdir(parents=True, exist_ok=True)
    known = known_complaints(files.folder, files.run)
    with Archive(files.archive) as archive:
        run = Run(order, known, archive, progress)
        take_up(run)
        write_report(files.report, begun)
        archive.begin({"portal": begun.portal, "run": files.run, "home": order.home, "pace": order.pace})
        errors = _crawl(run, settings)
    known.close()
    report = close_report(run, begun, datetime.now(SHANGHAI).replace(microsecond=0), errors)
    return write_report(files.report, report.model_copy(update={"rolled_off": rolled_off(last, report)}))


def _folder(data: Path, portal: str) -> Path:
    """Where the portal's runs lie. A file named STOP there is its kill switch."""
    folder = Paths(data).raw / portal
    if (folder / "STOP").exists():
        raise BadInput(f"{portal} is switched off: {folder / 'STOP'} exists; remove it to crawl again")
    return folder


def _check(home: str, now: datetime | None) -> None:
    if urlsplit(home).scheme not in ("http", "https") or not urlsplit(home).hostname:
        raise BadInput(f"--home {home}: an http address such as https://tousu.sina.com.cn/")
    if now is not None and not is_loopback(home):
        raise BadInput("--now is for a portal on this machine: a live page was seen when it was seen")
    if now is not None and now.utcoffset() is None:
        raise BadInput(f"--now {now}: give the offset, e.g. 2026-11-20T12:00:00+08:00")


def _run_id(folder: Path, home: str, now: datetime | None, started_at: datetime) -> str:
    """The run of `now`; else the latest unfinished run of this home in the last day; else a new one."""
    if now is not None:
        return name_of_run(now)
    for path in sorted(folder.glob("*.report.json"), reverse=True):
        report = read_report(path)
        if report and not report.complete and _is_same_crawl(report, home, started_at):
            return report.run
    return name_of_run(started_at)


def _is_same_crawl(report: CrawlReport, home: str, started_at: datetime) -> bool:
    is_recent = started_at - report.started_at < _RESUME_WITHIN
    return is_recent and urlsplit(report.home).hostname == urlsplit(home).hostname


def _crawl(run: Run, manner: dict[str, object]) -> int:
    """Run Scrapy to its end. Returns the number of errors it logged."""
    settings = Settings()
    settings.setmodule("crawlers.settings", priority="project")
    settings.update({**manner, "LOG_FILE": str(run.order.files.log)}, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(run.order.facts.slug)
    process.crawl(crawler, run=run)
    process.start()
    return int(crawler.stats.get_value("log_count/ERROR", 0)) if crawler.stats else 1


@click.command()
@click.argument("portal")
@click.option("--home", required=True)
@click.option("--data", type=click.Path(path_type=Path), required=True)
@click.option("--now", type=datetime.fromisoformat)
@click.option("--since", type=date.fromisoformat)
@click.option("--pace")
@click.option("--run")
@click.option("--full", is_flag=True)
@click.option("--budget", type=int)
def main(
    portal: str,
    home: str,
    data: Path,
    now: datetime | None,
    since: date | None,
    pace: str | None,
    run: str | None,
    full: bool,
    budget: int | None,
) -> None:
    """Crawl one portal and print the report as JSON."""
    try:
        report = crawl(portal, home, data, pace=pace, now=now, since=since, run_id=run, full=full, budget=budget)
    except SinkrateError as error:
        click.echo(str(error), err=True)
        raise SystemExit(error.exit_code) from error
    click.echo(report.model_dump_json(indent=2))
    for problem in report.problems:
        click.echo(problem, err=True)
    raise SystemExit(report.exit_code)


if __name__ == "__main__":
    main()
