"""What is left over: a run of digits or letters that nothing explains as an amount, a day, a model or a hotline goes, cue or not.

Cues can be spelt in more ways than a list knows, so the rules are turned round here: keepers are described, the rest is taken for somebody's.
"""

import re

from pipeline.intake.redaction.cue_words import WORDS
from pipeline.intake.redaction.digits import HOTLINE, digits_of, is_time, money_before
from pipeline.intake.redaction.fold import PICTURE, Hit
from pipeline.intake.redaction.keepers import DATE, KEPT_BEFORE, UNIT, VERSION, is_model
from pipeline.intake.redaction.triggers import GROUPS, RUN, Places

_TOKEN = re.compile(r"[0-9a-z](?<![0-9a-z_\-.].)[0-9a-z_\-]{4,}+")
_GROUPS = re.compile(
    rf"[0-9](?<![0-9a-z_\-.:,].)[0-9]{{0,5}}([ \-.·/~,{PICTURE}]{{1,2}})[0-9]{{1,8}}(?:\1[0-9]{{1,8}}){{0,6}}(?![0-9a-z:%]|[.\-][0-9])"
)
_QUOTE = r"[\s“\"'‘（(【\[「《]{0,2}$"
_LINK = re.compile(rf"(?:(?<![0-9])[：:]|(?<=[a-z])=|[@{PICTURE}号码户]|(?<![0-9a-z])id){_QUOTE}")
_ACCOUNT = re.compile(rf"(?:号|(?<![0-9a-z])id){_QUOTE}")
_KEY = re.compile(
    r"(?<![0-9a-z_\-.] )[0-9a-z]{4}(?<![0-9a-z_\-.]....)(?: [0-9a-z]{4}){2,6}(?![0-9a-z])|[0-9a-z]{5}(?<![0-9a-z_\-.].....)(?: [0-9a-z]{5}){2,5}(?![0-9a-z])"
)
_ORDER = re.compile("(?:单子?|物流|快递|[中圆申]通|顺丰|韵达|回执)[是为：:\\s]{0,2}$")
_SAID = re.compile(f"[是为叫]{_QUOTE}")
_DOMAIN = re.compile(r"\.[a-z]{2}")
_DECIMALS = re.compile(r"\.[0-9]{1,2}(?![0-9])|:[0-9]{2}")
_SMALL_MODEL = re.compile(r"[a-z]{1,4}-?[0-9]{1,4}[a-z]{0,4}|[0-9]{1,4}[a-z]{1,5}")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_EVEN = re.compile(r"[a-z]{4}(?:-[a-z]{4}){2,}|[a-z]{5}(?:-[a-z]{5}){2,}|[a-z]{6}(?:-[a-z]{6}){2,}")
_YEAR = re.compile("(?:19|20)[0-9]{2}")
_TIMES = re.compile(r"[0-9]+[x*][0-9x*+\-]+")
_RANGE = re.compile(r"([0-9]+)[\-~/ ]+([0-9]+)")


def _linked(folded: str, start: int) -> bool:
    """Whether a colon, 号 or a picture stands right before, as before a value."""
    return _LINK.search(folded, max(0, start - 4), start) is not None


def _plain_before(folded: str, start: int) -> bool:
    """Whether the words before announce an amount, a model or a public number."""
    return KEPT_BEFORE.search(folded, max(0, start - 14), start) is not None


def _digits(digits: str, linked: bool) -> str | None:
    if HOTLINE.fullmatch(digits) or is_time(digits):
        return None
    return "other" if len(digits) >= (5 if linked else 7) else None


def _range(value: str) -> bool:
    """`1000-2000`, `2023-2024`: from one number to a larger one of the same length."""
    ends = _RANGE.fullmatch(value)
    return ends is not None and len(ends[1]) == len(ends[2]) and int(ends[1]) < int(ends[2])


