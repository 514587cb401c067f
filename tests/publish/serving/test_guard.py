"""SQL that writes, attaches, reads files or never ends, asked past Datasette's own check of the first word."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.publish.datasette_plugin import prepare_connection
from tests.publish.sample import write_sample_db


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """As Datasette opens an immutable file."""
    file = write_sample_db(tmp_path_factory.mktemp("guard") / "sinkrate.db")
    with closing(sqlite3.connect(f"file:{file}?immutable=1", uri=True, check_same_thread=False)) as opened:
        prepare_connection(opened, "sinkrate")
        yield opened


@pytest.mark.parametrize("sql", [
    "delete from cases", "update cases set why = ''", "insert into cases(id) values ('x')", "drop table cases", "create table x(y)",
    "create temp table x(y)", "create view v as select 1", "create virtual table x using fts5(a)", "alter table cases rename to x",
    "attach database ':memory:' as x", "attach database '/etc/passwd' as x", "detach database main", "vacuum into '/tmp/x.db'", "vacuum",
    "reindex", "analyze", "create trigger t after insert on cases begin select 1; end",
    "insert into complaints_fts(complaints_fts) values ('rebuild')", "delete from sqlite_master",
    "pragma writable_schema = 1; delete from sqlite_master",
])  # fmt: skip
def test_what_writes_or_attaches_is_refused(connection: sqlite3.Connection, sql: str) -> None:
    with pytest.raises((sqlite3.Error, sqlite3.Warning)):
        for part in sql.split("; "):
            connection.execute(part).fetchall()


@pytest.mark.parametrize("call", ["load_extension('x')", "readfile('/etc/passwd')", "writefile('/tmp/x', 'y')", "edit('x')",
                                  "fts3_tokenizer('simple')"])  # fmt: skip
def test_functions_that_reach_files_are_not_there(connection: sqlite3.Connection, call: str) -> None:
    with pytest.raises(sqlite3.Error):
        connection.execute(f"select {call}").fetchall()


@pytest.mark.parametrize("sql", [
    "select zeroblob(200000)", "select hex(zeroblob(60000))", "select printf('%200000s', 'x') || printf('%90000s', 'y')",
    f"select 'a' like '{'%a' * 60}'", f"select {'+'.join('1' * 300)}", f"select {', '.join('1' * 300)}",
    " union all ".join(["select 1"] * 60),
])  # fmt: skip
def test_answers_and_questions_have_a_size(connection: sqlite3.Connection, sql: str) -> None:
    try:
        (value,) = connection.execute(sql).fetchone()
    except sqlite3.Error:
        return
    assert value is None  # printf gives null for what is too long


def test_reading_passes(connection: sqlite3.Connection) -> None:
    assert (
        connection.execute(
            "select count(*) from complaints_fts where complaints_fts match zh_query('退款')"
        ).fetchone()[0]
        > 0
    )
    assert connection.execute(
        "with recursive n(i) as (select 1 union all select i + 1 from n limit 9) select max(i) from n"
    ).fetchone() == (9,)
    assert connection.execute("select json_extract('{\"a\": 1}', '$.a')").fetchone() == (1,)
    assert connection.execute("pragma database_list").fetchall() == []
    assert connection.execute("pragma table_info(cases)").fetchall()


def test_a_thousand_of_the_longest_values_fit_into_the_memory(connection: sqlite3.Connection) -> None:
    assert connection.getlimit(sqlite3.SQLITE_LIMIT_LENGTH) * 1000 <= 100_000_000


def test_the_file_stays_as_it_was(tmp_path: Path) -> None:
    file = write_sample_db(tmp_path / "sinkrate.db")
    before = file.read_bytes()
    with closing(sqlite3.connect(f"file:{file}?immutable=1", uri=True)) as opened:
        prepare_connection(opened, "sinkrate")
        with pytest.raises(sqlite3.Error):
            opened.execute("delete from cases")
    assert file.read_bytes() == before
