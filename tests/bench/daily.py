"""The public machine of site/content/deploy.md, run from end to end in a folder: two days, their editions shown, a backup restored.

    .venv/bin/python -m tests.bench.daily WORK

Every ExecStart line of sinkrate-daily.service is run in its order, and so is that of the backup; the one thing put in place of another is the
crawl of live portals, for which the lab's stands. switch.sh shows each edition behind a real nginx; `systemctl` is played by a script
(tests/publish/serving/stand.py). Prints each line, its seconds, and what nginx then answers.
"""

import argparse
import os
import re
import shlex
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from pipeline.paths import SITE, Paths
from tests.publish.serving.stand import UNITS, Stand, standing

CRAWL = "'/opt/sinkrate/.venv/bin/sinkrate --data /var/lib/sinkrate crawl all || [ $? -eq 3 ]'"


def lines(unit: str) -> list[str]:
    return re.findall(r"^ExecStart=\+?(.*)$", (UNITS / unit).read_text(encoding="utf8"), re.MULTILINE)


def run(stand: Stand, line: str) -> None:
    """One line of a unit, the folders of the stand in the place of the machine's."""
    if line.endswith("switch.sh"):
        return timed("switch.sh", stand.switch)
    program = f"{sys.executable} -m pipeline.cli"
    line = line.replace(CRAWL, "'/opt/sinkrate/.venv/bin/sinkrate --data /var/lib/sinkrate lab crawl'")
    for before, after in (("/opt/sinkrate/.venv/bin/sinkrate", program), ("/var/lib/sinkrate", str(stand.paths.data)),
                          ("/var/backups/sinkrate", str(stand.folder / "backups"))):  # fmt: skip
        line = line.replace(before, after)
    return timed(line.replace(program, "sinkrate"), lambda: subprocess.run(shlex.split(line), check=True, cwd=SITE.parent, stdout=subprocess.DEVNULL))  # fmt: skip


def timed(name: str, do: object) -> None:
    start = time.monotonic()
    do()  # type: ignore[operator]
    print(f"{time.monotonic() - start:6.1f} s  {name}", flush=True)


def answers(stand: Stand) -> None:
    for path in ("/", "/data/", "/data/sinkrate/cases.json?_size=1", "/open/index.json", "/open/badges/jita-faka.svg"):
        with urllib.request.urlopen(f"http://127.0.0.1:{stand.port}{path}") as answer:
            print(f"          {answer.status} {answer.headers['X-Edition']} {path}")


def restored(stand: Stand) -> None:
    """A new directory from the newest backup, judged again: the same edition."""
    new = Paths(stand.folder / "new")
    program = [sys.executable, "-m", "pipeline.cli", "--data", str(new.data)]
    backup = str(max((stand.folder / "backups").glob("*.tar")))
    for command in (["restore", backup], ["run"], ["build"]):
        timed(
            f"sinkrate {command[0]}",
            lambda command=command: subprocess.run([*program, *command], check=True, stdout=subprocess.DEVNULL),
        )
    sites = [Path(os.path.realpath(paths.public / "site")).parent.name for paths in (stand.paths, new)]
    print(f"          edition before {sites[0]}, after {sites[1]}")
    assert sites[0] == sites[1], "the restored directory gives another edition"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path)
    folder = parser.parse_args().work.resolve()
    (folder / "backups").mkdir(parents=True, exist_ok=True)
    with standing(folder, Paths(folder / "data")) as stand:
        for _ in range(2):
            for line in lines("sinkrate-daily.service"):
                run(stand, line)
            answers(stand)
        for line in lines("sinkrate-backup.service"):
            run(stand, line)
        restored(stand)


if __name__ == "__main__":
    main()
