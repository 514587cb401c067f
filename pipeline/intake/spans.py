"""Ranges and vague sums of money → the bounds their words give, in yuan."""

import re
from functools import lru_cache
from typing import NamedTuple

import cn2an

TIMES = {"万": 10_000.0, "w": 10_000.0, "千": 1_000.0, "k": 1_000.0, "百": 100.0, "十": 10.0}
_NUMBER = r"\d[\d,]*(?:\.\d+)?|[零〇一二两三四五六七八九十百千万]+"
_BETWEEN = re.compile(
    rf"(?P<low>{_NUMBER})(?:元|块|rmb)?(?P<times>[万千百kw])?(?:元|块)?(?:-|~|至|到)¥?(?P<high>{_NUMBER})(?P<all>[万千百kw])?"
)
_NEIGHBOURS = re.compile(r"(?P<low>[一两二三四五六七八])(?P<high>[两二三四五六七八九])(?P<times>[百千万十])")
_SEVERAL = re.compile(r"(?P<word>几|数|好几|小几|大几|上)(?P<times>[十百千万]+)")
_MORE = re.compile(rf"(?P<number>{_NUMBER})(?P<times>[万千百kw])?(?:多|余|好几)(?P<more>[万千])?")
_LEAST = re.compile(rf"(?P<number>{_NUMBER})(?P<times>[万千百kw])?\D{{0,3}}?(?:以上|出头)")
_MOST = re.compile(rf"(?:不到|接近|将近|(?<!差不)近|快)\D{{0,2}}?(?P<number>{_NUMBER})(?P<times>[万千百kw])?")


class Span(NamedTuple):
    """A sum in yuan: `low` and `high` as far as the words give them, equal where the sum is exact."""

    low: float | None
    high: float | None

    @property
    def yuan(self) -> float | None:
        """The exact sum; None for ranges and vague sums."""
        return self.low if self.low == self.high else None


NO_SUM = Span(None, None)


@lru_cache(10_000)
def number(text: str) -> float | None:
    """Arabic or Chinese, 一百二 = 120; None when it is neither."""
    if text[0].isdigit():
        return float(text.replace(",", ""))
    spoken = re.fullmatch(r"(.*?)([百千万])([一二三四五六七八九])", text)
    if spoken:
        base = number(spoken[1] + spoken[2]) if spoken[1] else None
        return plus(base, number(spoken[3]), TIMES[spoken[2]] / 10)
    try:
        return float(cn2an.cn2an(text.replace("〇", "零"), "smart"))
    except (ValueError, KeyError, IndexError):
        return None


def plus(base: float | None, more: float | None, times: float) -> float | None:
    """base + more × times; None when either is."""
    return None if base is None or more is None else round(base + more * times, 4)


def bounds(text: str) -> Span:
    """300-400元, 一两千, 几百块, 三百多, 500以上, 不到一千 → what they say at least and at most; no bounds for about 300."""
    for pattern, read in _READERS:
        if match := pattern.search(text):
            return read(match)
    return NO_SUM


def _between(match: re.Match[str]) -> Span:
    """3-5千 multiplies both ends; so does 一到两万."""
    high = plus(0.0, number(match["high"]), TIMES.get(match["all"] or "", 1.0))
    low = plus(0.0, number(match["low"]), TIMES.get(match["times"] or match["all"] or "", 1.0))
    if low is None or high is None:
        return NO_SUM
    unit = re.search(r"[百千万]$", match["high"])
    if low < 10 and high >= 100 and unit and not match["times"]:
        low *= TIMES[unit[0]]
    return Span(low, high) if low <= high else NO_SUM


def _neighbours(match: re.Match[str]) -> Span:
    low, high = (plus(0.0, number(match[end]), TIMES[match["times"]]) for end in ("low", "high"))
    return Span(low, high)


def _several(match: re.Match[str]) -> Span:
    """几百 is two to nine hundred, 上百 a hundred or more."""
    unit = 1.0
    for char in match["times"]:
        unit *= TIMES[char]
    return Span(unit, None) if match["word"] == "上" else Span(2 * unit, 10 * unit)


def _more(match: re.Match[str]) -> Span:
    """三百多 lies between 300 and 400, 1250多 between 1250 and 1260: less than one more of its last unit."""
    times = TIMES.get(match["times"] or match["more"] or "", 1.0)
    base = number(match["number"])
    if base is None:
        return NO_SUM
    if base != int(base):
        return Span(round(base * times, 4), None)
    step = 1.0
    while base and base % (step * 10) == 0:
        step *= 10
    return Span(base * times, (base + step) * times)


def _least(match: re.Match[str]) -> Span:
    return Span(plus(0.0, number(match["number"]), TIMES.get(match["times"] or "", 1.0)), None)


def _most(match: re.Match[str]) -> Span:
    return Span(None, plus(0.0, number(match["number"]), TIMES.get(match["times"] or "", 1.0)))


_READERS = (
    (_BETWEEN, _between),
    (_NEIGHBOURS, _neighbours),
    (_SEVERAL, _several),
    (_MORE, _more),
    (_LEAST, _least),
    (_MOST, _most),
)
