"""Two workers, one real Redis server on loopback: nothing twice, nothing lost, one pace."""

import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from crawlers.frontier import shared
from crawlers.lab.server import Lab
from crawlers.lab.things import START
from crawlers.lab.world import build_world
from pipeline.errors import BadInput
from pipeline.paths import PROJECT

NOW = "2026-06-01T12:00:00+08:00"
LAB_CLOCK = START + timedelta(days=60)
_WORKER = """
import json, os, crawlers.run as run
from crawlers.frontier import shared
plain, more = run.manners, json.loads(os.environ["MANNER"])
run.manners = lambda home, *rest: shared({**plain(home, *rest), **more}, "heimao", home, os.environ["SINKRATE_FRONTIER"])
run.main()
"""


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own, gone with the tests."""
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is missing: apt-get install redis-server")
    pytest.importorskip("redis", reason="redis is missing: pip install 'sinkrate[frontier]'")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = str(tmp_path_factory.mktemp("redis"))
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder]
    server = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(timeout=10)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError("redis-server did not start")


class Worker(NamedTuple):
    """One crawling process and where its records land."""

    process: subprocess.Popen[str]
    data: Path

    def report(self) -> dict[str, Any]:
        said, complaint = self.process.communicate(timeout=100)
        assert self.process.returncode == 0, complaint + said
        report: dict[str, Any] = json.loads(said)
        return report

    def records(self) -> list[dict[str, Any]]:
        files = [path for path in (self.data / "raw" / "heimao").glob("*.jsonl") if path.name.count(".") == 1]
        return [json.loads(line) for path in files for line in path.read_text(encoding="utf8").splitlines()]

    def fetched(self) -> list[str]:
        """Paths of the whole answers this worker was given."""
        files = (self.data / "raw" / "heimao").glob("*.fetches.tsv")
        rows = [line.split("\t") for path in files for line in path.read_text(encoding="utf8").splitlines()]
        return [row[3] for row in rows if row[1] == "200" and not row[3].endswith("/robots.txt")]


def worker(home: str, data: Path, redis_url: str, now: str = NOW, **manner: object) -> Worker:
    command = [sys.executable, "-c", _WORKER, "heimao", "--home", home, "--data", str(data), "--now", now]
    env = {**os.environ, "SINKRATE_FRONTIER": redis_url, "MANNER": json.dumps(manner)}
    process = subprocess.Popen(command, cwd=PROJECT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return Worker(process, data)


def keys(redis_url: str) -> list[str]:
    import redis

    return sorted(key.decode() for key in redis.Redis.from_url(redis_url).keys("sinkrate:*"))


def test_two_workers_share_the_lab(redis_url: str, tmp_path: Path) -> None:
    with Lab(build_world(), clock=LAB_CLOCK) as lab:
        home, now = lab.url, LAB_CLOCK.isoformat()
        both = [worker(home, tmp_path / name, redis_url, now) for name in ("a", "b")]
        reports = [one.report() for one in both]
        reachable = {made.ref for made in lab.desk.pages.world.complaints if made.is_visible(LAB_CLOCK)}
    seen = Counter(record["ref"] for one in both for record in one.records() if record["gone"] is None)
    assert set(seen) == reachable
    assert set(seen.values()) == {1}
    fetched = Counter(url for one in both for url in one.fetched())
    assert {url: count for url, count in fetched.items() if count > 1} == {home: 2}
    assert all(sum(report["items"].values()) > len(reachable) / 10 for report in reports)
    assert [key for key in keys(redis_url) if not key.endswith((":next", ":holders"))] == []


def test_what_a_killed_worker_held_is_fetched_by_the_other(
    redis_url: str, replica: Any, tiny: Any, tmp_path: Path
) -> None:
    refs = [str(17300001000 + number) for number in range(80)]
    replica.lists(*refs)
    for ref in refs:
        replica.serves(f"/complaint/view/{ref}", tiny.complaint(ref)._replace(slow_seconds=0.5))
    first, second = (worker(replica.url, tmp_path / name, redis_url) for name in ("a", "b"))
    _until(lambda: len(first.records()) > 9 and second.records())
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()
    assert second.report()["complete"]
    seen = Counter(record["ref"] for one in (first, second) for record in one.records())
    assert set(seen) == set(refs)
    most_at_once = 8  # in the air when it was killed: landed a moment before they were settled
    assert sum(count - 1 for count in seen.values()) <= most_at_once
    assert len(second.records()) < len(refs)


def _until(true: Any) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _timed(replica: Any) -> list[float]:
    """When each request came, from now on."""
    at: list[float] = []
    plain = replica.next_answer

    def next_answer(path: str) -> Any:
        at.append(time.monotonic())
        return plain(path)

    replica.next_answer = next_answer
    return at


def test_two_workers_ask_no_faster_than_one(redis_url: str, replica: Any, tmp_path: Path) -> None:
    replica.lists(*(str(17300002000 + number) for number in range(12)))
    at = _timed(replica)
    polite = {"DOWNLOAD_DELAY": 0.25, "CONCURRENT_REQUESTS": 1, "CONCURRENT_REQUESTS_PER_DOMAIN": 1}
    both = [worker(replica.url, tmp_path / name, redis_url, **polite) for name in ("a", "b")]
    reports = [one.report() for one in both]
    assert sum(report["items"]["new"] for report in reports) == 12
    assert all(report["listed"] == 12 for report in reports)
    gaps = [after - before for before, after in itertools.pairwise(at)]
    assert {path: count for path, count in replica.hits.items() if count > 1} == {"/robots.txt": 2, "/": 2}
    assert min(gaps) > 0.25 - 0.03  # both clocks and the way there


def test_when_one_is_refused_both_rest(redis_url: str, replica: Any, tiny: Any, tmp_path: Path) -> None:
    refs = [str(17300003000 + number) for number in range(30)]
    replica.lists(*refs)
    wall = tiny.Answer(b"", 429, (("Retry-After", "2"),))
    replica.serves(f"/complaint/view/{refs[5]}", wall, tiny.complaint(refs[5]))
    at = _timed(replica)
    manner = {"DOWNLOAD_DELAY": 0.05, "CONCURRENT_REQUESTS": 1, "CONCURRENT_REQUESTS_PER_DOMAIN": 1}
    both = [
        worker(replica.url, tmp_path / name, redis_url, **manner, BACKOFF_MOST_ASKED_SECONDS=2) for name in ("a", "b")
    ]
    reports = [one.report() for one in both]
    assert sum(report["retries"].get("429", 0) for report in reports) == 1
    assert sum(report["items"].get("new", 0) for report in reports) == 30
    assert max(after - before for before, after in itertools.pairwise(at)) > 1.9


def test_without_a_server_in_the_environment_nothing_changes() -> None:
    manner = {"DOWNLOAD_DELAY": 0, "USER_AGENT": "sinkrate"}
    assert shared(manner, "heimao", "http://127.0.0.1:9/", None) == manner


@pytest.mark.parametrize("url", ["redis://127.0.0.1:9/0", "http://127.0.0.1/"])
def test_a_server_that_does_not_answer_is_said_at_once(url: str) -> None:
    pytest.importorskip("redis", reason="redis is missing: pip install 'sinkrate[frontier]'")
    with pytest.raises(BadInput, match="SINKRATE_FRONTIER"):
        shared({}, "heimao", "http://127.0.0.1:9/", url)
