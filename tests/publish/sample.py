"""A small invented edition: three platforms, fifty-five cases, every table filled, some of it hostile text.

`yinghuo` has 32 judged cases (state ok), `zhezhi` 12 (few), `zhiyuan` 3 (counts_only). Everything is computed from a
fixed plan, without a clock or chance, so two calls give equal tables.
"""

from datetime import date, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path

import pyarrow as pa

from pipeline.model import RUNGS, TABLES, Record
from pipeline.publish.database import write_database
from pipeline.schema import arrow_schema
from tests.publish.sample_scorecards import AS_OF, EDITION, PLATFORMS, PORTAL, Row, scorecards
from tests.publish.sample_statistics import statistics_of

HOSTILE = '<script>alert("x")</script> & \'"* NEAR/2 退款 {{ 7*7 }} </td>'
TITLES = (
    "充值未到账，客服不回复", "要求退款，卡密无法使用", HOSTILE, "Q币充值三天没有到账", "会员重复扣费要求退一赔三",
    "点券少发，只到账一半", "视频会员月卡激活失败", "话费慢充超时",
)  # fmt: skip

# platform → how many judged cases stand on each rung, then open and unseen ones
PLAN: dict[str, dict[str, int]] = {
    "yinghuo": {"resolved_confirmed": 4, "resolved_claimed": 5, "answered": 6, "brushed_off": 8, "silent": 5,
                "undelivered": 2, "closed_unanswered": 2, "withdrawn": 1, "vanished": 1, "too_young": 3, "unseen": 1},
    "zhezhi": {"resolved_confirmed": 3, "answered": 4, "brushed_off": 2, "silent": 3, "too_young": 1},
    "zhiyuan": {"resolved_claimed": 1, "silent": 2, "too_young": 1},
}  # fmt: skip


def _kinds(platform: str) -> list[str]:
    """What each case of a platform is, mixed over time so that every month holds several kinds."""
    kinds = [kind for kind, count in PLAN[platform].items() for _ in range(count)]
    young = [kind for kind in kinds if kind == "too_young"]
    old = [kind for kind in kinds if kind != "too_young"]
    return [old[i * 11 % len(old)] for i in range(len(old))] + young  # 11 divides none of the counts


