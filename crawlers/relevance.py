"""Whether a complaint is about virtual goods, and why. Pure: words and a vocabulary in, a verdict out."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from crawlers.watch import Vocabulary, Watch


class Verdict(NamedTuple):
    """Kept or left, and the words that decided."""

    kept: bool
    why: str


def merchant(watch: Watch, name: str | None) -> Verdict:
    """By its name alone: a platform of the register, or a word of the trade in it that no other trade owns."""
    if not name:
        return Verdict(False, "no name")
    if name in watch.names:
        return Verdict(True, f"register {name}")
    plain = _untrapped(watch.vocabulary, name)
    if other := _first(watch.vocabulary.never, name):
        return Verdict(False, f"other trade {other}")
    word = _first(watch.vocabulary.names, plain)
    return Verdict(True, f"name {word}") if word else Verdict(False, "name says nothing")


def complaint(watch: Watch, platform_name: str | None, texts: Iterable[str | None]) -> Verdict:
    """By the platform's name, else by two different words of the trade, one of them a good, in what a list shows."""
    named = merchant(watch, platform_name)
    if named.kept:
        return named
    found = _words(watch.vocabulary, " ".join(text for text in texts if text))
    goods = [word for word in found if word in watch.vocabulary.goods]
    if goods and len(found) >= 2:
        return Verdict(True, f"words {' '.join(found[:4])}")
    if found:
        return Verdict(False, f"only {' '.join(found[:3])}")
    return Verdict(False, "no word")


def topic(watch: Watch, title: str | None) -> Verdict:
    """A group complaint by its title alone, where one word must do: a merchant's or a good, traps read away."""
    plain = _untrapped(watch.vocabulary, title or "")
    word = _first((*sorted(watch.names), *watch.vocabulary.names, *watch.vocabulary.goods), plain)
    return Verdict(True, f"title {word}") if word else Verdict(False, "title says nothing")


def _first(words: Iterable[str], text: str) -> str | None:
    return next((word for word in words if word in text), None)


def _untrapped(vocabulary: Vocabulary, text: str) -> str:
    return _pattern(vocabulary.traps).sub("\n", text)


def _words(vocabulary: Vocabulary, text: str) -> list[str]:
    """Different words in the order they stand; a longer word is not also its part."""
    plain = _untrapped(vocabulary, text)
    words = vocabulary.goods + vocabulary.signs
    as_written = {word.lower(): word for word in words}
    return list(dict.fromkeys(as_written[match.lower()] for match in _pattern(words).findall(plain)))


@lru_cache(maxsize=16)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the words, longest first; of none, a pattern that never fits."""
    longest = sorted(words, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, longest)) or r"(?!)", re.IGNORECASE)
