"""Chinese words for SQLite's FTS5: text and questions cut by the same rule.

A run of Han characters (or kana, hangul) becomes overlapping pairs and its last character alone: 退款到 → 退款 款到 到.
Any stretch of it is then a phrase of neighbouring tokens, two-character words too, and a single character is the
beginning of a token. Latin words and digits are words, lower-cased and half-width.
"""

import re
import unicodedata
from operator import add

LONGEST_QUERY = 100
NOTHING = '""'
_WIDE = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
RUN = re.compile(rf"([{_WIDE}]+)|[^\W_{_WIDE}]+")


def _runs(text: str) -> list[tuple[str, bool]]:
    """The words of a text in order and whether each is a run of wide characters."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return [(match[0], match[1] is not None) for match in RUN.finditer(plain)]


def _pairs(run: str) -> str:
    return " ".join([*map(add, run, run[1:]), run[-1]])


def cut(text: str | None) -> str:
    """Tokens for the index, separated by spaces; no text gives none."""
    return " ".join(_pairs(run) if wide else run for run, wide in _runs(text or ""))


def _phrase(term: str) -> str | None:
    """One stretch of a question as an FTS5 phrase; null where it holds no word."""
    runs = _runs(term)
    if not runs:
        return None
    last, wide = runs[-1]
    head = " ".join(_pairs(run) if is_wide else run for run, is_wide in runs[:-1])
    tail = _pairs(last)[:-2] if wide and len(last) > 1 else last
    return f'"{f"{head} {tail}".strip()}"' + ("*" if wide and len(last) == 1 else "")


def query(text: str | None) -> str:
    """A MATCH expression for what a person typed: all stretches between spaces must occur; nothing typed is syntax.

    At most `LONGEST_QUERY` characters are read. A question without a word matches nothing.
    """
    terms = unicodedata.normalize("NFKC", (text or "")[:LONGEST_QUERY]).split()
    phrases = [phrase for term in terms if (phrase := _phrase(term))]
    return " AND ".join(phrases) or NOTHING
