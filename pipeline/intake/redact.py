"""Redaction at the door: personal data becomes a typed mark, and nothing downstream sees the original (method.md §8)."""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa

from pipeline.intake.redaction import (
    cues,
    digits,
    links,
    names,
    people,
    places,
    public,
    rest,
    screen,
    serials,
    spoken,
    titles,
)
from pipeline.intake.redaction.fold import APART, KEPT, MARKS, Hit, blank
from pipeline.intake.redaction.reading import Reading
from pipeline.intake.redaction.triggers import STARTS, Places

__all__ = [
    "EVIDENCE",
    "MARKS",
    "STRICT",
    "Mark",
    "fingerprints",
    "leaks",
    "leaks_all",
    "prints_column",
    "redact",
    "redact_all",
    "redact_column",
    "redact_name_field",
    "redact_texts",
]

Stage: TypeAlias = Callable[[str, Places], list[Hit]]

EVIDENCE = frozenset({"order_no", "phone", "account", "qq", "wechat", "alipay", "id_card", "bank_card", "card_key"})
"""Kinds whose fingerprint is identity evidence (method.md §7)."""
STRICT = frozenset({"phone", "id_card", "bank_card", "email", "qq", "wechat"})
"""Kinds that close the publishing gate."""

_STAGES: tuple[Stage, ...] = (
    public.public,
    screen.screen_names,
    links.emails,
    links.links,
    links.addresses,
    spoken.spoken,
    cues.cued,
    cues.trailing,
    digits.numbers,
    serials.dashed,
    serials.serials,
    serials.plates,
    rest.rest,
    *places.PLACES,
    names.introduced,
    names.dotted,
    titles.titled,
    titles.surnamed,
    titles.latin,
    people.people,
    titles.beside_numbers,
)
"""In order; what one finds is covered before the next looks."""
_BLANK, _BETWEEN = re.compile(r"\s"), re.compile(r"[^\w@]+")
_COUNTRY = re.compile(r"^(?:0086|86)(?=1[3-9][0-9]{9}$)")
_TOGETHER = 120_000
"""About so many characters of texts are read at once."""


class Mark(NamedTuple):
    """One removal: where the mark stands in the redacted text, and the normalised original for fingerprints only."""

    kind: str
    start: int
    end: int
    secret: str

    def __repr__(self) -> str:
        return f"Mark(kind={self.kind!r}, start={self.start}, end={self.end})"


def _apart(found: list[Hit]) -> list[Hit]:
    """The hits without those that reach into an earlier one."""
    kept: list[Hit] = []
    for hit in found:
        if not kept or hit[0] >= kept[-1][1]:
            kept.append(hit)
    return kept


def _find(texts: Sequence[str]) -> list[list[tuple[Hit, str]]]:
    """Everything to remove from each text, in order, with its normalised secret."""
    reading = Reading(texts)
    places = STARTS.at(reading.codes)
    rest = reading.text
    hits: list[Hit] = []
    for stage in _STAGES:
        if found := stage(rest, places):
            found = _apart(found)
            hits += (hit for hit in found if hit[2] != KEPT)
            rest = blank(rest, found)
    hits.sort()
    by_text: list[list[tuple[Hit, str]]] = [[] for _ in texts]
    for (start, end, kind), (text, hit) in zip(hits, reading.original(hits), strict=True):
        by_text[text].append((hit, _normal(kind, reading.text[start:end])))
    return by_text


def _normal(kind: str, folded: str) -> str:
    """The same secret written in two ways becomes the same string."""
    if kind in {"name", "address", "plate"}:
        return _BLANK.sub("", folded)
    if kind in {"email", "url", "ip"}:
        return folded
    compact = _BETWEEN.sub("", folded)
    return _COUNTRY.sub("", compact) if kind == "phone" else compact


def _apply(text: str, hits: Sequence[tuple[Hit, str]], marks: Sequence[Mark]) -> tuple[str, list[Mark]]:
    """The text with marks in place of the hits; marks set earlier move along."""
    pieces: list[str] = []
    moved: list[Mark] = []
    shift = done = earlier = 0
    for (start, end, kind), secret in hits:
        while earlier < len(marks) and marks[earlier].start < start:
            old = marks[earlier]
            moved.append(Mark(old.kind, old.start + shift, old.end + shift, old.secret))
            earlier += 1
        pieces += (text[done:start], MARKS[kind])
        place = start + shift
        moved.append(Mark(kind, place, place + len(MARKS[kind]), secret))
        shift += len(MARKS[kind]) - (end - start)
        done = end
    moved += (Mark(old.kind, old.start + shift, old.end + shift, old.secret) for old in marks[earlier:])
    return "".join((*pieces, text[done:])), moved