def _series(groups: list[str], value: str) -> bool:
    """Years, months, round sums or decimals one after another, or thousands: no number of anything."""
    counts = [*map(int, groups)]
    return (
        all(map(_YEAR.fullmatch, groups))
        or (max(map(len, groups[1:])) <= 2 and (groups[0].startswith("20") or counts == sorted(counts)))
        or ("." in value and len(groups[-1]) <= 2)
        or ("," in value and all(len(group) == 3 for group in groups[1:]))
        or len(set(groups)) == 1
        or all(group.endswith("0") for group in groups)
    )


def _dashed(value: str, linked: bool) -> str | None:
    """Digits in groups."""
    digits = digits_of(value)
    if (
        DATE.fullmatch(value)
        or VERSION.fullmatch(value)
        or HOTLINE.fullmatch(digits)
        or (is_time(digits) and not linked)
        or _range(value)
        or _series(re.findall("[0-9]+", value), value)
    ):
        return None
    return "other" if len(digits) >= (7 if linked else 9) else None


def _mixed(token: str, linked: bool) -> str | None:
    if _TIMES.fullmatch(token) or is_model(token) or (token[0].isalpha() and HOTLINE.fullmatch(token.lstrip(_LETTERS))):
        return None
    words = re.findall("[a-z]+", token)
    figures = sum(map(str.isdigit, token))
    letters = sum(map(len, words))
    if linked:
        return None if _SMALL_MODEL.fullmatch(token) and letters < 3 and len(token) < 6 else "account"
    if _SMALL_MODEL.fullmatch(token):
        return "account" if "_" in token else None
    return "account" if "_" in token or letters + figures >= (7 if figures > 1 else 11) else None


def _letters(folded: str, start: int, token: str) -> str | None:
    """Letters alone: groups of one length are a key, and `steam号dark_wolf` an account."""
    if _EVEN.fullmatch(token):
        return "card_key"
    account = _ACCOUNT.search(folded, max(0, start - 4), start) and not is_model(token) and token not in WORDS
    return "account" if account or ("_" in token and _linked(folded, start)) else None


def _kind(folded: str, start: int, token: str) -> str | None:
    linked = _linked(folded, start)
    if token.isdigit():
        return _digits(token, linked)
    if not any(map(str.isdigit, token)):
        return _letters(folded, start, token)
    if not any("a" <= char <= "z" for char in token):
        return _dashed(token, linked or _ORDER.search(folded, max(0, start - 8), start) is not None)
    return _mixed(token, linked or _SAID.search(folded, max(0, start - 4), start) is not None)


def _unexplained(folded: str, start: int, end: int) -> bool:
    """Whether neither the words before nor the unit behind say what the number counts."""
    around = folded[max(0, start - 1) : start] + folded[end : end + 1]
    return not (
        "*" in around
        or UNIT.match(folded, end)
        or _DOMAIN.match(folded, end)
        or _DECIMALS.match(folded, end)
        or money_before(folded, start)
        or _plain_before(folded, start)
    )


def _blended(key: str) -> bool:
    """Whether letters and figures mix in at least two groups of a key."""
    groups = key.split()
    return sum(not group.isalpha() for group in groups) >= 2 and sum(not group.isdigit() for group in groups) >= 2


def rest(folded: str, places: Places) -> list[Hit]:
    """Runs and groups of letters and digits that no other rule explained."""
    hits: list[Hit] = []
    for match in places.matches(_TOKEN, folded, RUN):
        start, token = match.start(), match.group().rstrip("-_")
        kind = _kind(folded, start, token)
        if kind and _unexplained(folded, start, start + len(token)):
            hits.append((start, start + len(token), kind))
    for match in places.matches(_GROUPS, folded, GROUPS):
        kind = _dashed(match.group(), _linked(folded, match.start()))
        if kind and _unexplained(folded, *match.span()):
            hits.append((*match.span(), kind))
    hits += [(*match.span(), "card_key") for match in places.matches(_KEY, folded, RUN) if _blended(match.group())]
    return sorted(hits)
