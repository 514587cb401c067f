"""What the parsers of all portals share: bytes to text, fragments to plain text, step labels, findings. Pure."""

import re
import zlib
from collections.abc import Container, Iterator
from datetime import timedelta, timezone
from typing import Any, NamedTuple

from parsel import Selector

from pipeline.errors import ComplaintGone, PortalChanged, Refused
from pipeline.model import Actor, Finding, RawComplaint
from pipeline.portals import PortalFacts, Step

SHANGHAI = timezone(timedelta(hours=8))
MARKER = "投诉"  # on every page of every complaint portal
_MOJIBAKE = tuple(MARKER.encode().decode(codec) for codec in ("latin-1", "cp1252"))
_LINES = {"br", "p", "div", "li", "tr"}
_SPACES = re.compile(r"[ \t\r\f\v\xa0\u3000]+")
_SHORT = 20_000  # characters; pages that only say "gone" are about 4 KB
_HIDDEN_MOST = 40  # characters; a longer text quotes the notice, it is not the notice


class Parsed(NamedTuple):
    """One complaint page, read: the record and what was odd about it."""

    complaint: RawComplaint
    findings: tuple[Finding, ...]


def decode(page: bytes | str) -> tuple[str, str | None]:
    """The page's text, and what was wrong with its encoding (null when nothing was).

    Pages are UTF-8 whatever the header says. GB18030 and UTF-8 encoded twice are undone where that is lossless;
    anything else that is not text raises Refused("encoding").
    """
    if not page.strip():
        raise Refused("empty", "the page is empty; it is asked for again at the next run")
    text, note = (page, None) if isinstance(page, str) else _from_bytes(page)
    if MARKER not in text and any(marker in text for marker in _MOJIBAKE):
        return _undo_double(text), "UTF-8 encoded twice"
    return text, note


def _from_bytes(page: bytes) -> tuple[str, str | None]:
    try:
        return page.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        if error.end >= len(page):  # cut inside a character: the page is judged as truncated further on
            return page[: error.start].decode("utf-8"), None
    try:
        text = page.decode("gb18030")
    except UnicodeDecodeError:
        text = ""
    if MARKER in text:
        return text, "GB18030 instead of UTF-8"
    text = page.decode("utf-8", errors="replace")
    if MARKER in text and text.count("\ufffd") * 100 < len(text):
        return text, "bytes that are not UTF-8"
    raise Refused("encoding", "the page is neither UTF-8 nor GB18030; it is asked for again at the next run")


def _undo_double(text: str) -> str:
    try:
        single = b"".join(char.encode("latin-1" if ord(char) < 256 else "cp1252") for char in text)
        return single.decode("utf-8")
    except UnicodeError as error:
        raise Refused("encoding", "the page is garbled and cannot be repaired without loss") from error


def whole(text: str) -> bool:
    """Whether the page's end arrived: its closing tag, or the notice in the footer that bounds the content."""
    return "</html" in text[-4000:].lower() or "</html" in text.lower() or "未经授权" in text


def one_line(text: str | None) -> str | None:
    """Text with runs of white space as one space; null when nothing is left."""
    return (" ".join(text.split()) or None) if text else None


def words(node: Any, without: Container[str] = ("script", "style")) -> str | None:
    """All text below an lxml node in one line; what stands in the tags `without` is left out."""
    return one_line("".join(_pieces(node, without)))


def _pieces(node: Any, without: Container[str]) -> Iterator[str]:
    yield node.text or ""
    for child in node:
        if isinstance(child.tag, str) and child.tag not in without:
            yield from _pieces(child, without)
        yield child.tail or ""


def text_of(fragment: Any, drop: str = "script,style") -> str | None:
    """An lxml node as plain text: a line per paragraph, no blank lines, null when empty.

    `drop`: what goes, tag names and .classes.
    """
    return _tidy("".join(_plain(fragment, frozenset(drop.split(",")), is_root=True)))


def _plain(node: Any, drop: Container[str], *, is_root: bool = False) -> Iterator[str]:
    """Text below a node in order, a line break around whatever stands on lines of its own."""
    if isinstance(node.tag, str) and not _goes(node, drop):  # a comment's tag is a function
        end = "\n" if node.tag in _LINES else ""
        yield end
        yield node.text or ""
        for child in node:
            yield from _plain(child, drop)
        yield end
    if not is_root:
        yield node.tail or ""


def _goes(node: Any, drop: Container[str]) -> bool:
    return node.tag in drop or any(f".{name}" in drop for name in (node.get("class") or "").split())


def _tidy(text: str) -> str | None:
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line) or None


def meaning(facts: PortalFacts, label: str, named: Actor | None, text: str | None) -> Step | None:
    """The entry of portal.yml for a step, null when the label is unknown."""
    for step in facts.steps:
        if (
            step.label == label
            and step.by in (None, named)
            and (step.contains is None or step.contains in (text or ""))
        ):
            return step
    return None


def is_hidden(facts: PortalFacts, text: str | None) -> bool:
    """Whether a step's text is only the portal's notice that the content is hidden."""
    return text is not None and len(text) <= _HIDDEN_MOST and any(word in text for word in facts.hidden_words)


def raise_gone(facts: PortalFacts, ref: str, text: str) -> None:
    """Raises ComplaintGone when a short text says so."""
    for word, kind in facts.gone_words.items():
        if word in text[:_SHORT]:
            raise ComplaintGone(kind, f"{facts.slug}/{ref}: the page says {word}")


def refuse(facts: PortalFacts, what: str, root: Selector, text: str) -> PortalChanged | Refused:
    """Why a page without the expected content is none: a wall by its title, cut off, or a structure never seen."""
    title = root.css("title::text").get() or ""
    for word, kind in facts.wall_words.items():
        if word in title:
            return Refused(kind, f"{what}: the portal shows a {kind} page; nothing is worked around, try later")
    if "sec-captcha" in text or "geetest" in text:
        return Refused("captcha", f"{what}: the portal shows a captcha; nothing is worked around, try later")
    if not whole(text):
        return Refused("truncated", f"{what}: the page is cut off; it is asked for again at the next run")
    return PortalChanged(f"{what}: the page has an unknown structure; compare it with portal.yml and the saved pages")


def finding(facts: PortalFacts, ref: str, kind: str, detail: str, remedy: str) -> Finding:
    """A finding of the crawl; the same oddity on the same page always has the same id."""
    mark = f"{zlib.crc32(detail.encode()):08x}"
    return Finding(
        id=f"crawl:{facts.slug}/{ref}:{kind}:{mark}", stage="crawl", kind=kind, portal=facts.slug,
        subject=f"{facts.slug}/{ref}", detail=detail, remedy=remedy,
    )  # fmt: skip
