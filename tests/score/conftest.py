"""One published edition of the invented market, for the tests that count it again."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from pipeline import flow
from tests.score.market import write_market


@pytest.fixture(scope="session")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    paths = write_market(tmp_path_factory.mktemp("a market") / "data")
    database = flow.run(paths, None, (), lambda _: None).database
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        yield connection
