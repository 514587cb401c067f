"""Accounts, order numbers and keys: a value that follows (or precedes) a word announcing it."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pipeline.intake.redaction.cue_words import CUE_BEGINS, CUE_STARTS, CUES_BY_FIRST, WORDS
from pipeline.intake.redaction.digits import (
    HOTLINE,
    before_amount,
    digits_of,
    is_bank_card,
    is_id_card,
    is_mobile,
    is_time,
)
from pipeline.intake.redaction.fold import JOINT, PICTURE, ZERO, Hit
from pipeline.intake.redaction.keepers import DATE, MONEY, UNIT, VERSION
from pipeline.intake.redaction.lexicon import ahead
from pipeline.intake.redaction.triggers import RUN, Places

_WORDS_BETWEEN = (
    r"号码|账号|帐号|账户|账|号|编码|id(?![a-z])|码|名称|名|@|是|为|叫|我的|我|你|他们|他|她|它|加|添加|添|联系|联糸|备注|同号|同步|同|即|就|也|的|了|"
    r"在此|如下|见|客服|官方|专属|全拼|拼音|这个|那个|填的|填写|写的|显示|给的|发来|给我|发我|收到|卡密|密码|微信|微|vx(?!_)|wx(?!id|_)|qq|扣扣|手机|电话|固话|支付宝|和|或|及|群|咨询|分别|尾|后台|公众号|搜|扫|请|购买|旧|新|原|本|用|有|其中"
)
_GAP = re.compile(
    rf"(?:[\s：:.·=＝（(【\[「『“”\"'‘’<《>→\-—_,，/、|~^@#№{ZERO}{PICTURE}]|{ahead(_WORDS_BETWEEN)}(?:{_WORDS_BETWEEN})){{0,8}}"
)
_LINK = re.compile(r"[@：:=＝“”\"'「『（(【\[《→]|是|为|叫|号|码|加|填")
_NUMBER = re.compile(
    rf"[0-9]{{5,}}+(?![a-z_])|[0-9]{{1,5}}({JOINT}{{1,3}})[0-9]{{1,5}}(?:\1[0-9]{{1,5}})*+(?![0-9a-z])|[0-9](?:{JOINT}{{0,3}}[0-9]){{4,}}(?![0-9a-z])"
)
_TEL = re.compile(rf"(?:{_NUMBER.pattern})(?:\s?(?:-|转|分机)\s?[0-9]{{1,5}}(?![0-9]))?")
_HANDLE = re.compile(r"[0-9a-z](?:[ .·][0-9a-z_\-](?![0-9a-z_])){4,}|[0-9a-z][0-9a-z_\-]{2,}+")
_LOGIN = re.compile(r"[0-9a-z][0-9a-z_.@\-]{2,}+")
_SERIAL = re.compile(
    rf"[0-9a-z]{{4}}(?: [0-9a-z]{{4}}){{2,}}(?: ?[0-9a-z]{{1,4}})?(?![0-9a-z])|[0-9](?:[ {ZERO}{PICTURE}][0-9]){{7,}}+(?![0-9a-z])|[0-9a-z](?:[\-_/.#]{{0,2}}[0-9a-z])*+"
)
_KEY = re.compile(
    r"[0-9a-z]{4,6}(?:[ \-][0-9a-z]{4,6}){2,}(?:[ \-][0-9a-z]{1,3})?(?![0-9a-z])|[0-9]{1,6}(?:[ .·][0-9]{1,6}){2,}(?![0-9a-z])|(?=[a-z]{0,6}[0-9])[0-9a-z]{3,6}(?: (?=[a-z]{0,6}[0-9])[0-9a-z]{3,6}){1,6}(?![0-9a-z])|[0-9a-z!#$%&+./=?@^_~\-]{4,}+"
)
_VALUES = {
    "qq": _NUMBER,
    "wechat": _HANDLE,
    "alipay": _LOGIN,
    "bank": _NUMBER,
    "id": _NUMBER,
    "tel": _TEL,
    "card_key": _KEY,
    "account": _LOGIN,
    "order": _SERIAL,
}
_KINDS = {"bank": "bank_card", "id": "id_card", "tel": "landline", "order": "order_no"}
_COMMA = re.compile(r"\s?[，,]")
_CLAUSE = re.compile("[，,。、；;]")
_MORE = re.compile(r"[\s、,，/；;]{1,2}(?:和|或|及|与)?|和|或者|或|及|与")

_GROUP_REF = re.compile(r"g[0-9]{1,6}")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}[)）〕年]")


class _Found(NamedTuple):
    """A candidate value: its family of cues, the cue, what stands between, the value and what follows it."""

    family: str
    cue: str
    gap: str
    value: str
    folded: str
    end: int

    @property
    def linked(self) -> bool:
        return _LINK.search(self.gap) is not None or self.cue.endswith(("号", "码", "id", "名", "密"))

    def counted(self, money_only: bool = False) -> bool:
        """Whether the value is a quantity: a unit follows."""
        return (MONEY if money_only else UNIT).match(self.folded, self.end) is not None


def _digit_kind(found: _Found, digits: str) -> str | None:
    """The kind of an all-digit value, None when it is no identifier."""
    size = len(digits)
    if size == 4 and _YEAR.match(found.folded, found.end - 4):
        return None
    day = (size in {6, 8} and is_time(digits)) or DATE.fullmatch(found.value)
    if found.counted(money_only=size >= 9) or (day and not (found.linked and size >= 8 and found.value.isdigit())):
        return None
    if found.family == "order":
        if is_mobile(digits) and not re.search("单|流水|交易", found.cue):
            return "phone"
        strict = found.cue in {"订单", "工单", "运单", "流水"} and not found.linked
        return "order_no" if size >= (5 if strict else 4) else None
    if is_mobile(digits) and found.family not in {"card_key", "bank"}:
        return "phone"
    if is_id_card(digits):
        return "id_card"
    return _digits_by_family(found, digits)


def _digits_by_family(found: _Found, digits: str) -> str | None:
    size = len(digits)
    match found.family:
        case "qq":
            return "qq" if 5 <= size <= 12 else None
        case "tel":
            return "landline" if 7 <= size <= 14 and not HOTLINE.fullmatch(digits) else None
        case "id":
            return "id_card" if 7 <= size <= 18 else None
        case "bank":
            return "bank_card" if 9 <= size <= 25 and not HOTLINE.fullmatch(digits) else None
        case "card_key":
            if found.cue == "卡号" and size >= 12:
                return "bank_card"
            return "card_key" if size >= 4 else None
    if is_bank_card(digits):
        return "bank_card"
    return (
        found.family
        if size >= (4 if found.linked and found.family == "account" else 5) and not HOTLINE.fullmatch(digits)
        else None
    )


def _letters_kind(found: _Found) -> str | None:
    """The kind of a value of letters only: it needs a link and must be no everyday word."""
    value = found.value
    if (
        value in WORDS
        or found.family in {"order", "qq", "tel", "id", "bank"}
        or not found.linked
        or _CLAUSE.search(found.gap)
    ):
        return None
    return found.family if len(value) >= (6 if found.family == "wechat" else 4) else None


def _mixed_kind(found: _Found) -> str | None:
    value = found.value
    figures = sum(char.isdigit() for char in value)
    if (
        VERSION.fullmatch(value)
        or _GROUP_REF.fullmatch(value)
        or "xxx" in value
        or value in {"h5", "mp3", "mp4", "4g", "5g"}
    ):
        return None
    family = _KINDS.get(found.family, found.family)
    if found.family == "order":
        return family if figures >= 4 or (figures >= 2 and len(value) >= 6) else None
    if found.family in {"id", "bank"}:
        return family if figures >= 7 else None
    compact = digits_of(value)
    if is_id_card(compact):
        return "id_card"
    return family if len(compact) >= (4 if found.linked else 5) and _not_a_model(found) else None


def _not_a_model(found: _Found) -> bool:
    """`微信iphone15` and `账号vip3` name things, not people."""
    stem = found.value.rstrip("0123456789")
    return len(found.value) - len(stem) >= 5 or (found.linked and stem not in {"vip", "svip"}) or stem not in WORDS


def _masked(folded: str, start: int, end: int) -> bool:
    """A value the portal or the author has already masked."""
    around = folded[max(0, start - 1) : start] + folded[end : end + 1]
    return "*" in around and end - start < 9


def _kind(found: _Found) -> str | None:
    plain = digits_of(found.value)
    if plain.isdigit():
        return _digit_kind(found, plain)
    return _letters_kind(found) if found.value.isalpha() else _mixed_kind(found)


def _value_at(folded: str, family: str, start: int) -> tuple[str, int] | None:
    """The value that begins at `start` and its end; closing punctuation is not part of it."""
    pattern = _VALUES[family]
    match = pattern.match(folded, start) or (_HANDLE.match(folded, start) if family == "id" else None)
    if match is None:
        return None
    value = match.group().rstrip(".-_/?!@,~#" if family != "card_key" else ".,?~")
    return value, start + len(value)


def _values(folded: str, family: str, cue: str, start: int) -> Iterator[Hit]:
    """The hits of one cue: its value, and further ones joined by 、 or 和."""
    gap = _GAP.match(folded, start)
    place = gap.end() if gap else start
    between = gap.group() if gap else ""
    first = 0
    while value := _value_at(folded, family, place):
        text, end = value
        if first and len(text) * 2 < first and _COMMA.match(folded, place - 1):
            return
        first = first or len(text)
        end = before_amount(folded, place, end)
        text = folded[place:end]
        kind = _kind(_Found(family, cue, between, text, folded, end))
        if kind is None or _masked(folded, place, end):
            return
        yield place, end, kind
        more = _MORE.match(folded, end)
        if more is None:
            return
        place = more.end()


def cued(folded: str, places: Places) -> list[Hit]:
    """Every value a cue announces."""
    hits: list[Hit] = []
    done = 0
    for place in places.of(CUE_STARTS):
        begun = place >= done and CUE_BEGINS.match(folded, place)
        cue = CUES_BY_FIRST[folded[place]].match(folded, place) if begun else None
        if cue is None or cue.lastgroup is None:
            continue
        done = cue.end()
        for hit in _values(folded, cue.lastgroup, cue.group(), cue.end()):
            hits.append(hit)
            done = hit[1]
    return hits


_OWNED = r"\s?(?:(?:是|为|这是)?(?:我|他|她|客服|你们|商家|本人|对方|店家|卖家)(?:的|们的)?|(?:这个|那个|这一个|的|是)|[（(【])"
_TRAILING = re.compile(
    rf"[0-9a-z](?<![0-9a-z_\-].)[0-9a-z_\-]{{4,31}}+(?={_OWNED}\s?(?:(?P<qq>qq号?|扣扣)|(?P<wechat>微信号?|vx|wx)|(?P<alipay>支付宝)|(?P<card_key>卡密|激活码|兑换码|验证码|密码)|(?P<account>账号|帐号|用户名)|(?P<order_no>订单|单号|工单|单子))(?!币|会员|钱包|支付))"
)


def trailing(folded: str, places: Places) -> list[Hit]:
    """Values named afterwards: `12345678是我的QQ`."""
    hits: list[Hit] = []
    for match in places.matches(_TRAILING, folded, RUN):
        value = match.group()
        figures = sum(char.isdigit() for char in value)
        day = is_time(value) or value in WORDS or DATE.fullmatch(value) is not None
        if match.lastgroup and figures >= (6 if match.lastgroup == "order_no" else 3) and not day:
            hits.append((*match.span(), "phone" if is_mobile(value) else match.lastgroup))
    return hits
