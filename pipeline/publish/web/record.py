"""The site about itself: the data dictionary, this edition, corrections."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from pipeline.model import TABLES
from pipeline.publish.web import frame
from pipeline.publish.web.figures import Count, Desk, sql_text
from pipeline.publish.web.page import Job, Shell
from pipeline.publish.web.parts import Cell, Table
from pipeline.publish.web.reading import tuples
from pipeline.schema import closed_values, descriptions, required_columns, sqlite_columns, table_description
from pipeline.score.counting import COUNTS_ONLY_BELOW
from pipeline.score.rates import wilson

_TYPES = {str: "TEXT", int: "INTEGER", float: "REAL", bytes: "BLOB"}


@dataclass(frozen=True)
class TableBlock:
    """One table of the data: its name, what it holds, its columns."""

    name: str
    what: str
    href: str
    files: tuple[tuple[str, str], ...]  # format, address below /open/
    columns: Table


@dataclass(frozen=True)
class DictionaryPage:
    shell: Shell
    tables: tuple[TableBlock, ...]


@dataclass(frozen=True)
class EditionPage:
    shell: Shell
    id: str
    as_of: str
    method_version: str
    digest: str
    counts: tuple[tuple[str, Count], ...]


@dataclass(frozen=True)
class CorrectionsPage:
    shell: Shell
    table: Table
    appeals: Table
    late: Count  # of the appeals that were due, those without a decision in time
    due: Count
    interval: str


def dictionary_jobs(desk: Desk) -> Iterator[Job]:
    yield Job("/dictionary/", partial(_dictionary, desk), lambda: ())


def edition_jobs(desk: Desk) -> Iterator[Job]:
    yield Job("/editions/", partial(_edition, desk), lambda: [tuple(desk.data.edition)])


def correction_jobs(desk: Desk) -> Iterator[Job]:
    yield Job(
        "/corrections/",
        partial(_corrections, desk),
        lambda: [*tuples(desk.data.corrections), *tuples(desk.data.appeals), desk.as_of],
    )


def _dictionary(desk: Desk) -> DictionaryPage:
    shell = frame.shell(
        desk, title=desk.say("数据字典"), section="dictionary", path="/dictionary/",
        description=desk.say("公开数据的每张表、每一列是什么意思。"),
    )  # fmt: skip
    return DictionaryPage(shell, tuple(_block(desk, name) for name in TABLES))


def _block(desk: Desk, name: str) -> TableBlock:
    model = TABLES[name]
    said, types, required = descriptions(model, desk.language), sqlite_columns(model), required_columns(model)
    words = closed_values(model)
    head = ((desk.say("列"), ""), (desk.say("类型"), ""), (desk.say("可为空"), ""), (desk.say("意思"), "wide"))
    rows = tuple(
        (
            Cell(column, kind="mono"),
            Cell(_TYPES[kind], kind="mono"),
            Cell("—" if column in required else desk.say("是")),
            Cell(_meaning(desk, said[column], words.get(column, ())), kind="wide", data=True),
        )
        for column, kind in types.items()
    )
    zh, _, en = table_description(model).partition(" · ")
    what = zh if desk.language == "zh" else en
    href = f"{desk.data_url}sinkrate/{name}" if desk.data_url else ""
    files = tuple((kind.upper(), f"/open/{kind}/{name}.{kind}") for kind in ("csv", "json", "parquet"))
    return TableBlock(name, what, href, files, Table(desk.say("表 %(name)s 的列", name=name), head, rows))


def _meaning(desk: Desk, said: str, words: tuple[str, ...]) -> str:
    """The description, and the closed list a column's words come from unless the description explains each."""
    if all(word in said for word in words):
        return said
    return said + desk.say("。取值：%(words)s", words=" · ".join(words))


def _edition(desk: Desk) -> EditionPage:
    row, say = desk.data.edition, desk.say
    shell = frame.shell(
        desk, title=say("期次与核对"), section="editions", path="/editions/",
        description=say("本期的编号、截至时间、方法版本和输入摘要，以及怎样核对。"),
    )  # fmt: skip
    names = (("n_complaints", say("投诉")), ("n_cases", say("案件")), ("n_platforms", say("平台")))
    return EditionPage(
        shell=shell,
        id=row["id"],
        as_of=desk.as_of,
        method_version=row["method_version"],
        digest=row["inputs_digest"],
        counts=tuple((name, desk.count(row[column], f"select {column} from editions where id = {sql_text(row['id'])}")) for column, name in names),
    )  # fmt: skip


def _corrections(desk: Desk) -> CorrectionsPage:
    say = desk.say
    head = (
        (say("日期"), "nowrap"), (say("更正对象"), ""), (say("原因"), "wide"), (say("状态"), ""), (say("复核期限"), "nowrap"),
    )  # fmt: skip
    rows = tuple(
        (
            Cell(row["made_on"], kind="nowrap"),
            Cell(row["subject"], data=True),
            Cell(row["reason"], data=True, kind="wide"),
            Cell(row["status"], data=True),
            Cell(row["expires_on"] or "—", kind="nowrap"),
        )
        for row in desk.data.corrections
    )
    shell = frame.shell(
        desk, title=say("更正记录"), section="corrections", path="/corrections/",
        description=say("截至 %(as_of)s，本站改过什么、为什么、什么时候。", as_of=desk.as_of),
    )  # fmt: skip
    href = desk.sql_href("select * from corrections order by made_on desc")
    table = Table(say("更正，新的在前。截至 %(as_of)s。", as_of=desk.as_of), head, rows, href)
    return CorrectionsPage(shell, table, _appeals(desk), *_own_record(desk))


def _appeals(desk: Desk) -> Table:
    say = desk.say
    head = (
        (say("收到"), "nowrap"), (say("种类"), ""), (say("申诉对象"), ""), (say("答复受理"), "nowrap"), (say("应有结果"), "nowrap"),
        (say("结果日期"), "nowrap"), (say("结果"), ""), (say("原因"), "wide"),
    )  # fmt: skip
    rows = tuple(
        (
            Cell(row["received_on"], kind="nowrap"),
            Cell(desk.words("appeal_kinds", row["kind"])),
            Cell(row["subject"], data=True),
            Cell(row["answered_on"] or "—", kind="nowrap"),
            Cell(row["due_on"], kind="nowrap"),
            Cell(row["decided_on"] or "—", kind="nowrap"),
            Cell(desk.words("appeal_outcomes", row["outcome"])),
            Cell(row["reason"] or "—", data=True, kind="wide"),
        )
        for row in desk.data.appeals
    )
    href = desk.sql_href("select * from appeals order by received_on desc")
    return Table(say("申诉，新的在前。截至 %(as_of)s。", as_of=desk.as_of), head, rows, href)


def _own_record(desk: Desk) -> tuple[Count, Count, str]:
    """The site by its own yardstick: appeals not decided in time, of those due; the interval from ten on."""
    today = desk.data.edition["as_of"][:10]
    due = [row for row in desk.data.appeals if row["outcome"] != "withdrawn" and row["due_on"] < today]
    late = sum(row["decided_on"] is None or row["decided_on"] > row["due_on"] for row in due)
    where = f"from appeals where outcome <> 'withdrawn' and due_on < {sql_text(today)}"
    low, high = wilson(late, len(due))
    return (
        desk.count(late, f"select count(*) {where} and (decided_on is null or decided_on > due_on)"),
        desk.count(len(due), f"select count(*) {where}"),
        f"{100 * float(low):.1f}–{100 * float(high):.1f}%" if len(due) >= COUNTS_ONLY_BELOW else "",
    )
