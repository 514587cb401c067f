"""UTF-8 bytes → the text as compared → hashes of its distinct character 3-grams. Kernels; no Python object per text.

As compared: width and case folded (NFKC), no punctuation, no marks of redaction, portals' names alike.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.kernels import kernel

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint32]

MIN_SHINGLES = 12
_FOLDED = 0x20000  # code points above are kept as they are up to 0x3FFFF (rare ideographs), dropped beyond
_LAST = np.uint32(1 << 31)  # flag: may be the last character of a portal's name
_CODE = np.uint32((1 << 31) - 1)
_NAMES = ("黑猫", "消费保", "聚投诉", "电诉宝", "人民投诉", "12315", "12345", "门户投诉", "门户平台")
_GATE = "门户"
_ONE, _TWO = np.uint64(21), np.uint64(42)
_M1, _M2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)


@cache
def fold_table() -> Words:
    """Code point → code point as compared, 0 where it is dropped."""
    table = np.zeros(_FOLDED, np.uint32)
    for code in range(_FOLDED):
        if 0xD800 <= code < 0xE000:
            continue
        folded = unicodedata.normalize("NFKC", chr(code)).lower()
        kept = [character for character in folded if character.isalnum()]
        table[code] = ord(kept[0]) if kept else 0
    for name in _NAMES:
        table[ord(name[-1])] |= _LAST
    return table


@cache
def _names() -> npt.NDArray[np.uint32]:
    """Portals' names, last character first, zero-padded; the row after the last is what replaces them."""
    table = np.zeros((len(_NAMES) + 1, 6), np.uint32)
    for row, name in enumerate((*_NAMES, _GATE)):
        table[row, : len(name)] = [ord(character) for character in reversed(name)]
    return table


@dataclass(frozen=True)
class Texts:
    """Texts as one buffer of UTF-8 and n + 1 offsets; a null text is empty."""

    data: npt.NDArray[np.uint8]
    offsets: Ints

    def __post_init__(self) -> None:
        for array in (self.data, self.offsets):  # kernels are compiled once, for read-only arrays
            array.setflags(write=False)

    @classmethod
    def of(cls, column: pa.Array | pa.ChunkedArray) -> "Texts":
        """A string column as buffers; a single chunk is not copied."""
        whole = column
        if isinstance(column, pa.ChunkedArray):
            whole = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
        if isinstance(whole, pa.ChunkedArray):  # more than 2 GB of 32-bit strings
            whole = column.cast(pa.large_string()).combine_chunks()
        wide = pa.types.is_large_string(whole.type)
        _, places, values = whole.buffers()
        if len(whole) == 0 or values is None:
            return cls(np.zeros(1, np.uint8), np.zeros(len(whole) + 1, np.int64))
        offsets = np.frombuffer(places, np.int64 if wide else np.int32)[whole.offset : whole.offset + len(whole) + 1]
        return cls(np.frombuffer(values, np.uint8), offsets.astype(np.int64))

    def __len__(self) -> int:
        return len(self.offsets) - 1


Tables = tuple[Words, npt.NDArray[np.uint32]]


def tables() -> Tables:
    """What the kernels need to read a text."""
    return fold_table(), _names()


@kernel
def normalise(data, start, end, fold, names, out):  # type: ignore[no-untyped-def]
    """Write the text's code points as compared into `out`; how many."""
    place, size = start, 0
    while place < end:
        byte = data[place]
        if byte < 0x80:
            code, place = np.uint32(byte), place + 1
        elif byte < 0xE0:
            code, place = np.uint32(((byte & 0x1F) << 6) | (data[place + 1] & 0x3F)), place + 2
        elif byte < 0xF0:
            low = ((data[place + 1] & 0x3F) << 6) | (data[place + 2] & 0x3F)
            code, place = np.uint32(((byte & 0x0F) << 12) | low), place + 3
        else:
            low = ((data[place + 1] & 0x3F) << 12) | ((data[place + 2] & 0x3F) << 6) | (data[place + 3] & 0x3F)
            code, place = np.uint32(((byte & 0x07) << 18) | low), place + 4
        if code == 0x3014:
            place = _after_mark(data, place, end)
            continue
        if code < len(fold):
            code = fold[code]
        elif code >= 0x40000:
            continue
        if code:
            out[size] = code & _CODE
            size += 1
            if code & _LAST:
                size = _renamed(out, size, names)
    return size


