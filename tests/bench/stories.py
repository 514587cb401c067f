"""Invented disputes with known truth for measurements: any number, seeded, each block of them independent of the others."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import cache

from crawlers.lab import bodies, replies
from crawlers.lab.matter import GOODS, ISSUES, REQUESTS, Matter
from crawlers.lab.people import People
from pipeline.model import Label

AS_OF = datetime(2026, 11, 20, 12, tzinfo=timezone(timedelta(hours=8)))
SPAN_DAYS = 420
BLOCK = 500
DECIDED: tuple[Label, ...] = ("resolved_claim", "offer", "refusal", "dispute")
BRUSHED: tuple[Label, ...] = ("ack", "deferral", "redirect", "blame", "other", "request_withdrawal")
TEMPERS: dict[str, dict[str, int]] = {
    "good": {"confirmed": 36, "claimed": 18, "answered": 28, "brushed": 6, "silent": 6, "withdrawn": 4, "hidden": 2},
    "templates": {"template": 58, "brushed": 12, "answered": 8, "silent": 14, "confirmed": 4, "withdrawn": 3, "vanished": 1},
    "silent": {"silent": 68, "closed": 10, "brushed": 8, "answered": 6, "undelivered": 4, "withdrawn": 2, "vanished": 2},
    "mixed": {"answered": 22, "template": 22, "silent": 20, "confirmed": 12, "claimed": 8, "contradicted": 4, "hidden": 3,
              "undelivered": 3, "withdrawn": 4, "vanished": 2},
    "unmatched": {"undelivered": 60, "silent": 20, "answered": 10, "confirmed": 6, "withdrawn": 4},
}  # fmt: skip
RUNG_OF = {"confirmed": "resolved_confirmed", "silent": "silent", "closed": "closed_unanswered", "undelivered": "undelivered",
           "withdrawn": "withdrawn", "vanished": "vanished"}  # fmt: skip
"""Fates whose rung needs no reading of replies."""
_FIRST = "萤霁砚苔琥糯栎雾岫芡昙棠缃珀霜槐蓼鹭麂鹮狸鲸獭鸥鲤猊貂蜃鹤鹬鲲鸢鹞雀鹂鸫鹄鹳鸳鸬鸺枭鹫隼鹱鸰鹨鹪鹡鹧鸻鸽鹌鹑椋柠桉枫榆桦栀榕楠樟梓桐槭"
_LAST = "川屿岚汀洲渚涧溪湾泽峦岭崖谷麓坡原野畔塘浦津渡桥亭台阁榭轩廊院坊巷驿堡寨营屯庄园圃畦垄陌阡埂堤坝闸堰潭泉井池"
_KINDS = ("卡盟", "发卡网", "点卡", "权益", "直充", "卡密社区")


@dataclass(frozen=True)
class Told:
    """One complaint of a story on one portal. `steps` are raw events, oldest first; `gone_at` where its page disappears."""

    portal: str
    ref: str
    title: str
    body: str
    author: str | None
    filed_at: datetime
    status: str
    steps: tuple[dict[str, object], ...]
    gone_at: datetime | None = None
    group_ref: str | None = None


@dataclass(frozen=True)
class Story:
    """One person's one dispute: what is true of it, and its complaints."""

    number: int
    platform: str
    about: Matter
    fate: str
    campaign: str | None
    issues: tuple[str, ...]
    requests: tuple[str, ...]
    told: tuple[Told, ...] = field(default=())


@cache
def platform_name(number: int) -> str:
    """An invented name, one per number below 20,000."""
    a, rest = number % len(_FIRST), number // len(_FIRST)
    return f"{_FIRST[a]}{_LAST[rest % len(_LAST)]}{_KINDS[(number + rest) % len(_KINDS)]}"


