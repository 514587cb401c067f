"""RFC 8785 canonical JSON for rows: one text per record, whoever writes it."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import rfc8785

MOST_EXACT = 2**53  # whole numbers beyond are no exact JSON numbers
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def canonical(record: Mapping[str, Any]) -> bytes:
    """UTF-8 with sorted keys, no spaces, numbers as ECMAScript writes them; ValueError for what JSON has no word for."""
    return rfc8785.dumps(dict(record))


def row_writer(names: Sequence[str]) -> Callable[[Sequence[Any]], bytes]:
    """A function from the values of flat rows with these columns to what `canonical` gives, some 20 times as fast.

    Texts, nulls and plain numbers go through the standard library, which writes them alike; what it writes otherwise
    (1e-07, 1.0, NaN, very large numbers) is seen and goes the long way.
    """
    order = sorted(range(len(names)), key=names.__getitem__)  # ASCII names: by code point is by UTF-16
    keys = [names[at] for at in order]

    def write(values: Sequence[Any]) -> bytes:
        picked = [values[at] for at in order]
        for value in picked:
            kind = type(value)
            if (kind is float and not _is_plain(value)) or (kind is int and not -MOST_EXACT < value < MOST_EXACT):
                return canonical(dict(zip(keys, picked, strict=True)))
        return _encode(dict(zip(keys, picked, strict=True))).encode()

    return write


def _is_plain(value: float) -> bool:
    """Whether Python and ECMAScript write the float alike: a fraction part, no exponent."""
    return not value.is_integer() and 1e-4 <= abs(value) < 1e16
