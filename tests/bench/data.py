"""How fast the data pages answer: canned queries, tables, facets, filters, search; then many readers at once.

    .venv/bin/python -m tests.bench.data DATA --complaints 100000 --work DIR [--readers 50 --seconds 60]

DATA holds a published edition (the lab's). Its complaints, cases and what hangs on them are copied under new ids until there are as many
as asked; platforms and scorecards stay. Prints one JSON object: milliseconds over HTTP on loopback, by kind of page and for the worst ten
addresses. Every request is asked anew: it carries a cookie, which passes by the answers kept in memory. `kept` says what a reader waits who is
not the first. The crowd asks as readers do, without a cookie.
"""

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model import TABLES
from pipeline.paths import Paths
from pipeline.publish.database import write_database
from pipeline.publish.editions import place, place_site
from pipeline.publish.keys import FOREIGN_KEYS
from pipeline.publish.open.reading import columns, opened, rows
from pipeline.publish.open.tabular import _arrow
from pipeline.publish.serving.inspection import write_inspection
from pipeline.publish.serving.metadata import by_hand, questions
from pipeline.publish.serving.summing import whole_sums
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
BIG = ("complaints", "cases", "events", "replies", "outcomes")
ANEW = {"Cookie": "asked=anew"}
LIMIT, FTS_LIMIT, CROWD_LIMIT = 300.0, 150.0, 1000.0  # milliseconds, 95 %


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
    write_inspection(kept, whole_sums)
    site = paths.work / "site"
    site.mkdir()
    (site / "index.html").write_text("<!doctype html>", encoding="utf8")
    place_site(paths, edition, site)
    return paths


def addresses(client: httpx.Client) -> dict[str, list[str]]:
    """Kind → addresses below /data/sinkrate; the values of facets are those the pages offer."""
    return {
        "queries": list(_queries()),
        "tables": [f"/{name}" for name in _tables(client)] + [f"/{name}.json?_size=1000" for name in BIG] + list(_second_pages(client)),
        "rows": ["/platforms/jita-faka", "/cases/heimao~2F17300028326", "/complaints/heimao~2F17300028326", "/portals/heimao"],
        "facets": [f"/{name}.json?_facet={facet}&_size=0" for name, about in by_hand().items() for facet in about.get("facets", [])],
        "filters": [*_filters(), *_facet_values(client)],
        "search": list(_searches()),
    }  # fmt: skip


def _tables(client: httpx.Client) -> list[str]:
    return [table["name"] for table in client.get("/data/sinkrate.json").json()["tables"] if not table["hidden"]]


def _second_pages(client: httpx.Client) -> Iterator[str]:
    for page in (
        "/complaints",
        "/cases",
        "/cases?rung=silent",
        "/events?kind=replied",
        "/replies?label=deferral",
        "/complaints?_search=退款",
    ):
        name, _, asked = page.partition("?")
        after = client.get(f"/data/sinkrate{name}.json?_size=50&_nofacet=1&{asked}").json()["next"]
        yield f"{name}?{asked}{'&' if asked else ''}{httpx.QueryParams({'_next': after})}"


def _queries() -> Iterator[str]:
    """Each question with what its form offers; with and without a platform, and for the whole market."""
    for name, query in questions().items():
        asked = {key: ASKED.get(key, "") for key in query.get("params", [])}
        if name == "search":
            continue
        if name == "complaint":
            asked["ref"] = "17300028326"
        if name == "case_timeline":
            asked["case_id"] = "heimao/17300028326"
        platforms = [asked["platform"], "", "*"] if "platform" in asked else [""]
        for platform in platforms:
            yield f"/{name}?{httpx.QueryParams(asked | ({'platform': platform} if 'platform' in asked else {}))}"
    yield "/merges_ledger?id=heimao/17300028326"
    yield "/platform_cases?platform=jita-faka&rung=silent"


def _filters() -> Iterator[str]:
    yield from (f"/{name}?platform=jita-faka" for name in BIG if name != "events")
    yield from (
        "/cases?rung=silent&_sort_desc=t0", "/complaints?filed_at__gte=2026-06-01&portal=heimao", "/cases?platform=jita-faka&rung=silent",
        "/replies?label=deferral&_sort_desc=at", "/complaints?platform=jita-faka&filed_at__gte=2026-06-01", "/replies?platform=jita-faka&label=deferral",
        "/cases?t0__gte=2026-06-01&rung=silent", "/complaints?gone_at__notnull=1", "/cases?_sort_desc=amount_yuan",
    )  # fmt: skip


def _facet_values(client: httpx.Client) -> Iterator[str]:
    for name in BIG:
        answer = client.get(f"/data/sinkrate/{name}.json?_size=0").json()
        for facet in answer["facet_results"].values():
            yield from (f"/{name}?{httpx.QueryParams({facet['name']: str(one['value'])})}" for one in facet["results"])


