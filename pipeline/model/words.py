"""The method's vocabulary and the base of every record."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Actor = Literal["complainant", "platform", "portal"]
EventKind = Literal[
    "filed", "approved", "rejected", "assigned", "undelivered", "replied", "followed_up", "completion_requested",
    "auto_completed", "confirmed", "rated", "withdrawn", "closed", "joined_group",
]  # fmt: skip
Rung = Literal[
    "resolved_confirmed", "resolved_claimed", "answered", "brushed_off", "silent", "undelivered", "closed_unanswered",
    "withdrawn", "vanished",
]  # fmt: skip
RUNGS: tuple[Rung, ...] = Rung.__args__  # type: ignore[attr-defined]
Label = Literal[
    "resolved_claim", "offer", "refusal", "dispute", "request_withdrawal", "blame", "redirect", "asks_info",
    "deferral", "ack", "hidden", "other",
]  # fmt: skip
LABELS: tuple[Label, ...] = Label.__args__  # type: ignore[attr-defined]
SUBSTANTIVE: frozenset[Label] = frozenset({"resolved_claim", "offer", "refusal", "dispute"})
T0Basis = Literal["assigned", "published", "filed"]
State = Literal["judged", "unseen", "too_young"]
Kept = Literal["kept", "broken", "undecidable"]
Share = Annotated[float, Field(ge=0, le=1)]


def col(zh: str, en: str, **more: Any) -> Any:
    """A field with its description in both languages (more: pydantic's Field arguments)."""
    return Field(description=zh, json_schema_extra={"en": en}, **more)


class Record(BaseModel):
    """Frozen, closed: an unknown field is an error, never a bag."""

    model_config = ConfigDict(frozen=True, extra="forbid")
