"""What all verbs share: times, the data directory, progress, the two consoles."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

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


class RateColumn(ProgressColumn):
    """How much is done a second: `12,300/s`, empty while it is not known or less than one."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if (task.speed or 0) >= 1 else "")


@contextmanager
def stages(total: int) -> Iterator[tuple[Callable[[str], None], Callable[[str, int, int], None]]]:
    """Two bars: the stages, and what the present one works on, with its rate and the time left. Gives both their callbacks."""
    columns = (
        TextColumn("{task.description:<24}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bar:
        whole, part = bar.add_task("", total=total), bar.add_task("", total=None, visible=False)
        shown = ""

        def begin(stage: str) -> None:
            bar.update(whole, description=stage, advance=1)
            bar.update(part, visible=False)

        def tell(what: str, done: int, total: int) -> None:
            nonlocal shown
            if what != shown:
                shown = what
                bar.reset(part, description=what, total=total)
            bar.update(part, description=what, completed=done, total=total, visible=done < total)

        yield begin, tell


def counter(bar: Progress, name: str) -> Callable[[int, int], None]:
    """A progress bar told how much is done of how much."""
    return lambda done, total: bar.update(bar.task_ids[0], description=name, completed=done, total=total)
