"""Reply texts used again and again: the index of templates, and one page each with where it was used."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from pipeline.publish.web import frame
from pipeline.publish.web.case import case_href
from pipeline.publish.web.figures import Count, Desk, path_part, sql_text
from pipeline.publish.web.page import Job, Shell
from pipeline.publish.web.parts import Cell, Table, number_cell
from pipeline.publish.web.reading import Row, tuples

_SHOWN = 60
_USES = 200


@dataclass(frozen=True)
class TemplatesPage:
    shell: Shell
    n: Count
    table: Table


@dataclass(frozen=True)
class TemplatePage:
    shell: Shell
    text: str
    label: str
    label_what: str
    platform: str
    platform_href: str
    n_replies: Count
    n_complaints: Count
    n_platforms: Count
    first: str
    last: str
    uses: Table


def template_path(template: str) -> str:
    return f"/templates/{path_part(template)}/"


def jobs(desk: Desk) -> Iterator[Job]:
    yield Job("/templates/", partial(_index, desk), lambda: [tuples(_all(desk)), desk.data.platform_names])


def page_jobs(desk: Desk) -> Iterator[Job]:
    for row in _all(desk):
        yield Job(template_path(row["id"]), partial(_page, desk, row), partial(_rows, desk, row))


def _all(desk: Desk) -> list[Row]:
    rows = (row for own in desk.data.templates.values() for row in own)
    return sorted(rows, key=lambda row: (-row["n_complaints"], row["id"]))


def _same_text(desk: Desk, row: Row) -> Count:
    """On how many platforms this very text is a template."""
    value = len(desk.data.template_platforms[row["text"]])
    return desk.count(
        value, f"select count(distinct platform) as n from templates where text = {sql_text(row['text'])}"
    )


def _rows(desk: Desk, row: Row) -> Iterator[object]:
    yield tuple(row), len(desk.data.template_platforms[row["text"]])
    yield desk.data.platforms[row["platform"]]["name"], desk.data.has_case_pages
    yield from (tuple(reply) for reply in desk.data.uses.get(row["id"], []))


def _index(desk: Desk) -> TemplatesPage:
    rows = _all(desk)
    say = desk.say
    head = (
        (say("原文（姓名、数字、日期已遮盖）"), "wide"), (say("平台"), ""), (say("标签"), ""), (say("次数"), "r"),
        (say("投诉"), "r"), (say("平台数"), "r"), (say("首见"), "nowrap"), (say("最近"), "nowrap"),
    )  # fmt: skip
    caption = say("模板回复，涉及投诉多的在前。截至 %(as_of)s；点数字看 SQL。", as_of=desk.as_of)
    shell = frame.shell(
        desk, title=say("模板回复"), section="templates", path="/templates/",
        description=say("截至 %(as_of)s，同一段话用在至少 5 件投诉上的平台回复：原文、次数、首见与最近。", as_of=desk.as_of),
    )  # fmt: skip
    count = desk.count(len(rows), "select count(*) as n from templates")
    return TemplatesPage(shell, count, Table(caption, head, tuple(_line(desk, row) for row in rows)))


def _line(desk: Desk, row: Row) -> tuple[Cell, ...]:
    text = row["text"] if len(row["text"]) <= _SHOWN else f"{row['text'][:_SHOWN]}…"
    where = f"from templates where id = {sql_text(row['id'])}"
    return (
        Cell(text, href=desk.at(template_path(row["id"])), data=True, kind="wide"),
        Cell(desk.data.platforms[row["platform"]]["name"], href=frame.platform_href(desk, row["platform"]), data=True),
        Cell(desk.words("labels", row["label"], "name"), kind="nowrap"),
        number_cell(desk.count(row["n_replies"], f"select n_replies {where}")),
        number_cell(desk.count(row["n_complaints"], f"select n_complaints {where}")),
        number_cell(_same_text(desk, row)),
        Cell(desk.moment(row["first_at"])[:10], kind="nowrap"),
        Cell(desk.moment(row["last_at"])[:10], kind="nowrap"),
    )


def _page(desk: Desk, row: Row) -> TemplatePage:
    name = desk.data.platforms[row["platform"]]["name"]
    where = f"from templates where id = {sql_text(row['id'])}"
    shell = frame.shell(
        desk, title=desk.say("%(name)s的模板回复", name=name), section="templates", path=template_path(row["id"]),
        description=desk.say(
            "截至 %(as_of)s，%(name)s用在 %(n)s 件投诉上的同一段回复。", as_of=desk.as_of, name=name, n=row["n_complaints"]
        ),
    )  # fmt: skip
    return TemplatePage(
        shell=shell,
        text=row["text"],
        label=desk.words("labels", row["label"], "name"),
        label_what=desk.words("labels", row["label"], "what"),
        platform=name,
        platform_href=frame.platform_href(desk, row["platform"]),
        n_replies=desk.count(row["n_replies"], f"select n_replies {where}"),
        n_complaints=desk.count(row["n_complaints"], f"select n_complaints {where}"),
        n_platforms=_same_text(desk, row),
        first=desk.moment(row["first_at"]),
        last=desk.moment(row["last_at"]),
        uses=_uses(desk, row),
    )


def _uses(desk: Desk, row: Row) -> Table:
    uses = desk.data.uses.get(row["id"], [])
    head = ((desk.say("案件"), ""), (desk.say("回复时间"), "nowrap"), (desk.say("计入方式"), ""))
    caption = desk.say("用在哪里，新的在前，至多 %(n)s 条。截至 %(as_of)s。", n=_USES, as_of=desk.as_of)
    href = desk.sql_href(f"select * from replies where template = {sql_text(row['id'])} order by at desc")
    return Table(caption, head, tuple(_use(desk, one) for one in uses[:_USES]), href)


def _use(desk: Desk, reply: Row) -> tuple[Cell, ...]:
    case = reply["case_id"]
    return (
        Cell(reply["complaint"], href=case_href(desk, case) if case else "", kind="mono"),
        Cell(desk.moment(reply["at"]), kind="nowrap"),
        Cell(desk.words("weights", reply["weight"]), kind="nowrap"),
    )
