"""Which page of 消费保 an answer is: links, empty shells, walls. Pure."""

import re
from typing import Any
from urllib.parse import urlsplit

from parsel import Selector

from crawlers.pages import decode, refuse, whole, words
from crawlers.portals.xfb315 import carried
from pipeline.errors import PageError, Refused
from pipeline.portals import PortalFacts

_REF = re.compile(r"^/tousu/(\d+)/?$")
_OLD_REF = re.compile(r"^/complaints/details/(\d+)/?$")
_BRAND = re.compile(r"^/brands/data_(\d+)\.html$")
_SHELL = "#app, #root, #__nuxt, #__next"
_HOLDER = re.compile(rb"id=[\"']?(?:app|root|__nuxt|__next)\b[^>]*>\s*</")


def ref_of(href: str) -> str | None:
    """The complaint number in a link; null for any other link."""
    path = urlsplit(href.strip()).path
    match = _REF.match(path) or _OLD_REF.match(path)
    return match[1] if match else None


def brand_of(href: str) -> str | None:
    """The brand number in a link; null for any other link."""
    match = _BRAND.match(urlsplit(href.strip()).path)
    return match[1] if match else None


def anchors(root: Selector) -> list[tuple[Any, str]]:
    return [(node.root, node.attrib["href"].strip()) for node in root.css("a[href]")]


def no_page(facts: PortalFacts, what: str, root: Selector, text: str) -> PageError:
    if carried.is_json(text):
        return Refused("no_data", f"{what}: the portal answers without data; it is asked for again")
    if _is_shell(root, text):
        return Refused("script_only", f"{what}: the page is an empty shell its own script fills; it needs the browser")
    return refuse(facts, what, root, text)


def is_shell(page: bytes) -> bool:
    """Whether the page holds nothing but the place its own script fills."""
    if not _HOLDER.search(page):
        return False
    try:
        text, _ = decode(page)
    except PageError:
        return False
    root = Selector(text)
    return _is_shell(root, text) and not carried.says_something(carried.documents(root, text))


def _is_shell(root: Selector, text: str) -> bool:
    holder = root.css(_SHELL)
    return (
        bool(holder) and whole(text) and not words(holder[0].root) and len(words(root.css("body")[0].root) or "") < 200
    )
