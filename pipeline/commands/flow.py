"""Verbs of the flow: run, build, check, table, serve, stage."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from rich.console import Console

from pipeline.commands.common import Instant, data_option, out, stages, steps
from pipeline.engine import SHANGHAI
from pipeline.paths import Paths


@click.command()
@click.option("--as-of", type=Instant(), help="Judge with what was knowable then (default: the newest sighting).")
@click.option(
    "--accept-shrink", multiple=True, metavar="TABLE", help="Publish although this table shrank by more than half."
)
@click.option(
    "--full", is_flag=True, help="Read and ask all anew, without what DATA/work kept; the edition is the same."
)
@click.option(
    "--engine",
    metavar="spark://HOST:PORT",
    envvar="SINKRATE_ENGINE",
    help="Run on a Spark cluster (extra `cluster`, Java 17+) instead of on this machine.",
)
@click.option(
    "--scratch",
    default="",
    metavar="URL",
    help="With --engine: a folder that workers and this machine reach, a path or what Spark reads (hdfs://, s3a://). Default: DATA/work/spark.",
)
@data_option
@click.pass_obj
def run(
    paths: Paths,
    as_of: datetime | None,
    accept_shrink: tuple[str, ...],
    full: bool,
    engine: str | None,
    scratch: str,
) -> None:
    """Judge what was collected, publish the database.

    From DATA/raw: intake, group, judge, score, gate, publish to DATA/public/sinkrate.db.
    A run that fails leaves the last good edition standing. On a cluster the edition is the same, byte for byte.
    """
    from pipeline.flow import STAGES, Over
    from pipeline.flow import run as flow
    from pipeline.keeping import metrics

    started = datetime.now(UTC)
    with stages(len(STAGES)) as (begin, tell):
        result = flow(paths, as_of, accept_shrink, begin, tell, full, Over(engine, scratch) if engine else None)
    finished = datetime.now(UTC)
    seconds = (finished - started).total_seconds()
    metrics.write(paths, "run", metrics.of_run(result.edition, result.as_of, result.rows, finished, seconds))
    metrics.log(paths, "run", finished, seconds, edition=result.edition, rows=result.rows)
    shown = ("complaints", "cases", "platforms", "findings")
    sizes = " · ".join(f"{result.rows[name]} {name}" for name in shown)
    out.print(
        f"edition {result.edition} as of {result.as_of.astimezone(ZoneInfo(SHANGHAI)):%Y-%m-%d %H:%M} +08:00 · {sizes}"
    )


@click.command()
@click.option(
    "--data-url",
    default="/data/",
    show_default=True,
    help="Where Datasette answers; each number links to its SQL there. Empty: the SQL is printed on the pages.",
)
@click.option(
    "--site-url",
    default="",
    envvar="SINKRATE_SITE_URL",
    help="The address the site will have, such as https://example.org (or SINKRATE_SITE_URL). Sitemap and oEmbed need it.",
)
@click.option(
    "--contact",
    default="",
    envvar="SINKRATE_CONTACT",
    show_envvar=True,
    help="Where statements and corrections are sent: an e-mail address or a web page.",
)
@data_option
@click.pass_obj
def build(paths: Paths, data_url: str, site_url: str, contact: str) -> None:
    """Render the website from the database.

    Into DATA/public/site: Chinese at /, English at /en/. Only pages whose bytes change are written; a build that fails
    leaves the last good site standing. With the pages go the open data (/open/: CSV, JSON, Parquet, feeds, badges) and
    the edition's signed checkpoint.
    """
    from pipeline.keeping import metrics
    from pipeline.publish.publishing import build_edition

    started = datetime.now(UTC)
    with steps(1) as bar:
        report = build_edition(
            paths,
            data_url,
            lambda done, total: bar.update(bar.task_ids[0], completed=done, total=total),
            site_url,
            contact,
            os.cpu_count() or 1,
        )
    finished = datetime.now(UTC)
    seconds = (finished - started).total_seconds()
    metrics.write(paths, "build", metrics.of_build(report, finished, seconds))
    metrics.log(paths, "build", finished, seconds, edition=report.edition, pages=report.pages, written=report.written)
    out.print(
        f"site of edition {report.edition}: {report.pages} pages ({report.written} written, "
        f"{report.pages - report.written} unchanged), {report.bytes / 1e6:.1f} MB → {paths.public / 'site'}\n"
        f"open data: {report.open_files} files, {report.open_bytes / 1e6:.1f} MB → {paths.public / 'site' / 'open'}"
    )
    if report.notice:
        out.print(f"! {report.notice}", markup=False)


@click.command()
@data_option
@click.pass_obj
def table(paths: Paths) -> None:
    """Print the current edition's scorecards."""
    from pipeline.publish.terminal import scorecard_table

    Console(highlight=False, width=None if sys.stdout.isatty() else 118).print(
        scorecard_table(paths.public / "sinkrate.db")
    )


@click.command()
@data_option
@click.pass_obj
def check(paths: Paths) -> None:
    """Check all that is published.

    Personal data in the database, its integrity, its keys, and each number against its own SQL.
    """
    from pipeline.publish.publishing import check_public

    problems = check_public(paths.public)
    for problem in problems:
        out.print(f"- {problem}", markup=False)
    out.print(f"{len(problems)} problems in {paths.public}")
    sys.exit(4 if problems else 0)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8000,
    show_default=True,
    help="The next free port is taken if this one is busy.",
)
@click.option("--edition", metavar="ID", help="A kept edition instead of the current one.")
@click.option("--unix", type=click.Path(path_type=Path), metavar="PATH", help="Listen on a Unix socket, for nginx.")
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="As many as there are cores to draw pages.",
)
@data_option
@click.pass_obj
def serve(paths: Paths, host: str, port: int, edition: str | None, unix: Path | None, processes: int) -> None:
    """Serve the website and Datasette.

    The website at /, Datasette at /data/. It shows one edition until it ends.
    """
    from pipeline.publish.serving.server import serve as run_server

    run_server(paths.public, host, port, edition=edition, unix=unix, processes=processes)


@click.command()
@click.argument("stage", type=click.Choice(["redact", "replies", "resolve", "group", "outcome"]))
@data_option
@click.pass_obj
def stage(paths: Paths, stage: str) -> None:
    """Run one stage as a filter over JSON Lines.

    Standard input to standard output, one line out per line in, order kept.

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
