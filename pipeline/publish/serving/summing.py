"""Counts and facets of whole tables, and answers over the whole market, made once at publication: over a million rows each takes long."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from pipeline.publish.serving.frozen import Answer, Sums
from pipeline.publish.serving.inspection import Inspection
from pipeline.publish.serving.instance import Kept, Public, edition_of, instance
from pipeline.publish.serving.metadata import CURRENT, by_hand, questions

_PATIENT = {"sql_time_limit_ms": 600_000, "facet_time_limit_ms": 600_000}


def whole_sums(file: Path, counted: Inspection) -> list[Answer]:
    """What Datasette asks for each table's first page, by asking it for those pages without its limits; and questions `at_publication`."""
    sums = Sums()
    one = Kept(CURRENT, file, edition_of(file))
    ready = instance([one], {file: counted}, _PATIENT, {file: sums})
    asyncio.run(_ask(ready))
    return sums.written()


async def _ask(ready: Public) -> None:
    """The first page of each table and of each value its facets offer: those are the pages' own links. And each question over the market."""
    for query in questions().values():
        if "at_publication" in query:
            asked = dict.fromkeys(query.get("params", []), "") | query["at_publication"]
            await ready.databases[CURRENT].answer(query["sql"], asked)
    for table, about in by_hand().items():
        if not about.get("facets"):
            continue
        if "asked" in about:
            await _page(ready, table, about["asked"])
        page = await _page(ready, table, {})
        for facet in page["facet_results"].values():
            for value in [one["value"] for one in facet["results"]]:
                await _page(ready, table, {facet["name"]: str(value)})


async def _page(ready: Public, table: str, asked: dict[str, str]) -> dict[str, Any]:
    answer = await ready.client.get(f"/{CURRENT}/{table}.json?{urlencode({'_size': '0'} | asked)}")
    answer.raise_for_status()
    page: dict[str, Any] = answer.json()
    return page
