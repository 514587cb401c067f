"""Names of people given away by what stands after or beside them: `王先生`, `姓李的客服`, a name next to a phone number."""

import re
from itertools import chain

import numpy as np

from pipeline.intake.redaction.fold import STOP, STOPS, Hit, coded
from pipeline.intake.redaction.lexicon import FAMILY, HAN, any_of, family_at, grouped, lexicon, name_at
from pipeline.intake.redaction.triggers import HAN as HAN_CHARACTERS
from pipeline.intake.redaction.triggers import LETTERS, STARTS, Places, spans

TITLES = lexicon().words["titles"]
NAME_CHARACTER = any_of(lexicon().families | lexicon().given)
_POLITE = frozenset(("先生", "女士", "小姐"))
_RESPECTED = frozenset(("老师", "律师", "警官", "法官"))
_BRANCHES = grouped(TITLES, f"(?<={NAME_CHARACTER}..)(?!事务|函|费|所|团)")[3:-1]
_TITLED = re.compile(f"{_BRANCHES}|总(?<={NAME_CHARACTER}.)(?![部是共之体计额数结监量局行店公会有裁经归算说账])")
_TITLES_AT = STARTS.words(TITLES) | STARTS.on("总", before=lexicon().families | lexicon().given)
_NAMED = STARTS.on("姓", HAN_CHARACTERS)
_OF = STARTS.on(lexicon().surnames, "姓")
_POLITE_AT = STARTS.on("先女小", "生士姐", before=LETTERS)
_LEFT = frozenset("的了是叫有由给向跟找与和到让被说个位名为系对请联问经加姓于打")
_WORD_ENDS = frozenset(lexicon().words["word_ends"])
_LATIN_WORDS = frozenset(lexicon().words["latin_words"])


def _free(folded: str, start: int) -> bool:
    """Whether what stands before lets a name begin here."""
    before = folded[max(0, start - 1) : start]
    return not HAN.match(before) or before in _LEFT


def _surname_alone(folded: str, start: int, title: str) -> bool:
    """Whether the one character before a title is a family name and not the end of another word."""
    lex = lexicon()
    family = folded[start]
    if family not in lex.families or folded[max(0, start - 1) : start + 1] in _WORD_ENDS or family in "方单向为管查费":
        return False
    if title in _POLITE or (title in _RESPECTED and family in lex.surnames):
        return True
    return _free(folded, start) and (family in lex.surnames or family in "马高金江石白万汤易温康文齐常程雷")


def _full_name(folded: str, start: int, end: int, title: str) -> bool:
    """Whether the characters from start to end are a family and a given name; before `客服` a platform's name is likelier."""
    lex = lexicon()
    family = family_at(folded, start)
    given = folded[start + len(family) : end]
    if not family or not 1 <= len(given) <= 2 or not lex.given.issuperset(given):
        return False
    if folded[start : start + 2] in lex.not_names:
        return folded[start:end] in lex.names_too and folded[start - 1 : start] in tuple("的个位叫找")
    known = family not in lex.shy
    sure = title in _POLITE or (title != "客服" and known and (len(given) == 2 or family in lex.frequent))
    return sure or (_free(folded, start) and (known or title != "客服"))


def _name_before(folded: str, end: int, title: str, floor: int) -> int:
    """Where the name that ends at a title begins; `end` when there is none."""
    for start in range(max(floor, end - 4), end - 1):
        if _full_name(folded, start, end, title):
            return start
    if end - 2 >= floor and folded[end - 2 : end] in lexicon().compound:
        return end - 2
    return end - 1 if end - 1 >= floor and _surname_alone(folded, end - 1, title) else end


def titled(folded: str, places: Places) -> list[Hit]:
    """Names before a title: `王先生`, `李晓红女士`; the title stays."""
    hits: list[Hit] = []
    floor = 0
    for match in places.matches(_TITLED, folded, _TITLES_AT):
        start = _name_before(folded, match.start(), match.group(), floor)
        if start < match.start():
            hits.append((start, match.start(), "name"))
        floor = match.end()
    return hits


_SURNAMED = re.compile(
    rf"姓(?<![百贵大同异复平].)(?:是)?(?P<name>{FAMILY})(?![名氏])(?=[^一-龥]|$|的|叫|工号|先生|女士|客服|经理)"
)
_OF_SURNAME = re.compile(
    f"{any_of(lexicon().surnames)}姓(?=男|女|客服|经理|工作|催收|先生|人员|老师|业务|专员|商家|店主)"
)


_SURNAME_AND_GIVEN = re.compile(
    rf"姓(?<![百大同异复平].)(?:是)?(?P<name>{FAMILY}[，,\s]?(?:名字?|叫|名字?叫)(?P<given>[一-龥]{{1,2}}))(?=[\s，。；！？,.;!?、）)]|$|[在的今于]|{STOP})"
)
_NOBODY = re.compile("[我你他她人来去等什么称字义]")


def surnamed(folded: str, places: Places) -> list[Hit]:
    """`姓王的客服`, `王姓客服`, `姓王名小明`; the longer of two that begin together first."""
    hits = [(*match.span("name"), "name") for match in places.matches(_SURNAMED, folded, _NAMED)]
    hits += [(match.start(), match.start() + 1, "name") for match in places.matches(_OF_SURNAME, folded, _OF)]
    hits += [
        (*match.span("name"), "name")
        for match in places.matches(_SURNAME_AND_GIVEN, folded, _NAMED)
        if not _NOBODY.search(match["given"])
    ]
    return sorted(hits, key=lambda hit: (hit[0], -hit[1]))


_LATIN_TITLED = re.compile(r"[a-z](?<![0-9a-z].)[a-z]{1,11}(?:[.\s·][a-z]{2,12})?(?=先生|女士|小姐)")


def latin(folded: str, places: Places) -> list[Hit]:
    """`Lin Wang先生`."""
    return [
        (*match.span(), "name")
        for match in places.around(_LATIN_TITLED, folded, _POLITE_AT, 28, 3)
        if match.group() not in _LATIN_WORDS
    ]


_NUMBERS = [STOPS[kind] for kind in ("phone", "id_card", "bank_card", "alipay", "email")]
_NUMBER = any_of(_NUMBERS)
_NAME = rf"{FAMILY}[一-龥]{{1,2}}"
_LABEL = r"(?:电话|手机号?|身份证号?|联系电话|卡号|银行卡号?)?"
_BESIDE = re.compile(
    rf"(?:(?<=[\s，。；！？,.;!?、（(：:/|给为是叫找{STOP[1:-1]}]))(?P<before>{_NAME})(?=[\s，,：:、（(/\-]{{0,3}}{_LABEL}[：:\s]{{0,2}}{_NUMBER})"
    rf"|{_NUMBER}[\s，,：:、/\-（(]{{1,2}}(?:[一-龥]{{1,4}}行\s?)?(?P<after>{_NAME})(?=[\s，。；！？,.;!?、）)]|{STOP})"
)


def beside_numbers(folded: str, places: Places) -> list[Hit]:
    """A bare name next to a phone, ID or card number already found."""
    hits: list[Hit] = []
    codes = coded(folded)
    numbers = np.flatnonzero(np.logical_or.reduce([codes == ord(stop) for stop in _NUMBERS]))
    for match in chain.from_iterable(_BESIDE.finditer(folded, *span) for span in spans(numbers, 24, 24)):
        start, end = match.span(match.lastgroup or 0)
        if folded[start : start + 2] not in lexicon().not_names and name_at(folded, start, sure=True) == end:
            hits.append((start, end, "name"))
    return hits
