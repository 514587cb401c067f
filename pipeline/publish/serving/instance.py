"""The Datasette instance: the current edition as `sinkrate`, and each kept edition under its own name beside it."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasette.app  # first: its other modules import each other in a circle
from datasette.database import Database

from pipeline.errors import BadInput
from pipeline.model import Edition
from pipeline.paths import SITE, Paths
from pipeline.publish.editions import editions
from pipeline.publish.serving.inspection import inspection
from pipeline.publish.serving.metadata import CURRENT, metadata, pinned

BASE_URL = "/data/"
SETTINGS: dict[str, Any] = {
    "base_url": BASE_URL,
    "sql_time_limit_ms": 1000,
    "facet_time_limit_ms": 500,
    "max_returned_rows": 1000,
    "num_sql_threads": 4,
    "suggest_facets": False,
    "allow_download": True,
    "allow_csv_stream": True,
    "max_csv_mb": 100,
    "default_cache_ttl": 300,
    "truncate_cells_html": 300,
}


@dataclass(frozen=True)
class Kept:
    """One database to serve: its name in addresses, its file, the edition in it."""

    name: str
    file: Path
    edition: Edition


def databases(public: Path, edition: str | None = None) -> list[Kept]:
    """The current edition, or the one named, first; then every kept edition, newest first; BadInput where there is none."""
    paths = Paths(public.parent)
    current = paths.editions / edition / f"{CURRENT}.db" if edition else public / f"{CURRENT}.db"
    if not current.is_file():
        raise BadInput(f"{current.parent}: no published edition here; run `sinkrate build` first")
    kept = [paths.editions / name / f"{CURRENT}.db" for name in editions(paths)]
    files = [file for file in kept if file.is_file()]
    own = next((file for file in files if file.samefile(current)), current)
    return [
        Kept(CURRENT, own, edition_of(own)),
        *(Kept(pinned(file.parent.name), file, edition_of(file)) for file in files),
    ]


def edition_of(file: Path) -> Edition:
    """The edition a database holds."""
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?immutable=1", uri=True)) as connection:
        cursor = connection.execute("SELECT * FROM editions ORDER BY as_of DESC LIMIT 1")
        row = cursor.fetchone()
    if row is None:
        raise BadInput(f"{file} names no edition: run `sinkrate build` again")
    return Edition.model_validate(dict(zip((column[0] for column in cursor.description), row, strict=True)))


def instance(kept: list[Kept]) -> datasette.app.Datasette:
    """Immutable databases with their counts known from the start."""
    datasette.handle_exception.rich = None  # else every refused query is printed with all local variables, slowly
    known: dict[Path, dict[str, Any]] = {}
    for one in kept:  # the current edition stands under two names
        known.setdefault(one.file, inspection(one.file))
    ready = datasette.app.Datasette(
        files=[],
        cors=True,
        inspect_data={one.name: known[one.file] for one in kept},
        metadata=metadata({one.name: one.edition for one in kept}),
        settings=dict(SETTINGS),
        template_dir=str(SITE / "datasette" / "templates"),
        static_mounts=[("look", str(SITE / "datasette" / "look"))],
    )
    for one in kept:
        ready.add_database(Database(ready, path=str(one.file.resolve()), is_mutable=False), name=one.name)
    return ready
