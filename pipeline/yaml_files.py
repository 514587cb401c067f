"""YAML as safe plain data, read by libyaml where PyYAML was built with it (ten times as fast, the same result)."""

from typing import Any

import yaml
from pydantic import ValidationError

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_yaml(text: str | bytes) -> Any:
    """The document as lists, mappings and scalars. Raises yaml.YAMLError naming line and column."""
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader either way


def fault(error: Exception) -> str:
    """What is wrong with a file, for the person who edits it: each place, what is asked there and what stands there."""
    if isinstance(error, ValidationError):
        return "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'the whole'}: {one['msg']}, found {_short(one['input'])}"
            for one in error.errors(include_url=False, include_context=False)
        )
    if isinstance(error, FileNotFoundError):
        return "is not there; copy it from the project's data/reference"
    return str(error)


def _short(value: Any, most: int = 80) -> str:
    text = repr(value)
    return text if len(text) <= most else text[:most] + "…"
