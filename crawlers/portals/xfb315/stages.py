"""From the stage and the three printed times of 消费保 to dated steps: what is not printed stays without a time. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crawlers.pages import finding, is_hidden
from crawlers.portals.xfb315.reading import Said, moment
from pipeline.model import Finding, RawEvent
from pipeline.portals import PortalFacts, Step

STAGES = ("投诉受理", "企业处理", "结果审核", "完成")
_ROUND = "the complaint lands; read the page and correct portal.yml or the parser"


@dataclass(frozen=True)
class Told:
    """What a page tells about one complaint's course."""

    facts: PortalFacts
    ref: str
    filed_at: datetime | None
    status: str | None
    addons: Sequence[Said]
    result: Said | None
    body: str | None

    @property
    def stage(self) -> int:
        """Place among the four stages; -1 for an unknown word."""
        return STAGES.index(self.status) if self.status in STAGES else -1


def stage(printed: str | None, facts: PortalFacts) -> str | None:
    """The portal's word for a printed number; a word, or a number nobody knows, as printed."""
    if printed is None or not printed.isdigit():
        return printed
    return facts.statuses.get(printed, printed)


def events_of(told: Told) -> tuple[tuple[RawEvent, ...], tuple[Finding, ...]]:
    """The steps, oldest first, and what was odd. Undated: the hand-over after the filing, the portal's end last."""
    dated = [_event(told, "addons", said) for said in told.addons]
    if told.result is not None:
        dated.append(_event(told, STAGES[2] if told.stage >= 2 else "default_result", told.result))
    timed = sorted((event for event in dated if event.at), key=lambda event: event.at or told.filed_at)  # type: ignore[arg-type,return-value]
    untimed = [event for event in dated if event.at is None]
    events = [_event(told, "add_time", Said(told.body, None), told.filed_at), *_handed_over(told), *timed, *untimed]
    return (*events, *_ended(told)), tuple(_oddities(told, events))


def _handed_over(told: Told) -> Iterator[RawEvent]:
    if told.stage >= 1:
        yield _event(told, STAGES[1], Said(None, None))


def _ended(told: Told) -> Iterator[RawEvent]:
    """What the stage alone tells: a result submitted but not shown, and the portal's end."""
    if told.stage == 2 and told.result is None:
        yield _event(told, STAGES[2], Said(None, None)).model_copy(update={"hidden": True})
    if told.stage == 3:
        yield _event(told, STAGES[3], Said(None, None))


def _event(told: Told, label: str, said: Said, at: datetime | None = None) -> RawEvent:
    step = _step(told.facts, label)
    hidden = is_hidden(told.facts, said.text)
    return RawEvent(
        at=at or moment(said.at),
        actor=step.actor or "portal",
        kind=step.kind,
        text=None if hidden else said.text,
        hidden=hidden,
    )


def _step(facts: PortalFacts, label: str) -> Step:
    return next(step for step in facts.steps if step.label == label)


def _oddities(told: Told, events: Sequence[RawEvent]) -> Iterator[Finding]:
    printed: list[tuple[str, Any]] = [("addons", said.at) for said in told.addons]
    printed += [("default_result", told.result.at)] if told.result else []
    for what, at in printed:
        if moment(at) is None:
            yield finding(told.facts, told.ref, "step_without_time", f"{what}: no readable time", _ROUND)
    if told.result is not None and told.result.text is None:
        yield finding(told.facts, told.ref, "result_without_text", "a result without text and without a notice", _ROUND)
    earlier = [event for event in events if event.at and told.filed_at and event.at < told.filed_at]
    if earlier:
        yield finding(told.facts, told.ref, "step_before_filing", f"{len(earlier)} steps dated before add_time", _ROUND)
