"""What the invented platforms write back, by declared label. Commitments name facts of the case; templates do not."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from crawlers.lab.matter import Matter, day
from crawlers.lab.people import People
from crawlers.lab.wording import Pool, pool, pools
from pipeline.model import Label

_BOOK = "replies"
BRUSH = pools(_BOOK, "brush")
TEMPLATE_OFFERS = pool(_BOOK, "template_offers")
TEMPLATE_ACKS = pool(_BOOK, "template_acks")
_PARTS: dict[Label, tuple[str, ...]] = {
    "resolved_claim": ("hello", "case", "done", "done_tail", "closing"),
    "offer": ("hello", "case", "offer", "offer_tail", "closing"),
    "refusal": ("hello", "case_denied", "refusal", "refusal_tail", "closing_denied"),
    "dispute": ("hello", "case_denied", "dispute", "dispute_tail", "closing_denied"),
}
_PIECES: dict[Label, tuple[Pool, ...]] = {
    label: tuple(pool(_BOOK, part) for part in parts) for label, parts in _PARTS.items()
}


def _slots(rng: random.Random, about: Matter, at: datetime) -> dict[str, str]:
    past, future = at - timedelta(hours=rng.uniform(2, 20)), at + timedelta(days=rng.randrange(2, 9))
    part = f"{max(about.amount / 2, 1):.0f}"
    return {**about.fields, "past": day(past), "future": day(future), "days": str(rng.choice((3, 5, 7))), "part": part}


def substantive(people: People, label: Label, about: Matter, at: datetime) -> Callable[[], str]:
    """A composer of replies with one of the four substantive labels, naming facts of the case."""
    rng = people.rng

    def compose() -> str:
        slots = _slots(rng, about, at)
        return "".join(rng.choice(phrases) for phrases in _PIECES[label]).format(**slots)

    return compose


def _with_staff(people: People, text: str) -> str:
    if people.rng.random() >= 0.12:
        return text
    return people.rng.choice((f"我是售后专员{people.name()}。", f"客服{people.name()}为您服务。")) + text


def brush_off(people: People, label: Label) -> str:
    """A reply that commits to nothing."""
    text = people.rng.choice(BRUSH[label])
    if "{qq}" in text:
        return text.format(qq=people.qq())
    if "{wechat}" in text:
        return text.format(wechat=people.wechat())
    return text if label == "other" else _with_staff(people, text)


def template_with_facts(about: Matter, at: datetime) -> str:
    """One frame for all, whose slots state this case: goods, amount, date."""
    return (
        f"您好，您购买{about.goods}支付的{about.money}元已于{day(at - timedelta(hours=6))}退回原支付账户，"
        "请您在交易记录中查看，如已收到请在本页确认，感谢您对平台工作的理解与配合。"
    )
