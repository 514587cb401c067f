"""Verbs of the lab: the invented portal, served and crawled on this machine."""

import subprocess
import sys
from datetime import datetime

import click

from pipeline.commands.common import Instant, data_option, out
from pipeline.errors import BadInput
from pipeline.paths import Paths


@click.group()
def lab() -> None:
    """The invented portal: serve it, crawl it.

    黑猫's structure, made-up content, on this machine only: for demonstration and tests.
    """


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
