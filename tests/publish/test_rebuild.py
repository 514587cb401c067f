"""A build after a change: what is skipped would have had the same bytes."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from pipeline.model import TABLES
from pipeline.publish.web.build import build_site
from pipeline.publish.web.figures import Desk
from pipeline.publish.web.kinds import KINDS, file_sets
from pipeline.publish.web.reading import Snapshot, read_snapshot
from pipeline.publish.web.texts import load_texts
from pipeline.publish.web.words import load_words
from tests.publish.sample import write_sample_db

_IN_THE_FRAME = {"edition", "invented"}
"""What the digest of the frame covers, `as_of` and the method's version."""
_OWN = {"platform": {"platforms"}, "names": {"platforms"}}
"""Rows that were looked up before, and are among those it is made from."""
_DERIVED = {
    "score_seals": {"scores"},
    "platform_names": {"platforms"},
    "portal_names": {"portals"},
    "n_ranked": {"scores"},
    "has_case_pages": {"cases"},
    "template_platforms": {"templates"},
    "all_campaigns": {"campaigns"},
    "campaign_cases": {"cases"},
    "cases_of": {"cases"},
    "members": {"complaints"},
    "uses": {"replies"},
}


class Watched:
    """A snapshot that notes which of its tables are read."""

    def __init__(self, inner: Snapshot) -> None:
        self.inner, self.read = inner, set[str]()

    def __getattr__(self, name: str) -> object:
        self.read |= _DERIVED.get(name, {name})
        return getattr(self.inner, name)

    def during(self, work: object) -> set[str]:
        self.read = set()
        list(work()) if callable(work) else None  # type: ignore[call-overload]
        return self.read


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample_db(tmp_path_factory.mktemp("rebuild") / "sinkrate.db")


def test_no_page_reads_a_table_that_its_rows_leave_out(database: Path) -> None:
    data = Watched(read_snapshot(database))
    desk = Desk(data, load_words(), load_texts("zh"))  # type: ignore[arg-type]
    for kind in KINDS:
        for job in kind.jobs(desk):
            used = data.during(lambda job=job: [job.make()])  # type: ignore[misc]
            assert used - data.during(job.rows) - _OWN.get(kind.name, set()) <= _IN_THE_FRAME, (kind.name, job.path)
    for one in file_sets([desk]):
        assert data.during(one.make) - data.during(one.rows) - _OWN.get(one.name, set()) <= _IN_THE_FRAME, one.name


def _changed(database: Path, table: str) -> None:
    """One row of the table says something else in each text that people read and each number."""
    with sqlite3.connect(database) as db:
        columns = [row[1:3] for row in db.execute(f"PRAGMA table_info({table})")]
        row = db.execute(f"SELECT rowid, * FROM {table} ORDER BY rowid DESC LIMIT 1").fetchone()
        for (name, kind), value in zip(columns, row[1:] if row else (), strict=False):
            if name in _READ and (name != "why" or table not in _CODES) and isinstance(value, str):
                db.execute(f"UPDATE {table} SET {name} = ? WHERE rowid = ?", (f"{value}改", row[0]))
            elif kind in ("INTEGER", "REAL") and value is not None and name.startswith(("n_", "k", "p50", "expected")):
                db.execute(f"UPDATE {table} SET {name} = {name} + 1 WHERE rowid = ?", (row[0],))


_CODES = ("bands", "mirror")
"""Tables whose `why` is a word of the locale files."""
_READ = ("name", "title", "excerpt", "text", "why", "why_en", "reason", "remedy", "legal_name", "scope", "sql", "ref")


def _bytes(site: Path) -> dict[str, bytes]:
    return {str(path.relative_to(site)): path.read_bytes() for path in site.rglob("*") if path.is_file()}


def test_after_a_change_in_any_table_the_site_is_that_of_a_whole_build(database: Path, tmp_path: Path) -> None:
    copy, out = Path(shutil.copy(database, tmp_path / "sinkrate.db")), tmp_path / "site"
    whole = build_site(copy, out)
    assert build_site(copy, out).rendered == 0
    seen = 0
    for table in sorted(set(TABLES) - {"editions"}):
        _changed(copy, table)
        report = build_site(copy, out)
        assert report.rendered < whole.pages
        seen += report.written
    build_site(copy, tmp_path / "anew")
    assert seen > 20 and _bytes(out) == _bytes(tmp_path / "anew")


def test_another_edition_of_the_same_moment_rewrites_only_what_names_it(database: Path, tmp_path: Path) -> None:
    copy, out = Path(shutil.copy(database, tmp_path / "sinkrate.db")), tmp_path / "site"
    build_site(copy, out)
    with sqlite3.connect(copy) as db:
        for table, column in (("editions", "id"), ("scorecards", "edition")):
            db.execute(f"UPDATE {table} SET {column} = '2026-11-20-ffffffff'")
    assert build_site(copy, out).written == 2 * len(("cite", "editions", "compare", "verify", "reply")) - 2
    build_site(copy, tmp_path / "anew")
    assert _bytes(out) == _bytes(tmp_path / "anew")
