"""Money in complaints: which sums a text names, and which of them is at stake."""

import re
from collections.abc import Sequence
from enum import IntEnum
from functools import cache
from typing import NamedTuple

from pipeline.gate import Gate, found
from pipeline.intake.cues import simplified, simplify_all
from pipeline.intake.spans import NO_SUM, TIMES, Span, bounds, number, plus
from pipeline.letters import Respelling

_WIDE = {ord("０") + digit: str(digit) for digit in range(10)} | {
    ord("．"): ".",
    ord("，"): "，",
    ord("￥"): "¥",
    ord("～"): "~",
    **dict.fromkeys(map(ord, "－—–"), "-"),
    **dict.fromkeys(map(ord, " \u3000\t\u200b"), None),
    **{ord("Ａ") + place: chr(ord("a") + place) for place in range(26)},
    **{ord("ａ") + place: chr(ord("a") + place) for place in range(26)},
}
_DIGITS = r"(?<!\d)(?:\d{1,3}(?:,\d{3}){1,3}(?:\.\d{1,2})?|\d{1,12}(?:\.\d{1,4})?)"
_HANZI = r"[零〇一二两三四五六七八九十百千万]{1,12}"
_NUMBER = rf"(?:{_DIGITS}|{_HANZI})"
_UNIT = r"(?:元人民币|元|块钱|块|圆|rmb|人民币)"
_SOME = r"(?:几|数|好几|小几|大几|上)"
_RANGE = re.compile(
    rf"(?=[¥r\d零〇一二两三四五六七八九十百千万])(?:¥|rmb)?{_NUMBER}(?:元|块|万|千)?(?:-|~|至|到)(?:¥)?{_NUMBER}(?:万|千|百)?{_UNIT}"
    rf"|(?:一两|两三|三四|三五|四五|五六|六七|七八|八九)(?:百|千|万|十){_UNIT}?"
)
_VAGUE = re.compile(
    rf"(?=[¥r人几数好小大上约差将近快不接估可\d零〇一二两三四五六七八九十百千万])(?:"
    rf"{_SOME}(?:十|百|千|万)+(?:多)?{_UNIT}?|{_NUMBER}(?:万|千|百)?(?:多|余|来|好几)(?:万|千)?{_UNIT}?"
    rf"|(?:大约|大概|约|差不多|将近|近|快|不到|接近|估计|可能)(?:有|是)?(?:¥|rmb|人民币)?{_NUMBER}(?:万|千|百)?{_UNIT}?(?![天个月年次小分周张件折秒\d零一二两三四五六七八九十百千万])"
    rf"|(?:¥|rmb|人民币)?{_NUMBER}(?:万|千|百)?{_UNIT}?(?:左右|上下|以上|出头|不等|吧))"
)
_EXACT = re.compile(
    rf"(?=[¥r人\d零〇一二两三四五六七八九十百千万])(?:(?:¥|rmb|人民币)(?P<sign>{_DIGITS})(?P<sign_times>万|千|k|w)?"
    rf"|(?P<whole>{_NUMBER})块(?P<dime>[\d一二三四五六七八九])(?![\d个张次天年月百千万条分毛%])"
    rf"|(?P<dimes>{_NUMBER})毛"
    rf"|(?P<big>\d|[一二两三四五六七八九])万(?P<rest>[\d一二三四五六七八九])(?![\d十百千万个天月年])"
    rf"|(?P<unit>{_NUMBER})(?P<unit_times>万|千|百|k|w)?{_UNIT}"
    rf"|(?P<short>{_DIGITS})(?P<short_times>万|k|w)(?![a-z\d个粉赞播次人]))"
)
_BARE = re.compile(
    r"(?P<paid>(?:付|花|交|缴|转|给|打|费|实付|扣|刷|冻|收)(?:了|过|费|款|我|掉|出去)*(?:共|一共)?)"
    rf"(?P<after>{_NUMBER})(?=，|。|,|$|就|的|买|还|都|没|之后|以后|后|给|换|到|才|加盟)"
    r"|(?P<talk>[一二两三四五六七八九](?:[百千万][一二三四五六七八九]|万[一二三四五六七八九]))(?=买|的|拍|充|被|没|块|开|加盟|，|$)"
    r"|(?<![^，。])(?P<of>\d{1,6}(?:\.\d{1,2})?)(?=的(?!时|话|日|晚|早|卡密无|赞|粉|播))|(?:(?<=[一-龥])|(?<![^，。]))(?P<card>\d{2,5})(?=充|不认|买的|元?话费|q币|qb)"
    rf"|(?P<total>(?:共|一共|总共|合计|总计|总价|累计|加起来|总额)(?:是|花了|付了|交了)?)(?P<sum>{_NUMBER})(?=，|。|$)"
)
_PATTERNS = (_RANGE, _VAGUE, _EXACT, _BARE)
"""In order of precedence."""
_TOTAL = re.compile(r"(?:一共|总共|合计|共计|总计|总价|总额|总金额|累计|共|加起来|前前后后|加一起|全部)[^，。\d]{0,6}$")
_HELD = re.compile(r"(?:余额|剩余|可用|里面有?|账上|账面|账户|提|冻|锁|压着?|预存|押金|货款|佣金|提现)[^，。\d]{0,8}$")
_PAID = re.compile(
    r"(?:付|支付|实付|花|交|缴|转|给出去|给了|充|买|拍|下单|扣|刷|费|进了|打|存|垫|投|订|金额|款|误充|冲|退还?|划|价|用|购|加盟)[^，。\d]{0,6}$"
)
_NOT = re.compile(
    r"(?:面值|原价|市价|标价|官网卖?|官方卖?|别家|日赚|月入|日入|赚|送|赠|返|立减|便宜|省|优惠(?!后)|满|低至|每张|每个|每份|单价|各|每人|每次|每笔|每月|每天"
    r"|只许取|只准提?|只让提?|取|最低|门槛|奖励|红包|再买|手续费|改绑.{0,4}收|通道费|误工费?|按|正常|应该是|低于|赔|收|号里|前后充过|从|提到|改到)[^，。\d¥]{0,4}$"
)
_PRICED = re.compile(
    r"^的?(?:话费券|面值|红包|优惠券?|无门槛|代金券|一张|一个月|每|手续费|的?活动|以内|起|q币|点券|礼品卡)"
)
_LONGEST = 20_000
_MONEY = re.compile(r"[\d零〇一二两三四五六七八九十百千万几]")