def platforms_for(n: int) -> int:
    """How many platforms a corpus of n complaints has: one per hundred, 50 to 10,000."""
    return min(10_000, max(50, n // 100))


def block(seed: int, number: int, platforms: int, newest: datetime = AS_OF, days: float = SPAN_DAYS) -> Iterator[Story]:
    """The stories of one block, filed within `days` before `newest`."""
    rng = random.Random(f"{seed}/{number}")
    people = People(rng)
    for place in range(BLOCK):
        filed = newest - timedelta(seconds=int(rng.uniform(3 * 3600, days * 86_400)))
        yield _story(people, number * BLOCK + place, int(platforms * rng.random() ** 2), filed)


def _story(people: People, number: int, platform: int, filed: datetime) -> Story:
    rng, name = people.rng, platform_name(platform)
    temper = tuple(TEMPERS)[platform * 7919 % len(TEMPERS)]
    fate = rng.choices(tuple(TEMPERS[temper]), tuple(TEMPERS[temper].values()))[0]
    bought = filed - timedelta(hours=rng.uniform(5, 140))
    order = people.order(bought.date()) if rng.random() < 0.6 else None
    problem = rng.choice(tuple(ISSUES))
    about = Matter(
        problem, rng.choice(GOODS), round(rng.uniform(5, rng.choice((60, 200, 800, 5000))), 1), order, bought, name
    )
    campaign, body = _words(people, about, platform, filed)
    requests = rng.choice(REQUESTS)
    story = Story(number, name, about, fate, campaign, ISSUES[problem], requests)
    return replace(story, told=tuple(_tellings(people, story, platform, body, filed)))


def _words(people: People, about: Matter, platform: int, filed: datetime) -> tuple[str | None, str]:
    """The body, and the campaign it belongs to: one in ten pastes the text that goes round about this platform that month."""
    if people.rng.random() >= 0.1:
        return None, bodies.body(people, about)
    name = f"{platform}/{filed:%Y-%m}"
    return name, _pasted(name, about.platform) + (f"我付了{about.money}元。" if people.rng.random() < 0.5 else "")


@cache
def _pasted(campaign: str, platform: str) -> str:
    rng = random.Random(campaign)
    when = datetime(2026, 1, 1, tzinfo=UTC8) + timedelta(days=rng.randrange(300))
    about = Matter(rng.choice(tuple(ISSUES)), rng.choice(GOODS), 98.0, None, when, platform)
    return _nameless(rng, about) + _nameless(rng, about)


def _nameless(rng: random.Random, about: Matter) -> str:
    """A body without anybody's number or name."""
    while True:
        people = People(rng)
        text = bodies.body(people, about)
        if not people.secrets:
            return text


UTC8 = timezone(timedelta(hours=8))


def _tellings(people: People, story: Story, platform: int, body: str, filed: datetime) -> Iterator[Told]:
    """The complaint, and in one of fourteen cases the same dispute told again, there or on another portal."""
    rng = people.rng
    author, title = people.alias(), bodies.title(people, story.about)
    portal = rng.choices(("heimao", "xfb315", "dianshubao", "tsgs12315"), (74, 16, 7, 3))[0]
    again = rng.random() < 0.07 and story.about.order is not None
    for copy in range(2 if again else 1):
        at = filed + timedelta(hours=copy * rng.uniform(4, 200))
        where = portal if copy == 0 or rng.random() < 0.5 else "xfb315" if portal == "heimao" else "heimao"
        text = bodies.again(rng, body) if copy else body
        steps, status, gone = _Steps(people, story, platform, where, at, text).made()
        ref = f"{17_000_000_000 + story.number * 4 + copy}"
        yield Told(where, ref, title, text, author, at, status, steps, gone)


class _Steps:
    """Writes one complaint's steps on its portal."""

    def __init__(self, people: People, story: Story, platform: int, portal: str, filed: datetime, body: str) -> None:
        self.people, self.rng, self.story, self.platform, self.portal = people, people.rng, story, platform, portal
        self.filed, self.body = filed, body
        self.t0 = filed + timedelta(hours=self.rng.uniform(2, 30))
        self.steps: list[dict[str, object]] = []

    def add(self, hours: float, actor: str, kind: str, text: str | None, hidden: bool = False) -> None:
        at = (self.t0 + timedelta(hours=hours)).replace(microsecond=0)
        if at < AS_OF + timedelta(days=1):
            self.steps.append({"at": at.isoformat(), "actor": actor, "kind": kind, "text": text, "hidden": hidden})

    def made(self) -> tuple[tuple[dict[str, object], ...], str, datetime | None]:
        """Steps in the order of time, the status word, and when the page disappears."""
        status, gone = self._told()
        return tuple(sorted(self.steps, key=lambda step: str(step["at"]))), status, gone

    def _told(self) -> tuple[str, datetime | None]:
        if self.portal == "tsgs12315":
            word = "达成调解" if self.story.fate == "confirmed" else "未达成调解"
            self.add(self.rng.uniform(100, 600), "portal", "closed", word)
            return word, None
        self.add((self.filed - self.t0).total_seconds() / 3600, "complainant", "filed", self.body)
        if self.story.fate == "undelivered":
            self.add(0.0, "portal", "undelivered", "未匹配成功，平台会继续为您寻找商家")
            return self._status("待分配", "企业处理", "已移交"), None
        if self.portal == "heimao":
            self.add((self.filed - self.t0).total_seconds() / 3600 + 1, "portal", "approved", "您的投诉已通过审核")
        self.add(0.0, "portal", "assigned", f"已分配商家 {self.story.platform}")
        if self.rng.random() < 0.1:
            self.add(self.rng.uniform(1, 2), "portal", "replied", "已再次提醒商家尽快处理，请您耐心等待。")
        if self.rng.random() < 0.1:
            self.add(self.rng.uniform(1, 2), "complainant", "followed_up", bodies.nudge(self.people))
        gone = self.t0 + timedelta(days=self.rng.uniform(6, 20)) if self.story.fate == "vanished" else None
        return self._fate(), gone

    def _status(self, heimao: str, xfb315: str, dianshubao: str) -> str:
        return {"heimao": heimao, "xfb315": xfb315, "dianshubao": dianshubao}[self.portal]

    def _fate(self) -> str:
        fate, draw = self.story.fate, self.rng.uniform
        if fate in ("silent", "vanished"):
            return self._status("处理中", "企业处理", "已移交")
        if fate == "closed":
            self.add(draw(300, 700), "portal", "closed", "投诉处理周期结束，投诉单关闭")
            return self._status("已关闭", "完成", "已移交")
        if fate == "withdrawn":
            self.add(draw(10, 400), "complainant", "withdrawn", bodies.withdrawal(self.rng))
            return self._status("已撤诉", "完成", "已移交")
        if fate == "hidden":
            self.add(draw(5, 300), "platform", "replied", None, hidden=True)
        else:
            self._replies()
        return self._status(
            "已完成" if fate == "confirmed" else "已回复", "完成" if fate == "confirmed" else "结果审核", "已受理"
        )

    def _replies(self) -> None:
        fate, first = self.story.fate, self.rng.uniform(4, 200)
        if self.rng.random() < 0.25:
            self.add(self.rng.uniform(2, 4), "platform", "replied", self._template())
        if fate in ("brushed", "template"):
            text = self._template() if fate == "template" else replies.brush_off(self.people, self.rng.choice(BRUSHED))
            self.add(first, "platform", "replied", text)
            return
        kind = "completion_requested" if fate in ("claimed", "contradicted") else "replied"
        label = self.rng.choice(DECIDED[:2] if fate != "answered" else DECIDED)
        at = self.t0 + timedelta(hours=first)
        self.add(first, "platform", kind, replies.substantive(self.people, label, self.story.about, at)())
        if fate == "confirmed":
            self.add(first + self.rng.uniform(2, 90), "complainant", "confirmed", bodies.confirmation(self.rng))
        if fate == "contradicted":
            self.add(first + self.rng.uniform(2, 90), "complainant", "followed_up", bodies.contradiction(self.rng))

    def _template(self) -> str:
        """One of two texts the platform sends to everyone; half the time with a name and a date in its slots."""
        pool = (*replies.TEMPLATE_ACKS, *replies.TEMPLATE_OFFERS)
        text = pool[(self.platform * 31 + self.rng.randrange(2)) % len(pool)]
        if self.rng.random() < 0.5:
            return text
        return f"尊敬的{self.people.name()}女士，关于您{self.rng.randrange(1, 13)}月{self.rng.randrange(1, 29)}日提交的投诉：{text}"
