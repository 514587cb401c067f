"""The verb that measures: runs the scripts of tests/bench in a process of their own."""

import os
import subprocess
import sys
from pathlib import Path

import click

from pipeline.errors import BadInput
from pipeline.paths import PROJECT

MEASURES = {
    "grouping": "finding copies, next to the lower bound and to other libraries",
    "texts": "what is done to each text: redaction, topics, goods, sums, replies, templates",
    "records": "writes invented raw records of any number, with their truth",
    "flow": "a whole run stage by stage, on such records",
    "score": "scorecards of a market of any size",
    "site": "pages a second, next to the bare templates",
    "data": "how fast the data pages answer",
    "crawl": "pages a second of a crawl, next to a bare spider",
    "crawl_rendered": "the same for pages a browser renders",
    "kill": "crawls killed at random and taken up again",
    "simulate": "what the method promises, on platforms whose truth is known",
    "notice": "the notice rule as an alarm",
}
FOLDER = PROJECT / "tests" / "bench"


def _listed() -> str:
    width = max(map(len, MEASURES))
    return "\n".join(f"  {name.ljust(width)}  {about}" for name, about in MEASURES.items())


@click.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": ["-h"]},
    help=f"""Measure time, memory and quality on invented content.

\b
{_listed()}

Options go to the script: `sinkrate bench grouping --help` lists them, `sinkrate bench grouping --sizes 10000,1000000` uses them.
""",
)
@click.option("--out", type=click.Path(path_type=Path), help="Write NAME.md and NAME.json.", metavar="NAME")
@click.argument("what", type=click.Choice(list(MEASURES)))
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def bench(what: str, out: Path | None, options: tuple[str, ...]) -> None:
    script = FOLDER / f"{what}.py"
    if not script.is_file():
        raise BadInput(f"{script} does not exist: measuring needs a checkout of the project, not an installed package")
    paths = [str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, str(script), *options]
    if out is not None:  # results.py lies beside the scripts, outside the package
        command = [sys.executable, str(FOLDER / "results.py"), str(out.with_suffix("").resolve()), *command]
    done = subprocess.run(command, env=environment, check=False)  # noqa: S603
    if done.returncode:
        raise BadInput(f"measuring {what} ended with exit code {done.returncode}; its message stands above")
