"""Stage `outcome`: what had become of each record at its horizon, as knowable at its as-of."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
from pydantic import AwareDatetime, TypeAdapter, ValidationError

from pipeline.engine import SHANGHAI
from pipeline.errors import BadInput
from pipeline.intake.clean import clean
from pipeline.intake.redact import redact_all
from pipeline.judge.followups import contradicts
from pipeline.judge.outcome import Horizon, judge
from pipeline.judge.replies import THRESHOLD, ReplyRules, classify_column
from pipeline.model import RawComplaint, RawEvent
from pipeline.portals import facts, slugs
from pipeline.schema import TIME
from pipeline.stages.lines import Answer, Line, each
from pipeline.workdays import Calendar

_INSTANT = TypeAdapter(AwareDatetime)
_COMPLAINTS = pa.schema([
    ("complaint", pa.string()), ("case_id", pa.string()), ("published_at", TIME), ("filed_at", TIME), ("official", pa.bool_()),
])  # fmt: skip
_STEPS = pa.schema([
    ("complaint", pa.string()), ("at", TIME), ("actor", pa.string()), ("kind", pa.string()), ("label", pa.string()),
    ("weight", pa.string()), ("hidden", pa.bool_()), ("contradicts", pa.bool_()), ("accepts", pa.bool_()),
    ("shown_at", TIME), ("absent_at", TIME),
])  # fmt: skip
_SEEN = pa.schema([("complaint", pa.string()), ("alive_at", TIME), ("gone_at", TIME)])
_REJECTED: Answer = {
    "rung": None, "t0": None, "t0_basis": None, "state": "judged", "why": "门户未受理该投诉，不成案，按门户计数。",
}  # fmt: skip


@dataclass(frozen=True)
class _Asked:
    """One record and the question put to it."""

    record: RawComplaint
    as_of: datetime
    horizon: Horizon

    @property
    def rejected(self) -> bool:
        """Whether the portal had refused it by then."""
        return any(
            step.kind == "rejected" and (step.at is None or step.at <= self.as_of) for step in self.record.events
        )


def outcome_lines(lines: list[Line], reference: Path) -> list[Answer]:
    rules = ReplyRules.load(reference / "replies.yml")
    return each(lines, _read, partial(_outcomes, rules, Calendar.load(reference / "workdays")))


def _read(line: Line) -> _Asked:
    as_of = _instant("as_of", line["as_of"])
    horizon = Horizon.parse(line.get("horizon"))
    fields = {name: value for name, value in line.items() if name not in ("id", "as_of", "horizon")}
    return _Asked(RawComplaint.model_validate(fields), as_of, horizon)


def _instant(name: str, value: object) -> datetime:
    try:
        return _INSTANT.validate_python(value)
    except ValidationError as error:
        raise BadInput(f"{name}: {value!r} is not a time with its offset, such as 2026-11-20T12:00:00+08:00") from error


def _outcomes(rules: ReplyRules, calendar: Calendar, asked: list[_Asked]) -> list[Answer]:
    """Every record is a case of its own; those with the same question are judged at once."""
    answers: list[Answer] = [_REJECTED] * len(asked)
    alike: dict[tuple[datetime, Horizon], list[int]] = defaultdict(list)
    for place, one in enumerate(asked):
        if not one.rejected:
            alike[one.as_of, one.horizon].append(place)
    for (as_of, horizon), places in alike.items():
        records = {f"{place:09d}": asked[place].record for place in places}
        steps, seen = _steps(rules, records), _seen(records, as_of)
        verdicts = judge(_complaints(records), steps, seen, horizon, as_of, calendar).to_pylist()
        for found in verdicts:
            answers[int(found["case_id"])] = _answer(found)
    return answers


def _answer(found: Answer) -> Answer:
    t0 = found["t0"].astimezone(ZoneInfo(SHANGHAI)).isoformat() if found["t0"] else None
    return {"rung": found["rung"], "t0": t0} | {name: found[name] for name in ("t0_basis", "state", "why")}


def _complaints(records: dict[str, RawComplaint]) -> pa.Table:
    rows = [
        {
            "complaint": name, "case_id": name, "published_at": record.published_at, "filed_at": record.filed_at,
            "official": record.portal in slugs() and facts(record.portal).official_endings,
        }
        for name, record in records.items()
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, _COMPLAINTS)


def _steps(rules: ReplyRules, records: dict[str, RawComplaint]) -> pa.Table:
    """The steps of all records with label and weight; templates need a market and play no part here."""
    rows = [_step(name, record, event) for name, record in records.items() for event in record.events]
    events = [event for record in records.values() for event in record.events]
    replies = [place for place, event in enumerate(events) if _is_reply(event)]
    texts = redact_all([clean(events[place].text or "") for place in replies])
    shown = [text if events[place].text else None for place, (text, _) in zip(replies, texts, strict=True)]
    hidden = [events[place].hidden for place in replies]
    verdicts = classify_column(rules, pa.array(shown, pa.string()), pa.array(hidden, pa.bool_())).to_pylist()
    for place, verdict in zip(replies, verdicts, strict=True):
        doubtful = rows[place]["hidden"] or verdict["confidence"] < THRESHOLD
        weight = "doubtful" if doubtful else "substantive" if verdict["substantive"] else "formal"
        rows[place] |= {"label": verdict["label"], "weight": weight}
    return pa.Table.from_pylist(rows, _STEPS)


def _is_reply(event: RawEvent) -> bool:
    return event.actor == "platform" and event.kind in ("replied", "completion_requested")


def _step(name: str, record: RawComplaint, event: RawEvent) -> Answer:
    accepting = record.portal in slugs() and facts(record.portal).closing_accepts_result
    return {
        "complaint": name, "at": event.at, "actor": event.actor, "kind": event.kind, "hidden": event.hidden,
        "label": None, "weight": None,
        "contradicts": event.kind == "followed_up" and contradicts(event.text),
        "accepts": accepting and event.kind == "closed" and event.actor == "portal",
        "shown_at": record.seen_at if event.at is None else None, "absent_at": None,
    }  # fmt: skip


def _seen(records: dict[str, RawComplaint], as_of: datetime) -> pa.Table:
    """The one sighting of each record, as far as it was knowable: alive at seen_at unless it was found gone by then. An
    imported row is no sighting of ours."""
    rows = []
    for name, record in records.items():
        if record.found_via.startswith("import:"):
            continue
        gone = record.gone.at if record.gone else None
        alive = None if (gone is not None and gone <= record.seen_at) or record.seen_at > as_of else record.seen_at
        rows.append({"complaint": name, "alive_at": alive, "gone_at": None if gone is None or gone > as_of else gone})
    return pa.Table.from_pylist(rows, _SEEN)
