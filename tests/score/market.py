"""An invented market in raw records: three portals, sixteen months, platforms that differ, everything seeded.

It holds what the statistics must tell apart: cases found late, not seen again or vanished, replies without a printed
time or text, re-posts on a second portal, an outbreak, pressure to withdraw, a platform that left its portal.
"""

import json
import random
import shutil
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.model import RawComplaint
from pipeline.paths import PROJECT, Paths

AS_OF = datetime.fromisoformat("2026-11-20T12:00:00+08:00")
RUN = "20261120T120000+0800"
_START, _DAYS = datetime.fromisoformat("2025-07-20T09:00:00+08:00"), 480
_PORTALS = ("heimao", "heimao", "heimao", "xfb315", "dianshubao")
_ISSUES = ("充值未到账", "拒绝退款", "联系不到客服", "余额无法提现", "卡密无效")
_GLYPHS = "春风吹过山岗小河流向远方孩子坐在树下听故事木桥旁边开着花午后阳光照进窗台猫咪趴着打盹面包店飘来香气慢慢散步"
_NAMES = "天地玄黄宇宙洪荒日月盈昃辰宿列张"
SHAPES: dict[str, dict[str, int]] = {
    "good": {"prompt": 95, "confirmed": 5},
    "usual": {"honest": 42, "late": 4, "ack": 22, "silent": 18, "claim": 6, "denied": 2, "withdrawn": 2, "undelivered": 2, "closed": 2},
    "bad": {"honest": 8, "late": 6, "ack": 40, "silent": 40, "claim": 3, "closed": 3},
    "presses": {"honest": 30, "ack": 25, "silent": 15, "withdrawn": 30},
    "left": {"honest": 20, "silent": 12, "ack": 8, "undelivered": 60},
    "hides": {"honest": 30, "hidden": 50, "silent": 20},
}  # fmt: skip
PLATFORMS: dict[str, tuple[str, int]] = {
    f"{glyph}星点卡": (shape, size)
    for glyph, (shape, size) in zip(
        _NAMES, [("good", 60), ("bad", 190), ("bad", 170), ("presses", 70), ("left", 60), ("hides", 60), ("usual", 8), *[("usual", 66)] * 9], strict=True
    )
}  # fmt: skip
IDS = {name: f"star-{place}" for place, name in enumerate(PLATFORMS)}
Step = tuple[float | None, str, str, str | None]


def _steps(kind: str, draw: random.Random, amount: int) -> list[Step]:
    """Days after t0, actor, kind, text."""
    soon, later = draw.uniform(0.1, 6), draw.uniform(0.2, 1.5)
    refund = f"已为您退款{amount}元，请查收。"
    offer = f"我们将在三个工作日内为您退款{amount}元。"
    ack = "您好，您的问题已收到，感谢您的反馈。"
    told: dict[str, list[Step]] = {
        "prompt": [(later, "platform", "replied", offer), (later + 2, "complainant", "confirmed", None)],
        "confirmed": [(later, "platform", "replied", refund), (later + 3, "complainant", "confirmed", None)],
        "honest": [(soon, "platform", "replied", draw.choice([refund, offer]))],
        "late": [(31 + soon, "platform", "replied", refund)],
        "ack": [(soon, "platform", "replied", ack)],
        "silent": [],
        "claim": [(soon, "platform", "completion_requested", refund), (soon + 7, "portal", "auto_completed", None)],
        "denied": [(soon, "platform", "completion_requested", refund), (soon + 2, "complainant", "followed_up", "没有收到退款，还是没有解决")],
        "withdrawn": [(soon, "platform", "replied", "请您先撤诉，撤诉后为您退款。"), (soon + 1, "complainant", "withdrawn", None)],
        "undelivered": [(0.2, "portal", "undelivered", None)],
        "closed": [(20.0, "portal", "closed", None)],
        "hidden": [(soon, "platform", "replied", None)],
    }  # fmt: skip
    return told[kind] if kind == "undelivered" else [(0.0, "portal", "assigned", None), *told[kind]]


@dataclass(frozen=True)
class Plan:
    """One complaint before it is seen."""

    name: str
    portal: str
    ref: str
    t0: datetime
    kind: str
    issue: str
    words: dict[str, Any]


def _plans(draw: random.Random) -> Iterator[Plan]:
    for name, (shape, size) in PLATFORMS.items():
        moments = [_START + timedelta(days=_DAYS * (at + draw.random()) / size) for at in range(size)]
        weekly = [(AS_OF - timedelta(days=24 - at / 10), "余额无法提现") for at in range(30)] if name[0] == "日" else []
        for t0, issue in [*((t0, draw.choice(_ISSUES)) for t0 in moments), *weekly]:
            kind = draw.choices(list(SHAPES[shape]), list(SHAPES[shape].values()))[0]
            yield _plan(draw, name, draw.choice(_PORTALS), t0, kind, issue)


