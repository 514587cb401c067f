"""What many texts are about: `Taxonomy.of_clean` of a whole batch, each cue tried only where the gate lets it."""

import re
from collections.abc import Sequence

import numpy as np

from pipeline.intake.gate import Bits, Gate, Spots, within_clause
from pipeline.intake.issues import OTHER, Cue, Taxonomy, matches

_AROUND = re.compile(r"\(\?[=!<]|\$")
"""What lets a cue look beyond what it matches."""
_AT_ONCE = 1_000
_FOUND = 2


class Topics:
    """The cues of a taxonomy behind one gate."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._denied = taxonomy.denied
        self._codes = [issue.code for issue in taxonomy.issues]
        self._issues = taxonomy.issues
        self._cues: list[Cue] = taxonomy.cues
        self._alone = [not _AROUND.search(cue.pattern.pattern) for cue in self._cues]
        needs = [(cue.needs, cue.pattern) for cue in self._cues] + taxonomy.denials
        self._gate = Gate([need for need, _ in needs], [within_clause(pattern.pattern) for _, pattern in needs])
        self._place = {code: at for at, code in enumerate(self._codes)}
        self._companions = taxonomy.companions

    def of(self, texts: Sequence[str]) -> list[list[str]]:
        """Codes of each clean text, as `Taxonomy.of_clean` names them."""
        return [codes for at in range(0, len(texts), _AT_ONCE) for codes in self._of(texts[at : at + _AT_ONCE])]

    def _of(self, texts: Sequence[str]) -> list[list[str]]:
        spots = self._gate.spots(texts)
        read, cut = self._without_denied(texts, spots)
        none = np.zeros((len(self._codes), len(read)), bool)
        told = self._named("cues", read, spots, cut, none)
        told |= self._weak(told, self._named("weak", read, spots, cut, told))
        apart = [at for at, code in enumerate(self._codes) if code not in self._companions]
        told |= self._named("last", read, spots, cut, told | told[apart].any(axis=0))
        return self._lists(self._ordered(told))

    def _without_denied(self, texts: Sequence[str], spots: list[Spots]) -> tuple[list[str], set[int]]:
        """The texts as they are read, and which of them were cut: those are read from the start."""
        read = list(texts)
        if self._denied:
            for at in {text for places in spots[len(self._cues) :] for text in places[0]}:
                read[at] = self._denied.sub("，", read[at])
        return read, {at for at, text in enumerate(texts) if read[at] is not text}

    def _named(self, kind: str, texts: Sequence[str], spots: list[Spots], cut: set[int], shut: Bits) -> Bits:
        """Issues by texts that cues of a kind name; issues are not looked for in the texts where they are shut."""
        closed = [bytearray(row.tobytes()) for row in shut]
        for cue, alone, places in zip(self._cues, self._alone, spots, strict=False):
            if cue.kind == kind:
                _try(cue, alone, texts, places, cut, closed[self._place[cue.issue.code]])
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


def _try(cue: Cue, alone: bool, texts: Sequence[str], places: Spots, cut: set[int], done: bytearray) -> None:
    """Mark in `done` the texts the cue matches in. One that looks beyond what it matches reads on to the end, once."""
    last = -1
    for at, start, end in zip(*places, strict=True):
        if done[at] or at == last:
            continue
        if not alone or at in cut:
            last, end = at, len(texts[at])
        if matches(cue, texts[at], 0 if at in cut else start, end):
            done[at] = _FOUND
