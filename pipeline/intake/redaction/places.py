"""Street addresses: from the town down to the room; a bare town or district stays."""

import re
from itertools import chain

from pipeline.intake.redaction.fold import ZERO, Hit
from pipeline.intake.redaction.lexicon import grouped, lexicon
from pipeline.intake.redaction.triggers import DIGITS, HAN, LETTERS, STARTS, Places, spans

_N = r"(?:[甲乙丙丁附]?[0-9]{1,5}[a-z]?|[一二三四五六七八九十百千零〇]{1,6}|[a-z][0-9]{0,4}|[甲乙丙丁])(?:[\-—][0-9]{1,5}[a-z]?){0,3}"
_UNIT = r"(?:[号栋幢]楼|号院|号铺|号|弄|栋|幢|座|单元|室|楼|层|组|队|户|铺|房)"
_ROAD = r"(?:[一-龥](?<![套网思线铁出走上道后一马半])路|[街巷弄村屯庄寨]|大道|胡同|花园|公寓|大厦|广场|家园|小区|社区|新村|宿舍楼?|校区|园区|产业园|工业[区园]|科技园|开发区|写字楼|大楼|市场|[苑府邸湾园]|[东西南北中a-z0-9一二三四五六七八九][区期])"
_DETAIL = rf"\s?[东西南北中]?{_N}\s?{_UNIT}"
_TAIL = rf"(?:[\s,，{ZERO}]?[一-龥a-z]{{0,10}}?\s?{_N}\s?{_UNIT}(?!通知|人|次|到账|客服)|[\s]?[一-龥]{{2,8}}?(?:花园|公寓|大厦|广场|家园|小区|社区|苑)|\s?[0-9]{{1,2}}[\-—][0-9]{{1,4}}(?:[\-—][0-9]{{1,4}})?(?![0-9])|\s?[0-9]{{3,4}}(?![0-9年元块万%次])|\s?[一二三四五六七八九零〇]{{3,4}}(?![一二三四五六七八九零〇十百千万年月元块个次点])|[东西南北]门(?![一-龥]{{0,2}}[店市])|地下室|[0-9]{{1,2}}门(?!课)|顶楼|底商|门面)"
_COURT = r"(?:家园|花园|小区|公寓|新村|社区|宿舍|[一-龥][苑府邸湾园庭居城]|[东西南北中a-z0-9一二三四五六七八九][区期])"
HINT_CHARACTERS = "[路街巷弄村屯庄寨道同园寓厦场区苑府邸湾楼栋幢座期舍庭居城]"
_HINT = re.compile(
    rf"{HINT_CHARACTERS}(?=\s?[东西南北中]?[0-9一二三四五六七八九十百千零〇a-z甲乙丙丁附])|[0-9](?=[栋幢]|号楼|号院)"
)
_HINTED = STARTS.on(
    HINT_CHARACTERS[1:-1], " \t\n东西南北中一二三四五六七八九十百千零〇甲乙丙丁附" + DIGITS + LETTERS
) | STARTS.on(DIGITS, "栋幢号")
_DIVISION = STARTS.on("区县市旗镇乡", HAN + " ")
_ANCHOR = re.compile(
    rf"{_ROAD}{_DETAIL}(?!到账|客服|线)|宿舍楼?\s?[0-9]{{3,4}}(?![0-9年元])|{_COURT}\s?[0-9]{{1,3}}[\-—][0-9]{{1,4}}(?:[\-—][0-9]{{1,5}})?(?![0-9\-])(?![日号天元])|(?:(?<=[一-龥])|(?<=[一-龥][a-z]区))[0-9]{{1,3}}(?:[栋幢]|号楼|号院)|(?:号楼|栋|幢|座|号院)[一-龥]{{0,4}}?\s?{_N}\s?(?:单元|室|层|楼|房|号|门)"
)
_MORE = re.compile(rf"(?:{_TAIL}){{0,5}}")
FINE_WORDS = "(?:路|街|大道|巷|弄|胡同|村|镇|乡|小区|花园|公寓|苑|街道|大厦|[0-9]号)"
_FINE = r"(?:(?<![套网思线铁出走])路(?:[东西南北中]?[一二三四五六七八九]?段)?|街道(?!办)|街(?!道)|大道|巷|弄|胡同|村|镇|乡|小区|花园|公寓|苑|大厦|[0-9]+号)"
_CHAIN = re.compile(
    rf"{grouped(lexicon().places)}[省市]?[一-龥\s]{{0,14}}?[区县市旗镇乡][^\W0-9a-z的在和与是被对约谈部局院所]{{1,8}}?{_FINE}(?![由途线])"
)
_CHAIN_HINT = re.compile(rf"[区县市旗镇乡](?=[一-龥\s]{{1,10}}?{_FINE})")
CUES = ["地址", "住址", "住处", "家住", "住在", "寄到", "寄往", "寄至", "户籍", "户籍地", "收货地", "所在地", "籍贯"]
_CUED_BY = STARTS.words(CUES)
_CUED = re.compile(
    rf"{grouped(CUES)}(?:[\s：:=（(“\"是为在填的{ZERO}]){{0,4}}(?P<place>[一-龥][一-龥0-9a-z\-—#号 ]{{4,60}})"
)
_PRECISE = re.compile(
    rf"[一-龥]{{2,}}(?:路(?:[东西南北中]?[一二三四五六七八九]段)?|街|巷|弄|胡同|村|镇|乡|小区|花园|公寓|苑|街道|大道|大厦|广场|学院|大学|宿舍|厂)|{_N}{_UNIT}"
)
_ADMIN = re.compile(r"[省市区县镇乡旗]|" + "|".join(lexicon().places[:34]))
_CUT = re.compile(
    r".*(?:地址|住址|家住|住在|寄到|寄往|寄至|寄给|送到|送至|发到|发往|居住|位于|搬到|在|到|至|是|为|我|去|往|了|给|店|的)",
    re.DOTALL,
)
_BACK = re.compile(r"[一-龥0-9a-z\-]+(?:\s[一-龥]{2,9}){0,1}$")
_PLACE = re.compile("|".join(sorted(lexicon().places, key=len, reverse=True)))
_SHORT = re.compile(r"[\s，。,.]*")


