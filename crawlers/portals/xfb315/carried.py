"""The data a 消费保 page carries as JSON: as the whole answer, in a script tag, or in an attribute. Pure.

Fields are known by their documented names, wherever in the page they stand.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from parsel import Selector

from pipeline.errors import ComplaintGone, PortalChanged, Refused
from pipeline.portals import PortalFacts

IDS = ("id", "complaint_id", "tousu_id")
_COMPLAINT = {"title", "content", "add_time", "status"}
_ELSEWHERE = {"similars"}  # other people's complaints beside this one
_FINE = {None, 0, 200, "", "0", "200"}
_START = re.compile(r"(?:^|[=(,:])\s*(?=[{\[])")
_QUOTED = re.compile(r'JSON\.parse\(\s*(?=")')
_DECODER = json.JSONDecoder()
Json = dict[str, Any]


def documents(root: Selector, text: str) -> list[Any]:
    """Every JSON value of the page, in its order."""
    if is_json(text):
        return [whole_json(text)]
    found = [value for script in root.css("script:not([src])::text").getall() for value in _in_script(script)]
    return found + [value for raw in root.xpath("//@*[starts-with(., '{')]").getall() for value in _decoded(raw, 0)]


def is_json(text: str) -> bool:
    return text.lstrip()[:1] in ("{", "[")


def whole_json(text: str) -> Any:
    """The answer as JSON. Raises Refused for one that is cut off."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise Refused("truncated", f"the JSON is cut off or broken ({error}); it is asked for again") from error


def _in_script(script: str) -> Iterator[Any]:
    for quoted in _QUOTED.finditer(script):
        for inner in _decoded(script, quoted.end()):
            yield from _decoded(inner, 0) if isinstance(inner, str) else ()
    at = 0
    while start := _START.search(script, at):
        at = start.end()
        try:
            value, at = _DECODER.raw_decode(script, at)
        except ValueError:
            at += 1
            continue
        yield value


def _decoded(raw: str, at: int) -> Iterator[Any]:
    try:
        yield _DECODER.raw_decode(raw, at)[0]
    except ValueError:
        return  # braces of a program, not data


def dicts(value: Any) -> Iterator[Json]:
    """All objects below a value, the outer before the inner, other people's complaints left out."""
    if isinstance(value, dict):
        yield value
        for key, inner in value.items():
            if key not in _ELSEWHERE:
                yield from dicts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from dicts(inner)


def number(found: Json) -> str | None:
    """The complaint number an object names."""
    return next((str(found[key]) for key in IDS if found.get(key) not in (None, "")), None)


def complaint(values: list[Any], ref: str) -> Json | None:
    """The object that holds this complaint; null when the page carries none. Raises PortalChanged if it is unclear."""
    shown = [found for value in values for found in dicts(value) if found.keys() >= _COMPLAINT]
    ours = [found for found in shown if number(found) in (None, ref)]
    most = max((_fullness(found) for found in ours), default=(0, False))
    fullest = [found for found in ours if _fullness(found) == most]
    if shown and not ours:
        raise PortalChanged(f"xfb315/{ref}: the page shows complaint {number(shown[0])}")
    if any(found != fullest[0] for found in fullest):
        raise PortalChanged(f"xfb315/{ref}: the page carries {len(fullest)} complaints without numbers")
    return fullest[0] if fullest else None


def _fullness(found: Json) -> tuple[int, bool]:
    """A detail has more of the documented fields than a line of a list."""
    return len(found.keys() & (_DOCUMENTED - set(IDS))), number(found) is not None


def says_something(values: list[Any]) -> bool:
    """Whether there are data of the portal among them, not only pieces of a program."""
    return any({"title", "msg"} & entry.keys() for value in values for entry in dicts(value))


def has_empty_list(values: list[Any]) -> bool:
    """Whether the portal answers with a list in which nothing stands."""
    answers = [value["data"] for value in values if isinstance(value, dict) and isinstance(value.get("data"), dict)]
    return any(part == [] for data in answers for part in data.values())


def refuse_envelope(facts: PortalFacts, what: str, values: list[Any]) -> None:
    """Raises ComplaintGone or Refused when the portal's answer says so: {data, error, msg} or {code, data, msg}."""
    for value in values:
        if not isinstance(value, dict) or "msg" not in value or not {"data", "code", "error"} & value.keys():
            continue
        is_fine = value.get("code") in _FINE and value.get("error") in _FINE and bool(value.get("data"))
        if not is_fine:
            raise _refusal(facts, what, str(value.get("msg") or ""))


def _refusal(facts: PortalFacts, what: str, said: str) -> ComplaintGone | Refused:
    for word, kind in facts.gone_words.items():
        if word in said:
            return ComplaintGone(kind, f"{what}: the portal says {word}")
    for word, wall in facts.wall_words.items():
        if word in said:
            return Refused(wall, f"{what}: the portal answers {word}; nothing is worked around, try later")
    return Refused("no_data", f"{what}: the portal answers without data; it is asked for again at the next run")


def unlisted(found: Json) -> Iterator[str]:
    """Keys of the complaint's object that nobody has documented."""
    yield from sorted(found.keys() - _DOCUMENTED)


_DOCUMENTED = frozenset({
    *IDS, "title", "name", "add_time", "client", "content", "problem", "suqiu", "addons", "pic", "status",
    "default_result", "stat", "member", "similars", "is_collect", "brand_id",
})  # fmt: skip
