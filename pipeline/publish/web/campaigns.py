"""Campaigns: different people, one text or one event. The index, and one page each with its cases by outcome."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from markupsafe import Markup

from pipeline.model import RUNGS
from pipeline.publish.web import charts, frame
from pipeline.publish.web.case import case_href, portal_names
from pipeline.publish.web.figures import Count, Desk, number, path_part, sql_text
from pipeline.publish.web.page import Job, Shell
from pipeline.publish.web.parts import Cell, Table, number_cell
from pipeline.publish.web.reading import Row, tuples


@dataclass(frozen=True)
class CampaignsPage:
    shell: Shell
    n: Count
    table: Table


@dataclass(frozen=True)
class CampaignPage:
    shell: Shell
    id: str
    title: str
    kind: str
    platform: str
    platform_href: str | None
    n_cases: Count
    n_complaints: Count
    first: str
    last: str
    ladder: Markup
    outcomes: Table
    cases: Table
    defs: Markup


def campaign_path(campaign: str) -> str:
    """`campaign/heimao/173…` → its page."""
    return "/campaigns/" + "/".join(path_part(part) for part in campaign.removeprefix("campaign/").split("/")) + "/"


def jobs(desk: Desk) -> Iterator[Job]:
    yield Job("/campaigns/", partial(_index, desk), lambda: [tuples(desk.data.all_campaigns), desk.data.platform_names])


def page_jobs(desk: Desk) -> Iterator[Job]:
    for row in _all(desk):
        yield Job(campaign_path(row["id"]), partial(_page, desk, row), partial(_rows, desk, row))


def _all(desk: Desk) -> list[Row]:
    return sorted(desk.data.all_campaigns, key=lambda row: (-row["n_cases"], row["id"]))


def _rows(desk: Desk, row: Row) -> Iterator[object]:
    yield tuple(row), _name(desk, row), desk.data.has_case_pages, desk.data.portal_names
    for case in desk.data.campaign_cases.get(row["id"], []):
        first = desk.data.complaints.get(case["id"])
        yield tuple(case), None if first is None else first["title"]


def _name(desk: Desk, row: Row) -> str:
    return desk.data.platforms[row["platform"]]["name"] if row["platform"] else desk.say("未能归属")


def _index(desk: Desk) -> CampaignsPage:
    rows, say = _all(desk), desk.say
    head = (
        (say("代表标题"), "wide"), (say("平台"), ""), (say("种类"), "nowrap"), (say("案件"), "r"), (say("投诉"), "r"),
        (say("最早"), "nowrap"), (say("最晚"), "nowrap"),
    )  # fmt: skip
    shell = frame.shell(
        desk, title=say("集体投诉"), section="campaigns", path="/campaigns/",
        description=say("截至 %(as_of)s，不同的人因同一段文字或同一事件的投诉：从不合并，逐件计算。", as_of=desk.as_of),
    )  # fmt: skip
    caption = say("集体投诉，案件多的在前。截至 %(as_of)s；点数字看 SQL。", as_of=desk.as_of)
    count = desk.count(len(rows), "select count(*) as n from campaigns")
    return CampaignsPage(shell, count, Table(caption, head, tuple(_line(desk, row) for row in rows)))


def _line(desk: Desk, row: Row) -> tuple[Cell, ...]:
    where = f"from campaigns where id = {sql_text(row['id'])}"
    platform = row["platform"]
    return (
        Cell(row["title"] or desk.say("（无标题）"), href=desk.at(campaign_path(row["id"])), data=True, kind="wide"),
        Cell(_name(desk, row), href=frame.platform_href(desk, platform) if platform else "", data=True),
        Cell(desk.words("campaigns", row["kind"]), kind="nowrap"),
        number_cell(desk.count(row["n_cases"], f"select n_cases {where}")),
        number_cell(desk.count(row["n_complaints"], f"select n_complaints {where}")),
        Cell(desk.moment(row["first_at"])[:10], kind="nowrap"),
        Cell(desk.moment(row["last_at"])[:10], kind="nowrap"),
    )


def _page(desk: Desk, row: Row) -> CampaignPage:
    title = row["title"] or desk.say("（无标题）")
    where = f"from campaigns where id = {sql_text(row['id'])}"
    counted = Counter(case["rung"] or case["state"] for case in desk.data.campaign_cases.get(row["id"], []))
    shell = frame.shell(
        desk, title=desk.say("集体投诉：%(title)s", title=title), section="campaigns", path=campaign_path(row["id"]),
        description=desk.say("截至 %(as_of)s，%(n)s 件不同的案件，逐件计算。", as_of=desk.as_of, n=row["n_cases"]),
        noindex=True,
    )  # fmt: skip
    return CampaignPage(
        shell=shell,
        id=row["id"],
        title=title,
        kind=desk.words("campaigns", row["kind"]),
        platform=_name(desk, row),
        platform_href=frame.platform_href(desk, row["platform"]) if row["platform"] else None,
        n_cases=desk.count(row["n_cases"], f"select n_cases {where}"),
        n_complaints=desk.count(row["n_complaints"], f"select n_complaints {where}"),
        first=desk.moment(row["first_at"]),
        last=desk.moment(row["last_at"]),
        ladder=_ladder(desk, counted),
        outcomes=_outcomes(desk, row, counted),
        cases=_cases(desk, row),
        defs=charts.pattern_defs(),
    )


def _ladder(desk: Desk, counted: Counter[str]) -> Markup:
    segments = []
    for rung in RUNGS:
        numeral, name, group = (desk.words("rungs", rung, word) for word in ("n", "name", "group"))
        text = desk.say("%(name)s %(n)s 件", name=name, n=number(counted[rung]))
        segments.append(charts.Segment(numeral, name, group, counted[rung], text))
    return charts.ladder(segments, key="ladder", title=desk.say("这些案件的结局阶梯"), height=28)


def _outcomes(desk: Desk, row: Row, counted: Counter[str]) -> Table:
    lines = []
    for key in (*RUNGS, "unseen", "too_young"):
        if not counted[key]:
            continue
        column = "rung" if key in RUNGS else "state"
        where = f"campaign_id = {sql_text(row['id'])} and {column} = {sql_text(key)}"
        count = desk.count(counted[key], f"select count(*) as n from cases where {where}")
        name = desk.words("rungs" if key in RUNGS else "states", key, "name")
        swatch = charts.swatch(desk.words("rungs", key, "n")) if key in RUNGS else None
        lines.append((Cell(name, mark=swatch), number_cell(count)))
    head = ((desk.say("结局"), ""), (desk.say("案件"), "r"))
    return Table(desk.say("逐件的结局（30 天，不限主窗口）。截至 %(as_of)s。", as_of=desk.as_of), head, tuple(lines))


def _cases(desk: Desk, row: Row) -> Table:
    head = (
        (desk.say("起点"), "nowrap"),
        (desk.say("标题"), "wide"),
        (desk.say("门户"), ""),
        (desk.say("结局"), "nowrap"),
    )
    lines = []
    for case in desk.data.campaign_cases.get(row["id"], []):
        first = desk.data.complaints.get(case["id"])
        title = first["title"] if first is not None and first["title"] else desk.say("（无标题）")
        rung = case["rung"] if case["state"] == "judged" else None
        lines.append((
            Cell(desk.moment(case["t0"])[:10], kind="nowrap"),
            Cell(title, href=case_href(desk, case["id"]), data=True, kind="wide"),
            Cell(portal_names(desk, case["portals"]), data=True),
            Cell(desk.words("rungs", rung, "name") if rung else desk.words("states", case["state"], "name"), kind="nowrap"),
        ))  # fmt: skip
    href = desk.sql_href(f"select * from cases where campaign_id = {sql_text(row['id'])} order by t0 desc")
    return Table(desk.say("其中的案件，新的在前。"), head, tuple(lines), href)
