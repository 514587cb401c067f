"""Numbers that give themselves away: mobiles, landlines, ID and bank cards."""

import re
from collections.abc import Callable
from datetime import date
from typing import TypeAlias

import phonenumbers
from stdnum import luhn
from stdnum.cn import ric

from pipeline.intake.redaction.fold import JOINT, ZERO, Hit
from pipeline.intake.redaction.triggers import NUMBER, Places

_MONEY_AFTER = r"(?!\s?(?:元|块|万元|亿|%|￥|rmb))(?!\.[0-9]{1,2}(?![0-9.]))"
_START = re.compile(
    rf"[0-9](?<![0-9].)(?!(?:{JOINT}[0-9]){{20}})(?=(?:{JOINT}{{0,6}}(?:[()（）\[\]【】<>《》「」“”\"]{JOINT}?)?[0-9]){{6}}|[3-9][0-9][^0-9]{{1,3}}[0-9]{{4}}[^0-9]{{1,3}}[0-9]{{4}}(?![0-9]))"
)
"""Where a number may begin. Over twenty single figures in a row are none, and would be slow to try one by one."""

_PREFIX = rf"(?:(?:\+|00)?86[\s\-)）{ZERO}]{{0,2}})?"
_WORD = r"(?:空格|横杠|短横|杠|横|点|减号|减|加)"
_GAP = rf"(?:{JOINT}{{1,6}}|一|{_WORD})"
_MOBILE = re.compile(
    rf"{_PREFIX}(?:1[3-9][0-9]{{9}}|1[3-9][0-9]{_GAP}[0-9]{{4}}{_GAP}[0-9]{{4}}|1[3-9][0-9]{_GAP}[0-9]{{8}}"
    rf"|1[3-9][0-9]{{5}}{_GAP}[0-9]{{4}}|1[3-9][0-9]([^0-9元块万到至日月年天点折件张个次比送减充返、，,]{{1,3}})[0-9]{{4}}\1[0-9]{{4}}|(?<=[机话号是：:打拨作])1[3-9][0-9]([、，,]{{1,3}})[0-9]{{4}}\2[0-9]{{4}}"
    rf"|1[3-9][0-9]\s?[(（\[【<《「“\"]\s?[0-9]{{4}}\s?[)）\]】>》」”\"]\s?[0-9]{{4}}|1[3-9][0-9][)）\]】]\s?[0-9]{{4}}{JOINT}{{0,2}}[0-9]{{4}})(?![0-9]){_MONEY_AFTER}"
)
_LOOSE_MOBILE = re.compile(
    rf"{_PREFIX}1{JOINT}{{0,4}}[3-9](?:{JOINT}{{0,4}}[0-9]){{9}}(?!{JOINT}{{0,2}}[0-9]){_MONEY_AFTER}"
)
_LANDLINE = re.compile(
    rf"(?:(?:\+|00)?86[\s\-]{{0,2}})?[(（]?0(?:10|2[0-9]|[3-9][0-9]{{2}})(?<!0400)(?<!0800)[)）]?{JOINT}{{0,2}}[2-8](?:[0-9]{{6,7}}|[0-9]{{2,3}}{JOINT}[0-9]{{4}}|(?:{JOINT}?[0-9]){{6,7}})"
    rf"(?![0-9])(?:\s?(?:-|转|分机)\s?[0-9]{{1,5}}(?![0-9]))?{_MONEY_AFTER}"
)
_PAIRS = re.compile(
    r"1[3-9][0-9]([ .\-·_])[0-9]{2}(?:\1[0-9]{2}){3}(?![0-9])|1[3-9]([ .\-·_])[0-9]{2}(?:\2[0-9]{2}){3,4}(?:\2[0-9])?(?![0-9])(?!\2[0-9])"
)
_FOREIGN = re.compile(
    r"(?:(?<=\+)|00)(?!86|0)[1-9][0-9]{0,2}[\s\-][0-9](?:[\s\-]?[0-9]){5,11}(?![0-9])|(?<=\+)(?!86)[1-9][0-9]{7,14}(?![0-9])"
)
_ID18 = re.compile(rf"[1-9](?:{JOINT}{{0,3}}[0-9]){{16}}{JOINT}{{0,3}}[0-9x](?![0-9a-z])")
_ID15 = re.compile(r"[1-9][0-9]{14}(?![0-9a-z])")
_CARD = re.compile(
    rf"(?:[0-9]{{16,19}}|[0-9]{{4}}(?:{JOINT}{{1,2}}[0-9]{{4}}){{3}}(?:{JOINT}{{0,2}}[0-9]{{1,4}})?|[0-9]{{6}}{JOINT}[0-9]{{10,13}})(?![0-9])"
)
HOTLINE = re.compile(
    r"0800[0-9]{6}|(?:0(?:10|2[0-9]|[3-9][0-9]{2}))?(?:12[0-9]{3}|100[0-9]{2}|95[0-9]{3}|96[0-9]{3,4})|(?:86|0)?[48]00[0-9]{7}|95[0-9]{3,6}|96[0-9]{3,6}|1010[0-9]{4}|12[0-9]{3}|1[01][0-9]{1,3}|1258[0-9]{1,4}"
)
_NEITHER = re.compile("[^0-9A-Za-z]+")
_INVISIBLE = re.compile(f"{ZERO}*")
_YEARS = re.compile(r"(?:(?:19|20)[0-9]{2}){4}")
_TIMESTAMP = re.compile(
    r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9])?)?"
)


