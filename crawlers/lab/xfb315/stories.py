"""The invented complaints on 消费保: about 300 of their own and 80 that were posted on 黑猫 as well, in other words."""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

from crawlers.lab import bodies, replies
from crawlers.lab.matter import GOODS, ISSUES, REQUESTS, Matter, matter
from crawlers.lab.people import People
from crawlers.lab.platforms import PLATFORMS, LabPlatform
from crawlers.lab.things import START, LabComplaint, World
from crawlers.lab.world import build_world
from crawlers.lab.xfb315.things import FORMS, Gone, Result, Vanishing, Words, XfbComplaint, XfbWorld
from pipeline.model import Label

FIRST_REF = 10300000  # eight digits, below every number the real portal is known to have given out
OWN, TWINS = 300, 80
_ORDER = re.compile(r"(?:订单号|订单编号：|单号是|订单 )((?:KM)?\d{16,20})")
_HOSTILE = (
    "<script>alert('xfb')</script>投诉标题里有代码\n投诉进度：完成\n处理结果：已退款",
    '第一行 & 第二行 "引号" \'单引号\' {"status": 4}\n</script><!-- 注释 -->\n投诉对象：别家',
)
Course = Callable[["Draft"], None]


@dataclass
class Draft:
    """One complaint under construction: moments in hours after filing."""

    people: People
    about: Matter
    filed_at: datetime
    handed_at: datetime | None = None
    result: Result | None = None
    ended_at: datetime | None = None
    addons: tuple[Words, ...] = ()
    vanishing: Vanishing | None = None

    def at(self, low: float, high: float) -> datetime:
        return (self.filed_at + timedelta(hours=self.people.rng.uniform(low, high))).replace(microsecond=0)

    def hand_over(self) -> None:
        self.handed_at = self.at(2, 40)

    def answer(self, label: Label, *, hidden: bool = False, shown: bool = True, submitted: bool = True) -> None:
        self.hand_over()
        at = self.at(48, 600)
        is_brush = label in replies.BRUSH
        text = (
            replies.brush_off(self.people, label)
            if is_brush
            else replies.substantive(self.people, label, self.about, at)()
        )
        self.result = Result(at, text, hidden, shown, submitted)

    def end(self) -> None:
        self.ended_at = self.at(640, 900)

    def add(self, low: float, high: float) -> None:
        texts = (bodies.nudge(self.people), bodies.contradiction(self.people.rng))
        self.addons = (*self.addons, Words(self.at(low, high), self.people.rng.choice(texts)))

    def vanish(self) -> None:
        kinds: tuple[Gone, ...] = ("deleted", "private", "not_found")
        self.vanishing = Vanishing(self.at(50, 2000), self.people.rng.choice(kinds))


def _waiting(draft: Draft) -> None:
    """Never handed over."""


def _silent(draft: Draft) -> None:
    draft.hand_over()
    draft.add(100, 300)


def _interim(draft: Draft) -> None:
    draft.answer("deferral", submitted=False)


def _claimed(draft: Draft) -> None:
    draft.answer("resolved_claim")


def _accepted(draft: Draft) -> None:
    draft.answer("resolved_claim")
    draft.end()


def _offered(draft: Draft) -> None:
    draft.answer("offer")
    draft.add(5, 40)
    draft.add(610, 630)
    draft.end()


def _refused(draft: Draft) -> None:
    draft.answer("refusal")


def _brushed(draft: Draft) -> None:
    draft.answer("ack")
    draft.end()


def _hidden(draft: Draft) -> None:
    draft.answer("offer", hidden=True)


def _unshown(draft: Draft) -> None:
    draft.answer("resolved_claim", shown=False)


def _ended_bare(draft: Draft) -> None:
    draft.hand_over()
    draft.end()


def _vanished(draft: Draft) -> None:
    draft.hand_over()
    draft.vanish()


COURSES: dict[str, Course] = {
    "waiting": _waiting, "silent": _silent, "interim": _interim, "claimed": _claimed, "accepted": _accepted,
    "offered": _offered, "refused": _refused, "brushed": _brushed, "hidden": _hidden, "unshown": _unshown,
    "ended_bare": _ended_bare, "vanished": _vanished,
}  # fmt: skip
_LIKELY = ("silent", "silent", "silent", "accepted", "accepted", "offered", "brushed", "claimed", "refused", "interim")


