"""Serves the replica: a firewall's check before the first page, then an app that asks for rows and renders them."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from crawlers.lab.pages import at_shanghai
from crawlers.lab.things import World
from crawlers.lab.tsgs12315.endings import Ending, build_endings, found_by

ROBOTS = "User-agent: *\nDisallow: /admin/\n"
_PER_PAGE = 5
_COOKIE = "lab_firewall"
_ENTER = b'data-enter="yes"'
_HERE = Path(__file__).parent / "templates"
Answer = Callable[[Request], Awaitable[Response]]


class TsgsDesk:
    """Answers at the clock. `wall`: `check` passes a browser that waits, `slider` and `stuck` let nobody in.
    `enter`: the app listens to the Enter key, not only to its button.
    """

    def __init__(self, world: World, clock: datetime, wall: str = "check", enter: bool = True) -> None:
        self.clock = clock
        self.enter = enter
        self.wall = wall
        self.requests = 0
        self.endings = build_endings(world)

    async def app(self, request: Request) -> Response:
        """Without the firewall's cookie its check, whose script comes back with it."""
        if self.wall == "check" and request.cookies.get(_COOKIE) == "passed":
            return _html("app", 200, drop=b"" if self.enter else _ENTER)
        return _html("slider" if self.wall == "slider" else "check", 521, "passed" if self.wall == "check" else "no")

    async def rows(self, request: Request) -> Response:
        """What the app's script asks for: rows of a company, or nothing without one."""
        word, number = request.query_params.get("entName", ""), int(request.query_params.get("pageNo", "1"))
        found = found_by(self.endings, word, self.clock) if word else []
        shown = found[(number - 1) * _PER_PAGE :][:_PER_PAGE]
        pages = -(-len(found) // _PER_PAGE)
        return JSONResponse({"state": 200, "data": {"pages": pages, "rows": [_row(ending) for ending in shown]}})

    async def hot(self, _: Request) -> Response:
        return JSONResponse({"state": 200, "data": [{"children": [{"gldCount": 12, "tstjcgl": "57%"}]}]})

    async def robots(self, _: Request) -> Response:
        return Response(ROBOTS, headers={"content-type": "text/plain"})

    async def control(self, request: Request) -> Response:
        """GET tells the clock, POST {"at": ISO time} sets it."""
        if request.method == "POST":
            self.clock = at_shanghai((await request.json())["at"])
        return JSONResponse({"at": self.clock.isoformat(), "requests": self.requests})

    def application(self) -> Starlette:
        pages = {
            "/": self.app, "/zjtsgs_server/lab/rows": self.rows, "/zjtsgs_server/ttsrdspfuCompute/threeRdsp": self.hot,
            "/robots.txt": self.robots,
        }  # fmt: skip
        control = Route("/_lab/clock", self.control, methods=["GET", "POST"])
        return Starlette(routes=[control, *(Route(path, self._counted(make)) for path, make in pages.items())])

    def _counted(self, make: Answer) -> Answer:
        async def answer(request: Request) -> Response:
            self.requests += 1
            return await make(request)

        return answer


def _html(name: str, status_code: int, cookie: str | None = None, drop: bytes = b"") -> Response:
    body = (_HERE / f"{name}.html").read_bytes().replace(drop, b"")
    answer = Response(body, status_code, headers={"content-type": "text/html; charset=utf-8"})
    if cookie:
        answer.set_cookie(_COOKIE, cookie)
    return answer


def _row(ending: Ending) -> dict[str, str]:
    return {
        "entName": ending.company, "creditNo": ending.credit_code, "entAddr": ending.address, "content": ending.content,
        "res": ending.result, "department": ending.department, "endtime": ending.printed_at,
    }  # fmt: skip


def desk(world: World, clock: datetime) -> TsgsDesk:
    return TsgsDesk(world, clock)
