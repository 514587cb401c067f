"""The stories: each writes its steps and declares where the case stands 30 days after t0.

Steps that decide lie within 27 days of t0; what comes too late lies beyond 32. Completion requests come after 50 hours
and follow a visible reply, so that no promise hangs on whether a request is itself a reply.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

from crawlers.lab.telling import Teller
from crawlers.lab.things import Verdict
from pipeline.model import Rung

Delivery = Literal["assigned", "unprinted", "never", "too_late"]
Tell = Callable[[Teller], None]


class Story(NamedTuple):
    """`tell` writes the steps after delivery. `order`: whether the body must, must not or may name an order number."""

    tell: Tell
    verdict: Verdict
    delivery: Delivery = "assigned"
    order: Literal["told", "untold", "either"] = "either"


def _plain(rung: Rung) -> Verdict:
    return Verdict(rung, rung, rung)


def _confirmed(t: Teller) -> None:
    t.decide(t.hours(1, 44), "offer") if t.rng.random() < 0.6 else t.brush(t.hours(1, 44), "deferral")
    claimed = t.hours(51, 260)
    t.complete(claimed, "resolved_claim")
    t.confirm(claimed + t.hours(2, 90))
    if t.rng.random() < 0.5:
        t.rate(claimed + 95, 4, 5)


def _confirmed_plainly(t: Teller) -> None:
    t.brush(t.hours(1, 20), "ack")
    t.confirm(t.hours(30, 400))


def _claimed(t: Teller) -> None:
    t.brush(t.hours(1, 40), "deferral")
    claimed = t.hours(52, 300)
    t.complete(claimed, t.rng.choice(("resolved_claim", "offer")))
    if t.rng.random() < 0.6:
        t.auto_complete(claimed + 24 * t.rng.choice((7, 10, 15)))


def _contradicted(t: Teller) -> None:
    t.brush(t.hours(1, 40), "ack")
    claimed = t.hours(52, 120)
    t.complete(claimed, t.rng.choice(("resolved_claim", "offer")))
    t.contradict(claimed + t.hours(3, 40))
    if t.rng.random() < 0.4:
        t.contradict(claimed + t.hours(80, 300))


def _answered(t: Teller) -> None:
    if t.rng.random() < 0.3:
        t.brush(t.hours(0.5, 20), "ack")
    decided = t.hours(21, 46) if t.rng.random() < 0.5 else t.hours(60, 500)
    t.decide(decided)
    if t.rng.random() < 0.5:
        t.auto_complete(decided + 24 * t.rng.choice((7, 10, 15)))


def _answered_unprinted(t: Teller) -> None:
    t.decide(t.hours(3, 200))


def _answered_by_frame(t: Teller) -> None:
    t.template_with_facts(t.hours(10, 300))


def _hidden(t: Teller) -> None:
    t.hide(t.hours(2, 300))
    if t.rng.random() < 0.4:
        t.hide(t.hours(310, 600))


def _brushed(t: Teller) -> None:
    at = t.hours(1, 160)
    t.brush(at)
    for _ in range(t.rng.choice((0, 0, 1, 2))):
        t.nudge(at + t.hours(3, 30))
        at += t.hours(35, 110)
        t.brush(at)
    if t.rng.random() < 0.4:
        t.auto_complete(at + 24 * 7)


def _brushed_rated(t: Teller) -> None:
    t.brush(t.hours(3, 90))
    t.auto_complete(330)
    t.rate(340, 1, 2)


def _brushed_long(t: Teller) -> None:
    for round_ in range(t.rng.randint(8, 14)):
        t.nudge(10 + 40 * round_)
    t.brush(5)
    t.brush(200)


def _asks_absent(t: Teller) -> None:
    t.brush(t.hours(1, 100), "asks_info")


def _asks_again(t: Teller) -> None:
    t.brush(t.hours(1, 100), "asks_info")
    t.nudge(t.hours(110, 200))


def _template(t: Teller) -> None:
    t.template(t.hours(52, 300))


def _empty_completion(t: Teller) -> None:
    t.brush(t.hours(1, 40), "ack")
    t.complete_empty(t.hours(52, 200))
    if t.rng.random() < 0.5:
        t.auto_complete(24 * 17)


def _silent(t: Teller) -> None:
    for _ in range(t.rng.choice((0, 0, 0, 1, 2))):
        t.nudge(t.hours(30, 600))


def _silent_reminded(t: Teller) -> None:
    t.portal_note(t.hours(60, 200))
    t.nudge(t.hours(210, 400))


def _silent_then_late(t: Teller) -> None:
    t.nudge(t.hours(100, 400))
    t.decide(t.hours(24 * 32, 24 * 75))


def _brushed_then_late(t: Teller) -> None:
    t.brush(t.hours(3, 200))
    t.decide(t.hours(24 * 32, 24 * 90))


def _closed(t: Teller) -> None:
    t.nudge(t.hours(30, 200))
    t.close(t.hours(24 * 15, 24 * 26))


def _never_closed(t: Teller) -> None:
    t.close(t.hours(24 * 15, 24 * 26))


def _nothing(t: Teller) -> None:
    """No step follows."""


def _delivered_too_late(t: Teller) -> None:
    t.assign(t.hours(24 * 33, 24 * 45), t.about.platform)
    t.brush(t.hours(24 * 46, 24 * 60))


def _withdrawn(t: Teller) -> None:
    if t.rng.random() < 0.4:
        t.nudge(t.hours(60, 70))
    t.withdraw(t.hours(72, 500))


def _withdrawn_early(t: Teller) -> None:
    t.withdraw(t.hours(3, 20))


def _withdrawn_after_contact(t: Teller) -> None:
    asked = t.hours(2, 60)
    t.brush(asked, "request_withdrawal")
    t.withdraw(max(asked, 50) + t.hours(3, 20))


_BRUSHED = _plain("brushed_off")
_DOUBTFUL_ANSWER = Verdict("answered", "answered", "brushed_off")
_DOUBTFUL_BRUSH = Verdict("brushed_off", "answered", "brushed_off")


def _brushed_once(t: Teller) -> None:
    t.brush(t.hours(1, 160))


STORIES: dict[str, Story] = {
    "confirmed": Story(_confirmed, _plain("resolved_confirmed")),
    "confirmed_plainly": Story(_confirmed_plainly, _plain("resolved_confirmed")),
    "claimed": Story(_claimed, _plain("resolved_claimed")),
    "contradicted": Story(_contradicted, _DOUBTFUL_ANSWER),
    "answered": Story(_answered, _plain("answered")),
    "answered_unprinted": Story(_answered_unprinted, _plain("answered"), "unprinted"),
    "answered_by_frame": Story(_answered_by_frame, _plain("answered")),
    "hidden": Story(_hidden, _DOUBTFUL_ANSWER),
    "brushed": Story(_brushed, _BRUSHED),
    "brushed_once": Story(_brushed_once, _BRUSHED),
    "brushed_rated": Story(_brushed_rated, _BRUSHED),
    "brushed_long": Story(_brushed_long, _BRUSHED),
    "asks_absent": Story(_asks_absent, _DOUBTFUL_BRUSH, order="untold"),
    "asks_present": Story(_asks_again, _BRUSHED, order="told"),
    "template": Story(_template, _DOUBTFUL_BRUSH),
    "empty_completion": Story(_empty_completion, _BRUSHED),
    "silent": Story(_silent, _plain("silent")),
    "silent_wordless": Story(_nothing, _plain("silent")),
    "silent_reminded": Story(_silent_reminded, _plain("silent")),
    "silent_then_late": Story(_silent_then_late, _plain("silent")),
    "brushed_then_late": Story(_brushed_then_late, _BRUSHED),
    "closed": Story(_closed, _plain("closed_unanswered")),
    "undelivered": Story(_nothing, _plain("undelivered"), "never"),
    "undelivered_closed": Story(_never_closed, _plain("closed_unanswered"), "never"),
    "delivered_too_late": Story(_delivered_too_late, _plain("undelivered"), "too_late"),
    "withdrawn": Story(_withdrawn, _plain("withdrawn")),
    "withdrawn_early": Story(_withdrawn_early, _plain("withdrawn")),
    "withdrawn_after_contact": Story(_withdrawn_after_contact, _plain("withdrawn")),
}
