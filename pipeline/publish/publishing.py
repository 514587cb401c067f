"""From the published database to the published site, and the checks of what lies in data/public."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import BadInput
from pipeline.model import TABLES
from pipeline.paths import Paths
from pipeline.publish.editions import hard_link, place_site
from pipeline.publish.open.writing import write_open
from pipeline.publish.serving.inspection import Inspection, answering, write_inspection
from pipeline.publish.serving.moved import read_moved
from pipeline.publish.web.build import build_site
from pipeline.schema import sqlite_columns

ROUNDING = 1e-9


@dataclass(frozen=True)
class Built:
    """What a build made: pages in all, those whose bytes changed, all bytes of the pages; files of open data and their bytes.

    `notice` says what had to be left out, and the remedy.
    """

    edition: str
    pages: int
    written: int
    bytes: int
    open_files: int
    open_bytes: int
    notice: str = ""


def current_edition(database: Path) -> str:
    """Id of the edition a public database holds."""
    if not database.is_file():
        raise BadInput(f"{database} does not exist: run `sinkrate run` first")
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as db:
        return str(db.execute("SELECT id FROM editions").fetchone()[0])


def old_ids(database: Path) -> dict[str, str]:
    """Every old platform id of the edition → the id that stands for it, from `platform_ids`."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as db:
        return dict(db.execute("SELECT old_id, platform FROM platform_ids ORDER BY old_id"))


def build_edition(
    paths: Paths,
    data_url: str,
    progress: Callable[[int, int], None],
    site_url: str = "",
    contact: str = "",
    processes: int = 1,
) -> Built:
    """Render what changed since the site that stands, aside, then swap it in: a crash leaves the last good site standing."""
    database = paths.public / "sinkrate.db"
    edition = current_edition(database)
    aside = paths.work / "site"
    if aside.exists():
        shutil.rmtree(aside)
    if (paths.public / "site").is_dir():
        _link_tree(paths.public / "site", aside)
    moved = old_ids(database) | read_moved(paths.reference / "moved.csv")
    report = build_site(
        database, aside, data_url=data_url, site_url=site_url, contact=contact, moved=moved, progress=progress,
        processes=processes,
    )  # fmt: skip
    data = write_open(
        database, aside, site_url=site_url, moved=moved, key=paths.signing_key, log=paths.public / "checkpoints.ndjson"
    )
    place_site(paths, edition, aside)
    write_inspection(paths.editions / edition / "sinkrate.db", _whole_sums, answering())
    return Built(edition, report.pages, report.written, report.bytes, data.files, data.bytes, report.notice)


def _whole_sums(file: Path, counted: Inspection) -> list[Any]:
    from pipeline.publish.serving.summing import whole_sums  # Datasette takes a second to load

    return list(whole_sums(file, counted))


def _link_tree(source: Path, target: Path) -> None:
    """The same files under another folder by hard links; copies where the filesystem has none."""
    target.mkdir(parents=True)
    for entry in os.scandir(source):
        if entry.is_dir(follow_symlinks=False):
            _link_tree(Path(entry.path), target / entry.name)
        else:
            hard_link(entry.path, f"{target}/{entry.name}")


def check_public(public: Path) -> list[str]:
    """Problems of what is published: personal data, a broken database, a number its own SQL does not give."""
    database = public / "sinkrate.db"
    current_edition(database)
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as db:
        problems = [f"database: {word}" for (word,) in db.execute("PRAGMA integrity_check") if word != "ok"]
        problems += [f"foreign key of {row[0]}, row {row[1]}" for row in db.execute("PRAGMA foreign_key_check")]
        problems += _leaking(db)
        problems += _wrong_numbers(db)
    return problems


def _leaking(db: sqlite3.Connection) -> Iterator[str]:
    from pipeline.intake.redact import leaks_all  # a build reads no texts, and its patterns take long to compile
    from pipeline.publish.gate import BY_FIELD

    for name, model in TABLES.items():
        columns = [column for column, kind in sqlite_columns(model).items() if kind is str and column not in BY_FIELD]
        for column in columns:
            rows = db.execute(f'SELECT DISTINCT "{column}" FROM {name} WHERE "{column}" IS NOT NULL')
            for kinds in leaks_all([text for (text,) in rows]):
                if kinds:
                    yield f"personal data ({', '.join(kinds)}) in {name}.{column}"


def _wrong_numbers(db: sqlite3.Connection) -> Iterator[str]:
    """Every scorecard against its own SQL."""
    for row in db.execute("SELECT platform, slice, measure, k, n, value, state, sql FROM scorecards").fetchall():
        platform, slice_, measure, k, n, value, state, sql = row
        got_k, got_n, got_value = db.execute(sql).fetchone()
        same = (got_k, got_n) == (k, n) and (value is None or abs(got_value - value) <= ROUNDING)
        if not same:
            yield f"scorecard {platform} {slice_} {measure} ({state}) says {k}/{n}={value}, its SQL {got_k}/{got_n}={got_value}"
