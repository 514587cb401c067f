"""Stage filters: JSON Lines in, JSON Lines out, one line out per line in, order kept.

A line that cannot be used gives `{"id", "error"}` and the filter ends with exit code 1; the others are unaffected.
"""

import json
import secrets
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
from pydantic import AwareDatetime, TypeAdapter, ValidationError

from pipeline.engine import SHANGHAI
from pipeline.errors import BadInput
from pipeline.group.grouping import group
from pipeline.intake.clean import clean, own_alias
from pipeline.intake.issues import Taxonomy
from pipeline.intake.redact import fingerprints, redact, redact_name_field
from pipeline.intake.resolve import Resolver
from pipeline.judge.followups import contradicts
from pipeline.judge.outcome import Horizon, judge
from pipeline.judge.replies import THRESHOLD, ReplyRules, classify
from pipeline.model import RawComplaint
from pipeline.portals import facts, slugs
from pipeline.schema import TIME
from pipeline.workdays import Calendar

Line = dict[str, Any]
Answer = dict[str, Any]
Stage = Callable[[list[Line], Path], list[Answer]]
_INSTANT = TypeAdapter(AwareDatetime)
_LOCAL = TypeAdapter(datetime)


def run(stage: str, lines: Iterable[str], reference: Path) -> tuple[list[Answer], int]:
    """Answers in the order of the lines, and how many of them are errors."""
    parsed = [_parse(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    good = [place for place, line in enumerate(parsed) if "error" not in line or "id" not in line]
    answers = list(parsed)
    for place, answer in zip(good, STAGES[stage]([parsed[place] for place in good], reference), strict=True):
        answers[place] = answer
    return answers, sum("error" in answer for answer in answers)


def _parse(number: int, line: str) -> Line:
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        return {"id": None, "error": f"line {number} is not JSON: {error.msg} at column {error.colno}"}
    if not isinstance(value, dict):
        return {"id": None, "error": f"line {number} is not a JSON object"}
    return value


def _each(lines: list[Line], answer: Callable[[Line], Answer]) -> list[Answer]:
    return [_guarded(line, answer) for line in lines]


def _guarded(line: Line, answer: Callable[[Line], Answer]) -> Answer:
    try:
        return {"id": line.get("id")} | answer(line)
    except (BadInput, ValidationError, KeyError, TypeError, ValueError) as error:
        return {"id": line.get("id"), "error": _say(error)}


def _say(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return f"field {error} is missing" if isinstance(error, KeyError) else str(error)


def _text(line: Line, name: str) -> str | None:
    value = line[name]
    if value is not None and not isinstance(value, str):
        raise BadInput(f"{name} must be a string or null, not {type(value).__name__}")
    return value


def _redact(lines: list[Line], _: Path) -> list[Answer]:
    def answer(line: Line) -> Answer:
        text = _text(line, "text")
        if text is None:
            return {"text": None, "marks": []}
        out, marks = redact(text)
        return {"text": out, "marks": [{"kind": mark.kind, "start": mark.start, "end": mark.end} for mark in marks]}

    return _each(lines, answer)


def _replies(lines: list[Line], reference: Path) -> list[Answer]:
    rules = ReplyRules.load(reference / "replies.yml")

    def answer(line: Line) -> Answer:
        verdict = classify(rules, _text(line, "text"), line.get("hidden") is True)
        return {
            "label": verdict.label,
            "substantive": verdict.substantive,
            "confidence": round(verdict.confidence, 4),
            "why": verdict.why,
        }

    return _each(lines, answer)


def _resolve(lines: list[Line], reference: Path) -> list[Answer]:
    resolver = Resolver.load(reference)

    def answer(line: Line) -> Answer:
        found = resolver.resolve(_text(line, "name"))
        return {"platform": found.platform, "confidence": found.confidence, "why": found.why}

    return _each(lines, answer)


# ---------------------------------------------------------------- group


def _group(lines: list[Line], reference: Path) -> list[Answer]:
    key = secrets.token_bytes(32)
    answers: list[Answer | None] = []
    rows, prints = [], []
    for place, line in enumerate(lines):
        try:
            row, found = _group_row(f"{place:09d}", line, key)
        except (BadInput, ValidationError, TypeError, ValueError) as error:
            answers.append({"id": line.get("id"), "error": _say(error)})
            continue
        answers.append(None)
        rows.append(row)
        prints += [{"complaint": row["complaint"], "fingerprint": mark} for mark in found]
    members = _grouped(rows, prints, Taxonomy.load(reference / "issues.yml"))
    return [
        answer if answer is not None else {"id": lines[place].get("id")} | members[f"{place:09d}"]
        for place, answer in enumerate(answers)
    ]


_GROUP_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("complaint", "portal", "platform", "title", "body", "author", "group_ref")]
    + [("amount_yuan", pa.float64()), ("at", TIME)]
)
_PRINT_SCHEMA = pa.schema([("complaint", pa.string()), ("fingerprint", pa.string())])


def _group_row(name: str, line: Line, key: bytes) -> tuple[Answer, list[str]]:
    """A row for grouping and its fingerprints; naive times are Shanghai's, an unknown platform is its own."""
    found: list[str] = []
    texts = {}
    for part in ("title", "body"):
        text = line.get(part)
        redacted, marks = redact(clean(text)) if text else (None, [])
        texts[part] = redacted
        found += fingerprints(marks, key)
    if line.get("order_no"):
        found += fingerprints(redact(f"订单号：{line['order_no']}")[1], key)
    amount = line.get("amount_yuan")
    row = texts | {
        "complaint": name,
        "portal": line.get("portal"),
        "platform": line.get("platform"),
        "author": redact_name_field(own_alias(line.get("author")), key),
        "amount_yuan": None if amount is None else float(amount),
        "at": _shanghai(line.get("filed_at")),
        "group_ref": line.get("group_ref"),
    }
    return row, sorted(set(found))


def _shanghai(value: str | None) -> datetime | None:
    if value is None:
        return None
    at = _LOCAL.validate_python(value)
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(SHANGHAI))