def _plan(draw: random.Random, name: str, portal: str, t0: datetime, kind: str, issue: str) -> Plan:
    words = {
        "title": "".join(draw.choices(_GLYPHS, k=14)), "body": "".join(draw.choices(_GLYPHS, k=90)), "author": f"用户{draw.randrange(10**9, 10**10)}",
        "amount_yuan": draw.choice([None, *[round(draw.lognormvariate(4.5, 1.2), 2)] * 5]), "found_via": draw.choice(["home:latest", "merchant"]),
    }  # fmt: skip
    return Plan(name, portal, f"{draw.randrange(17_300_000_000, 17_999_999_999)}", t0, kind, issue, words)


def _sightings(plan: Plan, draw: random.Random) -> Iterator[tuple[datetime, bool]]:
    """(when, whether the page was gone): found at once or late, seen again after the horizon, or not, or gone."""
    found = min(plan.t0 + timedelta(days=draw.choice([0.04, 0.04, draw.uniform(0.5, 12)])), AS_OF)
    yield found, False
    fate = draw.random()
    again = (
        found + timedelta(days=draw.uniform(1, 20)) if fate < 0.03 else plan.t0 + timedelta(days=draw.uniform(31, 60))
    )
    if fate < 0.97:
        yield min(again, AS_OF), fate < 0.03 and again < AS_OF


def _lines(plan: Plan, draw: random.Random) -> Iterator[tuple[str, str]]:
    steps = _steps(plan.kind, draw, draw.randrange(20, 900))
    undated = plan.portal == "xfb315" and draw.random() < 0.3
    for seen_at, gone in _sightings(plan, draw):
        events = [
            {"at": None if undated and kind == "replied" else (plan.t0 + timedelta(days=day)).isoformat(), "actor": actor, "kind": kind,
             "text": None if plan.portal == "dianshubao" and actor == "platform" else text, "hidden": plan.kind == "hidden" and actor == "platform"}
            for day, actor, kind, text in steps if day is not None and plan.t0 + timedelta(days=day) <= seen_at
        ]  # fmt: skip
        record = {
            "portal": plan.portal, "ref": plan.ref, "url": "https://portal.example/x", "seen_at": seen_at.isoformat(), "platform_name": plan.name,
            "platform_ref": IDS[plan.name], "issues": (plan.issue,), "published_at": plan.t0.isoformat(), "filed_at": (plan.t0 - timedelta(hours=3)).isoformat(),
            "events": events, "gone": {"at": seen_at.isoformat(), "kind": "deleted"} if gone else None,
        }  # fmt: skip
        yield plan.portal, RawComplaint.model_validate(record | plan.words).model_dump_json()


def _counters(portal: str) -> Iterator[dict[str, Any]]:
    figures = {
        "heimao": {"valid_amt": 80, "replied_amt": 66, "completed_amt": 31}, "xfb315": {"total": 20, "solve_rate": 0.75},
        "dianshubao": {"total": 30, "pre": 0.9},
    }  # fmt: skip
    for name in PLATFORMS:
        for counter, value in figures[portal].items():
            yield {
                "portal": portal,
                "platform_ref": IDS[name],
                "name": name,
                "counter": counter,
                "value": value,
                "counted_at": AS_OF.isoformat(),
            }


def write_market(data: Path) -> Paths:
    """The market's raw files and reference data (platforms known, one notice sent) below `data`."""
    draw, paths = random.Random(20261120), Paths(data)
    shutil.copytree(PROJECT / "data" / "reference", data / "reference")
    with (data / "reference" / "platforms.yml").open("a", encoding="utf8") as out:
        out.writelines(f"- {{id: {IDS[name]}, name: {name}, names: [{name}], invented: true}}\n" for name in PLATFORMS)
    (data / "reference" / "notices.csv").write_text(
        "platform,found_on,sent_on\nstar-1,2026-03-01,2026-03-10\n", encoding="utf8"
    )
    made: dict[str, list[str]] = defaultdict(list)
    plans = list(_plans(draw))
    again = [
        Plan(plan.name, "xfb315", f"{plan.ref}9", plan.t0 + timedelta(days=2), "silent", plan.issue, plan.words)
        for plan in plans[::40] if plan.portal == "heimao"
    ]  # fmt: skip
    for plan in [*plans, *again]:
        for portal, line in _lines(plan, draw):
            made[portal].append(line)
    for portal, lines in made.items():
        folder = paths.raw / portal
        folder.mkdir(parents=True)
        (folder / f"{RUN}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf8")
        counters = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in _counters(portal))
        (folder / f"{RUN}.controls.ndjson").write_text(counters, encoding="utf8")
        report = {"started_at": AS_OF.isoformat(), "control": {"valid_total": 3 * len(lines)}}
        (folder / f"{RUN}.report.json").write_text(json.dumps(report), encoding="utf8")
    return paths
