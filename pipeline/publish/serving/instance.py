"""The Datasette instance: the current edition as `sinkrate`, and each kept edition under its own name beside it."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasette.app  # first: its other modules import each other in a circle
from datasette.url_builder import Urls
from datasette.utils import PrefixedUrlString

from pipeline.errors import BadInput
from pipeline.model import Edition
from pipeline.paths import SITE, Paths
from pipeline.publish.editions import editions
from pipeline.publish.serving.frozen import Frozen, Sums
from pipeline.publish.serving.inspection import Inspection, inspection
from pipeline.publish.serving.metadata import CURRENT, metadata, pinned

BASE_URL = "/data/"
SETTINGS: dict[str, Any] = {
    "base_url": BASE_URL,
    "sql_time_limit_ms": 1000,
    "facet_time_limit_ms": 200,
    "max_returned_rows": 1000,
    "num_sql_threads": 4,
    "suggest_facets": False,
    "allow_download": True,
    "allow_csv_stream": True,
    "max_csv_mb": 100,
    "default_cache_ttl": 300,
    "truncate_cells_html": 300,
}


_READING = frozenset(
    {"view-instance", "view-database", "view-database-download", "view-table", "view-query", "execute-sql"}
)


class Addresses(Urls):  # type: ignore[misc]
    """Datasette writes its base before addresses that begin with it already: facets, sorting and the next page led nowhere."""

    def path(self, path: str, format: str | None = None) -> Any:  # noqa: A002 - Datasette's own name
        is_whole = path.startswith(self.ds.setting("base_url"))
        return super().path(PrefixedUrlString(path) if is_whole else path, format)


class Public(datasette.app.Datasette):  # type: ignore[misc]
    """Everybody may read everything but Datasette's notes about itself, and do nothing else: no rule has to be looked up."""

    @property
    def urls(self) -> Addresses:
        return Addresses(self)

    async def permission_allowed(self, actor: Any, action: str, resource: Any = None, default: Any = False) -> bool:
        database = resource[0] if isinstance(resource, tuple) else resource
        return action in _READING and database != "_internal"


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


def instance(
    kept: list[Kept],
    known: Mapping[Path, Inspection] | None = None,
    limits: Mapping[str, Any] | None = None,
    sums: Mapping[Path, Sums] | None = None,
) -> Public:
    """Immutable databases with their counts known from the start; `known`, `limits` and `sums` by file are for publication,

    where nobody waits for a page.
    """
    datasette.handle_exception.rich = None  # else every refused query is printed with all local variables, slowly
    files = list(dict.fromkeys(one.file for one in kept))  # the current edition stands under two names
    known = known or {file: inspection(file) for file in files}
    shared = sums or {file: Sums() for file in files}
    ready = Public(
        files=[],
        cors=True,
        inspect_data={one.name: known[one.file] for one in kept},
        metadata=metadata({one.name: one.edition for one in kept}),
        settings=SETTINGS | dict(limits or {}),
        template_dir=str(SITE / "datasette" / "templates"),
        static_mounts=[("look", str(SITE / "datasette" / "look"))],
    )
    ready.remove_database("_memory")  # what Datasette opens where it is given no files: nothing to read in it
    for file in files:
        shared[file].read(known[file].get("answers", []))
    for one in kept:
        ready.add_database(
            Frozen(ready, str(one.file.resolve()), shared[one.file], patient=sums is not None), name=one.name
        )
    return ready
