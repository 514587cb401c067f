"""What complainants write: titles, bodies, follow-ups. All wording is invented."""

import random
from collections.abc import Callable

from crawlers.lab.matter import Matter
from crawlers.lab.people import People
from crawlers.lab.wording import pool, pools

_BOOK = "complaints"
_OPEN, _CONTACT, _DEMAND, _EXTRA, _ORDER, _TITLES, _AGAIN, _NUDGES = (
    pool(_BOOK, part) for part in ("open", "contact", "demand", "extra", "order", "titles", "again", "nudge")
)
_CONTRADICTIONS, _CONFIRMATIONS, _WITHDRAWALS = (
    pool(_BOOK, part) for part in ("contradiction", "confirmation", "withdrawal")
)
_PROBLEM = pools(_BOOK, "problem")


def _secret_makers(people: People) -> tuple[Callable[[], str], ...]:
    """One maker per way of giving away personal data."""
    return (
        lambda: f"我的手机号{people.mobile()}，",
        lambda: f"联系电话：{people.mobile()}。",
        lambda: f"充值号码 {people.mobile()}，",
        lambda: f"客服QQ：{people.qq()}，",
        lambda: f"对方让我加QQ{people.qq()}，",
        lambda: f"加了客服微信{people.wechat()}，",
        lambda: f"微信号：{people.wechat()}。",
        lambda: f"银行卡号{people.bank_card()}，",
        lambda: f"身份证号：{people.id_card()}，",
        lambda: f"邮箱{people.email()}，",
        lambda: f"支付宝账号：{people.email()}，",
        lambda: f"本人{people.name()}，",
        lambda: f"我叫{people.name()}，",
        lambda: f"收款人：{people.name()}，",
        lambda: f"家庭住址：{people.address()}。",
        lambda: f"卡密：{people.card_key()}，",
    )


def body(people: People, about: Matter) -> str:
    """The complaint's text: opening, problem, order number if told, contact, extras, demand."""
    rng = people.rng
    parts = [rng.choice(_OPEN).format(**about.fields), rng.choice(_PROBLEM[about.problem]) + "。"]
    if about.order:
        parts.append(rng.choice(_ORDER).format(order=about.order))
    parts += rng.sample(_CONTACT, rng.choice((1, 1, 2)))
    parts += rng.sample(_EXTRA, rng.choice((0, 1, 1, 2, 2, 3, 6)))
    if rng.random() < 0.3:
        parts += [make() for make in rng.sample(_secret_makers(people), 2)]
    parts.append(rng.choice(_DEMAND))
    return ("\n" if rng.random() < 0.15 else "").join(parts)


def again(rng: random.Random, text: str) -> str:
    """The same person's text posted once more."""
    return rng.choice(_AGAIN) + text + rng.choice(("", "请重视。", "还是没有解决。"))


def title(people: People, about: Matter) -> str:
    rng = people.rng
    made = rng.choice(_TITLES).format(**about.fields)
    if rng.random() < 0.03:
        made += rng.choice((f"，电话{people.mobile()}", f"，客服QQ{people.qq()}"))
    return made


def nudge(people: People) -> str:
    """A follow-up that neither confirms nor denies anything."""
    made = people.rng.choice(_NUDGES)
    return made + (f"可以打我电话{people.mobile()}。" if people.rng.random() < 0.12 else "")


def contradiction(rng: random.Random) -> str:
    return rng.choice(_CONTRADICTIONS)


def confirmation(rng: random.Random) -> str:
    return rng.choice(_CONFIRMATIONS)


def withdrawal(rng: random.Random) -> str:
    return rng.choice(_WITHDRAWALS)
