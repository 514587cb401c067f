"""What is looked for on which portal, read from `data/reference/watch.yml`: data a person edits, no code."""

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from pipeline.errors import BadInput
from pipeline.model import Record
from pipeline.paths import PROJECT, Paths


class ListRule(Record):
    """One list of a portal.

    `every_days` between two walks (0: each run). `relevance`: `never` everything is taken, `live` judged except on a
    replica on this machine, `always` judged. `most_calls` answers read in one walk. `sweep`: `known` stops at known
    ground, `full` reads to the end.
    """

    follow: bool = True
    every_days: float = Field(default=0, ge=0)
    relevance: Literal["never", "live", "always"] = "never"
    most_calls: int = Field(default=50, ge=1)
    sweep: Literal["known", "full"] = "known"


class Target(Record):
    """A merchant or brand that is watched whatever its name says. `ref` is the portal's own id."""

    ref: str
    name: str


class PortalWatch(Record):
    """What is watched on one portal. `words`: looked for in its merchant directory, never in its complaint search."""

    lists: dict[str, ListRule] = Field(default_factory=dict)
    words: tuple[str, ...] = ()
    tabs: tuple[int, ...] = ()
    fields: tuple[int, ...] = ()
    merchants: tuple[Target, ...] = ()
    brands: tuple[Target, ...] = ()

    def rule(self, name: str) -> ListRule:
        """The rule of a list; a list that is not mentioned is not followed."""
        return self.lists.get(name, ListRule(follow=False))


class Vocabulary(Record):
    """The words of the trade in virtual goods.

    `names`: in a merchant's name they decide. `goods` and `signs`: two different ones in a text decide, at least one
    of them from `goods`. `traps`: phrases in which such a word means something else; read away first. `never`:
    merchants' names with these are other trades whatever else they hold.
    """

    names: tuple[str, ...]
    goods: tuple[str, ...]
    signs: tuple[str, ...]
    traps: tuple[str, ...]
    never: tuple[str, ...]


class Watch(Record):
    """The whole file. `names`: known platforms, added from the reference data beside it."""

    portals: dict[str, PortalWatch]
    vocabulary: Vocabulary
    names: frozenset[str] = frozenset()

    @model_validator(mode="after")
    def _no_word_twice(self) -> "Watch":
        both = set(self.vocabulary.goods) & set(self.vocabulary.signs)
        if both:
            raise ValueError(f"in goods and in signs: {', '.join(sorted(both))}")
        return self

    def portal(self, slug: str) -> PortalWatch:
        return self.portals.get(slug, PortalWatch())


@cache
def load_watch(data: Path) -> Watch:
    """What to watch, for one data directory: its own reference files, else the project's. Raises BadInput."""
    reference = Paths(data).reference
    path = reference / "watch.yml"
    if not path.is_file():
        path = PROJECT / "data" / "reference" / "watch.yml"
    try:
        content = yaml.safe_load(path.read_text(encoding="utf8"))
        return Watch.model_validate({**content, "names": _known_names(reference)})
    except (yaml.YAMLError, ValidationError, TypeError) as error:
        raise BadInput(f"{path}: {error}") from error


def _known_names(reference: Path) -> frozenset[str]:
    """Names of the register that a person has decided."""
    path = reference / "platforms.yml"
    rows = (yaml.safe_load(path.read_text(encoding="utf8")) or []) if path.is_file() else []
    return frozenset(name for row in rows for name in (row["name"], *row.get("names", ())))
