"""The one place that talks to Spark: connect, map, shuffle, keep, fetch. Everything it moves is parcels.

Nothing of pyspark is imported before a cluster is asked for, and nowhere else.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from pipeline.batches import Told
from pipeline.cluster.jobs import Batches, Job, measured
from pipeline.cluster.parcels import COLUMNS, opened
from pipeline.errors import BadInput, ClusterFailed

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

ENGINE = re.compile(r"spark://[^/,:\s]+:\d+(,[^/,:\s]+:\d+)*")
LEAST_JAVA = 17
SECONDS_TO_ANSWER = 5.0
SECONDS_WITHOUT_WORKERS = 60.0
POLL = 0.25
SPLIT_BYTES = 32 << 20
"""Most bytes of raw lines a task reads."""
SETTINGS = {
    "spark.app.name": "sinkrate",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.adaptive.enabled": "false",  # a bucket is a partition and stays one
    "spark.sql.execution.arrow.maxBytesPerBatch": str(SPLIT_BYTES),
    "spark.sql.files.maxPartitionBytes": str(SPLIT_BYTES),
    "spark.sql.files.openCostInBytes": str(64 << 10),
    "spark.sql.parquet.enableVectorizedReader": "false",  # a row is megabytes: one at a time
    "spark.sql.parquet.compression.codec": "uncompressed",  # parcels are
    "spark.hadoop.parquet.block.size": str(SPLIT_BYTES),
    "spark.driver.maxResultSize": "0",  # results are fetched partition by partition
}
"""What the flow needs of Spark. Whatever else a cluster wants (memory, keys, archives): spark-defaults.conf in SPARK_CONF_DIR."""


def check_engine(engine: str) -> str:
    """`spark://HOST:PORT`, or BadInput."""
    if not ENGINE.fullmatch(engine):
        raise BadInput(f"engine {engine!r}: write spark://HOST:PORT, or leave it out for the embedded one")
    return engine


def _check_java() -> None:
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    try:
        said = subprocess.run([java or "", "-version"], capture_output=True, text=True, check=True, timeout=30).stderr  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        raise ClusterFailed(
            f"Spark needs Java {LEAST_JAVA} or newer, and none was found: install a JRE or set JAVA_HOME"
        ) from error
    version = re.search(r'version "(\d+)', said)
    if version is None or int(version[1]) < LEAST_JAVA:
        raise ClusterFailed(f"Spark needs Java {LEAST_JAVA} or newer, {java} is {version[1] if version else 'unknown'}")


def _check_master(engine: str) -> None:
    """At least one master listens; connecting is bounded, Spark's own tries are not short."""
    problems = []
    for place in engine.removeprefix("spark://").split(","):
        host, _, port = place.rpartition(":")
        try:
            socket.create_connection((host, int(port)), SECONDS_TO_ANSWER).close()
        except OSError as error:
            problems.append(f"{place}: {error.strerror or error}")
        else:
            return
    raise ClusterFailed(f"no Spark master answers ({'; '.join(problems)}): is it started, and is the port right?")


def _spark(engine: str) -> "SparkSession":
    try:
        import pyspark
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise ClusterFailed("pyspark is not installed: pip install 'sinkrate[cluster]'") from error
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.Builder().master(engine)
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    if engine.startswith(("spark://127.", "spark://localhost")):
        builder = builder.config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
    try:
        spark = builder.getOrCreate()
    except (PySparkException, Py4JError, RuntimeError) as error:
        raise ClusterFailed(
            f"{engine} took no application: does the master run Spark {pyspark.__version__}? {_said(error)}"
        ) from error
    spark.sparkContext.setLogLevel("OFF")  # what goes wrong is raised; a lost worker is no news
    if spark.version != pyspark.__version__:
        spark.stop()
        raise ClusterFailed(
            f"SPARK_HOME is Spark {spark.version}, pyspark is {pyspark.__version__}: make them one version"
        )
    return spark


def _errors() -> tuple[type[Exception], ...]:
    """What Spark raises; asked for only once pyspark is there."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    return PySparkException, Py4JError, RuntimeError


def _said(error: BaseException) -> str:
    """The last telling line of what Spark said."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = [
        line for line in lines if re.match(r"(Caused by: )?[\w.]*(Error|Exception|Invalid|Failed|BadInput)\b", line)
    ]
    return (telling or lines or [type(error).__name__])[-1][:500]


REMEDIES = {
    "No module named 'pipeline": "install this version of sinkrate for the workers' Python (PYSPARK_PYTHON), or ship an environment with spark.archives",
    "FileNotFoundException": "the data and the scratch folder must lie where every worker sees them under the same path",
    "PYTHON_VERSION_MISMATCH": "let PYSPARK_PYTHON name the same Python on all machines",
}


def _remedy(said: str) -> str:
    return next((f"; {remedy}" for sign, remedy in REMEDIES.items() if sign in said), "")


