"""The invented complaints of the replica: what was filed, when each stage was reached, what the portal then shows."""

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

from crawlers.lab import bodies
from crawlers.lab.matter import ISSUES, Amounts, Matter, matter
from crawlers.lab.people import People
from crawlers.lab.platforms import PLATFORMS, LabPlatform, by_id
from crawlers.lab.things import START, LabComplaint, World
from crawlers.lab.world import build_world

FIRST_ID = 9_600_001  # above every id seen in public code
REGIONS = ("虚州市", "云岫市", "望潮市", "栖霞市")
_COPIES, _OWN, _OTHER_TRADES = 84, 240, 12
_REVIEWS = ("bad", "common", "pleased", "perfect")
_HABITS = {"good": 9, "templates": 7, "late": 6, "claims": 8, "mixed": 6, "refuses": 7}
_SHOPS = ("砚池健身馆", "归鹭洗衣房", "半亩花坊")


@dataclass(frozen=True)
class Filing:
    """One complaint. `time2` handed over, `time3` replied, `time4` rated: null where that never happens.

    `refused_at`: the portal finds it invalid. `gone_at`: its page disappears. `copy_of`: the 黑猫 number of the same
    dispute. Times are aware, whole seconds.
    """

    id: str
    order_num: str
    title: str
    body: str
    region: str
    to_company: str
    company_name: str
    money: float | None
    field: str
    kinds: tuple[str, ...]
    time1: datetime
    time2: datetime | None = None
    time3: datetime | None = None
    time4: datetime | None = None
    review: str | None = None
    refused_at: datetime | None = None
    gone_at: datetime | None = None
    copy_of: str | None = None
    platform: str | None = None

    def is_listed(self, clock: datetime) -> bool:
        return self.time1 <= clock and not self.is_gone(clock)

    def is_gone(self, clock: datetime) -> bool:
        return self.gone_at is not None and self.gone_at <= clock

    def state(self, clock: datetime) -> int:
        """1 未审核, 2 已移交, 3 已受理, 4 已评价, 5 受理无效."""
        if self.refused_at and self.refused_at <= clock:
            return 5
        reached = [at is not None and at <= clock for at in (self.time2, self.time3, self.time4)]
        return 4 if reached[2] else 3 if reached[1] else 2 if reached[0] else 1


@dataclass(frozen=True)
class Filings:
    """All complaints in order of their id, and every planted secret of those that are not copies."""

    filings: tuple[Filing, ...]
    secrets: tuple[str, ...]


def _platforms(rng: random.Random) -> list[LabPlatform]:
    return rng.choices(PLATFORMS, weights=[platform.n for platform in PLATFORMS], k=_OWN)


def _stages(rng: random.Random, filing: Filing, temper: str) -> Filing:
    """What happens to it: most are handed over within a day; who replies depends on the platform's temper."""
    fate = rng.random()
    if fate < 0.03:
        return filing
    if fate < 0.07:
        return replace(filing, refused_at=filing.time1 + timedelta(hours=rng.uniform(2, 60)))
    handed = _after(rng, filing.time1, 1, 30)
    filing = replace(filing, time2=handed, gone_at=_after(rng, handed, 300, 2000) if fate > 0.975 else None)
    if rng.random() * 10 >= _HABITS.get(temper, 2):
        return filing
    replied = _after(rng, handed, 800, 1500) if temper == "late" else _after(rng, handed, 1, 260)
    filing = replace(filing, time3=replied)
    if rng.random() < 0.4:
        return filing
    return replace(filing, time4=_after(rng, replied, 2, 300), review=rng.choice(_REVIEWS))


def _after(rng: random.Random, at: datetime, low: float, high: float) -> datetime:
    return (at + timedelta(hours=rng.uniform(low, high))).replace(microsecond=0)


def _own(rng: random.Random, people: People, platform: LabPlatform, amounts: Amounts, at: datetime) -> Filing:
    about = matter(rng, platform.name, amounts.draw(), people.order(at - timedelta(days=1)), at)
    filing = _draft(rng, about, platform, bodies.title(people, about), bodies.body(people, about), at)
    return _stages(rng, replace(filing, money=None if rng.random() < 0.06 else about.amount), platform.temper)


def _draft(rng: random.Random, about: Matter, platform: LabPlatform, title: str, body: str, at: datetime) -> Filing:
    return Filing(
        id="", order_num="", title=title, body=body, region=rng.choice(REGIONS), to_company=platform.name,
        company_name=platform.legal_name, money=about.amount, field=rng.choice(("其他", "零售电商")),
        kinds=ISSUES[about.problem], time1=at.replace(microsecond=0), platform=platform.id,
    )  # fmt: skip


def _copy(rng: random.Random, told: LabComplaint, platform: LabPlatform) -> Filing:
    """The same person files the same dispute here, hours or days after 黑猫."""
    filing = Filing(
        id="", order_num="", title=told.title, body=bodies.again(rng, told.body), region=rng.choice(REGIONS),
        to_company=platform.name, company_name=platform.legal_name, money=told.amount_yuan, field="其他",
        kinds=told.issues, time1=_after(rng, told.filed_at, 3, 150), copy_of=told.ref, platform=platform.id,
    )  # fmt: skip
    return _stages(rng, filing, platform.temper)


def _other_trade(rng: random.Random, at: datetime) -> Filing:
    """A complaint that has nothing to do with virtual goods."""
    shop = rng.choice(_SHOPS)
    about = f"在{shop}办的事一直没有办好，店员只说再等等。"
    filing = Filing(
        id="", order_num="", title=f"{shop}服务不到位", body=about, region=rng.choice(REGIONS), to_company=shop,
        company_name=f"虚州{shop}", money=None, field="生活服务", kinds=("服务不到位",), time1=at,
    )  # fmt: skip
    return replace(filing, time2=_after(rng, at, 1, 20))


def _numbered(rng: random.Random, drafts: list[Filing]) -> tuple[Filing, ...]:
    number, found = FIRST_ID, []
    for filing in sorted(drafts, key=lambda filing: (filing.time1, filing.body)):
        number += rng.randrange(1, 9)
        order = f"{filing.time1:%Y%m%d}{rng.randrange(1000, 9999)}" if rng.random() < 0.1 else f"DSB{number}"
        found.append(replace(filing, id=str(number), order_num=order))
    return tuple(found)


@cache
def _build(seed: int) -> Filings:
    rng = random.Random(f"dianshubao {seed}")  # noqa: S311 - a story, not a secret
    people, amounts, world = People(rng), Amounts(rng), build_world(seed)
    copied = [
        told for told in world.complaints if told.case is not None and not told.campaign and told.filed_at > START
    ]
    drafts: list[Filing] = []
    for told in rng.sample(copied, _COPIES * 3):
        platform = world.cases[told.case].platform if told.case is not None else None
        if platform and len(drafts) < _COPIES:
            drafts.append(_copy(rng, told, by_id(platform)))
    span = world.as_of - START
    for place, platform_ in enumerate(_platforms(rng)):
        drafts.append(_own(rng, people, platform_, amounts, START + span * ((place + rng.random()) / _OWN)))
    for place in range(_OTHER_TRADES):
        drafts.append(_other_trade(rng, (START + span * ((place + 0.5) / _OTHER_TRADES)).replace(microsecond=0)))
    return Filings(_numbered(rng, drafts), tuple(sorted(set(people.secrets))))


def build_filings(world: World) -> Filings:
    """The replica's complaints for a world; kept once built."""
    return _build(world.seed)
