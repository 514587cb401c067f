"""Spelling taken apart (`1 3 8 0 0`, `微 信`, `k·a·m·i·8·8`, `138空格0013`) put together again, with the way back to the original places."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from stdnum import luhn

from pipeline.intake.redaction.fold import PICTURE, ZERO, Hit, fold, spell
from pipeline.intake.redaction.lexicon import any_of, lexicon

_JOINT = rf"[ \t{PICTURE}\-.·~/\\|+—*#]{{1,3}}"
_HAN = "[一-龥]"
_FAMILY = any_of(lexicon().surnames)
_SINGLES = re.compile(rf"(?<![0-9a-z_])[0-9a-z_]({_JOINT})[0-9a-z_\-](?:\1[0-9a-z_\-]){{3,}}+(?![0-9a-z_])")
_LETTERS = re.compile(rf"(?<!{_HAN}){_HAN}(?: {{1,2}}{_HAN})+(?!{_HAN})")
_BLANKS = re.compile(
    rf"(?<={_HAN}) (?={_HAN} {_HAN})|(?<={_HAN} {_HAN}) (?={_HAN})|(?<=[^一-龥0-9a-z]{_HAN}) (?={_HAN})|(?<=[为是叫]{_HAN}) (?={_HAN})|(?<={_HAN}{_FAMILY}) (?={_HAN}(?!{_HAN}))"
)
_SAID = re.compile("(?<=[0-9])(?:空格|横杠|短横|短杠|减号|杠|中划线)(?=[0-9])")
_BROKEN = re.compile(r"(?<![0-9])[0-9]{1,18}\r?\n[0-9]{1,18}x?(?![0-9])")
_HINT = re.compile(
    rf"{ZERO}|(?<![0-9a-z_])[0-9a-z_]{_JOINT}[0-9a-z_](?![0-9a-z_])|(?<=[0-9])(?:空格|横|短|减|杠|中划)|(?<=[0-9])\r?\n[0-9]|(?<={_HAN}) {_HAN}(?!{_HAN})|(?:[^一-龥0-9a-z]|[为是叫]){_HAN} {_HAN}|{_FAMILY} {_HAN}(?!{_HAN})"
)


def _one_number(broken: str) -> bool:
    """Whether digits on two lines make one mobile number, identity number or payment card."""
    joined = "".join(filter(str.isalnum, broken))
    size = len(joined)
    return (
        (size == 11 and re.match("1[3-9]", joined) is not None)
        or (size == 18 and re.match("[1-8][0-9]{5}(?:19|20)", joined) is not None)
        or (16 <= size <= 19 and joined.isdigit() and luhn.is_valid(joined))
    )


def _between(match: re.Match[str]) -> Iterator[int]:
    """Where in the match stand the characters that are no part of the spelling."""
    return (
        place for place in range(*match.span()) if not (match.string[place].isalnum() or match.string[place] in "_-")
    )


def _dropped(folded: str) -> set[int]:
    """The places of characters that only keep others apart."""
    gone = {match.start() for match in re.finditer(ZERO, folded)}
    apart = chain(_SINGLES.finditer(folded), _LETTERS.finditer(folded), _BLANKS.finditer(folded))
    broken = (match for match in _BROKEN.finditer(folded) if _one_number(match.group()))
    gone.update(chain.from_iterable(map(_between, chain(apart, broken))))
    gone.update(chain.from_iterable(range(*match.span()) for match in _SAID.finditer(folded)))
    return gone


class Reading:
    """A text as redaction reads it: folded, put together, numerals as digits; `places` leads back, None when nothing was left out."""

    __slots__ = ("_folded", "_places", "text")

    def __init__(self, text: str) -> None:
        folded = fold(text)
        self._folded = folded
        self._places: list[int] | None = None
        if _HINT.search(folded):
            folded = self._together(folded)
        self.text = spell(folded)

    def _together(self, folded: str) -> str:
        for _ in range(2):  # invisible characters first hide what else stands apart
            gone = _dropped(folded)
            if not gone:
                break
            kept = [place for place in range(len(folded)) if place not in gone]
            self._places = [self._places[place] for place in kept] if self._places else kept
            folded = "".join([folded[place] for place in kept])
        return folded

    def original(self, hits: Sequence[Hit]) -> list[Hit]:
        """The hits where they stand in the original; invisible characters behind a hit go with it."""
        places = self._places
        if places is None:
            return list(hits)
        return [(places[start], self._end(places[end - 1] + 1), kind) for start, end, kind in hits]

    def _end(self, end: int) -> int:
        while self._folded[end : end + 1] == ZERO:
            end += 1
        return end
