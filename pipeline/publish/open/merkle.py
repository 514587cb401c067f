"""The hash tree of RFC 6962 over SHA-256: leaf 0x00, node 0x01, an odd last node moves up unchanged."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple

EMPTY = sha256(b"").digest()


class Step(NamedTuple):
    """One neighbour on the way from a leaf to the root."""

    side: str
    """`left` or `right`: where the neighbour stands."""
    hash: str


Levels = list[list[bytes]]


def leaf(record: bytes) -> bytes:
    return sha256(b"\x00" + record).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def levels(leaves: Sequence[bytes]) -> Levels:
    """All levels, leaves first, the root alone last; of nothing, one level with the root of the empty tree."""
    found = [list(leaves) or [EMPTY]]
    while len(below := found[-1]) > 1:
        above = [node(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)]
        found.append(above + below[len(above) * 2 :])
    return found


def root(leaves: Iterable[bytes]) -> bytes:
    """The root alone, keeping one hash a level."""
    stack: list[tuple[int, bytes]] = []
    for one in leaves:
        size, held = 1, one
        while stack and stack[-1][0] == size:
            size, held = size * 2, node(stack.pop()[1], held)
        stack.append((size, held))
    if not stack:
        return EMPTY
    _, held = stack.pop()
    while stack:
        held = node(stack.pop()[1], held)
    return held


def path(tree: Levels, index: int) -> list[Step]:
    """The neighbours of a leaf, from below to above."""
    steps: list[Step] = []
    for level in tree[:-1]:
        other = index ^ 1
        if other < len(level):
            steps.append(Step("left" if other < index else "right", level[other].hex()))
        index //= 2
    return steps


def walk(start: bytes, steps: Iterable[Step]) -> bytes:
    """Where a leaf's hash leads along its path: the root, if record and path are the edition's own."""
    held = start
    for side, hash_ in steps:
        other = bytes.fromhex(hash_)
        held = node(other, held) if side == "left" else node(held, other)
    return held
