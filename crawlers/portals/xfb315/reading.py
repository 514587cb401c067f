"""What one 消费保 page says about a complaint, read from its JSON or from its labels, values still as printed. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from lxml import html as lxml_html  # type: ignore[import-untyped]
from parsel import Selector

from crawlers.pages import SHANGHAI, one_line, text_of, words
from crawlers.portals.xfb315 import carried, labelled
from crawlers.portals.xfb315.labelled import Value
from pipeline.portals import PortalFacts

_TIME = re.compile(r"(\d{4})[-/年.](\d{1,2})[-/月.](\d{1,2})日?[\sT]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?")
_DAY = re.compile(r"(\d{4})[-/年.](\d{1,2})[-/月.](\d{1,2})")
_AMOUNT = re.compile(r"[¥￥]?\s*(\d[\d,，]*(?:\.\d+)?)\s*(万)?\s*元?")
_MARKUP = re.compile(r"</?(?:p|br|div|span|img|b|i|em|strong|font|a)\b[^<>]*>", re.IGNORECASE)
_SEPARATORS = re.compile("[,，、]")
_SPACES = re.compile(r"[ \t\r\f\v\xa0\u3000]+")
_SECONDS = range(10**9, 10**10)  # 2001 to 2286
_FIELD_WORDS = frozenset(label for labels in labelled.LABELS.values() for label in labels)
Odd = tuple[tuple[str, str], ...]


class Said(NamedTuple):
    """A text with its time, both as printed."""

    text: str | None
    at: Any


@dataclass(frozen=True)
class Draft:
    """One page's values. `filed`, `status`, `amount` and the times as printed; `odd`: kind and detail of findings."""

    ref: str | None = None
    title: str | None = None
    body: str | None = None
    author: str | None = None
    platform_name: str | None = None
    platform_ref: str | None = None
    issues: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()
    amount: str | None = None
    filed: Any = None
    status: str | None = None
    addons: tuple[Said, ...] = ()
    result: Said | None = None
    odd: Odd = ()

    def filled_from(self, labels: "Draft") -> "Draft":
        """The JSON's values, what it lacks from the labels; the platform's name is the label's where it has one."""
        lacking = {name: value for name, value in vars(labels).items() if getattr(self, name) in (None, ())}
        odd = self.odd if labels.platform_name is None else tuple(o for o in self.odd if o[0] != "name_unclear")
        name = labels.platform_name or self.platform_name
        return replace(self, **{**lacking, "platform_name": name, "odd": odd})


def from_json(found: Mapping[str, Any], facts: PortalFacts) -> Draft:
    """The documented fields of the complaint's object."""
    name = _line(found.get("name"))
    is_person = name is not None and ("*" in name or name in facts.anonymous_names)
    odd: list[tuple[str, str]] = [("new_field", f"JSON field '{key[:40]}'") for key in carried.unlisted(dict(found))]
    if is_person:
        odd.append(("name_unclear", "`name` looks like a person's masked name, not like the platform"))
    status, brand = found.get("status"), found.get("brand_id")
    return Draft(
        ref=carried.number(dict(found)), title=_line(found.get("title")), body=_text(found.get("content")),
        platform_name=None if is_person else name, platform_ref=str(brand) if brand not in (None, "", 0, "0") else None,
        issues=_names(found.get("problem")), requests=_names(found.get("suqiu")), filed=found.get("add_time"),
        status=None if status is None or isinstance(status, bool) else str(status).strip() or None,
        addons=tuple(Said(_text(addon.get("content")), addon.get("created_at")) for addon in _objects(found.get("addons"))),
        result=_result(found.get("default_result")), odd=tuple(odd),
    )  # fmt: skip


def _objects(value: Any) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _result(value: Any) -> Said | None:
    """Null, [] and {} say that there is none."""
    return Said(_text(value.get("content")), value.get("add_time")) if isinstance(value, dict) and value else None


