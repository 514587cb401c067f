"""The public database: whole, typed, checked, searchable in Chinese, equal for equal tables."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.errors import SinkrateError
from pipeline.model import TABLES
from pipeline.publish import amending, loading
from pipeline.publish import database as writing
from pipeline.publish.amending import _rowids, _with_room
from pipeline.publish.cutting import cut_all
from pipeline.publish.database import digest, write_database
from pipeline.publish.fts import LONGEST_QUERY, NOTHING, cut, query
from pipeline.publish.keys import FOREIGN_KEYS, INDEXES, PRIMARY_KEYS
from pipeline.publish.loading import GAP, WIDE, _spaced
from pipeline.publish.shelf import Shelf
from pipeline.schema import sqlite_columns
from tests.publish.sample import HOSTILE, sample_tables, write_sample_db

Tables = dict[str, pa.Table]


@pytest.fixture(scope="module")
def tables() -> Tables:
    return sample_tables()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample_db(tmp_path_factory.mktemp("db") / "sinkrate.db")


@pytest.fixture
def database(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file)) as connection:
        yield connection


def _found(database: sqlite3.Connection, words: str) -> list[str]:
    sql = "select c.title from complaints_fts f join complaints c on c.rowid = f.rowid where complaints_fts match ?"
    return [title for (title,) in database.execute(sql, (query(words),))]


def _changed(tables: Tables, name: str, column: str, value: Any) -> Tables:
    """The tables with one column of one table set to one value."""
    table = tables[name]
    at = table.schema.get_field_index(column)
    filled = pa.array([value] * table.num_rows, table.schema.field(at).type)
    return tables | {name: table.set_column(at, column, filled)}


def test_every_table_has_the_models_columns_and_rows(database: sqlite3.Connection, tables: Tables) -> None:
    words = {str: "TEXT", int: "INTEGER", float: "REAL"}
    for name, model in TABLES.items():
        columns = [(row[1], row[2]) for row in database.execute(f'pragma table_info("{name}")')]
        assert columns == [(column, words[kind]) for column, kind in sqlite_columns(model).items()]
        assert database.execute(f'select count(*) from "{name}"').fetchone() == (tables[name].num_rows,)


def test_the_declared_keys_name_tables_and_columns_that_exist() -> None:
    assert set(PRIMARY_KEYS) == set(TABLES)
    for name, keys in FOREIGN_KEYS.items():
        assert set(keys) <= set(TABLES[name].model_fields)
        assert all(PRIMARY_KEYS[other] == ("id",) for other in keys.values())
    for name, indexes in INDEXES.items():
        assert all(set(columns) <= set(TABLES[name].model_fields) for columns in indexes)


def test_times_are_shanghai_text_dates_iso_and_booleans_numbers(database: sqlite3.Connection) -> None:
    assert database.execute("select as_of from editions").fetchone() == ("2026-11-20T12:00:00+08:00",)
    assert database.execute("select found_on, left_on from notices").fetchone() == ("2026-10-01", None)
    assert {row[0] for row in database.execute("select distinct typeof(delivered) || delivered from cases")} == {
        "integer0",
        "integer1",
    }


def test_equal_tables_give_equal_digests_whatever_their_order(file: Path, tables: Tables, tmp_path: Path) -> None:
    turned = {name: table.take(pa.array(range(table.num_rows), pa.int64())[::-1]) for name, table in tables.items()}
    write_database(tmp_path / "turned.db", turned)
    assert digest(tmp_path / "turned.db") == digest(file)
    write_database(tmp_path / "other.db", _changed(tables, "findings", "remedy", "另一句"))
    assert digest(tmp_path / "other.db") != digest(file)


def test_the_digest_does_not_depend_on_page_layout(file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("vacuum into ?", (str(copy),))
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("pragma page_size = 8192")
        connection.execute("vacuum")
    assert digest(copy) == digest(file)


def test_a_key_that_points_nowhere_raises_and_leaves_the_old_file(tables: Tables, tmp_path: Path) -> None:
    target = write_sample_db(tmp_path / "sinkrate.db")
    before = digest(target)
    with pytest.raises(SinkrateError, match=r"cases\.platform holds 'nobody'.*platforms"):
        write_database(target, _changed(tables, "cases", "platform", "nobody"))
    assert digest(target) == before
    assert [path.name for path in tmp_path.iterdir()] == ["sinkrate.db"]


def test_rows_that_share_a_key_raise(tables: Tables, tmp_path: Path) -> None:
    with pytest.raises(SinkrateError, match=r"merges: .*share a key \(id\)"):
        write_database(tmp_path / "x.db", _changed(tables, "merges", "id", "m"))


def test_a_missing_table_or_column_raises(tables: Tables, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="tables missing: coverage"):
        write_database(tmp_path / "x.db", {name: table for name, table in tables.items() if name != "coverage"})
    with pytest.raises(ValueError, match="remedy"):
        write_database(tmp_path / "x.db", tables | {"findings": tables["findings"].drop_columns(["remedy"])})
    assert not list(tmp_path.iterdir())


def test_empty_tables_are_written(tables: Tables, tmp_path: Path) -> None:
    write_database(tmp_path / "x.db", {name: table.slice(0, 0) for name, table in tables.items()})
    assert digest(tmp_path / "x.db")


@pytest.mark.parametrize("word", ["退款", "到账", "没有到账", "账", "退一赔三", "q币", "Ｑ币充值"])
def test_words_are_found_exactly_where_they_stand(database: sqlite3.Connection, tables: Tables, word: str) -> None:
    rows = tables["complaints"].select(["title", "excerpt"]).to_pylist()
    plain = word.lower().replace("ｑ", "q")
    expected = [row["title"] for row in rows if any(plain in text.lower() for text in row.values())]
    assert expected
    assert sorted(_found(database, word)) == sorted(expected)


def test_several_words_must_all_occur(database: sqlite3.Connection) -> None:
    assert set(_found(database, "卡密 退款")) == {"要求退款，卡密无法使用"}
    assert not _found(database, "卡密 Q币")


@pytest.mark.parametrize("typed", ['"', '"*', "'", "*", "(", "NEAR(退款 到账)", "退款 NOT 到账", "title:退款", "^退款",
                                   "-退款", "{title}: 退款", "退款*", "", "   ", "\x00", "退款\x00", "\ud800", ")(",
                                   'a" OR "b', "AND", "退款 AND", "+", "𠮷", "👍", "%_", "; drop table f"])  # fmt: skip
def test_nothing_typed_is_syntax(database: sqlite3.Connection, typed: str) -> None:
    assert isinstance(_found(database, typed), list)


def test_hostile_titles_are_found_and_kept_as_text(database: sqlite3.Connection) -> None:
    assert HOSTILE in _found(database, "script")
    assert HOSTILE in _found(database, "NEAR")


@given(st.text(max_size=2 * LONGEST_QUERY))
def test_any_text_gives_a_query_sqlite_takes(typed: str) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("create virtual table f using fts5(t, content='', tokenize='unicode61')")
        connection.execute("insert into f(rowid, t) values (1, ?)", (cut(typed),))
        connection.execute("select rowid from f where f match ?", (query(typed),)).fetchall()


@given(st.text("退款到账没有充值abQ1，。 ", max_size=30), st.data())
def test_every_stretch_of_a_run_is_found(text: str, data: st.DataObject) -> None:
    runs = [run for run in text.replace("，", " ").replace("。", " ").split() if not run.isascii() and run.isalpha()]
    wide = [run for run in runs if not any(char.isascii() for char in run)]
    if not wide:
        return
    run = data.draw(st.sampled_from(wide))
    start = data.draw(st.integers(0, len(run) - 1))
    stretch = run[start : data.draw(st.integers(start + 1, len(run)))]
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("create virtual table f using fts5(t, content='', tokenize='unicode61')")
        connection.execute("insert into f(rowid, t) values (7, ?)", (cut(text),))
        assert connection.execute("select rowid from f where f match ?", (query(stretch),)).fetchall() == [(7,)]


@given(st.lists(st.text(max_size=30)))
@example(["ΟΔΟΣ Σ ΟΔΟϹ", "か\u3099…½ﬁＱ币", "\u1100\u1161\u11a8각\u11a8", "a\u0301 ㎏ ² 𝚺x"])
@settings(deadline=None)  # tables are made on the first call
def test_many_texts_are_cut_as_each_alone(texts: list[str]) -> None:
    assert cut_all([*texts, None]) == [*map(cut, texts), ""]


def test_two_files_filled_at_once_and_joined_are_the_one_file(
    file: Path, tables: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "LARGE", 0)
    write_database(tmp_path / "joined.db", _shelved(tmp_path / "tables", tables))
    assert digest(tmp_path / "joined.db") == digest(file)
    with closing(sqlite3.connect(file)) as one, closing(sqlite3.connect(tmp_path / "joined.db")) as other:
        schema = "select sql from sqlite_master where sql is not null order by sql"
        assert one.execute(schema).fetchall() == other.execute(schema).fetchall()
        assert _found(one, "退款") == _found(other, "退款")
        planned = "select tbl, idx, stat from sqlite_stat1 order by 1, 2"
        assert one.execute(planned).fetchall() == other.execute(planned).fetchall()


def test_rows_put_in_one_by_one_are_the_same(
    file: Path, tables: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "BULK", False)
    write_database(tmp_path / "slow.db", tables)
    assert digest(tmp_path / "slow.db") == digest(file)
    with pytest.raises(SinkrateError, match=r"merges: .*share a key \(id\)"):
        write_database(tmp_path / "x.db", _changed(tables, "merges", "id", "m"))


def _shelved(folder: Path, tables: Tables) -> Shelf:
    shelf = Shelf.empty(folder)
    for name, table in tables.items():
        shelf.put(name, table)
    return shelf


def _later(tables: Tables) -> Tables:
    """Another edition: complaints new, gone, moved, with other words and another standing; other tables follow."""
    row = tables["complaints"].to_pylist()
    gone, moved, reworded, closed = row[0]["id"], row[1]["id"], row[2], row[3]
    kept = [one for one in row if one["id"] != gone]
    for one in kept:
        one["filed_at"] = datetime(2024, 1, 2, tzinfo=UTC) if one["id"] == moved else one["filed_at"]
    reworded["title"], closed["status"] = "改写过的标题", "已完成"
    added = [reworded | {"id": f"heimao/new{place}", "ref": f"new{place}", "filed_at": filed, "title": f"新来的投诉{place}"}
             for place, filed in enumerate([None, datetime(2026, 11, 20, tzinfo=UTC), *[row[5]["filed_at"]] * 90])]  # more than a gap takes  # fmt: skip
    other = {"complaints": sorted([*kept, *added], key=lambda one: str(one["id"]))}
    other["scorecards"] = [one | {"edition": "2026-11-21-abcdef01"} for one in tables["scorecards"].to_pylist()[:-1]]
    other["editions"] = [tables["editions"].to_pylist()[0] | {"id": "2026-11-21-abcdef01"}]
    made = {name: pa.Table.from_pylist(rows, tables[name].schema) for name, rows in other.items()}
    named = {
        "sightings": "complaint",
        "events": "complaint",
        "replies": "complaint",
        "merges": "left",
        "tombstones": "complaint",
    }
    rest = {name: tables[name].filter(pc.not_equal(tables[name][column], gone)) for name, column in named.items()}
    rest["merges"] = rest["merges"].filter(pc.not_equal(rest["merges"]["right"], gone))
    return tables | rest | made


def test_a_database_amended_is_the_one_written_anew(tables: Tables, tmp_path: Path) -> None:
    before, later = _shelved(tmp_path / "before", tables), _shelved(tmp_path / "later", _later(tables))
    write_database(tmp_path / "before.db", before)
    amending.keep(tmp_path / "kept", before)
    last = amending.last(tmp_path / "kept", tmp_path / "before.db")
    assert last is not None
    amending.amend(tmp_path / "amended.db", last, later)
    write_database(tmp_path / "anew.db", later)
    assert digest(tmp_path / "amended.db") == digest(tmp_path / "anew.db") != digest(tmp_path / "before.db")
    with (
        closing(sqlite3.connect(tmp_path / "amended.db")) as one,
        closing(sqlite3.connect(tmp_path / "anew.db")) as two,
    ):
        for words in ("新来的投诉", "改写", "退款", "到账", "卡密"):
            assert sorted(_found(one, words)) == sorted(_found(two, words))
        order = "select id from complaints order by rowid"
        assert one.execute(order).fetchall() == two.execute(order).fetchall()
        assert one.execute("insert into complaints_fts(complaints_fts) values ('integrity-check')")
        assert one.execute("pragma integrity_check").fetchall() == [("ok",)]
    assert amending.last(tmp_path / "kept", tmp_path / "amended.db") is None  # it is of another edition


def test_rows_that_come_between_take_rowids_between() -> None:
    assert _rowids(np.array([0, 64, 0, 0, 128, 0])).tolist() == [32, 64, 85, 106, 128, 192]
    assert _with_room(np.array([64, *[0] * 63, 128])).tolist() == [64, *[0] * 63, 128]


@given(st.lists(st.one_of(st.just(0), st.integers(1, 80)), max_size=60), st.integers(0, 60), st.integers(0, 200))
def test_where_a_gap_is_too_narrow_its_neighbours_make_room(gaps: list[int], at: int, come: int) -> None:
    held = np.cumsum(np.maximum(gaps, 1)) * np.array(np.array(gaps) > 0)
    known = np.insert(held, min(at, len(held)), np.zeros(come, int)).astype(np.int64)
    stay = _with_room(known)
    rowids = _rowids(stay)
    assert (np.diff(rowids) > 0).all()
    assert (rowids > 0).all()
    assert set(rowids[stay > 0]) == set(stay[stay > 0]) <= set(known)


def test_few_rows_move_where_many_come() -> None:
    known = np.insert(64 * np.arange(1, 1001), 500, np.zeros(300, int))
    moved = (known > 0) & (_with_room(known) == 0)
    assert moved.sum() < 25


def test_behind_a_portals_complaints_without_a_day_there_is_room_for_years() -> None:
    day = datetime(2026, 3, 1, tzinfo=UTC)
    piece = pa.table(
        {"filed_at": pa.array([None, None, None, day, day], pa.timestamp("s", "UTC")), "portal": list("aabab")}
    )
    (placed,) = _spaced([piece])
    rowids = placed["rowid"].to_pylist()
    assert np.diff(rowids).tolist() == [GAP, GAP + WIDE, GAP + WIDE, GAP]
    for _ in range(3):  # a day's worth behind the last of portal a, then the next day's behind those
        rowids = _rowids(np.array([*rowids[:-3], *[0] * 50_000, *rowids[-3:]])).tolist()  # type: ignore[union-attr]
        assert rowids == sorted(set(rowids))
    assert next(_spaced([piece.slice(0, 0)])).num_rows == 0


def test_cutting() -> None:
    assert cut("退款到账，3天 Q币") == "退款 款到 到账 账 3 天 q 币"
    assert cut(None) == ""
    assert query("退款到账 a") == '"退款 款到 到账" AND "a"'
    assert query("退") == '"退"*'
    assert query("？") == query(None) == NOTHING


def test_complaints_lie_in_order_of_time(database: sqlite3.Connection, tables: Tables) -> None:
    rows = [filed for (filed,) in database.execute("select filed_at from complaints order by rowid")]
    assert rows == sorted(rows)
    assert pc.count(tables["complaints"]["filed_at"]).as_py() == len(rows)


def test_each_number_is_made_by_its_sql(database: sqlite3.Connection) -> None:
    for measure, k, n, value, sql in database.execute("select measure, k, n, value, sql from scorecards").fetchall():
        made = database.execute(sql).fetchone()
        assert made[:2] == (k, n), measure
        assert value is None or made[2] == pytest.approx(value), measure
