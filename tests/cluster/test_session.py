"""What stands in the way of a cluster is said, with a remedy, and no wait is without end."""

import socket
import sys
import threading
from pathlib import Path

import pytest

from pipeline.batches import quietly
from pipeline.cluster import session
from pipeline.errors import BadInput, ClusterFailed
from tests.conftest import sinkrate


@pytest.mark.parametrize(
    "engine", ["spark", "spark://", "spark://host", "yarn", "local[2]", "spark://a b:7077", "duckdb"]
)
def test_an_engine_is_a_master_of_spark(engine: str) -> None:
    with pytest.raises(BadInput, match="spark://HOST:PORT"):
        session.Cluster(engine, "/tmp/x", quietly)


@pytest.mark.parametrize("engine", ["spark://127.0.0.1:7077", "spark://one:7077,two:7077"])
def test_several_masters_may_be_named(engine: str) -> None:
    assert session.check_engine(engine) == engine


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_nobody_at_the_masters_port(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ClusterFailed, match=r"no Spark master answers \(127\.0\.0\.1:\d+: .+\): is it started"):
        session._check_master(f"spark://127.0.0.1:{free_port()}")


def test_the_command_says_so_and_ends_with_its_own_code(tmp_path_factory: pytest.TempPathFactory) -> None:
    data = tmp_path_factory.mktemp("no cluster")
    (data / "raw").mkdir()
    said = sinkrate("run", "--engine", f"spark://127.0.0.1:{free_port()}", data=data, expect=5)
    assert "no Spark master answers" in said


@pytest.mark.parametrize(
    ("said", "why"), [("", "none was found"), ('openjdk version "11.0.2"', "is 11"), ("nothing known", "is unknown")]
)
def test_java_is_missing_or_too_old(
    said: str, why: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path_factory.mktemp("java")
    if said:
        (home / "bin").mkdir()
        (home / "bin" / "java").write_text(f"#!/bin/sh\necho '{said}' >&2\n")
        (home / "bin" / "java").chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(home))
    with pytest.raises(ClusterFailed, match=why):
        session._check_java()


def test_pyspark_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(ClusterFailed, match=r"sinkrate\[cluster\]"):
        session._spark("spark://127.0.0.1:7077")


def test_what_spark_said_is_one_line() -> None:
    said = "o1.collect\n: org.apache.spark.SparkException: Job aborted\nTraceback\nModuleNotFoundError: No module named 'pipeline'\n\tat java.Thread.run\n"
    assert session._said(RuntimeError(said)) == "ModuleNotFoundError: No module named 'pipeline'"


@pytest.mark.parametrize("sign", session.REMEDIES)
def test_a_known_trouble_comes_with_its_remedy(sign: str) -> None:
    assert session._remedy(f"org.apache.spark.SparkException: {sign} …") == f"; {session.REMEDIES[sign]}"
    assert session._remedy("something else") == ""


class Spark:
    """As much of a session as these tests need: workers say `states`; an action fails once all jobs were cancelled."""

    def __init__(self, *states: str) -> None:
        self.states, self.cancelled = states, threading.Event()
        self.sparkContext = self

    def range(self, *_: int) -> "Spark":
        return self

    def mapInArrow(self, *_: object) -> "Spark":
        return self

    def collect(self) -> list[dict[str, str]]:
        return [{"state": state} for state in self.states]

    def cancelAllJobs(self) -> None:
        self.cancelled.set()

    def endless(self) -> None:
        assert self.cancelled.wait(30)
        raise RuntimeError("Job 3 cancelled")


def connected(spark: Spark) -> session.Cluster:
    cluster = session.Cluster("spark://127.0.0.1:7077", "/tmp/x", quietly)
    cluster.spark = spark  # type: ignore[assignment]
    return cluster


def test_a_worker_with_other_code_is_refused() -> None:
    connected(Spark("Python 3.11, code a", "Python 3.11, code a")).check_workers("Python 3.11, code a")
    with pytest.raises(ClusterFailed, match=r"Python 3\.12, code b there, Python 3\.11, code a here"):
        connected(Spark("Python 3.11, code a", "Python 3.12, code b")).check_workers("Python 3.11, code a")


def test_a_run_whose_workers_all_stay_away_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "SECONDS_WITHOUT_WORKERS", 0.0)
    monkeypatch.setattr(session, "POLL", 0.01)
    monkeypatch.setattr(session.Cluster, "executors", lambda _: 0)
    monkeypatch.setattr(session._Watch, "_tell", lambda _: None)
    spark = Spark()
    with pytest.raises(ClusterFailed, match="cases judged: no worker left for 0 s; start workers and run again"):
        connected(spark)._do("cases judged", spark.endless)


def test_what_is_made_in_the_scratch_folder_is_named_as_spark_names_it(tmp_path: Path) -> None:
    assert session.Cluster("spark://a:1", str(tmp_path / "a b"), quietly).folder == f"file://{tmp_path / 'a b'}"
    assert session.Cluster("spark://a:1", "hdfs://name/folder", quietly).folder == "hdfs://name/folder"
    assert session._escaped(tmp_path / "[1]{2}*.jsonl") == f"{tmp_path}/\\[1\\]\\{{2\\}}\\*.jsonl"