class _Rank(IntEnum):
    NOT = 0
    NAMED = 1
    HELD = 2
    PAID = 3
    TOTAL = 4


class _Sum(NamedTuple):
    place: int
    rank: _Rank
    span: Span


def amounts(text: str) -> list[float]:
    """Every single amount of money a text names, in yuan, in order; ranges and vague sums are left out."""
    return [yuan for found in _sums(_clean(text)) if (yuan := found.span.yuan) is not None]


def stake(title: str | None, body: str | None) -> float | None:
    """The exact sum of `at_stake`. None for ranges, vague sums and texts without money."""
    return at_stake(title, body).yuan


def at_stake(title: str | None, body: str | None) -> Span:
    """What was paid or is held in this dispute, in yuan: the stated total, else the price paid, else what is held, else the only
    sum named. Both ends None for texts without money and for sums without bounds (about 300)."""
    texts = [_clean(text) for text in (body, title) if text]
    return _weighed([(text, _sums(text)) for text in texts])


def at_stake_all(titles: Sequence[str | None], bodies: Sequence[str | None]) -> list[Span]:
    """`at_stake` of each title with its body."""
    sums = [_sums_all([text or "" for text in texts]) for texts in (bodies, titles)]
    return [_weighed(parts) for parts in zip(*sums, strict=True)]


def _weighed(parts: Sequence[tuple[str, list[_Sum]]]) -> Span:
    """The sum that counts of those the parts name, the most telling part first."""
    for _, sums in parts:
        told = [one for one in sums if one.rank is not _Rank.NOT]
        if told:
            return min(told, key=lambda one: (-one.rank, one.place)).span
    for text, fees in parts:
        if len(fees) == 1 and re.search(r"(?:换绑|改绑|解绑|手续费|收费)", text):
            return fees[0].span
    return NO_SUM


