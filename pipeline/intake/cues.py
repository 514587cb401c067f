"""The small language of data/reference/issues.yml: cues people can read, compiled once, gated so that few of them run.

`<list>` stands for any word of a named list, `(a|b)` for either, `~` for at most 8 characters within a clause,
`~~` for at most 16 characters that may pass one comma. Everything else is a Python regular expression.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from operator import add

from opencc import OpenCC

from pipeline.letters import Flags, Respelling, holding, listed

NEAR, FAR = "[^，。]{0,8}?", "[^，。]{0,12}?，?[^，。]{0,12}?"
_T2S = OpenCC("t2s")
_LONGEST = 20_000
"""Characters of a text that are read; longer texts repeat themselves."""
_PLAIN = re.compile(r"[\u3400-\u9fffa-z]+")
_GAP = re.compile(r"(?<![!-~])[ \t\u3000]+(?![!-~])")
_PUNCTUATION = {
    **dict.fromkeys(map(ord, ",、；;：:()（）~～—"), "，"),
    **dict.fromkeys(map(ord, "！？!?…\n\r/"), "。"),
    **dict.fromkeys(map(ord, "“”\"'‘’「」『』【】[]《》<>* \t\u3000\u200b\ufeff"), None),
    **{ord("０") + digit: str(digit) for digit in range(10)},
    **{ord("Ａ") + place: chr(ord("a") + place) for place in range(26)},
    **{ord("ａ") + place: chr(ord("a") + place) for place in range(26)},
    ord("．"): ".",
    ord("￥"): "¥",
    ord("帐"): "账",
}


@cache
def _traditional() -> frozenset[str]:
    return frozenset(char for char in map(chr, range(0x3400, 0x9FFF)) if _T2S.convert(char) != char)


def simplified(text: str) -> str:
    """The text in simplified characters; texts that have no other are returned as they are."""
    return text if _traditional().isdisjoint(text) else _T2S.convert(text)


def clean(*texts: str | None) -> str:
    """Texts joined: simplified, lower case, half-width, no blanks or quotation marks, only ， and 。 as punctuation."""
    whole = simplified("\n".join(text for text in texts if text)[:_LONGEST])
    return _GAP.sub("，", whole).lower().translate(_PUNCTUATION)


def clean_all(titles: Sequence[str | None], bodies: Sequence[str | None]) -> list[str]:
    """`clean` of each title with its body."""
    whole = ["\n".join(text for text in pair if text)[:_LONGEST] for pair in zip(titles, bodies, strict=True)]
    simplify_all(whole)
    for place in holding(whole, _blanks())[0]:
        whole[place] = _GAP.sub("，", whole[place])
    return _respelling().all(whole)


def simplify_all(texts: list[str]) -> None:
    """Put in the place of each text what `simplified` makes of it."""
    for place in holding(texts, _traditional_flags())[0]:
        texts[place] = _T2S.convert(texts[place])


@cache
def _traditional_flags() -> Flags:
    return listed(_traditional())


@cache
def _blanks() -> Flags:
    return listed(" \t\u3000")


@cache
def _respelling() -> Respelling:
    return Respelling(_PUNCTUATION)


def grams(text: str) -> set[str]:
    """Every character and every pair of neighbours."""
    found = set(map(add, text, text[1:]))
    found.update(text)
    return found


class Lists:
    """Named word lists, and cues written with them."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = {name: "|".join(listed.split()) for name, listed in words.items()}

    def expand(self, cue: str) -> str:
        """The cue as a regular expression. KeyError when it names a list that is not there."""
        named = re.sub(r"<(?![=!])([^<>]+)>", lambda match: f"({self._words[match[1]]})", cue)
        spaced = named.replace("~?", "~").replace("~~", FAR).replace("~", NEAR)
        return re.sub(r"\((?!\?)", "(?:", spaced)

    def either(self, cues: Sequence[str]) -> re.Pattern[str] | None:
        """One pattern for all of them."""
        return re.compile("|".join(map(self.expand, cues))) if cues else None

    def branches(self, cue: str) -> list[str]:
        """The cue's top-level alternatives, which are looked for one by one."""
        return list(_branches(cue))

    def needs(self, branch: str) -> tuple[frozenset[str], ...]:
        """Sets of characters or pairs: a text the branch matches has one of each set. The most selective first."""
        named = re.sub(r"<(?![=!])([^<>]+)>", lambda match: f"({self._words[match[1]]})", branch)
        return tuple(
            sorted({keys for part in _parts(named) if (keys := _keys(part))}, key=lambda k: (-_worth(k), *sorted(k)))
        )


def _worth(keys: frozenset[str]) -> float:
    """Pairs select better than single characters, few better than many."""
    return -sum(1 if len(key) > 1 else 12 for key in keys)


def _parts(cue: str) -> Iterator[str]:
    """Top-level pieces of a cue that must be in the text: groups that are not optional, and plain words between."""
    depth = start = 0
    for place, char in enumerate(cue):
        if char == "(":
            if depth == 0:
                yield from _words(cue[start:place])
                start = place + 1
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                if cue[place + 1 : place + 2] not in {"?", "*", "{"} and not cue.startswith("?", start):
                    yield cue[start:place]
                start = place + 1
    yield from _words(cue[start:])


def _words(piece: str) -> Iterator[str]:
    needed = re.sub(r"\\.|\[[^\]]*\]|.[?*]|.?\{[^}]*\}", " ", piece)
    yield from _PLAIN.findall(needed)


def _branches(part: str) -> Iterator[str]:
    depth = start = 0
    for place, char in enumerate(part):
        depth += (char == "(") - (char == ")")
        if char == "|" and depth == 0:
            yield part[start:place]
            start = place + 1
    yield part[start:]


def _keys(part: str) -> frozenset[str]:
    """One key per branch: the first two characters of a word it needs."""
    found = [_key(branch) for branch in _branches(part)]
    return frozenset(key for key in found if key) if all(found) else frozenset()


def _key(branch: str) -> str:
    needed = [piece[:2] for piece in _parts(branch) if _PLAIN.fullmatch(piece)]
    return max(needed, key=len, default="")
