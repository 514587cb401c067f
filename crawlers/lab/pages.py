"""The replica's pages at one clock: home, detail, company, group, error, robots.txt, as the portal prints them."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from crawlers.lab.things import PORTAL_NAMES, SHANGHAI, LabComplaint, Stars, Step, World

ROBOTS = "User-agent: *\nDisallow: /user/\nDisallow: /api/complaint/\n"
DELETED, PRIVATE = "投诉单不存在", "当前投诉单只允许本人查看"
HIDDEN_NOTICE = "该内容涉及隐私，已隐藏内容，仅投诉双方可见"
_SUMMARY = 150
_ANONYMOUS = "匿名"
_GROUPS = ("lists-last", "lists-reply", "lists-finish")
_NOTES = ("商家只有入驻后才能收到这条投诉", "商家只有匹配成功后才能收到这条投诉")
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
)


def token(ref: str) -> str:
    """The page's `sld`: 32 hexadecimal digits that only the lists print."""
    return hashlib.sha256(f"lab page {ref}".encode()).hexdigest()[:32]


def link(ref: str) -> str:
    """The address of a detail page, as the lists print it."""
    return f"//tousu.sina.com.cn/complaint/view/{ref}/?sld={token(ref)}"


def status(complaint: LabComplaint, clock: datetime) -> str:
    """The progress word the page shows: the furthest that visible steps have come."""
    steps = complaint.steps_at(clock)
    labels = {step.label for step in steps}
    if labels & {"撤诉", "投诉关闭", "已关闭", "审核未通过"}:
        return "已关闭"
    if "自动完成" in labels:
        return "投诉已完成" if int(complaint.ref) % 2 else "已完成"
    if "确认完成" in labels:
        return "已完成"
    if any(step.actor == "platform" for step in steps):
        return "已回复"
    if "商家处理中" in labels:
        return "处理中"
    return "待分配" if "商家未入驻" in labels else "通过审核"


def _group(word: str) -> str:
    """The home page's list for a progress word."""
    if word.endswith("已完成"):
        return _GROUPS[2]
    return _GROUPS[1] if word == "已回复" else _GROUPS[0]


def _joined(words: Sequence[str], ref: str) -> str:
    """Values as the portal prints them: both kinds of comma occur."""
    return ("，" if int(ref) % 3 == 0 else ",").join(words)


def summary(body: str) -> str:
    flat = body.replace("\n", " ")
    return flat if len(flat) <= _SUMMARY else flat[:_SUMMARY] + "..."


def shown_name(complaint: LabComplaint) -> str:
    return complaint.alias or _ANONYMOUS


@dataclass(frozen=True)
class _Item:
    """One complaint in a list."""

    href: str
    name: str
    day: str
    title: str
    summary: str
    platform: str
    requests: str


def _item(complaint: LabComplaint, clock: datetime) -> _Item:
    return _Item(
        link(complaint.ref), shown_name(complaint), f"{complaint.published_at:%Y-%m-%d}", complaint.title,
        summary(complaint.body_at(clock)), complaint.printed_name, _joined(complaint.requests, complaint.ref),
    )  # fmt: skip


@dataclass(frozen=True)
class _StepView:
    name: str
    label: str
    at: str
    lines: list[str]


@dataclass(frozen=True)
class _Detail:
    """What detail.html.j2 prints."""

    ref: str
    title: str
    name: str
    published: str
    group_ref: str | None
    couid: str | None
    host_end: str
    platform: str
    note: str
    issues: str
    requests: str
    amount: str
    status: str
    votes: int
    serial: int
    steps: list[_StepView]
    stars: Stars | None


def _actor_name(complaint: LabComplaint, step: Step) -> str:
    if step.actor == "portal":
        return PORTAL_NAMES[int(complaint.ref) % 5 == 0]
    return complaint.printed_name if step.actor == "platform" else complaint.alias or _ANONYMOUS


def _step_view(complaint: LabComplaint, step: Step, clock: datetime) -> _StepView:
    text = complaint.body_at(clock) if step is complaint.steps[0] else step.text
    lines = [HIDDEN_NOTICE] if step.hidden else text.split("\n")
    return _StepView(_actor_name(complaint, step), step.label, f"{step.at:%m-%d %H:%M:%S}", lines)


def _shown_couid(complaint: LabComplaint, steps: Iterable[Step]) -> str | None:
    """The merchant's id; none while the portal says it reached nobody."""
    labels = {step.label for step in steps}
    return None if "商家未入驻" in labels and "商家处理中" not in labels else complaint.couid


