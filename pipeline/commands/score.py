"""Verbs of the numbers: score (without publishing), notice."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import click
import pyarrow as pa
from rich.table import Table

from pipeline.commands.common import Instant, data_option, out
from pipeline.engine import SHANGHAI, Engine
from pipeline.errors import BadInput
from pipeline.paths import Paths

Row = dict[str, Any]


@click.command()
@click.option("--as-of", type=Instant(), help="With what was knowable then (default: the newest sighting).")
@data_option
@click.pass_obj
def score(paths: Paths, as_of: datetime | None) -> None:
    """Print the scorecards as knowable at a time, without publishing.

    Sightings, not hindsight: what was seen later is not read. Nothing below DATA/public changes.
    """
    from pipeline.flow import score as scored

    with TemporaryDirectory() as folder, Engine(Path(folder)) as engine:
        result = scored(engine, paths, as_of, lambda _: None)
        if not result.tables["complaints"].num_rows:
            raise BadInput(f"nothing had been seen by {result.as_of.isoformat()}: give a later time")
        shown = _scorecards(result.tables)
    out.print(
        f"edition {result.edition} as of {result.as_of.astimezone(ZoneInfo(SHANGHAI)):%Y-%m-%d %H:%M} +08:00, not published"
    )
    out.print(shown)


def _scorecards(tables: Mapping[str, pa.Table]) -> Table:
    """One line a platform, by falling empirical-Bayes mean; the market last."""
    names = {row["id"]: row["name"] for row in tables["platforms"].select(["id", "name"]).to_pylist()} | {"*": "全市场"}
    cells: dict[str, dict[str, Row]] = {}
    for row in tables["scorecards"].to_pylist():
        if row["slice"] == "all" and (row["horizon"] in ("30d", "24h", "48h")):
            cells.setdefault(row["platform"], {})[row["measure"]] = row
    table = Table("platform", "judged", "sink rate", "low–high", "silence", "T24", "T48", "state")
    for platform in sorted(cells, key=lambda one: (one == "*", -_order(cells[one]), one)):
        own = cells[platform]
        span = f"{_share(own, 'sink_low')}–{_share(own, 'sink_high')}"
        shares = [_share(own, name) for name in ("silence_rate", "t24", "t48")]
        sink = own["sink_rate"]
        table.add_row(
            names.get(platform, platform), str(sink["n"]), _share(own, "sink_rate"), span, *shares, sink["state"]
        )
    return table


def _order(own: dict[str, Row]) -> float:
    return float(own["eb_mean"]["value"] or 0) if "eb_mean" in own else 0.0


def _share(own: dict[str, Row], measure: str) -> str:
    value = own[measure]["value"] if measure in own else None
    return "–" if value is None else f"{value:.1%}"


@click.group()
def notice() -> None:
    """The notice list: what its rule does."""


@notice.command()
@click.option(
    "--runs", default=20_000, show_default=True, type=click.IntRange(100), help="Simulated platforms per line."
)
@click.option("--seed", default=20260101, show_default=True)
def simulate(runs: int, seed: int) -> None:
    """False alarms and catches of the rule over 24 months, with over-dispersion.

    Each line: platforms with this true sink rate and so many judged cases a month; how many of them ever meet the rule.
    """
    from pipeline.score.simulate import notice_simulation

    table = Table("ρ", "true rate", "cases a month", "met the rule", "95 % interval", "median month")
    for row in notice_simulation(runs, seed).to_pylist():
        median = "–" if row["median_months"] is None else f"{row['median_months']:g}"
        interval = f"{row['low']:.2%}–{row['high']:.2%}"
        table.add_row(
            f"{row['rho']:g}", f"{row['true_rate']:.0%}", str(row["per_month"]), f"{row['value']:.2%}", interval, median
        )
    out.print(table)
