"""Redaction at the door: personal data becomes a typed mark, and nothing downstream sees the original (method.md §8)."""

import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import pyarrow as pa

from pipeline.intake.redaction import (
    cues,
    digits,
    gate,
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
from pipeline.intake.redaction.fold import JOINT, KEPT, MARKS, Hit, blank
from pipeline.intake.redaction.gate import ALL, Need
from pipeline.intake.redaction.squeeze import Reading

__all__ = [
    "EVIDENCE",
    "MARKS",
    "STRICT",
    "Mark",
    "fingerprints",
    "leaks",
    "redact",
    "redact_column",
    "redact_name_field",
]

Stage: TypeAlias = Callable[[str], list[Hit]]

EVIDENCE = frozenset({"order_no", "phone", "account", "qq", "wechat", "alipay", "id_card", "bank_card", "card_key"})
"""Kinds whose fingerprint is identity evidence (method.md §7)."""
STRICT = frozenset({"phone", "id_card", "bank_card", "email", "qq", "wechat"})
"""Kinds that close the publishing gate."""

_VALUES: tuple[Stage, ...] = (
    links.emails,
    links.links,
    links.addresses,
    spoken.spoken,
    cues.cued,
)
_RUNS: tuple[Stage, ...] = (
    cues.trailing,
    digits.numbers,
    serials.dashed,
    serials.serials,
    serials.plates,
    rest.rest,
)
_PLACES: tuple[Stage, ...] = places.places
_NAMES: tuple[Stage, ...] = (
    names.introduced,
    names.dotted,
    titles.titled,
    titles.surnamed,
    titles.latin,
)
_PEOPLE: tuple[Stage, ...] = (people.people,)
_FIRST: tuple[Stage, ...] = (screen.screen_names,)
_PUBLIC: tuple[Stage, ...] = (public.public,)
_BESIDE: tuple[Stage, ...] = (titles.beside_numbers,)
_ASCII = re.compile(r"[0-9a-z]")
_RUN = re.compile(
    rf"[0-9a-z](?:[0-9a-z]{{4}}|(?<=[0-9])(?:{JOINT}{{0,4}}(?:[()（）]{JOINT}?)?[0-9]){{4}}|[0-9a-z]{{0,3}}[\-_][0-9a-z]{{3}}|(?<=1)[3-9][0-9][^0-9]{{1,3}}[0-9]{{4}}[^0-9])"
)
"""Five letters or digits together, five digits near each other, or a mobile number in three parts: without one, no number is long enough."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One removal: where the mark stands in the redacted text, and the normalised original for fingerprints only."""

    kind: str
    start: int
    end: int
    secret: str = field(repr=False)


def _apart(found: list[Hit]) -> list[Hit]:
    """The hits without those that reach into an earlier one."""
    kept: list[Hit] = []
    for hit in found:
        if not kept or hit[0] >= kept[-1][1]:
            kept.append(hit)
    return kept


def _stages(folded: str, need: Need) -> tuple[Stage, ...]:
    """The stages that can find anything in this text."""
    first = _FIRST if need.screen else ()
    if need.values and _ASCII.search(folded):
        first = _PUBLIC + first
        first += _VALUES + _RUNS if _RUN.search(folded) else _VALUES
    first += _PLACES if need.places else ()
    first += _NAMES if need.names else ()
    first += _PEOPLE if need.people else ()
    return first + (_BESIDE if need.values else ())


def _find(text: str, need: Need = ALL) -> list[tuple[Hit, str]]:
    """Everything to remove from the text, in order, each with its normalised secret. `need` may rule out groups of stages."""
    reading = Reading(text)
    rest = reading.text
    hits: list[Hit] = []
    for stage in _stages(rest, need):
        if found := stage(rest):
            found = _apart(found)
            hits += (hit for hit in found if hit[2] != KEPT)
            rest = blank(rest, found)
    hits.sort()
    secrets = [_normal(kind, reading.text[start:end]) for start, end, kind in hits]
    return list(zip(reading.original(hits), secrets, strict=True))


def _normal(kind: str, folded: str) -> str:
    """The same secret written in two ways becomes the same string."""
    if kind in {"name", "address", "plate"}:
        return re.sub(r"\s", "", folded)
    if kind in {"email", "url", "ip"}:
        return folded
    compact = "".join(char for char in folded if char.isalnum() or char in "_@")
    return re.sub(r"^(?:0086|86)(?=1[3-9][0-9]{9}$)", "", compact) if kind == "phone" else compact


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
    return _redact(text, ALL)


def _redact(text: str, need: Need) -> tuple[str, list[Mark]]:
    marks: list[Mark] = []
    hits = _find(text, need)
    while hits:
        text, marks = _apply(text, hits, marks)
        hits = _find(text)
    return text, marks


def leaks(text: str) -> list[str]:
    """The strict kinds of personal data still in a text, sorted; empty for whatever `redact` returned."""
    return sorted({kind for (_, _, kind), _ in _find(text)} & STRICT)


def _digest(message: str, key: bytes) -> str:
    return hmac.digest(key, message.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()[:32]


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
    offsets = [0]
    for items in lists:
        offsets.append(offsets[-1] + len(items))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values)


def redact_column(texts: pa.Array | pa.ChunkedArray, key: bytes) -> pa.StructArray:
    """A column of texts, redacted: struct of `text`, `marks` (kind, start, end) and `fingerprints`; a null stays null, its lists empty."""
    whole = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    redacted: list[str | None] = whole.to_pylist()
    marks: list[list[Mark]] = [[]] * len(redacted)
    for row, (text, need) in enumerate(zip(redacted, gate.needs(whole), strict=True)):
        if text is not None and any(need):
            redacted[row], marks[row] = _redact(text, need)
    flat = [mark for found in marks for mark in found]
    columns = [
        pa.array([mark.kind for mark in flat], pa.string()),
        pa.array([mark.start for mark in flat], pa.int32()),
        pa.array([mark.end for mark in flat], pa.int32()),
    ]
    prints = [fingerprints(found, key) for found in marks]
    return pa.StructArray.from_arrays(
        [
            pa.array(redacted, pa.string()),
            _nested(marks, pa.StructArray.from_arrays(columns, fields=list(_MARK_TYPE))),
            _nested(prints, pa.array([one for found in prints for one in found], pa.string())),
        ],
        names=["text", "marks", "fingerprints"],
    )