def _searches() -> Iterator[str]:
    for words in WORDS:
        for platform in ("", "jita-faka"):
            yield f"/search?{httpx.QueryParams({'words': words, 'platform': platform})}"
        yield f"/complaints?{httpx.QueryParams({'_search': words})}"
        yield f"/complaints.json?{httpx.QueryParams({'_search': words})}"


def timed(client: httpx.Client, address: str, times: int, headers: dict[str, str]) -> tuple[list[float], list[str]]:
    """Milliseconds of `times` requests after two that warm, and what failed."""
    taken, failed = [], []
    for number in range(times + 2):
        start = time.perf_counter()
        answer = client.get(f"/data/sinkrate{address}", headers=headers)
        if number >= 2:
            taken.append((time.perf_counter() - start) * 1000)
        if answer.status_code != 200:
            failed.append(f"{answer.status_code} {answer.text[-200:]}")
    return taken, failed


def cuts(taken: list[float]) -> dict[str, float]:
    parts = quantiles(taken, n=100, method="inclusive")
    return {"p50": round(parts[49], 1), "p95": round(parts[94], 1), "p99": round(parts[98], 1)}


async def crowd(base: str, paths: list[str], readers: int, seconds: float) -> dict[str, Any]:
    """Readers that ask one address after another until time is over, each in an order of its own."""
    taken: list[float] = []
    failed: list[str] = []
    until = time.monotonic() + seconds

    async def one(number: int) -> None:
        own = random.Random(number).sample(paths, len(paths))
        async with httpx.AsyncClient(base_url=base, timeout=60) as client:
            at = 0
            while time.monotonic() < until and len(taken) < 500_000:
                path = own[at % len(own)]
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
    return {"readers": readers, "addresses": len(paths), "requests": len(taken), "failed": len(failed), "first_failures": failed[:3], **cuts(taken)}  # fmt: skip


def varied(client: httpx.Client, known: list[str]) -> list[str]:
    """What a crowd asks: every address measured alone, and the questions and filters of every platform."""
    platforms = [row["id"] for row in client.get("/data/sinkrate/platforms.json?_shape=array&_size=max").json()]
    own = [f"/{kind}platform={name}" for name in platforms
           for kind in ("complaints?", "cases?", "replies?", "scorecard?", "sink_rate_by_month?", "waiting_time?", "t48_by_month?")]  # fmt: skip
    return ["/", *(f"/data/sinkrate{address}" for address in dict.fromkeys([*known, *own]))]


def measured(client: httpx.Client, listed: list[str], times: int) -> dict[str, Any]:
    """One kind of page: over all requests, over those answered from memory, and each address's own p95."""
    alone: dict[str, float] = {}
    every, kept, failed = list[float](), list[float](), list[str]()
    for address in listed:
        taken, wrong = timed(client, address, times, ANEW)
        alone[address] = cuts(taken)["p95"]
        every += taken
        failed += [f"{address}: {one}" for one in wrong]
        kept += timed(client, address, 3, {})[0]
    return {"addresses": len(listed), **cuts(every), "kept": cuts(kept), "failed": failed[:5], "alone": alone}


@contextmanager
def serving(paths: Paths, port: int) -> Iterator[str]:
    """A server of its own over the edition: its address."""
    command = [
        sys.executable,
        "-m",
        "pipeline.cli",
        "--data",
        str(paths.data),
        "serve",
        "--port",
        str(port),
        "--processes",
        "2",
    ]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield server.stdout.readline().split()[1].rstrip("/")
    finally:
        server.terminate()
        server.wait(20)


def report(base: str, given: argparse.Namespace) -> dict[str, Any]:
    found: dict[str, Any] = {"complaints": given.complaints, "load": os.getloadavg()}
    with httpx.Client(base_url=base, timeout=60) as client:
        listed = addresses(client)
        kinds = {
            kind: measured(client, listed[kind], given.times) for kind in listed if not given.only or kind in given.only
        }
        alone = {address: p95 for one in kinds.values() for address, p95 in one.pop("alone").items()}
        worst = sorted(alone, key=alone.__getitem__, reverse=True)
        found |= {"kinds": kinds, "worst": {address: alone[address] for address in worst[:10]}}
        found["over"] = sum(p95 > (FTS_LIMIT if "search" in address else LIMIT) for address, p95 in alone.items())
        paths = varied(client, [address for one in listed.values() for address in one])
    if given.readers:
        found["crowd"] = asyncio.run(crowd(base, paths, given.readers, given.seconds))
    return found | {"load_after": os.getloadavg()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--complaints", type=int, default=100_000)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--readers", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=60)
    given = parser.parse_args()
    paths = publish(given.data / "public" / "sinkrate.db", given.work, given.complaints)
    with serving(paths, 8790) as base:
        print(json.dumps(report(base, given), ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
