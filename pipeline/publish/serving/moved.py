"""Ids that were merged or renamed: old addresses lead to the new ones, in the site and in Datasette. And moments to editions."""

import csv
import json
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline.errors import BadInput
from pipeline.publish.editions import AS_OF

MOVED = "moved.json"
_COLUMNS = ["old", "new", "on", "why"]
_ID = re.compile(r"[a-z0-9][a-z0-9-]*")
_PAGE = re.compile(
    r"(?P<head>/(?:platforms|embed|open/(?:feeds|badges|cards|oembed|proofs/platforms))/)(?P<id>[a-z0-9-]+)(?P<tail>[./].*)?"
)
_MOMENT = re.compile(rf"/data/(?P<moment>{AS_OF}[0-9TZ]+)(?P<tail>[./].*)?")
_ROW = re.compile(r"(?P<head>/data/[^/]+/platforms/)(?P<id>[a-z0-9-]+)(?P<tail>\..*)?")


def read_moved(path: Path) -> dict[str, str]:
    """Old platform id → the id that stands for it today, from `moved.csv` (old, new, on, why); chains are followed.

    BadInput names the line that is no decision or closes a circle.
    """
    if not path.is_file():
        return {}
    with path.open(encoding="utf8", newline="") as stream:
        rows = csv.DictReader(stream)
        if rows.fieldnames != _COLUMNS:
            raise BadInput(f"{path}: the first line must be {','.join(_COLUMNS)}")
        direct = {row["old"]: row["new"] for row in rows}
    for old, new in direct.items():
        if not (_ID.fullmatch(old) and _ID.fullmatch(new or "")):
            raise BadInput(f"{path}: {old!r} to {new!r}: both must be platform ids")
    return {old: _end(old, direct, path) for old in direct}


def _end(old: str, direct: Mapping[str, str], path: Path) -> str:
    seen, at = {old}, direct[old]
    while at in direct:
        if at in seen:
            raise BadInput(
                f"{path}: {old} leads back to itself; take one of these lines out: {', '.join(sorted(seen))}"
            )
        seen.add(at)
        at = direct[at]
    return at


def redirects(site: Path) -> dict[str, str]:
    """What the built site says has moved."""
    path = site / MOVED
    if not path.is_file():
        return {}
    found: dict[str, str] = json.loads(path.read_text(encoding="utf8"))
    return found


def target(moved: Mapping[str, str], path: str, query: str) -> str | None:
    """Where an old address leads, or None: pages and files of a platform, its row, filters `platform=OLD`."""
    match = _PAGE.fullmatch(path) or _ROW.fullmatch(path)
    new = moved.get(match["id"]) if match else None
    if match and new:
        path = f"{match['head']}{new}{match['tail'] or ''}"
    asked = parse_qsl(query, keep_blank_values=True) if path.startswith("/data/") else []
    renamed = [(key, moved.get(value, value) if key == "platform" else value) for key, value in asked]
    if new is None and renamed == asked:
        return None
    query = urlencode(renamed) if renamed != asked else query
    return f"{path}?{query}" if query else path


def pinned_target(moments: Mapping[str, str], path: str, query: str) -> str | None:
    """Where `/data/at-MOMENT…` leads today: the same below the newest kept edition as of that moment; None for all else."""
    match = _MOMENT.fullmatch(path)
    name = moments.get(match["moment"]) if match else None
    if match is None or name is None:
        return None
    return f"/data/{name}{match['tail'] or ''}" + (f"?{query}" if query else "")


def redirecting(moved: Mapping[str, str], moments: Mapping[str, str], inner: ASGIApp) -> ASGIApp:
    """The application with a permanent redirect at each old address, and one for now from a moment to its edition."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        answer: ASGIApp = inner
        if scope["type"] == "http":
            asked = scope["path"], scope["query_string"].decode("latin-1")
            if there := target(moved, *asked):
                answer = RedirectResponse(there, 301)
            elif there := pinned_target(moments, *asked):
                answer = RedirectResponse(there, 302, {"Cache-Control": "public, max-age=300"})
        await answer(scope, receive, send)

    return run
