"""Which stages a text can need at all, asked of a whole column at once by Arrow's RE2 (1 µs a text against 30 for looking).

A gate may say yes too often, never no too often: `redact_column` must equal `redact` row by row, and a test holds it to that.
"""

from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.intake import redact_fold, redact_names, redact_places, redact_screen, redact_titles

_JOINT = redact_fold.JOINT
_NUMERALS = redact_fold.NUMERALS


class Needs(NamedTuple):
    """One boolean column per group of stages."""

    values: pa.Array
    names: pa.Array
    places: pa.Array


def _escaped(codes: list[int]) -> str:
    return "".join(f"\\x{{{low:x}}}-\\x{{{high:x}}}" for low, high in redact_fold.runs(codes))


_ODD = f"[{_escaped(redact_fold.ODD_CODES)}\\x{{10000}}-\\x{{10ffff}}〔]"
_SPELT = f"[{_NUMERALS}]{_JOINT}{{0,4}}[0-9{_NUMERALS}]|[0-9]{_JOINT}{{0,4}}[{_NUMERALS}]"
_VALUES = f"[0-9A-Za-z][!-~ \\t·]{{2}}|[A-Za-z][信号群码：: ]|[0-9][.。(（)）]|[0-9A-Za-z]\\s?(?:@|艾特|圈a)|[0-9A-Za-z][·\\-_][0-9A-Za-z]|1[3-9][0-9][^0-9]{{1,3}}[0-9]|{_SPELT}"
_NAMES = (
    f"(?:{'|'.join(redact_names.CUES)})(?:{redact_names.BEGINS}|[\\s：:=（(【\\[「“\"'，,、\\-]{{0,3}}[A-Z])|{redact_titles.NAME_CHARACTER}(?:{'|'.join(redact_titles.TITLES)}|总)"
    f"|姓|[A-Za-z](?:先生|女士|小姐)|{redact_screen.GATE}"
)
_PLACES = f"{redact_places.HINT_CHARACTERS}\\s?[东西南北中]?[0-9一二三四五六七八九十百千零〇A-Za-z甲乙丙丁附]|[0-9][栋幢]|号楼|[区县市旗镇乡][一-龥\\s]{{1,10}}{redact_places.FINE_WORDS}|{'|'.join(redact_places.CUES)}"


def needs(texts: pa.Array) -> Needs:
    """For each text, the groups of stages that may find something; a text of odd characters needs all."""
    odd = pc.match_substring_regex(texts, _ODD)
    values, names, places = (
        pc.or_(odd, pc.match_substring_regex(texts, pattern)) for pattern in (_VALUES, _NAMES, _PLACES)
    )
    return Needs(values, names, places)
