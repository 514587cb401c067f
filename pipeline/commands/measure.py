"""Verbs that say how well the verdicts read: eval on labelled sets, sample for people to read."""

from pathlib import Path

import click

from pipeline.commands.common import data_option, out
from pipeline.errors import BadInput
from pipeline.paths import PROJECT, Paths

GOLD = PROJECT / "tests" / "gold"


@click.command(name="eval")
@click.argument("what", type=click.Choice(["replies", "redaction"]))
@click.option(
    "--set", "path", type=click.Path(dir_okay=False, path_type=Path), help="Labelled set (default: tests/gold)."
)
def evaluate(what: str, path: Path | None) -> None:
    """Measure verdicts against a labelled set.

    Prints precision, recall and F1 per label and the worst mistakes. The sets that come with the project are invented
    texts; `sinkrate sample` draws real ones to label.
    """
    from pipeline import evaluate as measures

    found = path or GOLD / f"{what}.jsonl"
    if not found.is_file():
        raise BadInput(f"{found}: no such set; give --set FILE with one JSON object a line")
    out.print(measures.replies(found) if what == "replies" else measures.redaction(found))


@click.command()
@click.argument("kind", type=click.Choice(["replies", "redaction", "merges"]))
@click.option("--size", default=200, show_default=True, help="Rows to draw; replies are drawn evenly over labels.")
@click.option("--seed", default=1, show_default=True)
@click.option(
    "--out", "target", type=click.Path(dir_okay=False, path_type=Path), default=Path("sample.csv"), show_default=True
)
@data_option
@click.pass_obj
def sample(paths: Paths, kind: str, size: int, seed: int, target: Path) -> None:
    """Draw rows of the last run for people to read.

    Writes a CSV with an empty column `reading`. Keep it on this machine: it holds redacted texts of real people.
    """
    from pipeline.sampling import draw, write

    rows = write(draw(paths, kind, size, seed), target)
    out.print(f"{rows} rows of {kind} → {target}; fill the column reading, then compare")
