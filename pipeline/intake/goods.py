"""What was bought, by the words of data/reference/goods.yml; a text that names nothing has none."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import yaml
from pydantic import ValidationError

from pipeline.errors import BadInput
from pipeline.gate import Gate, found
from pipeline.intake.cues import clean
from pipeline.model import Record
from pipeline.yaml_files import fault, load_yaml


class Good(Record):
    """One kind of goods.yml; the file's head says what the fields mean."""

    code: str
    en: str
    words: tuple[str, ...]


class Goods:
    """The reviewed kinds, compiled into one pattern: longer words first, so they protect shorter ones."""

    def __init__(self, kinds: list[Good]) -> None:
        self.kinds = kinds
        self._code = {word: kind.code for kind in kinds for word in kind.words}
        words = sorted(self._code, key=lambda word: (-len(word), word))
        self._words = re.compile("|".join(map(re.escape, words)))
        self._gate = Gate([re.escape(word) for word in words], [0] * len(words))

    @classmethod
    @cache
    def load(cls, path: Path) -> "Goods":
        """From data/reference/goods.yml."""
        try:
            return cls([Good.model_validate(row) for row in load_yaml(path.read_text(encoding="utf8"))])
        except (yaml.YAMLError, ValidationError, FileNotFoundError) as error:
            raise BadInput(f"{path}: {fault(error)}") from error

    def of_text(self, *texts: str | None) -> list[str]:
        """Codes in the file's order; empty when nothing is named."""
        return self.of_clean(clean(*texts))

    def of_clean(self, text: str) -> list[str]:
        """`of_text` of a text that is clean already."""
        return self._codes(self._words.findall(text))

    def of_all(self, texts: Sequence[str]) -> list[list[str]]:
        """`of_clean` of each text."""
        (spots,) = self._gate.spots(texts)
        if spots is None:
            return [self.of_clean(text) for text in texts]
        return [
            self._codes(match[0] for match in found(self._words, text, spots[at])) if at in spots else []
            for at, text in enumerate(texts)
        ]

    def _codes(self, words: Iterable[str]) -> list[str]:
        named = {self._code[word] for word in words}
        return [kind.code for kind in self.kinds if kind.code in named] if named else []
