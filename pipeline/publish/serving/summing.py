"""Counts and facets of whole tables, made once at publication: over a million rows each takes longer than a reader waits."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from pipeline.publish.serving.frozen import Answer, Sums
from pipeline.publish.serving.inspection import Inspection
from pipeline.publish.serving.instance import Kept, Public, edition_of, instance
from pipeline.publish.serving.metadata import CURRENT, by_hand

_PATIENT = {"sql_time_limit_ms": 600_000, "facet_time_limit_ms": 600_000}


def whole_sums(file: Path, counted: Inspection) -> list[Answer]:
    """What Datasette asks for each table's first page, by asking it for those pages without its limits."""
    sums = Sums()
    one = Kept(CURRENT, file, edition_of(file))
    ready = instance([one], {file: counted}, _PATIENT, {file: sums})
    asyncio.run(_ask(ready, [table for table, about in by_hand().items() if about.get("facets")]))
    return sums.written()


async def _ask(ready: Public, tables: list[str]) -> None:
    """The first page of each table and of each value its facets offer: those are the pages' own links."""
    for table in tables:
        page = await _page(ready, table, {})
        for facet in page["facet_results"].values():
            for value in [one["value"] for one in facet["results"]]:
                await _page(ready, table, {facet["name"]: str(value)})


async def _page(ready: Public, table: str, asked: dict[str, str]) -> dict[str, Any]:
    answer = await ready.client.get(f"/{CURRENT}/{table}.json?{urlencode({'_size': '0'} | asked)}")
    answer.raise_for_status()
    page: dict[str, Any] = answer.json()
    return page
