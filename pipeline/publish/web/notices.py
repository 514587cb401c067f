"""The notice list and its mirror 有诺必达: who is on it, each arithmetic, and how often the rule errs in simulation."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from pipeline.publish.web import frame
from pipeline.publish.web.figures import Count, Desk, number, share, sql_text
from pipeline.publish.web.page import Job, Shell
from pipeline.publish.web.parts import Cell, Table, number_cell
from pipeline.publish.web.reading import Row, Snapshot, tuples

_GROUPS = (("listed",), ("waiting", "to_send"), ("left", "expired", "lapsed", "unmatched"))


@dataclass(frozen=True)
class Pool:
    """One pool of the arithmetic: sunk of judged and the one-sided bound."""

    name: str
    counts: Count
    low: Count


@dataclass(frozen=True)
class NoticeItem:
    platform: str
    href: str
    status: str
    kind: str
    dates: tuple[tuple[str, str], ...]
    pools: tuple[Pool, ...]
    why: str
    sql_href: str


@dataclass(frozen=True)
class NoticesPage:
    shell: Shell
    groups: tuple[tuple[NoticeItem, ...], ...]
    undelivered: Table
    bursts: Table
    simulation: tuple[Table, ...]
    runs: Count


@dataclass(frozen=True)
class MirrorPage:
    shell: Shell
    listed: Count
    table: Table


def jobs(desk: Desk) -> Iterator[Job]:
    yield Job("/notices/", partial(_notices, desk), partial(_rows, desk.data))


def mirror_jobs(desk: Desk) -> Iterator[Job]:
    yield Job("/kept/", partial(_mirror, desk), lambda: [tuples(desk.data.mirror), desk.data.platform_names])


def _rows(data: Snapshot) -> Iterator[object]:
    yield tuples(data.notices), tuples(data.simulation), data.platform_names
    yield [tuples(own) for own in data.flags.values()]


def _platform(desk: Desk, row: Row) -> Cell:
    name = desk.data.platforms[row["platform"]]["name"]
    return Cell(name, href=frame.platform_href(desk, row["platform"]), data=True)


def _notices(desk: Desk) -> NoticesPage:
    items = [(row["status"], notice(desk, row)) for row in desk.data.notices]
    shell = frame.shell(
        desk, title=desk.say("预警名单"), section="notices", path="/notices/",
        description=desk.say("截至 %(as_of)s，预警名单：列入与移出的条件、每一步计算、模拟的误报率。", as_of=desk.as_of),
    )  # fmt: skip
    runs = desk.data.simulation[0]["runs"] if desk.data.simulation else None
    return NoticesPage(
        shell=shell,
        groups=tuple(tuple(item for status, item in items if status in group) for group in _GROUPS),
        undelivered=_flags(desk, desk.say("未送达过半。截至 %(as_of)s。", as_of=desk.as_of), ("undelivered", "undelivered_recent")),
        bursts=_flags(desk, desk.say("接触后撤诉集中（q ≤ 5%%）。截至 %(as_of)s。", as_of=desk.as_of), ("withdrawal_burst",)),
        simulation=_simulation(desk),
        runs=desk.count(runs, "select max(runs) as n from notice_simulation"),
    )  # fmt: skip


def notice(desk: Desk, row: Row) -> NoticeItem:
    """One episode of the list with its arithmetic."""
    where = f"from notices where platform = {sql_text(row['platform'])} and found_on = {sql_text(row['found_on'])}"
    names = (("first", desk.say("前一期")), ("second", desk.say("后一期")), ("last", desk.say("最后一次评估")))
    dates = (
        ("found_on", desk.say("首次达到条件")), ("sent_on", desk.say("通知送出")), ("entered_on", desk.say("列入")),
        ("evaluated_on", desk.say("最后评估")), ("left_on", desk.say("移出或终结")),
    )  # fmt: skip
    return NoticeItem(
        platform=desk.data.platforms[row["platform"]]["name"],
        href=frame.platform_href(desk, row["platform"]),
        status=desk.words("notices", row["status"]),
        kind=row["status"],
        dates=tuple((name, row[column]) for column, name in dates if row[column]),
        pools=tuple(_pool(desk, row, key, name, where) for key, name in names if row[f"{key}_n"] is not None),
        why=row["why"],
        sql_href=desk.sql_href(row["sql"] or f"select * {where}"),
    )


def _pool(desk: Desk, row: Row, key: str, name: str, where: str) -> Pool:
    counts = f"{number(row[f'{key}_k'])}/{number(row[f'{key}_n'])}"
    low = row[f"{key}_low"]
    return Pool(
        name,
        desk.linked(counts, f"select {key}_k, {key}_n {where}"),
        desk.linked("—" if low is None else share(low), f"select {key}_low {where}"),
    )


def _flags(desk: Desk, caption: str, kinds: tuple[str, ...]) -> Table:
    head = ((desk.say("平台"), ""), *_flag_head(desk))
    rows = (row for own in desk.data.flags.values() for row in own if row["raised"] and row["flag"] in kinds)
    return Table(caption, head, tuple((_platform(desk, row), *_flag(desk, row)) for row in rows))


def flags_of(desk: Desk, platform: str) -> Table:
    """What stands out from the market's own share on one platform."""
    say, caption = desk.say, desk.say("与全部平台的份额不同的。截至 %(as_of)s。", as_of=desk.as_of)
    names = {
        "undelivered": say("未送达过半"), "undelivered_recent": say("未送达过半"), "withdrawal_burst": say("接触后撤诉集中"),
    }  # fmt: skip
    raised = [row for row in desk.data.flags.get(platform, []) if row["raised"]]
    rows = tuple((Cell(names[row["flag"]]), *_flag(desk, row)) for row in raised)
    return Table(caption, ((say("标记"), ""), *_flag_head(desk)), rows)


