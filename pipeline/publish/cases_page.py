"""Snapshot → one page per case: its timeline, its clock, the rung it stands on and why."""

from collections.abc import Iterator
from functools import cache

from markupsafe import Markup

from pipeline.publish import charts, compose, pages
from pipeline.publish.figures import Desk, moment, path_part, safe_href, sql_text, yuan
from pipeline.publish.reading import Row

_PROMISES = (("t24", "24 小时内有回复"), ("t48", "48 小时内有实质回复"), ("t7", "7 个工作日内解决"))


def case_href(case: str) -> str:
    """`portal/ref` → its page."""
    portal, _, ref = case.partition("/")
    return f"/cases/{path_part(portal)}/{path_part(ref)}/"


def portal_names(desk: Desk, joined: str) -> str:
    """`heimao|other` → the portals' names."""
    known = desk.data.portals
    return "、".join(known[one]["name"] if one in known else one for one in joined.split("|"))


def case_marks(desk: Desk, case: Row) -> tuple[str, ...]:
    """What is doubtful about a verdict, in words."""
    marks = []
    if case["hidden_only"]:
        marks.append("回复只有双方可见")
    if case["contradicted"]:
        marks.append("投诉人在期限内否认了平台的说法")
    if case["rung_low"] != case["rung_high"] and case["rung_low"] and case["rung_high"]:
        low, high = (desk.words("rungs", case[column], "name") for column in ("rung_low", "rung_high"))
        marks.append(f"判定存疑：下界按「{low}」计，上界按「{high}」计")
    if case["answered_late"]:
        marks.append("期限之后才有实质回复；期限时的结局不改写")
    if case["state"] == "judged" and not case["in_headline"]:
        marks.append("不在主窗口内，不进主值")
    return tuple(marks)


def case_pages(desk: Desk) -> Iterator[pages.CasePage]:
    """One page per case, newest first."""
    defs = charts.pattern_defs()
    for case in desk.data.cases:
        yield _page(desk, case, defs)


def _page(desk: Desk, case: Row, defs: Markup) -> pages.CasePage:
    members = desk.data.members.get(case["id"], [])
    first = desk.data.complaints.get(case["id"])
    platform = desk.data.platforms.get(case["platform"])
    rung = case["rung"] if case["state"] == "judged" else None
    numeral = desk.words("rungs", rung, "n") if rung else ""
    title = first["title"] if first is not None and first["title"] else "（无标题）"
    frame = compose.shell(
        desk, title=f"案件 {case['id']}", section="platforms", path=case_href(case["id"]), noindex=True,
        description=f"截至 {desk.as_of}，案件 {case['id']} 的时间线与结局。",
    )  # fmt: skip
    return pages.CasePage(
        shell=frame,
        id=case["id"],
        title=title,
        excerpt=None if first is None else first["excerpt"],
        platform="未能归属" if platform is None else platform["name"],
        platform_href=None if platform is None else compose.platform_href(platform["id"]),
        numeral=numeral,
        swatch=charts.swatch(numeral) if rung else None,
        verdict=desk.words("rungs", rung, "name") if rung else desk.words("states", case["state"], "name"),
        sentence=_sentence(desk, case, rung),
        why=case["why"].rstrip("。"),
        marks=case_marks(desk, case),
        clock=_clock(desk, case),
        facts=_facts(desk, case, members),
        steps=_steps(desk, case, members),
        members=tuple(_member(desk, one) for one in members),
        sql_href=desk.sql_href(f"select * from cases where id = {sql_text(case['id'])}"),
        defs=defs,
    )


def _sentence(desk: Desk, case: Row, rung: str | None) -> str:
    """Dated and countable: what the portal's page shows, never what somebody is."""
    where, due = portal_names(desk, case["portals"]), moment(case["deadline_at"])
    if rung:
        shows = "的页面" if rung == "vanished" else "页面显示"
        return f"截至 {desk.as_of}，{where}{shows}：{desk.words('rungs', rung, 'seen')}（期限 {due}）。"
    if case["state"] == "unseen":
        return f"截至 {desk.as_of}，本站在期限 {due} 之后没有再看到{where}的这个页面；不进主值，进上下界。"
    return f"截至 {desk.as_of}，期限 {due} 未到；只计件数，不判定。"


