"""Open data written a second time: what is left standing would have had the same bytes."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.model import TABLES
from pipeline.publish.open import kept, proofs, tabular
from pipeline.publish.open.kept import table_digest
from pipeline.publish.open.reading import opened
from pipeline.publish.open.verify import verify
from pipeline.publish.open.writing import write_open
from tests.publish.open.conftest import SITE, Written

MOVED = {"old-one": "yinghuo"}


@pytest.fixture
def own(written: Written, tmp_path: Path) -> Written:
    """The sample edition's open data in a folder of the test's own, the list beside them."""
    home = Path(shutil.copytree(written.site.parent, tmp_path / "own"))
    return Written(
        home / "site", home / "sinkrate.db", written.report, home / "signing.key", home / "checkpoints.ndjson"
    )


def _again(one: Written, site_url: str = SITE) -> None:
    write_open(one.database, one.site, site_url=site_url, moved=MOVED, key=one.key, log=one.log)


def _whole(one: Written, folder: Path, site_url: str = SITE) -> Path:
    """The same written into an empty folder, after the same checkpoints."""
    site, log = folder / "site", Path(shutil.copy(one.log, folder / "log"))
    for page in one.site.rglob("index.html"):
        if "embed" not in page.parts:
            (site / page.relative_to(one.site)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(page, site / page.relative_to(one.site))
    write_open(one.database, site, site_url=site_url, moved=MOVED, key=one.key, log=log)
    return site


def _bytes(site: Path) -> dict[str, bytes]:
    return {str(path.relative_to(site)): path.read_bytes() for path in site.rglob("*") if path.is_file()}


def _said(one: Written, statement: str) -> None:
    with sqlite3.connect(one.database) as db:
        assert db.execute(statement).rowcount > 0


CHANGES = {
    "a number": "UPDATE scorecards SET k = k + 1 WHERE platform = 'yinghuo' AND measure = 'sink_rate'",
    "a name": "UPDATE platforms SET name = name || '改' WHERE id = 'yinghuo'",
    "a text no file holds": "UPDATE complaints SET excerpt = 'x' WHERE id = (SELECT min(id) FROM complaints)",
    "a statement": "UPDATE statements SET text = text || '改'",
    "another edition": "UPDATE editions SET n_cases = n_cases + 1",
    "a platform without numbers": "DELETE FROM scorecards WHERE platform = 'yinghuo'",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_after_a_change_the_files_are_those_of_a_whole_build(own: Written, tmp_path: Path, change: str) -> None:
    _said(own, change)
    anew = _whole(own, tmp_path)
    _again(own)
    assert _bytes(own.site) == _bytes(anew)
    assert verify(own.site) == verify(anew)


def test_with_another_address_all_that_print_it_are_written(own: Written, tmp_path: Path) -> None:
    anew = _whole(own, tmp_path, "https://elsewhere.example")
    _again(own, "https://elsewhere.example")
    assert _bytes(own.site) == _bytes(anew)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Tables whose files or root are made, as it happens."""
    seen: list[str] = []

    def watched(inner: Callable[..., object]) -> Callable[..., object]:
        return lambda db, table, *rest: (seen.append(table), inner(db, table, *rest))[1]

    monkeypatch.setattr(tabular, "write_table", watched(tabular.write_table))
    monkeypatch.setattr(proofs, "table_root", watched(proofs.table_root))
    return seen


def test_nothing_is_made_of_what_is_the_same(own: Written, made: list[str]) -> None:
    before = _bytes(own.site)
    _again(own)
    assert made == [] and _bytes(own.site) == before
    _said(own, CHANGES["a number"])
    _again(own)
    assert made == ["scorecards", "scorecards"]


def test_other_code_makes_everything_anew(own: Written, made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "made_by", lambda: "other")
    _again(own)
    assert sorted(made) == sorted([*TABLES, *TABLES])


def test_a_damaged_list_counts_as_none(own: Written, made: list[str]) -> None:
    beside = own.site.with_name("site.open.json")
    beside.write_text(beside.read_text(encoding="utf8").replace('"root": "', '"root": "0', 1), encoding="utf8")
    _again(own)
    assert sorted(made) == sorted([*TABLES, *TABLES])


def test_a_file_that_is_gone_or_altered_is_written_again(own: Written) -> None:
    before = _bytes(own.site)
    (own.site / "open/csv/cases.csv").unlink()
    for name in ("open/badges/yinghuo.svg", "open/feed.atom", "platforms.json", "open/proofs/platforms/yinghuo.json"):
        (own.site / name).write_bytes(before[name][:-1] + b" ")
    (own.site / "open/csv/stray.csv").write_text("x", encoding="utf8")
    shutil.rmtree(own.site / "embed")
    _again(own)
    assert _bytes(own.site) == before


def test_a_tables_digest_is_that_of_every_value_and_their_order(own: Written) -> None:
    def digest() -> str:
        with opened(own.database) as db:
            return table_digest(db, "platforms")

    first = digest()
    _said(own, "UPDATE platforms SET name = name || ' ' WHERE id = 'yinghuo'")
    changed = digest()
    _said(own, "UPDATE platforms SET name = rtrim(name) WHERE id = 'yinghuo'")
    assert changed != first == digest()


def test_the_list_lies_beside_the_site(own: Written) -> None:
    assert own.site.with_name("site.open.json").is_file() and not list(own.site.rglob("*open.json"))
