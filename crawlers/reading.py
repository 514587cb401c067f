"""From archived pages to what lands: the same for a crawl and for `reparse`. Pure."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from pydantic import Field

from crawlers.archive import Page
from crawlers.pages import Parsed, finding
from pipeline.errors import ComplaintGone, PortalChanged, Refused
from pipeline.model import Finding, Gone, RawComplaint, Record
from pipeline.portals import PortalFacts

GONE = {404, 410}
Parser = Callable[..., Parsed | Iterable[Parsed]]


class Sighting(Record):
    """How pages are read: which pure function of the spider, which archived pages, which other arguments.

    `ref` null: every record the pages hold lands. `url` as printed. `more`: JSON values.
    """

    ref: str | None
    url: str
    found_via: str
    seen_at: datetime
    parse: str
    pages: tuple[str, ...]
    more: dict[str, Any] = Field(default_factory=dict)


class Read(NamedTuple):
    """What came of it. `kind` names the wall of a refused page."""

    verdict: Literal["landed", "gone", "refused", "changed"]
    records: tuple[RawComplaint, ...] = ()
    findings: tuple[Finding, ...] = ()
    kind: str | None = None


class Sighted(NamedTuple):
    """The item a spider yields for pages it has read."""

    sighting: Sighting
    read: Read


def read_pages(parser: Parser, facts: PortalFacts, sighting: Sighting, pages: Sequence[Page]) -> Read:
    """Records and findings; a page that is gone is a tombstone, one that is not understood a finding."""
    try:
        return _landed(_parsed(parser, facts, sighting, pages), facts, sighting)
    except Refused as wall:
        return Read("refused", kind=wall.kind)
    except ComplaintGone as gone:
        if sighting.ref is not None:
            return Read("gone", (_tombstone(gone.kind, sighting.ref, facts, sighting),))
        return _changed(facts, sighting, str(gone))
    except PortalChanged as change:
        return _changed(facts, sighting, str(change))


def _changed(facts: PortalFacts, sighting: Sighting, what: str) -> Read:
    name, remedy = sighting.ref or sighting.url, "read the page, then correct the parser"
    return Read("changed", findings=(finding(facts, name, "page_changed", what[:200], remedy),))


def _parsed(parser: Parser, facts: PortalFacts, sighting: Sighting, pages: Sequence[Page]) -> list[Parsed]:
    for page in pages:
        if page.status in GONE:
            raise ComplaintGone("not_found", f"{sighting.ref or sighting.url}: HTTP {page.status}")
    bodies = (page.body for page in pages)
    about = {"url": sighting.url, "seen_at": sighting.seen_at, "found_via": sighting.found_via, "facts": facts}
    got = parser(*bodies, **about, **sighting.more)
    return [got] if isinstance(got, Parsed) else list(got)


def _landed(parsed: list[Parsed], facts: PortalFacts, sighting: Sighting) -> Read:
    if sighting.ref is None:
        mine = parsed
    else:
        mine = [one for one in parsed if one.complaint.ref == sighting.ref][:1]
        if not mine:
            shown = ", ".join(one.complaint.ref for one in parsed[:3]) or "none"
            raise PortalChanged(f"{facts.slug}/{sighting.ref}: the page shows complaint {shown}")
    return Read("landed", tuple(one.complaint for one in mine), tuple(odd for one in mine for odd in one.findings))


def _tombstone(kind: str, ref: str, facts: PortalFacts, sighting: Sighting) -> RawComplaint:
    gone = Gone.model_validate({"at": sighting.seen_at, "kind": kind})
    return RawComplaint(
        portal=facts.slug, ref=ref, url=sighting.url, seen_at=sighting.seen_at, found_via=sighting.found_via, gone=gone
    )


def name_of(sighting: Sighting) -> str:
    """What a gap in the place of this sighting is called."""
    return sighting.ref or sighting.url


def gap_of(facts: PortalFacts, name: str, kind: str) -> Finding:
    """The finding of a page that was not seen: no statement about the complaint."""
    return finding(facts, name, "gap", f"not seen: {kind}", "run again later; a wall stays a gap")