def _flag_head(desk: Desk) -> tuple[tuple[str, str], ...]:
    say = desk.say
    return (say("范围"), ""), (say("件数"), "r"), (say("份额"), "r"), (say("市场份额"), "r")


def _flag(desk: Desk, row: Row) -> tuple[Cell, ...]:
    where = f"from flags where platform = {sql_text(row['platform'])} and flag = {sql_text(row['flag'])}"
    return (
        Cell(desk.words("flags", row["flag"])),
        number_cell(desk.linked(f"{number(row['k'])}/{number(row['n'])}", f"select k, n {where}")),
        number_cell(desk.linked(share(row["value"]), f"select value {where}")),
        number_cell(desk.linked(share(row["market"]), f"select market {where}")),
    )


def _simulation(desk: Desk) -> tuple[Table, ...]:
    """One table for each over-dispersion: true rate down, judged cases a month across."""
    rows = desk.data.simulation
    return tuple(_simulated(desk, rho) for rho in sorted({row["rho"] for row in rows}))


def _simulated(desk: Desk, rho: float) -> Table:
    rows = [row for row in desk.data.simulation if row["rho"] == rho]
    sizes = sorted({row["per_month"] for row in rows})
    head = (
        (desk.say("真实石沉率"), ""),
        *((desk.say("每月 %(n)s 件", n=size), "r") for size in sizes),
    )
    found = {(row["true_rate"], row["per_month"]): row for row in rows}
    lines = []
    for rate in sorted({row["true_rate"] for row in rows}):
        cells = [Cell(f"{rate:.0%}")]
        for size in sizes:
            row = found.get((rate, size))
            where = f"rho = {rho} and true_rate = {rate} and per_month = {size}"
            sql = f"select value from notice_simulation where {where}"
            cells.append(Cell("—", kind="r") if row is None else number_cell(desk.linked(share(row["value"]), sql)))
        lines.append(tuple(cells))
    return Table(desk.say("月内相关 ρ ＝ %(rho)s：24 个月内达到条件的份额。", rho=rho), head, tuple(lines))


def _mirror(desk: Desk) -> MirrorPage:
    rows = desk.data.mirror
    say = desk.say
    head = (
        (say("平台"), ""), (say("全部满足"), ""), (say("已判定"), "r"), (say("石沉率上界的单侧 95% 上限，须 < 20%"), "r"),
        (say("48 小时实质回复的单侧 95% 下限，须 > 80%"), "r"), (say("承诺：确认 / 否认 / 没有下文"), "r"),
        (say("隐藏，须 ≤ 20%"), "r"), (say("未再观测，须 ≤ 10%"), "r"), (say("没有满足的"), ""),
    )  # fmt: skip
    shell = frame.shell(
        desk, title=say("有诺必达"), section="kept", path="/kept/",
        description=say("截至 %(as_of)s，按五个条件逐项列出每个平台说到做到的情况。", as_of=desk.as_of),
    )  # fmt: skip
    listed = desk.count(sum(row["listed"] for row in rows), "select sum(listed) as n from mirror")
    caption = say("判定满 30 件的平台，逐项。截至 %(as_of)s；点数字看 SQL。", as_of=desk.as_of)
    return MirrorPage(shell, listed, Table(caption, head, tuple(_mirrored(desk, row) for row in rows)))


def _mirrored(desk: Desk, row: Row) -> tuple[Cell, ...]:
    where = f"from mirror where platform = {sql_text(row['platform'])}"
    offers = " / ".join(number(row[f"offers_{fate}"]) for fate in ("confirmed", "contradicted", "unheard"))
    missed = [desk.words("mirror", one) for one in row["why"].split("|") if one]
    return (
        _platform(desk, row),
        Cell(desk.say("是") if row["listed"] else desk.say("否"), href=desk.sql_href(row["sql"])),
        Cell(number(row["n"]), sql=desk.sql_href(f"select n {where}"), kind="r"),
        number_cell(desk.linked(share(row["high_limit"]), f"select high_limit {where}")),
        number_cell(desk.linked(share(row["t48_low"]), f"select t48_low {where}")),
        Cell(
            offers,
            sql=desk.sql_href(f"select offers_confirmed, offers_contradicted, offers_unheard {where}"),
            kind="r nowrap",
        ),
        number_cell(desk.linked(share(row["hidden_share"]), f"select hidden_share {where}")),
        number_cell(desk.linked(share(row["unseen_share"]), f"select unseen_share {where}")),
        Cell(desk.words("list", "comma").join(missed) or "—", kind="wider"),
    )