def _brand(platform: LabPlatform) -> str | None:
    return None if platform.couid is None else str(700000 + 7 * PLATFORMS.index(platform) + 100)


def _story(rng: random.Random, number: int) -> str:
    """Every story in turn, then the likely ones more often."""
    return tuple(COURSES)[number // 3 % len(COURSES)] if number % 3 == 0 else rng.choice(_LIKELY)


def _complaint(
    people: People, number: int, platform: LabPlatform, about: Matter, filed_at: datetime, alias: str | None
) -> XfbComplaint:
    rng, story = people.rng, _story(people.rng, number)
    draft = Draft(people, about, filed_at.replace(microsecond=0))
    COURSES[story](draft)
    printed = rng.choice(platform.also) if platform.also and rng.random() < 0.18 else platform.name
    text = _HOSTILE[number // 50 % 2] if number % 50 == 7 else bodies.body(people, about)
    return XfbComplaint(
        ref="", story=story, platform=platform.id, brand_id=_brand(platform), printed_name=printed, alias=alias,
        title=bodies.title(people, about), body=text.replace("黑猫", "消费保"),
        issues=() if rng.random() < 0.06 else ISSUES[about.problem], requests=rng.choice(REQUESTS),
        amount_yuan=None if rng.random() < 0.2 else about.amount, filed_at=draft.filed_at, handed_at=draft.handed_at,
        result=draft.result, ended_at=draft.ended_at, addons=draft.addons, vanishing=draft.vanishing, form="script",
    )  # fmt: skip


def _own(people: People, world: World) -> Iterator[XfbComplaint]:
    span = world.as_of - timedelta(hours=3) - START
    for number in range(OWN):
        platform = PLATFORMS[number % 16] if number % 5 else people.rng.choice(PLATFORMS)
        filed_at = START + span * ((number + people.rng.random()) / OWN)
        order = people.order(filed_at - timedelta(days=1)) if people.rng.random() < 0.6 else None
        amount = round(people.rng.uniform(5, 900), 2)
        about = matter(people.rng, platform.name, amount, order, filed_at)
        yield _complaint(people, number, platform, about, filed_at, people.alias())


def _twins(people: People, world: World) -> Iterator[XfbComplaint]:
    """Disputes that somebody filed on 黑猫 with an order number, told again here within three weeks."""
    told = [
        (page, match[1]) for page in world.complaints if page.case is not None and (match := _ORDER.search(page.body))
    ]
    for number, (page, order) in enumerate(told[:: max(1, len(told) // TWINS)][:TWINS]):
        platform = next((found for found in PLATFORMS if page.printed_name in (found.name, *found.also)), None)
        if platform is None:
            continue
        filed_at = min(page.filed_at + timedelta(hours=people.rng.uniform(4, 500)), world.as_of - timedelta(hours=2))
        about = _same_dispute(people.rng, page, platform, order)
        yield replace(_complaint(people, number + 1, platform, about, filed_at, people.alias()), twin=page.ref,
                      body=f"订单号{order}。{bodies.body(people, replace(about, order=None))}".replace("黑猫", "消费保"))  # fmt: skip


def _same_dispute(rng: random.Random, page: LabComplaint, platform: LabPlatform, order: str) -> Matter:
    problem = next((name for name, issues in ISSUES.items() if issues == page.issues), rng.choice(tuple(ISSUES)))
    goods = next((name for name in GOODS if name in page.body), rng.choice(GOODS))
    amount = page.amount_yuan or round(rng.uniform(5, 300), 2)
    return Matter(problem, goods, amount, order, page.filed_at - timedelta(hours=20), platform.name)


@cache
def build(seed: int = 1) -> XfbWorld:
    """The portal of this seed, beside the 黑猫 world of the same seed, which it does not change."""
    world = build_world(seed)
    people = People(random.Random(f"xfb315 {seed}"))  # noqa: S311 - a story, not a secret
    drafts = sorted((*_own(people, world), *_twins(people, world)), key=lambda page: (page.filed_at, page.body))
    ref, numbered = FIRST_REF, []
    for number, page in enumerate(drafts):
        ref += people.rng.randrange(2, 40)
        numbered.append(replace(page, ref=str(ref), form=FORMS[number % len(FORMS)]))
    return XfbWorld(tuple(numbered), tuple(sorted(set(people.secrets))))
