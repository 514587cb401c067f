"""The public machine of site/content/deploy.md, run from end to end in a folder: two days, their editions shown, a backup restored.

    .venv/bin/python -m tests.bench.daily WORK

Every ExecStart line of sinkrate-daily.service is run in its order, and so is that of the backup; the one thing put in place of another is the
crawl of live portals, for which the lab's stands: all its visits on the first day, one more a day later on the second. switch.sh shows
each edition behind a real nginx; `systemctl` is played by a script (tests/publish/serving/stand.py). Prints each line, its seconds, and what nginx then answers.
"""

import argparse
import os
import re
import shlex
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

from crawlers.lab.server import Lab
from crawlers.lab.visits import VISITS
from crawlers.lab.world import build_world
from pipeline.paths import SITE, Paths
from tests.publish.serving.stand import UNITS, Stand, standing

CRAWL = "'/opt/sinkrate/.venv/bin/sinkrate --data /var/lib/sinkrate crawl all || [ $? -eq 3 ]'"


PROGRAM = f"{sys.executable} -m pipeline.cli"


def lines(unit: str) -> list[str]:
    return re.findall(r"^ExecStart=\+?(.*)$", (UNITS / unit).read_text(encoding="utf8"), re.MULTILINE)


def run(stand: Stand, line: str, day: int) -> None:
    """One line of a unit, the folders of the stand in the place of the machine's."""
    if line.endswith("switch.sh"):
        return timed("switch.sh", stand.switch)
    if CRAWL in line:
        return timed("crawl of the lab", lambda: crawl(stand, day))
    assert " crawl " not in line, f"a live portal would be asked: {line}"
    for before, after in (("/opt/sinkrate/.venv/bin/sinkrate", PROGRAM), ("/var/lib/sinkrate", str(stand.paths.data)),
                          ("/var/backups/sinkrate", str(stand.folder / "backups"))):  # fmt: skip
        line = line.replace(before, after)
    return timed(
        line.replace(PROGRAM, "sinkrate").replace(str(stand.folder), "WORK"), lambda: quietly(shlex.split(line))
    )


def crawl(stand: Stand, day: int) -> None:
    """Of all the lab's visits on the first day, of what is new so many days later on the others."""
    own = ["--data", str(stand.paths.data)]
    if day == 0:
        quietly([*PROGRAM.split(), *own, "lab", "crawl"])
        return
    clock = VISITS[-1].clock + timedelta(days=day)
    with Lab(build_world(), clock=clock) as server:
        since = (clock - timedelta(days=30)).date().isoformat()
        quietly([*PROGRAM.split(), *own, "crawl", "heimao", "--home", server.url, "--now", clock.isoformat(), "--since", since])  # fmt: skip


def quietly(command: list[str]) -> None:
    """BadInput of the program and the like are shown, what it says of its work is not."""
    done = subprocess.run(command, cwd=SITE.parent, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}"


def timed(name: str, do: Callable[[], None]) -> None:
    start = time.monotonic()
    do()
    print(f"{time.monotonic() - start:6.1f} s  {name}", flush=True)


def answers(stand: Stand) -> str:
    """What nginx answers: the one edition all of it is of."""
    shown = set()
    for path in ("/", "/data/", "/data/sinkrate/cases.json?_size=1", "/open/index.json", "/open/badges/jita-faka.svg"):
        with urllib.request.urlopen(f"http://127.0.0.1:{stand.port}{path}") as answer:
            shown.add(answer.headers["X-Edition"])
            print(f"          {answer.status} {answer.headers['X-Edition']} {path}")
    assert len(shown) == 1, f"answers of several editions: {shown}"
    return str(shown.pop())


def restored(stand: Stand) -> None:
    """A new directory from the newest backup, judged again: the same edition."""
    new = Paths(stand.folder / "new")
    program = [*PROGRAM.split(), "--data", str(new.data)]
    backup = str(max((stand.folder / "backups").glob("*.tar")))
    for command in (["restore", backup], ["run"], ["build"]):
        timed(f"sinkrate {command[0]}", partial(quietly, [*program, *command]))
    sites = [Path(os.path.realpath(paths.public / "site")).parent.name for paths in (stand.paths, new)]
    print(f"          edition before {sites[0]}, after {sites[1]}")
    assert sites[0] == sites[1], "the restored directory gives another edition"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path)
    folder = parser.parse_args().work.resolve()
    (folder / "backups").mkdir(parents=True, exist_ok=True)
    with standing(folder, Paths(folder / "data")) as stand:
        shown = []
        for day in range(2):
            for line in lines("sinkrate-daily.service"):
                run(stand, line, day)
            shown.append(answers(stand))
        assert shown[0] != shown[1], "the second day shows the first day's edition"
        for line in lines("sinkrate-backup.service"):
            run(stand, line, 1)
        restored(stand)


if __name__ == "__main__":
    main()
