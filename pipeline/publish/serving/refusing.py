"""What is said when a question is refused or cut: to a reader as a page, to a program that asked for JSON or CSV as JSON."""

import re
import sqlite3
from dataclasses import dataclass
from typing import Any

import datasette.app  # noqa: F401 - first: its other modules import each other in a circle
from datasette.database import QueryInterrupted
from datasette.utils.asgi import Base400, Response
from datasette.views.base import DatasetteError

_PROGRAM = re.compile(r"\.(?:jsono?|csv)$")


@dataclass(frozen=True)
class Refusal:
    status: int
    title: str
    error: str
    remedy: str
    again: str = ""
    """The address without what was wrong in it; empty where there is none."""


def by_program(path: str) -> bool:
    """Whether the address asks for JSON or CSV."""
    return _PROGRAM.search(path) is not None


async def answer(ready: Any, request: Any, refusal: Refusal) -> Response:
    """As JSON (`ok`, `status`, `title`, `error`, `remedy`) or as the site's error page; never to be kept."""
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}
    told = {"ok": False, **{name: value for name, value in vars(refusal).items() if value}}
    if by_program(request.path):
        return Response.json(told, status=refusal.status, headers=headers)
    page = await ready.jinja_env.select_template([f"{refusal.status}.html", "error.html"]).render_async(
        told | {"urls": ready.urls, "app_css_hash": ready.app_css_hash(), "menu_links": list}
    )
    return Response.html(page, status=refusal.status, headers=headers)


def refusal_of(exception: Exception, longest_ms: int) -> Refusal:
    """What an exception that Datasette did not answer itself says to who asked."""
    status = getattr(exception, "status", 500)
    if isinstance(exception, QueryInterrupted) or getattr(exception, "title", None) == "SQL Interrupted":
        return Refusal(400, "SQL Interrupted", "查询超时，已中断 · SQL interrupted: it took too long", f"每次查询至多 {longest_ms} 毫秒：加条件或 limit，用有索引的列，或下载整个数据库在自己机器上查 · at most {longest_ms} ms: narrow it, add a limit, or download the whole database and ask there")  # fmt: skip
    if status == 404:
        return Refusal(404, "没有这一页 · not found", _said(exception), "从数据首页 /data/ 找表和问题 · tables and questions are listed at /data/")  # fmt: skip
    if isinstance(exception, sqlite3.Error) or getattr(exception, "title", None) == "Invalid SQL":
        return Refusal(400, "SQL 未执行 · invalid SQL", _said(exception), "只能用 select 读；列名见各表的页面 · only reading with select; each table's page lists its columns")  # fmt: skip
    if isinstance(exception, Base400 | DatasetteError):
        status = 400 if status == 500 else status  # Datasette's own 500s of this kind are about parameters
        return Refusal(status, getattr(exception, "title", None) or "请求有误 · bad request", _said(exception), "改正地址里的参数再试 · correct the address's parameters")  # fmt: skip
    return Refusal(500, "出错了 · internal error", "这一页没能做出来 · this page could not be made", "改一改参数再试；仍不行请按“关于”页的办法告诉我们 · try other parameters, or tell us: see the about page")  # fmt: skip


def _said(exception: Exception) -> str:
    return str(getattr(exception, "message", None) or (exception.args[0] if exception.args else "") or "")
