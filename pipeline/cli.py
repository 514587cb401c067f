"""The command line: every verb of sinkrate. The only place of `pipeline` that asks what time it is."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from pipeline.engine import SHANGHAI
from pipeline.errors import BadInput, SinkrateError
from pipeline.paths import Paths

console = Console(stderr=True, highlight=False)
out = Console(highlight=False, soft_wrap=True)

EPILOG = """\b
Exit codes: 0 done · 1 some lines or rows were refused · 2 wrong input or option
            3 a portal's page was refused or not understood · 4 the gate refused to publish"""


class Instant(click.ParamType[datetime]):
    """An ISO time; without a zone it is Shanghai's."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            at = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a time: write 2026-11-20 or 2026-11-20T12:00:00+08:00", param, ctx)
        return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(SHANGHAI))


class Verbs(click.Group):
    """Turns errors raised on purpose into one clear message and an exit code that means something."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except SinkrateError as error:
            console.print(f"[bold red]sinkrate:[/] {error}", markup=True)
            ctx.exit(error.exit_code)
            return None


@click.group(
    cls=Verbs, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("data"),
    show_default=True,
    help="Data directory.",
)
@click.version_option(package_name="sinkrate")
@click.pass_context
def main(ctx: click.Context, data: Path) -> None:
    """石沉榜: public complaints about sellers of virtual goods → per-platform scorecards anyone can check.

    \b
    The whole way:  sinkrate crawl heimao   collect public pages        → DATA/raw
                    sinkrate run            redact, group, judge, score → DATA/public/sinkrate.db
                    sinkrate build          the website                 → DATA/public/site
                    sinkrate serve          both on this machine
    Without a portal at hand, `sinkrate lab crawl` collects from an invented one.
    """
    ctx.obj = Paths(data.resolve())


def data_option(command: click.decorators.FC) -> click.decorators.FC:
    """`--data` also behind the verb."""

    def take(ctx: click.Context, _: click.Parameter, value: Path | None) -> None:
        if value is not None:
            ctx.obj = Paths(value.resolve())

    kind = click.Path(file_okay=False, path_type=Path)
    return click.option("--data", type=kind, callback=take, expose_value=False, help="Data directory (default: data).")(
        command
    )


@main.command()
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
    """Collect a portal's public pages into DATA/raw/PORTAL/<run>.jsonl, one record a line.

    A live portal needs SINKRATE_CONTACT (an address for its operators) and is asked at most every 2 seconds.
    Started again after an interruption, a run goes on where it stopped.
    """
    from crawlers.run import crawl as collect
    from pipeline.portals import facts

    address, day = home or facts(portal).home, since.date() if since else None
    with _steps(1) as bar:
        report = collect(portal, address, paths.data, pace=pace, now=now, since=day, progress=_counter(bar, portal))
    console.print(_crawl_table(report.model_dump()))
    for problem in report.problems:
        console.print(f"[bold red]sinkrate:[/] {problem}")
    sys.exit(report.exit_code)


def _counter(bar: Progress, name: str) -> Callable[[int, int], None]:
    """A progress bar told how much is done of how much."""
    return lambda done, total: bar.update(bar.task_ids[0], description=name, completed=done, total=total)


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


