"""Snapshot → one page per case: its timeline, its clock, the rung it stands on and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from urllib.parse import quote

from markupsafe import Markup

from pipeline.publish.web import charts, frame
from pipeline.publish.web.figures import Desk, path_part, safe_href, sql_text
from pipeline.publish.web.page import Job, Shell
from pipeline.publish.web.reading import Row, Snapshot
from pipeline.publish.web.texts import mark

_PROMISES = ("t24", "t48", "t7")


@dataclass(frozen=True)
class Step:
    """One line of a case's timeline; `actor` is also the style: complainant, platform, portal or mark."""

    at: str
    actor: str
    who: str
    kind: str
    where: str
    excerpt: str | None
    hidden: bool
    label: str
    label_what: str
    weight: str
    why: str
    basis: str


@dataclass(frozen=True)
class Member:
    """One complaint of the case."""

    portal: str
    ref: str
    href: str | None
    url: str
    status: str
    seen: str
    gone: str


@dataclass(frozen=True)
class CasePage:
    shell: Shell
    id: str
    title: str
    excerpt: str | None
    platform: str
    platform_href: str | None
    numeral: str
    swatch: Markup | None
    verdict: str
    sentence: str
    why: str
    marks: tuple[str, ...]
    clock: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...]
    members: tuple[Member, ...]
    sql_href: str
    defs: Markup


def case_path(case: str) -> str:
    """`portal/ref` → its page."""
    portal, _, ref = case.partition("/")
    return f"/cases/{path_part(portal)}/{path_part(ref)}/"


def case_href(desk: Desk, case: str) -> str:
    """Where a case is read: its page, or Datasette's row beyond the number of static pages."""
    if desk.data.has_case_pages:
        return desk.at(case_path(case))
    return f"{desk.data_url}sinkrate/cases/{quote(case, safe='')}"


def portal_names(desk: Desk, joined: str) -> str:
    """`heimao|other` → the portals' names."""
    return desk.words("list", "comma").join(portal_name(desk, one) for one in joined.split("|"))


def portal_name(desk: Desk, portal: str) -> str:
    """The portal's name in the page's language; as the portal prints it where no other is known."""
    if desk.language != "zh" and portal in desk.words.keys("portals"):
        return desk.words("portals", portal)
    known = desk.data.portals.get(portal)
    return portal if known is None else str(known["name"])


def case_marks(desk: Desk, case: Row) -> tuple[str, ...]:
    """What is doubtful about a verdict, in words."""
    marks = []
    if case["hidden_only"]:
        marks.append(desk.say("回复只有双方可见"))
    if case["contradicted"]:
        marks.append(desk.say("投诉人在期限内否认了平台的说法"))
    if case["rung_low"] != case["rung_high"] and case["rung_low"] and case["rung_high"]:
        low, high = (desk.words("rungs", case[column], "name") for column in ("rung_low", "rung_high"))
        marks.append(desk.say("判定存疑：下界按「%(low)s」计，上界按「%(high)s」计", low=low, high=high))
    if case["answered_late"]:
        marks.append(desk.say("期限之后才有实质回复；期限时的结局不改写"))
    if case["state"] == "judged" and not case["in_headline"]:
        marks.append(desk.say("不在主窗口内，不进主值"))
    return tuple(marks)


def jobs(desk: Desk) -> Iterator[Job]:
    """One page per case, newest first, up to the number a folder of files can bear."""
    if not desk.data.has_case_pages:
        return
    defs = charts.pattern_defs()
    for case in desk.data.cases:
        yield Job(case_path(case["id"]), partial(_page, desk, case, defs), partial(_rows, desk.data, case))


def _rows(data: Snapshot, case: Row) -> Iterator[object]:
    yield tuple(case)
    platform = data.platforms.get(case["platform"])
    yield None if platform is None else (platform["id"], platform["name"]), data.portal_names
    yield from map(tuple, data.by_portal.get(case["id"], []))
    members = data.members.get(case["id"], [])
    first = data.complaints.get(case["id"])
    if first is not None and first not in members:
        yield tuple(first)
    for complaint in members:
        yield tuple(complaint)
        for event in data.events.get(complaint["id"], []):
            yield tuple(event)
            reply = data.replies.get(event["id"])
            yield None if reply is None else tuple(reply)


