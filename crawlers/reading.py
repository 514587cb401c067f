"""From archived pages to what lands: the same for a crawl and for `reparse`. Pure."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from crawlers.archive import Page
from crawlers.pages import Parsed, finding
from pipeline.errors import BadInput, ComplaintGone, PortalChanged, Refused
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
    more: dict[str, Any] = {}


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
    except ComplaintGone as gone:
        return Read("gone", (_tombstone(gone.kind, facts, sighting),))
    except Refused as wall:
        return Read("refused", kind=wall.kind)
    except PortalChanged as change:
        what, remedy = str(change)[:200], "read the page, then correct the parser"
        return Read("changed", findings=(finding(facts, _name(sighting), "page_changed", what, remedy),))


def _parsed(parser: Parser, facts: PortalFacts, sighting: Sighting, pages: Sequence[Page]) -> list[Parsed]:
    for page in pages:
        if page.status in GONE:
            raise ComplaintGone("not_found", f"{_name(sighting)}: HTTP {page.status}")
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


def _tombstone(kind: str, facts: PortalFacts, sighting: Sighting) -> RawComplaint:
    if sighting.ref is None:
        raise BadInput(f"{facts.slug}: {sighting.url} is gone, but a list has no tombstone; give `read` a ref")
    gone = Gone.model_validate({"at": sighting.seen_at, "kind": kind})
    return RawComplaint(
        portal=facts.slug, ref=sighting.ref, url=sighting.url, seen_at=sighting.seen_at,
        found_via=sighting.found_via, gone=gone,
    )  # fmt: skip


def _name(sighting: Sighting) -> str:
    return sighting.ref or sighting.url
