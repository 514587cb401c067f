"""What may tell people apart, and which complaints of one platform share a mark few others carry.

A number, an account or an alias that many complaints of a platform carry identifies nobody.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.group.shingles import Floats, Ints, Mask
from pipeline.kernels import kernel

SHARED_BY_MANY = 8  # a mark on more complaints of one platform than this is the shop's own, or common to strangers
DAY_US = 86_400_000_000
UNKNOWN, OTHER, COMMON, SAME = range(4)
FAMILIES = {
    "orders": ("order_no",),
    "personal": ("phone", "account", "bank_card", "id_card", "card_key"),
    "contacts": ("qq", "wechat", "alipay"),
}
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Marks:
    """Marks of one family: complaint i carries codes[places[i]:places[i + 1]], ascending; `rare` says which few others carry.

    Codes are of one platform: the same number on two platforms has two codes.
    """

    places: Ints
    codes: Ints
    rare: Mask

    @classmethod
    def of(cls, rows: Ints, marks: Ints, platforms: Ints) -> "Marks":
        """From (row, mark) entries; a row without a platform carries none."""
        known = platforms[rows] >= 0
        rows, marks = rows[known], marks[known]
        width = int(marks.max(initial=-1)) + 1
        _, codes = np.unique(platforms[rows] * width + marks, return_inverse=True)
        count = int(codes.max(initial=-1)) + 1
        entries = np.unique(rows * count + codes) if count else np.empty(0, np.int64)
        rows, codes = (entries // count, entries % count) if count else (entries, entries)
        uses = np.bincount(codes, minlength=count)
        places = np.searchsorted(rows, np.arange(len(platforms) + 1))
        return cls(places, codes, ((uses > 1) & (uses <= SHARED_BY_MANY))[codes])

    def pairs(self) -> tuple[Ints, Ints]:
        """Pairs of rows with a rare mark in common; a pair may stand twice."""
        owner = np.repeat(np.arange(len(self.places) - 1), np.diff(self.places))
        owner, codes = owner[self.rare], self.codes[self.rare]
        order = np.argsort(codes, kind="stable")
        owner, codes = owner[order], codes[order]
        sides = []
        for apart in range(1, SHARED_BY_MANY):
            same = codes[:-apart] == codes[apart:]
            sides.append((owner[:-apart][same], owner[apart:][same]))
        left, right = (np.concatenate([side[place] for side in sides]) for place in (0, 1))
        return left, right

    def relation(self, left: Ints, right: Ints) -> Bytes:
        """Per pair: a side carries none (UNKNOWN), both and none in common (OTHER), a COMMON one, a rare one (SAME)."""
        return _relation(self.places, self.codes, self.rare, left, right)  # type: ignore[no-any-return]


@kernel
def _relation(places, codes, rare, left, right):  # type: ignore[no-untyped-def]
    out = np.zeros(len(left), np.uint8)
    for at in range(len(left)):
        one, other = places[left[at]], places[right[at]]
        one_end, other_end = places[left[at] + 1], places[right[at] + 1]
        if one == one_end or other == other_end:
            continue
        out[at] = 1
        while one < one_end and other < other_end:
            if codes[one] == codes[other]:
                out[at] = max(out[at], 3 if rare[one] else 2)
                one += 1
                other += 1
            elif codes[one] < codes[other]:
                one += 1
            else:
                other += 1
    return out


@dataclass(frozen=True)
class Identity:
    """One entry a complaint. Codes are -1 and amounts and days NaN where the page says nothing."""

    portal: Ints
    author: Ints
    amount: Floats
    day: Floats
    orders: Marks  # order numbers: one dispute
    personal: Marks  # phones, accounts, cards: one person
    contacts: Marks  # QQ, WeChat, Alipay: often the shop's
    aliases: Marks

    @classmethod
    def of(cls, table: pa.Table, fingerprints: pa.Table, platforms: Ints) -> "Identity":
        """From complaints (in their order) and (complaint, fingerprint) rows of these complaints."""
        rows = pc.index_in(fingerprints["complaint"], table["complaint"].combine_chunks()).fill_null(-1)
        owner = np.asarray(rows, np.int64)
        kinds = pc.list_element(pc.split_pattern(fingerprints["fingerprint"], ":", max_splits=1), 0)
        marks, author = codes(fingerprints["fingerprint"]), codes(table["author"])

        def family(name: str) -> Marks:
            mine = np.asarray(pc.is_in(kinds, pa.array(FAMILIES[name])), bool) & (owner >= 0)
            return Marks.of(owner[mine], marks[mine], platforms)

        named = np.flatnonzero(author >= 0)
        return cls(
            portal=codes(table["portal"]),
            author=author,
            amount=numbers(table["amount_yuan"]),
            day=numbers(pc.divide(table["at"].cast(pa.int64()).cast(pa.float64()), DAY_US)),
            orders=family("orders"),
            personal=family("personal"),
            contacts=family("contacts"),
            aliases=Marks.of(named, author[named], platforms),
        )


def codes(column: pa.Array | pa.ChunkedArray) -> Ints:
    """Dictionary codes of a column, null as -1."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return np.asarray(whole.dictionary_encode().indices.fill_null(-1), np.int64)


def numbers(column: pa.ChunkedArray) -> Floats:
    """A column of numbers, null as NaN."""
    return np.asarray(column.to_numpy().astype(np.float64))
