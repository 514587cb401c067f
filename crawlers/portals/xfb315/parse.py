"""消费保 pages → data. Pure: text in, records out; JSON by documented field names first, then labels on the page."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from parsel import Selector

from crawlers.pages import Parsed, decode, finding, raise_gone, whole, words
from crawlers.portals.xfb315 import carried, labelled
from crawlers.portals.xfb315.counters import parse_statistics
from crawlers.portals.xfb315.kinds import anchors, brand_of, no_page, ref_of
from crawlers.portals.xfb315.listing import parse_list
from crawlers.portals.xfb315.reading import Draft, amount, from_json, from_labels, moment
from crawlers.portals.xfb315.stages import Told, events_of, stage
from pipeline.errors import PageError, PortalChanged, Refused
from pipeline.model import Finding, RawComplaint
from pipeline.portals import PortalFacts

__all__ = ["parse_detail", "parse_list", "parse_statistics"]

_ROUND = "the complaint lands; read the page and correct portal.yml or the parser"


def parse_detail(page: bytes | str, *, url: str, seen_at: datetime, found_via: str, facts: PortalFacts) -> Parsed:
    """One complaint's page, or the JSON its own script fetched. Raises ComplaintGone, Refused or PortalChanged.

    `url` as printed on the list, `seen_at` aware. The number is the address's; a page that shows another is refused.
    """
    text, encoding = decode(page)
    ref = ref_of(url)
    if ref is None:
        raise PortalChanged(f"{url}: the address names no complaint number")
    draft = _draft(text, ref, facts)
    digest = hashlib.sha256(page.encode() if isinstance(page, str) else page).hexdigest()
    return _record(draft, ref, digest, url, seen_at, found_via, facts, encoding)


def _draft(text: str, ref: str, facts: PortalFacts) -> Draft:
    root = Selector(text)
    values = carried.documents(root, text)
    found = carried.complaint(values, ref)
    if found is None:
        carried.refuse_envelope(facts, f"xfb315/{ref}", values)
    is_json = carried.is_json(text)
    labels = {} if is_json else labelled.read(root.root)
    printed = from_labels(root, labels) if labels else None
    if found is None and (printed is None or printed.body is None or not (printed.filed or printed.status)):
        raise _no_complaint(facts, ref, root, text)
    if not is_json and not whole(text):
        raise Refused("truncated", f"xfb315/{ref}: the page is cut off; it is asked for again")
    draft = from_json(found, facts) if found is not None else None
    both = draft.filled_from(printed) if draft and printed else draft or printed
    assert both is not None  # one of the two was found  # noqa: S101
    if both.platform_ref is None and not is_json:
        both = replace(both, platform_ref=_linked_brand(root, both.platform_name))
    if both.ref not in (None, ref):
        raise PortalChanged(f"xfb315/{ref}: the page shows complaint {both.ref}")
    return both


def _linked_brand(root: Selector, name: str | None) -> str | None:
    """The number in the page's link to the brand of this very name."""
    found = {number for node, href in anchors(root) if (number := brand_of(href)) and name and words(node) == name}
    return found.pop() if len(found) == 1 else None


def _no_complaint(facts: PortalFacts, ref: str, root: Selector, text: str) -> PageError:
    """Why there is no complaint on the page; raises ComplaintGone itself."""
    if not carried.is_json(text) and len(text) < 20_000:
        raise_gone(facts, ref, words(root.root) or "")
    return no_page(facts, f"xfb315/{ref}", root, text)


def _record(
    draft: Draft, ref: str, digest: str, url: str, seen_at: datetime, found_via: str, facts: PortalFacts,
    encoding: str | None,
) -> Parsed:  # fmt: skip
    filed_at, status = moment(draft.filed), stage(draft.status, facts)
    told = Told(facts, ref, filed_at, status, draft.addons, draft.result, draft.body)
    events, odd_steps = events_of(told)
    record = RawComplaint(
        portal=facts.slug, ref=ref, url=url, seen_at=seen_at, found_via=found_via, title=draft.title, body=draft.body,
        author=None if draft.author in facts.anonymous_names else draft.author, platform_name=draft.platform_name,
        platform_ref=draft.platform_ref, issues=draft.issues, requests=draft.requests,
        amount_yuan=amount(draft.amount), filed_at=filed_at, status=status, page_digest=digest, events=events,
    )  # fmt: skip
    return Parsed(record, (*_oddities(record, draft, facts, encoding), *odd_steps))


def _oddities(record: RawComplaint, draft: Draft, facts: PortalFacts, encoding: str | None) -> Iterator[Finding]:
    ref = record.ref
    if record.status is not None and record.status not in facts.statuses:
        word = record.status[:20]
        yield finding(facts, ref, "unknown_status", f"progress word '{word}'", "add it to statuses in portal.yml")
    if record.filed_at is None:
        yield finding(facts, ref, "time_unclear", "no readable add_time with hour and minute", _ROUND)
    elif record.filed_at > record.seen_at:
        yield finding(facts, ref, "step_in_future", "filed after it was seen", _ROUND)
    if draft.amount and record.amount_yuan is None:
        yield finding(facts, ref, "bad_amount", "the disputed amount is not a number of yuan", _ROUND)
    if encoding:
        yield finding(facts, ref, "encoding", f"the page came as {encoding} and was repaired", "nothing to do")
    for kind, detail in draft.odd:
        subject = "detail" if kind == "new_field" else ref
        yield finding(facts, subject, kind, detail, _ROUND)
