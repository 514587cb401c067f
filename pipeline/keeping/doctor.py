"""What is configured, reachable, stale or missing: one line each, with its remedy. Nothing is changed, no network is touched."""

import json
import shutil
import socket
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from pipeline.errors import SinkrateError
from pipeline.paths import Paths
from pipeline.portals import facts, slugs
from pipeline.publish.open import checkpoints
from pipeline.publish.open.cards import font_file
from pipeline.workdays import Calendar

State = Literal["ok", "note", "bad"]
STALE = timedelta(days=3)
VOID = timedelta(days=30)
BACKUP_DUE = timedelta(days=14)
ROOM_GB = 5


@dataclass(frozen=True)
class Finding:
    """One line: `ok`, `note` (works without, or soon due) or `bad`; the remedy is empty where all is well."""

    state: State
    what: str
    found: str
    remedy: str = ""


@dataclass(frozen=True)
class Place:
    """Where and when the doctor looks."""

    paths: Paths
    environment: Mapping[str, str]
    now: datetime
    browser: Path | None
    backups: Path | None = None
    address: tuple[str, int] | None = None


def examine(place: Place) -> list[Finding]:
    """All findings, in the order one would set an instance up."""
    looks: tuple[Callable[[Place], Iterator[Finding]], ...] = (
        _settings,
        _pieces,
        _room,
        _collected,
        _calendar,
        _edition,
        _site,
        _keys,
        _backups,
        _server,
    )
    return [finding for look in looks for finding in look(place)]


def _settings(place: Place) -> Iterator[Finding]:
    contact = place.environment.get("SINKRATE_CONTACT", "")
    yield (
        Finding("ok", "contact", contact)
        if contact
        else Finding(
            "note",
            "contact",
            "SINKRATE_CONTACT is not set",
            "export SINKRATE_CONTACT=mailto:… before crawling a live portal",
        )
    )
    url = place.environment.get("SINKRATE_SITE_URL", "")
    yield (
        Finding("ok", "site address", url)
        if url.startswith(("http://", "https://"))
        else Finding(
            "note",
            "site address",
            url or "SINKRATE_SITE_URL is not set",
            "export SINKRATE_SITE_URL=https://…, then `sinkrate build`: sitemap, oEmbed and feeds need it",
        )
    )


def _pieces(place: Place) -> Iterator[Finding]:
    yield (
        Finding("ok", "browser", str(place.browser))
        if place.browser
        else Finding(
            "note",
            "browser",
            "no Chromium found",
            "apt-get install chromium: portals that render with their own script need it",
        )
    )
    font = font_file()
    yield (
        Finding("ok", "CJK font", str(font))
        if font
        else Finding(
            "note", "CJK font", "none found", "apt-get install fonts-noto-cjk: without it there are no social cards"
        )
    )
    nginx = shutil.which("nginx") or ("/usr/sbin/nginx" if Path("/usr/sbin/nginx").is_file() else None)
    yield (
        Finding("ok", "nginx", nginx)
        if nginx
        else Finding(
            "note",
            "nginx",
            "not installed",
            "apt-get install nginx-light, for a public instance (site/content/deploy.md)",
        )
    )


def _room(place: Place) -> Iterator[Finding]:
    existing = next(path for path in (place.paths.data, *place.paths.data.parents) if path.exists())
    free = shutil.disk_usage(existing).free / 1e9
    enough = free >= ROOM_GB
    yield Finding(
        "ok" if enough else "bad",
        "room on the disk",
        f"{free:.1f} GB free",
        "" if enough else "`sinkrate purge`, or a larger disk: an edition is written beside the one that stands",
    )


def _collected(place: Place) -> Iterator[Finding]:
    for slug in slugs():
        if facts(slug).closed:
            continue
        runs = sorted((place.paths.raw / slug).glob("*.jsonl"), key=lambda path: path.stat().st_mtime)
        if (place.paths.raw / slug / "STOP").exists():
            yield Finding(
                "note",
                f"portal {slug}",
                "switched off by a STOP file",
                f"remove {place.paths.raw / slug / 'STOP'} to collect again",
            )
        elif not runs:
            yield Finding("note", f"portal {slug}", "never collected", f"`sinkrate crawl {slug}`")
        else:
            age = place.now.timestamp() - runs[-1].stat().st_mtime
            old = age > STALE.total_seconds()
            yield Finding(
                "note" if old else "ok",
                f"portal {slug}",
                f"{len(runs)} runs, the newest {_days(age)} old",
                f"`sinkrate crawl {slug}`" if old else "",
            )


def _days(seconds: float) -> str:
    return f"{seconds / 86400:.1f} days"