def _clock(desk: Desk, case: Row) -> tuple[tuple[str, str], ...]:
    basis = desk.words("t0_basis", case["t0_basis"]) if case["t0_basis"] else "页面没有可用的时间"
    rows = [
        ("计时起点 t0", f"{moment(case['t0'])}，{basis}"),
        ("期限", f"{moment(case['deadline_at'])}（起点后 30 天）"),
        ("是否送达平台", "门户页面显示已送达" if case["delivered"] else "门户页面未显示送达"),
    ]
    if case["first_reply_at"]:
        rows.append(("平台首次回复", moment(case["first_reply_at"])))
    if case["first_substantive_at"]:
        rows.append(("首次实质回复", moment(case["first_substantive_at"])))
    rows += [(name, desk.words("kept", case[column])) for column, name in _PROMISES if case[column]]
    return tuple(rows)


def _facts(desk: Desk, case: Row, members: list[Row]) -> tuple[tuple[str, str], ...]:
    requests = dict.fromkeys(one for row in members for one in row["requests"].split("|") if one)
    standing = dict.fromkeys(row["standing"] for row in members if row["standing"] != "counted")
    rows = [
        ("投诉问题", case["issues"].replace("|", "、") or "页面未写"),
        ("投诉要求", "、".join(requests) or "页面未写"),
        ("涉诉金额", yuan(case["amount_yuan"])),
    ]
    rows += [("收录方式", desk.words("standing", one)) for one in standing]
    return tuple(rows)


def _member(desk: Desk, row: Row) -> pages.Member:
    return pages.Member(
        portal=portal_names(desk, row["portal"]),
        ref=row["ref"],
        href=safe_href(row["url"]),
        url=row["url"],
        status=row["status"] or "—",
        seen=moment(row["last_seen_at"]),
        gone=moment(row["gone_at"]) if row["gone_at"] else "",
    )


def _steps(desk: Desk, case: Row, members: list[Row]) -> tuple[pages.Step, ...]:
    """All steps of all members by time, with the case's own marks between them.

    A step without a printed time keeps its place behind the step before it; at equal times a deadline stands last,
    because a step on it is still in time.
    """
    dated: list[tuple[str, int, pages.Step]] = []
    for row in members:
        last = ""
        for event in desk.data.events.get(row["id"], []):
            last = event["at"] or last
            dated.append((last, 0, _step(desk, event, row, several=len(members) > 1)))
    dated += [(at, 1, _mark(at, text)) for at, text in _milestones(desk, case, members)]
    return tuple(step for _, _, step in sorted(dated, key=lambda one: one[:2]))


def _milestones(desk: Desk, case: Row, members: list[Row]) -> Iterator[tuple[str, str]]:
    if case["t0"]:
        yield case["t0"], "计时开始"
    if case["deadline_at"]:
        yield case["deadline_at"], "30 天期限" if case["state"] != "too_young" else "30 天期限（未到）"
    for row in members:
        if row["gone_at"]:
            yield row["gone_at"], f"本站发现页面已消失：{row['ref']}"
    yield desk.data.edition["as_of"], "本期截至"


def _mark(at: str, text: str) -> pages.Step:
    return pages.Step(moment(at), "mark", "", text, "", None, False, "", "", "", "")


def _step(desk: Desk, event: Row, complaint: Row, *, several: bool) -> pages.Step:
    reply, words = desk.data.replies.get(event["id"]), desk.words
    return pages.Step(
        at=moment(event["at"]),
        actor=event["actor"],
        who=words("actors", event["actor"]),
        kind=words("kinds", event["kind"]),
        where=f"{portal_names(desk, complaint['portal'])} {complaint['ref']}" if several else "",
        excerpt=reply["excerpt"] if reply is not None else None,
        hidden=bool(event["hidden"]),
        label=words("labels", reply["label"], "name") if reply is not None else "",
        label_what=words("labels", reply["label"], "what") if reply is not None else "",
        weight=words("weights", reply["weight"]) if reply is not None else "",
        why=_why(reply),
    )


def _why(reply: Row | None) -> str:
    if reply is None:
        return ""
    return f"{reply['why']}（规则 {reply['rule']}，把握度 {_confidence(reply['confidence'])}）"


@cache
def _confidence(value: float) -> str:
    return f"{value:.2f}"
