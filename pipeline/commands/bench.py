"""The verb that measures: runs the scripts of tests/bench in a process of their own."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import click

from pipeline.commands.common import out as screen
from pipeline.errors import BadInput
from pipeline.paths import PROJECT

FOLDER = PROJECT / "tests" / "bench"
HELPERS = frozenset({"portal", "results", "spider"})
"""Scripts that are parts of others."""


def measures() -> dict[str, str]:
    """Every script there is, with the first sentence of what it says of itself."""
    found = {}
    for path in sorted(FOLDER.glob("*.py")):
        source = path.read_text(encoding="utf8")
        if path.stem not in HELPERS and 'if __name__ == "__main__":' in source:
            said = (ast.get_docstring(ast.parse(source)) or "").partition("\n\n")[0]
            found[path.stem] = " ".join(said.split()).partition(". ")[0].partition(": `")[0].rstrip(".:")
    return found


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": ["-h"]})
@click.option("--out", type=click.Path(path_type=Path), help="Write NAME.md and NAME.json.", metavar="NAME")
@click.argument("what", required=False)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def bench(context: click.Context, what: str | None, out: Path | None, options: tuple[str, ...]) -> None:
    """Measure time, memory and quality on invented content.

    Without WHAT: lists what can be measured. Options go to the script: `sinkrate bench grouping --help` lists them,
    `sinkrate bench grouping --sizes 10000,1000000 --out NAME` uses them.
    """
    if what == "--help":  # behind a script's name it is the script's
        click.echo(context.get_help())
        return
    known = measures()
    if not known:
        raise BadInput(f"{FOLDER} does not exist: measuring needs a checkout of the project, not an installed package")
    if what is None:
        screen.print("\n".join(f"{name.ljust(max(map(len, known)))}  {about}" for name, about in known.items()))
        return
    if what not in known:
        raise BadInput(f"nothing to measure is called {what}; there are {', '.join(known)}")
    _run(what, out, options)


def _run(what: str, out: Path | None, options: tuple[str, ...]) -> None:
    paths = [str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, str(FOLDER / f"{what}.py"), *options]
    if out is not None:  # results.py lies beside the scripts, outside the package
        command = [sys.executable, str(FOLDER / "results.py"), str(out.with_suffix("").resolve()), *command]
    done = subprocess.run(command, env=environment, check=False)  # noqa: S603
    if done.returncode:
        raise BadInput(f"measuring {what} ended with exit code {done.returncode}; its message stands above")
