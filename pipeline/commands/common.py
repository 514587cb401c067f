"""What all verbs share: times, the data directory, progress, the two consoles."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pipeline.engine import SHANGHAI
from pipeline.paths import Paths

console = Console(stderr=True, highlight=False)
out = Console(highlight=False, soft_wrap=True)


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


def data_option(command: click.decorators.FC) -> click.decorators.FC:
    """`--data` also behind the verb."""

    def take(ctx: click.Context, _: click.Parameter, value: Path | None) -> None:
        if value is not None:
            ctx.obj = Paths(value.resolve())

    kind = click.Path(file_okay=False, path_type=Path)
    return click.option("--data", type=kind, callback=take, expose_value=False, help="Data directory (default: data).")(
        command
    )


@contextmanager
def steps(total: int) -> Iterator[Progress]:
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=False) as bar:
        bar.add_task("", total=total)
        yield bar


def counter(bar: Progress, name: str) -> Callable[[int, int], None]:
    """A progress bar told how much is done of how much."""
    return lambda done, total: bar.update(bar.task_ids[0], description=name, completed=done, total=total)
