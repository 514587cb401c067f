"""Spelling taken apart (`1 3 8 0 0`, `微 信`, `k·a·m·i·8·8`, `138空格0013`) put together again, with the way back to the original places."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from stdnum import luhn

from pipeline.intake.redaction.fold import APART, NUMERALS, PICTURE, ZERO, Hit, coded, decoded, fold, spell
from pipeline.intake.redaction.lexicon import any_of, lexicon
from pipeline.intake.redaction.triggers import DIGITS, HAN, LETTERS, Places, Triggers, spans

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
_TRIGGERS = Triggers()
_JOINTS = f" \t{PICTURE}-.·~/\\|+—*#"
_SINGLE = _TRIGGERS.on(DIGITS + LETTERS + "_", _JOINTS, not_before=DIGITS + LETTERS + "_")
_LETTER = _TRIGGERS.on(HAN, " ", not_before=HAN)
_BLANK = _TRIGGERS.on(" ", HAN, before=HAN)
_WORD = _TRIGGERS.on("空横短减杠中", before=DIGITS)
_LINE = _TRIGGERS.on("\r\n", DIGITS + "\n", before=DIGITS)
_NUMERAL = _TRIGGERS.on(NUMERALS, NUMERALS + DIGITS + _JOINTS + "_") | _TRIGGERS.on(DIGITS, NUMERALS)


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


def _dropped(folded: str, places: Places) -> set[int]:
    """The places of characters that only keep others apart."""
    near = spans(places.of(_LINE), 18, 22)
    lines = chain.from_iterable(_BROKEN.finditer(folded, *span) for span in near)
    apart = chain(
        places.matches(_SINGLES, folded, _SINGLE),
        places.matches(_LETTERS, folded, _LETTER),
        places.matches(_BLANKS, folded, _BLANK),
        (match for match in lines if _one_number(match.group())),
    )
    gone = set(chain.from_iterable(map(_between, apart)))
    gone.update(chain.from_iterable(range(*match.span()) for match in places.matches(_SAID, folded, _WORD)))
    return gone


class Reading:
    """Texts as redaction reads them, end to end between edges: folded, put together, numerals as digits."""

    __slots__ = ("_folded", "_kept", "_starts", "codes", "text")

    def __init__(self, texts: Sequence[str]) -> None:
        self.text, self.codes = fold(texts)
        self._folded = self.codes
        self._starts = np.cumsum([APART, *(len(text) + APART for text in texts)])
        self._kept: NDArray[np.intp] | None = None
        zero = self.codes == ord(ZERO)
        if zero.any():
            self._leave_out(np.flatnonzero(zero))
        self._put_together()

    def _put_together(self) -> None:
        places = _TRIGGERS.at(self.codes)
        if gone := _dropped(self.text, places):
            self._leave_out(np.fromiter(gone, np.intp))
            places = _TRIGGERS.at(self.codes)
        if numerals := places.of(_NUMERAL):
            spelt = spell(self.text, spans(numerals, 64, 64))
            if spelt != self.text:
                self.text, self.codes = spelt, coded(spelt)

    def _leave_out(self, places: NDArray[np.intp]) -> None:
        kept = np.ones(len(self.codes), bool)
        kept[places] = False
        self._kept = np.flatnonzero(kept) if self._kept is None else self._kept[kept]
        self.codes = self.codes[kept]
        self.text = decoded(self.codes)

    def original(self, hits: Sequence[Hit]) -> Iterator[tuple[int, Hit]]:
        """For each hit the text it is in, and where it stands there; invisible characters behind a hit go with it."""
        back = [self._back(start, end) for start, end, _ in hits]
        texts = np.searchsorted(self._starts, [begin for begin, _ in back], "right") - 1
        offsets = self._starts[texts].tolist()
        for text, offset, (begin, stop), (_, _, kind) in zip(texts.tolist(), offsets, back, hits, strict=True):
            yield text, (begin - offset, stop - offset, kind)

    def _back(self, start: int, end: int) -> tuple[int, int]:
        if self._kept is None:
            return start, end
        stop = int(self._kept[end - 1]) + 1
        while self._folded[stop] == ord(ZERO):
            stop += 1
        return int(self._kept[start]), stop
