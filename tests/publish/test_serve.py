"""What a reader and a stranger get from the served edition."""

import re
import socket
import threading
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.testclient import TestClient

from pipeline.errors import BadInput, SinkrateError
from pipeline.model import TABLES
from pipeline.paths import Paths
from pipeline.publish.editions import place, place_site
from pipeline.publish.serving import server as serving
from pipeline.schema import descriptions
from tests.publish.sample_scorecards import AS_OF, EDITION, PORTAL
from tests.publish.server import publish, rows_of, running


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("a folder with spaces"))


@pytest.fixture(scope="module")
def client(public: Path) -> Iterator[httpx.Client]:
    with running(public) as client:
        yield client


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
            assert re.fullmatch(r"/((data|platforms|cases|method|portals|open)/.*|#platforms)?", unescape(link)), link
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
        assert tables[name]["count"] == rows_of(client, f"select count(*) as n from {name}")[0]["n"]


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


# the process


def test_without_an_edition_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="sinkrate build"):
        serving.app(tmp_path)


def test_a_new_edition_does_not_mix_into_a_running_server(tmp_path: Path) -> None:
    public = publish(tmp_path)
    paths, newer = Paths(tmp_path), "2026-11-21-bbbbbbbb"
    with running(public) as client:
        (paths.work / "site").mkdir()
        (paths.work / "site" / "index.html").write_text("next")
        (paths.work / "next.db").write_bytes(b"another file")
        place(paths, newer, paths.work / "next.db")
        place_site(paths, newer, paths.work / "site")
        assert "石沉榜" in client.get("/").text
        assert rows_of(client, "select id from editions") == [{"id": EDITION}]


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


def test_without_a_proxy_text_is_sent_compressed_and_files_are_not(public: Path) -> None:
    with TestClient(serving._compressed(serving.app(public))) as client:
        rows = client.get("/data/sinkrate/cases.json")
        database = client.get("/data/sinkrate.db")
        part = client.get("/style.css", headers={"Range": "bytes=0-3"})
        plain = client.get("/data/sinkrate/cases.json", headers={"Accept-Encoding": "identity"})
    assert rows.headers["content-encoding"] == "gzip" and "Accept-Encoding" in rows.headers["vary"]
    assert rows.json() | {"query_ms": 0} == plain.json() | {"query_ms": 0} and "content-encoding" not in plain.headers
    assert "content-encoding" not in database.headers and database.content[:6] == b"SQLite"
    assert (part.status_code, part.content) == (206, b"body")