def _names(value: Any) -> tuple[str, ...]:
    """[{name}], [word] or one text with separators."""
    if isinstance(value, str):
        return split(value)
    entries = value if isinstance(value, list) else []
    names = (_line(entry.get("name") if isinstance(entry, dict) else entry) for entry in entries)
    return tuple(name for name in names if name)


def _line(value: Any) -> str | None:
    return one_line(_text(value))


def _text(value: Any) -> str | None:
    """A JSON text as plain lines; one that holds markup is read as a fragment, any other sign stays as it is."""
    if not isinstance(value, str) or not value.strip():
        return None
    if _MARKUP.search(value):
        return text_of(lxml_html.fragment_fromstring(value, create_parent="div"))
    lines = (_SPACES.sub(" ", line).strip() for line in value.split("\n"))
    return "\n".join(line for line in lines if line) or None


def from_labels(root: Selector, found: dict[str, list[Value]]) -> Draft:
    """The labelled values of the page; a label printed twice in different words has none and is told."""
    one = {field: labelled.single(found, field) for field in labelled.LABELS}
    unclear = [
        field for field in labelled.LABELS if field not in ("addon", "result") and not labelled.is_clear(found, field)
    ]
    name, body = one["platform_name"], one["body"]
    results = [Said(value.text, value.when) for value in found.get("result", [])]
    return Draft(
        ref=labelled.line(one["ref"]), title=labelled.line(one["title"]) or _heading(root),
        body=body.text if body else None, author=labelled.line(one["author"]), platform_name=labelled.line(name),
        platform_ref=_brand(name), issues=split(labelled.line(one["issues"])),
        requests=split(labelled.line(one["requests"])), amount=labelled.line(one["amount"]),
        filed=labelled.line(one["filed"]), status=labelled.line(one["status"]),
        addons=tuple(Said(value.text, value.when) for value in found.get("addon", [])),
        result=results[-1] if results else None,
        odd=tuple(("label_twice", f"label of '{field}' printed twice in different words") for field in unclear),
    )  # fmt: skip


def _heading(root: Selector) -> str | None:
    """The page's first heading that is not the portal's own name linking to its home page."""
    own = (node for css in ("h1", "h2") for node in root.css(css) if not node.css('a[href="/"]'))
    return next((text for node in own if (text := words(node.root)) and text not in _FIELD_WORDS), None)


def _brand(value: Value | None) -> str | None:
    found = [
        match[1] for href in (value.links if value else ()) if (match := re.search(r"/brands/data_(\d+)\.html", href))
    ]
    return found[0] if found else None


def split(printed: str | None) -> tuple[str, ...]:
    """Values of a list as printed: separators , ， 、 mixed; a slash belongs to the value."""
    return tuple(part.strip() for part in _SEPARATORS.split(printed or "") if part.strip())


def moment(printed: Any) -> datetime | None:
    """A moment from Unix seconds or from a printed time; a day without an hour is no moment."""
    if isinstance(printed, bool) or printed is None:
        return None
    if isinstance(printed, int | float) or str(printed).strip().isdigit():
        seconds = int(printed)
        seconds = seconds // 1000 if seconds // 1000 in _SECONDS else seconds
        return datetime.fromtimestamp(seconds, SHANGHAI) if seconds in _SECONDS else None
    match = _TIME.fullmatch(str(printed).strip())
    try:
        return datetime(*(int(part or 0) for part in match.groups()), tzinfo=SHANGHAI) if match else None  # type: ignore[arg-type,misc]
    except ValueError:
        return None


def day_of(printed: Any) -> date | None:
    """The day of a printed or numbered time; null when there is none."""
    at = moment(printed)
    match = None if at else _DAY.match(str(printed or "").strip())
    try:
        return at.date() if at else date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def amount(printed: str | None) -> float | None:
    """Yuan: 98元, 1,200.50元, 1.2万元; null where absent or no number."""
    match = _AMOUNT.fullmatch(printed or "")
    if match is None:
        return None
    return round(float(re.sub("[,，]", "", match[1])) * (10_000 if match[2] else 1), 2)
