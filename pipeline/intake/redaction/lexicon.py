"""What redaction knows about Chinese names: the lists of `data/reference/redact.yml`, and where a full name ends."""

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from pipeline.needs import beginnings
from pipeline.paths import PROJECT
from pipeline.yaml_files import load_yaml


class Lexicon(NamedTuple):
    """The reviewed lists, in the shape matching needs. `shy` family names are everyday words too; `families` are all of one character."""

    surnames: frozenset[str]
    shy: frozenset[str]
    families: frozenset[str]
    frequent: frozenset[str]
    compound: tuple[str, ...]
    given: frozenset[str]
    not_names: frozenset[str]
    names_too: frozenset[str]
    adverbs: frozenset[str]
    famous: frozenset[str]
    follow: frozenset[str]
    places: tuple[str, ...]
    words: dict[str, tuple[str, ...]]


@cache
def lexicon() -> Lexicon:
    """The lists, read once."""
    raw = load_yaml((PROJECT / "data" / "reference" / "redact.yml").read_text(encoding="utf-8"))
    words = {name: tuple(str(text).split()) for name, text in raw.items()}
    surnames, shy, frequent, given = (
        frozenset("".join(words[name])) for name in ("surnames", "shy_surnames", "frequent_surnames", "given")
    )
    return Lexicon(
        surnames=surnames,
        shy=shy,
        families=surnames | shy,
        frequent=frequent,
        compound=words["compound_surnames"],
        given=given,
        not_names=frozenset(words["not_names"]),
        names_too=frozenset(words["names_too"]),
        adverbs=frozenset(words["adverbs"]),
        famous=frozenset(words["famous"]),
        follow=frozenset(words["follow"]),
        places=words["provinces"] + words["cities"],
        words=words,
    )


def any_of(characters: Iterable[str]) -> str:
    """A regex class of the characters, always in the same order."""
    return "[" + "".join(sorted(characters)) + "]"


def grouped(words: Iterable[str], then: str = "") -> str:
    """One alternation of the words, longest first, each followed by `then`; grouped by first character, so few branches are tried."""
    tails: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        tails.setdefault(word[0], []).append(word[1:])
    return "(?:" + "|".join(f"{first}(?:{'|'.join(rest)}){then}" for first, rest in tails.items()) + ")"


def ahead(pattern: str) -> str:
    """A look at the next character: whether one of the pattern's alternatives begins with it at all."""
    return f"(?={any_of(map(re.escape, beginnings(pattern, 1)))})"


HAN = re.compile(r"[一-龥]")
FAMILY = f"(?:{'|'.join(lexicon().compound)}|{any_of(lexicon().families)})"

_GIVEN = re.compile(r"[一-龥]{1,2}")
_STOP_CHARS = frozenset(
    "在于因由向对的与跟从被说称让给把告去没不也又就将有我你他她是要通联申使用已曾到多发收加转拒骗态和及但却还以来表回承投购充买为这那很太都挺竟只才更叫做骂"
)
_SERVING = ("为您服务", "为你服务")
_PARTICLES = frozenset("过了着的地得到完好下起来去上中后前时")
_UNUSUAL = re.compile(r"[^\W0-9a-z_在于因由向对的与跟从被说称让给把告去没不也又就将有我你他她是要了吗呢吧和]{1,2}")


_FUNCTION = frozenset("向方商年国费于原全单满连任从应时车包管路计关保解干权成常官原程支游")
"""Family names that far more often begin another word."""


def family_at(folded: str, start: int) -> str:
    """The family name that begins here, empty when none does."""
    if folded[start : start + 2] in lexicon().compound:
        return folded[start : start + 2]
    one = folded[start : start + 1]
    return one if one in lexicon().families else ""


def ends(folded: str, place: int) -> bool:
    """Whether a name may end here: no Chinese character follows, or one that begins another word."""
    rest = folded[place : place + 2]
    return not rest or not HAN.match(rest) or rest[0] in _STOP_CHARS or rest in lexicon().follow


def _clear_end(folded: str, place: int) -> bool:
    """The text breaks off here, or goes on with one of a few words that only follow a noun."""
    rest = folded[place : place + 2]
    return not rest or not HAN.match(rest) or rest[0] in "在说于的更直竟" or folded[place : place + 4] in _SERVING


def _follows(folded: str, place: int) -> bool:
    return _clear_end(folded, place) or folded[place : place + 2] in lexicon().follow


def _unusual_end(folded: str, start: int, first: int, announced: bool) -> int:
    """The end of a family name with unusual characters after it: only where the text clearly breaks off.

    A rare family name needs a cue that announces a person (我叫, 本人, 客服) and two characters after it.
    """
    is_frequent = folded[start] in lexicon().frequent
    everyday = folded[start] in lexicon().shy
    if not (is_frequent or (announced and folded[start] not in _FUNCTION)) or folded[first] in _STOP_CHARS:
        return start
    three = (
        first + 2 <= len(folded)
        and _UNUSUAL.fullmatch(folded, first, first + 2)
        and (_clear_end if everyday else _follows)(folded, first + 2)
    )
    if three and not {folded[first : first + 2], folded[first + 1 : first + 3]} & lexicon().follow:
        return first + 2
    if not is_frequent:
        return start
    return first + 1 if _UNUSUAL.fullmatch(folded, first, first + 1) and _clear_end(folded, first + 1) else start


