"""The pages of the replica at one clock: lists, search, brands, complaints in each form, and the data behind them."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from crawlers.lab.things import SHANGHAI
from crawlers.lab.xfb315 import sealing
from crawlers.lab.xfb315.things import Form, XfbComplaint, XfbWorld
from crawlers.lab.xfb315.truth import WORDS, link

ROBOTS = "User-agent: *\nDisallow: /user/\nDisallow: /login\n"
HIDDEN = "该内容仅投诉双方可见"
GONE = {"deleted": "投诉不存在或投诉已删除", "private": "该投诉仅本人可见", "not_found": "页面不存在"}
PER_PAGE = 20
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
)
_TEMPLATES: dict[Form, str] = {"script": "script", "attribute": "attribute", "rows": "rows", "blocks": "blocks"}


def printed(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def data(page: XfbComplaint, clock: datetime) -> dict[str, Any]:
    """A complaint as the portal's own script gets it; times as text or as Unix seconds."""
    numbers = int(page.ref) % 3 == 0
    stamp = (lambda at: int(at.timestamp())) if numbers else printed
    result = page.result_at(clock)
    shown = result if result and result.shown else None
    found: dict[str, Any] = {
        "title": page.title, "name": page.printed_name, "add_time": stamp(page.filed_at), "client": "iOS客户端",
        "content": page.body, "problem": [{"name": name} for name in page.issues],
        "suqiu": [{"name": name} for name in page.requests],
        "addons": [{"created_at": stamp(addon.at), "content": addon.text} for addon in page.addons_at(clock)],
        "pic": [], "status": page.status(clock) if numbers else str(page.status(clock)),
        "default_result": {"content": HIDDEN if shown.hidden else shown.text, "add_time": stamp(shown.at), "is_favour": 0}
        if shown else ([] if numbers else None),
        "stat": {"favours": int(page.ref) % 9}, "member": {"avatar": "/static/avatar.png"}, "is_collect": 0,
        "similars": [{"id": "10000001", "title": "别人的投诉", "name": "别家", "add_time": "2025-01-01 00:00:00",
                      "content": "与本页无关", "status": 4, "client": "pc", "problem": [], "suqiu": [], "addons": []}],
    }  # fmt: skip
    return {**found, "brand_id": page.brand_id} if int(page.ref) % 2 == 0 and page.brand_id else found


def _entry(page: XfbComplaint, clock: datetime) -> dict[str, Any]:
    """A complaint as the list call gives it."""
    return {"id": int(page.ref), "title": page.title, "name": page.printed_name, "add_time": printed(page.filed_at),
            "content": page.body[:40], "status": page.status(clock)}  # fmt: skip


class Pages:
    """Renders what the portal would answer. `is_app`: every page is a shell that its own script fills."""

    def __init__(self, world: XfbWorld, is_app: bool = False) -> None:
        self.world = world
        self.is_app = is_app
        self.by_ref = {page.ref: page for page in world.complaints}

    def visible(self, clock: datetime) -> list[XfbComplaint]:
        """Newest first."""
        return [page for page in reversed(self.world.complaints) if page.is_listed(clock)]

    def home(self, clock: datetime) -> str:
        return self._render("home", pages=self.visible(clock)[:3], link=link)

    def listed(self, clock: datetime, number: int, keyword: str = "") -> str:
        if self.is_app:
            return self._render("shell", what="list", sealing=sealing)
        found = self._found(clock, keyword)
        shown = found[(number - 1) * PER_PAGE : number * PER_PAGE]
        return self._render(
            "list", pages=shown, number=number, more=len(found) > number * PER_PAGE, keyword=keyword, link=link,
            printed=printed, words=WORDS, clock=clock,
        )  # fmt: skip

    def _found(self, clock: datetime, keyword: str) -> list[XfbComplaint]:
        return [page for page in self.visible(clock) if keyword in page.title + page.printed_name + page.body]

    def detail(self, ref: str, clock: datetime) -> tuple[str, int]:
        """The page and its HTTP status."""
        page = self.by_ref.get(ref)
        if page is None or page.filed_at > clock:
            return self._render("error", text=GONE["not_found"]), 404
        if page.vanishing and page.vanishing.at <= clock:
            return self._render("error", text=GONE[page.vanishing.kind]), 200
        if self.is_app or page.form == "app":
            return self._render("shell", what="detail", sealing=sealing), 200
        found = data(page, clock)
        return self._render(
            _TEMPLATES[page.form], page=page, data=found, script=_for_script(found), clock=clock, printed=printed,
            word=WORDS[page.status(clock)], notice=HIDDEN,
        ), 200  # fmt: skip

    def brand(self, brand_id: str, clock: datetime) -> tuple[str, int]:
        counters = self.counters(brand_id, clock)
        if counters is None:
            return self._render("error", text=GONE["not_found"]), 404
        found = [page for page in self.visible(clock) if page.brand_id == brand_id]
        return self._render("brand", name=_name(found), counters=counters, pages=found[:PER_PAGE], link=link), 200

    def counters(self, brand_id: str, clock: datetime) -> dict[str, Any] | None:
        """What the portal claims of a brand: complaints ever filed and the share that ended."""
        filed = [page for page in self.world.complaints if page.brand_id == brand_id and page.filed_at <= clock]
        if not filed:
            return None
        ended = sum(page.status(clock) == 4 for page in filed)
        return {"total": len(filed), "solve_rate": f"{100 * ended / len(filed):.2f}%"}

    def detail_call(self, ref: str, clock: datetime) -> dict[str, Any]:
        """The answer to the page's own call for a complaint."""
        page = self.by_ref.get(ref)
        if page is None or not page.is_listed(clock):
            kind = page.vanishing.kind if page and page.vanishing and page.filed_at <= clock else "not_found"
            return {"data": None, "error": 1, "msg": GONE[kind], "msg_type": "toast"}
        return {"data": data(page, clock), "error": 0, "msg": "", "msg_type": ""}

    def list_call(self, number: int, keyword: str, clock: datetime) -> dict[str, Any]:
        found = self._found(clock, keyword)
        shown = found[(number - 1) * PER_PAGE : number * PER_PAGE]
        rows = [_entry(page, clock) for page in shown]
        return {"data": {"list": rows, "total": len(found)}, "error": 0, "msg": "", "msg_type": ""}

    def _render(self, template: str, **about: object) -> str:
        return _ENVIRONMENT.get_template(f"{template}.html.j2").render(**about)


def _name(found: list[XfbComplaint]) -> str:
    return found[0].printed_name if found else "品牌"


def _for_script(found: dict[str, Any]) -> str:
    """JSON that may stand in a script: no tag in it can end the script."""
    return (
        json.dumps({"detail": {"info": found}, "user": None}, ensure_ascii=False)
        .replace("</", "<\\/")
        .replace("<!--", "<\\u0021--")
    )
