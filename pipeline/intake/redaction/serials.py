"""Serial numbers nobody announced, and vehicle plates."""

import re

from stdnum.cn import uscc

from pipeline.intake.redaction.digits import HOTLINE, before_amount, digits_of, is_time, money_before
from pipeline.intake.redaction.fold import Hit
from pipeline.intake.redaction.keepers import is_model
from pipeline.intake.redaction.triggers import LETTERS, RUN, STARTS, Places

_RUN = re.compile(r"[0-9a-z](?<![0-9a-z].)[0-9a-z]{8,}+")
_DASHED = re.compile(r"[0-9a-z](?<![0-9a-z\-_].)[0-9a-z]{1,11}(?:[\-_][0-9a-z]{2,16}){2,}+(?![0-9a-z]|:[0-9])")
_PUBLIC_BEFORE = re.compile(r"(?:备案?号?|公网安备|许可证号?|许可证编号|信用代码|注册号|文号|短信端口|kb)\s?[：:]?\s?$")
_PUBLIC_AFTER = re.compile(
    r"\s?(?:元|块|万|亿|人|次|条|%|￥|rmb|[件张个台份笔位名单粉]|播放|用户|点券|金币|积分|q币|流量|号(?:民|刑|知))"
)
_LOOKALIKE = re.compile(r"[1il][3-9][0-9oil]{9}")
_MASKED = re.compile(r"x{3,}")
_SWITCH = re.compile(r"(?<=[0-9])(?=[a-z])|(?<=[a-z])(?=[0-9])")
_PROVINCE = STARTS.on("京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼", LETTERS)
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][a-hj-z][·.\- ]?(?=[0-9a-z]{0,3}[0-9][0-9a-z]{0,2}[0-9])[0-9a-hj-np-z]{4,5}[0-9a-hj-np-z学警港澳挂](?![0-9a-z])"
)


def _digit_run(run: str, folded: str, start: int, end: int) -> str | None:
    if HOTLINE.fullmatch(run) or is_time(run) or _PUBLIC_AFTER.match(folded, end):
        return None
    if re.match(r"\.[0-9]{1,2}(?![0-9])", folded[end : end + 4]) or money_before(folded, start):
        return None
    return "order_no" if len(run) >= 12 else "other"


def _mixed_run(run: str) -> str | None:
    """Serials mix letters and many figures; words and model names do not."""
    figures = sum(char.isdigit() for char in run)
    if _MASKED.search(run) or uscc.is_valid(run) or is_model(run):
        return None
    serial = (figures >= 6 and figures * 2 >= len(run)) or (
        len(run) >= 16 and figures >= 3 and len(_SWITCH.findall(run)) >= 5
    )
    if _LOOKALIKE.fullmatch(run) and figures >= 3:
        return "phone"
    return "order_no" if serial else None


def _run_kind(folded: str, start: int, end: int) -> str | None:
    run = folded[start:end]
    if len(run) >= 6 and run[-1].isalpha() and folded[end : end + 1].isdigit():  # glued to an amount
        return "order_no" if any(map(str.isdigit, run)) else None
    if _PUBLIC_BEFORE.search(folded, max(0, start - 10), start):
        return None
    if run.isdigit():
        return _digit_run(run, folded, start, end)
    return None if run.isalpha() else _mixed_run(run)


def _dashed_kind(text: str) -> str | None:
    compact = digits_of(text)
    figures = sum(char.isdigit() for char in compact)
    groups = re.split(r"[\-_]", text)
    if HOTLINE.fullmatch(compact) or is_time(compact) or _MASKED.search(text) or len(compact) < 10 or figures < 3:
        return None
    if all(re.fullmatch(r"(?:19|20)[0-9]{2}|[0-9]{1,2}", group) for group in groups):
        return None
    even = len({len(group) for group in groups}) == 1 and not compact.isdigit()
    return "card_key" if even else "order_no" if figures >= 6 else None


def dashed(folded: str, places: Places) -> list[Hit]:
    """Groups of letters and digits joined by dashes: card keys, serial numbers."""
    return [
        (*match.span(), kind) for match in places.matches(_DASHED, folded, RUN) if (kind := _dashed_kind(match.group()))
    ]


def serials(folded: str, places: Places) -> list[Hit]:
    """Long runs of letters and digits nobody announced: order numbers, accounts."""
    spans = ((match.start(), before_amount(folded, *match.span())) for match in places.matches(_RUN, folded, RUN))
    return [(*span, kind) for span in spans if (kind := _run_kind(folded, *span))]


def plates(folded: str, places: Places) -> list[Hit]:
    """Vehicle plates."""
    return [(*match.span(), "plate") for match in places.matches(_PLATE, folded, _PROVINCE)]
