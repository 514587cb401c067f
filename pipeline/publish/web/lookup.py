"""Look up a complaint number: its clock, the deadlines passed, the rung, what to do next. Works on static files alone."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from markupsafe import Markup

from pipeline.model import RUNGS
from pipeline.paths import PROJECT
from pipeline.publish.web import charts, frame
from pipeline.publish.web.case import case_path, portal_name
from pipeline.publish.web.figures import Desk
from pipeline.publish.web.page import FileSet, Job, Shell
from pipeline.publish.web.reading import Row, Snapshot
from pipeline.workdays import Calendar

FEW = 200_000
"""Up to this many complaints the shards are named by the last two characters of the number, beyond it by three."""

_OF_COMPLAINTS = ("ref", "portal", "standing", "platform", "url", "last_seen_at", "gone_at", "case_id")
_OF_CASES = (
    "id", "t0", "t0_basis", "delivered", "deadline_at", "state", "rung", "open_days", "t24", "t48", "t7",
    "first_reply_at", "first_substantive_at", "answered_late",
)  # fmt: skip


@dataclass(frozen=True)
class Advice:
    """What one rung says, for the script to show."""

    rung: str
    numeral: str
    name: str
    seen: str
    swatch: Markup


@dataclass(frozen=True)
class LookupPage:
    shell: Shell
    rungs: tuple[Advice, ...]
    portals: tuple[tuple[str, str], ...]
    tail: int
    has_pages: bool
    defs: Markup


def jobs(desk: Desk) -> Iterator[Job]:
    yield Job("/lookup/", partial(_page, desk), partial(_rows, desk.data))


def _rows(data: Snapshot) -> Iterator[object]:
    yield tail(len(data.complaints)), data.has_case_pages, data.portal_names


def _page(desk: Desk) -> LookupPage:
    title = desk.say("你的问题解决了吗？")
    about = desk.say("输入门户的投诉编号，看计时从哪天起、哪些期限已过、站在哪一级、下一步做什么。")
    return LookupPage(
        shell=frame.shell(desk, title=title, description=about, path="/lookup/", section="lookup"),
        rungs=tuple(_advice(desk, rung) for rung in RUNGS),
        portals=tuple((portal, portal_name(desk, portal)) for portal in desk.data.portals),
        tail=tail(len(desk.data.complaints)),
        has_pages=desk.data.has_case_pages,
        defs=charts.pattern_defs(),
    )


def _advice(desk: Desk, rung: str) -> Advice:
    numeral, name, seen = (desk.words("rungs", rung, key) for key in ("n", "name", "seen"))
    return Advice(rung, numeral, name, seen, charts.swatch(numeral))


def files(desk: Desk) -> FileSet:
    """What the script of the page reads; the same in every language."""
    return FileSet("lookup", partial(_files, desk), partial(_printed, desk.data))


def _printed(data: Snapshot) -> Iterator[object]:
    yield data.platform_names
    yield [[row[name] for name in _OF_COMPLAINTS] for row in data.complaints.values()]
    yield [[row[name] for name in _OF_CASES] for row in data.cases]


def _files(desk: Desk) -> Iterator[tuple[str, bytes]]:
    """`lookup/<end of the number>.json`: number → its complaints; and the calendar that counts working days."""
    shards: dict[str, dict[str, list[object]]] = defaultdict(dict)
    cases = {case["id"]: case for case in desk.data.cases}
    length = tail(len(desk.data.complaints))
    for complaint in desk.data.complaints.values():
        ref = complaint["ref"]
        shards[shard(ref, length)].setdefault(ref, []).append(_entry(desk, complaint, cases.get(complaint["case_id"])))
    for name, found in sorted(shards.items()):
        yield f"lookup/{name}.json", _json({ref: found[ref] for ref in sorted(found)})
    yield "lookup/workdays.json", _json(calendar(Calendar.load(PROJECT / "data" / "reference" / "workdays")))


def tail(n_complaints: int) -> int:
    return 2 if n_complaints <= FEW else 3


def shard(ref: str, length: int) -> str:
    """The file a number is in: its last characters, `_` for what is no plain letter or digit."""
    end = "".join(char if char.isascii() and char.isalnum() else "_" for char in ref[-length:])
    return end.rjust(length, "_").lower()


def calendar(days: Calendar) -> dict[str, object]:
    """Weekdays off and weekend days worked, and the span that notices cover; outside it a day is estimated."""
    named = [days.first + timedelta(days=at) for at in days.official.nonzero()[0].tolist()]
    works = dict(zip(named, days.is_workday[days.official].tolist(), strict=True))
    return {
        "first": _day(min(named)),
        "official_to": _day(max(named)),
        "off": [_day(day) for day, on in works.items() if not on and day.weekday() < 5],
        "on": [_day(day) for day, on in works.items() if on and day.weekday() >= 5],
    }


def _day(day: date) -> str:
    return day.isoformat()


def _entry(desk: Desk, complaint: Row, case: Row | None) -> dict[str, object]:
    """One complaint as the look-up shows it; nulls stay null. Times as in the tables."""
    platform = desk.data.platforms.get(complaint["platform"])
    found: dict[str, object] = {
        "portal": complaint["portal"],
        "standing": complaint["standing"],
        "platform": None if platform is None else platform["name"],
        "platform_path": None if platform is None else frame.platform_path(platform["id"]),
        "url": complaint["url"],
        "last_seen_at": complaint["last_seen_at"],
        "gone_at": complaint["gone_at"],
    }
    if case is not None:
        found |= {"case": case["id"], "case_path": case_path(case["id"])}
        found |= {name: case[name] for name in _OF_CASES[1:]}
    return found


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
