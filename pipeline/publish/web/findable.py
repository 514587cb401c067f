"""What of a page the site's search finds: its parts under `data-pagefind-body`, without its numbers and its single cases.

A page without such a part is found by its heading and its first paragraph. Single complaints are never findable: only
pages of a kind with `found_as` are read, and no list of cases may stand under `data-pagefind-body`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import html as parser  # type: ignore[import-untyped]
from lxml.html import HtmlElement  # type: ignore[import-untyped]

from pipeline.publish.web.figures import Desk

_LEFT_OUT = "//*[@data-pagefind-ignore] | //h1 | //pre | //svg | //script | //template"
# each Han character and each full-width mark stands alone, so that any run of characters is found, not only known words
_ALONE = re.compile(r"([\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef])")
_BLANK = re.compile(r"\s+")
# tags whose text runs on in the same sentence, unless their class sets them apart
_INLINE = {
    "a",
    "abbr",
    "b",
    "bdi",
    "cite",
    "code",
    "em",
    "i",
    "mark",
    "s",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "time",
}
_APART = {"alias", "tag"}
BREAK = "│"
"""Stands between two blocks of text: no word, so no run of characters is found across it."""


@dataclass(frozen=True)
class Record:
    """One thing the search finds: where it is, its language, what it is, its title and its text."""

    url: str
    language: str
    found_as: str
    title: str
    text: str


def of_page(page: str, file: str, language: str, found_as: str) -> list[Record]:
    """The records of a page that was just rendered; none of a kind that is never found."""
    return records_of(page, f"/{file.removesuffix('index.html')}", language, found_as) if found_as else []


def records_of(page: str, url: str, language: str, found_as: str) -> list[Record]:
    """The records of one page of HTML; a text has one for each of its second-level headings with an anchor."""
    tree = parser.document_fromstring(page)
    title = "".join(map(_text, tree.xpath("//h1")[:1]))
    for element in tree.xpath(_LEFT_OUT):
        element.drop_tree()
    bodies = tree.xpath("//*[@data-pagefind-body]")
    if not bodies:
        lead = "".join(map(_text, tree.xpath("//main//*[@class='lead']")[:1]))
        return [Record(url, language, found_as, title, lead)]
    if found_as != "text":
        return [Record(url, language, found_as, title, _joined(map(_text, bodies)))]
    return [
        Record(f"{url}#{anchor}" if anchor else url, language, found_as, f"{title} › {name}" if name else title, text)
        for anchor, name, text in _sections(bodies)
    ]


def _sections(bodies: Iterable[HtmlElement]) -> Iterator[tuple[str, str, str]]:
    """(anchor, heading, text) of each part between second-level headings."""
    anchor, name, parts = "", "", list[str]()
    for element in (child for body in bodies for child in body):
        if element.tag == "h2" and element.get("id"):
            yield anchor, name, _joined(parts)
            anchor, name, parts = element.get("id"), _text(element), []
        else:
            parts.append(_text(element))
    yield anchor, name, _joined(parts)


def issues(desk: Desk) -> Iterator[Record]:
    """Each issue of the classification: where its evidence and channels are listed, and the platforms it was found on."""
    found = {part for scores in desk.data.scores.values() for _, part, measure in scores if measure == "sink_rate"}
    for code in desk.words.keys("issues"):
        name = desk.words("issues", code)
        guide = desk.say("怎样投诉「%(issue)s」：渠道、证据、投诉书", issue=name)
        yield Record(desk.at(f"/complain/?issue={code}"), desk.language, "issue", guide, name)
        if f"issue:{code}" in found:
            rates = desk.say("各平台在「%(issue)s」上的结局", issue=name)
            yield Record(desk.at(f"/?issue={code}#platforms"), desk.language, "issue", rates, name)


def spaced(text: str) -> str:
    """Text as it is indexed: words as they stand, every Han character a word of its own."""
    return _BLANK.sub(" ", _ALONE.sub(r" \1 ", text)).strip()


def _text(element: HtmlElement) -> str:
    """The text of an element, blank ends cut, `BREAK` between its blocks."""
    blocks = (_BLANK.sub(" ", block).strip() for block in "".join(_pieces(element)).split(BREAK))
    return f" {BREAK} ".join(block for block in blocks if block)


def _pieces(element: HtmlElement) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        apart = not isinstance(child.tag, str) or child.tag not in _INLINE or child.get("class") in _APART
        yield from (BREAK, *_pieces(child), BREAK) if apart else _pieces(child)
        yield child.tail or ""


def _joined(parts: Iterable[str]) -> str:
    return f" {BREAK} ".join(part for part in parts if part)
