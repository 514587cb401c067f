"""Texts as people wrote them → texts machines can compare: control characters, spaces, width. Never meaning."""

import re
import unicodedata
from functools import cache

import pyarrow as pa

from pipeline.letters import Flags, holding, listed

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_SPACES = re.compile(r"[ \t\u3000\xa0]+")
_LINES = re.compile(r"\s*\n\s*")


def clean(text: str) -> str:
    """One text without control and direction characters, with single spaces and single line ends."""
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _LINES.sub("\n", _SPACES.sub(" ", text)).strip()


def clean_column(texts: pa.Array) -> pa.Array:
    """`clean` over a column; an empty text becomes null (the page says nothing)."""
    cleaned: list[str | None] = [text or None for text in texts.to_pylist()]
    whole = [text or "" for text in cleaned]
    for place in {*holding(whole, _touched())[0], *(place for place, text in enumerate(whole) if "\0" in text)}:
        cleaned[place] = clean(whole[place]) or None
    return pa.array(cleaned, pa.string())


@cache
def _touched() -> Flags:
    """What `clean` may take away or replace, but for the zeros that part texts read together: control characters and white space."""
    return listed(letter for letter in map(chr, range(1, 0x10000)) if letter.isspace() or _CONTROL.match(letter))


_STRANGERS = re.compile(r"\*|的.{0,2}(女士|先生)$|网友|匿名|^用户$")


def own_alias(author: str | None) -> str | None:
    """The alias, unless strangers share it: masked names (王**), 某地的某女士, 热心网友."""
    return None if author is None or _STRANGERS.search(author) else author


def comparable(text: str) -> str:
    """NFKC, lower case, no spaces: for comparing names, never for showing them."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()
