"""Invented people and their identifiers: planted in the pages, and never to be published."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from stdnum import luhn

_SURNAMES = "陆阮裴纪温沈苏顾宁祁容褚晏傅岑"
_GIVEN = (
    "听澜",
    "南乔",
    "映雪",
    "砚秋",
    "知遥",
    "望舒",
    "临川",
    "疏桐",
    "云岫",
    "漱玉",
    "令姝",
    "既白",
    "怀瑾",
    "星阑",
    "采薇",
)
_NICKS = (
    "晚舟",
    "山茶没有花期",
    "吃不饱的橘子",
    "深夜食堂",
    "小满不满",
    "风过云亭",
    "半糖去冰",
    "阿飞不会飞",
    "北岸灯塔",
    "纸飞机",
)
_ROADS = ("听雨路", "拾光大道", "栖霞里", "望潮街", "木樨巷")
_MAIL_HOSTS = ("mail.example", "post.example.cn", "inbox.example")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_KEY_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def id_number(body: str) -> str:
    """Seventeen digits with their check character (GB 11643)."""
    total = sum(int(digit) * weight for digit, weight in zip(body, _ID_WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


@dataclass
class People:
    """Hands out identifiers, each once, and remembers those that are secret."""

    rng: random.Random
    secrets: list[str] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)

    def _digits(self, count: int) -> str:
        return "".join(self.rng.choices("0123456789", k=count))

    def _keep(self, secret: str) -> str:
        self.secrets.append(secret)
        return secret

    def alias(self) -> str | None:
        """A portal nickname, unique to its person; None is anonymous."""
        if self.rng.random() < 0.3:
            return None
        while True:
            numbered = self.rng.random() < 0.6
            made = f"用户7{self._digits(9)}" if numbered else f"{self.rng.choice(_NICKS)}{self._digits(4)}"
            if made not in self._taken:
                self._taken.add(made)
                return made

    def name(self) -> str:
        return self._keep(self.rng.choice(_SURNAMES) + self.rng.choice(_GIVEN))

    def mobile(self) -> str:
        """A mobile number of a range kept for examples, printed the way people print it."""
        head, tail = self.rng.choice(("138", "159", "199")), self._digits(4)
        styles = (f"{head}0000{tail}", f"{head}0000{tail}", f"{head} 0000 {tail}", f"{head}-0000-{tail}")
        printed = self.rng.choice((*styles, f"{head}0000{tail}".translate(_FULL_WIDTH)))
        self._keep(f"{head}0000{tail}")
        return self._keep(printed)

    def qq(self) -> str:
        return self._keep(f"28400{self._digits(5)}")

    def wechat(self) -> str:
        return self._keep(
            f"{self.rng.choice(('wx', 'kf', 'sh'))}_{self.rng.choice(('yun', 'lan', 'mo'))}{self._digits(5)}"
        )

    def order(self, bought_on: date) -> str:
        """An order number, unique, beginning with its day as shops write it."""
        day = bought_on.strftime("%Y%m%d")
        made = self.rng.choice((f"{day}{self._digits(12)}", f"KM{day}{self._digits(8)}", f"{day}{self._digits(8)}"))
        return self._keep(made)

    def bank_card(self) -> str:
        """A Luhn-valid number of an issuer range nobody uses (62 2200 00…)."""
        body = f"6222000000{self._digits(8)}"
        return self._keep(body + str(luhn.calc_check_digit(body)))

    def id_card(self) -> str:
        """Checksum-valid, born before 1910: nobody's."""
        born = date(1901, 1, 1) + timedelta(days=self.rng.randrange(3000))
        return self._keep(id_number(f"110101{born:%Y%m%d}{self._digits(3)}"))

    def email(self) -> str:
        return self._keep(f"{self.rng.choice(('lan', 'qiu', 'zhou'))}{self._digits(5)}@{self.rng.choice(_MAIL_HOSTS)}")

    def address(self) -> str:
        road, number, room = self.rng.choice(_ROADS), self.rng.randrange(2, 199), self.rng.randrange(101, 2604)
        return self._keep(f"虚州市云岫区{road}{number}号{self.rng.randrange(1, 19)}幢{room}室")

    def card_key(self) -> str:
        return self._keep("-".join("".join(self.rng.choices(_KEY_LETTERS, k=4)) for _ in range(4)))