def _calendar(place: Place) -> Iterator[Finding]:
    year = (place.now + timedelta(days=30)).year
    try:
        missing = Calendar.load(place.paths.reference / "workdays").missing_years(place.now.year, year)
    except (SinkrateError, OSError) as error:
        yield Finding("bad", "working days", str(error), "see data/reference/workdays and `sinkrate calendar check`")
        return
    yield Finding("ok", "working days", f"official up to {year}") if not missing else Finding(
        "note", "working days", f"no notice typed in for {', '.join(map(str, missing))}",
        "`sinkrate calendar check` names the notice: nobody is late on an estimated day",
    )  # fmt: skip


def _edition(place: Place) -> Iterator[Finding]:
    database = place.paths.public / "sinkrate.db"
    if not database.is_file():
        yield Finding("bad", "edition", "none published", "`sinkrate run`, then `sinkrate build`")
        return
    try:
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?immutable=1", uri=True)) as db:
            edition, as_of = db.execute("SELECT id, as_of FROM editions").fetchone()
    except (sqlite3.Error, TypeError) as error:
        yield Finding(
            "bad",
            "edition",
            f"{database} cannot be read: {error}",
            "`sinkrate run`; an earlier edition lies in public/editions",
        )
        return
    age = place.now - datetime.fromisoformat(as_of)
    state: State = "bad" if age > VOID else "note" if age > STALE else "ok"
    remedy = (
        ""
        if state == "ok"
        else "collect, then `sinkrate run` and `sinkrate build`"
        + ("; badges already say out of date" if state == "bad" else "")
    )
    yield Finding(state, "edition", f"{edition}, as of {as_of}, {_days(age.total_seconds())} old", remedy)


def _site(place: Place) -> Iterator[Finding]:
    link, database = place.paths.public / "site", place.paths.public / "sinkrate.db"
    if not database.is_file():
        return
    if not link.is_dir():
        yield Finding("bad", "site", "not built", "`sinkrate build`")
        return
    home = link.resolve().parent
    same = (home / "sinkrate.db").is_file() and (home / "sinkrate.db").samefile(database)
    yield (
        Finding("ok", "site", home.name)
        if same
        else Finding("bad", "site", f"pages are of {home.name}, the database is of another edition", "`sinkrate build`")
    )
    sealed = (link / "open" / "proofs" / "checkpoint.json").is_file()
    yield (
        Finding("ok", "open data", "written and sealed")
        if sealed
        else Finding("bad", "open data", "no checkpoint", "`sinkrate build`")
    )


def _keys(place: Place) -> Iterator[Finding]:
    for name, path in (("fingerprint key", place.paths.key), ("signing key", place.paths.signing_key)):
        if not path.is_file():
            yield Finding(
                "note",
                name,
                "not made yet",
                "made by the first `sinkrate run` or `build`; restore it from the backup if there was one",
            )
        elif path.stat().st_mode & 0o077:
            yield Finding("bad", name, f"others may read {path}", f"chmod 600 {path}")
        else:
            yield Finding("ok", name, "there, its owner's only")
    log = place.paths.public / "checkpoints.ndjson"
    try:
        problems = checkpoints.broken_links(checkpoints.read_log(log))
    except SinkrateError as error:
        problems = [str(error)]
    yield (
        Finding("bad", "checkpoints", problems[0], "take public/checkpoints.ndjson from the last backup")
        if problems
        else Finding("ok", "checkpoints", f"{len(checkpoints.read_log(log))}, each extends the one before")
    )


def _backups(place: Place) -> Iterator[Finding]:
    if place.backups is None:
        yield Finding(
            "note", "backup", "no folder named", "`sinkrate backup FOLDER`, then `sinkrate doctor --backups FOLDER`"
        )
        return
    found = sorted(place.backups.glob("sinkrate-*.tar"))
    if not found:
        yield Finding("bad", "backup", f"none in {place.backups}", f"`sinkrate backup {place.backups}`")
        return
    made = datetime.strptime(found[-1].name, "sinkrate-%Y%m%dT%H%M%SZ.tar").replace(tzinfo=place.now.tzinfo)
    due = place.now - made > BACKUP_DUE
    yield Finding(
        "note" if due else "ok", "backup", found[-1].name, f"`sinkrate backup {place.backups}`" if due else ""
    )


def _server(place: Place) -> Iterator[Finding]:
    """Whether this machine's own server takes connections; portals are never asked."""
    if place.address is None:
        return
    host, port = place.address
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError as error:
        yield Finding(
            "bad", "server", f"{host}:{port}: {error}", "`sinkrate serve`, or systemctl status 'sinkrate-serve@*'"
        )
        return
    yield Finding("ok", "server", f"{host}:{port} takes connections")


def as_json(findings: list[Finding]) -> str:
    return json.dumps([finding.__dict__ for finding in findings], ensure_ascii=False, indent=1)