def _clean(text: str) -> str:
    return simplified(text[:_LONGEST]).lower().translate(_WIDE)


@cache
def _respelling() -> Respelling:
    return Respelling(_WIDE)


@cache
def _gate() -> Gate:
    return Gate([pattern.pattern for pattern in _PATTERNS])


def _sums_all(texts: list[str]) -> list[tuple[str, list[_Sum]]]:
    """Each text as sums are looked for in it, and its sums."""
    whole = [text[:_LONGEST] for text in texts]
    simplify_all(whole)
    clean = _respelling().all(whole)
    spots = _gate().spots(clean)
    some = set().union(*(range(len(clean)) if one is None else one for one in spots))
    return [
        (text, _sums(text, [None if one is None else one.get(at, ()) for one in spots]) if at in some else [])
        for at, text in enumerate(clean)
    ]


def _sums(text: str, places: Sequence[Sequence[int] | None] = (None,) * 4) -> list[_Sum]:
    """What the text names, vague sums included, each with how it is spoken of. `places`: where each of _PATTERNS may begin.

    What one pattern has read is hidden from the next; that gives no pattern a new place to begin at.
    """
    sums: list[_Sum] = []
    if places[0] is None and _MONEY.search(text) is None:
        return sums
    for pattern, told in zip(_PATTERNS, places, strict=True):
        if told is not None and not told:
            continue
        matches = list(pattern.finditer(text) if told is None else found(pattern, text, told))
        sums += [one for match in matches if (one := _read(text, match))]
        text = _hidden(text, matches)
    return sorted(sums, key=lambda one: (one.place, one.rank))


def _read(text: str, match: re.Match[str]) -> _Sum | None:
    if match.re is _BARE:
        return _bare(text, match)
    if match.re is _EXACT:
        yuan = _yuan(match)
        return _Sum(match.start(), _rank(text, *match.span()), Span(yuan, yuan))
    return _Sum(match.start(), _rank(text, *match.span()), bounds(match[0]))


def _hidden(text: str, matches: list[re.Match[str]]) -> str:
    """The text with # for every letter of the matches, so that no other pattern reads them."""
    for match in matches:
        text = text[: match.start()] + "#" * len(match[0]) + text[match.end() :]
    return text


def _rank(text: str, start: int, end: int) -> _Rank:
    before = text[max(start - 14, 0) : start]
    if _NOT.search(before) or _PRICED.search(text[end : end + 6]):
        return _Rank.NOT
    ranks = ((_TOTAL, _Rank.TOTAL), (_PAID, _Rank.PAID), (_HELD, _Rank.HELD))
    return next((rank for pattern, rank in ranks if pattern.search(before)), _Rank.NAMED)


def _yuan(match: re.Match[str]) -> float | None:
    """The value of one exact match; None when its number is no number."""
    if match["whole"]:
        return plus(number(match["whole"]), number(match["dime"]), 0.1)
    if match["dimes"]:
        return plus(0.0, number(match["dimes"]), 0.1)
    if match["big"]:
        return plus(plus(0.0, number(match["big"]), 10_000.0), number(match["rest"]), 1_000.0)
    base = number(match["sign"] or match["unit"] or match["short"])
    times = TIMES.get(match["sign_times"] or match["unit_times"] or match["short_times"] or "", 1.0)
    return plus(0.0, base, times)


def _bare(text: str, match: re.Match[str]) -> _Sum | None:
    """A number without a unit that must be money: after a word of paying, or spoken as 一百二."""
    said = match["after"] or match["sum"] or match["talk"] or match["of"] or match["card"]
    yuan = number(said)
    before = text[max(match.start() - 6, 0) : match.start()]
    if (
        yuan is None
        or yuan < 5
        or re.search(r"(?:进来|到|剩|得|来|给上|只有|才|打开|值|面值|日赚|赚|有)[^，。]{0,3}$", before)
    ):
        return None
    rank = _Rank.TOTAL if match["total"] else _Rank.PAID
    return _Sum(match.start(), rank, Span(yuan, yuan))
