"""A published sample edition behind a real server on loopback."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from pipeline.paths import Paths
from pipeline.publish.editions import place, place_site
from pipeline.publish.serving import server as serving
from tests.publish.sample import write_sample_db
from tests.publish.sample_scorecards import EDITION


def publish(data: Path) -> Path:
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
def running(public: Path) -> Iterator[httpx.Client]:
    """A real server on a free loopback port and a client of it."""
    listener = serving._bound("127.0.0.1", 0)
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


def ask(client: httpx.Client, sql: str, **params: str) -> httpx.Response:
    return client.get("/data/sinkrate.json", params={"sql": sql, "_shape": "objects"} | params)


def rows_of(client: httpx.Client, sql: str, **params: str) -> list[dict[str, Any]]:
    answer = ask(client, sql, **params)
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["rows"]
    return rows
