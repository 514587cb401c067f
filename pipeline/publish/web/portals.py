"""Snapshot → the page of the portals: what was collected, by which crawls, how complete, and what was not read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from pipeline.publish.web import frame, parts
from pipeline.publish.web.figures import Count, Desk, Figure, safe_href, share, sql_text
from pipeline.publish.web.page import Job, Shell
from pipeline.publish.web.reading import Row, Snapshot, tuples

_LAST = 12


@dataclass(frozen=True)
class FindingRow:
    stage: str
    kind: str
    remedy: str
    n: Count


@dataclass(frozen=True)
class CoverageRow:
    scope: str
    collected: Count
    portal_count: Count
    met: Count
    counted: str


@dataclass(frozen=True)
class PortalBlock:
    id: str
    name: str
    home: str
    home_href: str | None
    collected: Count
    rejected: Count
    gone: Count
    first_seen: str
    last_seen: str
    coverage: tuple[CoverageRow, ...]
    scores: tuple[Figure, ...]
    crawls: parts.Crawls | None
    findings: tuple[FindingRow, ...]


@dataclass(frozen=True)
class PortalsPage:
    shell: Shell
    portals: tuple[PortalBlock, ...]
    other_findings: tuple[FindingRow, ...]


def jobs(desk: Desk) -> Iterator[Job]:
    yield Job("/portals/", partial(portals, desk), partial(_rows, desk.data))


def _rows(data: Snapshot) -> Iterator[object]:
    yield tuples(data.portals.values()), tuples(data.findings)
    for table in (data.coverage, data.portal_scores, data.crawls):
        yield [tuples(own) for own in table.values()]


def portals(desk: Desk) -> PortalsPage:
    """Each portal: what was collected, refused, gone, how complete, and what could not be read."""
    findings = desk.data.findings
    return PortalsPage(
        shell=frame.shell(
            desk, title=desk.say("门户与覆盖"), section="portals", path="/portals/",
            description=desk.say("截至 %(as_of)s，每个投诉门户收录了多少、漏了什么、哪些没有读懂。", as_of=desk.as_of),
        ),
        portals=tuple(_portal(desk, row) for row in desk.data.portals.values()),
        other_findings=_findings(desk, (row for row in findings if row["portal"] not in desk.data.portals)),
    )  # fmt: skip


def _portal(desk: Desk, row: Row) -> PortalBlock:
    where = f"from portals where id = {sql_text(row['id'])}"
    collected, rejected, gone = (
        desk.count(row[column], f"select {column} {where}") for column in ("n_complaints", "n_rejected", "n_gone")
    )
    coverage = desk.data.coverage.get(row["id"], [])
    return PortalBlock(
        id=row["id"],
        name=row["name"],
        home=row["home"],
        home_href=safe_href(row["home"]),
        collected=collected,
        rejected=rejected,
        gone=gone,
        first_seen=desk.moment(row["first_seen_at"]) if row["first_seen_at"] else desk.say("尚无观测"),
        last_seen=desk.moment(row["last_seen_at"]) if row["last_seen_at"] else desk.say("尚无观测"),
        coverage=tuple(_coverage(desk, one) for one in coverage),
        scores=tuple(_score(desk, one) for one in desk.data.portal_scores.get(row["id"], [])),
        crawls=_crawls(desk, row["id"]),
        findings=_findings(desk, (one for one in desk.data.findings if one["portal"] == row["id"])),
    )


def _score(desk: Desk, row: Row) -> Figure:
    """One number of the portal's own scorecard: a lag or a share."""
    key = ("portal_scores", row["measure"])
    return desk.waited(row, *key) if row["measure"].startswith("delivery_lag") else desk.printed(row, *key)