def _grouped(rows: list[Answer], prints: list[Answer], taxonomy: Taxonomy) -> dict[str, Answer]:
    """complaint → {case, campaign}; both null when alone."""
    if not rows:
        return {}
    result = group(pa.Table.from_pylist(rows, _GROUP_SCHEMA), pa.Table.from_pylist(prints, _PRINT_SCHEMA), taxonomy)
    members = result.members.to_pylist()
    sizes: dict[str, int] = {}
    for member in members:
        sizes[member["case_id"]] = sizes.get(member["case_id"], 0) + 1
    return {
        member["complaint"]: {
            "case": f"case-{int(member['case_id'])}" if sizes[member["case_id"]] > 1 else None,
            "campaign": None
            if member["campaign_id"] is None
            else f"campaign-{int(member['campaign_id'].split('/')[1])}",
        }
        for member in members
    }


# ---------------------------------------------------------------- outcome


def _outcome(lines: list[Line], reference: Path) -> list[Answer]:
    rules = ReplyRules.load(reference / "replies.yml")
    calendar = Calendar.load(reference / "workdays")
    return _each(lines, lambda line: _judge_one(line, rules, calendar))


def _judge_one(line: Line, rules: ReplyRules, calendar: Calendar) -> Answer:
    as_of = _instant("as_of", line["as_of"])
    horizon = Horizon.parse(line.get("horizon"))
    record = RawComplaint.model_validate(
        {name: value for name, value in line.items() if name not in ("id", "as_of", "horizon")}
    )
    if any(event.kind == "rejected" and (event.at is None or event.at <= as_of) for event in record.events):
        return {
            "rung": None,
            "t0": None,
            "t0_basis": None,
            "state": "judged",
            "why": "门户未受理该投诉，不成案，按门户计数。",
        }
    complaint = f"{record.portal}/{record.ref}"
    times = {"published_at": record.published_at, "filed_at": record.filed_at}
    official = record.portal in slugs() and facts(record.portal).official_endings
    complaints = pa.table({
        "complaint": [complaint], "case_id": [complaint], "official": [official], **{name: pa.array([at], TIME) for name, at in times.items()},
    })  # fmt: skip
    found = judge(
        complaints, _steps(complaint, record, rules), _seen(complaint, record, as_of), horizon, as_of, calendar
    ).to_pylist()[0]
    t0 = found["t0"].astimezone(ZoneInfo(SHANGHAI)).isoformat() if found["t0"] else None
    return {
        "rung": found["rung"],
        "t0": t0,
        "t0_basis": found["t0_basis"],
        "state": found["state"],
        "why": found["why"],
    }