def _detail(complaint: LabComplaint, clock: datetime) -> _Detail:
    steps = complaint.steps_at(clock)
    number = int(complaint.ref)
    return _Detail(
        ref=complaint.ref, title=complaint.title, name=complaint.alias or _ANONYMOUS,
        published=f"{complaint.published_at:%Y年%m月%d日 %H:%M}", group_ref=complaint.group_ref,
        couid=_shown_couid(complaint, steps), host_end="cn" if number % 4 == 0 else "com.cn",
        platform=complaint.printed_name, note=_NOTES[complaint.couid is not None],
        issues=_joined(complaint.issues, complaint.ref), requests=_joined(complaint.requests, complaint.ref),
        amount="" if complaint.amount_yuan is None else f"{complaint.amount_yuan:.10g}",
        status=status(complaint, clock), votes=number % 7, serial=number - 17_299_000_000,
        steps=[_step_view(complaint, step, clock) for step in reversed(steps)],
        stars=complaint.stars if any(step.label == "评价" for step in steps) else None,
    )  # fmt: skip


@dataclass
class Pages:
    """Renders the world's pages; the clock is an argument, the last home page is kept.

    `on_home` decides which complaints the home page lists; null: all, and the page has no script. `fields`: industries
    it offers besides.
    """

    world: World
    on_home: Callable[[LabComplaint], bool] | None = None
    fields: dict[int, str] = field(default_factory=dict)
    _by_ref: dict[str, LabComplaint] = field(init=False)
    _home: tuple[datetime, str] | None = None

    def __post_init__(self) -> None:
        self._by_ref = {complaint.ref: complaint for complaint in self.world.complaints}

    def visible(self, clock: datetime) -> list[LabComplaint]:
        """Newest first."""
        shown = [complaint for complaint in self.world.complaints if complaint.is_visible(clock)]
        return sorted(shown, key=lambda complaint: (complaint.published_at, complaint.ref), reverse=True)

    def _render(self, template: str, **values: object) -> str:
        return _ENVIRONMENT.get_template(f"{template}.html.j2").render(**values)

    def home(self, clock: datetime) -> str:
        if self._home is None or self._home[0] != clock:
            self._home = clock, self._new_home(clock)
        return self._home[1]

    def _new_home(self, clock: datetime) -> str:
        groups: dict[str, list[_Item]] = {name: [] for name in _GROUPS}
        shown = [made for made in self.visible(clock) if self.on_home is None or self.on_home(made)]
        for complaint in shown:
            groups[_group(status(complaint, clock))].append(_item(complaint, clock))
        published = [made.published_at for made in self.world.complaints if made.case is not None]
        last_day = sum(clock - timedelta(days=1) < at <= clock for at in published)
        total = sum(at <= clock for at in published)
        return self._render(
            "home", groups=list(groups.items()), last_day=last_day, total=total, fields=self.fields,
            scripted=self.on_home is not None,
        )  # fmt: skip

    def detail(self, ref: str, clock: datetime) -> str:
        """The complaint's page, or the error page the portal shows instead."""
        complaint = self._by_ref.get(ref)
        if complaint is None or clock < complaint.published_at:
            return self.error(DELETED)
        if not complaint.is_visible(clock):
            private = complaint.vanishing is not None and complaint.vanishing.kind == "private"
            return self.error(PRIVATE if private else DELETED)
        return self._render("detail", page=_detail(complaint, clock))

    def error(self, text: str) -> str:
        return self._render("error", text=text)

    def counters(self, couid: str, clock: datetime) -> dict[str, int]:
        """The portal's own counters of a merchant."""
        received = [made for made in self.visible(clock) if made.couid == couid]
        replied = sum(any(step.actor == "platform" for step in made.steps_at(clock)) for made in received)
        completed = sum(status(made, clock).endswith("已完成") for made in received)
        return {"valid_amt": len(received), "replied_amt": replied, "completed_amt": completed}

    def company(self, couid: str, clock: datetime) -> str:
        """A merchant's page with its own counters."""
        received = [made for made in self.visible(clock) if made.couid == couid]
        if not received:
            return self.error("商家不存在")
        name, counters = min(made.printed_name for made in received), self.counters(couid, clock)
        if self.on_home is not None:
            return self._render("list", name=name, counters=counters, title="", searches=False)
        return self._render("company", name=name, counters=counters, items=[_item(made, clock) for made in received])

    def directory(self) -> str:
        """The merchant directory: a field to search in, the rest is the script's."""
        return self._render("list", name="", counters={}, title="商家列表", searches=True)

    def groups(self) -> str:
        """The list of group complaints, filled by the script."""
        return self._render("list", name="", counters={}, title="集体投诉", searches=False)

    def group(self, group_ref: str, clock: datetime) -> str:
        """A group complaint's page: who has joined so far."""
        members = [made for made in self.visible(clock) if made.group_ref == group_ref]
        if not members:
            return self.error("集体投诉不存在")
        if self.on_home is not None:
            return self._render("list", name="", counters={}, title=members[-1].title, searches=False)
        return self._render("group", title=members[-1].title, items=[_item(made, clock) for made in members])


def at_shanghai(text: str) -> datetime:
    """A clock from ISO text; a naive time is Shanghai's."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
