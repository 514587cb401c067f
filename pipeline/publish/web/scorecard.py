"""Snapshot → one platform's page. No statistics: every number comes from `scorecards` or is a row count of a table."""

from collections.abc import Iterable, Iterator
from functools import partial

from markupsafe import Markup

from pipeline.model import RUNGS
from pipeline.publish.web import charts, frame, measured, parts, sheet, slices
from pipeline.publish.web.campaigns import campaign_path
from pipeline.publish.web.case import case_href, case_marks, portal_names
from pipeline.publish.web.figures import MARKET, Desk, safe_href, share, sql_text
from pipeline.publish.web.notices import flags_of, notice
from pipeline.publish.web.page import Job
from pipeline.publish.web.reading import Row, Snapshot, tuples
from pipeline.publish.web.replies import template_path
from pipeline.publish.web.texts import mark

BESIDE = (
    "silence_rate", "undelivered_share", "hidden_share", "withdrawn_share", "vanished_share", "unseen_share",
)  # fmt: skip


def jobs(desk: Desk) -> Iterator[Job]:
    """One page per platform, by id."""
    market = frame.rate(desk, MARKET, "sink_rate", key="m")
    defs = charts.pattern_defs()
    for row in desk.data.platforms.values():
        path = frame.platform_path(row["id"])
        yield Job(path, partial(_page, desk, row, market, defs), partial(_rows, desk.data, row))


_OF_CASES = (
    "id", "t0", "state", "rung", "portals", "hidden_only", "contradicted", "rung_low", "rung_high", "answered_late", "in_headline",
)  # fmt: skip


def _rows(data: Snapshot, row: Row) -> Iterator[object]:
    """What the page is made from, shares as they are printed."""
    platform = row["id"]
    yield tuple(row), data.score_seals.get(platform), data.n_ranked, data.portal_names
    market = data.scores.get(MARKET, {}).get(("30d", "all", "sink_rate"))
    yield None if market is None or market["value"] is None else share(market["value"])
    for table in (
        data.money, data.robustness, data.curves, data.templates, data.tombstones, data.campaigns, data.statements,
        data.claims, data.typical, data.flags,
    ):  # fmt: skip
        yield tuples(table.get(platform, []))
    yield tuples(one for one in data.notices if one["platform"] == platform)
    band = data.bands.get(platform)
    yield None if band is None else measured.printed_band(band)
    for case in data.cases_of.get(platform, []):
        first = data.complaints.get(case["id"])
        yield [case[name] for name in _OF_CASES], None if first is None else first["title"], data.has_case_pages
    for one in data.typical.get(platform, []):
        first = data.complaints.get(one["case_id"])
        yield None if first is None else (first["title"], first["excerpt"])
    for one in data.tombstones.get(platform, []):
        first = data.complaints.get(one["complaint"])
        yield None if first is None else first["case_id"]


def _page(desk: Desk, row: Row, market: parts.Rate, defs: Markup) -> sheet.PlatformPage:
    platform, name = row["id"], row["name"]
    sink = frame.rate(desk, platform, "sink_rate", key="head", market=market)
    shell = frame.shell(
        desk, title=desk.say("%(name)s：公开投诉的结局", name=name), section="platforms", path=frame.platform_path(platform),
        description=desk.say("截至 %(as_of)s，公开投诉门户上关于%(name)s的投诉的结局：石沉率、区间、件数与出处。", as_of=desk.as_of, name=name),
    )  # fmt: skip
    return sheet.PlatformPage(
        shell=shell,
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
        ladder=frame.ladder(desk, platform, key="ladder", title=desk.say("%(name)s的结局阶梯", name=name), height=64),
        rungs=frame.rung_rows(desk, platform),
        promises=frame.promises(desk, platform, "t"),
        aside=frame.figures(desk, platform, frame.ASIDE),
        beside=frame.figures(desk, platform, BESIDE),
        open_now=frame.figures(desk, platform, frame.OPEN),
        claims=tuple(slices.claim(desk, one) for one in desk.data.claims.get(platform, [])),
        notices=tuple(notice(desk, one) for one in desk.data.notices if one["platform"] == platform),
        flags=flags_of(desk, platform),
        cases_href=desk.sql_href(f"select * from cases where platform = {sql_text(platform)} order by t0 desc"),
        speed=measured.speed(desk, platform, name),
        comparison=measured.comparison(desk, platform, market.figure),
        definitions=measured.definitions(desk, platform),
        money=measured.money(desk, platform, name, draws=sink.figure is not None and sink.figure.is_rate),
        afterwards=measured.afterwards(desk, platform),
        cuts=_cuts(desk, platform, name),
        said=_said(desk, platform),
        defs=defs,
    )


def _cuts(desk: Desk, platform: str, name: str) -> sheet.Cuts:
    months = slices.slices(desk, platform, "month:")
    return sheet.Cuts(
        months=months,
        trend=slices.trend(desk, months, name),
        multiples=slices.multiples(desk, platform, name),
        portals=slices.slices(desk, platform, "portal:"),
        horizons=slices.horizons(desk, platform),
        issues=slices.slices(desk, platform, "issue:"),
        amounts=slices.amounts(desk, platform),
    )


