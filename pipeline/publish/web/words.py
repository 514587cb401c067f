"""Words for people: `site/locale/<language>.yml`, checked against the vocabulary of the model when loaded."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import yaml

from pipeline.errors import BadInput
from pipeline.model import LABELS, RUNGS, Actor, EventKind, Kept, ScoreState, State, T0Basis
from pipeline.paths import PROJECT, SITE
from pipeline.yaml_files import load_yaml

ISSUES = PROJECT / "data" / "reference" / "issues.yml"
_MUST: dict[str, tuple[str, ...]] = {
    "rungs": RUNGS,
    "labels": LABELS,
    "states": get_args(State),
    "actors": get_args(Actor),
    "kinds": get_args(EventKind),
    "t0_basis": get_args(T0Basis),
    "kept": get_args(Kept),
    "figures": get_args(ScoreState),
}


@dataclass(frozen=True)
class Words:
    """Look-ups by path; a missing word raises BadInput naming the path and the file."""

    tree: Mapping[str, Any]
    path: Path

    def __call__(self, *keys: str) -> str:
        here: Any = self.tree
        for key in keys:
            if not isinstance(here, dict) or key not in here:
                raise BadInput(f"{self.path}: no word for '{' › '.join(keys)}'; add it there")
            here = here[key]
        if not isinstance(here, str):
            raise BadInput(f"{self.path}: '{' › '.join(keys)}' is not a text")
        return here

    def keys(self, section: str) -> tuple[str, ...]:
        """The keys of one section, in the order of the file."""
        return tuple(self.tree[section])


def load_words(language: str = "zh", folder: Path = SITE / "locale") -> Words:
    """The words of one language; every rung, label, state, step, actor of the model must have one."""
    path = folder / f"{language}.yml"
    try:
        tree = load_yaml(path.read_text(encoding="utf8"))
    except (OSError, yaml.YAMLError) as error:
        raise BadInput(f"{path}: {error}") from error
    if not isinstance(tree, dict):
        raise BadInput(f"{path}: sections expected")
    missing = [f"{name} › {key}" for name, must in _MUST.items() for key in must if key not in tree.get(name, {})]
    if missing:
        raise BadInput(f"{path}: words missing: {', '.join(missing)}")
    tree["issues"] = _issues(language)
    return Words(tree, path)


def _issues(language: str) -> dict[str, str]:
    """Issue code → its name; the codes themselves are Chinese."""
    entries = load_yaml((ISSUES).read_text(encoding="utf8"))
    return {entry["code"]: entry["code"] if language == "zh" else entry[language] for entry in entries}
