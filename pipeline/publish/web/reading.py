"""Everything the site reads: the public SQLite database, opened read-only, each table read once and grouped."""

import marshal
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

from pipeline.errors import BadInput

Row = sqlite3.Row
ScoreKey = tuple[str, str, str]
"""horizon, slice, measure"""

MOST_CASE_PAGES = 20_000
_FINDINGS = "select portal, stage, kind, count(*) as n, min(remedy) as remedy from findings group by 1, 2, 3"


@dataclass(frozen=True)
class Snapshot:
    """One edition in memory, grouped the way pages need it."""

    edition: Row
    platforms: dict[str, Row]
    portals: dict[str, Row]
    scores: dict[str, dict[ScoreKey, Row]]
    cases: list[Row]
    cases_of: dict[str, list[Row]]
    complaints: dict[str, Row]
    members: dict[str, list[Row]]
    by_portal: dict[str, list[Row]]
    events: dict[str, list[Row]]
    replies: dict[str, Row]
    templates: dict[str, list[Row]]
    campaigns: dict[str, list[Row]]
    statements: dict[str, list[Row]]
    tombstones: dict[str, list[Row]]
    coverage: dict[str, list[Row]]
    findings: list[Row]
    crawls: dict[str, list[Row]]
    curves: dict[str, list[Row]]
    bands: dict[str, Row]
    funnel: list[Row]
    money: dict[str, list[Row]]
    robustness: dict[str, list[Row]]
    all_campaigns: list[Row]
    campaign_cases: dict[str, list[Row]]
    uses: dict[str, list[Row]]
    radar: list[Row]
    notices: list[Row]
    mirror: list[Row]
    simulation: list[Row]
    flags: dict[str, list[Row]]
    claims: dict[str, list[Row]]
    typical: dict[str, list[Row]]
    portal_scores: dict[str, list[Row]]
    corrections: list[Row]
    appeals: list[Row]
    facts: dict[str, list[Row]]

    @cached_property
    def template_platforms(self) -> dict[str, set[str]]:
        """Template text → platforms that use it."""
        found: dict[str, set[str]] = defaultdict(set)
        for rows in self.templates.values():
            for row in rows:
                found[row["text"]].add(row["platform"])
        return found

    @cached_property
    def score_seals(self) -> dict[str, str]:
        """Platform → digest of its scores, shares as they are printed: a change nobody can read is none."""
        return {platform: seal(map(_as_printed, own.values())) for platform, own in self.scores.items()}

    @cached_property
    def platform_names(self) -> list[tuple[str, str]]:
        """Id and name of every platform: what pages that only link to platforms print of them."""
        return [(row["id"], row["name"]) for row in self.platforms.values()]

    @cached_property
    def portal_names(self) -> str:
        """A digest of id and name of every portal."""
        return seal((row["id"], row["name"]) for row in self.portals.values())

    @cached_property
    def n_ranked(self) -> int:
        """Platforms that have a rank range."""
        return sum(("30d", "all", "rank_range") in scores for scores in self.scores.values())

    @property
    def has_case_pages(self) -> bool:
        """Cases have pages of their own up to a number of files that a folder can bear."""
        return len(self.cases) <= MOST_CASE_PAGES

    @property
    def invented(self) -> bool:
        """Whether any platform is an invented one of the demonstration portal."""
        return any(row["invented"] for row in self.platforms.values())


def read_snapshot(database: Path) -> Snapshot:
    """The newest edition in the database; a file that is no public database raises BadInput."""
    if not database.is_file():
        raise BadInput(f"{database}: no such database; run the flow first")
    try:
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return _snapshot(connection, database)
    except sqlite3.Error as error:
        raise BadInput(f"{database}: not a public database of this version: {error}") from error


