"""The site's pages and open data as files, with the media types and the lifetimes they are served with."""

import json
import re
from collections.abc import Callable, MutableMapping
from datetime import datetime
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from pipeline.publish.open.badges import GOOD_FOR

Clock = Callable[[], datetime]
# by suffix, so that answers do not depend on the machine's own list of types
TYPES = {
    ".atom": "application/atom+xml", ".json": "application/json", ".jsonld": "application/ld+json", ".csv": "text/csv; charset=utf-8",
    ".parquet": "application/vnd.apache.parquet", ".db": "application/vnd.sqlite3", ".ndjson": "application/x-ndjson",
    ".md": "text/markdown; charset=utf-8",
}  # fmt: skip
_BADGE = re.compile(r"[a-z0-9][a-z0-9-]*(?:\.stale)?")
_PAGE = re.compile(r"^(?:https?://[^/\s]+)?/(?:en/)?(?:platforms|embed)/(?P<id>[a-z0-9][a-z0-9-]*)/?$")


class _Files(StaticFiles):
    """Files with the media types of `TYPES`; open data may be read from any page."""

    def file_response(self, full_path: Any, *rest: Any, **more: Any) -> Response:
        answer = super().file_response(full_path, *rest, **more)
        path = Path(full_path)
        if answer.status_code != 304 and path.suffix in TYPES:
            answer.headers["content-type"] = TYPES[path.suffix]
        if path.suffix not in (".html", ".css", ".js"):
            answer.headers["access-control-allow-origin"] = "*"
        return answer


def site(folder: Path, as_of: datetime, now: Clock) -> ASGIApp:
    """Pages as files; an unknown address gives the site's own 404.html with status 404, an old badge says that it is old."""

    def badge(request: Request) -> Response:
        name = request.path_params["name"]
        path = folder / "open" / "badges" / f"{name}.svg"
        if now() >= as_of + GOOD_FOR and not name.endswith(".stale"):
            path = path.with_suffix(".stale.svg")
        return answer(path if _BADGE.fullmatch(name) else None, "image/svg+xml", request)

    def oembed(request: Request) -> Response:
        found = _PAGE.search(request.query_params.get("url", "").partition("?")[0].partition("#")[0])
        path = folder / "open" / "oembed" / f"{found['id']}.json" if found else None
        return _other_card(request, path) or answer(path, "application/json", request)

    def answer(path: Path | None, kind: str, request: Request) -> Response:
        if path is None or not path.is_file():
            return missing(request, LookupError())
        return FileResponse(path, media_type=kind, headers={"Access-Control-Allow-Origin": "*"})

    def to_data(_: Request) -> RedirectResponse:
        return RedirectResponse("/data/", 308)

    def missing(_: Request, __: Exception) -> Response:
        page = folder / "404.html"
        return FileResponse(page, 404) if page.is_file() else PlainTextResponse("未找到 · not found\n", 404)

    def icon(_: Request) -> Response:
        return FileResponse(folder / "assets" / "favicon.svg", media_type="image/svg+xml")

    routes = [Route("/open/badges/{name}.svg", badge), Route("/oembed", oembed), Route("/data", to_data),
              Route("/favicon.ico", icon), Mount("/", _Files(directory=folder, html=True))]  # fmt: skip
    return Starlette(routes=routes, exception_handlers={404: missing})


def _other_card(request: Request, path: Path | None) -> Response | None:
    """Where the file at `path` is not the answer: another format or less room was asked for."""
    if request.query_params.get("format", "json") != "json":
        return PlainTextResponse("只有 JSON · JSON only\n", 501)
    sides = {side: request.query_params.get(f"max{side}", "") for side in ("width", "height")}
    most = {side: int(asked) for side, asked in sides.items() if asked.isdecimal()}
    if not most or path is None or not path.is_file():
        return None
    card = _fitted(json.loads(path.read_text(encoding="utf8")), most)
    return JSONResponse(card, headers={"Access-Control-Allow-Origin": "*"})


def _fitted(card: dict[str, Any], most: dict[str, int]) -> dict[str, Any]:
    """An oEmbed answer within what was asked for at most; the card scrolls where that is too little."""
    for side, asked in most.items():
        if asked < card[side]:
            card["html"] = card["html"].replace(f'{side}="{card[side]}"', f'{side}="{asked}"')
            card[side] = asked
    return card


def cache(start: MutableMapping[str, Any]) -> str | None:
    """How long an answer may be kept: pages five minutes, files an hour, what failed not at all."""
    if start["status"] not in (200, 206, 304):
        return "no-cache"
    kind = Headers(raw=start["headers"]).get("content-type", "text/html")
    return "public, max-age=300" if kind.startswith("text/html") else "public, max-age=3600"
