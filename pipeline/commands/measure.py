"""Verbs that say how well the verdicts read: eval on labelled sets, sample for people to read."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from pipeline.commands.common import data_option, out
from pipeline.errors import BadInput
from pipeline.paths import PROJECT, Paths

if TYPE_CHECKING:
    from pipeline.quality import LabelledSet

KINDS = ("replies", "redaction", "names", "groups", "issues")


@click.command(name="eval")
@click.argument("what", type=click.Choice([*KINDS, "all"]))
@click.option(
    "--set", "path", type=click.Path(dir_okay=False, path_type=Path), help="Labelled set (default: tests/gold)."
)
@click.option("--write", "keep", is_flag=True, help="With all: write data/reference/quality.yml for the method page.")
def evaluate(what: str, path: Path | None, keep: bool) -> None:
    """Measure verdicts against labelled sets.

    Prints precision, recall and F1 per label and the worst mistakes. The sets that come with the project are invented
    texts; `sinkrate sample` draws real ones to label.
    """
    from pipeline import quality

    if keep and (what != "all" or path):
        raise BadInput("--write keeps the figures of every committed set: sinkrate eval all --write")
    if path and what == "all":
        raise BadInput("--set needs to know what the set labels: sinkrate eval replies --set FILE")
    sets = [quality.LabelledSet(what, str(path.resolve()), "given")] if path else quality.sets_of(what)
    entries = [_measured(one) for one in sets]
    if keep:
        quality.write(entries)
        out.print(f"figures of {len(entries)} sets → {quality.QUALITY.relative_to(PROJECT)}")


def _measured(one: "LabelledSet") -> dict[str, object]:
    """Print the report on one set; its entry for quality.yml."""
    from pipeline import quality
    from pipeline.engine import SHANGHAI

    found = quality.GOLD / one.file
    if not found.is_file():
        raise BadInput(f"{found}: no such set; give --set FILE with one JSON object a line")
    report = quality.MEASURES[one.kind](found)
    out.print(f"{one.file} · {one.role}", report)
    return quality.entry(one, report, datetime.now(ZoneInfo(SHANGHAI)).date())


@click.command()
@click.argument("kind", type=click.Choice(["replies", "redaction", "names", "issues", "merges"]))
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
