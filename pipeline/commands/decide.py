"""Verbs for what people decide: aliases, merges, the calendar."""

from datetime import date
from pathlib import Path

import click
import pyarrow.parquet as pq
from rich.table import Table

from pipeline.commands.common import console, data_option, out
from pipeline.errors import BadInput
from pipeline.paths import Paths

WHO = click.option("--who", envvar="SINKRATE_WHO", help="Who decides (or SINKRATE_WHO).")


def _work_table(paths: Paths, name: str) -> Path:
    path = paths.work / "tables" / f"{name}.parquet"
    if not path.is_file():
        raise BadInput(f"{path} does not exist: run `sinkrate run` first")
    return path


@click.group()
def aliases() -> None:
    """Printed names people still have to decide about."""


@aliases.command()
@click.option("--list", "only_list", is_flag=True, help="Print the open names and end.")
@WHO
@data_option
@click.pass_obj
def review(paths: Paths, only_list: bool, who: str | None) -> None:
    """Go through open names with the reviewed name each resembles; write decisions with who, when and why."""
    from pipeline.intake.proposals import proposals
    from pipeline.intake.resolve import Resolver

    found = proposals(pq.read_table(_work_table(paths, "complaints_in")), Resolver.load(paths.reference))
    table = Table(
        "printed name", "complaints", "resembles", "platform", "score", "portal ids", title=f"{len(found)} open names"
    )
    for row in found:
        table.add_row(row.name, str(row.n_complaints), row.known_name, row.platform, str(row.score), row.platform_refs)
    out.print(table)
    if not only_list:
        _ask(paths, found, who or click.prompt("who decides"))


def _ask(paths: Paths, found: list, who: str) -> None:  # type: ignore[type-arg]
    from pipeline.intake.proposals import decide

    for row in found:
        question = f"{row.name} ({row.n_complaints} complaints): is it {row.known_name} [{row.platform}]?"
        answer = click.prompt(
            question, type=click.Choice(["same", "different", "unsure", "skip", "stop"]), default="skip"
        )
        if answer == "stop":
            return
        if answer != "skip":
            why = click.prompt("why")
            decide(paths.reference / "aliases.csv", row.name, row.platform, answer, who, date.today(), why)  # noqa: DTZ011


@click.group()
def merges() -> None:
    """Take back a merge."""


@merges.command()
@click.argument("complaint")
@click.option("--why", required=True, help="Why these are two disputes.")
@WHO
@data_option
@click.pass_obj
def undo(paths: Paths, complaint: str, why: str, who: str | None) -> None:
    """Let COMPLAINT (portal/ref) stand alone from the next run on; the decision is published in the ledger."""
    from pipeline.group.undone import undo as write

    members = pq.read_table(_work_table(paths, "members"), filters=[("complaint", "=", complaint)]).to_pylist()
    if not members:
        raise BadInput(f"{complaint}: no such complaint in the last run; give portal/ref, such as heimao/17300000001")
    case = members[0]["case_id"]
    if case == complaint and not _has_company(paths, complaint):
        raise BadInput(f"{complaint} stands alone already")
    write(paths.reference / "unmerged.csv", complaint, case, who or click.prompt("who decides"), date.today(), why)  # noqa: DTZ011
    console.print(f"{complaint} leaves case {case} at the next `sinkrate run`")


def _has_company(paths: Paths, case: str) -> bool:
    return bool(pq.read_table(_work_table(paths, "members"), filters=[("case_id", "=", case)]).num_rows > 1)


@click.group()
def calendar() -> None:
    """The calendar of working days."""


@calendar.command()
@data_option
@click.pass_obj
def check(paths: Paths) -> None:
    """Say which years are official, which are missing, and where the notice is published."""
    from pipeline.workdays import Calendar

    held = Calendar.load(paths.reference / "workdays")
    table = Table("year", "status", "notice", "issued on", "address")
    issued = {notice.number: str(notice.issued_on) for notice in held.notices}
    rows = held.report()
    missing = [row.year for row in rows if row.number is None]
    for row in rows:
        if row.number is not None:
            table.add_row(str(row.year), row.status, row.number, issued[row.number], row.url or "–")
    if missing:
        table.add_row(f"{missing[0]}–{missing[-1]}", "estimated", "–", "–", "–")
    out.print(table)
    if missing:
        out.print(_missing(missing[0], held.first_undecided(7), [notice.issued_on for notice in held.notices][-2:]))


def _missing(year: int, undecided: date, issued: list[date]) -> str:
    return (
        f"No notice is held for {year}. Its days are estimated and make nobody late: complaints handed over on {undecided} or after "
        f"have no deadline of 7 working days yet. The State Council's General Office publishes 关于{year}年部分节假日安排的通知 on "
        f"https://www.gov.cn/zhengce/ (the last two were issued on {' and '.join(map(str, issued))}). "
        f"Type it into data/reference/workdays/{year}.yml like its neighbours, then run again: what was open is decided then."
    )
