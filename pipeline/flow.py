"""The order of things, and nothing else: intake → group → judge → score → gate → publish."""

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pipeline.answers import Answers
from pipeline.batches import Told, Workers, quietly
from pipeline.code import code_digest, files_digest
from pipeline.engine import SHANGHAI, Engine
from pipeline.errors import BadInput
from pipeline.group import grouping, undone
from pipeline.intake import complaints, crawls, matters, parts, reports, shown
from pipeline.intake.goods import Goods
from pipeline.intake.issues import Taxonomy
from pipeline.intake.resolve import Resolver
from pipeline.judge import judging
from pipeline.model import Finding
from pipeline.paths import Paths
from pipeline.publish import amending, gate
from pipeline.publish.database import write_database
from pipeline.publish.editions import place
from pipeline.publish.shelf import Shelf
from pipeline.publish.tables import METHOD_VERSION, public_tables, record_tables
from pipeline.score import claims, notice, scorecards
from pipeline.workdays import Calendar

Progress = Callable[[str], None]
MADE_BY = ("pipeline", "crawlers/portals")
"""Whose code an edition is made by; the portals' facts are read from there."""
KEPT = ("landed", "answers", "edition")
"""Folders below data/work whose loss costs time only."""
STAGES = ("intake", "group", "judge", "score", "gate", "publish")


@dataclass(frozen=True)
class Result:
    """What a run made."""

    edition: str
    as_of: datetime
    database: Path
    rows: dict[str, int]


@dataclass(frozen=True)
class Scored:
    """The public tables of an edition that is not published yet."""

    edition: str
    as_of: datetime
    tables: Shelf
    findings: list[Finding]
    read: gate.Read = gate.UNREAD


@dataclass(frozen=True)
class Over:
    """A cluster to run on: its engine, `spark://HOST:PORT`, and a folder that it and this machine reach (path or URL;
    empty: below data/work)."""

    engine: str
    scratch: str = ""


def run(
    paths: Paths,
    as_of: datetime | None,
    accept_shrink: Collection[str],
    progress: Progress,
    told: Told = quietly,
    full: bool = False,
    over: Over | None = None,
) -> Result:
    """From data/raw to a published database. As-of defaults to the newest sighting: what we know ends there.

    What was read and answered before is taken from data/work; `full` reads and asks all anew. Both give the same edition,
    and so does a cluster, which reads all anew each time.
    """
    if full:
        for name in KEPT:
            shutil.rmtree(paths.work / name, ignore_errors=True)
    with Engine(paths.work / "tables") as engine, Workers(told=told) as workers:
        answers = Answers(engine, workers, paths.work / "answers")
        if over:
            scored = score_over(over, engine, paths, as_of, progress, told)
        else:
            scored = score(engine, paths, as_of, progress, answers)
        progress("gate")
        published = paths.public / "sinkrate.db"
        unread = reports.unread(engine, scored.findings)
        gate.check(scored.tables, published, accept_shrink, unread, answers, scored.read)
        progress("publish")
        before = amending.last(paths.work / "edition", published)
        write_database(paths.work / "sinkrate.db", scored.tables, workers, before)
    place(paths, scored.edition, paths.work / "sinkrate.db")
    amending.keep(paths.work / "edition", scored.tables)
    sizes = {name: scored.tables.rows(name) for name in scored.tables}
    return Result(scored.edition, scored.as_of, published, sizes)


def score(
    engine: Engine, paths: Paths, as_of: datetime | None, progress: Progress, answers: Answers | None = None
) -> Scored:
    """From data/raw to the public tables as knowable at `as_of`; nothing is published. Working tables stay in the engine."""
    answers = answers or Answers(engine, Workers(0))
    resolver = Resolver.load(paths.reference)
    calendar = Calendar.load(paths.reference / "workdays")
    progress("intake")
    files = parts.scan(parts.raw_files(paths.raw))
    key = fingerprint_key(paths.key)
    findings = complaints.land(engine, files, as_of, key, paths.work / "landed", answers.workers)
    as_of = as_of or _newest(engine, paths)
    complaints.take_in(engine, resolver)
    shown.run(engine)
    findings += reports.findings(engine, paths.raw) + reports.unknown_statuses(engine)
    reports.counters(engine, paths.raw)
    reports.controls(engine, paths.raw)
    taxonomy = Taxonomy.load(paths.reference / "issues.yml")
    matters.run(engine, taxonomy, Goods.load(paths.reference / "goods.yml"), paths.reference, answers)
    progress("group")
    grouping.run(engine, taxonomy, undone.load(paths.reference / "unmerged.csv"))
    progress("judge")
    judging.run(engine, paths.reference, calendar, as_of, answers)
    progress("score")
    tables = Shelf.empty(engine.folder / "public")
    record_tables(engine, as_of, reports.not_understood(findings), tables)
    return _scored(engine, paths, (files, as_of), findings, tables)


