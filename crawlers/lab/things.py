"""What the invented world is made of. Everything is frozen; times are aware (Asia/Shanghai)."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from pipeline.model import Actor, Label, Rung

SHANGHAI = timezone(timedelta(hours=8))
AS_OF = datetime(2026, 11, 20, 12, tzinfo=SHANGHAI)
START = datetime(2025, 5, 20, 12, tzinfo=SHANGHAI)
HORIZON = timedelta(days=30)
SUBSTANTIVE_LABELS: frozenset[Label] = frozenset({"resolved_claim", "offer", "refusal", "dispute"})
PORTAL_NAMES = ("黑猫消费者服务平台", "黑猫投诉")


@dataclass(frozen=True)
class Verdict:
    """The rung a story stands on 30 days after t0: headline, in the platform's favour, against it."""

    rung: Rung
    low: Rung
    high: Rung


@dataclass(frozen=True)
class Step:
    """One printed step. `meaning` is the reply label its author declared when writing it (platform steps only);
    `counts` is False where a substantive text is worth nothing in the headline (a template without facts)."""

    at: datetime
    actor: Actor
    label: str
    text: str
    meaning: Label | None = None
    hidden: bool = False
    counts: bool = True


@dataclass(frozen=True)
class Stars:
    """A rating: service attitude, speed, satisfaction, 1 to 5."""

    attitude: int
    process: int
    satisfaction: int


@dataclass(frozen=True)
class Vanishing:
    """The page disappears: deleted (投诉单不存在) or private (只允许本人查看)."""

    at: datetime
    kind: str


@dataclass(frozen=True)
class Edit:
    """From `at` on the page shows this body."""

    at: datetime
    body: str


@dataclass(frozen=True)
class LabComplaint:
    """One page of the replica. `case` numbers the dispute it belongs to; None: the portal did not admit it."""

    ref: str
    case: int | None
    alias: str | None
    title: str
    body: str
    printed_name: str
    couid: str | None
    issues: tuple[str, ...]
    requests: tuple[str, ...]
    amount_yuan: float | None
    filed_at: datetime
    published_at: datetime
    steps: tuple[Step, ...]
    group_ref: str | None = None
    stars: Stars | None = None
    vanishing: Vanishing | None = None
    edit: Edit | None = None
    campaign: str | None = None

    def is_visible(self, clock: datetime) -> bool:
        """Whether the page answers with the complaint at this clock."""
        return self.published_at <= clock and (self.vanishing is None or clock < self.vanishing.at)

    def steps_at(self, clock: datetime) -> tuple[Step, ...]:
        """The steps shown at this clock, oldest first."""
        return tuple(step for step in self.steps if step.at <= clock)

    def body_at(self, clock: datetime) -> str:
        return self.edit.body if self.edit and self.edit.at <= clock else self.body


@dataclass(frozen=True)
class LabCase:
    """One dispute, as its story was declared. `platform` None: the printed name is decided by nobody."""

    key: int
    story: str
    platform: str | None
    t0: datetime
    t0_basis: str
    delivered: bool
    verdict: Verdict


@dataclass(frozen=True)
class World:
    """The invented market: complaints in order of their number, cases by key, every planted secret."""

    seed: int
    as_of: datetime
    complaints: tuple[LabComplaint, ...]
    cases: dict[int, LabCase]
    secrets: tuple[str, ...]
