"""Several processes that answer on one socket: Python draws one page at a time, and a machine has more than one core."""

import multiprocessing
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

LET_END = 30
"""Seconds a process has to finish its answers."""


def run(make: Callable[[], ASGIApp], listener: socket.socket, processes: int = 1) -> None:
    """Serve until interrupted or told to end; the first process starts the others and ends them. Each makes its own application."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(
            signal.SIGTERM, _end
        )  # uvicorn hands the signal on when its answers are given: then what follows here is done
    context = multiprocessing.get_context("fork")  # before any thread is there
    others = [context.Process(target=_serve, args=(make, listener), daemon=True) for _ in range(processes - 1)]
    for one in others:
        one.start()
    try:
        _serve(make, listener)
    finally:
        for one in others:
            one.terminate()
        for one in others:
            one.join(LET_END)


def _serve(make: Callable[[], ASGIApp], listener: socket.socket) -> None:
    config = uvicorn.Config(make(), log_level="warning", access_log=False, server_header=False)
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


def _end(*_: object) -> None:
    sys.exit(0)


def unix_listener(path: Path) -> socket.socket:
    """A Unix socket in the place of what an earlier process left there; nginx's user may ask it."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    path.chmod(0o666)
    listener.listen(2048)
    return listener
