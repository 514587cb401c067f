"""Datasette over the edition: canned queries, links, hostile text, and what a stranger's SQL may do."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipeline.model import TABLES
from pipeline.publish.serving.metadata import READERS, questions
from tests.publish.sample import HOSTILE
from tests.publish.server import ask, publish, rows_of, running

QUERIES: dict[str, Any] = questions()
ASKED = {"words": "退款", "platform": "yinghuo", "rung": "silent", "label": "deferral", "ref": "17390000003",
         "case_id": "heimao/17390000003", "measure": "sink_rate"}  # fmt: skip
EMPTY_MEANS_ALL = {"kind": "", "id": "", "issue": "", "horizon": ""}
SAMPLE_HAS_NONE = {"by_issue", "radar_weeks", "late_answers"}  # the lab's edition has


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("a folder with spaces"))


@pytest.fixture(scope="module")
def client(public: Path) -> Iterator[httpx.Client]:
    with running(public) as client:
        yield client


# canned queries


def test_there_are_enough_canned_queries_each_explained_in_chinese() -> None:
    assert len(QUERIES) >= 20
    assert {asked["reader"] for asked in QUERIES.values()} == set(READERS)
    for name, asked in QUERIES.items():
        assert re.search(r"[一-鿿].* ?· [A-Za-z0-9]", asked["title"]), name
        assert re.search(r"[一-鿿]{4}.* · [A-Za-z0-9]", asked["description"], re.DOTALL), name
        assert set(asked.get("params", [])) == set(re.findall(r"(?<!:):([a-z_]+)", asked["sql"])), name
        assert name not in TABLES


@pytest.mark.parametrize("name", QUERIES)
def test_each_canned_query_runs_and_finds_something(client: httpx.Client, name: str) -> None:
    params = {key: (ASKED | EMPTY_MEANS_ALL)[key] for key in QUERIES[name].get("params", [])}
    answer = client.get(f"/data/sinkrate/{name}.json", params=params | {"_shape": "objects"})
    assert answer.status_code == 200, answer.text
    assert bool(answer.json()["rows"]) != (name in SAMPLE_HAS_NONE), name
    assert client.get(f"/data/sinkrate/{name}", params=params).status_code == 200
    assert client.get(f"/data/sinkrate/{name}").status_code == 200  # the bare form


def test_the_platform_table_gives_the_published_numbers(client: httpx.Client) -> None:
    rows = client.get("/data/sinkrate/platforms_by_sink_rate.json?_shape=objects").json()["rows"]
    own = next(row for row in rows if row["platform"] == "yinghuo")
    assert (own["sunk"], own["judged"], own["state"]) == (17, 32, "ok")
    assert own["low"] < own["sink_rate"] == 17 / 32 < own["high"]
    assert own["bound_low"] <= own["sink_rate"] <= own["bound_high"]
    assert {row["name"] for row in rows} == {"全市场", "萤火数卡", "折纸点券", "纸鸢充值"}


@pytest.mark.parametrize("words", ["退款", "到账", "退款 卡密", "账"])
def test_search_finds_two_character_words(client: httpx.Client, words: str) -> None:
    rows = client.get("/data/sinkrate/search.json", params={"words": words, "platform": "", "_shape": "objects"}).json()
    for row in rows["rows"]:
        assert all(word in row["title"] + row["excerpt"] for word in words.split())
    assert rows["rows"]
    assert [row["filed_at"] for row in rows["rows"]] == sorted((row["filed_at"] for row in rows["rows"]), reverse=True)


def test_the_tables_own_search_box_cuts_words_too(client: httpx.Client) -> None:
    page = client.get("/data/sinkrate/complaints.json", params={"_search": "没有到账", "_shape": "objects"}).json()
    assert page["rows"] and page["filtered_table_rows_count"] == 58
    assert 'name="_search"' in client.get("/data/sinkrate/complaints").text


@pytest.mark.parametrize("words", ['"', '"*', "NEAR(", "退款*", "AND", "' or 1=1 --", "", "\x00"])
def test_search_takes_whatever_is_typed(client: httpx.Client, words: str) -> None:
    asked = {"words": words, "platform": ""}
    assert client.get("/data/sinkrate/search.json", params=asked).status_code == 200
    assert client.get("/data/sinkrate/complaints", params={"_search": words}).status_code == 200


# links and text in cells


def test_cells_link_to_the_pages_of_the_site(client: httpx.Client) -> None:
    page = client.get("/data/sinkrate/cases?platform=yinghuo").text
    assert '<a href="/platforms/yinghuo/">萤火数卡</a>' in page
    found = client.get("/data/sinkrate/complaint?ref=17390009001").text
    assert re.search(r'<a href="/cases/heimao/173900000\d\d/">heimao/173900000\d\d</a>', found)
    assert re.search(r'<a href="http://127.0.0.1:8901/complaint/\d+" rel="nofollow noopener noreferrer">', found)
    market = client.get("/data/sinkrate/platforms_by_sink_rate").text
    assert "/platforms/*/" not in market and '<a href="/platforms/zhezhi/">zhezhi</a>' in market
    assert re.search(
        r'<span class="pct" title="0.53125">.*?<b style="width:53.1%"></b><i class="ci" .*?</span>53.1%</span>', market
    )


def test_hostile_text_stays_text(client: httpx.Client) -> None:
    for path in ("/data/sinkrate/complaints?_size=100", "/data/sinkrate/search?words=script&platform=",
                 "/data/sinkrate/statements", "/data/sinkrate/statements/s1"):  # fmt: skip
        page = client.get(path).text
        assert "<script>alert" not in page, path
        assert "&lt;script&gt;alert" in page and "{{ 7*7 }}" in page, path
    shown = client.get(
        "/data/sinkrate", params={"sql": "select 'javascript:alert(1)' as url, '\"><b>' as platform"}
    ).text
    assert 'href="javascript' not in shown and '"><b>' not in shown
    assert HOSTILE in json.dumps(rows_of(client, "select text from statements"), ensure_ascii=False).replace('\\"', '"')


# a stranger's SQL


@pytest.mark.parametrize("sql", [
    "delete from cases", "insert into cases(id) values ('x')", "update cases set why = ''", "drop table cases",
    "create table x(y)", "attach database '/tmp/x.db' as x", "vacuum into '/tmp/x.db'", "pragma journal_mode = wal",
    "select load_extension('x')", "select readfile('/etc/passwd')", "select writefile('/tmp/x', 'y')",
    "with x as (select 1) delete from cases", "select 1; delete from cases", "replace into cases(id) values ('x')",
    "select fts3_tokenizer('x')", "reindex", "analyze", "begin",
    "select zeroblob(1000000000)", "select hex(zeroblob(4000000))",
    f"select 'a' like '{'%a' * 60}'", "insert into complaints_fts(complaints_fts) values ('rebuild')",
])  # fmt: skip
def test_sql_that_writes_attaches_or_reads_files_is_refused(client: httpx.Client, public: Path, sql: str) -> None:
    before = (public / "sinkrate.db").read_bytes()
    answer = ask(client, sql)
    assert answer.status_code == 400 and not answer.json()["ok"], answer.text
    assert str(public.parent) not in answer.text
    assert (public / "sinkrate.db").read_bytes() == before


@pytest.mark.parametrize("sql", [
    "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n",
    "select count(*) from events a, events b, events c, events d, events e",
    "with recursive t(s) as (select 'a' union all select substr(s || s, 1, 40000) from t) select count(*) from t, t u",
])  # fmt: skip
def test_sql_that_never_ends_is_cut_within_two_seconds(client: httpx.Client, sql: str) -> None:
    answer = ask(client, sql)
    assert answer.status_code == 400 and "interrupted" in answer.text.lower()
    assert answer.elapsed.total_seconds() < 2


def test_the_place_of_the_file_is_not_told(client: httpx.Client) -> None:
    assert rows_of(client, "select * from pragma_database_list") == []
    assert rows_of(client, "select printf('%999999999d', 1) as x") == [{"x": None}]


def test_at_most_a_thousand_rows_come_back(client: httpx.Client) -> None:
    answer = ask(client, "with recursive n(i) as (select 1 union all select i + 1 from n limit 5000) select i from n")
    assert len(answer.json()["rows"]) == 1000 and answer.json()["truncated"]
