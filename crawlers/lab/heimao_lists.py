"""The replica's lists beyond its home page: signed JSON for tabs, merchants, directory and groups, with the portal's caps.

The scheme of the signature is invented: only the replica's own script (`templates/heimao_lists.js`) computes it.
"""

import hashlib
import html
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from crawlers.lab.pages import Pages, link, shown_name, status, summary
from crawlers.lab.platforms import PLATFORMS
from crawlers.lab.things import LabComplaint

SCRIPT = (Path(__file__).parent / "templates" / "heimao_lists.js").read_text(encoding="utf8")
FIELDS = {37: "影音娱乐", 114: "游戏"}  # the industries this replica's home page offers
OTHER_TRADES = (("9900000901", "虚州沧澜银行发卡中心"), ("9900000902", "虚州话费保险经纪"))
_MARK = "lab 2026"
_FRESH_SECONDS = 60
_PAGE = 10
_CODES = {"通过审核": 1, "待分配": 3, "处理中": 4, "已回复": 6, "已完成": 7, "投诉已完成": 7, "已关闭": 8}
_UNSIGNED = ("ts", "rs", "signature", "field")


def signature(asked: Mapping[str, str]) -> str:
    """What the page's script computes: SHA-256 over sorted parameters, clock, random text and a constant."""
    plain = "&".join(f"{name}={asked[name]}" for name in sorted(asked) if name not in _UNSIGNED)
    return hashlib.sha256(f"{plain}|{asked.get('ts')}|{asked.get('rs')}|{_MARK}".encode()).hexdigest()


def where(complaint: LabComplaint) -> str:
    """On which kind of list a complaint stands when the home page shows only some: home, feed, field, merchant, group."""
    if complaint.group_ref:
        return "group"
    place = ("home", "feed", "feed", "merchant", "field")[int(complaint.ref) % 5]
    return "feed" if place == "merchant" and complaint.couid is None else place


