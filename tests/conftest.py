"""What several test folders share: one whole edition made from the lab, as `make edition` makes it."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.paths import PROJECT, Paths


@dataclass(frozen=True)
class Edition:
    """A published edition of the lab and what its commands printed."""

    paths: Paths
    said: str


def sinkrate(*arguments: str, data: Path, expect: int = 0, stdin: str | None = None) -> str:
    """Run the command line as a user does; returns what it printed. Fails on another exit code than expected."""
    command = [sys.executable, "-m", "pipeline.cli", "--data", str(data), *arguments]
    done = subprocess.run(command, cwd=PROJECT, input=stdin, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == expect, f"{' '.join(arguments)} → {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


@pytest.fixture(scope="session")
def lab_edition(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edition]:
    """Lab → crawl at every visit → run → build, in a path with a space."""
    data = tmp_path_factory.mktemp("an edition") / "data"
    said = "".join(sinkrate(*verb.split(), data=data) for verb in ("lab crawl", "run", "build", "check", "table"))
    yield Edition(Paths(data), said)
