"""What the replica of 消费保 is made of. Everything is frozen; times are aware (Asia/Shanghai)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Form = Literal["script", "attribute", "rows", "blocks", "app"]
Gone = Literal["deleted", "private", "not_found"]
FORMS: tuple[Form, ...] = ("script", "attribute", "rows", "blocks")
"""How a page carries a complaint: JSON in a script or an attribute, labelled rows, labelled blocks, or only its script's call."""
JSON_FORMS = frozenset({"script", "attribute", "app"})


@dataclass(frozen=True)
class Words:
    """A dated text."""

    at: datetime
    text: str


@dataclass(frozen=True)
class Result:
    """The platform's result. `hidden`: the page prints a notice instead; `shown` False: the page prints nothing."""

    at: datetime
    text: str
    hidden: bool = False
    shown: bool = True
    submitted: bool = True


@dataclass(frozen=True)
class Vanishing:
    at: datetime
    kind: Gone


@dataclass(frozen=True)
class XfbComplaint:
    """One page. `twin`: the 黑猫 complaint about the same dispute. Null times: that never happens."""

    ref: str
    story: str
    platform: str
    brand_id: str | None
    printed_name: str
    alias: str | None
    title: str
    body: str
    issues: tuple[str, ...]
    requests: tuple[str, ...]
    amount_yuan: float | None
    filed_at: datetime
    handed_at: datetime | None
    result: Result | None
    ended_at: datetime | None
    addons: tuple[Words, ...]
    vanishing: Vanishing | None
    form: Form
    twin: str | None = None

    def is_listed(self, clock: datetime) -> bool:
        return self.filed_at <= clock and (self.vanishing is None or clock < self.vanishing.at)

    def result_at(self, clock: datetime) -> Result | None:
        """The result as the platform has left it at this clock, printed or not."""
        return self.result if self.result and self.result.at <= clock else None

    def addons_at(self, clock: datetime) -> tuple[Words, ...]:
        return tuple(addon for addon in self.addons if addon.at <= clock)

    def status(self, clock: datetime) -> int:
        """The portal's number: 0 and 1 投诉受理, 2 企业处理, 3 结果审核, 4 完成."""
        result = self.result_at(clock)
        if self.ended_at and self.ended_at <= clock:
            return 4
        if result and result.submitted:
            return 3
        if self.handed_at and self.handed_at <= clock:
            return 2
        return int(self.ref[-1]) % 2


@dataclass(frozen=True)
class XfbWorld:
    """Complaints in order of their number, and every planted secret."""

    complaints: tuple[XfbComplaint, ...]
    secrets: tuple[str, ...]
