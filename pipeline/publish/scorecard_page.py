"""Snapshot → one platform's page. No statistics: every number comes from `scorecards` or is a row count of a table."""

from collections.abc import Iterable, Iterator

from markupsafe import Markup

from pipeline.model import RUNGS
from pipeline.publish import charts, compose, pages, statistics_page
from pipeline.publish.cases_page import case_href, case_marks, portal_names
from pipeline.publish.figures import Desk, moment, safe_href, sql_text
from pipeline.publish.reading import Row

BESIDE = (
    "silence_rate", "undelivered_share", "hidden_share", "withdrawn_share", "vanished_share", "unseen_share",
)  # fmt: skip


def platform_pages(desk: Desk) -> Iterator[pages.PlatformPage]:
    """One page per platform, by id."""
    market = compose.rate(desk, "*", "sink_rate", key="m")
    defs = charts.pattern_defs()
    for row in desk.data.platforms.values():
        yield _page(desk, row, market, defs)


def _page(desk: Desk, row: Row, market: pages.Rate, defs: Markup) -> pages.PlatformPage:
    platform, name = row["id"], row["name"]
    sink = compose.rate(desk, platform, "sink_rate", key="head", market=market)
    months = _slices(desk, platform, "month:")
    frame = compose.shell(
        desk, title=f"{name}：公开投诉的结局", section="platforms", path=compose.platform_href(platform),
        description=f"截至 {desk.as_of}，公开投诉门户上关于{name}的投诉的结局：石沉率、区间、件数与出处。",
    )  # fmt: skip
    return pages.PlatformPage(
        shell=frame,
        id=platform,
        name=name,
        review=desk.words("reviews", row["review"]),
        reviewed=row["review"] == "reviewed",
        invented=bool(row["invented"]),
        legal_name=row["legal_name"],
        credit_code=row["credit_code"],
        aliases=tuple(alias for alias in row["aliases"].split("|") if alias),
        sentence=_sentence(desk, sink),
        sink=sink,
        sum=_sum(desk, platform, sink),
        ladder=compose.ladder(desk, platform, key="ladder", title=f"{name}的结局阶梯", height=64),
        rungs=compose.rung_rows(desk, platform),
        promises=compose.promises(desk, platform, "t"),
        aside=compose.figures(desk, platform, compose.ASIDE),
        beside=compose.figures(desk, platform, BESIDE),
        open_now=compose.figures(desk, platform, compose.OPEN),
        trend=_trend(desk, months, name),
        months=months,
        portals=_slices(desk, platform, "portal:"),
        horizons=_horizons(desk, platform),
        speed=statistics_page.speed(desk, platform, name),
        comparison=statistics_page.comparison(desk, platform, market.figure),
        definitions=statistics_page.definitions(desk, platform),
        money=statistics_page.money(desk, platform, name, draws=sink.figure is not None and sink.figure.is_rate),
        afterwards=statistics_page.afterwards(desk, platform),
        templates=tuple(_template(desk, one) for one in desk.data.templates.get(platform, [])),
        groups=_groups(desk, platform),
        tombstones=tuple(_tombstone(desk, one) for one in desk.data.tombstones.get(platform, [])),
        campaigns=tuple(_campaign(desk, one) for one in desk.data.campaigns.get(platform, [])),
        statements=tuple(_statement(one) for one in desk.data.statements.get(platform, [])),
        defs=defs,
    )


def _sentence(desk: Desk, sink: pages.Rate) -> str:
    figure = sink.figure
    if figure is None:
        return f"截至 {desk.as_of}，主窗口内没有已判定的案件。"
    said = (
        f"截至 {desk.as_of}，计入主窗口的 {figure.n} 件已判定案件中，"
        f"门户页面显示 {figure.k} 件在 30 天期限内没有实质答复"
    )
    return f"{said}。{figure.note}。" if not figure.is_rate else f"{said}（{figure.text}）。"


def _sum(desk: Desk, platform: str, sink: pages.Rate) -> pages.Sum | None:
    if sink.figure is None:
        return None
    rows = [compose.rung_row(desk, platform, rung) for rung in RUNGS]
    counted = tuple(row for row in rows if row.group != "aside")
    return pages.Sum(tuple(row for row in counted if row.group == "sunk"), counted, sink.figure)


