"""The steps of a 黑猫 page: who did what and, though no year is printed, when."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from parsel import Selector

from crawlers.pages import SHANGHAI, finding, is_hidden, meaning, text_of, words
from pipeline.errors import PortalChanged
from pipeline.model import Actor, Finding, RawEvent
from pipeline.portals import PortalFacts, Step

_AT = re.compile(r"(?:(\d{4})[-年])?(\d{1,2})[-月](\d{1,2})日?\s+(\d{1,2}):(\d{2})(?::(\d{2}))?")
_BODIES = {"ts-d-cont", "ts-reply"}
_FILING = ("filed", "joined_group")
_MODERATION = (*_FILING, "approved", "rejected")
_BEFORE = timedelta(days=60)  # filing and moderation come before publication, by weeks at most
_SLACK = timedelta(days=1)
_JITTER = timedelta(minutes=1)  # steps of one moment may be printed in the wrong order
_ROUND = "the complaint lands; read the page and correct portal.yml or the parser"


class Page(NamedTuple):
    """What the header of the page says and the steps need."""

    facts: PortalFacts
    ref: str
    author: str | None
    platform: str | None
    published_at: datetime | None
    seen_at: datetime


class Stamp(NamedTuple):
    """A printed time, mostly without its year."""

    year: int | None
    rest: tuple[int, int, int, int, int]

    def in_year(self, year: int) -> datetime | None:
        """The moment in that year; null where there is no such day."""
        try:
            return datetime(self.year or year, *self.rest, tzinfo=SHANGHAI)
        except ValueError:
            return None


class Item(NamedTuple):
    """One `ts-d-item` as printed."""

    name: str | None
    label: str
    stamp: Stamp | None
    text: str | None


def events_of(root: Selector, page: Page) -> tuple[tuple[RawEvent, ...], tuple[Finding, ...]]:
    """All steps that can be typed, oldest first, and a finding for each that cannot."""
    items = [_item(node) for node in reversed(root.css("div.ts-d-item"))]
    steps = [_meaning(page, item) for item in items]
    _check_order(page, steps)
    times = _times([item.stamp for item in items], steps, page)
    events = tuple(_event(page, *row) for row in zip(items, steps, times, strict=True) if row[1])
    return events, tuple(_oddities(page, items, steps, times))


def filing(events: Sequence[RawEvent]) -> RawEvent | None:
    """The step that filed the complaint: its time and the full text."""
    return next((event for event in events if event.kind in _FILING), None)


def _item(node: Selector) -> Item:
    spans: dict[str, Any] = {}
    bodies: list[Any] = []
    for part in node.root.iter("span", "div"):
        names = (part.get("class") or "").split()
        if part.tag == "span":
            spans |= {name: part for name in names if name not in spans}
        elif not _BODIES.isdisjoint(names) and not any(outer in bodies for outer in part.iterancestors()):
            bodies.append(part)
    name, label, at = (words(spans[css]) if css in spans else None for css in ("u-name", "u-status", "u-date"))
    texts = [text_of(body, drop="script,style,.ts-d-pj") for body in bodies]
    text = "\n".join(text for text in texts if text)
    return Item(name, (label or "").strip("：: "), stamp_of(at or ""), text or None)


def stamp_of(printed: str) -> Stamp | None:
    """The time a step prints; null where it prints none."""
    match = _AT.search(printed)
    if match is None:
        return None
    year, *rest = (int(part) if part else 0 for part in match.groups())
    month, day, hour, minute, second = rest
    return Stamp(year or None, (month, day, hour, minute, second))


def _named(page: Page, name: str | None) -> Actor | None:
    """Who the printed name stands for. An alias that copies the platform's name is read as the platform."""
    if name is None:
        return None
    if name in page.facts.portal_names:
        return "portal"
    if name == page.platform:
        return "platform"
    return "complainant" if name == page.author or name in page.facts.anonymous_names else "platform"


def _meaning(page: Page, item: Item) -> tuple[Step, Actor] | None:
    """The step's kind and actor; null when label or actor is unknown (nothing is guessed)."""
    named = _named(page, item.name)
    step = meaning(page.facts, item.label, named, item.text)
    actor = step and (step.actor or named)
    return (step, actor) if step and actor else None


def _check_order(page: Page, steps: Sequence[tuple[Step, Actor] | None]) -> None:
    kinds = [step[0].kind if step else None for step in steps]
    if any(kind in _FILING for kind in kinds[-1:]) and len(kinds) > 1 and kinds[0] not in (*_FILING, None):
        raise PortalChanged(f"{page.facts.slug}/{page.ref}: the steps are no longer printed newest first")


def _event(page: Page, item: Item, step: tuple[Step, Actor] | None, at: datetime | None) -> RawEvent:
    assert step is not None  # the caller keeps typed steps only  # noqa: S101
    hidden = is_hidden(page.facts, item.text)
    return RawEvent(at=at, actor=step[1], kind=step[0].kind, text=None if hidden else item.text, hidden=hidden)


def _oddities(
    page: Page, items: Sequence[Item], steps: Sequence[tuple[Step, Actor] | None], times: Sequence[datetime | None]
) -> Iterator[Finding]:
    for seq, (item, step, at) in enumerate(zip(items, steps, times, strict=True)):
        if step is None:
            what = f"step {seq}: label '{item.label[:20]}'" + ("" if item.name else " without a name")
            yield finding(page.facts, page.ref, "unknown_step", what, "add the label to steps in portal.yml")
        if at is None:
            yield finding(page.facts, page.ref, "step_without_time", f"step {seq}: no time or no such day", _ROUND)
        elif _is_future(at, page):
            yield finding(page.facts, page.ref, "step_in_future", f"step {seq}: dated after it was seen", _ROUND)
    if not items:
        yield finding(page.facts, page.ref, "no_timeline", "the page shows no steps", _ROUND)


def _is_future(at: datetime, page: Page) -> bool:
    """Dated after the sighting, though the sighting's clock can be trusted."""
    return page.published_at is not None and page.published_at <= page.seen_at < at - _SLACK


def _times(
    stamps: Sequence[Stamp | None], steps: Sequence[tuple[Step, Actor] | None], page: Page
) -> list[datetime | None]:
    """The steps' moments, oldest first: the header gives the year, and a time that goes backwards starts a new one."""
    times: list[datetime | None] = []
    last: datetime | None = None
    for stamp, step in zip(stamps, steps, strict=True):
        at = None if stamp is None else _next(stamp, last, page) if last else _first(stamp, step, page)
        times.append(at)
        last = max(at, last) if at and last else at or last
    return times


def _next(stamp: Stamp, last: datetime, page: Page) -> datetime | None:
    """The first such moment not before the step below it; 29 February waits for a leap year, not into the future."""
    at = _place(stamp, last - _JITTER)
    return None if at and at.year - last.year > 1 and _is_future(at, page) else at


def _first(stamp: Stamp, step: tuple[Step, Actor] | None, page: Page) -> datetime | None:
    """The oldest step, near publication: what was filed on 31 December may be published on 1 January."""
    if page.published_at is None:
        return stamp.in_year(0) if stamp.year else None
    may_precede = step is None or step[0].kind in _MODERATION
    at = _place(stamp, page.published_at - (_BEFORE if may_precede else _SLACK))
    if at and may_precede and _is_future(at, page):
        return stamp.in_year(at.year - 1) or at
    return at


def _place(stamp: Stamp, not_before: datetime) -> datetime | None:
    for year in range(not_before.year, not_before.year + 9):  # 8 years lie between leap days around 2100
        at = stamp.in_year(year)
        if at and at >= not_before:
            return at
    return None