def redact(text: str) -> tuple[str, list[Mark]]:
    """The text with every piece of personal data replaced by a typed mark, and the new marks in order.

    Repeated until nothing is found, so that redacting the result again changes nothing.
    """
    return redact_all([text])[0]


def redact_all(texts: Sequence[str]) -> list[tuple[str, list[Mark]]]:
    """`redact` for each text; many are read at once."""
    done: list[tuple[str, list[Mark]]] = [(text, []) for text in texts]
    pending = list(range(len(texts)))
    while pending:
        found = _find([done[place][0] for place in pending])
        for place, hits in zip(pending, found, strict=True):
            if hits:
                done[place] = _apply(done[place][0], hits, done[place][1])
        pending = [place for place, hits in zip(pending, found, strict=True) if hits]
    return done


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for text in texts:
        batch.append(text)
        size += len(text) + APART
        if size >= _TOGETHER:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def leaks(text: str) -> list[str]:
    """The strict kinds of personal data still in a text, sorted; empty for whatever `redact` returned."""
    return leaks_all([text])[0]


def leaks_all(texts: Sequence[str]) -> list[list[str]]:
    """`leaks` for each text; many are read at once."""
    found = chain.from_iterable(map(_find, _batches(texts)))
    return [sorted({kind for (_, _, kind), _ in hits} & STRICT) for hits in found]


def _digest(message: str, key: bytes) -> str:
    digest = _keyed(key).copy()
    digest.update(message.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:32]


@lru_cache(1)
def _keyed(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod=hashlib.sha256)


def fingerprints(marks: Sequence[Mark], key: bytes) -> list[str]:
    """`kind:digest` of the identifiers among the marks, keyed, in order, each once."""
    found = (mark for mark in marks if mark.kind in EVIDENCE)
    return list(dict.fromkeys(f"{mark.kind}:{_digest(f'{mark.kind}:{mark.secret}', key)}" for mark in found))


def redact_name_field(author: str | None, key: bytes) -> str | None:
    """A complainant's alias as a pseudonym; None when the portal shows none."""
    alias = "".join((author or "").split())
    if not alias or alias in {"匿名", "匿名用户", "匿名网友", "-"}:
        return None
    return _digest(f"author:{alias}", key)


_MARK_TYPE = pa.struct([("kind", pa.string()), ("start", pa.int32()), ("end", pa.int32())])


def _nested(lists: Sequence[Sequence[object]], values: pa.Array) -> pa.ListArray:
    """A list column from the lengths of `lists` and their values end to end."""
    return pa.ListArray.from_arrays(pa.array(np.cumsum([0, *map(len, lists)]), pa.int32()), values)


def redact_texts(texts: pa.Array | pa.ChunkedArray) -> tuple[list[str | None], list[list[Mark]]]:
    """Each text redacted, and its marks; a null stays null, its marks are none."""
    redacted: list[str | None] = texts.to_pylist()
    marks: list[list[Mark]] = [[]] * len(redacted)
    rows = [row for row, text in enumerate(redacted) if text]
    done = chain.from_iterable(map(redact_all, _batches([redacted[row] or "" for row in rows])))
    for row, (text, found) in zip(rows, done, strict=True):
        redacted[row], marks[row] = text, found
    return redacted, marks


def prints_column(marks: Sequence[Sequence[Mark]], key: bytes) -> pa.ListArray:
    """The fingerprints of each text, from its marks."""
    prints = [fingerprints(found, key) if found else [] for found in marks]
    return _nested(prints, pa.array(list(chain.from_iterable(prints)), pa.string()))


def redact_column(texts: pa.Array | pa.ChunkedArray, key: bytes) -> pa.StructArray:
    """A column of texts, redacted: struct of `text`, `marks` (kind, start, end) and `fingerprints`; a null stays null, its lists empty."""
    redacted, marks = redact_texts(texts)
    flat = list(chain.from_iterable(marks))
    columns = [
        pa.array([mark.kind for mark in flat], pa.string()),
        pa.array([mark.start for mark in flat], pa.int32()),
        pa.array([mark.end for mark in flat], pa.int32()),
    ]
    return pa.StructArray.from_arrays(
        [
            pa.array(redacted, pa.string()),
            _nested(marks, pa.StructArray.from_arrays(columns, fields=list(_MARK_TYPE))),
            prints_column(marks, key),
        ],
        names=["text", "marks", "fingerprints"],
    )
