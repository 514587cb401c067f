"""Which complaints are one person's one dispute: identity evidence AND text evidence, on one platform.

Text alone never merges. Every merge names its evidence. Two different order numbers are two disputes; equal amount and
near date count only where nobody else tells the same story, because victims of one scheme paste one template and pay
one price.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.group.expand import Told
from pipeline.group.identity import OTHER, SAME, SHARED_BY_MANY, Identity
from pipeline.group.shingles import Floats, Ints, Mask

RULE = "case-3"
EVIDENCE = ("order", "personal", "contact", "alias", "amount")
NEAR_DAYS = 60
TEXT_WITH_ORDER = 0.08
TEXT_WITH_PERSONAL = 0.3
TEXT_WITH_ALIAS = 0.4
TEXT_WITH_CONTACT = 0.45
TEXT_WITH_AMOUNT = 0.35
TEXT_DESPITE_AMOUNT = 0.6  # one person, another amount: mostly another dispute told with the same closing words
OTHERS_TELL = 0.7  # of the pair's own likeness: someone else's story this close makes it a template
LEAST_OTHERS = 0.25


@dataclass(frozen=True)
class Merges:
    """Pairs to merge, what identifies them (bits in the order of EVIDENCE) and the text score."""

    left: Ints
    right: Ints
    evidence: Ints
    score: Floats


@dataclass(frozen=True)
class _Evidence:
    """Masks over pairs."""

    order: Mask
    personal: Mask
    contact: Mask
    alias: Mask
    amount: Mask
    other_order: Mask
    other_personal: Mask
    other_alias: Mask
    other_amount: Mask

    @property
    def contradicted(self) -> Mask:
        """Something says these are different people or disputes."""
        return self.other_order | self.other_personal | self.other_alias | self.other_amount

    @property
    def same_person(self) -> Mask:
        return self.order | self.personal | self.alias


def merge_pairs(told: Told, who: Identity) -> Merges:
    """The pairs among `told` that are one case."""
    found, text = _evidence(told, who), told.score
    alone = _told_by_nobody_else(told, found, len(who.day))
    keep = found.order & (text >= TEXT_WITH_ORDER)
    enough = np.where(found.other_amount, TEXT_DESPITE_AMOUNT, TEXT_WITH_PERSONAL)
    keep |= found.personal & ~found.other_order & (text >= enough)
    keep |= found.alias & ~(found.other_order | found.other_personal | found.other_amount) & (text >= TEXT_WITH_ALIAS)
    keep |= found.contact & ~found.contradicted & (text >= TEXT_WITH_CONTACT)
    keep |= found.amount & ~found.contradicted & alone & (text >= TEXT_WITH_AMOUNT)
    bits = sum(getattr(found, name).astype(np.int64) << place for place, name in enumerate(EVIDENCE))
    return Merges(told.left[keep], told.right[keep], np.asarray(bits)[keep], np.minimum(text[keep], 1.0))


def _evidence(told: Told, who: Identity) -> _Evidence:
    left, right = told.left, told.right
    orders, personal, contacts, aliases = (
        marks.relation(left, right) for marks in (who.orders, who.personal, who.contacts, who.aliases)
    )
    same_portal = who.portal[left] == who.portal[right]
    same_amount = who.amount[left] == who.amount[right]
    both = ~np.isnan(who.amount[left]) & ~np.isnan(who.amount[right])
    return _Evidence(
        order=orders == SAME,
        personal=personal == SAME,
        contact=contacts == SAME,
        alias=same_portal & (aliases == SAME),
        amount=same_amount & (np.abs(who.day[left] - who.day[right]) <= NEAR_DAYS),
        other_order=orders == OTHER,
        other_personal=personal == OTHER,
        other_alias=same_portal & (aliases == OTHER),
        other_amount=both & ~same_amount,
    )


def _told_by_nobody_else(told: Told, found: _Evidence, size: int) -> Mask:
    """Pairs whose likeness no contradicting third complaint comes near, and that are not two of very many."""
    strangers = found.contradicted & ~found.same_person
    nearest = np.zeros(size)
    for side in (told.left, told.right):
        np.maximum.at(nearest, side[strangers], told.score[strangers])
    closest = np.maximum(nearest[told.left], nearest[told.right])
    close = np.maximum(LEAST_OTHERS, OTHERS_TELL * told.score)
    many = told.crowd[told.left] > SHARED_BY_MANY
    return np.asarray((closest < close) & ~many, bool)
