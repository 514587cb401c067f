"""Many texts cut for the full-text index at once, by the rule of `fts.cut`."""

import sys
import unicodedata
from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.group.kernels import kernel
from pipeline.publish.fts import RUN


def cut_all(texts: Sequence[str | None]) -> list[str]:
    """`cut` of each text, a tenth of the time."""
    plain = [unicodedata.normalize("NFKC", text or "").lower() for text in texts]
    codes = np.frombuffer("".join(plain).encode("utf-32-le", "surrogatepass"), np.uint32)
    ends = np.cumsum([0, *map(len, plain)])
    data, places = _cut(codes, ends, _classes())
    return pa.StringArray.from_buffers(len(plain), pa.py_buffer(places), pa.py_buffer(data)).to_pylist()  # type: ignore[no-any-return]


@cache
def _classes() -> npt.NDArray[np.uint8]:
    """Code point → 2 in a run of wide characters, 1 in a word, 0 in neither."""
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    table = np.zeros(len(every), np.uint8)
    for match in RUN.finditer(every):
        table[match.start() : match.end()] = 2 if match[1] else 1
    table.setflags(write=False)
    return table


@kernel
def _cut(codes, ends, classes):  # type: ignore[no-untyped-def]
    """UTF-8 of the tokens of each text and where each begins."""
    out, size = np.empty(9 * len(codes) + 1, np.uint8), 0
    places = np.zeros(len(ends), np.int32)
    for text in range(len(ends) - 1):
        at, end = ends[text], ends[text + 1]
        while at < end:
            kind, start = classes[codes[at]], at
            while at < end and classes[codes[at]] == kind:
                at += 1
            if kind == 1:
                size = _written(codes, start, at, out, size)
            elif kind == 2:
                for one in range(start, at):
                    size = _written(codes, one, min(one + 2, at), out, size)
        size -= size > places[text]  # the space behind the last
        places[text + 1] = size
    return out[:size].copy(), places


@kernel
def _written(codes, start, end, out, size):  # type: ignore[no-untyped-def]
    """Write characters as UTF-8 and a space; the new size."""
    for at in range(start, end):
        code = codes[at]
        if code < 0x80:
            out[size] = code
            size += 1
            continue
        width = 2 if code < 0x800 else 3 if code < 0x10000 else 4
        out[size] = (0xF00 >> width) & 0xFF | (code >> (6 * (width - 1)))
        for place in range(1, width):
            out[size + place] = 0x80 | ((code >> (6 * (width - 1 - place))) & 0x3F)
        size += width
    out[size] = 0x20
    return size + 1
