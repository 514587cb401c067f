"""Fold a text for matching: one character in, one character out, so that places in the folded text are places in the original.

Full-width, circled and mathematical digits and letters become ASCII, letters lower case, 繁體 cue characters simplified,
dashes `-`, blanks a space, invisible characters ZERO, pictures PICTURE, and marks already set a run of their kind's own character.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TypeAlias

import numpy as np
import opencc
from numpy.typing import NDArray

MARKS: dict[str, str] = {
    "phone": "〔手机号〕",
    "landline": "〔固定电话〕",
    "id_card": "〔身份证号〕",
    "bank_card": "〔银行卡号〕",
    "email": "〔邮箱〕",
    "qq": "〔QQ号〕",
    "wechat": "〔微信号〕",
    "alipay": "〔支付宝账号〕",
    "account": "〔账号〕",
    "order_no": "〔订单号〕",
    "card_key": "〔卡密〕",
    "plate": "〔车牌号〕",
    "address": "〔地址〕",
    "name": "〔姓名〕",
    "ip": "〔IP地址〕",
    "url": "〔链接〕",
    "other": "〔号码〕",
}

Hit: TypeAlias = tuple[int, int, str]
"""(start, end, kind) of something to remove."""

ZERO = "\u200b"
PICTURE = "\u263a"
KEPT = "kept"
"""The kind of a hit that is no removal: a public number, covered so that no later stage takes it for a private one."""
STOPS = {kind: chr(0xE000 + place) for place, kind in enumerate((*MARKS, KEPT))}
"""The character that stands for a removed thing of each kind in a folded text; no pattern runs across it."""
EDGE = chr(0xE000 + len(STOPS))
"""The character between texts that are read together; to a pattern it is the end of the text."""
APART = 64
"""So many edges stand between two texts that no pattern reaches from one into the next."""
STOP = f"[\ue000-{EDGE}]"
JOINT = rf"[ \t{ZERO}{PICTURE}\-_.·~/\\|+]"
"""What people put between the digits of one number."""

_KIND_OF_MARK = {mark.lower(): kind for kind, mark in MARKS.items()}
_MARK = re.compile("|".join(map(str.lower, MARKS.values())))
_LEFT_ALONE = "乾徵瞭藉麽夥甯"
"""Characters that are also written in simplified text."""


def _traditional() -> dict[int, str]:
    """Simplified characters for the traditional ones, one for one."""
    han = "".join(map(chr, range(0x4E00, 0x9FA6)))
    simple = opencc.OpenCC("t2s").convert("\n".join(han)).split("\n")
    return {
        ord(old): new
        for old, new in zip(han, simple, strict=True)
        if old != new and len(new) == 1 and old not in _LEFT_ALONE
    }


_PICTURES = ((0x2600, 0x27BF), (0x2B00, 0x2BFF), (0x1F000, 0x1FAFF))
_INVISIBLE = (
    (0x00AD, 0x00AD),
    (0x180E, 0x180E),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x20D0, 0x20F0),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
)
_DIGITS_AND_LETTERS = (
    (0x00B2, 0x00B9),
    (0x0660, 0x0669),
    (0x06F0, 0x06F9),
    (0x2070, 0x2089),
    (0x2460, 0x24FF),
    (0x2776, 0x2793),
    (0xFF10, 0xFF5A),
    (0x1D400, 0x1D7FF),
    (0x1F100, 0x1F189),
)
_SINGLES = {
    0x2164: "v",
    0x2174: "v",
    0x2169: "x",
    0x2179: "x",
    0x2795: "+",
    0x2796: "-",
    0xFF20: "@",
    0xFF0B: "+",
    0xFF0D: "-",
    0xFF0E: ".",
    0xFF0F: "/",
    0xFF3F: "_",
    0xFF1D: "=",
    0xFE6B: "@",
    0xFF61: "。",
    0x1F427: "扣",
}


def _plain(code: int) -> str | None:
    """The ASCII digit or lower-case letter a fancy character stands for."""
    char = chr(code)
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    compat = unicodedata.normalize("NFKC", char).strip("()").lower()
    return compat if len(compat) == 1 and compat.isascii() and compat.isalnum() else None


def _codes(ranges: Iterable[tuple[int, int]]) -> Iterable[int]:
    return (code for low, high in ranges for code in range(low, high + 1))


def _table() -> dict[int, str]:
    table = dict.fromkeys(_codes(_PICTURES), PICTURE)
    table |= {code: plain for code in _codes(_DIGITS_AND_LETTERS) if (plain := _plain(code))}
    table |= dict.fromkeys(_codes(_INVISIBLE), ZERO)
    table |= dict.fromkeys((*range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63), "-")
    table |= dict.fromkeys(
        (0x0B, *range(0x1C, 0x20), 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x3000, *range(0x2000, 0x200B), 0x202F, 0x205F),
        " ",
    )
    table |= dict.fromkeys((0x2022, 0x2027, 0x2219, 0x30FB, 0xFF65), "·")
    table |= _traditional()
    table |= dict.fromkeys(range(0xE000, 0xE100), "\ufffd")
    return table | _SINGLES


_CASED = ((0x41, 0x2FFF), (0xA640, 0xABFF), (0xFF21, 0xFFFF), (0x10400, 0x118DF), (0x16E40, 0x1E943))
_SEPARATOR = 0x10FFFF


def _folding() -> NDArray[np.uint32]:
    """For every code the code it is folded to."""
    codes = np.arange(0x110000, dtype=np.uint32)
    for code in _codes(_CASED):
        if len(low := chr(code).lower()) == 1:
            codes[code] = ord(low)
    for code, plain in _table().items():
        codes[code] = ord(plain.lower())
    codes[_SEPARATOR] = ord(EDGE)
    return codes


_FOLDING = _folding()


def coded(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def decoded(codes: NDArray[np.uint32]) -> str:
    return codes.tobytes().decode("utf-32-le", "surrogatepass")


NUMERALS = "零〇○一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖洞拐勾"
_VALUES = "00012345678912123456789079"
_DIGIT_OF = dict(zip(NUMERALS, _VALUES, strict=True))
_SPELT = re.compile(
    rf"[1一幺壹](?<![0-9{NUMERALS}第].)[0-9{NUMERALS}]{{2}}([、，,])[0-9{NUMERALS}]{{4}}\1[0-9{NUMERALS}]{{4}}(?![0-9{NUMERALS}十百千万亿])"
    rf"|[0-9{NUMERALS}](?<![0-9{NUMERALS}第].)(?:{JOINT}{{0,4}}[0-9{NUMERALS}]){{4,}}+(?![十百千万亿])"
)
_TWO = re.compile(f"[{NUMERALS}]{{2}}")
_COUNTED = re.compile("[个次天年月日号条笔遍回张秒分小点位名人家块元件届季]")


def _spelt(match: re.Match[str]) -> str:
    """Chinese numerals as digits, where they can only be a number read out figure by figure."""
    run = match.group()
    figures = [char for char in run if char in _DIGIT_OF or char.isdecimal()]
    chinese = sum(char in _DIGIT_OF for char in figures)
    digits = "".join(_DIGIT_OF.get(char, char) for char in figures)
    mobile = len(digits) == 11 and digits[0] == "1" and digits[1] in "3456789"
    together = len(run) == len(digits) >= 6 and _TWO.search(run) and not _COUNTED.match(match.string, match.end())
    half = len(digits) >= 7 and chinese * 2 >= len(digits)
    if not (chinese and (mobile or chinese >= 5 or (chinese >= 2 and (together or half)))):
        return run
    return "".join(_DIGIT_OF.get(char, char) for char in run)


def fold(texts: Sequence[str]) -> tuple[str, NDArray[np.uint32]]:
    """The texts folded, and that as codes, with edges around each: the first begins after `APART` of them."""
    edges = chr(_SEPARATOR) * APART
    codes = _FOLDING[coded(edges.join(("", *texts, "")))]
    folded = decoded(codes)
    if "〔" not in folded:
        return folded, codes
    folded = _MARK.sub(lambda mark: STOPS[_KIND_OF_MARK[mark.group()]] * len(mark.group()), folded)
    return folded, coded(folded)


def spell(folded: str, spans: Iterable[tuple[int, int]]) -> str:
    """The folded text with numbers in Chinese numerals as digits, looked for in the spans."""
    pieces: list[str] = []
    done = 0
    for match in chain.from_iterable(_SPELT.finditer(folded, *span) for span in spans):
        pieces += (folded[done : match.start()], _spelt(match))
        done = match.end()
    return "".join((*pieces, folded[done:])) if pieces else folded


def blank(folded: str, hits: Sequence[Hit]) -> str:
    """The folded text with what was found covered by the stops of its kind. Hits are sorted and apart."""
    pieces: list[str] = []
    done = 0
    for start, end, kind in hits:
        pieces += (folded[done:start], STOPS[kind] * (end - start))
        done = end
    return "".join((*pieces, folded[done:]))
