"""What a reader and a stranger get from the served edition."""

import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
import yaml

from pipeline.errors import BadInput, SinkrateError
from pipeline.model import TABLES
from pipeline.paths import Paths
from pipeline.publish import serve as serving
from pipeline.publish.editions import place, place_site
from pipeline.publish.metadata import HAND_WRITTEN
from pipeline.schema import descriptions
from tests.publish.sample import HOSTILE, write_sample_db
from tests.publish.sample_scorecards import AS_OF, EDITION, PORTAL

QUERIES: dict[str, Any] = yaml.safe_load(HAND_WRITTEN.read_text(encoding="utf8"))["databases"]["sinkrate"]["queries"]
ASKED = {"words": "退款", "platform": "yinghuo", "rung": "silent", "label": "deferral", "ref": "17390000003"}
EMPTY_MEANS_ALL = {"kind": "", "id": ""}


def _publish(data: Path) -> Path:
    paths = Paths(data)
    site = paths.work / "site"
    (site / "method").mkdir(parents=True)
    (site / "index.html").write_text("<!doctype html><title>石沉榜</title>", encoding="utf8")
    (site / "method" / "index.html").write_text("<!doctype html><title>方法</title>", encoding="utf8")
    (site / "404.html").write_text("<!doctype html><title>没有此页</title>", encoding="utf8")
    (site / "style.css").write_text("body{}", encoding="utf8")
    place(paths, EDITION, write_sample_db(paths.work / "sinkrate.db"))
    place_site(paths, EDITION, site)
    return paths.public