@kernel
def _after_mark(data, place, end):  # type: ignore[no-untyped-def]
    """Just behind the 〕 (E3 80 95) of a mark of 1 to 8 characters that opened before `place`; else `place`."""
    at, characters = place, 0
    while at + 2 < end and characters <= 8:
        if data[at] == 0xE3 and data[at + 1] == 0x80 and data[at + 2] == 0x95:
            return at + 3 if characters else place
        at += 1
        while at < end and (data[at] & 0xC0) == 0x80:
            at += 1
        characters += 1
    return place


@kernel
def _renamed(out, size, names):  # type: ignore[no-untyped-def]
    """The size after a portal's name at the end of `out` became the common one."""
    last = len(names) - 1
    for row in range(last):
        length = 0
        while length < 6 and names[row, length]:
            if length >= size or out[size - 1 - length] != names[row, length]:
                length = -1
                break
            length += 1
        if length > 0:
            out[size - length] = names[last, 1]
            out[size - length + 1] = names[last, 0]
            return size - length + 2
    return size


@kernel
def mix(word):  # type: ignore[no-untyped-def]
    """A well-spread 64-bit hash of a 64-bit word."""
    word = word * _M1
    word ^= word >> np.uint64(29)
    word = word * _M2
    return word ^ (word >> np.uint64(32))


@kernel
def shingle(first, second, third):  # type: ignore[no-untyped-def]
    """32-bit hash of three code points."""
    packed = (np.uint64(first) << _TWO) | (np.uint64(second) << _ONE) | np.uint64(third)
    return np.uint32(mix(packed) >> np.uint64(32))


@kernel
def power_above(least):  # type: ignore[no-untyped-def]
    """The smallest power of two that is at least `least` and 16."""
    size = 16
    while size < least:
        size *= 2
    return size


@kernel
def hashed(codes, size, out, place):  # type: ignore[no-untyped-def]
    """Write the shingles of a text to `out` from `place`, repeats and all; 64-bit hash of the whole text."""
    whole = np.uint64(size)
    for at in range(size - 2):
        packed = (np.uint64(codes[at]) << _TWO) | (np.uint64(codes[at + 1]) << _ONE) | np.uint64(codes[at + 2])
        word = mix(packed)
        whole = ((whole << np.uint64(5)) | (whole >> np.uint64(59))) + word
        out[place + at] = np.uint32(word >> np.uint64(32))
    return whole | np.uint64(1)


@kernel
def telling(flat, start, end):  # type: ignore[no-untyped-def]
    """Whether there are MIN_SHINGLES distinct ones."""
    found = 0
    for at in range(start, end):
        other = at - 1
        while other >= start and flat[other] != flat[at]:
            other -= 1
        found += other < start
        if found >= MIN_SHINGLES:
            return True
    return False


@kernel
def longest(offsets, rows):  # type: ignore[no-untyped-def]
    """Bytes of the longest of these texts."""
    most = 0
    for row in rows:
        most = max(most, offsets[row + 1] - offsets[row])
    return most


@kernel
def read_block(data, offsets, rows, fold, names):  # type: ignore[no-untyped-def]
    """Shingles of each text of one platform, repeats and all: flat array, n + 1 places, and the first row of equal text.

    A text with fewer than MIN_SHINGLES distinct ones has none and equals nothing; a copy has none and points at the first.
    """
    most, total = longest(offsets, rows), 0
    for row in rows:
        total += offsets[row + 1] - offsets[row]
    codes = np.empty(most + 1, np.uint32)
    flat, places = np.empty(total + 1, np.uint32), np.zeros(len(rows) + 1, np.int64)
    same = np.arange(len(rows))
    mask = power_above(2 * len(rows)) - 1
    known, first = np.zeros(mask + 1, np.uint64), np.zeros(mask + 1, np.int64)
    for at in range(len(rows)):
        row, start = rows[at], places[at]
        places[at + 1] = start
        size = normalise(data, offsets[row], offsets[row + 1], fold, names, codes)
        if size - 2 < MIN_SHINGLES:
            continue
        whole = hashed(codes, size, flat, start)
        slot = np.int64(whole >> np.uint64(20)) & mask
        while known[slot] != 0 and known[slot] != whole:
            slot = (slot + 1) & mask
        if known[slot] == whole:
            same[at] = first[slot]
        elif telling(flat, start, start + size - 2):
            places[at + 1], known[slot], first[slot] = start + size - 2, whole, at
    return flat, places, same