def digits_of(text: str) -> str:
    """The ASCII letters and digits of a folded text, joined."""
    return _NEITHER.sub("", text)


def _born_on(digits: str) -> bool:
    """Whether the 8 digits are a day someone alive may be born on."""
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return 1900 <= born.year <= 2035


def is_id_card(compact: str) -> bool:
    """18 figures with a date of birth and the right check digit; the region is not asked (regions are renamed)."""
    return (
        len(compact) == 18
        and compact[:17].isdigit()
        and _born_on(compact[6:14])
        and ric.calc_check_digit(compact) == compact[17].upper()
    )


def is_old_id_card(compact: str) -> bool:
    """15 figures with a date of birth in the 1900s."""
    return len(compact) == 15 and compact.isdigit() and _born_on("19" + compact[6:12]) and "11" <= compact[:2] <= "82"


def is_bank_card(compact: str) -> bool:
    """16–19 digits that satisfy Luhn and begin like a payment card."""
    return 16 <= len(compact) <= 19 and compact.isdigit() and compact[0] in "34569" and luhn.is_valid(compact)


def is_mobile(compact: str) -> bool:
    """11 digits of a mainland mobile number."""
    return len(compact) == 11 and compact.isdigit() and compact[0] == "1" and compact[1] in "3456789"


def is_time(compact: str) -> bool:
    """A date, or a date and a time of day, written as one run of digits."""
    return _TIMESTAMP.fullmatch(compact) is not None and _real_day(compact[:8])


def _real_day(digits: str) -> bool:
    return _born_on(digits) or digits[:2] == "20"


def _id18(match: re.Match[str]) -> str | None:
    text = match.group()
    compact = digits_of(text)
    if is_id_card(compact):
        return "id_card"
    even = len(set(re.findall(r"[^0-9x]+", text))) <= 1
    return "id_card" if even and _born_on(compact[6:14]) and "11" <= compact[:2] <= "82" else None


def _id15(match: re.Match[str]) -> str | None:
    return "id_card" if is_old_id_card(match.group()) else None


def _mobile(match: re.Match[str]) -> str | None:
    return "phone"