@dataclass
class Lists:
    """Answers to the calls of the pages' script. `refusals` are handed to merchants' lists first, one a call."""

    pages: Pages
    feed_pages: int = 50
    merchant_pages: int = 100
    refusals: deque[tuple[int, bytes]] = field(default_factory=deque)
    calls: int = 0
    _used: set[str] = field(default_factory=set)

    def answer(self, name: str, asked: dict[str, str], clock: datetime) -> tuple[int, Any]:
        """Status and JSON content (bytes where it is none)."""
        self.calls += 1
        if self.refusals and name == "company/received_complaints":
            return self.refusals.popleft()
        make: Callable[[dict[str, str], datetime], dict[str, Any]] | None = {
            "index/feed": self._feed, "company/received_complaints": self._received, "grp_comp/comps": self._members,
            "company/main_search": self._search, "company/rel_service": self._services, "grp_comp/feed": self._groups,
        }.get(name)  # fmt: skip
        if make is None:
            return 404, b"<html><body>404</body></html>"
        if name in ("index/feed", "company/received_complaints") and not self._is_signed(asked):
            return 200, _envelope(None, 10001, "签名错误")
        return 200, _envelope(make(asked, clock))

    def _is_signed(self, asked: dict[str, str]) -> bool:
        """Signed, fresh, and never used before."""
        now_ms, ts, own = time.time() * 1000, asked.get("ts", ""), asked.get("signature", "")
        is_fresh = ts.isdigit() and abs(now_ms - int(ts)) < _FRESH_SECONDS * 1000
        if not is_fresh or len(asked.get("rs", "")) != 16 or own != signature(asked) or own in self._used:
            return False
        self._used.add(own)
        return True

    def _feed(self, asked: dict[str, str], clock: datetime) -> dict[str, Any]:
        kind, industry = asked.get("type", ""), asked.get("field", "")
        shown = [made for made in self.pages.visible(clock) if where(made) == ("field" if industry else "feed")]
        if industry:
            ids = list(FIELDS)
            shown = [made for made in shown if ids[int(made.ref) // 5 % len(ids)] == int(industry)]
        mine = [made for made in shown if _tab(made, clock) == kind]
        return _paged("lists", [_item(made, clock) for made in mine], asked, self.feed_pages)

    def _received(self, asked: dict[str, str], clock: datetime) -> dict[str, Any]:
        couid = asked.get("couid", "")
        mine = [made for made in self.pages.visible(clock) if made.couid == couid and where(made) != "group"]
        content = _paged("complaints", [_item(made, clock) for made in mine], asked, self.merchant_pages)
        return content if mine else {**content, "complaints": None}

    def _members(self, asked: dict[str, str], clock: datetime) -> dict[str, Any]:
        mine = [made for made in self.pages.visible(clock) if made.group_ref == asked.get("gid")]
        return _paged("list", [_item(made, clock) for made in mine], asked, self.feed_pages)

    def _search(self, asked: dict[str, str], clock: datetime) -> dict[str, Any]:
        word = asked.get("keyword", "")
        known = [(made.couid, made.name) for made in PLATFORMS if made.couid] + list(OTHER_TRADES)
        rows = [
            {"title": name.replace(word, f"<span class='code-red'>{word}</span>"), "uid": couid, "sid": "",
             "url": f"//tousu.sina.com.cn/company/view/?couid={couid}", **self.pages.counters(couid, clock)}
            for couid, name in known if word in name
        ]  # fmt: skip
        return _paged("lists", rows, asked, self.feed_pages)

    def _services(self, asked: dict[str, str], clock: datetime) -> dict[str, Any]:
        couid = asked.get("couid", "")
        name = next((made.name for made in PLATFORMS if made.couid == couid), "")
        return {"lists": [{"name": name, "sid": "1", **self.pages.counters(couid, clock)}]}

    def _groups(self, asked: dict[str, str], clock: datetime) -> dict[str, Any]:
        titles = {made.group_ref: made.title for made in self.pages.visible(clock) if made.group_ref}
        rows = [{"title": title, "url": f"//tousu.sina.com.cn/grp_comp/view/{ref}"} for ref, title in titles.items()]
        return _paged("list", rows, asked, self.feed_pages)


def _tab(complaint: LabComplaint, clock: datetime) -> str:
    """The tab a complaint stands on: 1 hot, 2 latest, 3 replied, 4 finished."""
    word = status(complaint, clock)
    if word.endswith("已完成"):
        return "4"
    if word == "已回复":
        return "3"
    return "1" if int(complaint.ref) // 5 % 4 == 0 else "2"


def _item(complaint: LabComplaint, clock: datetime) -> dict[str, Any]:
    main = {
        "sn": complaint.ref, "title": html.escape(complaint.title), "status": _CODES[status(complaint, clock)],
        "timestamp": str(int(complaint.published_at.timestamp())), "cotitle": html.escape(complaint.printed_name),
        "summary": html.escape(summary(complaint.body_at(clock))), "appeal": ",".join(complaint.requests),
        "issue": ",".join(complaint.issues), "url": link(complaint.ref), "upvote_amount": "0", "evaluate_u": None,
        "cost": "" if complaint.amount_yuan is None else f"{complaint.amount_yuan:.2f}",
    }  # fmt: skip
    return {"main": main, "author": {"title": shown_name(complaint)} if complaint.alias else {}}


def _paged(name: str, rows: Iterable[Any], asked: dict[str, str], most_pages: int) -> dict[str, Any]:
    """One page of rows, and a pager that claims more than the cap hands out, as the portal's does."""
    found, number = list(rows), int(asked.get("page", "1"))
    pages = min(most_pages, -(-len(found) // _PAGE))
    cut = found[(number - 1) * _PAGE : number * _PAGE] if number <= pages else []
    pager = {"current": number, "next": min(number + 1, pages), "page_amount": pages, "item_count": len(found)}
    return {name: cut, "pager": pager}


def _envelope(data: dict[str, Any] | None, code: int = 0, message: str = "") -> dict[str, Any]:
    status_ = {"code": code, "msg": message}
    return {"result": {"status": status_, "timestamp": str(int(time.time())), **({"data": data} if data else {})}}
