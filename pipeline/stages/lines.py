"""Lines of a filter: read one by one, answered together, so that a bad line harms no other and many cost little."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from pipeline.errors import BadInput

Line = dict[str, Any]
Answer = dict[str, Any]
Stage = Callable[[list[Line], Path], list[Answer]]
Read = TypeVar("Read")
_BAD = (BadInput, ValidationError, KeyError, TypeError, ValueError)


def parse(number: int, line: str) -> Line:
    """The object of a line, or `{"id", "error"}`."""
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        return {"id": None, "error": f"line {number} is not JSON: {error.msg} at column {error.colno}"}
    if not isinstance(value, dict):
        return {"id": None, "error": f"line {number} is not a JSON object"}
    return value


def each(lines: list[Line], read: Callable[[Line], Read], answer: Callable[[list[Read]], list[Answer]]) -> list[Answer]:
    """`answer` gets what `read` made of the usable lines and gives one answer for each; should it refuse them together, it
    is asked line by line, so that only the refused one fails."""
    usable: list[tuple[int, Read]] = []
    said: list[Answer] = [{} for _ in lines]
    for place, line in enumerate(lines):
        try:
            usable.append((place, read(line)))
        except _BAD as error:
            said[place] = {"error": _say(error)}
    answers = _together([one for _, one in usable], answer)
    for (place, _), found in zip(usable, answers, strict=True):
        said[place] = found
    return [{"id": line.get("id")} | found for line, found in zip(lines, said, strict=True)]


def _together(usable: list[Read], answer: Callable[[list[Read]], list[Answer]]) -> list[Answer]:
    if not usable:
        return []
    try:
        return answer(usable)
    except _BAD as error:
        if len(usable) == 1:
            return [{"error": _say(error)}]
    return [_together([one], answer)[0] for one in usable]


def _say(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return f"field {error} is missing" if isinstance(error, KeyError) else str(error)


def text_of(line: Line, name: str) -> str | None:
    """A field that must be there and hold a string or null."""
    value = line[name]
    if value is not None and not isinstance(value, str):
        raise BadInput(f"{name} must be a string or null, not {type(value).__name__}")
    return value


def format_lines(answers: list[Answer]) -> Iterator[str]:
    """Each answer as one JSON line."""
    for answer in answers:
        yield json.dumps(answer, ensure_ascii=False)
