"""A finished file's shape and sums are asked once; a count that takes too long is said to be unknown, never guessed."""

import asyncio
import json
import re
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from pipeline.publish.serving import budget
from pipeline.publish.serving.frozen import Frozen, Sums
from pipeline.publish.serving.inspection import inspection, write_inspection
from pipeline.publish.serving.instance import Kept, edition_of, instance
from pipeline.publish.serving.metadata import by_hand
from pipeline.publish.serving.summing import whole_sums
from tests.publish.sample import write_sample_db


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample_db(tmp_path_factory.mktemp("frozen") / "sinkrate.db")


def _ready(file: Path, **limits: int) -> Any:
    return instance([Kept("sinkrate", file, edition_of(file))], limits=limits)


def _get(ready: Any, path: str) -> Any:
    return asyncio.run(ready.client.get(path)).json()


def _counting(ready: Any) -> list[str]:
    """Every SQL that reaches the file from now on."""
    asked: list[str] = []
    database = ready.databases["sinkrate"]
    own = database.connect

    def connect() -> sqlite3.Connection:
        connection = own()
        connection.set_trace_callback(asked.append)
        return connection

    database.connect = connect
    return asked


def test_facets_of_whole_tables_come_from_the_publication(file: Path) -> None:
    live = _get(_ready(file), "/sinkrate/cases.json?_size=0")["facet_results"]
    write_inspection(file, whole_sums)
    ready = _ready(file)
    asked = _counting(ready)
    kept = _get(ready, "/sinkrate/cases.json?_size=0")["facet_results"]
    assert kept == live and {"rung", "state", "standing"} <= kept.keys()
    assert not [sql for sql in asked if "group by" in sql]


def test_each_listed_facet_and_each_of_its_values_is_summed(file: Path) -> None:
    answers = whole_sums(file, inspection(file))
    facets = {(table, facet) for table, about in by_hand().items() for facet in about.get("facets", [])}
    said = [answer["sql"] for answer in answers]
    for table, facet in facets:
        assert [sql for sql in said if f"from {table} )" in sql and f"group by {facet} " in sql], (table, facet)
    counts = [answer for answer in answers if answer["sql"].startswith("select count(*) from cases where")]
    assert {tuple(answer["params"].values()) for answer in counts} > {("silent",)}


def test_shape_and_sums_are_asked_once(file: Path) -> None:
    ready = _ready(file)
    asked = _counting(ready)
    first = _get(ready, "/sinkrate/cases.json?platform=yinghuo")
    before = [sql for sql in asked if "sqlite_master" in sql or "group by" in sql or "count(*)" in sql]
    asked.clear()
    again = _get(ready, "/sinkrate/cases.json?platform=yinghuo")
    after = [sql for sql in asked if "sqlite_master" in sql or "group by" in sql or "count(*)" in sql]
    assert before and not after
    assert first["filtered_table_rows_count"] == again["filtered_table_rows_count"] > 0
    assert first["facet_results"] == again["facet_results"]


SLOW = "(select count(*) from events a, events b where a.id > cases.id) >= 0"
"""A condition that takes some milliseconds a row."""


