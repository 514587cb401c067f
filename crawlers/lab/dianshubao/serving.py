"""Serves the replica: the list, complaints, ratings, and the read-only address the portal's own script uses."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from crawlers.lab.dianshubao.expected import REVIEWS, STATES, address, masked
from crawlers.lab.dianshubao.figures import Figures, figures
from crawlers.lab.dianshubao.filings import Filing, build_filings
from crawlers.lab.pages import at_shanghai
from crawlers.lab.things import World

ROBOTS = "User-agent: *\nDisallow: /Home/User/\nDisallow: /Index/complain_add.html\n"
Answer = Callable[[Request], Awaitable[Response]]
_PER_PAGE = 10
_TIME = "%Y-%m-%d %H:%M:%S"
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
)


class DianshubaoDesk:
    """Answers at the clock. `scripted`: the list page comes empty and its script fetches the complaints."""

    def __init__(self, world: World, clock: datetime, scripted: bool = False) -> None:
        self.clock = clock
        self.scripted = scripted
        self.requests = 0
        self.filings = build_filings(world).filings
        self._by_id = {filing.id: filing for filing in self.filings}

    def listed(self) -> list[Filing]:
        """What the list shows now, newest first."""
        return [filing for filing in reversed(self.filings) if filing.is_listed(self.clock)]

    def _render(self, template: str, status_code: int = 200, **values: object) -> Response:
        text = _ENVIRONMENT.get_template(f"{template}.html.j2").render(**values)
        return Response(text.encode(), status_code, headers={"content-type": "text/html"})

    async def list_page(self, request: Request) -> Response:
        shown, number = self.listed(), _number(request.query_params.get("p", "1"))
        last = max(1, -(-len(shown) // _PER_PAGE))
        rows = [(f, address(f), STATES[f.state(self.clock)]) for f in shown[(number - 1) * _PER_PAGE :][:_PER_PAGE]]
        near = range(max(1, number - 2), min(last, number + 2) + 1)
        return self._render(
            "list", rows=[] if self.scripted else rows, total=len(shown), number=number, last=last, near=near,
            masked=masked,
        )  # fmt: skip

    async def detail(self, request: Request) -> Response:
        filing = self._by_id.get(str(request.path_params["id"]))
        if filing is None or not filing.is_listed(self.clock):
            return self._render("gone")
        return self._render("detail", page=self.fields(filing))

    def fields(self, filing: Filing) -> dict[str, str]:
        """The documented fields as they stand now; what has not happened is empty."""
        state = filing.state(self.clock)
        times = {name: _time(getattr(filing, name), self.clock) for name in ("time1", "time2", "time3", "time4")}
        return {
            "id": filing.id, "title": masked(filing.title), "category": filing.region, "post_time": times["time1"],
            "remark2": masked(filing.body), "order_num": masked(filing.order_num), "to_company": filing.to_company,
            "company_name": filing.company_name, "money": "" if filing.money is None else f"{filing.money:.10g}",
            "remark": filing.field, "concrete_area": "，".join(filing.kinds), "state": str(state),
            "state_word": STATES[state], "review": (filing.review or "") if state == 4 else "",
            "review_word": REVIEWS.get(filing.review or "", "") if state == 4 else "", **times,
        }  # fmt: skip

    def ratings(self) -> list[Figures]:
        return figures(self.filings, self.clock)

    async def ratings_page(self, request: Request) -> Response:
        return self._render("ratings", rows=self.ratings())

    async def rating(self, request: Request) -> Response:
        name = request.query_params.get("website", "")
        row = next((found for found in self.ratings() if found.company == name), None)
        return self._render("rating", row=row) if row else self._render("gone", 404)

    async def script(self, request: Request) -> Response:
        """The mini-program's read-only address, asked with a form: a list page or one complaint."""
        asked = dict(parse_qsl((await request.body()).decode()))
        if asked.get("f") == "complain":
            start = (_number(asked.get("p", "1")) - 1) * _PER_PAGE
            rows = [self._bare(filing) for filing in self.listed()[start : start + _PER_PAGE]]
            return JSONResponse({"code": 1, "list": {"pw_rec_list": rows}})
        filing = self._by_id.get(asked.get("id", ""))
        if asked.get("f") != "complain_profile" or filing is None or not filing.is_listed(self.clock):
            return JSONResponse({"code": 0, "msg": "投诉不存在", "list": None})
        return JSONResponse({"code": 1, "list": self._bare(filing)})

    def _bare(self, filing: Filing) -> dict[str, str]:
        return {name: value for name, value in self.fields(filing).items() if not name.endswith("_word")}

    async def robots(self, _: Request) -> Response:
        return Response(ROBOTS, headers={"content-type": "text/plain"})

    async def missing(self, _: Request) -> Response:
        return self._render("gone", 404)

    async def control(self, request: Request) -> Response:
        """GET tells the clock, POST {"at": ISO time} sets it."""
        if request.method == "POST":
            self.clock = at_shanghai((await request.json())["at"])
        return JSONResponse({"at": self.clock.isoformat(), "requests": self.requests})

    def application(self) -> Starlette:
        pages = {
            "/": self.list_page, "/Index/complain_list.html": self.list_page,
            "/Index/complain_detail/id/{id}.html": self.detail, "/Index/complaintData.html": self.ratings_page,
            "/Index/complaintDataDetail.html": self.rating, "/robots.txt": self.robots, "/{rest:path}": self.missing,
        }  # fmt: skip
        script = Route("/Home/Jzbxcx/json_315_post_product", self._counted(self.script), methods=["POST"])
        control = Route("/_lab/clock", self.control, methods=["GET", "POST"])
        plain = [Route(path, self._counted(make)) for path, make in pages.items()]
        return Starlette(routes=[control, script, *plain])

    def _counted(self, make: Answer) -> Answer:
        async def answer(request: Request) -> Response:
            self.requests += 1
            return await make(request)

        return answer


def _number(printed: str) -> int:
    return int(printed) if printed.isdecimal() and int(printed) > 0 else 1


def _time(at: datetime | None, clock: datetime) -> str:
    return at.strftime(_TIME) if at and at <= clock else ""


def desk(world: World, clock: datetime) -> DianshubaoDesk:
    return DianshubaoDesk(world, clock)