def _t0(index: int, kind: str, count: int) -> datetime:
    """Judged cases are spread over the twelve months before as-of − 30 days, open ones over the last 25 days."""
    if kind == "too_young":
        return AS_OF - timedelta(days=4 + 9 * (count - index - 1), hours=3)
    return AS_OF - timedelta(days=380 - 340 * index // count, hours=index % 9)


def _plan() -> list[Row]:
    """One dict a case: platform, kind, ref, t0."""
    plan = [
        {"platform": platform, "kind": kind, "t0": _t0(i, kind, len(_kinds(platform)))}
        for platform in PLATFORMS
        for i, kind in enumerate(_kinds(platform))
    ]
    return [row | {"ref": f"1739000{i:04d}", "id": f"{PORTAL}/1739000{i:04d}", "i": i} for i, row in enumerate(plan)]


def _rung(row: Row) -> str | None:
    return row["kind"] if row["kind"] in RUNGS else None


def _delivered(row: Row) -> bool:
    return row["kind"] not in ("undelivered", "closed_unanswered")


def _campaign(row: Row) -> str | None:
    return "campaign-1" if row["platform"] == "yinghuo" and row["i"] < 6 else None


def _reply_at(row: Row) -> datetime | None:
    replied = ("resolved_confirmed", "resolved_claimed", "answered", "brushed_off")
    return row["t0"] + timedelta(hours=5 + 31 * (row["i"] % 4)) if row["kind"] in replied else None


def _kept(row: Row, hours: float, good: bool) -> str | None:
    at = _reply_at(row)
    if not _delivered(row) or row["kind"] == "too_young":
        return None
    if row["kind"] in ("withdrawn", "vanished", "unseen"):
        return "undecidable"
    return "kept" if good and at is not None and at <= row["t0"] + timedelta(hours=hours) else "broken"


def _case(row: Row) -> Row:
    rung, kind, at = _rung(row), row["kind"], _reply_at(row)
    solid = kind in ("resolved_confirmed", "resolved_claimed", "answered")
    return {
        "id": row["id"], "platform": row["platform"], "portals": PORTAL, "n_complaints": 2 if row["i"] == 3 else 1,
        "campaign_id": _campaign(row), "t0": row["t0"], "t0_basis": "assigned" if _delivered(row) else "published",
        "month": row["t0"].strftime("%Y-%m"), "delivered": _delivered(row), "deadline_at": row["t0"] + timedelta(30),
        "state": kind if rung is None else "judged", "rung": rung, "rung_low": rung, "rung_high": rung,
        "why": "门户页面截至期限未显示平台回复" if kind == "silent" else f"页面所示步骤符合 {kind}",
        "hidden_only": False, "contradicted": False, "in_headline": rung is not None,
        "in_promises": kind != "too_young", "standing": "counted", "replies_in_time": int(at is not None),
        "open_days": (AS_OF - row["t0"]).days if kind == "too_young" else None, "first_reply_at": at,
        "first_substantive_at": at if solid else None, "answered_late": False, "t24": _kept(row, 24, True),
        "t48": _kept(row, 48, solid), "t7": _kept(row, 168, kind.startswith("resolved")),
        "t7_confirmed": _kept(row, 168, kind == "resolved_confirmed"), "issues": "未到账|客服", "topics": "充值未到账|客服失联", "amount_yuan":
        None if row["i"] % 5 == 0 else 10.0 * (row["i"] + 1),
    }  # fmt: skip


def _complaint(row: Row) -> Row:
    t0, gone = row["t0"], row["kind"] == "vanished"
    return {
        "id": row["id"], "portal": PORTAL, "ref": row["ref"], "url": f"http://127.0.0.1:8901/complaint/{row['ref']}",
        "found_via": "home:latest", "platform": row["platform"], "platform_name": PLATFORMS[row["platform"]],
        "case_id": row["id"], "campaign_id": _campaign(row), "title": row.get("title", TITLES[row["i"] % len(TITLES)]),
        "excerpt": f"付款后一直没有到账，联系客服〔手机号〕没有结果，编号{row['i']}。",
        "issues": "未到账|客服", "topics": "充值未到账|客服失联", "goods": "话费", "requests": "退款", "amount_yuan": 10.0 * (row["i"] + 1),
        "filed_at": t0 - timedelta(hours=20), "published_at": t0 - timedelta(hours=2),
        "assigned_at": t0 if _delivered(row) else None, "status": "处理中", "group_ref": None,
        "satisfaction": 5 if row["kind"] == "resolved_confirmed" else None,
        "first_seen_at": t0 + timedelta(days=1),
        "last_seen_at": t0 + timedelta(days=2) if row["kind"] == "unseen" else AS_OF,
        "gone_at": t0 + timedelta(days=9) if gone else None, "standing": "counted",
    }  # fmt: skip


def _copies(plan: list[Row]) -> list[Row]:
    """A second posting of case 3, a rejected complaint and one that was only imported (no case)."""
    again = _complaint(plan[3] | {"ref": "17390009001", "id": f"{PORTAL}/17390009001", "title": "再次投诉：到账异常"})
    lone = [_complaint(plan[5] | {"ref": f"1739000910{i}", "id": f"{PORTAL}/1739000910{i}"}) for i in range(2)]
    rejected = lone[0] | {"standing": "rejected", "case_id": None, "campaign_id": None}
    imported = lone[1] | {"standing": "imported", "platform": None, "case_id": None, "found_via": "import:sample"}
    return [again | {"case_id": plan[3]["id"]}, rejected, imported | {"campaign_id": None}]


_STEPS: dict[str, tuple[tuple[str, str], ...]] = {
    "resolved_confirmed": (("platform", "replied"), ("platform", "completion_requested"), ("complainant", "confirmed")),
    "resolved_claimed": (("platform", "completion_requested"),),
    "answered": (("platform", "replied"),),
    "brushed_off": (("platform", "replied"), ("complainant", "followed_up")),
    "undelivered": (("portal", "undelivered"),),
    "closed_unanswered": (("portal", "closed"),),
    "withdrawn": (("complainant", "withdrawn"),),
}


def _events(row: Row) -> list[Row]:
    first = [("complainant", "filed", -20), ("portal", "approved", -2)]
    first += [("portal", "assigned", 0)] if _delivered(row) else []
    start = _reply_at(row) or row["t0"] + timedelta(days=6)
    dated = [(actor, kind, row["t0"] + timedelta(hours=hours)) for actor, kind, hours in first]
    dated += [(a, k, start + timedelta(hours=7 * n)) for n, (a, k) in enumerate(_STEPS.get(row["kind"], ()))]
    return [
        {"id": f"{row['id']}#{seq}", "complaint": row["id"], "seq": seq, "at": at, "actor": actor, "kind": kind,
         "hidden": kind == "replied" and row["i"] % 11 == 0}
        for seq, (actor, kind, at) in enumerate(dated)
    ]  # fmt: skip


def _reply(row: Row, event: Row) -> Row:
    label = {"resolved_confirmed": "offer", "resolved_claimed": "resolved_claim", "answered": "refusal"}.get(
        row["kind"], "deferral"
    )
    text = {"deferral": "您好，已为您反馈，请耐心等待。", "refusal": "卡密已使用，按购买页面所示条款不予退款。"}.get(
        label, "已于当日原路退款，请查收。"
    )
    hidden = event["hidden"]
    return {
        "id": event["id"], "complaint": row["id"], "case_id": row["id"], "platform": row["platform"],
        "at": event["at"], "kind": event["kind"], "excerpt": None if hidden else text, "hidden": hidden,
        "label": "hidden" if hidden else label, "substantive": None if hidden else label != "deferral",
        "confidence": 1.0 if hidden else 0.93, "rule": f"{label}-1@1", "why": "回复文字的规则判定",
        "template": "yinghuo-t1" if label == "deferral" and row["platform"] == "yinghuo" else None,
        "weight": "doubtful" if hidden else "formal" if label == "deferral" else "substantive",
    }  # fmt: skip


def _small(plan: list[Row], complaints: list[Row]) -> dict[str, list[Row]]:
    """The tables of a few rows each."""
    first, again = plan[3]["id"], f"{PORTAL}/17390009001"
    gone = [row for row in plan if row["kind"] == "vanished"]
    campaign = [row["id"] for row in plan if _campaign(row)]
    return {
        "editions": [{"id": EDITION, "as_of": AS_OF, "method_version": "1", "inputs_digest": "0" * 64, "n_complaints":
                      len(complaints), "n_cases": len(plan), "n_platforms": len(PLATFORMS)}],
        "platforms": [{"id": key, "name": name, "review": "reviewed" if key != "zhiyuan" else "unreviewed", "aliases":
                       f"{name}|{name}官方", "legal_name": None, "credit_code": None, "invented": True}
                      for key, name in PLATFORMS.items()],
        "portals": [{"id": PORTAL, "name": "黑猫投诉", "home": "http://127.0.0.1:8901/",
                     "n_complaints": len(complaints), "n_rejected": 1, "n_gone": len(gone),
                     "first_seen_at": AS_OF - timedelta(days=380), "last_seen_at": AS_OF}],
        "templates": [{"id": "yinghuo-t1", "platform": "yinghuo", "label": "deferral", "n_replies": 8,
                       "n_complaints": 8, "text": "您好，已为您反馈，请耐心等待〔日期〕。",
                       "first_at": AS_OF - timedelta(days=370), "last_at": AS_OF - timedelta(days=45)}],
        "campaigns": [{"id": "campaign-1", "platform": "yinghuo", "kind": "event", "n_cases": len(campaign),
                       "n_complaints": len(campaign) + 1, "first_at": plan[0]["t0"], "last_at": plan[5]["t0"],
                       "title": TITLES[0]}],
        "merges": [
            {"id": "merge-1", "kind": "case", "into": first, "left": first, "right": again,
             "identity": "author|order_no", "text_score": 0.91, "rule": "case@1"},
            {"id": "merge-2", "kind": "campaign", "into": "campaign-1", "left": campaign[0],
             "right": campaign[1], "identity": "", "text_score": 0.88, "rule": "campaign@1"}],
        "notices": [{"platform": "yinghuo", "found_on": date(2026, 10, 1), "sent_on": date(2026, 10, 2), "entered_on":
                     date(2026, 10, 16), "left_on": None, "status": "listed", "why": "两期各 15 件，下限 0.52、0.55"}],
        "statements": [{"id": "s1", "platform": "yinghuo", "received_on": date(2026, 11, 3), "kind": "更正事实",
                        "text": f"系统故障已于十月修复。{HOSTILE}", "evidence_url": "https://yinghuo.example/notice"}],
        "corrections": [{"id": "c1", "made_on": date(2026, 11, 5), "subject": plan[2]["id"], "reason": "平台归属有误",
                         "status": "已更正", "expires_on": None}],
        "appeals": [
            {"id": "a1", "received_on": date(2026, 10, 12), "kind": "verdict", "subject": plan[3]["id"], "answered_on": date(2026, 10, 13),
             "decided_on": date(2026, 10, 30), "outcome": "kept", "reason": "页面上没有退款的步骤", "due_on": date(2026, 10, 21)},
            {"id": "a2", "received_on": date(2026, 11, 2), "kind": "attribution", "subject": plan[2]["id"], "answered_on": date(2026, 11, 3),
             "decided_on": date(2026, 11, 5), "outcome": "changed", "reason": "两家名称相近", "due_on": date(2026, 11, 11)},
            {"id": "a3", "received_on": AS_OF.date(), "kind": "other", "subject": "/method/", "answered_on": None,
             "decided_on": None, "outcome": "pending", "reason": None, "due_on": AS_OF.date() + timedelta(days=9)}],
        "findings": [{"id": "f1", "stage": "crawl", "kind": "unknown_status", "portal": PORTAL,
                      "subject": plan[1]["id"], "detail": "未知进度词", "remedy": "在 portal.yml 的 statuses 中补充"}],
        "tombstones": [{"complaint": row["id"], "platform": row["platform"], "kind": "deleted", "had_terminal": False,
                        "last_alive_at": row["t0"] + timedelta(days=2), "gone_at": row["t0"] + timedelta(days=9)}
                       for row in gone],
        "crawls": [_crawl(70, 12, complete=True), _crawl(20, 40, refused="robots 3 · status_403 1", n_refused=4, n_problems=1),
                   _crawl(9, 7, complete=True, n_gone=1, gone="deleted 1", n_gaps=2, n_findings=1, findings="unknown_status 1", waited_seconds=118.5)],
        "coverage": [{"portal": PORTAL, "scope": "首页", "collected": len(complaints), "portal_count": 61, "counted_at":
                      AS_OF}],
    }  # fmt: skip


def _crawl(days: int, n_new: int, **more: object) -> Row:
    at = AS_OF - timedelta(days=days)
    counts = dict.fromkeys(
        ("n_changed", "n_same", "n_gone", "n_refused", "n_gaps", "n_findings", "n_elsewhere", "n_problems"), 0
    )
    texts = dict.fromkeys(("gone", "refused", "findings"), "")
    return {"portal": PORTAL, "run": f"{at:%Y%m%dT%H%M%S%z}", "started_at": at - timedelta(hours=1), "ended_at": at, "listed": 61,
            "last_record_at": at, "complete": False, "planned": 55, "n_new": n_new, "waited_seconds": 0.0, **counts, **texts, **more}  # fmt: skip


def _sightings(complaints: list[Row]) -> list[Row]:
    times = [(row, at) for row in complaints for at in dict.fromkeys((row["first_seen_at"], row["last_seen_at"]))]
    digests = islice(cycle("0123456789abcdef"), len(times))
    return [
        {"complaint": row["id"], "seen_at": at, "found_via": row["found_via"], "status": row["status"], "n_events": 3,
         "gone": None, "record_digest": digit * 64}
        for (row, at), digit in zip(times, digests, strict=True)
    ]  # fmt: skip


def sample_rows() -> dict[str, list[Row]]:
    """Table name → rows as dicts (times aware, not yet validated)."""
    plan = _plan()
    cases, complaints = [_case(row) for row in plan], [_complaint(row) for row in plan] + _copies(plan)
    events = {row["id"]: _events(row) for row in plan}
    replies = [
        _reply(row, event)
        for row in plan
        for event in events[row["id"]]
        if event["kind"] in ("replied", "completion_requested")
    ]
    return _small(plan, complaints) | {
        "cases": cases, "complaints": complaints, "events": [event for own in events.values() for event in own],
        "replies": replies, "sightings": _sightings(complaints), "scorecards": scorecards(cases),
    }  # fmt: skip


def _table(model: type[Record], rows: list[Row]) -> pa.Table:
    return pa.Table.from_pylist([model.model_validate(row).model_dump() for row in rows], schema=arrow_schema(model))


def sample_tables() -> dict[str, pa.Table]:
    """Every table of the model, each row validated by it."""
    rows = sample_rows()
    tables = {name: _table(model, rows[name]) for name, model in TABLES.items() if name in rows}
    made = tables | statistics_of(tables, rows["cases"])
    return {name: _table(model, []) for name, model in TABLES.items()} | tables | made | {"notices": tables["notices"]}


def write_sample_db(path: Path) -> Path:
    """The sample edition as a public database at `path`; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_database(path, sample_tables())
    return path
