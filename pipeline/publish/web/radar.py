"""The radar: weeks in which a platform got more new cases about an issue than its own weeks before predict."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from pipeline.publish.web import frame
from pipeline.publish.web.figures import Count, Desk, sql_text
from pipeline.publish.web.page import Job, Shell
from pipeline.publish.web.parts import Cell, Table, number_cell
from pipeline.publish.web.reading import Row, tuples

_LATEST = 60


@dataclass(frozen=True)
class RadarPage:
    shell: Shell
    n: Count
    flagged: Table
    latest: Table


def jobs(desk: Desk) -> Iterator[Job]:
    yield Job("/radar/", partial(_radar, desk), lambda: [tuples(desk.data.radar), desk.data.platform_names])


def _radar(desk: Desk) -> RadarPage:
    rows = desk.data.radar
    flagged = [row for row in rows if row["flagged"]]
    shell = frame.shell(
        desk, title=desk.say("雷达：投诉突然变多"), section="radar", path="/radar/",
        description=desk.say("截至 %(as_of)s，哪个平台的哪类问题在哪一周比它自己此前的每周件数多。", as_of=desk.as_of),
    )  # fmt: skip
    return RadarPage(
        shell=shell,
        n=desk.count(len(flagged), "select count(*) as n from radar where flagged = 1"),
        flagged=_table(desk, desk.say("标出的周（q ≤ 5%%），新的在前。截至 %(as_of)s。", as_of=desk.as_of), flagged),
        latest=_table(desk, desk.say("最近检验过的周，至多 %(n)s 行。截至 %(as_of)s。", n=_LATEST, as_of=desk.as_of), rows[:_LATEST]),
    )  # fmt: skip


def _table(desk: Desk, caption: str, rows: Iterable[Row]) -> Table:
    say = desk.say
    head = (
        (say("平台"), ""), (say("问题"), ""), (say("周（星期一）"), "nowrap"), (say("新案件"), "r"), (say("预期"), "r"),
        (say("q 值"), "r"), (say("标出"), ""),
    )  # fmt: skip
    return Table(caption, head, tuple(_line(desk, row) for row in rows))


def _line(desk: Desk, row: Row) -> tuple[Cell, ...]:
    where = " and ".join(f"{key} = {sql_text(row[key])}" for key in ("platform", "issue", "week"))
    q = "< 0.001" if row["q_value"] < 0.001 else f"{row['q_value']:.3f}"
    issue = desk.say("全部问题") if row["issue"] == "*" else desk.issues(row["issue"])
    return (
        Cell(desk.data.platforms[row["platform"]]["name"], href=frame.platform_href(desk, row["platform"]), data=True),
        Cell(issue, data=True),
        Cell(row["week"], kind="nowrap"),
        Cell(str(row["n"]), sql=desk.sql_href(row["sql"]), kind="r"),
        number_cell(desk.linked(f"{row['expected']:.1f}", f"select expected from radar where {where}")),
        number_cell(desk.linked(q, f"select q_value from radar where {where}")),
        Cell(desk.say("是") if row["flagged"] else "—"),
    )