@contextmanager
def _running(public: Path) -> Iterator[httpx.Client]:
    """A real server on a free loopback port and a client of it."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(serving.app(public), log_level="warning", server_header=False))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=30) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _publish(tmp_path_factory.mktemp("a folder with spaces"))


@pytest.fixture(scope="module")
def client(public: Path) -> Iterator[httpx.Client]:
    with _running(public) as client:
        yield client


def _sql(client: httpx.Client, sql: str, **params: str) -> httpx.Response:
    return client.get("/data/sinkrate.json", params={"sql": sql, "_shape": "objects"} | params)


def _rows(client: httpx.Client, sql: str, **params: str) -> list[dict[str, Any]]:
    answer = _sql(client, sql, **params)
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["rows"]
    return rows


# the site


def test_pages_come_with_headers_that_allow_no_foreign_or_inline_code(client: httpx.Client) -> None:
    page = client.get("/")
    assert page.status_code == 200 and "石沉榜" in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http:" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert page.headers["cache-control"] == "public, max-age=300"
    assert "x-robots-tag" not in page.headers
    assert client.get("/method/").text.count("方法") == 1
    assert client.get("/method").headers["location"].endswith("/method/")
    assert client.get("/style.css").headers["cache-control"] == "public, max-age=3600"


def test_an_unchanged_page_is_not_sent_again(client: httpx.Client) -> None:
    etag = client.get("/").headers["etag"]
    again = client.get("/", headers={"If-None-Match": etag})
    assert again.status_code == 304 and not again.content


@pytest.mark.parametrize("path", ["/nothing", "/nothing/", "/%00", "/../sinkrate.db", "/%2e%2e/sinkrate.db",
                                  "/..%2fsinkrate.db", "/" + "x" * 5000])  # fmt: skip
def test_an_unknown_address_gives_the_sites_own_404(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404 and "没有此页" in answer.text
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/", "/data/", "/data/sinkrate/cases"])
def test_nothing_can_be_written(client: httpx.Client, method: str, path: str) -> None:
    assert client.request(method, path).status_code == 405


# Datasette beside it


def test_datasette_answers_below_data_with_its_own_links(client: httpx.Client) -> None:
    assert client.get("/data").headers["location"] == "/data/"
    for path in ("/data/", "/data/sinkrate", "/data/sinkrate/cases", "/data/sinkrate/scorecards?platform=yinghuo"):
        page = client.get(path)
        assert page.status_code == 200, path
        local = re.findall(r'(?:href|src|action)="(/[^"]*)"', page.text)
        assert local
        for link in local:
            assert re.match(r"/(data|platforms|cases|method)/", unescape(link)), link
    row = client.get(f"/data/sinkrate/complaints/{PORTAL}~2F17390000003")
    assert row.status_code == 200 and "x-robots-tag" in row.headers


def test_datasettes_files_load_and_rows_are_kept_from_search_engines(client: httpx.Client) -> None:
    for link in set(re.findall(r'(?:href|src)="(/data/-/[^"]*)"', client.get("/data/sinkrate?sql=select+1").text)):
        assert client.get(link).status_code == 200, link
    answer = client.get("/data/sinkrate/cases.json")
    assert answer.headers["x-robots-tag"] == "noindex"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "max-age=300"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_counts_come_from_the_start_and_agree(client: httpx.Client) -> None:
    tables = {table["name"]: table for table in client.get("/data/sinkrate.json").json()["tables"]}
    assert {name for name, table in tables.items() if not table["hidden"]} == set(TABLES)
    for name in TABLES:
        assert tables[name]["count"] == _rows(client, f"select count(*) as n from {name}")[0]["n"]


def test_the_whole_file_can_be_had(client: httpx.Client, public: Path) -> None:
    answer = client.get("/data/sinkrate.db")
    assert answer.status_code == 200
    assert answer.content == (public / "sinkrate.db").read_bytes()


def test_metadata_speaks_for_every_table_and_column(client: httpx.Client) -> None:
    about = client.get("/data/-/metadata.json").json()
    database = about["databases"]["sinkrate"]
    assert about["license"] == "CC BY 4.0"
    assert EDITION in database["description"] and AS_OF.isoformat(timespec="minutes") in database["description"]
    for name, model in TABLES.items():
        assert set(database["tables"][name]["columns"]) == set(model.model_fields)
        assert database["tables"][name]["description"]
    assert descriptions(TABLES["cases"])["rung"] in client.get("/data/sinkrate/cases").text


@pytest.mark.parametrize("path", ["/data/-/databases.json", "/data/-/threads.json", "/data/-/plugins.json",
                                  "/data/-/patterns", "/data/-/allow-debug", "/data/-/permissions", "/data/-/messages",
                                  "/data/%2D/databases.json", "/data//-/databases.json"])  # fmt: skip
def test_pages_about_the_machine_are_closed(client: httpx.Client, path: str) -> None:
    assert client.get(path, follow_redirects=True).status_code == 404


def test_no_answer_names_a_path_of_the_machine(client: httpx.Client, public: Path) -> None:
    for path in ("/data/", "/data/.json", "/data/sinkrate.json", "/data/-/settings.json", "/data/-/metadata.json",
                 "/data/nothing", "/data/sinkrate/nothing", "/data/sinkrate.json?sql=select+x"):  # fmt: skip
        answer = client.get(path)
        assert str(public.parent) not in answer.text, path
        assert answer.status_code in (200, 400, 404)


# canned queries


def test_there_are_enough_canned_queries_each_explained_in_chinese() -> None:
    assert len(QUERIES) >= 10
    for name, asked in QUERIES.items():
        assert re.search(r"[一-鿿].* ?· [a-z0-9]", asked["title"]), name
        assert re.search(r"[一-鿿]{4}", asked["description"]), name
        assert set(asked.get("params", [])) == set(re.findall(r"(?<!:):([a-z]+)", asked["sql"])), name
        assert name not in TABLES


@pytest.mark.parametrize("name", QUERIES)
def test_each_canned_query_runs_and_finds_something(client: httpx.Client, name: str) -> None:
    params = {key: (ASKED | EMPTY_MEANS_ALL)[key] for key in QUERIES[name].get("params", [])}
    answer = client.get(f"/data/sinkrate/{name}.json", params=params | {"_shape": "objects"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["rows"], name
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
    assert ">0.53125<" in market


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
    assert HOSTILE in json.dumps(_rows(client, "select text from statements"), ensure_ascii=False).replace('\\"', '"')


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
    answer = _sql(client, sql)
    assert answer.status_code == 400 and not answer.json()["ok"], answer.text
    assert str(public.parent) not in answer.text
    assert (public / "sinkrate.db").read_bytes() == before


@pytest.mark.parametrize("sql", [
    "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n",
    "select count(*) from events a, events b, events c, events d, events e",
    "with recursive t(s) as (select 'a' union all select substr(s || s, 1, 90000) from t) select count(*) from t, t u",
])  # fmt: skip
def test_sql_that_never_ends_is_cut_within_two_seconds(client: httpx.Client, sql: str) -> None:
    answer = _sql(client, sql)
    assert answer.status_code == 400 and "interrupted" in answer.text.lower()
    assert answer.elapsed.total_seconds() < 2


def test_the_place_of_the_file_is_not_told(client: httpx.Client) -> None:
    assert _rows(client, "select * from pragma_database_list") == []
    assert _rows(client, "select printf('%999999999d', 1) as x") == [{"x": None}]


def test_at_most_a_thousand_rows_come_back(client: httpx.Client) -> None:
    answer = _sql(client, "with recursive n(i) as (select 1 union all select i + 1 from n limit 5000) select i from n")
    assert len(answer.json()["rows"]) == 1000 and answer.json()["truncated"]


# the process


def test_without_an_edition_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="sinkrate build"):
        serving.app(tmp_path)


def test_a_new_edition_does_not_mix_into_a_running_server(tmp_path: Path) -> None:
    public = _publish(tmp_path)
    paths, newer = Paths(tmp_path), "2026-11-21-bbbbbbbb"
    with _running(public) as client:
        (paths.work / "site").mkdir()
        (paths.work / "site" / "index.html").write_text("next")
        (paths.work / "next.db").write_bytes(b"another file")
        place(paths, newer, paths.work / "next.db")
        place_site(paths, newer, paths.work / "site")
        assert "石沉榜" in client.get("/").text
        assert _rows(client, "select id from editions") == [{"id": EDITION}]


def test_the_next_free_port_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    first = serving._listen("127.0.0.1", _free_port())
    port = first.getsockname()[1]
    second = serving._listen("127.0.0.1", port)
    assert port < second.getsockname()[1] <= port + serving.MORE_PORTS
    monkeypatch.setattr(serving, "MORE_PORTS", 0)
    with pytest.raises(SinkrateError, match="--port"):
        serving._listen("127.0.0.1", port)
    first.close()
    second.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def test_serve_prints_its_address_and_answers_on_loopback(
    public: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[uvicorn.Server] = []

    class Watched(uvicorn.Server):
        def __init__(self, config: uvicorn.Config) -> None:
            super().__init__(config)
            started.append(self)

    monkeypatch.setattr(uvicorn, "Server", Watched)
    port = _free_port()
    thread = threading.Thread(target=serving.serve, args=(public, "127.0.0.1", port))
    thread.start()
    try:
        transport = httpx.HTTPTransport(retries=5)
        with httpx.Client(transport=transport, base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            page = client.get("/")
            rows = client.get("/data/sinkrate.json?sql=select+count(*)+as+n+from+cases&_shape=array").json()
    finally:
        started[0].should_exit = True
        thread.join(10)
    assert page.status_code == 200 and "server" not in page.headers
    assert rows == [{"n": 55}]
    assert f"http://127.0.0.1:{port}/" in capsys.readouterr().out