def _coverage(desk: Desk, row: Row) -> CoverageRow:
    where = f"portal = {sql_text(row['portal'])} and scope = {sql_text(row['scope'])}"
    sql = f"select collected, portal_count, counted_at from coverage where {where}"
    counted = desk.moment(row["counted_at"]) if row["counted_at"] else "—"
    theirs = desk.count(row["portal_count"], sql, absent=desk.say("门户未公布"))
    met = "—" if not row["portal_count"] else share(row["collected"] / row["portal_count"])
    covered = desk.linked(met, f"select 1.0 * collected / nullif(portal_count, 0) as value from coverage where {where}")
    return CoverageRow(row["scope"], desk.count(row["collected"], sql), theirs, covered, counted)


def _findings(desk: Desk, rows: Iterable[Row]) -> tuple[FindingRow, ...]:
    return tuple(_finding(desk, row) for row in rows)


def _finding(desk: Desk, row: Row) -> FindingRow:
    portal = "portal is null" if row["portal"] is None else f"portal = {sql_text(row['portal'])}"
    where = f"{portal} and stage = {sql_text(row['stage'])} and kind = {sql_text(row['kind'])}"
    return FindingRow(
        stage=row["stage"],
        kind=row["kind"],
        remedy=row["remedy"],
        n=desk.count(row["n"], f"select count(*) as n from findings where {where}"),
    )


def _crawls(desk: Desk, portal: str) -> parts.Crawls | None:
    """The newest crawls of a portal; None where this edition knows of none."""
    runs = desk.data.crawls.get(portal, [])
    if not runs:
        return None
    where = f"from crawls where portal = {sql_text(portal)}"
    good = f"select max(last_record_at) as last_record_at {where} and complete and n_problems = 0"
    last = max((row["last_record_at"] for row in runs if _is_good(row)), default=None)
    return parts.Crawls(
        last_good=desk.say("尚无") if last is None else desk.moment(last),
        age=desk.linked("—" if last is None else _age(desk, last), good),
        n_runs=desk.count(len(runs), f"select count(*) as n {where}"),
        n_refused=desk.count(sum(row["n_refused"] for row in runs), f"select sum(n_refused) as n {where}"),
        rows=tuple(_crawl(desk, row) for row in runs[:_LAST]),
        href=desk.sql_href(f"select * {where} order by started_at desc"),
    )


def _is_good(row: Row) -> bool:
    return bool(row["complete"]) and row["n_problems"] == 0 and row["last_record_at"] is not None


def _age(desk: Desk, then: str) -> str:
    """Whole days from a moment to the edition's as-of."""
    passed = datetime.fromisoformat(desk.data.edition["as_of"]) - datetime.fromisoformat(then)
    return desk.say("%(n)s 天", n=passed.days)


def _crawl(desk: Desk, row: Row) -> parts.CrawlRow:
    where = f"from crawls where portal = {sql_text(row['portal'])} and run = {sql_text(row['run'])}"
    names = ("listed", "n_new", "n_gone", "n_refused", "n_gaps", "n_findings")
    listed, new, gone, refused, gaps, findings = (desk.count(row[name], f"select {name} {where}") for name in names)
    landed = row["n_new"] + row["n_changed"] + row["n_same"]
    outcome = "complete" if row["complete"] else "stopped" if row["ended_at"] else "unfinished"
    return parts.CrawlRow(
        run=row["run"],
        ended=desk.moment(row["ended_at"]) if row["ended_at"] else "—",
        outcome=desk.words("crawls", "doubted" if row["complete"] and row["n_problems"] else outcome),
        trusted=_is_good(row),
        listed=listed,
        records=desk.count(landed, f"select n_new + n_changed + n_same as n {where}"),
        new=new,
        gone=gone,
        gone_kinds=_named(desk, row["gone"]),
        refused=refused,
        refused_kinds=row["refused"],
        gaps=gaps,
        findings=findings,
        waited=desk.say("%(n)s 秒", n=f"{row['waited_seconds']:,.0f}"),
    )


def _named(desk: Desk, kinds: str) -> str:
    """`deleted 3 · private 1` in words; kinds without a word stay as they are."""
    known = desk.words.keys("tombstones")
    parts_of = (part.rpartition(" ") for part in kinds.split(" · ") if part)
    return " · ".join(f"{desk.words('tombstones', kind) if kind in known else kind} {n}" for kind, _, n in parts_of)