def _loose_mobile(match: re.Match[str]) -> str | None:
    """Odd groupings: figure by figure, or joined by anything stranger than single spaces."""
    groups = re.findall(r"[0-9]+", match.group())
    single = len(groups) >= 8
    strange = re.search(rf"[\-_.·{ZERO}☺~|]", match.group()) is not None and all(len(group) <= 5 for group in groups)
    dated = re.match(r"1?[0-9]?[\-.][0-9]{1,2}[\-.\s]", match.group()) is not None and len(groups) < 6
    cued = (
        re.search(
            r"(?:电话|手机|tel|号码|致电|联系)[^0-9]{0,6}$", match.string[max(0, match.start() - 12) : match.start()]
        )
        is not None
    )
    thirds = len(groups) == 3 and all(len(group) >= 3 for group in groups)
    return "phone" if single or cued or thirds or (strange and not dated) else None


def _landline(match: re.Match[str]) -> str | None:
    return "landline"


def _foreign(match: re.Match[str]) -> str | None:
    number = "+" + digits_of(match.group()).removeprefix("00")
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return None
    return "phone" if phonenumbers.is_possible_number(parsed) else None


def _card(match: re.Match[str]) -> str | None:
    compact = digits_of(match.group())
    if is_bank_card(compact):
        return "bank_card"
    if len(compact) == len(match.group()) or _YEARS.match(compact) or is_time(compact[:12]):
        return None
    return "bank_card" if compact[0] in "34569" else "other"


_Test: TypeAlias = tuple[re.Pattern[str], Callable[[re.Match[str]], str | None]]
_TESTS: tuple[_Test, ...] = (
    (_ID18, _id18),
    (_MOBILE, _mobile),
    (_LANDLINE, _landline),
    (_CARD, _card),
    (_ID15, _id15),
    (_LOOSE_MOBILE, _loose_mobile),
    (_FOREIGN, _foreign),
    (_PAIRS, _mobile),
)
_FIRST = {
    figure: tuple(_TESTS[place] for place in places)
    for figure, places in {
        "0": (2, 3, 1, 6),
        "1": (0, 1, 3, 4, 5, 7, 6),
        "8": (0, 1, 2, 3, 4, 5, 6),
    }.items()
}
_ELSE = tuple(_TESTS[place] for place in (0, 3, 4, 6))


def _begin(folded: str, start: int) -> int:
    """A leading + or bracket belongs to the number."""
    return start - 1 if start and folded[start - 1] in "+(（[【" else start


_AMOUNT_AFTER = re.compile(r"(?:\.[0-9]{1,2})?\s?(?:元|块)")
_HEAD = re.compile(r"[0-9a-z\-_]*[a-z](?=[0-9]{1,4}$)")


def before_amount(folded: str, start: int, end: int) -> int:
    """A serial glued to an amount (`WX05A779.9元`) ends with its last letter, so that the amount stays whole."""
    glued = _AMOUNT_AFTER.match(folded, end) or _AMOUNT_AFTER.match(folded, folded.rfind(".", start, end))
    head = (
        _HEAD.match(folded[start : folded.find(".", start, end) if "." in folded[start:end] else end])
        if glued
        else None
    )
    return start + head.end() if head and head.end() >= 4 else end


def money_before(folded: str, start: int) -> bool:
    return start > 0 and folded[start - 1] in "￥¥$€"


def _past_invisible(folded: str, place: int) -> int:
    """The variation selectors behind a pictured digit go with it."""
    invisible = _INVISIBLE.match(folded, place)
    return invisible.end() if invisible else place


def numbers(folded: str, places: Places) -> list[Hit]:
    """Mobiles, landlines, ID and bank cards, wherever they stand."""
    hits: list[Hit] = []
    done = 0
    for start in places.of(NUMBER):
        if start < done or not _START.match(folded, start) or money_before(folded, start):
            continue
        for pattern, judge in _FIRST.get(folded[start], _ELSE):
            match = pattern.match(folded, start)
            kind = judge(match) if match else None
            if match and kind:
                done = _past_invisible(folded, match.end())
                hits.append((_begin(folded, start) if kind in {"phone", "landline"} else start, done, kind))
                break
    return hits
