"""Drafting: from a platform, a moment and a story to one complaint and its case."""

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from crawlers.lab import bodies, replies, tempers
from crawlers.lab.matter import ISSUES, REQUESTS, Amounts, Fresh, Matter, matter
from crawlers.lab.people import People
from crawlers.lab.platforms import LabPlatform
from crawlers.lab.stories import STORIES, Story
from crawlers.lab.telling import Teller, Voice
from crawlers.lab.things import LabCase, LabComplaint, Step

LADDER = (
    "resolved_confirmed", "withdrawn", "resolved_claimed", "answered", "brushed_off", "closed_unanswered", "silent",
)  # fmt: skip


@dataclass
class Shop:
    """One platform's running state: what it has written, what was written about it, amounts already used."""

    platform: LabPlatform
    voice: Voice
    amounts: Amounts
    bodies: Fresh = field(default_factory=lambda: Fresh(limit=0.4))


@dataclass(frozen=True)
class Wish:
    """What a draft insists on; what is None is drawn. `lead`: hours from publication to t0, `wait`: from filing."""

    lead: float | None = None
    wait: float | None = None
    printed: str | None = None
    alias: str | None = None
    body: str | None = None
    group_ref: str | None = None
    opens_group: bool = False
    campaign: str | None = None
    amount: float | None = None


NO_WISH = Wish()


@dataclass
class Market:
    """The world under construction."""

    rng: random.Random
    people: People
    shops: dict[str, Shop]
    complaints: list[LabComplaint] = field(default_factory=list)
    cases: dict[int, LabCase] = field(default_factory=dict)


def open_shop(rng: random.Random, platform: LabPlatform) -> Shop:
    voice = Voice(
        tempers.habits(platform.temper), rng.choice(replies.TEMPLATE_OFFERS), rng.choice(replies.TEMPLATE_ACKS)
    )
    return Shop(platform, voice, Amounts(rng))


def _printed(market: Market, platform: LabPlatform) -> str:
    if platform.also and market.rng.random() < 0.18:
        return market.rng.choice(platform.also)
    return platform.name


@dataclass(frozen=True)
class _Dates:
    filed: datetime
    published: datetime
    t0: datetime


def _dates(market: Market, t0: datetime, story: Story, wish: Wish) -> _Dates:
    """Filed, published (whole minute, as the header prints it), t0."""
    lead = market.rng.uniform(1, 30) if wish.lead is None else wish.lead
    wait = market.rng.uniform(0.5, 20) if wish.wait is None else wish.wait
    handed = t0.replace(microsecond=0)
    published = (handed - timedelta(hours=lead)).replace(second=0, microsecond=0)
    if story.delivery != "assigned":
        published = handed = handed.replace(second=0)
    return _Dates((published - timedelta(hours=wait)).replace(microsecond=0), published, handed)


def _matter(market: Market, shop: Shop, story: Story, filed_at: datetime, wish: Wish = NO_WISH) -> Matter:
    told = story.order == "told" or (story.order == "either" and market.rng.random() < 0.62)
    number = market.people.order(filed_at - timedelta(days=1)) if told else None
    amount = shop.amounts.draw() if wish.amount is None else wish.amount
    return matter(market.rng, shop.platform.name, amount, number, filed_at)


def _opening(dates: _Dates, body: str, wish: Wish) -> list[Step]:
    label = "发起投诉"
    if wish.group_ref:
        label = "发起集体投诉" if wish.opens_group else "参与集体投诉"
    return [
        Step(dates.filed, "complainant", label, body),
        Step(dates.published, "portal", "审核通过", "您的投诉已通过审核"),
    ]


def _deliver(teller: Teller, story: Story, printed: str) -> None:
    if story.delivery == "assigned":
        teller.assign(0, printed)
    if story.delivery in ("never", "too_late"):
        teller.unmatched(teller.rng.uniform(1, 10))


def _in_order(steps: list[Step]) -> tuple[Step, ...]:
    """Oldest first, no two at the same second."""
    ordered: list[Step] = []
    for step in sorted(steps, key=lambda step: step.at):
        late = bool(ordered) and step.at <= ordered[-1].at
        ordered.append(replace(step, at=ordered[-1].at + timedelta(seconds=1)) if late else step)
    return tuple(ordered)


