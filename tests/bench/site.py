"""Pages a second of a build against a bare Jinja2 render of the same templates and data, and a build after one change.

    python tests/bench/site.py [sinkrate.db] [--processes N] [--platforms N]

`--platforms` writes the same platforms' scores under new ids until there are about so many; cases stay those they are.

Times are user and system CPU seconds of this process and its children, so that other work on the machine does not count.
"""

import argparse
import gzip
import resource
import shutil
import sqlite3
import tempfile
from pathlib import Path

from pipeline.publish.web import environment
from pipeline.publish.web.build import build_site
from pipeline.publish.web.figures import Desk
from pipeline.publish.web.kinds import KINDS
from pipeline.publish.web.reading import read_snapshot
from pipeline.publish.web.texts import LANGUAGES, load_texts
from pipeline.publish.web.words import load_words


def cpu() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def bare(database: Path) -> tuple[int, float]:
    """Pages, and CPU seconds of rendering objects that are made before the clock starts; nothing is written."""
    data = read_snapshot(database)
    ready = []
    for language in LANGUAGES:
        desk = Desk(data, load_words(language), load_texts(language), language)
        templates = environment.environment(desk)
        for kind in KINDS:
            render = templates.get_template(kind.template).render
            ready += [(render, kind, job.make()) for job in kind.jobs(desk)]
    start = cpu()
    for render, kind, page in ready:
        render(page=page, shell=page.shell, kind=kind).encode()
    return len(ready), cpu() - start


OF_PLATFORMS = ("scorecards", "bands", "funnel", "money", "robustness", "curves", "claims", "flags")


def multiply(database: Path, wanted: int) -> None:
    """The scores of every platform again, under `ID-2`, `ID-3`, …"""
    with sqlite3.connect(database) as db:
        db.execute("pragma foreign_keys = off")
        ids = [one for (one,) in db.execute("select id from platforms")]
        for copy in range(2, wanted // len(ids) + 1):
            for table, key in (("platforms", "id"), *((one, "platform") for one in OF_PLATFORMS)):
                columns = [row[1] for row in db.execute(f"pragma table_info({table})")]
                new = {key: f"{key} || '-{copy}'", "sql": f"replace(sql, {key}, {key} || '-{copy}')"}
                said = ", ".join(new.get(column, column) for column in columns)
                marks = ", ".join("?" * len(ids))
                db.execute(f"insert into {table} select {said} from {table} where {key} in ({marks})", ids)


def change_one_platform(database: Path) -> None:
    """One more name printed for the platform that comes first."""
    with sqlite3.connect(database) as db:
        db.execute("update platforms set aliases = aliases || '|又一个名称' where id = (select min(id) from platforms)")


def print_sizes(out: Path) -> None:
    """Home and the largest platform page as a server sends them."""
    sizes = {path: len(gzip.compress(path.read_bytes(), 6)) for path in out.glob("**/platforms/*/index.html")}
    home = max(len(gzip.compress((out / name).read_bytes(), 6)) for name in ("index.html", "en/index.html"))
    print(
        f"gzip: home {home / 1000:.0f} kB (target 150), largest platform page {max(sizes.values()) / 1000:.0f} kB (target 60)"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("database", type=Path, nargs="?", default=Path("data/public/sinkrate.db"))
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--platforms", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database, out = Path(shutil.copy(asked.database, Path(folder) / "sinkrate.db")), Path(folder) / "site"
        multiply(database, asked.platforms)
        pages, rendering = bare(database)
        print(f"bare render   {pages} pages  {rendering:.2f} s CPU  {pages / rendering:.0f} pages/s")
        times = []
        for name in ("full build", "nothing new", "one changed"):
            if name == "one changed":
                change_one_platform(database)
            start = cpu()
            report = build_site(database, out, processes=asked.processes)
            times.append(cpu() - start)
            if name == "full build":
                print_sizes(out)
            print(f"{name:<13} {report.pages} pages  {times[-1]:.2f} s CPU  {report.pages / times[-1]:.0f} pages/s  "
                  f"{report.written} written")  # fmt: skip
        print(f"build / bare render: {rendering / times[0]:.2f} × its pages a second (target 0.5)")
        print(f"full / one changed: {times[0] / times[2]:.1f} × (target 20)")


if __name__ == "__main__":
    main()