def _reach_back(folded: str, anchor: int, floor: int) -> int:
    """Where the address that contains `anchor` begins: at its town, else after the last word that is no part of it."""
    low = max(floor, anchor - 40)
    window = folded[low:anchor]
    run = re.search(r"[一-龥0-9a-z\-]+(?: [一-龥0-9a-z]+)*\Z", window)
    if run is None:
        return anchor
    text = run.group()
    town = _PLACE.search(text)
    if town:
        return low + run.start() + town.start()
    cut = _CUT.match(text)
    return low + run.start() + (cut.end() if cut else 0)


def _is_day(folded: str, start: int, end: int) -> bool:
    return re.search(r"月|[0-9]年", folded[start:end]) is not None


def _anchor_at(folded: str, place: int) -> re.Match[str] | None:
    """The road or building with its number whose last character stands at `place`."""
    return (
        next(
            (
                match
                for size in (0, 1, 2)
                if (match := _ANCHOR.match(folded, place - size)) and match.start() + size <= place < match.end()
            ),
            None,
        )
        if place >= 2
        else None
    )


def _detailed(folded: str, places: Places) -> list[Hit]:
    hits: list[Hit] = []
    floor = 0
    for hint in places.matches(_HINT, folded, _HINTED):
        match = _anchor_at(folded, hint.start())
        if match is None or match.start() < floor:
            continue
        start = _reach_back(folded, match.start(), floor)
        more = _MORE.match(folded, match.end())
        end = more.end() if more else match.end()
        if not _is_day(folded, match.start(), match.end()):
            hits.append((start, end, "address"))
            floor = end
    return hits


def _chains(folded: str, places: Places) -> list[Hit]:
    hits: list[Hit] = []
    divisions = [match.start() for match in places.matches(_CHAIN_HINT, folded, _DIVISION)]
    for match in chain.from_iterable(_CHAIN.finditer(folded, *span) for span in spans(divisions, 24, 24)):
        more = _MORE.match(folded, match.end())
        hits.append((match.start(), more.end() if more else match.end(), "address"))
    return hits


def _announced(folded: str, places: Places) -> list[Hit]:
    hits: list[Hit] = []
    for match in places.matches(_CUED, folded, _CUED_BY):
        place = match.group("place")
        precise = list(_PRECISE.finditer(place))
        if precise and _ADMIN.search(place):
            start = match.start("place")
            more = _MORE.match(folded, start + precise[-1].end())
            hits.append((start, more.end() if more else start + precise[-1].end(), "address"))
    return hits


PLACES = (_announced, _chains, _detailed)
"""The three ways to an address, in order: announced, by its town, by its house number."""