def score_over(
    over: Over, engine: Engine, paths: Paths, as_of: datetime | None, progress: Progress, told: Told
) -> Scored:
    """`score`, with the tables of single records made on a cluster."""
    from pipeline.cluster.records import Run
    from pipeline.cluster.session import Cluster

    progress("intake")
    files = parts.scan(parts.raw_files(paths.raw))
    shelf = Shelf.empty(engine.folder / "public")
    with Cluster(over.engine, over.scratch or str(paths.work / "spark"), told) as cluster:
        made = Run(cluster, engine, shelf, paths, files)(as_of, fingerprint_key(paths.key), progress)
    progress("score")
    engine.put(
        "taxonomy",
        matters.words(Taxonomy.load(paths.reference / "issues.yml"), Goods.load(paths.reference / "goods.yml")),
    )
    return replace(_scored(engine, paths, (files, made.as_of), made.findings, shelf), read=made.read)


def _scored(
    engine: Engine,
    paths: Paths,
    known_by: tuple[Sequence[parts.RawFile], datetime],
    findings: list[Finding],
    tables: Shelf,
) -> Scored:
    """What concerns the market as a whole, from the tables of single records on the shelf and in the engine."""
    files, as_of = known_by
    resolver = Resolver.load(paths.reference)
    digest = _inputs(files, paths, as_of)
    edition = f"{as_of.astimezone(ZoneInfo(SHANGHAI)):%Y-%m-%d}-{digest[:8]}"
    known = crawls.crawls(engine, paths.raw, as_of)
    public_tables(engine, resolver, paths.reference, (edition, as_of, digest), findings, known, tables)
    made = scorecards.statistics(engine, edition, as_of, tables)
    sent = [
        row.model_copy(update={"platform": resolver.canonical(row.platform)})
        for row in notice.sent_notices(paths.reference / "notices.csv")
    ]
    made["notices"] = notice.notices(engine, as_of, sent)
    made["claims"] = claims.claims(engine, as_of)
    for name, table in made.items():
        tables.put(name, table)
    return Scored(edition, as_of, tables, findings)


def _newest(engine: Engine, paths: Paths) -> datetime:
    newest = engine.sql("SELECT max(seen_at) AS at FROM landed")["at"][0].as_py()
    if not isinstance(newest, datetime):
        raise BadInput(f"nothing to run on: {paths.raw} holds no readable record; crawl or import something first")
    return newest


def _inputs(files: Sequence[parts.RawFile], paths: Paths, as_of: datetime) -> str:
    """SHA-256 over what an edition is made from: records, the crawls' reports and findings, reference data, as-of, method, code."""
    beside = {path: files_digest([path], paths.raw) for path in crawls.input_files(paths.raw)}
    records = {file.path: file.digest for file in files}
    named = [
        f"{path.relative_to(paths.raw).as_posix()} {digest}" for path, digest in sorted((records | beside).items())
    ]
    reference = sorted(path for path in paths.reference.rglob("*") if path.is_file())
    made_by = (files_digest(reference, paths.reference), as_of.isoformat(), METHOD_VERSION, code_digest(*MADE_BY))
    return hashlib.sha256("\n".join([*named, *made_by]).encode()).hexdigest()


def fingerprint_key(path: Path) -> bytes:
    """The machine's own key for fingerprints; made once, readable by its owner only, never published."""
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(secrets.token_bytes(32))
    return path.read_bytes()
