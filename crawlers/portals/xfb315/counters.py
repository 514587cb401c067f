"""A brand's own counters on 消费保, from the statistics call or from its page. Pure."""

import re
from typing import Any, NamedTuple

from parsel import Selector

from crawlers.pages import decode, one_line, words
from crawlers.portals.xfb315 import carried, labelled
from crawlers.portals.xfb315.kinds import no_page
from pipeline.portals import PortalFacts

_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*([%％])?")


class Statistics(NamedTuple):
    """A brand's own counters. `solve_share` 0..1, null where it is not printed or its unit is unclear."""

    total: int | None
    solve_share: float | None
    name: str | None
    is_unclear: bool


def parse_statistics(page: bytes | str, *, facts: PortalFacts) -> Statistics:
    """A brand's counters from the statistics call or from its page. Raises Refused or PortalChanged without any."""
    text, _ = decode(page)
    root = Selector(text)
    values = carried.documents(root, text)
    carried.refuse_envelope(facts, "brand statistics", values)
    entries = (entry for value in values for entry in carried.dicts(value))
    found = next((entry for entry in entries if {"total", "solve_rate"} <= entry.keys()), None)
    labels = {} if carried.is_json(text) else labelled.read(root.root)
    total = found["total"] if found else labelled.line(labelled.single(labels, "total"))
    rate = found["solve_rate"] if found else labelled.line(labelled.single(labels, "solve_rate"))
    if total is None and rate is None:
        raise no_page(facts, "brand statistics", root, text)
    share = _share(rate)
    return Statistics(_count(total), share, _brand_name(root, found), rate not in (None, "") and share is None)


def _brand_name(root: Selector, found: dict[str, Any] | None) -> str | None:
    if found is not None:
        name = found.get("name")
        return one_line(name) if isinstance(name, str) else None
    heading = root.css("h1")
    return words(heading[0].root) if heading else None


def _count(printed: Any) -> int | None:
    digits = re.sub(r"[,，\s件]", "", str(printed if printed is not None else ""))
    return int(digits) if digits.isdigit() else None


def _share(printed: Any) -> float | None:
    """5.62% → 0.0562; a bare number above 1 is a percentage too; a bare number up to 1 could be either: null."""
    match = _SHARE.fullmatch(str(printed if printed is not None else "").strip())
    if match is None:
        return None
    value = float(match[1])
    if value and not match[2] and value <= 1:
        return None
    return round(value / 100, 6) if value <= 100 else None
