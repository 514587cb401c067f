"""Which stages a text can need at all, asked of a whole column at once by Arrow's RE2 (1 µs a text against 30 for looking).

A gate may say yes too often, never no too often: `redact_column` must equal `redact` row by row, and a test holds it to that.
"""

from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import starmap
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.intake.redaction import fold, names, people, places, screen, titles

_JOINT = fold.JOINT
_NUMERALS = fold.NUMERALS


class Need(NamedTuple):
    """For one text, whether each group of stages may find something."""

    values: bool
    names: bool
    screen: bool
    people: bool
    places: bool


ALL = Need(True, True, True, True, True)


def _escaped(codes: list[int]) -> str:
    return "".join(f"\\x{{{low:x}}}-\\x{{{high:x}}}" for low, high in fold.runs(codes))


_ODD = f"[{_escaped(fold.ODD_CODES)}\\x{{10000}}-\\x{{10ffff}}〔]"
_SPELT = f"[{_NUMERALS}]{_JOINT}{{0,4}}[0-9{_NUMERALS}]|[0-9]{_JOINT}{{0,4}}[{_NUMERALS}]"
_VALUES = f"[0-9A-Za-z][!-~ \\t·]{{2}}|[A-Za-z][信号群码：: ]|[0-9][.。(（)）]|[0-9A-Za-z]\\s?(?:@|艾特|圈a)|[0-9A-Za-z][·\\-_][0-9A-Za-z]|1[3-9][0-9][^0-9]{{1,3}}[0-9]|{_SPELT}"
_NAMES = (
    f"(?:{'|'.join(names.CUES)})(?:{names.BEGINS}|[\\s：:=（(【\\[「“\"'，,、\\-]{{0,3}}[A-Z])",
    f"{titles.NAME_CHARACTER}(?:{'|'.join(titles.TITLES)}|总)|姓|·|[A-Za-z](?:先生|女士|小姐)",
)
"""Apart, here and for people, because together they are too many for one automaton (205 µs a text against 14)."""
_PLACES = f"{places.HINT_CHARACTERS}\\s?[东西南北中]?[0-9一二三四五六七八九十百千零〇A-Za-z甲乙丙丁附]|[0-9][栋幢]|号[楼院]|[区县市旗镇乡][一-龥\\s]{{1,10}}{places.FINE_WORDS}|{'|'.join(places.CUES)}"


def _any(texts: pa.Array, patterns: Sequence[str]) -> pa.Array:
    return reduce(pc.or_, (pc.match_substring_regex(texts, pattern) for pattern in patterns))


_GROUPS: tuple[Sequence[str], ...] = ((_VALUES,), _NAMES, (screen.GATE,), people.GATES, (_PLACES,))
"""The patterns of each group, in the order of Need."""


def needs(texts: pa.Array) -> Iterator[Need]:
    """For each text, the groups of stages that may find something; a text of odd characters needs all."""
    odd = pc.match_substring_regex(texts, _ODD)
    columns = [pc.or_(odd, _any(texts, patterns)).to_pylist() for patterns in _GROUPS]
    return starmap(Need, zip(*columns, strict=True))
