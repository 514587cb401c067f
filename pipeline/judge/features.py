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

from pipeline.errors import BadInput
from pipeline.judge.plain import STOPS
from pipeline.kernels import kernel
from pipeline.yaml_files import load_yaml

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
_STOPS = re.compile(rf"[{STOPS}]*。[{STOPS}]*")
_FIRST_CLASS = 0xE000
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_BREAK = "\n"
_LETTER_BITS = 21


@dataclass(frozen=True)
class Grams:
    """Every n-gram occurrence: the text it stands in (ascending for each size), its hash, and where in the text it begins."""

    row: Rows
    hash: Hashes
    start: Rows


class Trie:
    """Words with a symbol each; reads a text as the symbols of the longest words from left to right, other letters left out."""

    def __init__(self, symbols: Mapping[str, str]) -> None:
        nodes: dict[tuple[int, int], int] = {}
        ends: dict[int, int] = {}
        for word, symbol in symbols.items():
            at = 0
            for letter in word:
                at = nodes.setdefault((at, ord(letter)), len(nodes) + 1)
            ends[at] = ord(symbol)
        self._symbols = np.zeros(len(nodes) + 1, np.uint32)
        self._symbols[list(ends)] = list(ends.values())
        edges = sorted((node << _LETTER_BITS | letter, to) for (node, letter), to in nodes.items())
        self._edges = np.array([edge for edge, _ in edges], np.int64)
        self._targets = np.array([to for _, to in edges], np.int64)
        # where the edges of each node begin, so that few are looked through
        self._starts = np.searchsorted(self._edges, np.arange(len(nodes) + 2) << _LETTER_BITS)

    def read(self, text: str) -> str:
        codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
        out = np.empty(len(codes), np.uint32)
        size = _read(codes, self._edges, self._targets, self._starts, self._symbols, out)
        return out[:size].tobytes().decode("utf-32-le")


@kernel
def _read(codes, edges, targets, starts, symbols, out):  # type: ignore[no-untyped-def]
    """Writes the symbols; returns how many."""
    at = size = 0
    while at < len(codes):
        node, place, symbol, end = 0, at, np.uint32(0), at + 1
        while place < len(codes):
            wanted = node << _LETTER_BITS | codes[place]
            low, high = starts[node], starts[node + 1]
            while low < high:
                middle = (low + high) >> 1
                if edges[middle] < wanted:
                    low = middle + 1
                else:
                    high = middle
            if low == starts[node + 1] or edges[low] != wanted:
                break
            node, place = targets[low], place + 1
            if symbols[node]:
                symbol, end = symbols[node], place
        if symbol:
            out[size] = symbol
            size += 1
        at = end
    return size


class WordClasses:
    """The word classes of one file: writes a plain text as the string of its classes."""

    def __init__(self, classes: Mapping[str, Sequence[str]]) -> None:
        self.names = list(classes)
        symbols = {name: chr(_FIRST_CLASS + at) for at, name in enumerate(classes)}
        words = [(word, symbols[name]) for name, listed in classes.items() for word in listed]
        self._patterns = [(re.compile(word), symbol) for word, symbol in words if word.startswith("(?:")]
        plain = {word: symbol for word, symbol in reversed(words) if not word.startswith("(?:")}
        self._trie = Trie(plain | {letter: letter for letter in (*STOPS, *symbols.values(), _BREAK)})

    @classmethod
    def load(cls, path: Path) -> "WordClasses":
        classes = load_yaml(path.read_bytes())
        if not isinstance(classes, dict) or not all(isinstance(words, list) and words for words in classes.values()):
            raise BadInput(f"{path}: word classes are lists of words under a name")
        return cls(classes)

    def classes_of(self, texts: Sequence[str]) -> list[str]:
        """One letter a known word, clause marks kept, all else left out. Patterns are read first, then the longest words."""
        joined = _BREAK.join(texts)
        for pattern, symbol in self._patterns:
            joined = pattern.sub(symbol, joined)
        return self._trie.read(joined).split(_BREAK)

    def spoken(self, gram: str) -> str:
        """A class n-gram as people can read it: ‹成·退·金额›."""
        return "·".join(self.names[ord(c) - _FIRST_CLASS] if ord(c) >= _FIRST_CLASS else c for c in gram)


def essences(texts: Sequence[str]) -> list[str]:
    """Plain texts without their courtesies; a text that is nothing else stays."""
    cut = _STOPS.sub("。", re.sub("，{2,}", "，", _COURTESY.sub("", _BREAK.join(texts)))).split(_BREAK)
    return [
        one if any(character.isalnum() for character in one) else text for one, text in zip(cut, texts, strict=True)
    ]


def letters(texts: Sequence[str]) -> list[str]:
    """Plain texts as the model reads them: numbers as 0, marks as one letter, of each at most about `_READ` letters."""
    joined = _BREAK.join(_shortened(text) for text in essences(texts))
    return _NUMBER.sub("0", _MARK.sub(r"〔\1", joined)).split(_BREAK)


def _shortened(text: str) -> str:
    return text if len(text) <= _READ else text[: _READ // 2] + STOPS[1] + text[-_READ // 2 :]


def _codes(texts: Iterable[str]) -> npt.NDArray[np.uint32]:
    return np.frombuffer((_BREAK + _BREAK.join(texts) + _BREAK).encode("utf-32-le"), dtype=np.uint32)


def grams(texts: Sequence[str], sizes: Sequence[int], view: int) -> Grams:
    """All n-grams of `sizes` in each text; `view` keeps the hashes of two views apart. No text may contain a newline."""
    codes = _codes(texts)
    breaks = codes == ord(_BREAK)
    row = np.cumsum(breaks) - 1
    place = np.arange(len(codes)) - np.flatnonzero(breaks)[row] - 1
    rows, hashes, starts = [], [], []
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
            starts.append(place[:end][inside])
    return Grams(np.concatenate(rows), np.concatenate(hashes), np.concatenate(starts))
