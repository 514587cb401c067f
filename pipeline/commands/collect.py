"""Verbs that bring complaints in: crawl, import."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from pipeline.commands.common import Instant, console, counter, data_option, out, steps
from pipeline.paths import Paths


@click.command()
@click.argument("portal")
@click.option(
    "--home", metavar="URL", help="Home page to start from; default: the portal's own. A loopback URL is a replica."
)
@click.option(
    "--pace", type=click.Choice(["polite", "lab"]), help="lab: no delay, 8 at a time, loopback only (its default)."
)
@click.option("--now", type=Instant(), help="Time to write as seen_at (loopback homes only).")
@click.option("--since", type=Instant(), help="Follow only list items dated this day or later.")
@data_option
@click.pass_obj
def crawl(
    paths: Paths, portal: str, home: str | None, pace: str | None, now: datetime | None, since: datetime | None
) -> None:
    """Collect a portal's public pages.

    They land in DATA/raw/PORTAL/<run>.jsonl, one record a line.

    A live portal needs SINKRATE_CONTACT (an address for its operators) and is asked at most every 2 seconds.
    Started again after an interruption, a run goes on where it stopped.
    """
    from crawlers.run import crawl as collect
    from pipeline.portals import facts

    address, day = home or facts(portal).home, since.date() if since else None
    with steps(1) as bar:
        report = collect(portal, address, paths.data, pace=pace, now=now, since=day, progress=counter(bar, portal))
    console.print(_crawl_table(report.model_dump()))
    for problem in report.problems:
        console.print(f"[bold red]sinkrate:[/] {problem}")
    sys.exit(report.exit_code)


def _crawl_table(report: dict[str, Any]) -> Table:
    """What a crawl did, kinds with their counts."""
    table = Table(title=f"{report['portal']} run {report['run']}", show_header=False)
    for name in (
        "listed",
        "planned",
        "items",
        "pages",
        "gone",
        "refused",
        "gaps",
        "retries",
        "elsewhere",
        "findings",
        "control",
        "waited_seconds",
    ):
        value = report[name]
        counts = (
            " · ".join(f"{kind} {count}" for kind, count in value.items()) if isinstance(value, dict) else str(value)
        )
        table.add_row(name, counts or "none")
    return table


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
