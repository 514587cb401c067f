"""Serves the replica on loopback, with a clock that can be set from Python or by `POST /_lab/clock {"at": "…"}`."""

import importlib
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from crawlers.lab.faults import Faults, Faulty
from crawlers.lab.heimao_lists import FIELDS, SCRIPT, Lists, where
from crawlers.lab.pages import ROBOTS, Pages, at_shanghai, token
from crawlers.lab.things import AS_OF, World

HOST = "127.0.0.1"
_READY_SECONDS = 20.0
_LOGIN = "<!DOCTYPE html><html><head><title>登录</title></head><body><form>请登录后查看</form></body></html>"


def _html(text: str, status_code: int = 200) -> Response:
    """HTML with the portal's bare Content-Type: no charset."""
    return Response(text.encode(), status_code, headers={"content-type": "text/html"})


class Desk:
    """Answers requests at the clock. Faults on demand are put around it by crawlers.lab.faults.

    `listed`: `all` complaints are on the home page, which needs no script; `some` are, and tabs, merchants, industries
    and groups hold the others, filled by the page's own script.
    """

    def __init__(self, world: World, clock: datetime, listed: str = "all") -> None:
        self.clock = clock
        self.is_scripted = listed == "some"
        on_home = (lambda made: where(made) == "home") if self.is_scripted else None
        self.pages = Pages(world, on_home, FIELDS if self.is_scripted else {})
        self.lists = Lists(self.pages)
        self.requests = 0

    def answer(self, make: Callable[[Request], Response], request: Request) -> Response:
        self.requests += 1
        return make(request)

    def home(self, _: Request) -> Response:
        return _html(self.pages.home(self.clock))

    def detail(self, request: Request) -> Response:
        """A detail page wants the token its link carries; without it the visitor is asked to log in."""
        ref = str(request.path_params["ref"])
        if request.query_params.get("sld") != token(ref):
            return _html(_LOGIN, 403)
        return _html(self.pages.detail(ref, self.clock))

    def company(self, request: Request) -> Response:
        return _html(self.pages.company(request.query_params.get("couid", ""), self.clock))

    def group(self, request: Request) -> Response:
        return _html(self.pages.group(str(request.path_params["group_ref"]), self.clock))

    def directory(self, request: Request) -> Response:
        return _html(self.pages.directory()) if self.is_scripted else self.missing(request)

    def groups(self, request: Request) -> Response:
        return _html(self.pages.groups()) if self.is_scripted else self.missing(request)

    def script(self, request: Request) -> Response:
        if not self.is_scripted:
            return self.missing(request)
        return Response(SCRIPT, headers={"content-type": "text/javascript; charset=utf-8"})

    def call(self, request: Request) -> Response:
        """A call of the pages' script."""
        if not self.is_scripted:
            return self.missing(request)
        name, asked = str(request.path_params["name"]), dict(request.query_params)
        code, content = self.lists.answer(name, asked, self.clock)
        if isinstance(content, bytes):
            return Response(content, code, headers={"content-type": "text/html"})
        return JSONResponse(content, code)

    def robots(self, _: Request) -> Response:
        return Response(ROBOTS, headers={"content-type": "text/plain"})

    def missing(self, _: Request) -> Response:
        return _html(self.pages.error("页面不存在"), 404)

    async def control(self, request: Request) -> Response:
        """GET tells the clock, POST sets it. Answers the machine itself only."""
        if request.client is None or request.client.host != HOST:
            return JSONResponse({"error": "loopback only"}, 403)
        if request.method == "POST":
            try:
                self.clock = at_shanghai((await request.json())["at"])
            except (ValueError, KeyError, TypeError) as error:
                return JSONResponse({"error": f'want {{"at": ISO time}}: {error}'}, 400)
        return JSONResponse({"at": self.clock.isoformat(), "requests": self.requests})

    def application(self) -> Starlette:
        pages = {
            "/": self.home, "/complaint/view/{ref}/": self.detail, "/complaint/view/{ref}": self.detail,
            "/company/view/": self.company, "/grp_comp/view/{group_ref}": self.group, "/robots.txt": self.robots,
            "/company/index": self.directory, "/grp_comp/index": self.groups, "/js/heimao_lists.js": self.script,
            "/api/{name:path}": self.call,
            "/{rest:path}": self.missing,
        }  # fmt: skip
        control = Route("/_lab/clock", self.control, methods=["GET", "POST"])
        return Starlette(routes=[control, *(Route(path, self._endpoint(make)) for path, make in pages.items())])

    def _endpoint(self, make: Callable[[Request], Response]) -> Callable[[Request], object]:
        async def endpoint(request: Request) -> Response:
            return self.answer(make, request)

        return endpoint


def _listen(port: int) -> socket.socket:
    # named as TCP, so that asyncio switches Nagle off on the accepted sockets: 40 ms a page otherwise
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, port))
    return listener


def _server(application: Faulty) -> uvicorn.Server:
    config = uvicorn.Config(
        application, log_level="error", access_log=False, lifespan="off", timeout_graceful_shutdown=2
    )
    return uvicorn.Server(config)


def desk_of(portal: str, world: World, clock: datetime, listed: str = "all") -> Desk:
    """The desk of one portal's replica: 黑猫's is here, any other in `crawlers.lab.<portal>` as `desk(world, clock)`."""
    if portal == "heimao":
        return Desk(world, clock, listed)
    desk: Desk = importlib.import_module(f"crawlers.lab.{portal}").desk(world, clock)
    return desk


class Lab:
    """The replica in a thread: `with Lab(world) as lab: lab.url`. Port 0 takes a free one."""

    def __init__(
        self, world: World, clock: datetime = AS_OF, port: int = 0, portal: str = "heimao", listed: str = "all"
    ) -> None:
        self.desk = desk_of(portal, world, clock, listed)
        self._socket = _listen(port)
        self._application = Faulty(self.desk.application())
        self._server = _server(self._application)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="lab", daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._socket.getsockname()[1]}"

    @property
    def faults(self) -> Faults:
        """What the replica does wrong; assign another plan at any time."""
        return self._application.faults

    @faults.setter
    def faults(self, plan: Faults) -> None:
        self._application.faults = plan

    def set_clock(self, at: datetime) -> None:
        """From the next request on, the world is as it was at this time."""
        self.desk.clock = at

    def __enter__(self) -> Self:
        self._thread.start()
        deadline = time.monotonic() + _READY_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the lab did not start")
            time.sleep(0.005)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._socket.close()


def serve(world: World, clock: datetime = AS_OF, port: int = 0, announce: Callable[[str], None] | None = None) -> None:
    """Serve until interrupted. `announce` is told the address first."""
    desk, listener = Desk(world, clock), _listen(port)
    if announce is not None:
        announce(f"http://{HOST}:{listener.getsockname()[1]}")
    _server(Faulty(desk.application())).run(sockets=[listener])
