"""Taking up an unfinished run: what it landed counts, what its archive holds is not fetched again."""

import importlib
from collections.abc import Iterable
from pathlib import Path

from crawlers.archive import Note, Page, entries
from crawlers.landing import Landing, load_landed
from crawlers.portal_spider import PortalSpider
from crawlers.reading import Sighted, Sighting, read_pages
from crawlers.run_state import Run
from pipeline.errors import BadInput
from pipeline.model import Finding, RawComplaint
from pipeline.portals import PortalFacts

_WHOLE = {200, 404, 410}
_ITEMS: dict[str, type[RawComplaint] | type[Finding]] = {"RawComplaint": RawComplaint, "Finding": Finding}


def take_up(run: Run) -> None:
    """Load what the run landed; land what the archive knows and the lines lack; find answers nobody has read."""
    load_landed(run)
    path = run.order.files.archive
    missing, run.replays = _left(run, path)
    if not missing:
        return
    landing = Landing(run)
    landing.open_spider()
    pages = pages_of(path, {page for note in missing for page in note.about.get("pages", ())})
    for note in missing:
        item = item_of(note, pages, run.order.facts)
        if isinstance(item, Sighted):
            landing.land(only(item, refs_of(note) - run.landed))
        elif isinstance(item, Finding) or item.ref not in run.landed:
            landing.land(item)
    landing.close_spider()


def _left(run: Run, path: Path) -> tuple[list[Note], dict[str, int]]:
    """Conclusions without a line (the last one may lack a finding), and answers without a conclusion."""
    waiting: dict[str, tuple[str, int]] = {}
    missing: list[Note] = []
    last: Note | None = None
    for start, _, content in entries(path):
        if isinstance(content, Page):
            if content.status in _WHOLE and not content.url.endswith("/robots.txt"):
                waiting[content.id] = (content.url, start)
            continue
        for page in content.about.get("pages", ()):
            waiting.pop(page, None)
        if content.what in ("read", "item"):
            last = content
            if not refs_of(content) <= run.landed:
                missing.append(content)
    if last is not None and last not in missing:
        missing.append(last)
    return missing, dict(waiting.values())


def refs_of(note: Note) -> set[str]:
    """Refs of the records that landed with this note."""
    if note.what == "item":
        return {note.about["item"]["ref"]} if note.about["model"] == "RawComplaint" else set()
    return set(note.about["landed"])


def pages_of(path: Path, ids: set[str]) -> dict[str, Page]:
    """These pages of an archive."""
    if not ids:
        return {}
    found = (entry.content for entry in entries(path))
    return {page.id: page for page in found if isinstance(page, Page) and page.id in ids}


def item_of(note: Note, pages: dict[str, Page], facts: PortalFacts) -> Sighted | RawComplaint | Finding:
    """What landed with a note of kind read or item, made again."""
    if note.what == "item":
        return _ITEMS[note.about["model"]].model_validate(note.about["item"])
    about = {name: value for name, value in note.about.items() if name in Sighting.model_fields}
    sighting = Sighting.model_validate(about)
    parser = getattr(spider_class(facts.slug), sighting.parse)
    return Sighted(sighting, read_pages(parser, facts, sighting, [pages[name] for name in sighting.pages]))


def spider_class(portal: str) -> type[PortalSpider]:
    """The spider of a portal."""
    module = importlib.import_module(f"crawlers.portals.{portal}.spider")
    for found in vars(module).values():
        if isinstance(found, type) and issubclass(found, PortalSpider) and vars(found).get("name") == portal:
            return found
    raise BadInput(f"crawlers/portals/{portal}/spider.py has no spider named {portal}")


def only(item: Sighted, refs: Iterable[str]) -> Sighted:
    """The item with the records of these refs alone."""
    wanted = set(refs)
    kept = tuple(record for record in item.read.records if record.ref in wanted)
    return Sighted(item.sighting, item.read._replace(records=kept))