def _snapshot(db: sqlite3.Connection, database: Path) -> Snapshot:
    edition = db.execute("select * from editions order by as_of desc, id desc limit 1").fetchone()
    if edition is None:
        raise BadInput(f"{database}: no edition in it")
    scores = db.execute(_SCORES, (edition["id"],))
    cases = db.execute("select * from cases order by t0 desc, id").fetchall()
    complaints = db.execute("select * from complaints order by coalesce(filed_at, published_at), id").fetchall()
    campaigns = db.execute("select * from campaigns order by n_cases desc, id").fetchall()
    replies = db.execute("select * from replies order by at desc, id").fetchall()
    return Snapshot(
        edition=edition,
        platforms={row["id"]: row for row in db.execute("select * from platforms order by id")},
        portals={row["id"]: row for row in db.execute("select * from portals order by id")},
        scores=_scores(scores),
        cases=cases,
        cases_of=_by("platform", cases),
        complaints={row["id"]: row for row in complaints},
        members=_by("case_id", complaints),
        by_portal=_by("case_id", db.execute("select * from portal_outcomes order by case_id, portal")),
        events=_by("complaint", db.execute("select * from events order by complaint, seq")),
        replies={row["id"]: row for row in replies},
        templates=_by("platform", db.execute("select * from templates order by n_complaints desc, id")),
        campaigns=_by("platform", campaigns),
        statements=_by("platform", db.execute("select * from statements order by received_on desc, id")),
        tombstones=_by("platform", db.execute("select * from tombstones order by gone_at desc, complaint")),
        coverage=_by("portal", db.execute("select * from coverage order by portal, scope, counted_at")),
        findings=db.execute(f"{_FINDINGS} order by 1, n desc, 2, 3").fetchall(),
        crawls=_by("portal", db.execute("select * from crawls order by portal, started_at desc, run desc")),
        curves=_by("platform", db.execute("select * from curves order by platform, days")),
        bands={row["platform"]: row for row in db.execute("select * from bands")},
        funnel=db.execute("select * from funnel order by n desc, platform").fetchall(),
        money=_by("platform", db.execute("select * from money order by platform, rung")),
        robustness=_by("platform", db.execute("select * from robustness order by platform, definition")),
        all_campaigns=campaigns,
        campaign_cases=_by("campaign_id", cases),
        uses=_by("template", replies),
        radar=db.execute("select * from radar order by week desc, q_value, platform, issue").fetchall(),
        notices=db.execute("select * from notices order by found_on desc, platform").fetchall(),
        mirror=db.execute("select * from mirror order by listed desc, platform").fetchall(),
        simulation=db.execute("select * from notice_simulation order by rho, true_rate, per_month").fetchall(),
        flags=_by("platform", db.execute("select * from flags order by platform, flag")),
        claims=_by("platform", db.execute("select * from claims order by platform, portal, measure")),
        typical=_by("platform", db.execute("select * from typical_cases order by platform, n_cases desc, topic")),
        portal_scores=_by("portal", db.execute("select * from portal_scores order by portal, measure")),
        corrections=db.execute("select * from corrections order by made_on desc, id").fetchall(),
        appeals=db.execute("select * from appeals order by received_on desc, id").fetchall(),
        facts=_by("platform", db.execute("select * from platform_facts order by platform, kind, value")),
    )


_UNPRINTED = "eb_mean"
"""Only the order of the home page's table is made of it."""
_MOVED_BY_OTHERS = "sink_standardised"
"""Moves a little with every other platform; all else of a platform is made from its own cases."""
_SCORES = (
    "select platform, horizon, slice, measure, k, n, value, low, high, state, sql from scorecards where edition = ?"
)


def _as_printed(score: Row) -> tuple[object, ...]:
    """All of one score; shares that others move are rounded as they are printed."""
    measure = score["measure"]
    if measure == _UNPRINTED:
        return ()
    if measure != _MOVED_BY_OTHERS:
        return tuple(score)
    ends = (None if score[end] is None else round(score[end] * 100, 1) for end in ("value", "low", "high"))
    return (score["horizon"], score["slice"], measure, score["k"], score["n"], *ends, score["state"], score["sql"])


def tuples(rows: Iterable[Row]) -> list[tuple[object, ...]]:
    return [tuple(row) for row in rows]


_NO_REFERENCES = 2
"""The last marshal format in which equal values are equal bytes."""


def seal(rows: Iterable[object]) -> str:
    """A digest of plain tuples, texts and numbers; marshal refuses anything else, and is five times as fast as repr."""
    return blake2b(marshal.dumps(list(rows), _NO_REFERENCES), digest_size=10).hexdigest()


def _by(column: str, rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows grouped by one column, order kept; rows where it is null belong to nobody and are left out."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row[column] is not None:
            groups[row[column]].append(row)
    return dict(groups)


def _scores(rows: Iterable[Row]) -> dict[str, dict[ScoreKey, Row]]:
    scores: dict[str, dict[ScoreKey, Row]] = defaultdict(dict)
    for row in rows:
        scores[row["platform"]][(row["horizon"], row["slice"], row["measure"])] = row
    return dict(scores)