def _instant(name: str, value: object) -> datetime:
    try:
        return _INSTANT.validate_python(value)
    except ValidationError as error:
        raise BadInput(f"{name}: {value!r} is not a time with its offset, such as 2026-11-20T12:00:00+08:00") from error


_STEP_SCHEMA = pa.schema([
    ("complaint", pa.string()), ("at", TIME), ("actor", pa.string()), ("kind", pa.string()), ("label", pa.string()),
    ("weight", pa.string()), ("hidden", pa.bool_()), ("contradicts", pa.bool_()), ("accepts", pa.bool_()),
    ("shown_at", TIME), ("absent_at", TIME),
])  # fmt: skip


def _steps(complaint: str, record: RawComplaint, rules: ReplyRules) -> pa.Table:
    """The steps of one record with label and weight; templates need a market and play no part here."""
    rows = []
    accepting = record.portal in slugs() and facts(record.portal).closing_accepts_result
    for event in record.events:
        is_reply = event.actor == "platform" and event.kind in ("replied", "completion_requested")
        verdict = (
            classify(rules, redact(clean(event.text))[0] if event.text else None, event.hidden) if is_reply else None
        )
        weight = None
        if verdict is not None:
            doubtful = event.hidden or verdict.confidence < THRESHOLD
            weight = "doubtful" if doubtful else "substantive" if verdict.substantive else "formal"
        rows.append({
            "complaint": complaint, "at": event.at, "actor": event.actor, "kind": event.kind, "hidden": event.hidden,
            "label": verdict.label if verdict else None, "weight": weight,
            "contradicts": event.kind == "followed_up" and contradicts(event.text),
            "accepts": accepting and event.kind == "closed" and event.actor == "portal",
            "shown_at": record.seen_at if event.at is None else None, "absent_at": None,
        })  # fmt: skip
    return pa.Table.from_pylist(rows, _STEP_SCHEMA)


_SEEN_TYPES = {"complaint": pa.string(), "alive_at": TIME, "gone_at": TIME}


def _seen(complaint: str, record: RawComplaint, as_of: datetime) -> pa.Table:
    """The one sighting of the record, as far as it was knowable: alive at seen_at unless it was found gone by then. An
    imported row is no sighting of ours."""
    if record.found_via.startswith("import:"):
        return pa.table({name: pa.array([], kind) for name, kind in _SEEN_TYPES.items()})
    gone = record.gone.at if record.gone else None
    alive = None if (gone is not None and gone <= record.seen_at) or record.seen_at > as_of else record.seen_at
    gone = None if gone is not None and gone > as_of else gone
    return pa.table({"complaint": [complaint], "alive_at": pa.array([alive], TIME), "gone_at": pa.array([gone], TIME)})


STAGES: dict[str, Stage] = {
    "redact": _redact,
    "replies": _replies,
    "resolve": _resolve,
    "group": _group,
    "outcome": _outcome,
}


def format_lines(answers: list[Answer]) -> Iterator[str]:
    """Each answer as one JSON line."""
    for answer in answers:
        yield json.dumps(answer, ensure_ascii=False)