def _page(desk: Desk, case: Row, defs: Markup) -> CasePage:
    members = desk.data.members.get(case["id"], [])
    first = desk.data.complaints.get(case["id"])
    platform = desk.data.platforms.get(case["platform"])
    rung = case["rung"] if case["state"] == "judged" else None
    numeral = desk.words("rungs", rung, "n") if rung else ""
    title = first["title"] if first is not None and first["title"] else desk.say("（无标题）")
    shell = frame.shell(
        desk, title=desk.say("案件 %(id)s", id=case["id"]), section="platforms", path=case_path(case["id"]), noindex=True,
        description=desk.say("截至 %(as_of)s，案件 %(id)s 的时间线与结局。", as_of=desk.as_of, id=case["id"]),
    )  # fmt: skip
    return CasePage(
        shell=shell,
        id=case["id"],
        title=title,
        excerpt=None if first is None else first["excerpt"],
        platform=desk.say("未能归属") if platform is None else platform["name"],
        platform_href=None if platform is None else frame.platform_href(desk, platform["id"]),
        numeral=numeral,
        swatch=charts.swatch(numeral) if rung else None,
        verdict=desk.words("rungs", rung, "name") if rung else desk.words("states", case["state"], "name"),
        sentence=_sentence(desk, case, rung),
        why=_why(desk, case),
        marks=case_marks(desk, case),
        clock=_clock(desk, case),
        facts=_facts(desk, case, members),
        steps=_steps(desk, case, members),
        members=tuple(_member(desk, one) for one in members),
        sql_href=desk.sql_href(f"select * from cases where id = {sql_text(case['id'])}"),
        defs=defs,
    )


def _why(desk: Desk, case: Row) -> str:
    """In the page's language where the edition has it; the template sets the stop."""
    own = case["why"] if desk.language == "zh" else case["why_en"] or case["why"]
    return str(own).rstrip("。.")


def _sentence(desk: Desk, case: Row, rung: str | None) -> str:
    """Dated and countable: what the portal's page shows, never what somebody is."""
    where, due = portal_names(desk, case["portals"]), desk.moment(case["deadline_at"])
    if rung:
        text = mark("截至 %(as_of)s，%(where)s页面显示：%(seen)s（期限 %(due)s）。")
        if rung == "vanished":
            text = mark("截至 %(as_of)s，%(where)s的页面：%(seen)s（期限 %(due)s）。")
        return desk.say(text, as_of=desk.as_of, where=where, seen=desk.words("rungs", rung, "seen"), due=due)
    if case["state"] == "unseen":
        return desk.say(
            "截至 %(as_of)s，本站在期限 %(due)s 之后没有再看到%(where)s的这个页面；不进主值，进上下界。",
            as_of=desk.as_of, due=due, where=where,
        )  # fmt: skip
    return desk.say("截至 %(as_of)s，期限 %(due)s 未到；只计件数，不判定。", as_of=desk.as_of, due=due)


def _clock(desk: Desk, case: Row) -> tuple[tuple[str, str], ...]:
    basis = desk.words("t0_basis", case["t0_basis"]) if case["t0_basis"] else desk.say("页面没有可用的时间")
    rows = [
        (desk.say("计时起点 t0"), desk.say("%(at)s，%(basis)s", at=desk.moment(case["t0"]), basis=basis)),
        (desk.say("期限"), desk.say("%(at)s（起点后 30 天）", at=desk.moment(case["deadline_at"]))),
        (
            desk.say("是否送达平台"),
            desk.say("门户页面显示已送达") if case["delivered"] else desk.say("门户页面未显示送达"),
        ),
    ]
    if case["first_reply_at"]:
        rows.append((desk.say("平台首次回复"), desk.moment(case["first_reply_at"])))
    if case["first_substantive_at"]:
        rows.append((desk.say("首次实质回复"), desk.moment(case["first_substantive_at"])))
    rows += [(desk.words("measures", name, "name"), desk.words("kept", case[name])) for name in _PROMISES if case[name]]
    return tuple(rows)


