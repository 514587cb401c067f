"""Serves the replica of 消费保 at a clock that can be set, like the lab's other portals."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crawlers.lab.server import Desk
from crawlers.lab.things import World
from crawlers.lab.xfb315.pages import ROBOTS, Pages
from crawlers.lab.xfb315.sealing import opened
from crawlers.lab.xfb315.stories import build


def _html(text: str, status_code: int = 200) -> Response:
    return Response(text.encode(), status_code, headers={"content-type": "text/html; charset=utf-8"})


def _json(value: Any) -> Response:
    return Response(json.dumps(value, ensure_ascii=False).encode(), headers={"content-type": "application/json"})


def _number(request: Request) -> int:
    page = request.query_params.get("page", "1")
    return int(page) if page.isdigit() and int(page) > 0 else 1


class XfbDesk(Desk):
    """Answers requests at the clock. `market.is_app` True: pages are shells filled by their own sealed calls."""

    def __init__(self, world: World, clock: datetime, is_app: bool = False) -> None:
        super().__init__(world, clock)
        self.market = Pages(build(world.seed), is_app)

    def home(self, _: Request) -> Response:
        return _html(self.market.home(self.clock))

    def listed(self, request: Request) -> Response:
        return _html(self.market.listed(self.clock, _number(request)))

    def search(self, request: Request) -> Response:
        return _html(self.market.listed(self.clock, _number(request), request.query_params.get("keyword", "")))

    def detail(self, request: Request) -> Response:
        return _html(*self.market.detail(str(request.path_params["ref"]), self.clock))

    def brand(self, request: Request) -> Response:
        return _html(*self.market.brand(str(request.path_params["brand_id"]), self.clock))

    def statistics(self, request: Request) -> Response:
        counters = self.market.counters(request.query_params.get("brand_id", ""), self.clock)
        return _json({"code": 200 if counters else 404, "data": counters, "msg": "" if counters else "品牌不存在"})

    def robots(self, _: Request) -> Response:
        return Response(ROBOTS, headers={"content-type": "text/plain"})

    def missing(self, _: Request) -> Response:
        return _html("<!DOCTYPE html><html><body><h1>页面不存在</h1></body></html>", 404)

    async def sealed_call(self, request: Request) -> Response:
        """The pages' own calls: sealed parameters in the form field `code`, header `source: pc`."""
        self.requests += 1
        form = parse_qs((await request.body()).decode())
        asked = opened(next(iter(form.get("code", [])), "")) if request.headers.get("source") == "pc" else None
        if asked is None:
            return _json({"data": None, "error": 1, "msg": "参数错误", "msg_type": "toast"})
        if request.url.path.endswith("detailinfo"):
            return _json(self.market.detail_call(str(asked.get("id")), self.clock))
        return _json(self.market.list_call(int(asked.get("page", 1)), str(asked.get("keyword", "")), self.clock))

    def application(self) -> Starlette:
        pages: dict[str, Callable[[Request], Response]] = {
            "/": self.home, "/tousu": self.listed, "/search": self.search, "/tousu/{ref}": self.detail,
            "/brands/data_{brand_id}.html": self.brand, "/brand/getBrandStatistics": self.statistics,
            "/robots.txt": self.robots, "/{rest:path}": self.missing,
        }  # fmt: skip
        control = Route("/_lab/clock", self.control, methods=["GET", "POST"])
        calls = [
            Route(f"/v6.5.1/{name}", self.sealed_call, methods=["POST"])
            for name in ("tousu_list", "complaint/detailinfo")
        ]
        return Starlette(routes=[control, *calls, *(Route(path, self._endpoint(make)) for path, make in pages.items())])


def desk(world: World, clock: datetime, is_app: bool = False) -> XfbDesk:
    """The portal's desk beside the 黑猫 world of the same seed."""
    return XfbDesk(world, clock, is_app)
