"""The lab's own truth: where each case stands, from what its story declared and from when anybody looked.

Nothing here reads a reply: labels, rungs and doubts were declared when the story was written. Of the pipeline only the
vocabulary and the calendar of working days are used.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from crawlers.lab.platforms import PLATFORMS
from crawlers.lab.things import HORIZON, SHANGHAI, SUBSTANTIVE_LABELS, LabCase, LabComplaint, Step, World
from crawlers.lab.visits import VISITS, Visit
from pipeline.model import Kept, Rung, State
from pipeline.paths import PROJECT

if TYPE_CHECKING:
    from pipeline.workdays import Calendar

YEAR = timedelta(days=365)
_TERMINAL = frozenset({"确认完成", "撤诉", "投诉关闭", "已关闭", "自动完成"})
_RATED: tuple[Rung, ...] = (
    "resolved_confirmed", "resolved_claimed", "answered", "brushed_off", "silent", "undelivered", "closed_unanswered",
)  # fmt: skip
_SUNK: frozenset[Rung] = frozenset({"brushed_off", "silent", "undelivered", "closed_unanswered"})


@dataclass(frozen=True)
class CaseTruth:
    """One dispute as an all-knowing reader of the method would judge it. Rungs are None unless judged."""

    id: str
    members: tuple[str, ...]
    platform: str | None
    story: str
    t0: datetime
    delivered: bool
    state: State
    rung: Rung | None
    rung_low: Rung | None
    rung_high: Rung | None
    in_window: bool
    answered_late: bool
    t24: Kept | None
    t48: Kept | None
    t7: Kept | None
    t7_confirmed: Kept | None


@dataclass(frozen=True)
class PlatformTruth:
    """Counts of the headline window: sink rate, its low and high bound, silence; and what stands outside."""

    k: int
    n: int
    low_k: int
    low_n: int
    high_k: int
    high_n: int
    silence_k: int
    silence_n: int
    withdrawn: int
    vanished: int
    unseen: int

    @property
    def matured(self) -> int:
        return self.n + self.withdrawn + self.vanished + self.unseen


@dataclass(frozen=True)
class _Watched:
    """What the visits saw of one complaint: last alive, and found gone (None: still there)."""

    alive_at: datetime
    gone_at: datetime | None


def _watch(complaint: LabComplaint, visits: Sequence[Visit]) -> _Watched | None:
    """None: no visit ever saw it."""
    alive_at: datetime | None = None
    for visit in visits:
        listed = visit.since is None or complaint.published_at.date() >= visit.since.date()
        if complaint.is_visible(visit.clock) and (alive_at or listed):
            alive_at = visit.clock
        elif alive_at:
            return _Watched(alive_at, visit.clock)
    return None if alive_at is None else _Watched(alive_at, None)


@dataclass(frozen=True)
class _Observed:
    """A case with the steps that were ever seen, oldest first."""

    case: LabCase
    members: tuple[LabComplaint, ...]
    steps: tuple[Step, ...]
    alive_at: datetime
    gone_at: datetime | None
    as_of: datetime
    t0: datetime
    delivered: bool

    def has(self, labels: Iterable[str], until: datetime) -> bool:
        wanted = frozenset(labels)
        return any(step.label in wanted and step.at <= until for step in self.steps)


def _observe(case: LabCase, members: Sequence[LabComplaint], visits: Sequence[Visit]) -> _Observed | None:
    watched = [(member, seen) for member in members if (seen := _watch(member, visits))]
    if not watched:
        return None
    steps = sorted((step for member, seen in watched for step in member.steps_at(seen.alive_at)), key=lambda s: s.at)
    alive_at = max(seen.alive_at for _, seen in watched)
    gone_at = watched[0][1].gone_at if len(watched) == 1 else None
    as_of = visits[-1].clock
    handed = case.t0 <= as_of  # else only published yet
    t0 = case.t0 if handed else members[0].published_at
    return _Observed(case, tuple(members), tuple(steps), alive_at, gone_at, as_of, t0, case.delivered and handed)


def _state(seen: _Observed) -> tuple[State, Rung | None]:
    """Maturity, and `vanished` where the page was found gone in time with no terminal step seen."""
    deadline = seen.t0 + HORIZON
    if deadline > seen.as_of:
        return "too_young", None
    if seen.alive_at >= deadline or seen.has(_TERMINAL, min(deadline, seen.alive_at)):
        return "judged", seen.case.verdict.rung
    if seen.gone_at is not None and seen.gone_at < deadline:
        return "judged", "vanished"
    return "unseen", None


def _promise(seen: _Observed, deadline: datetime, is_kept: bool) -> Kept | None:
    """Kept, broken or undecidable; None before the deadline and for cases that were never delivered."""
    if not seen.delivered or deadline > seen.as_of:
        return None
    if is_kept:
        return "kept"
    open_end = seen.has({"撤诉"}, deadline) or seen.alive_at < deadline
    return "undecidable" if open_end else "broken"


def _replied(seen: _Observed, until: datetime) -> bool:
    return any(step.actor == "platform" and step.at <= until for step in seen.steps)


def _answered(seen: _Observed, until: datetime) -> bool:
    """A visible substantive reply that counts."""
    return any(_is_answer(step) and step.at <= until for step in seen.steps)


def _is_answer(step: Step) -> bool:
    return step.meaning in SUBSTANTIVE_LABELS and step.counts and not step.hidden


def _claimed(seen: _Observed, until: datetime) -> bool:
    """The platform asked for completion with a claim or an offer, and nobody had denied it by then."""
    claims = [
        step.at for step in seen.steps
        if step.label == "申请完成投诉" and step.meaning in ("resolved_claim", "offer") and step.at <= until
    ]  # fmt: skip
    denied = any(step.label == "补充投诉" and claims and claims[-1] < step.at <= until for step in seen.steps)
    return bool(claims) and not denied


@cache
def _seventh_workday_ends(on: date) -> tuple[datetime, bool]:
    """24:00 of the seventh working day after a day, and whether all days to it are official."""
    days, official = _calendar().deadline_after(np.array([on], dtype="datetime64[D]"), 7)
    last = date.fromisoformat(str(days[0]))
    return datetime.combine(last + timedelta(days=1), time(), SHANGHAI), bool(official[0])


@cache
def _calendar() -> "Calendar":
    from pipeline.workdays import Calendar  # here, so that the lab serves pages without it

    return Calendar.load(PROJECT / "data" / "reference" / "workdays")


def _unofficial(kept: Kept | None) -> Kept | None:
    """Nobody is late on an estimated day."""
    return "undecidable" if kept == "broken" else kept


def _seven_days(seen: _Observed) -> tuple[Kept | None, Kept | None]:
    """T7 (confirmed or claimed) and its confirmed part."""
    deadline, official = _seventh_workday_ends(seen.t0.astimezone(SHANGHAI).date())
    confirmed = seen.has({"确认完成"}, deadline)
    both = _promise(seen, deadline, confirmed or _claimed(seen, deadline)), _promise(seen, deadline, confirmed)
    return both if official else (_unofficial(both[0]), _unofficial(both[1]))


def _answered_late(seen: _Observed, rung: Rung | None) -> bool:
    late = seen.t0 + HORIZON
    return rung in _SUNK and any(_is_answer(step) and step.at > late for step in seen.steps)


def _judge(seen: _Observed) -> CaseTruth:
    state, rung = _state(seen)
    verdict = seen.case.verdict
    own = rung is not None and rung == verdict.rung
    t7, t7_confirmed = _seven_days(seen)
    day, two_days = seen.t0 + timedelta(hours=24), seen.t0 + timedelta(hours=48)
    edge = seen.as_of - HORIZON
    ids = tuple(f"heimao/{member.ref}" for member in seen.members)
    return CaseTruth(
        id=ids[0], members=ids, platform=seen.case.platform, story=seen.case.story, t0=seen.t0,
        delivered=seen.delivered, state=state, rung=rung, rung_low=verdict.low if own else rung,
        rung_high=verdict.high if own else rung, in_window=edge - YEAR <= seen.t0 <= edge,
        answered_late=_answered_late(seen, rung), t24=_promise(seen, day, _replied(seen, day)),
        t48=_promise(seen, two_days, _answered(seen, two_days)), t7=t7, t7_confirmed=t7_confirmed,
    )  # fmt: skip


def truth(world: World, visits: Sequence[Visit] = VISITS) -> list[CaseTruth]:
    """Every case any visit saw, in order of its id. Complaints the portal refused make none."""
    members: dict[int, list[LabComplaint]] = defaultdict(list)
    for complaint in world.complaints:
        if complaint.case is not None:
            members[complaint.case].append(complaint)
    observed = (_observe(world.cases[key], found, visits) for key, found in members.items())
    return sorted((_judge(seen) for seen in observed if seen), key=lambda case: case.id)


def tally(cases: Iterable[CaseTruth]) -> PlatformTruth:
    """Counts over the cases of the headline window, whoever's they are."""
    window = [case for case in cases if case.in_window]
    judged = [case for case in window if case.rung in _RATED]
    withdrawn = sum(case.rung == "withdrawn" for case in window)
    vanished = sum(case.rung == "vanished" for case in window)
    unseen = sum(case.state == "unseen" for case in window)
    low = [case.rung_low for case in judged if case.rung_low not in ("undelivered", "closed_unanswered")]
    sunk_high = sum(case.rung_high in _SUNK or case.rung_high == "resolved_claimed" for case in judged)
    delivered = [case for case in judged if case.delivered]
    return PlatformTruth(
        k=sum(case.rung in _SUNK for case in judged), n=len(judged),
        low_k=sum(rung in _SUNK for rung in low), low_n=len(low) + withdrawn + unseen,
        high_k=sunk_high + withdrawn + vanished + unseen, high_n=len(judged) + withdrawn + vanished + unseen,
        silence_k=sum(case.rung in ("silent", "closed_unanswered") for case in delivered), silence_n=len(delivered),
        withdrawn=withdrawn, vanished=vanished, unseen=unseen,
    )  # fmt: skip


def platform_truth(world: World, visits: Sequence[Visit] = VISITS) -> dict[str, PlatformTruth]:
    """Counts by platform id; cases of undecided names belong to nobody and are left out."""
    cases = truth(world, visits)
    return {platform.id: tally(case for case in cases if case.platform == platform.id) for platform in PLATFORMS}
