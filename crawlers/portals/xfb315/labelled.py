"""Values of a 消费保 page printed beside a label, found by the label's words, never by class or position. Pure."""

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

from lxml import html as lxml_html  # type: ignore[import-untyped]

from crawlers.pages import one_line, text_of, words

LABELS: dict[str, tuple[str, ...]] = {
    "title": ("投诉标题", "标题"),
    "ref": ("投诉编号", "投诉单号"),
    "platform_name": ("投诉对象", "投诉企业", "被投诉企业", "投诉商家", "投诉品牌"),
    "issues": ("投诉问题", "问题类型"),
    "requests": ("投诉诉求", "投诉要求", "我的诉求", "诉求"),
    "amount": ("涉诉金额", "涉及金额", "投诉金额"),
    "filed": ("投诉时间", "发起时间", "提交时间"),
    "status": ("投诉进度", "投诉状态", "处理进度", "处理状态"),
    "author": ("投诉人", "投诉用户"),
    "body": ("投诉内容", "投诉详情"),
    "addon": ("补充投诉", "投诉补充", "补充内容"),
    "result": ("处理结果", "企业回复", "商家回复"),
    "total": ("投诉总量", "投诉总数", "累计投诉", "投诉量"),
    "solve_rate": ("解决率", "投诉解决率"),
}
_FIELD = {label: field for field, labels in LABELS.items() for label in labels}
_HEAD = re.compile(rf"[\[【]?({'|'.join(sorted(_FIELD, key=len, reverse=True))})[\]】]?\s*([:：]|$)\s*(.*)", re.DOTALL)
_WHEN = re.compile(r"(?:\S{2,4}时间\s*[:：]\s*)?(\d{4}[-/年.]\d{1,2}[-/月.]\d{1,2}日?(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?)")
_END = {"h1", "h2", "h3", "h4", "h5", "h6", "section", "aside", "footer", "nav", "form", "hr"}
_BLOCKS = {"div", "p", "dd", "td", "ul", "ol", "table", "article", "main", "blockquote"}
_DEAF = {"script", "style", "head", "noscript", "template"}


class Value(NamedTuple):
    """What stands beside a label: its text in lines, the time printed inside it, the addresses it links to."""

    text: str | None
    when: str | None
    links: tuple[str, ...]


def read(root: Any) -> dict[str, list[Value]]:
    """Field → its values in the page's order. Text inside a value is never searched for labels."""
    found: dict[str, list[Value]] = {}
    taken: set[Any] = set()
    for node in root.iter():
        if not isinstance(node.tag, str) or node in taken:
            continue
        if node.tag in _DEAF:
            taken.update(node.iter())
        elif head := _HEAD.match((node.text or "").strip()):
            parts = _parts(node, head)
            for part in parts:
                taken.update(part.iter())
            found.setdefault(_FIELD[head[1]], []).append(_value(node, head, parts))
    return found


def single(found: dict[str, list[Value]], field: str) -> Value | None:
    """The one value of a field; null when it is not printed, or printed twice in different words."""
    values = found.get(field, [])
    return values[0] if values and all(value.text == values[0].text for value in values) else None


def is_clear(found: dict[str, list[Value]], field: str) -> bool:
    return field not in found or single(found, field) is not None


def _parts(node: Any, head: re.Match[str]) -> list[Any]:
    """The elements that hold the value: the label's own children, else what follows it up to the next label."""
    if head[3] or len(node):
        return list(node)
    holder = node
    while holder.getnext() is None and not (holder.tail or "").strip() and _is_wrapper(holder):
        holder = holder.getparent()
    if _is_label(holder) and holder is not node:
        return []
    return list(_following(holder))


def _is_wrapper(node: Any) -> bool:
    parent = node.getparent()
    return parent is not None and len(parent) == 1 and not (parent.text or "").strip() and parent.tag != "body"


def _following(node: Any) -> Iterator[Any]:
    """The siblings that hold the value: up to the next label, known or not (one that looks like this label), and of
    blocks only those that look like the first. The first sibling is the value, whatever stands in it."""
    others = [other for other in node.itersiblings() if isinstance(other.tag, str) and other.tag not in _DEAF]
    for position, other in enumerate(others):
        if other.tag in _END or _is_label(other) or (position and not _goes_on(node, others[0], other)):
            return
        yield other


def _goes_on(node: Any, first: Any, other: Any) -> bool:
    is_next_label = other.tag == node.tag or any(map(_is_label, other.iter()))
    is_same = (other.tag, other.get("class")) == (first.tag, first.get("class"))
    return not is_next_label and (is_same or (first.tag not in _BLOCKS and other.tag not in _BLOCKS))


def _is_label(node: Any) -> bool:
    return isinstance(node.tag, str) and _HEAD.match((node.text or "").strip()) is not None


def _value(node: Any, head: re.Match[str], parts: Sequence[Any]) -> Value:
    inside = bool(head[3] or len(node))
    start = head[3] if inside else (node.tail or "")
    when, kept = None, []
    for part in parts:
        stamps = [inner for inner in part.iter() if isinstance(inner.tag, str) and _WHEN.fullmatch(words(inner) or "")]
        if stamps and when is None and head[1] in (*LABELS["addon"], *LABELS["result"]):
            match = _WHEN.fullmatch(words(stamps[0]) or "")
            when = match[1] if match else None
            kept.append((part, stamps[0]))
        else:
            kept.append((part, None))
    links = tuple(href for part in parts for href in part.xpath("descendant-or-self::a/@href"))
    return Value(_text(start, kept), when, links)


def _text(start: str, kept: Sequence[tuple[Any, Any]]) -> str | None:
    """The parts as one text; a line per block, without the element that prints the time."""
    holder = lxml_html.Element("div")
    holder.text = start
    for part, stamp in kept:
        if part is stamp:
            _append(holder, part.tail or "")
            continue
        holder.append(_copy(part, stamp))
    return text_of(holder)


def _append(holder: Any, tail: str) -> None:
    if len(holder):
        holder[-1].tail = (holder[-1].tail or "") + tail
    else:
        holder.text = (holder.text or "") + tail


def _copy(part: Any, stamp: Any) -> Any:
    """A copy of an element, the time's element in it emptied."""
    places = [] if stamp is None else [place for place, inner in enumerate(part.iter()) if inner is stamp]
    copied = deepcopy(part)
    for place in places:
        inner = list(copied.iter())[place]
        del inner[:]
        inner.text = None
    return copied


def line(value: Value | None) -> str | None:
    """A value as one line."""
    return one_line(value.text) if value else None