@main.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map", "mapping", metavar="NAME|FILE.yml", help="Column mapping; default: the reviewed one that fits the header."
)
@click.option("--now", type=Instant(), help="Time of the import (default: now).")
@data_option
@click.pass_obj
def import_(paths: Paths, file: Path, mapping: str | None, now: datetime | None) -> None:
    """Land complaints from a CSV, JSON Lines or XLSX file people already have.

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


@contextmanager
def _steps(total: int) -> Iterator[Progress]:
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=False) as bar:
        bar.add_task("", total=total)
        yield bar


@main.command()
@click.option("--as-of", type=Instant(), help="Judge with what was knowable then (default: the newest sighting).")
@click.option(
    "--accept-shrink", multiple=True, metavar="TABLE", help="Publish although this table shrank by more than half."
)
@data_option
@click.pass_obj
def run(paths: Paths, as_of: datetime | None, accept_shrink: tuple[str, ...]) -> None:
    """From DATA/raw to the public database: intake, group, judge, score, gate, publish.

    A run that fails leaves the last good edition standing.
    """
    from pipeline.flow import STAGES
    from pipeline.flow import run as flow

    with _steps(len(STAGES)) as bar:
        result = flow(
            paths, as_of, accept_shrink, lambda stage: bar.update(bar.task_ids[0], description=stage, advance=1)
        )
    shown = ("complaints", "cases", "platforms", "findings")
    sizes = " · ".join(f"{result.rows[name]} {name}" for name in shown)
    out.print(
        f"edition {result.edition} as of {result.as_of.astimezone(ZoneInfo(SHANGHAI)):%Y-%m-%d %H:%M} +08:00 · {sizes}"
    )


@main.command()
@click.option(
    "--data-url",
    default="/data/",
    show_default=True,
    help="Where Datasette answers; each number links to its SQL there.",
)
@data_option
@click.pass_obj
def build(paths: Paths, data_url: str) -> None:
    """Render the website from the public database into DATA/public/site."""
    from pipeline.publish.publishing import build_edition

    with _steps(1) as bar:
        report = build_edition(
            paths, data_url, lambda done, total: bar.update(bar.task_ids[0], completed=done, total=total)
        )
    out.print(
        f"site of edition {report.edition}: {report.pages} pages, {report.bytes / 1e6:.1f} MB → {paths.public / 'site'}"
    )


@main.command()
@data_option
@click.pass_obj
def table(paths: Paths) -> None:
    """Print the table of scorecards of the current edition."""
    from pipeline.publish.terminal import scorecard_table

    Console(highlight=False, width=None if sys.stdout.isatty() else 118).print(
        scorecard_table(paths.public / "sinkrate.db")
    )


@main.command()
@data_option
@click.pass_obj
def check(paths: Paths) -> None:
    """Check what is published: every file of DATA/public for personal data, the database for integrity and its SQL."""
    from pipeline.publish.publishing import check_public

    problems = check_public(paths.public)
    for problem in problems:
        out.print(f"- {problem}", markup=False)
    out.print(f"{len(problems)} problems in {paths.public}")
    sys.exit(4 if problems else 0)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, help="The next free port is taken if this one is busy.")
@data_option
@click.pass_obj
def serve(paths: Paths, host: str, port: int) -> None:
    """Serve the website at / and Datasette at /data/ in one process."""
    from pipeline.publish.serve import serve as run_server

    run_server(paths.public, host, port)


@main.command()
@click.argument("stage", type=click.Choice(["redact", "replies", "resolve", "group", "outcome"]))
@data_option
@click.pass_obj
def stage(paths: Paths, stage: str) -> None:
    """Run one stage as a filter: JSON Lines on standard input and output, one line out per line in, order kept.

    \b
    redact   {id,text}                    → {id,text,marks[]}
    replies  {id,text}                    → {id,label,substantive,confidence,why}
    resolve  {id,name}                    → {id,platform,confidence,why}
    group    {id,portal,ref,platform,title,body,amount_yuan,filed_at,author,order_no} → {id,case,campaign}
    outcome  a raw record + as_of (+ horizon: 30, 7wd) → {id,rung,t0,t0_basis,state,why}
    A line that cannot be used gives {"id","error"} and exit code 1.
    """
    from pipeline.stages import format_lines
    from pipeline.stages import run as run_stage

    stdin = sys.stdin.buffer.read().decode("utf8", "replace")
    answers, errors = run_stage(stage, stdin.split("\n"), paths.reference)
    sys.stdout.buffer.write("".join(f"{line}\n" for line in format_lines(answers)).encode())
    sys.exit(1 if errors else 0)


@main.group()
def lab() -> None:
    """The invented portal for demonstration and tests: 黑猫's structure, made-up content, on this machine only."""


@lab.command(name="serve")
@click.option("--port", default=8700, show_default=True)
@click.option("--clock", type=Instant(), help="The lab's time (default: its last day).")
def lab_serve(port: int, clock: datetime | None) -> None:
    """Serve the replica on 127.0.0.1 until interrupted."""
    from crawlers.lab.server import serve as serve_lab
    from crawlers.lab.things import AS_OF
    from crawlers.lab.world import build_world

    serve_lab(
        build_world(), clock or AS_OF, port, announce=lambda url: out.print(f"the lab answers at {url}; Ctrl+C ends it")
    )


@lab.command(name="crawl")
@data_option
@click.pass_obj
def lab_crawl(paths: Paths) -> None:
    """Start the replica, crawl it at each of its visiting times, stop it."""
    from crawlers.lab.server import Lab
    from crawlers.lab.visits import VISITS
    from crawlers.lab.world import build_world

    with Lab(build_world(), clock=VISITS[0].clock) as server:
        for visit in VISITS:
            server.set_clock(visit.clock)
            command = [
                sys.executable,
                "-m",
                "pipeline.cli",
                "crawl",
                "heimao",
                "--home",
                server.url,
                "--now",
                visit.clock.isoformat(),
            ]
            command += ["--data", str(paths.data)] + (
                ["--since", visit.since.date().isoformat()] if visit.since else []
            )
            code = subprocess.run(command, check=False).returncode  # noqa: S603 -- our own command line, one process a crawl
            if code:
                raise BadInput(
                    f"the crawl of the lab at {visit.clock.isoformat()} ended with exit code {code}; see above"
                )


if __name__ == "__main__":
    main()
