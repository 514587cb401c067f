"""A real standalone Spark cluster on loopback: one master, worker processes, started and stopped by whoever asks."""

import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SECONDS_TO_START = 60.0
JAVA = {"JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData", "SPARK_LOCAL_IP": "127.0.0.1"}
"""For JVMs that live a minute on loopback: the cluster's and, set in the environment, the driver's."""


class Daemon:
    """A process of Spark's own; `said` waits for a line of its log."""

    def __init__(self, kind: str, *arguments: str, folder: Path) -> None:
        import pyspark

        jars = Path(pyspark.__file__).parent / "jars"
        java = shutil.which("java", path=f"{os.environ.get('JAVA_HOME', '')}/bin:{os.environ['PATH']}")
        assert java, "these tests need a Java runtime, 17 or newer"
        environment = os.environ | JAVA | {"SPARK_HOME": str(jars.parent), "SPARK_SCALA_VERSION": "2.13"}
        command = [java, "-Xmx256m", "-Dspark.ui.enabled=false", "-cp", f"{jars}/*",
                   f"org.apache.spark.deploy.{kind.lower()}.{kind}", "--host", "127.0.0.1", "--webui-port", "0", *arguments]  # fmt: skip
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self.changed = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            with self.changed:
                self.lines.append(line)
                self.changed.notify_all()

    def said(self, pattern: str) -> str:
        """The first match in the log; waits for it, not longer than SECONDS_TO_START."""
        with self.changed:
            self.changed.wait_for(lambda: re.search(pattern, "".join(self.lines)), SECONDS_TO_START)
            found = re.search(pattern, "".join(self.lines))
        assert found, f"no {pattern} in\n{''.join(self.lines)}"
        return found[0]

    def kill(self) -> None:
        """With all it started, at once, as a machine that lost its power."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)


class Loopback:
    """`url` of the master, and its workers."""

    def __init__(self, master: Daemon, workers: list[Daemon]) -> None:
        self.master, self.workers = master, workers
        self.url = master.said(r"spark://127\.0\.0\.1:\d+")

    def alive(self) -> list[int]:
        """Process ids of master and workers still at work."""
        return [one.process.pid for one in (self.master, *self.workers) if one.process.poll() is None]


@contextmanager
def cluster(folder: Path, workers: int = 2, memory: str = "1g") -> Iterator[Loopback]:
    """Workers of one core each. All processes are ended when the block is left."""
    folder.mkdir(parents=True, exist_ok=True)
    daemons = [Daemon("Master", "--port", "0", folder=folder)]
    try:
        url = daemons[0].said(r"spark://127\.0\.0\.1:\d+")
        for number in range(workers):
            own = ("--cores", "1", "--memory", memory, "--work-dir", str(folder / f"worker{number}"))
            daemons.append(Daemon("Worker", *own, url, folder=folder))
        for worker in daemons[1:]:
            worker.said("Successfully registered with master")
        yield Loopback(daemons[0], daemons[1:])
    finally:
        for one in reversed(daemons):
            one.kill()
