"""How fast the data pages answer: canned queries, tables, facets, filters, search; then many readers at once.

    .venv/bin/python tests/bench/data.py DATA --complaints 100000 --work DIR [--readers 50 --seconds 60]

DATA holds a published edition (the lab's). Its complaints, cases and what hangs on them are copied under new ids until there are as many
as asked; platforms and scorecards stay. Prints one JSON object: p50 and p95 in milliseconds for each address over HTTP on loopback.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.compute as pc
import yaml

from pipeline.model import TABLES
from pipeline.paths import Paths
from pipeline.publish.database import FOREIGN_KEYS, write_database
from pipeline.publish.editions import place, place_site
from pipeline.publish.open.reading import columns, opened, rows
from pipeline.publish.open.tabular import _arrow
from pipeline.publish.serving.inspection import write_inspection
from pipeline.publish.serving.metadata import FOLDER, questions
from pipeline.schema import arrow_schema

GROWS = (
    "complaints",
    "sightings",
    "cases",
    "events",
    "replies",
    "merges",
    "tombstones",
    "outcomes",
    "conduct",
    "campaigns",
)
WORDS = ("退款", "客服 不回", "卡密", "到账", "没有到账", "充值 失败", "骗", "道歉")
ASKED = {
    "platform": "jita-faka",
    "rung": "silent",
    "label": "deferral",
    "measure": "sink_rate",
    "horizon": "30d",
    "issue": "",
    "kind": "",
    "id": "",
    "words": "退款",
}
PLACES = 20


def grown(database: Path, complaints: int) -> dict[str, pa.Table]:
    """Every table of an edition, those in GROWS with copies under new ids."""
    with opened(database) as db:
        tables = {
            name: _arrow(arrow_schema(TABLES[name]), list(rows(db, name, columns(name, bodies=True))))
            for name in TABLES
        }
    factor = -(-complaints // tables["complaints"].num_rows)
    for name in GROWS:
        own = [column for column, other in FOREIGN_KEYS.get(name, {}).items() if other in GROWS]
        ids = [*own, *(["id"] if "id" in tables[name].column_names else []), *(["into"] if name == "merges" else [])]
        tables[name] = pa.concat_tables([_copy(tables[name], set(ids), number) for number in range(factor)])
    return tables


def _copy(table: pa.Table, ids: set[str], number: int) -> pa.Table:
    if number == 0:
        return table
    for column in ids:
        at = table.column_names.index(column)
        renamed = pc.binary_join_element_wise(table[column], f"{number}", "-")
        table = table.set_column(at, table.schema.field(column), renamed.cast(table.schema.field(column).type))
    return table


def publish(source: Path, work: Path, complaints: int) -> Paths:
    """The grown edition in a data directory of its own; one that is there already is used again."""
    paths = Paths(work / f"bench-{complaints}")
    if (paths.public / "site").is_dir():
        return paths
    paths.work.mkdir(parents=True, exist_ok=True)
    tables = grown(source, complaints)
    edition = tables["editions"]["id"][0].as_py()
    write_database(paths.work / "sinkrate.db", tables)
    kept = place(paths, edition, paths.work / "sinkrate.db")
    write_inspection(kept)
    site = paths.work / "site"
    site.mkdir()
    (site / "index.html").write_text("<!doctype html>", encoding="utf8")
    place_site(paths, edition, site)
    return paths


def addresses() -> dict[str, list[str]]:
    """Kind → addresses below /data/sinkrate."""
    asked = {name: {key: ASKED.get(key, "") for key in query.get("params", [])} for name, query in questions().items()}
    asked["complaint"]["ref"] = "17300028326"
    asked["case_timeline"]["case_id"] = "heimao/17300028326"
    tables = _tables()
    big = ("complaints", "cases", "events", "replies", "outcomes")
    return {
        "queries": [f"/{name}?{httpx.QueryParams(params)}" for name, params in asked.items()],
        "tables": [f"/{name}" for name in TABLES],
        "rows": ["/platforms/jita-faka", "/cases/heimao~2F17300028326", "/complaints/heimao~2F17300028326"],
        "facets": [f"/{name}.json?_facet={facet}&_size=0" for name, table in tables.items() for facet in table.get("facets", [])],
        "filters": [f"/{name}?platform=jita-faka" for name in big if name != "events"]
        + ["/cases?rung=silent&_sort_desc=t0", "/complaints?filed_at__gte=2026-06-01&portal=heimao", "/cases?platform=jita-faka&rung=silent", "/replies?label=deferral&_sort_desc=at"],
        "search": [f"/search.json?{httpx.QueryParams({'words': words, 'platform': ''})}" for words in WORDS]
        + [f"/complaints.json?{httpx.QueryParams({'_search': words, '_nofacet': '1'})}" for words in WORDS[:4]],
    }  # fmt: skip


def _tables() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / "metadata.yml").read_text(encoding="utf8"))["tables"]
    return found


def timed(client: httpx.Client, address: str, times: int) -> dict[str, Any]:
    """p50 and p95 of `times` requests after two that warm; failures are counted."""
    taken, failed = [], 0
    for number in range(times + 2):
        start = time.perf_counter()
        answer = client.get(f"/data/sinkrate{address}")
        if number >= 2:
            taken.append((time.perf_counter() - start) * 1000)
            failed += answer.status_code != 200 or "timed out" in answer.text
    return {"p50": round(median(taken), 1), "p95": round(quantiles(taken, n=20)[-1], 1), "failed": failed}


async def crowd(base: str, paths: list[str], readers: int, seconds: float) -> dict[str, Any]:
    """Readers that ask one address after another until time is over."""
    taken: list[float] = []
    failed: list[str] = []
    until = time.monotonic() + seconds

    async def one(number: int) -> None:
        async with httpx.AsyncClient(base_url=base, timeout=60) as client:
            at = number
            while time.monotonic() < until and len(taken) < 200_000:
                path = paths[at % len(paths)]
                start = time.perf_counter()
                try:
                    code: int | str = (await client.get(path)).status_code
                except httpx.HTTPError as error:
                    code = repr(error)
                taken.append((time.perf_counter() - start) * 1000)
                if code != 200:
                    failed.append(f"{code} {path}")
                at += 1

    await asyncio.gather(*(one(number) for number in range(readers)))
    cuts = quantiles(taken, n=100)
    return {"readers": readers, "requests": len(taken), "failed": len(failed), "first_failures": failed[:3],
            "p50": round(cuts[49], 1), "p95": round(cuts[94], 1), "p99": round(cuts[98], 1)}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--complaints", type=int, default=100_000)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--times", type=int, default=PLACES)
    parser.add_argument("--readers", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=60)
    given = parser.parse_args()
    paths = publish(given.data / "public" / "sinkrate.db", given.work, given.complaints)
    port = 8790
    server = subprocess.Popen(
        [sys.executable, "-m", "pipeline.cli", "--data", str(paths.data), "serve", "--port", str(port)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        base = server.stdout.readline().split()[1].rstrip("/")
        found: dict[str, Any] = {"complaints": given.complaints, "load": os.getloadavg()}
        with httpx.Client(base_url=base, timeout=60) as client:
            for kind, listed in addresses().items():
                measured = {address: timed(client, address, given.times) for address in listed}
                worst = max(measured, key=lambda address: measured[address]["p95"])
                found[kind] = {"worst": worst, **measured[worst], "failed": sum(one["failed"] for one in measured.values()), "n": len(measured),
                               "over_300": {a: m["p95"] for a, m in measured.items() if m["p95"] > 300}}  # fmt: skip
                print(kind, found[kind], file=sys.stderr)
        if given.readers:
            spread = ["/", *(f"/data/sinkrate{address}" for listed in addresses().values() for address in listed)]
            found["crowd"] = asyncio.run(crowd(base, spread, given.readers, given.seconds))
        found["load_after"] = os.getloadavg()
        print(json.dumps(found, ensure_ascii=False, indent=1))
    finally:
        server.terminate()
        server.wait(20)


if __name__ == "__main__":
    main()
