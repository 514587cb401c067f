"""Values found by the label printed beside them, for pages whose markup nobody has described. Pure."""

import re
from collections.abc import Container, Iterable, Mapping
from datetime import datetime
from typing import Any

from crawlers.pages import SHANGHAI, text_of

_SKIP = {"script", "style", "title", "option", "h1", "noscript", "template"}
_GAPS = re.compile(r"[\s\xa0\u3000]+")
_AMOUNT = re.compile(r"(?:人民币)?[¥￥]?\s*(\d[\d,，]*(?:\.\d+)?)\s*(万)?\s*元?")
_MOMENT = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T\xa0]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_SEPARATORS = re.compile("[,，、;；]")


def labelled(
    root: Any, labels: Mapping[str, str], names: Iterable[str] = (), long: Container[str] = ()
) -> dict[str, str]:
    """Field → printed value below an lxml node; `labels` maps printed label → field, the first value of a field counts.

    A label is an element's own text, alone or with a colon; its value follows in the same element, after it, or in the
    elements beside it up to the next label. What is inside a value is never a label. `names`: fields that may also be
    an element's class, id or data-field. `long`: fields of people's own words, which may begin a line like a label; they
    end only at a label marked up as their own. Lines of a value are kept.
    """
    found: dict[str, str] = {}
    inside: set[Any] = set()
    for node in root.iter():
        if isinstance(node.tag, str) and node.tag not in _SKIP and node not in inside:
            field, value, eaten = _named(node, frozenset(names)) or _read(node, labels, long)
            if field and value:
                found.setdefault(field, value)
                inside.update(below for top in eaten for below in top.iter())
    return found


def _named(node: Any, names: frozenset[str]) -> tuple[str, str | None, list[Any]] | None:
    words = {*(node.get("class") or "").split(), node.get("id"), node.get("data-field")}
    field = next(iter(sorted(names & words)), None)
    return (field, text_of(node), list(node)) if field else None


def _read(node: Any, labels: Mapping[str, str], long: Container[str]) -> tuple[str, str | None, list[Any]]:
    """Field, value and the elements that hold it; field empty where the element is no label."""
    label = label_of(node.text, labels)
    if label is None:
        return "", None, []
    rest = _after_colon(node.text, label)
    inner = _joined([rest, *(part for child in node for part in (text_of(child), child.tail))])
    if inner:
        return labels[label], inner, list(node)
    beside = _beside(node, labels, labels[label] in long)
    return labels[label], _joined([node.tail, *(part for n in beside for part in (text_of(n), n.tail))]), beside


def _beside(node: Any, labels: Mapping[str, str], is_long: bool) -> list[Any]:
    """The following siblings, up to one that begins with a label (for a long value: one in the same markup)."""
    found: list[Any] = []
    for sibling in node.itersiblings():
        first = next((text for text in sibling.itertext() if text.strip()), None)
        is_alike = (sibling.tag, sibling.get("class")) == (node.tag, node.get("class"))
        if isinstance(sibling.tag, str) and label_of(first, labels) and (is_alike or not is_long):
            break
        if isinstance(sibling.tag, str):
            found.append(sibling)
    return found


def label_of(text: str | None, labels: Mapping[str, str]) -> str | None:
    """The label a text is, or begins with before a colon."""
    head, colon, _ = re.sub("[:：]", "：", text or "").partition("：")
    squeezed = _GAPS.sub("", head).strip("【】[]")
    return squeezed if squeezed in labels and (colon or len(squeezed) > 1) else None


def _after_colon(text: str, label: str) -> str:
    parts = re.split("[:：]", text, maxsplit=1)
    return parts[1] if len(parts) > 1 else ""


def _joined(parts: Iterable[str | None]) -> str | None:
    lines = (line.strip() for part in parts if part for line in part.split("\n"))
    return "\n".join(line for line in lines if line) or None


def yuan(printed: str | None) -> float | None:
    """98元, ￥1,200.50, 1.2万元; null where absent or no number."""
    match = _AMOUNT.fullmatch((printed or "").strip())
    if match is None:
        return None
    return round(float(re.sub("[,，]", "", match[1])) * (10_000 if match[2] else 1), 2)


def number(printed: str | None) -> float | None:
    """A printed figure; a percentage as a share (85.71% → 0.8571)."""
    match = re.fullmatch(r"(\d[\d,]*(?:\.\d+)?)\s*(%|％)?", (printed or "").strip())
    if match is None:
        return None
    value = float(match[1].replace(",", ""))
    return round(value / 100, 6) if match[2] else value


def moment(printed: str | None) -> tuple[datetime | None, str | None]:
    """The first absolute time in a text (Asia/Shanghai; a bare day is its 00:00) and what else the text says."""
    match = _MOMENT.search(printed or "")
    if match is None or printed is None:
        return None, printed
    rest = _joined([printed[: match.start()], printed[match.end() :]])
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=SHANGHAI), rest
    except ValueError:
        return None, printed


def values(printed: str | None) -> tuple[str, ...]:
    """Values of a list as printed: separators , ， 、 ; mixed; a slash belongs to the value."""
    return tuple(part.strip() for part in _SEPARATORS.split(printed or "") if part.strip())