def _facts(desk: Desk, case: Row, members: list[Row]) -> tuple[tuple[str, str], ...]:
    requests = dict.fromkeys(one for row in members for one in row["requests"].split("|") if one)
    standing = dict.fromkeys(row["standing"] for row in members if row["standing"] != "counted")
    rows = [
        (desk.say("投诉问题"), desk.issues(case["issues"]) or desk.say("页面未写")),
        (desk.say("本站归入的问题"), desk.issues(case["topics"])),
        (desk.say("投诉要求"), desk.words("list", "comma").join(requests) or desk.say("页面未写")),
        (desk.say("涉诉金额"), desk.yuan(case["amount_yuan"])),
    ]
    rows += [(desk.say("收录方式"), desk.words("standing", one)) for one in standing]
    rows += [_alone(desk, row) for row in desk.data.by_portal.get(case["id"], [])]
    return tuple(rows)


def _alone(desk: Desk, row: Row) -> tuple[str, str]:
    """The rung that one of the case's portals shows by itself."""
    rung = row["rung"] if row["state"] == "judged" else None
    said = desk.words("rungs", rung, "name") if rung else desk.words("states", row["state"], "name")
    return desk.say("只看%(portal)s", portal=portal_name(desk, row["portal"])), said


def _member(desk: Desk, row: Row) -> Member:
    return Member(
        portal=portal_names(desk, row["portal"]),
        ref=row["ref"],
        href=safe_href(row["url"]),
        url=row["url"],
        status=row["status"] or "—",
        seen=desk.moment(row["last_seen_at"]),
        gone=desk.moment(row["gone_at"]) if row["gone_at"] else "",
    )


def _steps(desk: Desk, case: Row, members: list[Row]) -> tuple[Step, ...]:
    """All steps of all members by time, with the case's own marks between them.

    A step without a printed time keeps its place behind the step before it; at equal times a deadline stands last,
    because a step on it is still in time.
    """
    dated: list[tuple[str, int, Step]] = []
    for row in members:
        last = ""
        for event in desk.data.events.get(row["id"], []):
            last = event["at"] or last
            dated.append((last, 0, _step(desk, event, row, several=len(members) > 1)))
    dated += [(at, 1, _mark(desk, at, text)) for at, text in _milestones(desk, case, members)]
    return tuple(step for _, _, step in sorted(dated, key=lambda one: one[:2]))


def _milestones(desk: Desk, case: Row, members: list[Row]) -> Iterator[tuple[str, str]]:
    if case["t0"]:
        yield case["t0"], desk.say("计时开始")
    if case["deadline_at"]:
        yield (
            case["deadline_at"],
            desk.say("30 天期限") if case["state"] != "too_young" else desk.say("30 天期限（未到）"),
        )
    for row in members:
        if row["gone_at"]:
            yield row["gone_at"], desk.say("本站发现页面已消失：%(ref)s", ref=row["ref"])
    yield desk.data.edition["as_of"], desk.say("本期截至")


def _mark(desk: Desk, at: str, text: str) -> Step:
    return Step(desk.moment(at), "mark", "", text, "", None, False, "", "", "", "", "")


def _step(desk: Desk, event: Row, complaint: Row, *, several: bool) -> Step:
    reply, words = desk.data.replies.get(event["id"]), desk.words
    return Step(
        at=desk.moment(event["at"]),
        actor=event["actor"],
        who=words("actors", event["actor"]),
        kind=words("kinds", event["kind"]),
        where=f"{portal_names(desk, complaint['portal'])} {complaint['ref']}" if several else "",
        excerpt=reply["excerpt"] if reply is not None else None,
        hidden=bool(event["hidden"]),
        label=words("labels", reply["label"], "name") if reply is not None else "",
        label_what=words("labels", reply["label"], "what") if reply is not None else "",
        weight=words("weights", reply["weight"]) if reply is not None else "",
        why="" if reply is None else reply["why"],
        basis=_basis(desk, reply),
    )


def _basis(desk: Desk, reply: Row | None) -> str:
    if reply is None:
        return ""
    return desk.say("规则 %(rule)s，把握度 %(share)s", rule=reply["rule"], share=_confidence(reply["confidence"]))


@cache
def _confidence(value: float) -> str:
    return f"{value:.2f}"