def test_what_takes_too_long_to_count_is_not_counted_and_known_to_the_next_reader(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = _ready(file, sql_time_limit_ms=30_000)
    page = f"/sinkrate/cases.json?{urlencode({'_size': 0, '_where': SLOW})}"

    async def read() -> tuple[Any, Any, Any]:
        monkeypatch.setattr(budget, "BUDGET_MS", 5.0)
        first = await ready.client.get(page)
        await ready.databases["sinkrate"].finishing
        return first, await ready.client.get(page), await ready.client.get("/sinkrate/cases.json?_size=0")

    first, second, other = asyncio.run(read())
    assert first.json()["filtered_table_rows_count"] is None and first.json()["facet_results"] == {}
    assert first.headers["cache-control"] == "max-age=3" and other.headers["cache-control"] == "max-age=300"
    assert second.json()["filtered_table_rows_count"] == 55 and second.headers["cache-control"] == "max-age=300"
    assert {"rung", "state", "standing"} <= second.json()["facet_results"].keys()
    assert (
        "没数完" in asyncio.run(_ready(file).client.get("/sinkrate/cases?_size=1&" + urlencode({"_where": SLOW}))).text
    )


def test_names_that_do_not_exist_do_not_fill_the_memory(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.publish.serving.frozen._MOST", 3)
    database = Frozen(_ready(file), str(file), Sums())
    database.name = "sinkrate"
    found = [asyncio.run(database.table_exists(f"no{number}")) for number in range(9)]
    assert not any(found) and len(database.shape) == 3


def test_sums_survive_writing_and_reading(file: Path) -> None:
    answers = json.loads(json.dumps(whole_sums(file, inspection(file))))
    sums = Sums()
    sums.read(answers)
    assert sums.written() == answers and len(answers) > 20


def test_sums_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.publish.serving.frozen._MOST", 2)
    sums = Sums()
    sums.read({"sql": f"select {number}", "params": {}, "columns": ["n"], "rows": [[number]]} for number in range(3))
    assert [answer["sql"] for answer in sums.written()] == ["select 1", "select 2"]


def test_the_instance_lets_everybody_read_and_nobody_else_anything(file: Path) -> None:
    ready = _ready(file)

    async def allowed(action: str, resource: Any = None) -> bool:
        return bool(await ready.permission_allowed(None, action, resource, default=None))

    reading = [("view-instance",), ("view-table", ("sinkrate", "cases")), ("execute-sql", "sinkrate")]
    closed = [
        ("view-database", "_internal"),
        ("view-table", ("_internal", "tables")),
        ("permissions-debug",),
        ("debug-menu",),
    ]
    assert all(asyncio.run(allowed(*one)) for one in reading)
    assert not any(asyncio.run(allowed(*one)) for one in closed)


def test_questions_over_the_market_come_from_the_publication(file: Path) -> None:
    pages = (
        "t48_by_month.json?platform=*&_shape=array",
        "t48_by_month.json?platform=*",
        "outcome_ladder?other=1",
        "t48_by_month?platform=*",
    )
    asked_live = [asyncio.run(_ready(file).client.get(f"/sinkrate/{page}")).text for page in pages]
    write_inspection(file, whole_sums)
    ready = _ready(file)
    asked = _counting(ready)
    kept = [asyncio.run(ready.client.get(f"/sinkrate/{page}")).text for page in pages]
    assert [_timeless(text) for text in kept] == [_timeless(text) for text in asked_live] and json.loads(kept[0])
    assert not [sql for sql in asked if "from cases" in sql]
    assert _get(ready, "/sinkrate/t48_by_month.json?platform=yinghuo,*")["rows"] and [
        sql for sql in asked if "from cases" in sql
    ]


def _timeless(text: str) -> str:
    return re.sub(r'"query_ms": [0-9.]+|[0-9.]+ ?ms', "", text)


@pytest.mark.parametrize(
    "page",
    [
        "cases.json?_size=5",
        "cases.json?_size=5&rung=silent",
        "replies.json?_size=5&_sort=at",
        "complaints.json?_size=5",
    ],
)
def test_the_next_page_tells_the_facets_of_the_first(file: Path, page: str) -> None:
    first = _get(_ready(file), f"/sinkrate/{page}")
    second = _get(_ready(file), f"/sinkrate/{page}&_next={first['next']}")
    assert first["rows"] != second["rows"] and second["rows"]

    def counted(answer: Any) -> dict[str, Any]:
        return {
            name: [(one["value"], one["count"]) for one in facet["results"]]
            for name, facet in answer["facet_results"].items()
        }

    assert counted(first) == counted(second) and counted(first)
