"""The search box finds the same whichever way it goes: fetch and sort, or walk by date; and says so within its time."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from pipeline.publish.serving import budget, searching
from pipeline.publish.serving.instance import Kept, edition_of, instance
from pipeline.publish.serving.searching import newest
from tests.publish.sample import write_sample_db

CLAUSE = "complaints.rowid in (select rowid from complaints_fts where complaints_fts match zh_query(:search))"
NEWEST = CLAUSE.replace("(:search))", "(:search) order by rowid desc limit 5000)")
ASKED: list[dict[str, Any]] = [
    {"_search": "到账"},
    {"_search": "到账", "_size": 3},
    {"_search": "到账 充值"},
    {"_search": "到账", "platform": "yinghuo"},
    {"_search": "到账", "_sort": "id", "_size": 5},
    {"_search": "到账", "filed_at__gte": "2026-08-01", "_size": 4},
    {"_search_title": "到账"},
    {"_search_excerpt": "到账"},
    {"_search": "到账 OR 充值", "_searchmode": "raw"},
    {"_search": "没有这样的词"},
    {"_search": "！？"},
]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample_db(tmp_path_factory.mktemp("searching") / "sinkrate.db")


def _pages(file: Path, asked: dict[str, Any], most: int = 3) -> list[Any]:
    """Rows of some pages, and the count and facets each says."""
    ready = instance([Kept("sinkrate", file, edition_of(file))])

    async def read() -> list[Any]:
        found, more = list[Any](), dict[str, Any]()
        for _ in range(most):
            page = (await ready.client.get(f"/sinkrate/complaints.json?{urlencode(asked | more)}")).json()
            found.append((page["rows"], page["filtered_table_rows_count"]))
            if page["next"] is None:
                break
            more = {"_next": page["next"]}
        return found

    return asyncio.run(read())


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_both_ways_find_the_same(file: Path, asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    sorted_way = _pages(file, asked)
    monkeypatch.setattr(searching, "COMMON", -1)
    monkeypatch.setattr(searching, "spend_all", lambda: None)
    walked = _pages(file, asked)
    assert [page[0] for page in walked] == [page[0] for page in sorted_way]
    assert [page[1] for page in walked] == [page[1] for page in sorted_way]
    assert (sorted_way[0][1] > 0) == ("没有" not in asked.get("_search", "") and asked.get("_search") != "！？")


def test_where_many_are_found_the_number_is_told_at_once_and_facets_follow(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "COMMON", -1)
    monkeypatch.setattr(budget, "BUDGET_MS", 60_000.0)
    ready = instance([Kept("sinkrate", file, edition_of(file))])

    async def read() -> tuple[Any, Any]:
        first = await ready.client.get("/sinkrate/complaints.json?_search=到账")
        if later := ready.databases["sinkrate"].finishing:
            await later
        return first.json(), (await ready.client.get("/sinkrate/complaints.json?_search=到账")).json()

    first, second = asyncio.run(read())
    assert first["filtered_table_rows_count"] == second["filtered_table_rows_count"] > 0
    assert {"portal", "standing"} <= second["facet_results"].keys()


BY_TIME, THEN = " order by filed_at desc limit 51", " order by filed_at desc, id limit 51"


@pytest.mark.parametrize(
    ("sql", "short"),
    [
        (f"select count(*) from complaints where {CLAUSE} ", "select count(*) from complaints_fts where complaints_fts match zh_query(:search)"),
        (f"select id from complaints where +{CLAUSE}{BY_TIME}", f"select id from complaints where +{NEWEST}{THEN}"),
        (f"select id from complaints where {CLAUSE} and platform = :p{BY_TIME}", f"select id from complaints where {CLAUSE} and platform = :p{THEN}"),
        (f"select id from complaints{BY_TIME}", f"select id from complaints{THEN}"),
        (f"select id from complaints where {CLAUSE} order by id limit 51", None),
        (f"select count(*) from complaints where {CLAUSE} and platform = :p ", None),
        ("select count(*) from cases where platform = :p ", None),
        (f"select id from cases{BY_TIME}", None),
    ],
)  # fmt: skip
def test_only_a_search_and_nothing_else_is_shortened(sql: str, short: str | None) -> None:
    assert newest(sql) == (short or sql)


def test_pages_by_time_hold_each_complaint_once(file: Path) -> None:
    """Also where many were filed at one moment."""
    found = [row[0] for rows, _ in _pages(file, {"_size": 7}, 99) for row in rows]
    with sqlite3.connect(file) as db:
        assert found == [row[0] for row in db.execute("select id from complaints order by filed_at desc, id")]
