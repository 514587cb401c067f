"""What the small trained model looks at: character n-grams of a reply and of its string of word classes.

Vectorised: all texts become one array of code points, and the hashes of every n-gram are computed column-wise.
Two views of a text are hashed: its letters (every number as 0), and the letters of `replies_words.yml`'s classes
in the order they occur, with clause marks. Pure, and the same on every machine.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import yaml

from pipeline.errors import BadInput
from pipeline.judge.plain import STOPS

Hashes = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]

LETTER_SIZES = (1, 2, 3, 4, 5)
CLASS_SIZES = (1, 2, 3, 4)
_READ = 600
"""Of a longer text the model reads the beginning and the end: no sentence is decided by its thousandth letter."""
_NUMBER = re.compile(r"\d[\d.*-]*")
_MARK = re.compile(r"〔([^〕]{1,6})〕")
_COURTESY = re.compile(
    r"(?<=[，。？])(?:"
    r"(?:非常|十分|再次|衷心)?(?:感谢|谢谢|多谢)您?的?(?:耐心|理解|支持|配合|谅解|体谅|等待|与|和|、|您|的)*"
    r"|(?:对于?)?给您(?:带来|造成)的?(?:一切)?(?:不便|困扰|麻烦)(?:，?(?:我们|我司)?(?:深表|深感|表示|致以|非常)?(?:歉意|抱歉))?"
    r"|(?:敬请|还请|还望|望您?|请您?)(?:谅解|理解|体谅|见谅|海涵|知悉|悉知)|祝您?(?:生活|工作|购物|身体)[^，。？]{0,4}"
    r")(?=[，。？])"
)
"""Courtesies say nothing beside a reply, and are the reply when they stand alone."""
_FIRST_CLASS = 0xE000
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_BREAK = "\n"


@dataclass(frozen=True)
class Grams:
    """Every n-gram occurrence: the text it stands in (ascending), its hash, and where it is to be read again."""

    row: Rows
    hash: Hashes


class WordClasses:
    """The word classes of one file: writes a plain text as the string of its classes."""

    def __init__(self, classes: Mapping[str, Sequence[str]]) -> None:
        words = [(word, name) for name, listed in classes.items() for word in listed]
        self.names = list(classes)
        self._symbols = {name: chr(_FIRST_CLASS + at) for at, name in enumerate(classes)}
        patterns = [(word, name) for word, name in words if word.startswith("(?:")]
        plain = sorted({word: name for word, name in reversed(words) if not word.startswith("(?:")}.items())
        plain.sort(key=lambda pair: -len(pair[0]))
        self._of_word = {word: self._symbols[name] for word, name in plain}
        named = [f"(?P<p{at}>{word})" for at, (word, _) in enumerate(patterns)]
        self._of_group = {f"p{at}": self._symbols[name] for at, (_, name) in enumerate(patterns)}
        self._regex = re.compile("|".join([*named, "|".join(re.escape(word) for word, _ in plain), f"[{STOPS}]"]))

    @classmethod
    def load(cls, path: Path) -> "WordClasses":
        classes = yaml.safe_load(path.read_bytes())
        if not isinstance(classes, dict) or not all(isinstance(words, list) and words for words in classes.values()):
            raise BadInput(f"{path}: word classes are lists of words under a name")
        return cls(classes)

    def classes_of(self, text: str) -> str:
        """One letter a known word, clause marks kept, all else left out."""
        return "".join(self._symbol(match) for match in self._regex.finditer(text))

    def _symbol(self, match: re.Match[str]) -> str:
        if match.lastgroup:
            return self._of_group[match.lastgroup]
        return self._of_word.get(match[0], match[0])

    def spoken(self, gram: str) -> str:
        """A class n-gram as people can read it: ‹成·退·金额›."""
        return "·".join(self.names[ord(c) - _FIRST_CLASS] if ord(c) >= _FIRST_CLASS else c for c in gram)


def essence(text: str) -> str:
    """A plain text without its courtesies, unless nothing else is in it."""
    cut = re.sub(rf"[{STOPS}]*。[{STOPS}]*", "。", re.sub("，{2,}", "，", _COURTESY.sub("", text)))
    return cut if any(character.isalnum() for character in cut) else text


def letters(text: str) -> str:
    """A plain text as the model reads it: numbers as 0, marks as one letter, at most `_READ` letters."""
    text = essence(text)
    if len(text) > _READ:
        text = text[: _READ // 2] + STOPS[1] + text[-_READ // 2 :]
    return _NUMBER.sub("0", _MARK.sub(r"〔\1", text))


def _codes(texts: Iterable[str]) -> npt.NDArray[np.uint32]:
    return np.frombuffer((_BREAK + _BREAK.join(texts) + _BREAK).encode("utf-32-le"), dtype=np.uint32)


def grams(texts: Sequence[str], sizes: Sequence[int], view: int) -> Grams:
    """All n-grams of `sizes` in each text; `view` keeps the hashes of two views apart. No text may contain a newline."""
    codes = _codes(texts)
    breaks = codes == ord(_BREAK)
    row = np.cumsum(breaks) - 1
    rows, hashes = [], []
    rolling = np.full(len(codes), (view + 1) << 40, np.uint64)
    inside = np.ones(len(codes), bool)
    for size in range(1, max(sizes) + 1):
        end = len(codes) - size + 1
        rolling, inside = rolling[:end], inside[:end] & ~breaks[size - 1 :]
        rolling = (rolling ^ codes[size - 1 :].astype(np.uint64)) * _MULTIPLIER
        rolling ^= rolling >> np.uint64(29)
        if size in sizes:
            rows.append(row[:end][inside])
            hashes.append(rolling[inside])
    return Grams(np.concatenate(rows), np.concatenate(hashes))


def gram_hash(gram: str, view: int) -> int:
    """The hash of one n-gram, for looking its weight up by name."""
    found = grams([gram], (len(gram),), view).hash
    return int(found[0])
