"""Verbs that bring complaints in and keep them: crawl, reparse, purge, new-portal, import."""

import re
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from pipeline.commands.common import Instant, console, counter, data_option, out, steps
from pipeline.errors import BadInput
from pipeline.paths import PROJECT, Paths
from pipeline.portals import facts, slugs

_ALL = "all"
_COUNTS = ("listed", "planned", "items", "pages", "gone", "refused", "gaps", "retries", "elsewhere", "findings", "control")  # fmt: skip
_IF_ANY = ("collected", "coverage", "latest_ids", "rolled_off", "lists", "relevance", "blocked")


def _options(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def add(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return add


_CRAWL_OPTIONS = _options(
    click.option(
        "--home", "homes", metavar="[PORTAL=]URL", multiple=True,
        help="Page to start from; default: the portal's own. A loopback URL is a replica. With `all`: PORTAL=URL.",
    ),
    click.option("--pace", type=click.Choice(["polite", "lab"]), help="lab: no delay, 8 at a time, loopback only (its default)."),
    click.option("--now", type=Instant(), help="Time to write as seen_at (loopback homes only)."),
    click.option("--since", type=Instant(), help="Follow only list items dated this day or later."),
    click.option("--full", is_flag=True, help="Read every list to its end and see every known complaint again."),
    click.option(
        "--budget", type=click.IntRange(min=1), metavar="N",
        help="Ask for at most N pages, then stop; the same command goes on. Default: portal.yml's, or 20000.",
    ),
)  # fmt: skip


@click.command()
@click.argument("portal")
@_CRAWL_OPTIONS
@data_option
@click.pass_obj
def crawl(paths: Paths, /, portal: str, homes: tuple[str, ...], since: datetime | None, **more: Any) -> None:
    """Collect the public pages of PORTAL, or of `all` open portals.

    Records land in DATA/raw/PORTAL/<run>.jsonl, one a line; every page in DATA/archive/PORTAL/<run>.warc.gz.

    A live portal needs SINKRATE_CONTACT (an address for its operators) and is asked at most every 2 seconds.
    Started again after an interruption, a run goes on where it stopped. A file DATA/raw/PORTAL/STOP switches a portal off.

    `all` crawls the portals at the same time, each in its own process: one that fails never stops the others, and the
    exit code is 3 if any did.

    \b
    sinkrate crawl heimao --budget 500      a first careful look
    sinkrate crawl all                      what a timer runs every few hours
    sinkrate crawl heimao --full            now and then: everything again, to find what was edited or removed
    """
    more["since"] = since.date() if since else None
    if portal == _ALL:
        sys.exit(_crawl_all(paths, homes, more))
    sys.exit(_crawl_one(paths, portal, homes, more))


def _crawl_one(paths: Paths, portal: str, homes: tuple[str, ...], more: dict[str, Any]) -> int:
    from crawlers.run import crawl as collect

    _check_open(portal)
    home = _homes(homes, portal).get(portal) or facts(portal).home
    with steps(1) as bar:
        report = collect(portal, home, paths.data, progress=counter(bar, portal), **more)
    _show(report.model_dump())
    return report.exit_code


def _crawl_all(paths: Paths, homes: tuple[str, ...], more: dict[str, Any]) -> int:
    from crawlers.together import Job, crawl_together

    given, bad = _homes(homes, None), 0
    jobs = [Job(slug, given.get(slug) or facts(slug).home, paths.data, more) for slug in _open_portals(paths)]
    with steps(len(jobs)) as bar:
        bar.update(bar.task_ids[0], description="portals")
        tasks = {job.portal: bar.add_task(job.portal, total=None) for job in jobs}
        ended = []
        for one in crawl_together(jobs, lambda slug, done, total: bar.update(tasks[slug], completed=done, total=total)):
            ended.append(one)
            bar.advance(bar.task_ids[0])
    for portal, code, report, why in sorted(ended, key=lambda one: one.portal):
        bad += code != 0
        _show(report.model_dump() if report else {"portal": portal, "problems": [f"{portal}: {why}"]})
    console.print(f"{len(jobs) - bad} of {len(jobs)} portals collected without a problem")
    return 3 if bad else 0


def _open_portals(paths: Paths) -> list[str]:
    """Every portal that still exists and that nobody has switched off."""
    found = [slug for slug in slugs() if not facts(slug).closed]
    for slug in found:
        if (paths.raw / slug / "STOP").exists():
            console.print(f"{slug}: switched off ({paths.raw / slug / 'STOP'} exists)", markup=False)
    return [slug for slug in found if not (paths.raw / slug / "STOP").exists()]


def _check_open(portal: str) -> None:
    known = facts(portal)
    if known.closed:
        raise BadInput(
            f"{portal} ({known.name}) no longer exists: nothing is crawled; saved pages and old exports come in "
            "through `sinkrate import`"
        )


def _homes(given: Iterable[str], portal: str | None) -> dict[str, str]:
    """Portal → address from `PORTAL=URL`; a bare URL is the home of `portal`."""
    found: dict[str, str] = {}
    for text in given:
        match = re.fullmatch(r"(?:([a-z0-9]+)=)?(https?://.*)", text)
        slug = match[1] or portal if match else None
        if match is None or slug is None or (portal or slug) != slug or slug not in slugs():
            wanted = "URL" if portal else "PORTAL=URL, with a portal out of " + ", ".join(slugs())
            raise BadInput(f"--home {text}: write {wanted}, e.g. {'' if portal else 'heimao='}http://127.0.0.1:8700/")
        found[slug] = match[2]
    return found


def _show(report: dict[str, Any]) -> None:
    if "run" in report:
        console.print(_crawl_table(report))
    for problem in report["problems"]:
        console.print(f"[bold red]sinkrate:[/] {escape(problem)}")


def _crawl_table(report: dict[str, Any]) -> Table:
    """What a crawl did, kinds with their counts."""
    table = Table(title=f"{report['portal']} run {report['run']}", show_header=False)
    for name in (*_COUNTS, *(name for name in _IF_ANY if report[name]), "waited_seconds"):
        table.add_row(name, escape(_counted(name, report[name])))
    return table


def _counted(name: str, value: Any) -> str:
    if name == "latest_ids":
        return f"{value[0]} to {value[1]}"
    if isinstance(value, dict):
        merchants = sum(kind.startswith("merchant:") for kind in value)  # one line each is for the report file
        value = {kind: count for kind, count in value.items() if not kind.startswith("merchant:")}
        value = value | ({"merchants": merchants} if merchants and name != "coverage" else {})
        shown = {kind: f"{count:.1%}" if name == "coverage" else str(count) for kind, count in value.items()}
        return " · ".join(f"{kind} {count}" for kind, count in shown.items()) or "none"
    return str(value)


@click.command()
@click.argument("portal", required=False)
@click.option("--dry-run", is_flag=True, help="Only count what would change; exit code 1 if anything would.")
@data_option
@click.pass_obj
def reparse(paths: Paths, portal: str | None, dry_run: bool) -> None:
    """Make the raw records again from the archived pages, without the network.

    PORTAL, or every portal that was crawled. With the parser that made them the files come out byte for byte; after a
    correction of a parser this is how it reaches history. A run whose archive is gone keeps its records.

    \b
    sinkrate reparse heimao --dry-run       what would the corrected parser change?
    sinkrate reparse heimao                 change it; then `sinkrate run` and `sinkrate build`
    """
    from crawlers.reparse import reparse as again

    chosen = [portal] if portal else [slug for slug in slugs() if (paths.raw / slug).is_dir()]
    if not chosen:
        raise BadInput(f"{paths.raw}: no portal was crawled into this directory; give another --data")
    table = Table("run", "records", "changed", "added", "lost", "findings", title="dry run" if dry_run else "reparsed")
    differs = False
    for slug in chosen:
        for done in again(slug, paths.data, dry_run=dry_run, progress=lambda run, slug=slug: console.print(f"{slug} {run}", style="dim")):  # type: ignore[misc]  # fmt: skip
            differs = differs or not done.is_same
            said = (
                "no archive: left as it is" if done.without_archive else "differ" if done.findings_changed else "same"
            )
            table.add_row(f"{slug} {done.run}", *map(str, done[1:5]), said)
    console.print(table)
    sys.exit(1 if dry_run and differs else 0)


@click.command()
@click.option(
    "--older-than", type=click.IntRange(min=1), required=True, metavar="DAYS", help="Age of a run's newest page."
)
@click.option(
    "--only", type=click.Choice(["archive", "raw"]), help="Archived pages or raw records alone; default: both."
)
@click.option("--apply", "do", is_flag=True, help="Do it. Without this nothing is touched.")
@click.option("--now", type=Instant(), help="The day to count back from (default: now).")
@data_option
@click.pass_obj
def purge(paths: Paths, older_than: int, only: str | None, do: bool, now: datetime | None) -> None:
    """Let go of people's words that are old enough.

    A run goes as a whole once its newest page is older than DAYS: its archive shrinks to the digests of its pages, its raw
    records lose author, body and the complainant's texts. Dates, amounts, statuses, the platform's replies and all digests
    stay, so no rate changes. What is gone cannot be made again with `sinkrate reparse`.

    \b
    sinkrate purge --older-than 730             which files, how many records and bytes would go
    sinkrate purge --older-than 730 --apply     let them go
    """
    from crawlers.purge import KINDS, apply, plan

    before = (now or datetime.now(UTC)) - timedelta(days=older_than)
    going = plan(paths.data, before, [kind for kind in KINDS if only in (None, kind)])
    table = Table("file", "holds", "newest page", "records", "bytes", title=f"older than {before:%Y-%m-%d}")
    for old in going.files:
        name = str(old.path.relative_to(paths.data))
        table.add_row(escape(name), old.kind, f"{old.newest_at:%Y-%m-%d}", str(old.records), f"{old.bytes:,}")
    console.print(table)
    told = f"{len(going.files)} files, {going.records} pages and records, {going.bytes:,} bytes"
    if do:
        out.print(f"purged: {told}; {apply(going):,} bytes freed")
    else:
        out.print(f"would go: {told}; nothing was touched (--apply does it)")


@click.command(name="new-portal")
@click.argument("slug")
@click.option("--name", metavar="NAME", help="The portal's name as printed, e.g. 黑猫投诉.")
@click.option("--home", metavar="URL", help="Its first public page.")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), default=PROJECT, hidden=True)
def new_portal(slug: str, name: str | None, home: str | None, into: Path) -> None:
    """Write the folders of a new portal: facts, parser, spider, a saved page, its expectation.

    SLUG is 2 to 20 small letters and digits, a letter first. Nothing existing is touched. What was written imports, and
    its tests fail, each saying what to read and fill in next. crawlers/README.md goes with you through it.

    \b
    sinkrate new-portal qingsu --name 轻诉 --home https://portal.example/
    """
    from crawlers.new_portal import write_portal

    for path in write_portal(into, slug, name=name, home=home):
        out.print(f"wrote {path.relative_to(into)}", markup=False)
    out.print(
        f"next: crawlers/README.md, then  .venv/bin/pytest tests/portals tests/crawlers/test_new_portal.py -k {slug}",
        markup=False,
    )


@click.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map", "mapping", metavar="NAME|FILE.yml", help="Column mapping; default: the reviewed one that fits the header."
)
@click.option("--now", type=Instant(), help="Time of the import (default: now).")
@data_option
@click.pass_obj
def import_(paths: Paths, file: Path, mapping: str | None, now: datetime | None) -> None:
    """Land complaints people already scraped.

    FILE is CSV, JSON Lines or XLSX.
    Says how many rows were read, new, repeated and refused, and why. Imported complaints are listed but enter no rate
    until their page was seen by a crawl.
    """
    from pipeline.intake.imports import import_file

    report = import_file(file, paths.raw, paths.reference, mapping, now or datetime.now(UTC))
    out.print(
        f"{report.file} (map {report.mapping}): {report.read} rows read · {report.new} new · {report.repeated} repeated · "
        f"{len(report.refused)} refused · {report.headers} repeated headers skipped · {report.repaired} rows with repaired encoding"
    )
    for line, reason in report.refused:
        out.print(f"  line {line}: {reason}", markup=False)
    sys.exit(1 if report.refused else 0)