def write(market: Market, shop: Shop, story: Story, dates: _Dates, about: Matter, wish: Wish) -> LabComplaint:
    """One complaint's page, not yet numbered and not yet in the market."""
    rng, people = market.rng, market.people
    body = wish.body or shop.bodies.draw(lambda: bodies.body(people, about))
    printed = wish.printed or _printed(market, shop.platform)
    teller = Teller(people, shop.voice, about, dates.t0)
    _deliver(teller, story, printed)
    story.tell(teller)
    return LabComplaint(
        ref="", case=None, alias=wish.alias, title=bodies.title(people, about), body=body, printed_name=printed,
        couid=shop.platform.couid, issues=() if rng.random() < 0.08 else ISSUES[about.problem],
        requests=rng.choice(REQUESTS), amount_yuan=None if rng.random() < 0.05 else about.amount,
        filed_at=dates.filed, published_at=dates.published,
        steps=_in_order(_opening(dates, body, wish) + teller.steps), group_ref=wish.group_ref, stars=teller.stars,
        campaign=wish.campaign,
    )  # fmt: skip


def _admit(market: Market, name: str, platform: str | None, story: Story, dates: _Dates) -> int:
    key = len(market.cases)
    basis = "assigned" if story.delivery == "assigned" else "published"
    delivered = story.delivery in ("assigned", "unprinted")
    market.cases[key] = LabCase(key, name, platform, dates.t0, basis, delivered, story.verdict)
    return key


def add_case(
    market: Market, shop: Shop, t0: datetime, name: str, wish: Wish = NO_WISH, story: Story | None = None
) -> LabComplaint:
    """File one complaint as a case of its own. `story` replaces the named one where a campaign tells its own."""
    told = story or STORIES[name]
    dates = _dates(market, t0, told, wish)
    about = _matter(market, shop, told, dates.filed, wish)
    named = replace(wish, alias=wish.alias or market.people.alias())
    key = _admit(market, name, shop.platform.id, told, dates)
    complaint = replace(write(market, shop, told, dates, about, named), case=key)
    if name == "answered_by_frame":
        complaint = replace(complaint, amount_yuan=about.amount)
    market.complaints.append(complaint)
    return complaint


def add_reposted_case(market: Market, shop: Shop, t0: datetime, names: tuple[str, ...]) -> None:
    """One person, one dispute, several complaints within nine days: same order number, alias and amount."""
    stories = [STORIES[name] for name in names]
    dates = _dates(market, t0, stories[0], NO_WISH)
    about = _matter(market, shop, stories[0]._replace(order="told"), dates.filed)
    best = min((story.verdict for story in stories), key=lambda verdict: LADDER.index(verdict.rung))
    key = _admit(market, "repost:" + "+".join(names), shop.platform.id, stories[0]._replace(verdict=best), dates)
    wish, first = Wish(alias=market.people.alias()), ""
    for story in stories:
        complaint = replace(write(market, shop, story, dates, about, wish), case=key, amount_yuan=about.amount)
        market.complaints.append(complaint)
        first = first or complaint.body
        wish = replace(wish, body=bodies.again(market.rng, first), printed=complaint.printed_name)
        t0 = t0 + timedelta(hours=market.rng.uniform(56, 100))
        dates = _dates(market, t0, story, NO_WISH)


def add_rejected(market: Market, shop: Shop, at: datetime) -> LabComplaint:
    """A complaint the portal does not admit: no case."""
    dates = _Dates((at - timedelta(hours=5)).replace(microsecond=0), at.replace(second=0, microsecond=0), at)
    about = _matter(market, shop, STORIES["undelivered"], dates.filed)
    nothing = Story(lambda teller: None, STORIES["undelivered"].verdict, "unprinted")
    page = write(market, shop, nothing, dates, about, Wish(alias=market.people.alias()))
    refusal = Step(dates.published, "portal", "审核未通过", "投诉内容缺少必要凭证，未通过审核")
    complaint = replace(page, steps=(page.steps[0], refusal))
    market.complaints.append(complaint)
    return complaint
