"""What must stand where a regular expression matches: characters or pairs, in order, so far apart.

Read off the parsed pattern. Whatever cannot be read (negated classes, back references) needs nothing, so every match meets
its pattern's needs. Look-around is not considered, but for a look ahead at the end; flags are not.
"""

from collections.abc import Sequence
from functools import cache
from itertools import product
from re import _constants as code  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple, TypeAlias

DIGIT = "0"
"""Stands for every decimal digit of any script."""
FAR = 1 << 30
_MOST = 600
"""A step of more keys than this selects nothing."""
_FOLLOWED = 3
_FEW = 6
SPACES = "".join(filter(str.isspace, map(chr, range(0x3001))))
"""What a pattern means by white space."""
_IGNORED = (code.ASSERT, code.ASSERT_NOT, code.AT)
_REPEATS = (code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT)

Item: TypeAlias = tuple[Any, Any]
Items: TypeAlias = list[Item]


class Step(NamedTuple):
    """One of `keys` stands `near` to `far` characters behind the place of the step before, the first one behind where the
    match begins (there `near` is `far`)."""

    keys: frozenset[str]
    near: int
    far: int


Steps: TypeAlias = tuple[Step, ...]


@cache
def needs(pattern: str) -> tuple[Steps, ...]:
    """Ways to meet the pattern's needs, one of which every match takes. A way without steps: it may begin anywhere."""
    return tuple(_steps(way) for way in _ways(_flat(_parser.parse(pattern), last=True)))


def beginnings(pattern: str, size: int) -> frozenset[str]:
    """`heads` of a pattern, decimal digits spelt out as 0 to 9."""
    found = heads(_flat(_parser.parse(pattern)), size)
    return frozenset("".join(letters) for head in found for letters in product(*(_spelt(letter) for letter in head)))


def _spelt(letter: str) -> str:
    return "0123456789" if letter == DIGIT else letter


def _flat(items: Sequence[Item], last: bool = False) -> Items:
    """Without groups and what has no width. `last`: nothing comes behind the items, so that a look ahead there may stand for itself."""
    out: Items = []
    for place, (kind, value) in enumerate(items, start=1):
        ends = last and place == len(items)
        if kind is code.SUBPATTERN:
            out += _flat(value[3], ends)
        elif kind is code.ATOMIC_GROUP:
            out += _flat(value, ends)
        elif kind is code.ASSERT and ends and value[0] == 1:
            out += _flat(value[1], ends)
        elif kind not in _IGNORED:
            out.append((kind, value))
    return out


def _ways(items: Items) -> list[Items]:
    """The alternatives of a pattern that is nothing but alternatives (with a beginning in common), or begins with a few."""
    if items and items[-1][0] is code.BRANCH and all(kind is code.LITERAL for kind, _ in items[:-1]):
        return [items[:-1] + way for one in items[-1][1][1] for way in _ways(_flat(one, last=True))]
    if items and items[0][0] is code.BRANCH and len(items[0][1][1]) <= _FEW:
        return [_flat(one) + items[1:] for one in items[0][1][1]]
    return [items]


def _steps(items: Items) -> Steps:
    found: list[Step] = []
    near = far = at = 0
    while at < len(items):
        size, (least, most) = _run(items, at), _width(items[at])
        if (least or not found) and "" not in (keys := heads(items[at:], 2)):
            found.append(Step(keys, near, far))
            near = far = 0
            if size > 3:  # a long word: its end as well
                found.append(Step(heads(items[at + size - 2 :], 2), size - 2, size - 2))
                near = far = 2 - size
        near, far = near + (size or least), min(far + (size or most), FAR)
        if not found and near != far:
            return ()
        at += max(size, 1)
    return tuple(found)


def _run(items: Items, at: int) -> int:
    """How many characters stand there one after the other."""
    end = at
    while end < len(items) and items[end][0] is code.LITERAL:
        end += 1
    return end - at


def _width(item: Item) -> tuple[int, int]:
    try:
        least, most = _parser.SubPattern(_parser.State(), [item]).getwidth()
    except IndexError:  # a back reference: its group is not known here
        return 0, FAR
    return int(least), min(int(most), FAR)


def heads(items: Items, size: int) -> frozenset[str]:
    """The first `size` characters of everything the items match, shorter where it ends or cannot be read ("": anything)."""
    found = _heads(items, size)
    found = {one for one in found if len(one) < 2 or one[:1] not in found}
    if len(found) > _MOST:
        found = {one[:1] for one in found}
    return frozenset(found) if len(found) <= _MOST else frozenset([""])


def _heads(items: Items, size: int) -> set[str]:
    if not items or not size:
        return {""}
    (kind, value), rest = items[0], items[1:]
    if kind is code.LITERAL or kind is code.IN:
        letters = {_letter(value)} if kind is code.LITERAL else _letters(value)
        more = _heads(rest, size - 1) if letters != {""} else {""}
        return {letter + one for letter in letters for one in more}
    if kind is code.BRANCH:
        return {head for one in value[1] for head in _heads(_flat(one) + rest, size)}
    if kind in _REPEATS:
        return _repeated(kind, value, rest, size)
    return {""}


def _repeated(kind: Any, value: Any, rest: Items, size: int) -> set[str]:
    least, most, inner = int(value[0]), min(int(value[1]), _FOLLOWED), _flat(value[2])
    if not inner or not _width(inner[0])[0]:
        return {""}
    again = [(kind, (max(least - 1, 0), most - 1, inner))] if most > 1 else []
    found = _heads(inner + again + rest, size)
    return found | _heads(rest, size) if least == 0 else found


def _letter(number: int) -> str:
    letter = chr(number)
    return DIGIT if letter.isdecimal() else letter


def _letters(listed: Sequence[Item]) -> set[str]:
    """The characters of a class, {""} when it is not a list of few."""
    found: set[str] = set()
    for kind, value in listed:
        if kind is code.LITERAL:
            found.add(_letter(value))
        elif kind is code.RANGE and value[1] - value[0] < _MOST:
            found.update(map(_letter, range(value[0], value[1] + 1)))
        elif kind is code.CATEGORY and value is code.CATEGORY_DIGIT:
            found.add(DIGIT)
        elif kind is code.CATEGORY and value is code.CATEGORY_SPACE:
            found.update(SPACES)
        else:
            return {""}
    return found
