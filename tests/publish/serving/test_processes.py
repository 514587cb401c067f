"""Two processes on one socket answer alike and end together."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from tests.publish.server import publish


def _children(process: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="children are read from /proc")
def test_two_processes_answer_and_end_with_the_first(tmp_path: Path) -> None:
    socket = tmp_path / "s.sock"
    command = [sys.executable, "-m", "pipeline.cli", "--data", str(publish(tmp_path / "data").parent), "serve", "--unix", str(socket), "--processes", "2"]  # fmt: skip
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None and str(socket) in server.stdout.readline()
        with httpx.Client(
            transport=httpx.HTTPTransport(uds=str(socket), retries=3), base_url="http://sinkrate", timeout=60
        ) as client:
            assert {client.get("/data/sinkrate/editions.json").status_code for _ in range(3)} == {200}
        (other,) = _children(server.pid)
        os.kill(other, 0)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(40)
    for _ in range(100):
        if not Path(f"/proc/{other}").exists():
            break
        threading.Event().wait(0.1)
    assert not Path(f"/proc/{other}").exists() and not socket.exists()
