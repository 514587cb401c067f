"""Worker processes."""

import os
import select
import signal
import subprocess
import sys

from pipeline.batches import Workers

PROGRAM = """
import time
from pipeline.batches import Workers
with Workers(2) as workers:
    slept = workers.map(time.sleep, [0, 60, 60])
    next(slept)
    print(*workers._pool._processes, flush=True)
    next(slept)
"""


def test_answers_come_in_order_whoever_makes_them() -> None:
    with Workers(2) as workers:
        assert list(workers.map(abs, range(-20, 0))) == list(range(20, 0, -1))
        assert list(workers.map(abs, [-1], apart=False)) == [1]


def test_workers_end_with_a_parent_that_was_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    watched = [os.pidfd_open(int(one)) for one in parent.stdout.readline().split()]
    assert watched
    parent.send_signal(signal.SIGKILL)
    parent.wait(20)
    for one in watched:
        assert select.select([one], [], [], 20)[0], "a worker outlived its parent"
        os.close(one)
