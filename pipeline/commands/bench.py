"""The verb that measures: runs the scripts of tests/bench in a process of their own."""

import subprocess
import sys

import click

from pipeline.errors import BadInput
from pipeline.paths import PROJECT

MEASURES = {"grouping": "finding copies, next to the lower bound and to other libraries"}


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("what", type=click.Choice(list(MEASURES)))
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def bench(what: str, options: tuple[str, ...]) -> None:
    """Measure time, memory and quality on invented complaints.

    `sinkrate bench grouping` compares finding copies with the lower bound and with the libraries of the extra `bench`;
    `sinkrate bench grouping --sizes 10000,1000000 --out DIR/name` writes name.md and name.json, `--file FILE` measures on a
    Parquet file of yours (text, platform, origin, src), `--help` lists the rest.
    """
    script = PROJECT / "tests" / "bench" / f"{what}.py"
    if not script.is_file():
        raise BadInput(f"{script} does not exist: measuring needs a checkout of the project, not an installed package")
    done = subprocess.run([sys.executable, str(script), *options], check=False)  # noqa: S603
    if done.returncode:
        raise BadInput(f"measuring {what} ended with exit code {done.returncode}; its message stands above")