def _said(desk: Desk, platform: str) -> sheet.Said:
    data = desk.data
    return sheet.Said(
        templates=tuple(_template(desk, one) for one in data.templates.get(platform, [])),
        typical=tuple(_typical(desk, one) for one in data.typical.get(platform, [])),
        groups=_groups(desk, platform),
        tombstones=tuple(_tombstone(desk, one) for one in data.tombstones.get(platform, [])),
        campaigns=tuple(_campaign(desk, one) for one in data.campaigns.get(platform, [])),
        statements=tuple(_statement(desk, one) for one in data.statements.get(platform, [])),
    )


def _sentence(desk: Desk, sink: parts.Rate) -> str:
    figure = sink.figure
    if figure is None:
        return desk.say("截至 %(as_of)s，主窗口内没有已判定的案件。", as_of=desk.as_of)
    text = mark(
        "截至 %(as_of)s，计入主窗口的 %(n)s 件已判定案件中，门户页面显示 %(k)s 件在 30 天期限内没有实质答复。%(note)s。"
    )
    if figure.is_rate:
        text = mark(
            "截至 %(as_of)s，计入主窗口的 %(n)s 件已判定案件中，门户页面显示 %(k)s 件在 30 天期限内没有实质答复（%(rate)s）。"
        )
    return desk.say(text, as_of=desk.as_of, n=figure.n, k=figure.k, note=figure.note, rate=figure.text)


def _sum(desk: Desk, platform: str, sink: parts.Rate) -> sheet.Sum | None:
    if sink.figure is None:
        return None
    rows = [frame.rung_row(desk, platform, rung) for rung in RUNGS]
    counted = tuple(row for row in rows if row.group != "aside")
    return sheet.Sum(tuple(row for row in counted if row.group == "sunk"), counted, sink.figure)


def _template(desk: Desk, row: Row) -> sheet.TemplateItem:
    where = f"from templates where id = {sql_text(row['id'])}"
    return sheet.TemplateItem(
        anchor=row["id"],
        href=desk.at(template_path(row["id"])),
        label=desk.words("labels", row["label"], "name"),
        text=row["text"],
        n_replies=desk.count(row["n_replies"], f"select n_replies {where}"),
        n_complaints=desk.count(row["n_complaints"], f"select n_complaints {where}"),
        first=desk.moment(row["first_at"])[:10],
        last=desk.moment(row["last_at"])[:10],
    )


def _groups(desk: Desk, platform: str) -> tuple[sheet.CaseGroup, ...]:
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


def _group(desk: Desk, swatch: Markup | None, key: tuple[str, str], cases: Iterable[Row]) -> sheet.CaseGroup:
    links = tuple(_link(desk, case) for case in cases)
    return sheet.CaseGroup(swatch, desk.words(*key, "name"), desk.words(*key, "what"), links)


def _link(desk: Desk, case: Row) -> sheet.CaseLink:
    first = desk.data.complaints.get(case["id"])
    title = first["title"] if first is not None and first["title"] else desk.say("（无标题）")
    t0 = desk.moment(case["t0"])[:10]
    return sheet.CaseLink(
        case_href(desk, case["id"]), title, t0, portal_names(desk, case["portals"]), case_marks(desk, case)
    )


def _typical(desk: Desk, row: Row) -> sheet.TypicalItem:
    where = f"where platform = {sql_text(row['platform'])} and topic = {sql_text(row['topic'])}"
    first = desk.data.complaints.get(row["case_id"])
    return sheet.TypicalItem(
        topic=desk.issues(row["topic"]),
        n_cases=desk.count(row["n_cases"], f"select n_cases, n_compared, likeness from typical_cases {where}"),
        title=first["title"] if first is not None and first["title"] else desk.say("（无标题）"),
        href=case_href(desk, row["case_id"]),
        excerpt=row["excerpt"],
    )


def _tombstone(desk: Desk, row: Row) -> sheet.TombstoneItem:
    complaint = desk.data.complaints.get(row["complaint"])
    return sheet.TombstoneItem(
        complaint=row["complaint"],
        href=case_href(desk, complaint["case_id"]) if complaint is not None and complaint["case_id"] else None,
        kind=desk.words("tombstones", row["kind"]),
        last_alive=desk.moment(row["last_alive_at"]) if row["last_alive_at"] else "—",
        gone=desk.moment(row["gone_at"]),
        had_terminal=bool(row["had_terminal"]),
    )


def _campaign(desk: Desk, row: Row) -> sheet.CampaignItem:
    sql = f"select n_cases from campaigns where id = {sql_text(row['id'])}"
    return sheet.CampaignItem(
        title=row["title"] or desk.say("（无标题）"),
        href=desk.at(campaign_path(row["id"])),
        kind=desk.words("campaigns", row["kind"]),
        n_cases=desk.count(row["n_cases"], sql),
        first=desk.moment(row["first_at"])[:10],
        last=desk.moment(row["last_at"])[:10],
    )


def _statement(desk: Desk, row: Row) -> sheet.StatementItem:
    evidence = row["evidence_url"] or ""
    return sheet.StatementItem(row["received_on"], row["kind"], row["text"], evidence, safe_href(evidence))
