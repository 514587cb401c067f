"""What a dispute is about: goods, amount, order, dates, and the phrases that follow from them."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crawlers.lab.wording import pool

GOODS = pool("complaints", "goods")
ISSUES: dict[str, tuple[str, ...]] = {
    "missing": ("充值未到账", "不发货"), "dead_key": ("卡密无效", "商品与描述不符"), "short": ("少到账", "权益缩水"),
    "late": ("延迟发货",), "withdraw": ("余额无法提现", "冻结余额"), "refuse": ("不予退款", "霸王条款"),
    "agent": ("虚假宣传", "代理费不退"), "taken_back": ("账号被找回", "账号问题"), "charge": ("重复扣款", "乱扣费"),
    "lost": ("联系不到客服", "客服不处理/处理不当"),
}  # fmt: skip
REQUESTS = (
    ("退款",), ("退款", "赔偿"), ("退款", "道歉"), ("解释",), ("快速处理",), ("退费", "作出处罚"), ("补发",),
    ("改善服务",), ("恢复余额提现权",),
)  # fmt: skip

_DIGITS = str.maketrans("123456789", "0" * 9)


@dataclass(frozen=True)
class Matter:
    """One dispute. `order` None: the complainant does not say it."""

    problem: str
    goods: str
    amount: float
    order: str | None
    bought_at: datetime
    platform: str

    @property
    def money(self) -> str:
        return f"{self.amount:g}"

    @property
    def day(self) -> str:
        return day(self.bought_at)

    @property
    def fields(self) -> dict[str, str]:
        """What a phrase may name."""
        return {"goods": self.goods, "money": self.money, "day": self.day, "platform": self.platform}


def day(at: datetime) -> str:
    return f"{at.month}月{at.day}日"


@dataclass
class Amounts:
    """Amounts of one platform, each used once, so that equal amounts never link two people."""

    rng: random.Random
    taken: set[float] = field(default_factory=set)

    def draw(self) -> float:
        while True:
            top = self.rng.choice((60, 200, 200, 800, 5000))
            made = round(self.rng.uniform(5, top), self.rng.choice((0, 1, 2)))
            if made not in self.taken:
                self.taken.add(made)
                return made


@dataclass
class Fresh:
    """Keeps one platform's texts apart: takes the first draw that is unlike all before, else the least alike.

    Likeness is the Jaccard of character 3-grams with digits masked; a set of grams is one integer, a bit per gram.
    """

    limit: float
    tries: int = 10
    _used: list[tuple[int, int]] = field(default_factory=list)
    _bits: dict[str, int] = field(default_factory=dict)

    def _grams(self, text: str) -> tuple[int, int]:
        """The set of grams and its size."""
        masked, made = text.translate(_DIGITS), 0
        for i in range(len(masked) - 2):
            made |= 1 << self._bits.setdefault(masked[i : i + 3], len(self._bits))
        return made, made.bit_count()

    def _likeness(self, made: int, size: int) -> float:
        """To the most similar text so far."""
        best = 0.0
        for old, old_size in self._used:
            shared = (made & old).bit_count()
            best = max(best, shared / ((size + old_size - shared) or 1))
        return best

    def draw(self, compose: Callable[[], str]) -> str:
        best = ("", 2.0, (0, 0))
        for _ in range(self.tries):
            text = compose()
            made = self._grams(text)
            score = self._likeness(*made)
            if score < best[1]:
                best = (text, score, made)
            if score < self.limit:
                break
        self._used.append(best[2])
        return best[0]


def matter(rng: random.Random, platform: str, amount: float, order: str | None, filed_at: datetime) -> Matter:
    problem = rng.choice(tuple(ISSUES))
    bought = filed_at - timedelta(hours=rng.uniform(5, 140))
    return Matter(problem, rng.choice(GOODS), amount, order, bought, platform)