def _everyday_end(folded: str, start: int, place: int, trusted: bool) -> int:
    """`白雪梅`, where 白雪 is a word: a name only after a strong cue and before a clear end."""
    return place if trusted and _follows(folded, place) else start


def name_at(folded: str, start: int, sure: bool = False, own: bool = False, announced: bool = False) -> int:
    """Where the full name that begins here ends; `start` when none does.

    `sure`: the field of a form announces it; `own`: the writer does; `announced`: a word for a person stands before it.
    """
    family = family_at(folded, start)
    end = _known_end(folded, start, family, sure, own, announced) if family else start
    if end > start or not (own or announced):
        return end
    if folded[start : start + 2] in lexicon().not_names or folded[start : start + 2] in lexicon().adverbs:
        return start
    return _unusual_end(folded, start, start + len(family), announced) if family else start


def _known_end(folded: str, start: int, family: str, sure: bool, own: bool, announced: bool) -> int:
    """The end of a family name with characters people give."""
    lex = lexicon()
    first = start + len(family)
    found = _GIVEN.match(folded, first)
    if found is None or folded[start : start + 2] in lex.adverbs:
        return start
    given = found.group()
    everyday = len(family) == 1 and family + given[0] in lex.not_names
    if given[0] not in lex.given or (given[1:] and given[1:] not in lex.given and not ends(folded, first + 1)):
        named = own or (announced and not HAN.match(folded, first + 2))
        spoken = everyday and (not named or folded[first + 1 : first + 2] in _PARTICLES)
        return start if spoken else _unusual_end(folded, start, first, announced)
    shy = family in lex.shy
    if given in lex.follow or (shy and given in "大小一二三"):
        return start
    full = len(given) == 2 and given[1] in lex.given and folded[first + 1 : first + 3] not in lex.follow
    if full and (ends(folded, first + 2) or not (everyday or shy)):
        if everyday:
            called = announced and (
                folded[start : start + 2] in lex.names_too or HAN.match(folded, first + 2) is not None
            )
            return _everyday_end(folded, start, first + 2, sure or own or called)
        return first + 2 if sure or not shy or _follows(folded, first + 2) else start
    if everyday or (shy and not (sure or _follows(folded, first + 1))):
        return start
    return first + 1 if ends(folded, first + 1) or not shy else start


_BREAKS = re.compile(
    r"[\s，。；！？,.;!?、）)】\]」”\"'|/（(：:0-9a-z\ue000-\ue0ff]|$|等(?=[0-9一二三四五六七八九十多几人])"
)
_LOOSE = re.compile(r"[一-龥]{1,2}")
_FIELDS = frozenset("式息话机账卡号址份名件额款费单证率限权期间时日年月天录处部局院司店站台网品务员户商全等")


def _said(folded: str, end: int, field: bool) -> bool:
    """Whether a name may end here though no list knows it."""
    return _BREAKS.match(folded, end) is not None or _speaks(folded, end) or (field and folded[end] in "的在于")


def _believed(folded: str, start: int, end: int, family: str, linked: bool | None) -> bool:
    """Whether an unusual name is one; `linked` is None when no form's cue announces it."""
    lex = lexicon()
    word, given = folded[start : start + 2], folded[start + len(family) : end]
    field = linked is not None
    if word in lex.adverbs or given in lex.follow:
        return False
    if word in lex.not_names:
        whole = linked is True and len(given) == 2 and lex.given.issuperset(given)
        return whole or (word in lex.names_too and (field or _speaks(folded, end)))
    odd = given[-1] in _STOP_CHARS or (given[0] in _STOP_CHARS and given[-1] not in lex.given)
    if family not in lex.shy:
        return linked is True or (not odd and (field or given[-1] not in _FIELDS))
    known = lex.given.intersection(given)
    if field:
        return bool(linked or (given[-1] not in _FIELDS and not odd and (known or len(given) == 2)))
    return bool(known) and len(given) == 2 and not odd and _speaks(folded, end)


def loose_name_at(folded: str, start: int, linked: bool | None = None) -> int:
    """The end of a name no list of given names knows, before a clear break; `start` when there is none.

    `linked`: a form's cue announces it, with (True) or without (False) a colon or 是; None after other cues.
    """
    family = family_at(folded, start)
    first = start + len(family)
    found = _LOOSE.match(folded, first) if family else None
    if found is None:
        return start
    if folded[start : start + 3] in lexicon().famous:
        return start + 3
    for end in range(found.end(), first, -1):
        if _said(folded, end, linked is not None):
            return end if _believed(folded, start, end, family, linked) else start
    return start


def _speaks(folded: str, place: int) -> bool:
    """Whether the words that follow are what a person does."""
    return folded[place : place + 1] in ("说", "称") or folded[place : place + 2] in lexicon().follow
