"""The invented finished cases: which company, what was complained about, how the mediation ended, and when."""

import hashlib
import json
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from crawlers.lab.matter import Amounts, Matter, matter
from crawlers.lab.platforms import PLATFORMS, LabPlatform, by_id
from crawlers.lab.things import LabComplaint, World
from crawlers.lab.world import build_world
from pipeline.model import RawComplaint, RawEvent

PORTAL, HOME = "tsgs12315", "https://tsgs.12315.cn/#/viewport"
SHOWN_FOR = timedelta(days=365)
_COPIES, _OWN = 36, 84
_DEPARTMENTS = ("虚州市云岫区市场监督管理局", "虚州市望潮区市场监督管理局", "栖霞市市场监督管理局")


@dataclass(frozen=True)
class Ending:
    """One finished case. `copy_of`: the 黑猫 number of the same dispute. `ended_at` is aware, whole seconds."""

    platform: str
    company: str
    credit_code: str
    address: str
    content: str
    result: str
    department: str
    ended_at: datetime
    copy_of: str | None = None

    def is_shown(self, clock: datetime) -> bool:
        return self.ended_at <= clock < self.ended_at + SHOWN_FOR

    @property
    def printed_at(self) -> str:
        return f"{self.ended_at:%Y-%m-%d %H:%M:%S}"


def _credit_code(platform: LabPlatform) -> str:
    """Eighteen characters of a region nobody has; the register's own code is not used."""
    return "91990000MA" + hashlib.sha256(platform.id.encode()).hexdigest()[:8].upper()


def _ending(rng: random.Random, platform: LabPlatform, content: str, at: datetime, copy_of: str | None) -> Ending:
    share = {"good": 0.9, "refuses": 0.2, "silent": 0.3, "fled": 0.1}.get(platform.temper, 0.55)
    company = platform.legal_name + ("云岫分公司" if rng.random() < 0.08 else "")
    return Ending(
        platform.id, company, _credit_code(platform), f"虚州市云岫区听雨路{rng.randrange(2, 99)}号", content,
        "达成调解" if rng.random() < share else "未达成", rng.choice(_DEPARTMENTS), at.replace(microsecond=0), copy_of,
    )  # fmt: skip


def _summary(about: Matter) -> str:
    return f"消费者反映在{about.platform}购买{about.goods}发生纠纷，涉及金额{about.money}元，要求退款。"


def _copied(rng: random.Random, told: LabComplaint, platform: LabPlatform) -> Ending:
    """The same dispute was brought to 12315 too; its text is the clerk's, not the complainant's."""
    money = "" if told.amount_yuan is None else f"，涉及金额{told.amount_yuan:g}元"
    content = f"消费者反映：{told.title}{money}。"
    return _ending(rng, platform, content, told.filed_at + timedelta(days=rng.uniform(6, 50)), told.ref)


@cache
def _build(seed: int) -> tuple[Ending, ...]:
    rng, world = random.Random(f"tsgs12315 {seed}"), build_world(seed)  # noqa: S311 - a story, not a secret
    amounts = Amounts(rng)
    found: list[Ending] = []
    recent = [c for c in world.complaints if c.case is not None and world.as_of - c.filed_at < timedelta(days=400)]
    for told in rng.sample(recent, 3 * _COPIES):
        name = world.cases[told.case].platform if told.case is not None else None
        if name and len(found) < _COPIES and not any(char.isdecimal() for char in told.title):
            found.append(_copied(rng, told, by_id(name)))
    weights = [platform.n for platform in PLATFORMS]
    for place, platform in enumerate(rng.choices(PLATFORMS, weights=weights, k=_OWN)):
        at = world.as_of - timedelta(days=420) * ((place + rng.random()) / _OWN)
        about = matter(rng, platform.name, amounts.draw(), None, at)
        found.append(_ending(rng, platform, _summary(about), at, None))
    twin = next(ending for ending in found if ending.copy_of is None and ending.is_shown(world.as_of))
    return tuple(sorted([*found, twin], key=lambda ending: (ending.ended_at, ending.content), reverse=True))


def build_endings(world: World) -> tuple[Ending, ...]:
    """The replica's finished cases for a world, newest first; one of them stands there twice, word for word."""
    return _build(world.seed)


def found_by(endings: tuple[Ending, ...], word: str, clock: datetime) -> list[Ending]:
    """What a search for a company name shows: the company and its branches."""
    return [ending for ending in endings if word in ending.company and ending.is_shown(clock)]


def _ref(ending: Ending, times: int) -> str:
    named = [ending.credit_code, ending.company, ending.content, ending.department, ending.printed_at]
    key = "x" + hashlib.sha256(json.dumps(named, ensure_ascii=False).encode()).hexdigest()[:16]
    return key if times == 1 else f"{key}-{times}"


def expected(endings: tuple[Ending, ...], word: str, clock: datetime) -> list[RawComplaint]:
    """The records of one search at this clock; `page_digest` stays null, it is the page's own."""
    found: list[RawComplaint] = []
    seen: list[Ending] = []
    for ending in found_by(endings, word, clock):
        seen.append(ending)
        event = RawEvent(at=ending.ended_at, actor="portal", kind="closed", text=ending.result)
        found.append(RawComplaint(
            portal=PORTAL, ref=_ref(ending, seen.count(ending)), url=HOME, seen_at=clock, found_via=f"search:{word}",
            body=ending.content, platform_name=ending.company, platform_ref=ending.credit_code, status=ending.result,
            events=(event,),
        ))  # fmt: skip
    return found
