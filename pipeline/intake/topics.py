"""What many texts are about: `Taxonomy.of_clean` of a whole batch, each cue tried only where the gate lets it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.gate import Gate, Spots
from pipeline.intake.issues import OTHER, Cue, Taxonomy, matches

Bits = NDArray[np.bool_]
_AT_ONCE = 1_000
_FOUND = 2


class Topics:
    """The cues of a taxonomy behind one gate."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._denied = taxonomy.denied
        self._codes = [issue.code for issue in taxonomy.issues]
        self._issues = taxonomy.issues
        self._cues: list[Cue] = taxonomy.cues
        self._denials = Gate([one.pattern for one in taxonomy.denials])
        self._gate = Gate([cue.pattern.pattern for cue in self._cues])
        self._place = {code: at for at, code in enumerate(self._codes)}
        self._companions = taxonomy.companions

    def of(self, texts: Sequence[str]) -> list[list[str]]:
        """Codes of each clean text, as `Taxonomy.of_clean` names them."""
        return [codes for at in range(0, len(texts), _AT_ONCE) for codes in self._of(texts[at : at + _AT_ONCE])]

    def _of(self, texts: Sequence[str]) -> list[list[str]]:
        read = self._without_denied(texts)
        spots = self._gate.spots(read)
        told = self._named("cues", read, spots, np.zeros((len(self._codes), len(read)), bool))
        told |= self._weak(told, self._named("weak", read, spots, told))
        apart = [at for at, code in enumerate(self._codes) if code not in self._companions]
        told |= self._named("last", read, spots, told | told[apart].any(axis=0))
        return self._lists(self._ordered(told))

    def _without_denied(self, texts: Sequence[str]) -> list[str]:
        read = list(texts)
        if self._denied:
            for at in set().union(*(range(len(texts)) if one is None else one for one in self._denials.spots(texts))):
                read[at] = self._denied.sub("，", read[at])
        return read

    def _named(self, kind: str, texts: Sequence[str], spots: list[Spots | None], shut: Bits) -> Bits:
        """Issues by texts that cues of a kind name; issues are not looked for in the texts where they are shut."""
        closed = [bytearray(row.tobytes()) for row in shut]
        for cue, places in zip(self._cues, spots, strict=True):
            if cue.kind == kind:
                _try(cue, texts, places, closed[self._place[cue.issue.code]])
        return np.array([np.frombuffer(row, np.uint8) == _FOUND for row in closed])

    def _weak(self, told: Bits, weak: Bits) -> Bits:
        """Weak cues count where no issue they yield to is told."""
        kept = weak.copy()
        for row, issue in enumerate(self._issues):
            kept[row] &= ~told[[self._place[code] for code in issue.yields_to if code in self._place]].any(axis=0)
        return kept

    def _ordered(self, told: Bits) -> Bits:
        kept = told.copy()
        for row, issue in enumerate(self._issues):
            if issue.only_with:
                others = [at for at, code in enumerate(self._codes) if code not in (issue.code, *issue.only_with)]
                kept[row] &= ~told[others].any(axis=0)
        return kept

    def _lists(self, told: Bits) -> list[list[str]]:
        named: list[list[str]] = [[] for _ in range(told.shape[1])]
        for text, row in zip(*(places.tolist() for places in np.nonzero(told.T)), strict=True):
            named[text].append(self._codes[row])
        return [codes or [OTHER] for codes in named]


def _try(cue: Cue, texts: Sequence[str], spots: Spots | None, done: bytearray) -> None:
    """Mark in `done` the texts the cue matches in."""
    for at in range(len(texts)) if spots is None else spots:
        if not done[at] and matches(cue, texts[at], None if spots is None else spots[at]):
            done[at] = _FOUND
