"""The site's own SQL is cut by its work, a stranger's by the clock."""

import sqlite3
from collections.abc import Iterator

import pytest

from pipeline.publish.serving import budget, guard
from pipeline.publish.serving.patience import within

ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    yield connection
    connection.close()


class Watch:
    """A clock that goes on by `step` seconds each time it is read."""

    def __init__(self, step: float) -> None:
        self.at, self.step = 0.0, step

    def __call__(self) -> float:
        self.at += self.step
        return self.at


@pytest.mark.parametrize(("work", "clock", "worked"), [(0.1, 0.5, 1.0), (0.001, 0.5, 0.02)])
def test_sql_ends_by_its_work_or_when_the_machine_is_too_busy(
    db: sqlite3.Connection, work: float, clock: float, worked: float
) -> None:
    spent, by_clock = Watch(work), Watch(clock)
    with (
        pytest.raises(sqlite3.OperationalError, match="interrupted"),
        within(db, 1_000, 10_000, spent, by_clock),
    ):
        db.execute(ENDLESS).fetchall()
    assert spent.at == pytest.approx(worked + work, abs=2 * work)
    assert db.execute("select 1").fetchone() == (1,)


@pytest.mark.parametrize(
    ("asked", "strange"),
    [("platform=*", False), ("_search=sql", False), ("sql=select+1", True), ("rung=silent&_where=1", True), ("s%71l=1", True), ("", False)],
)  # fmt: skip
def test_a_request_that_brings_sql_is_known(asked: str, strange: bool) -> None:
    assert guard._brings_sql({"type": "http", "query_string": asked.encode()}) is strange
    assert budget.begin(strange).strange is strange
