"""A real nginx before two real servers: switch.sh swaps one edition for the next under load; nothing fails, nothing mixes."""

import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from pipeline.paths import Paths
from pipeline.publish.editions import place, place_site
from tests.publish.sample import write_sample_db
from tests.publish.serving.stand import NGINX, Stand, standing

OLD, NEW = "2026-11-20-aaaaaaaa", "2026-11-21-bbbbbbbb"
pytestmark = pytest.mark.skipif(
    not Path(NGINX).is_file(), reason="no nginx on this machine: apt-get install nginx-light"
)


def _publish(paths: Paths, edition: str) -> None:
    import sqlite3

    database = write_sample_db(paths.work / f"{edition}.db")
    with sqlite3.connect(database) as db:
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute("UPDATE editions SET id = ?", (edition,))
        db.execute("UPDATE scorecards SET edition = ?", (edition,))
    db.close()
    site = paths.work / "site"
    (site / "assets").mkdir(parents=True)
    (site / "platforms" / "yinghuo").mkdir(parents=True)
    text = f"<!doctype html><title>{edition}</title>" + "石沉榜" * 300
    (site / "index.html").write_text(text, encoding="utf8")
    (site / "platforms" / "yinghuo" / "index.html").write_text(text, encoding="utf8")
    (site / "404.html").write_text("没有此页", encoding="utf8")
    (site / "assets" / "sinkrate.css").write_text("body{}" * 200, encoding="utf8")
    (site / "moved.json").write_text('{"old-one": "yinghuo"}', encoding="utf8")
    place(paths, edition, database)
    place_site(paths, edition, site)


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    folder = tmp_path_factory.mktemp("nginx")
    paths = Paths(folder / "data")
    _publish(paths, OLD)
    with standing(folder, paths) as ready:
        ready.switch()
        assert ready.running() == [f"sinkrate-serve@{OLD}.service"]
        yield ready


@dataclass
class Reader:
    """Asks until told to stop; notes every answer that failed or mixed."""

    base: str
    asked: int = 0
    again: int = 0
    wrong: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def read(self, stop: threading.Event) -> None:
        with httpx.Client(base_url=self.base, timeout=30) as client:
            while not stop.is_set() and self.asked < 5000:
                self._once(client)

    def _get(self, client: httpx.Client, path: str, **params: str) -> httpx.Response:
        """As browsers do: a GET that meets a kept connection just closed by the reload is asked once more (RFC 9112, 9.3.1)."""
        request = client.build_request("GET", path, params=params or None)
        try:
            answer = client.send(request, stream=True)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):  # before any byte of an answer
            self.again += 1
            answer = client.send(request, stream=True)
        answer.read()
        return answer

    def _once(self, client: httpx.Client) -> None:
        page = self._get(client, "/")
        edition = re.search(r"<title>([^<]*)", page.text)
        if page.status_code != 200 or edition is None or page.headers["x-edition"] != edition[1]:
            self.wrong.append(f"page: {page.status_code} {page.headers.get('x-edition')} {page.text[:60]}")
            return
        if not self.seen or self.seen[-1] != edition[1]:
            self.seen.append(edition[1])
        # the page's links name its edition: what they lead to is of that edition, before and after the swap
        sql = self._get(
            client,
            f"/data/e-{edition[1]}.json",
            sql="select id from editions",
            _shape="arrayfirst",
            n=str(self.asked % 7),
        )
        if sql.status_code != 200 or sql.json() != [edition[1]]:
            self.wrong.append(f"sql behind {edition[1]}: {sql.status_code} {sql.text[:80]}")
        for path in ("/data/sinkrate/editions.json?_shape=array", "/assets/sinkrate.css", "/platforms/yinghuo/"):
            answer = self._get(client, path)
            if answer.status_code != 200 or (
                path.startswith("/data") and [row["id"] for row in answer.json()] != [answer.headers["x-edition"]]
            ):
                self.wrong.append(f"{path}: {answer.status_code} {answer.headers.get('x-edition')} {answer.text[:80]}")
        self.asked += 5


