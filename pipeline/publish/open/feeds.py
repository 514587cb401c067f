"""Atom 1.0 (RFC 4287) and JSON Feed 1.1: everything, and each platform's own record."""

import sqlite3
from typing import Any
from xml.etree import ElementTree as ET

from pipeline.publish.open.entries import Entry, common, entries, first_ids, of_platform
from pipeline.publish.open.files import Folder
from pipeline.publish.open.reading import Facts

ATOM = "http://www.w3.org/2005/Atom"
_BARE = "sinkrate.invalid"  # RFC 2606: no authority is claimed where the site's address is not known
RIGHTS = "CC BY 4.0 https://creativecommons.org/licenses/by/4.0/"


def write_feeds(db: sqlite3.Connection, facts: Facts, folder: Folder) -> None:
    """`/open/feed.atom|json` and `/open/feeds/ID.atom|json`."""
    found, first = entries(db, facts), first_ids(db)
    _write(facts, folder, "/open/feed", "/open/feed", "石沉榜 · sinkrate", "/", common(found))
    for platform in facts.platforms:
        title = f"{platform['name']} · 石沉榜上的记录 · record on sinkrate"
        _write(
            facts,
            folder,
            f"/open/feeds/{platform['id']}",
            f"/open/feeds/{first.get(platform['id'], platform['id'])}",
            title,
            f"/platforms/{platform['id']}/",
            of_platform(found, platform["id"]),
        )


def _write(facts: Facts, folder: Folder, path: str, first: str, title: str, page: str, listed: list[Entry]) -> None:
    """`first`: the path the feed was first published at, which its id is made of."""
    folder.bytes(f"{path}.atom", atom(facts, f"{path}.atom", tag(facts, f"{first}.atom"), title, page, listed))
    folder.json(f"{path}.json", json_feed(facts, f"{path}.json", title, page, listed))


def tag(facts: Facts, key: str) -> str:
    """RFC 4151 id that stays when addresses change; the day is that of the first edition with feeds."""
    host = facts.site_url.partition("://")[2].partition("/")[0].partition(":")[0] or _BARE
    return f"tag:{host},2026-11-01:{key.replace('*', 'market')}"


def atom(facts: Facts, path: str, own_id: str, title: str, page: str, listed: list[Entry]) -> bytes:
    """A feed's bytes, `updated` when the data were."""
    ET.register_namespace("", ATOM)
    feed = ET.Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": "zh-Hans"})
    _add(feed, "id", own_id)
    _add(feed, "title", title)
    _add(feed, "updated", facts.as_of)
    _add(feed, "link", rel="self", type="application/atom+xml", href=facts.url(path))
    _add(feed, "link", rel="alternate", type="text/html", href=facts.url(page))
    _add(feed, "rights", RIGHTS)
    _add(_add(feed, "author"), "name", "石沉榜 sinkrate")
    for entry in listed:
        own = _add(feed, "entry")
        _add(own, "id", tag(facts, entry.key))
        _add(own, "title", clean(entry.title))
        _add(own, "updated", entry.at)
        _add(own, "link", rel="alternate", type="text/html", href=facts.url(entry.path))
        _add(own, "content", clean(entry.text), type="text")
    ET.indent(feed)
    body: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    child.text = text
    return child


def clean(text: str) -> str:
    """Without the characters XML 1.0 has no place for."""
    return "".join(
        c for c in text if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff" and not "\ud800" <= c <= "\udfff")
    )


def json_feed(facts: Facts, path: str, title: str, page: str, listed: list[Entry]) -> dict[str, Any]:
    addresses = {"home_page_url": facts.url(page), "feed_url": facts.url(path)} if facts.site_url else {}
    items = [
        {"id": tag(facts, entry.key), "url": facts.url(entry.path), "title": entry.title, "content_text": entry.text, "date_published": entry.at,
         **({"tags": [entry.platform]} if entry.platform else {})}
        for entry in listed
    ]  # fmt: skip
    return {"version": "https://jsonfeed.org/version/1.1", "title": title, **addresses, "language": "zh-Hans",
            "authors": [{"name": "石沉榜 sinkrate"}], "items": items}  # fmt: skip
