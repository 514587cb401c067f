"""Facts about each portal, read from `crawlers/portals/<slug>/portal.yml`: data, so both rooms may read them."""

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, ValidationError

from pipeline.errors import BadInput
from pipeline.model import Actor, EventKind, Record
from pipeline.paths import PORTALS
from pipeline.yaml_files import fault, load_yaml


class Step(Record):
    """One step label of a portal's timeline and what it means. `actor` null: whoever the page names.

    `contains` and `by` narrow it to steps whose text holds these words, or whose named actor is this one; of
    several entries for a label the first that fits counts.
    """

    label: str
    kind: EventKind
    actor: Actor | None = None
    contains: str | None = None
    by: Actor | None = None


class Expectation(Record):
    """What a run must look like before it is trusted.

    `min_items` items listed; `min_fill` field → least share of records that fill it; `max_share` `gap`, `changed`,
    `gone` or `unknown` → greatest share of pages that were refused, unreadable, gone or held an unknown word.
    """

    min_items: int = 1
    min_fill: dict[str, float] = Field(default_factory=dict)
    max_share: dict[str, float] = Field(default_factory=dict)


class PrintedRate(Record):
    """A rate the portal prints about a platform: counters that hold it, as `k` of `n`, or a `share` (0..1) of `n`."""

    n: str
    k: str | None = None
    share: str | None = None


class PortalFacts(Record):
    """portal.yml: everything a person must check about a portal, nothing a program should guess.

    `hosts` stand for themselves and their sub-hosts. `statuses`: progress word → what it means. `hidden_words`: the
    notice in place of a hidden text. `no_account_words`: how the note beside a platform without account begins.
    `gone_words`: what a page says that is gone → kind. `wall_words`: in the title of a wall → kind. `budget`: the most
    requests of one run to the live portal. `closed`: the portal no longer exists, nothing is crawled. `pending`: progress
    words of complaints not admitted yet: they make no case. `closing_accepts_result`: the portal closes a complaint only
    after accepting the platform's result (rung 2). `official_endings`: rows are finished mediations only; alone they make
    no rate, a mediation reached lifts the case it belongs to. `prints_reply_text` false: only that and when a platform replied.
    `printed_rates`: what the portal claims of a platform, from its own counters.
    """

    slug: str
    name: str
    home: str
    hosts: tuple[str, ...]
    timezone: Literal["Asia/Shanghai"] = "Asia/Shanghai"
    statuses: dict[str, str]
    steps: tuple[Step, ...] = ()
    portal_names: tuple[str, ...] = ()
    anonymous_names: tuple[str, ...] = ()
    hidden_words: tuple[str, ...] = ()
    no_account_words: tuple[str, ...] = ()
    gone_words: dict[str, Literal["deleted", "private", "not_found"]] = Field(default_factory=dict)
    wall_words: dict[str, str] = Field(default_factory=dict)
    expect: Expectation = Expectation()
    budget: int | None = Field(default=None, gt=0)
    closed: bool = False
    pending: tuple[str, ...] = ()
    closing_accepts_result: bool = False
    official_endings: bool = False
    prints_reply_text: bool = True
    printed_rates: dict[Literal["reply_rate", "completion_rate"], PrintedRate] = Field(default_factory=dict)
    terms: str = ""
    unknown: tuple[str, ...] = ()


@cache
def facts(slug: str, folder: Path = PORTALS) -> PortalFacts:
    """The facts of one portal; an unknown slug or a bad file raises BadInput."""
    path = folder / slug / "portal.yml"
    if not path.is_file():
        raise BadInput(f"no portal '{slug}': known are {', '.join(slugs(folder))} ({folder})")
    try:
        return PortalFacts.model_validate(load_yaml(path.read_text(encoding="utf8")))
    except (yaml.YAMLError, ValidationError) as error:
        raise BadInput(f"{path}: {fault(error)}") from error


def slugs(folder: Path = PORTALS) -> list[str]:
    """All portals: the folders that hold a portal.yml."""
    return sorted(path.parent.name for path in folder.glob("*/portal.yml"))