class Cluster:
    """A Spark cluster, for one run. Use as a context manager; `scratch` is a folder that driver and workers both reach,
    a path or any URL Spark writes to; what is made there has a folder of its own and is removed. `told` hears of tasks done, from a thread of its own."""

    def __init__(self, engine: str, scratch: str, told: Told) -> None:
        self.engine, self.told = check_engine(engine), told
        self.folder = scratch if "://" in scratch else f"file://{Path(scratch).resolve()}"
        self.cores = 1

    def __enter__(self) -> "Cluster":
        _check_java()
        _check_master(self.engine)
        self.spark = _spark(self.engine)
        try:
            self._wait_for_workers()
        except BaseException:
            self.spark.stop()
            raise
        self.cores = self.spark.sparkContext.defaultParallelism
        self.scratch = f"{self.folder.rstrip('/')}/{self.spark.sparkContext.applicationId}"
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(*_errors()):  # a stopped context has nothing to remove
            self._remove(self.scratch)
        self.spark.stop()

    def _remove(self, url: str) -> None:
        """Delete a folder on whatever filesystem Spark means."""
        java: Any = self.spark.sparkContext._jvm
        path = java.org.apache.hadoop.fs.Path(url)
        path.getFileSystem(self.spark.sparkContext._jsc.hadoopConfiguration()).delete(path, True)

    def executors(self) -> int:
        """How many processes of this application are at work; the driver is not counted."""
        context: Any = self.spark.sparkContext._jsc
        return len(context.sc().statusTracker().getExecutorInfos()) - 1

    def _wait_for_workers(self) -> None:
        until, before = time.monotonic() + SECONDS_WITHOUT_WORKERS, 0
        while time.monotonic() < until:
            now = self._do("workers", self.executors)
            if now and now == before:
                return
            before = now
            time.sleep(POLL)
        raise ClusterFailed(
            f"{self.engine} gave no worker within {SECONDS_WITHOUT_WORKERS:.0f} s: none is registered or free, or the "
            "master runs another version of Spark"
        )

    def lines(self, files: Sequence[Path]) -> "DataFrame":
        """The lines of text files, with file and stretch."""
        paths = [f"file://{_escaped(path)}" for path in files]
        rows = self.spark.read.text(paths, lineSep="\n")
        return rows.select("value", "_metadata.file_path", "_metadata.file_block_start")

    def mapped(self, what: str, job: Job, rows: "DataFrame") -> "DataFrame":
        """A job over each partition."""
        return rows.mapInArrow(_task(partial(measured, what, job)), COLUMNS)

    def shuffled(self, rows: "DataFrame", buckets: int) -> "DataFrame":
        """Parcels brought together by bucket, a partition each."""
        return rows.repartitionById(buckets, "bucket")

    def keep(self, name: str, what: str, rows: "DataFrame") -> None:
        """Write parcels to the scratch folder; Spark's committer lets a table appear whole, however often a task ran."""
        self._do(what, lambda: rows.write.mode("overwrite").partitionBy("name").parquet(f"{self.scratch}/{name}"))

    def kept(self, name: str, *wanted: str) -> "DataFrame":
        """Kept parcels of some names."""
        rows = self.spark.read.parquet(f"{self.scratch}/{name}").where(f"name IN ({', '.join(map(repr, wanted))})")
        return rows.select("bucket", "name", "data")

    def fetch(self, what: str, rows: "DataFrame") -> Iterator[tuple[str, pa.Table]]:
        """(name, table) of each parcel; a partition is in memory at a time."""
        rows = rows.select("name", "data")
        parcels = iter(rows.toLocalIterator(prefetchPartitions=True))
        while (row := self._do(what, lambda: next(parcels, None))) is not None:
            yield row["name"], opened(bytes(row["data"]))

    def check_workers(self, state: str) -> None:
        """Raise ClusterFailed unless every worker runs this Python, this code and these libraries (`state` of `state_of`)."""
        rows = self.spark.range(0, self.cores, 1, self.cores).mapInArrow(_task(_state), "state string")
        found = {row["state"] for row in self._do("workers", rows.collect)}
        if odd := found - {state}:
            raise ClusterFailed(
                f"a worker differs from this machine: {odd.pop()} there, {state} here; install one version on all"
            )

    def _do(self, what: str, action: Callable[[], Any]) -> Any:
        with _Watch(self, what) as watch:
            try:
                return action()
            except _errors() as error:
                raise ClusterFailed(watch.why or f"{what}: {_said(error)}{_remedy(str(error))}") from error


def _escaped(path: Path) -> str:
    """A path that Hadoop does not take for a pattern."""
    return re.sub(r"([\[\]{}*?\\])", r"\\\1", str(path.resolve()))


def _task(function: Callable[[Batches], Iterator[pa.RecordBatch]]) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    """As Spark wants it: a plain function."""

    def task(batches: Batches) -> Iterator[pa.RecordBatch]:
        return function(batches)

    return task


def _state(batches: Batches) -> Iterator[pa.RecordBatch]:
    from pipeline.cluster.shipping import state

    for _ in batches:
        yield pa.record_batch({"state": pa.array([state()])})


class _Watch(threading.Thread):
    """While an action runs: tells how many tasks are done, and gives up when all workers stay away."""

    def __init__(self, cluster: Cluster, what: str) -> None:
        super().__init__(daemon=True)
        self.cluster, self.what, self.over, self.why = cluster, what, threading.Event(), ""

    def __enter__(self) -> "_Watch":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.join()

    def run(self) -> None:
        alone_since = None
        while not self.over.wait(POLL):
            with suppress(*_errors()):  # the context may be stopping
                self._tell()
                alone_since = None if self.cluster.executors() > 0 else alone_since or time.monotonic()
                if alone_since and time.monotonic() - alone_since > SECONDS_WITHOUT_WORKERS:
                    self.why = (
                        f"{self.what}: no worker left for {SECONDS_WITHOUT_WORKERS:.0f} s; start workers and run again"
                    )
                    self.cluster.spark.sparkContext.cancelAllJobs()

    def _tell(self) -> None:
        tracker = self.cluster.spark.sparkContext.statusTracker()
        stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
        counts = [(one.numCompletedTasks, one.numTasks) for one in stages if one]
        if counts:
            self.cluster.told(self.what, sum(done for done, _ in counts), sum(total for _, total in counts))
