"""Texts as people wrote them → texts machines can compare: control characters, spaces, width. Never meaning."""

import re
import unicodedata

import pyarrow as pa

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_SPACES = re.compile(r"[ \t\u3000\xa0]+")
_LINES = re.compile(r"\s*\n\s*")


def clean(text: str) -> str:
    """One text without control and direction characters, with single spaces and single line ends."""
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _LINES.sub("\n", _SPACES.sub(" ", text)).strip()


def clean_column(texts: pa.Array) -> pa.Array:
    """`clean` over a column; an empty text becomes null (the page says nothing)."""
    return pa.array([(clean(text) or None) if text is not None else None for text in texts.to_pylist()], pa.string())


_STRANGERS = re.compile(r"\*|的.{0,2}(女士|先生)$|网友|匿名|^用户$")


def own_alias(author: str | None) -> str | None:
    """The alias, unless strangers share it: masked names (王**), 某地的某女士, 热心网友."""
    return None if author is None or _STRANGERS.search(author) else author


def comparable(text: str) -> str:
    """NFKC, lower case, no spaces: for comparing names, never for showing them."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()
