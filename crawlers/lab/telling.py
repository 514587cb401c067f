"""The teller: writes one dispute's steps for the stories, at hours counted from t0."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crawlers.lab import bodies, replies
from crawlers.lab.matter import Fresh, Matter
from crawlers.lab.people import People
from crawlers.lab.things import Stars, Step
from pipeline.model import Actor, Label


@dataclass(frozen=True)
class Habits:
    """How one temperament writes: which labels it brushes off with, which it decides with, whether by template."""

    brush: tuple[Label, ...]
    decide: tuple[Label, ...]
    templated: bool = False


@dataclass
class Voice:
    """One platform's way of writing and all it has written so far."""

    habits: Habits
    template_offer: str
    template_ack: str
    fresh: Fresh = field(default_factory=lambda: Fresh(limit=0.5, tries=14))


@dataclass
class Teller:
    """Collects the steps of one complaint. Hours count from `t0`; step times are distinct to the second."""

    people: People
    voice: Voice
    about: Matter
    t0: datetime
    steps: list[Step] = field(default_factory=list)
    stars: Stars | None = None

    @property
    def rng(self) -> random.Random:
        return self.people.rng

    def hours(self, low: float, high: float) -> float:
        """A moment clear of the 24 and 48 hour marks."""
        drawn = self.rng.uniform(low, high)
        for mark in (24, 48):
            if abs(drawn - mark) < 0.7:
                return mark + 1.5
        return drawn

    def at(self, hours: float) -> datetime:
        return (self.t0 + timedelta(hours=hours)).replace(microsecond=0)

    def _add(self, hours: float, actor: Actor, label: str, text: str) -> None:
        self.steps.append(Step(self.at(hours), actor, label, text))

    def decide(self, hours: float, label: Label | None = None) -> None:
        """A substantive reply naming facts of the case, unlike the platform's others."""
        meaning: Label = label if label is not None else self.rng.choice(self.voice.habits.decide)
        text = self.voice.fresh.draw(replies.substantive(self.people, meaning, self.about, self.at(hours)))
        self.steps.append(Step(self.at(hours), "platform", "回复", text, meaning))

    def complete(self, hours: float, label: Label) -> None:
        """The platform asks for completion with a claim or an offer."""
        text = self.voice.fresh.draw(replies.substantive(self.people, label, self.about, self.at(hours)))
        head = self.rng.choice(("解决方案：", "最终解决方案："))
        self.steps.append(Step(self.at(hours), "platform", "申请完成投诉", head + text, label))

    def complete_empty(self, hours: float) -> None:
        text = self.rng.choice(("解决方案：已处理，请确认完成。", "解决方案：问题已记录，感谢反馈。"))
        self.steps.append(Step(self.at(hours), "platform", "申请完成投诉", text, "ack"))

    def brush(self, hours: float, label: Label | None = None) -> None:
        """A reply that commits to nothing."""
        if label is None and self.voice.habits.templated and self.rng.random() < 0.7:
            self.steps.append(Step(self.at(hours), "platform", "回复", self.voice.template_ack, "deferral"))
            return
        chosen: Label = label if label is not None else self.rng.choice(self.voice.habits.brush)
        self.steps.append(Step(self.at(hours), "platform", "回复", replies.brush_off(self.people, chosen), chosen))

    def template(self, hours: float) -> None:
        """The platform's bulk promise, the same for everyone: worth nothing in the headline."""
        text = self.voice.template_offer
        self.steps.append(Step(self.at(hours), "platform", "回复", text, "offer", counts=False))

    def template_with_facts(self, hours: float) -> None:
        text = replies.template_with_facts(self.about, self.at(hours))
        self.steps.append(Step(self.at(hours), "platform", "回复", text, "resolved_claim"))

    def say(self, hours: float, text: str, meaning: Label) -> None:
        """A reply with a text given from outside (a campaign's one answer)."""
        self.steps.append(Step(self.at(hours), "platform", "回复", text, meaning))

    def hide(self, hours: float) -> None:
        self.steps.append(Step(self.at(hours), "platform", "回复", "", "hidden", hidden=True))

    def nudge(self, hours: float) -> None:
        self._add(hours, "complainant", "补充投诉", bodies.nudge(self.people))

    def contradict(self, hours: float) -> None:
        self._add(hours, "complainant", "补充投诉", bodies.contradiction(self.rng))

    def confirm(self, hours: float) -> None:
        self._add(hours, "complainant", "确认完成", bodies.confirmation(self.rng))

    def withdraw(self, hours: float) -> None:
        self._add(hours, "complainant", "撤诉", bodies.withdrawal(self.rng))

    def rate(self, hours: float, low: int, high: int) -> None:
        """Stars, which are no resolution by themselves."""
        draw = (self.rng.randint(low, high) for _ in range(3))
        self.stars = Stars(*draw)
        text = "处理结果满意。" if low >= 4 else "对处理过程不满意。"
        self._add(hours, "complainant", "评价", text)

    def auto_complete(self, hours: float) -> None:
        last = max(step.at for step in self.steps if step.actor == "platform")
        days = max((self.at(hours) - last).days, 1)
        text = f"距商家最新回复已满{days}个自然日，系统已自动变更为已完成状态"
        self._add(hours, "portal", "自动完成", text)

    def close(self, hours: float) -> None:
        label = self.rng.choice(("投诉关闭", "投诉关闭", "已关闭"))
        self._add(hours, "portal", label, "投诉处理周期结束，投诉单关闭")

    def portal_note(self, hours: float) -> None:
        """The portal's own message: not a reply of the platform."""
        self._add(hours, "portal", "回复", "已再次提醒商家尽快处理，请您耐心等待。")

    def assign(self, hours: float, name: str) -> None:
        self._add(hours, "portal", "商家处理中", f"已分配商家 {name}")

    def unmatched(self, hours: float) -> None:
        self._add(hours, "portal", "商家未入驻", "未匹配成功，平台会继续为您寻找商家，请保持手机畅通")