def _slices(desk: Desk, platform: str, prefix: str) -> tuple[pages.SliceRow, ...]:
    """The sink rate of every slice with this prefix, in order; portals by their names."""
    names = [
        part
        for horizon, part, measure in sorted(desk.data.scores.get(platform, {}))
        if part.startswith(prefix) and measure == "sink_rate" and horizon == "30d"
    ]
    made = ((name, desk.figure(platform, "sink_rate", slice_=name)) for name in names)
    label = (lambda key: portal_names(desk, key)) if prefix == "portal:" else str
    return tuple(pages.SliceRow(label(name.removeprefix(prefix)), figure) for name, figure in made if figure)


def _horizons(desk: Desk, platform: str) -> tuple[pages.SliceRow, ...]:
    """The sink rate at each horizon the edition has."""
    made = ((name, desk.figure(platform, "sink_rate", horizon=name)) for name in ("7wd", "30d", "90d"))
    return tuple(pages.SliceRow(desk.words("horizons", name), figure) for name, figure in made if figure)


def _trend(desk: Desk, months: tuple[pages.SliceRow, ...], name: str) -> Markup | None:
    if not any(month.figure.is_rate for month in months):
        return None
    points = [
        charts.Point(
            label=month.label[2:],
            text=f"{month.label}：{month.figure.text} {month.figure.interval}（{month.figure.k}/{month.figure.n} 件）",
            span=month.figure.span,
            few=month.figure.state == "few",
        )
        for month in months
    ]
    desc = "；".join(point.text for point in points)
    return charts.trend(points, key="trend", title=f"{name}按月的石沉率", desc=desc)


def _template(desk: Desk, row: Row) -> pages.TemplateItem:
    where = f"from templates where id = {sql_text(row['id'])}"
    return pages.TemplateItem(
        anchor=row["id"],
        label=desk.words("labels", row["label"], "name"),
        text=row["text"],
        n_replies=desk.count(row["n_replies"], f"select n_replies {where}"),
        n_complaints=desk.count(row["n_complaints"], f"select n_complaints {where}"),
        first=moment(row["first_at"])[:10],
        last=moment(row["last_at"])[:10],
    )


def _groups(desk: Desk, platform: str) -> tuple[pages.CaseGroup, ...]:
    """The platform's cases by rung (any window), then unseen, then too young; empty groups left out."""
    cases = desk.data.cases_of.get(platform, [])
    groups = []
    for rung in RUNGS:
        own = [case for case in cases if case["state"] == "judged" and case["rung"] == rung]
        swatch = charts.swatch(desk.words("rungs", rung, "n"))
        groups.append(_group(desk, swatch, ("rungs", rung), own))
    for state in ("unseen", "too_young"):
        groups.append(_group(desk, None, ("states", state), [case for case in cases if case["state"] == state]))
    return tuple(group for group in groups if group.cases)


def _group(desk: Desk, swatch: Markup | None, key: tuple[str, str], cases: Iterable[Row]) -> pages.CaseGroup:
    links = tuple(_link(desk, case) for case in cases)
    return pages.CaseGroup(swatch, desk.words(*key, "name"), desk.words(*key, "what"), links)


def _link(desk: Desk, case: Row) -> pages.CaseLink:
    first = desk.data.complaints.get(case["id"])
    title = first["title"] if first is not None and first["title"] else "（无标题）"
    t0 = moment(case["t0"])[:10]
    return pages.CaseLink(case_href(case["id"]), title, t0, portal_names(desk, case["portals"]), case_marks(desk, case))


def _tombstone(desk: Desk, row: Row) -> pages.TombstoneItem:
    complaint = desk.data.complaints.get(row["complaint"])
    return pages.TombstoneItem(
        complaint=row["complaint"],
        href=case_href(complaint["case_id"]) if complaint is not None and complaint["case_id"] else None,
        kind=desk.words("tombstones", row["kind"]),
        last_alive=moment(row["last_alive_at"]) if row["last_alive_at"] else "—",
        gone=moment(row["gone_at"]),
        had_terminal=bool(row["had_terminal"]),
    )


def _campaign(desk: Desk, row: Row) -> pages.CampaignItem:
    sql = f"select n_cases from campaigns where id = {sql_text(row['id'])}"
    return pages.CampaignItem(
        title=row["title"] or "（无标题）",
        kind=desk.words("campaigns", row["kind"]),
        n_cases=desk.count(row["n_cases"], sql),
        first=moment(row["first_at"])[:10],
        last=moment(row["last_at"])[:10],
    )


def _statement(row: Row) -> pages.StatementItem:
    evidence = row["evidence_url"] or ""
    return pages.StatementItem(row["received_on"], row["kind"], row["text"], evidence, safe_href(evidence))
