"""The funnel: every platform by number of cases and sink rate, with its control limits. The home page shows its picture."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from markupsafe import Markup

from pipeline.publish.web import frame, measured, parts, plots
from pipeline.publish.web.figures import Count, Desk, number, share, sql_text
from pipeline.publish.web.page import Job, Shell
from pipeline.publish.web.reading import Row, Snapshot, tuples


@dataclass(frozen=True)
class FunnelPage:
    shell: Shell
    picture: Markup | None
    rows: tuple[parts.FunnelRow, ...]
    phi: Count


def jobs(desk: Desk) -> Iterator[Job]:
    yield Job("/funnel/", partial(_funnel, desk), partial(_rows, desk.data))


def _rows(data: Snapshot) -> Iterator[object]:
    yield tuples(data.funnel), data.platform_names
    yield [(row["platform"], row["band"]) for row in data.bands.values()]


def picture(desk: Desk) -> Markup | None:
    """All platforms whose rate may be shown, by number of cases; None with fewer than two."""
    rows = desk.data.funnel
    if len(rows) < 2:
        return None
    dots = [_funnel_dot(desk, row) for row in rows]
    desc = desk.words("list", "semicolon").join(dot.text for dot in dots[:40])
    title = desk.say("逐平台：件数与石沉率，及控制限")
    unit = desk.say("%(n)s 件")
    return plots.funnel(dots, unit, key="funnel", title=title, desc=desc)


def _funnel(desk: Desk) -> FunnelPage:
    rows = desk.data.funnel
    shell = frame.shell(
        desk, title=desk.say("差别有多少是偶然"), section="funnel", path="/funnel/",
        description=desk.say("截至 %(as_of)s，逐平台的件数与石沉率，及控制限。", as_of=desk.as_of),
    )  # fmt: skip
    phi = desk.linked(f"{rows[0]['phi']:.1f}" if rows else "—", "select max(phi) as phi from funnel")
    return FunnelPage(shell, picture(desk), tuple(_funnel_row(desk, row) for row in rows), phi)


def _name(desk: Desk, platform: str) -> str:
    known = desk.data.platforms.get(platform)
    return platform if known is None else str(known["name"])


def _funnel_dot(desk: Desk, row: Row) -> plots.FunnelDot:
    return plots.FunnelDot(
        text=desk.say(
            "%(name)s %(rate)s（%(k)s/%(n)s 件）",
            name=_name(desk, row["platform"]),
            rate=share(row["value"]),
            k=row["k"],
            n=row["n"],
        ),
        n=row["n"],
        value=row["value"],
        expected=row["expected"],
        limits95=(row["low95"], row["high95"]),
        limits998=(row["low998"], row["high998"]),
        few=row["n"] < 30,
    )


def _funnel_row(desk: Desk, row: Row) -> parts.FunnelRow:
    where = f"from funnel where platform = {sql_text(row['platform'])}"
    band = desk.data.bands.get(row["platform"])
    return parts.FunnelRow(
        name=_name(desk, row["platform"]),
        href=frame.platform_href(desk, row["platform"]),
        rate=desk.linked(share(row["value"]), f"select value {where}"),
        counts=desk.linked(f"{number(row['k'])}/{number(row['n'])}", f"select k, n {where}"),
        expected=desk.linked(share(row["expected"]), f"select expected {where}"),
        limits95=desk.linked(measured.spread(row["low95"], row["high95"]), f"select low95, high95 {where}"),
        limits998=desk.linked(measured.spread(row["low998"], row["high998"]), f"select low998, high998 {where}"),
        band=desk.words("bands", (band["band"] if band is not None else None) or "none", "name"),
    )
