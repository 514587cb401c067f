"""Pages by place are the pages by key."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from pipeline.model import TABLES
from pipeline.publish.keys import ORDER, PRIMARY_KEYS
from pipeline.publish.serving.stored import by_place, counting, without_next
from tests.publish.sample import write_sample_db


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(write_sample_db(tmp_path_factory.mktemp("stored") / "sinkrate.db"))
    yield connection
    connection.close()


@pytest.mark.parametrize("table", [name for name in TABLES if name not in ORDER])
def test_rows_are_stored_in_the_order_of_their_keys(db: sqlite3.Connection, table: str) -> None:
    keys = ", ".join(f'"{key}"' for key in PRIMARY_KEYS[table])
    by_key = db.execute(f'SELECT rowid FROM "{table}" ORDER BY {keys}').fetchall()
    assert by_key == sorted(by_key)


@pytest.mark.parametrize(
    ("sql", "params"),
    [
        ("select id, rung from cases order by id limit 7", {}),
        ("select id, rung from cases where rung = :p0 order by id limit 3", {"p0": "silent"}),
        ("select id from events where kind = :p0 and ((id > :p1)) order by id limit 9", {"p0": "filed", "p1": "heimao/17390000005#0"}),
        ("select id from cases where ((id > :p0)) order by id limit 9", {"p0": "heimao/17390000007"}),
        ("select case_id from conduct where ((case_id > :p0)) order by case_id limit 9", {"p0": "heimao/17390000007"}),
    ],
)  # fmt: skip
def test_a_page_by_place_is_the_page_by_key(db: sqlite3.Connection, sql: str, params: dict[str, Any]) -> None:
    short = by_place(sql)
    assert "rowid" in short and "order by id" not in short and "id > :p" not in short
    assert db.execute(short, params).fetchall() == db.execute(sql, params).fetchall() != []


@pytest.mark.parametrize(
    "sql",
    [
        "select id from complaints order by id limit 7",
        "select id from cases order by t0 desc limit 7",
        "select case_id from outcomes order by case_id, horizon limit 7",
        "select count(*) from cases where rung = :p0 ",
        "select id from elsewhere order by id limit 7",
    ],
)
def test_other_questions_stay_as_they_are(sql: str) -> None:
    assert by_place(sql) == sql


@pytest.mark.parametrize(
    ("filtered", "after"),
    [
        ("", "where ((id > :p0)) "),
        ('where "rung" = :p0 ', "and ((id > :p1)) "),
        ("", "where ((case_id > :p0)\n  or\n(case_id = :p0 and horizon > :p1)) "),
        ('where "a" = :p0 ', "and (t0 < :p2 or t0 is null or (t0 = :p2 and ((id > :p1)))) "),
        ("", "where ([at] > :p1 or ([at] = :p1 and ((id > :p0)))) "),
        ("", "where (amount_yuan is not null or (amount_yuan is null and ((id > :p0)))) "),
        ("", "where (amount_yuan is null and ((id > :p0))) "),
        ("where complaints.rowid in (select rowid from complaints_fts where complaints_fts match zh_query(:search)) ", "and ((id > :p1)) "),
    ],
)  # fmt: skip
def test_a_facet_is_counted_over_the_whole_filter(filtered: str, after: str) -> None:
    facet = "select rung as value, count(*) as count from ( select id, rung from cases {}) where rung is not null group by rung limit 31"
    assert without_next(facet.format(filtered + after)) == facet.format(filtered)
    count = f"select count(*) from cases {filtered}" if filtered else None
    assert counting(f"select id, rung from cases {filtered}{after}order by id limit 51") == count


@pytest.mark.parametrize(
    "sql", ['select id from cases where "id" > :p0 ', "select id from cases where rung = :p0 and (t0 > 5) "]
)
def test_a_filter_of_a_reader_is_kept(sql: str) -> None:
    assert without_next(sql) == sql