def test_the_next_edition_is_swapped_in_under_load(stand: Stand) -> None:
    readers = [Reader(f"http://127.0.0.1:{stand.port}") for _ in range(6)]
    stop = threading.Event()
    threads = [threading.Thread(target=reader.read, args=(stop,)) for reader in readers]
    for thread in threads:
        thread.start()
    try:
        _publish(stand.paths, NEW)
        stand.switch()  # ends when the server before has been told to end
        before = [reader.asked for reader in readers]
        until = time.monotonic() + 30
        while (
            any(
                NEW not in reader.seen or reader.asked < then + 50 for reader, then in zip(readers, before, strict=True)
            )
            and time.monotonic() < until
        ):
            threading.Event().wait(0.1)
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
    assert [wrong for reader in readers for wrong in reader.wrong] == []
    assert stand.running() == [f"sinkrate-serve@{NEW}.service"]
    assert all({OLD, NEW} >= set(reader.seen) and reader.seen[-1] == NEW for reader in readers)
    assert all(reader.again <= 1 for reader in readers)  # one kept connection each, one reload
    assert sum(reader.asked for reader in readers) > 300


@pytest.fixture(scope="module")
def client(stand: Stand) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{stand.port}", timeout=30) as ready:
        yield ready


def test_answers_are_compressed_cached_and_carry_their_headers(client: httpx.Client) -> None:
    for path in ("/", "/assets/sinkrate.css", "/data/sinkrate/cases", "/data/sinkrate/cases.json"):
        answer = client.get(path)
        assert answer.status_code == 200 and answer.headers["content-encoding"] == "gzip", path
        assert (
            "default-src 'none'" in answer.headers["content-security-policy"]
            and answer.headers["x-content-type-options"] == "nosniff"
        )
        assert "max-age" in answer.headers["cache-control"]
    assert client.get("/data/sinkrate/cases?rung=silent").headers["x-cache"] == "MISS"
    assert client.get("/data/sinkrate/cases?rung=silent").headers["x-cache"] == "HIT"
    assert client.get("/data/sinkrate/cases.json").headers["x-robots-tag"] == "noindex"


def test_unknown_moved_and_writing_requests(client: httpx.Client) -> None:
    lost = client.get("/nothing/")
    assert lost.status_code == 404 and "没有此页" in lost.text
    moved = client.get("/platforms/old-one/")
    assert moved.status_code == 301 and moved.headers["location"].endswith("/platforms/yinghuo/")
    assert client.get("/data").headers["location"].endswith("/data/")
    for method in ("POST", "PUT", "DELETE"):
        for path in ("/", "/data/sinkrate/cases", "/open/index.json"):
            assert client.request(method, path).status_code in (403, 405), (method, path)


def test_readers_addresses_are_not_logged(stand: Stand, client: httpx.Client) -> None:
    client.get("/")
    text = (stand.folder / "sinkrate.log").read_text()
    assert "127.0.0.0 " in text and "127.0.0.1" not in text


def test_too_many_questions_are_turned_away(stand: Stand) -> None:
    """With the rate as written: ten a second and a burst of forty."""
    stand.configure()
    own = (
        (stand.folder / "nginx.conf")
        .read_text(encoding="utf8")
        .replace("zone=sinkrate_data:10m rate=1000r/s", "zone=sinkrate_slow:10m rate=10r/s")
    )
    (stand.folder / "nginx.conf").write_text(
        own.replace("zone=sinkrate_data burst", "zone=sinkrate_slow burst"), encoding="utf8"
    )
    stand.nginx("-s", "reload")
    with httpx.Client(base_url=f"http://127.0.0.1:{stand.port}", timeout=30, headers={"Connection": "close"}) as client:
        codes: list[int] = []
        until = time.monotonic() + 20
        while 429 not in codes and time.monotonic() < until:
            codes += [client.get("/data/sinkrate/editions.json").status_code for _ in range(20)]
    assert set(codes) == {200, 429}
