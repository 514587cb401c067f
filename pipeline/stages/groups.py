"""Stage `group`: which of the complaints given are one case, and which one campaign."""

import secrets
from collections import Counter
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
from pydantic import TypeAdapter

from pipeline.engine import SHANGHAI
from pipeline.group.grouping import group
from pipeline.intake.clean import clean, own_alias
from pipeline.intake.issues import Taxonomy
from pipeline.intake.redact import fingerprints, redact, redact_name_field
from pipeline.schema import TIME
from pipeline.stages.lines import Answer, Line, each

_LOCAL = TypeAdapter(datetime)
_COMPLAINTS = pa.schema(
    [(name, pa.string()) for name in ("complaint", "portal", "platform", "title", "body", "author", "group_ref")]
    + [("amount_yuan", pa.float64()), ("at", TIME)]
)
_PRINTS = pa.schema([("complaint", pa.string()), ("fingerprint", pa.string())])


def group_lines(lines: list[Line], reference: Path) -> list[Answer]:
    key = secrets.token_bytes(32)
    return each(lines, partial(_read, key=key), partial(_grouped, Taxonomy.load(reference / "issues.yml")))


def _read(line: Line, key: bytes) -> tuple[Answer, list[str]]:
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
        "portal": line.get("portal"),
        "platform": line.get("platform"),
        "author": redact_name_field(own_alias(line.get("author")), key),
        "amount_yuan": None if amount is None else float(amount),
        "at": _shanghai(line.get("filed_at")),
        "group_ref": line.get("group_ref"),
    }
    pa.Table.from_pylist([row], _COMPLAINTS.remove(0))  # a field of another type is this line's error
    return row, sorted(set(found))


def _shanghai(value: str | None) -> datetime | None:
    if value is None:
        return None
    at = _LOCAL.validate_python(value)
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(SHANGHAI))


def _grouped(taxonomy: Taxonomy, complaints: list[tuple[Answer, list[str]]]) -> list[Answer]:
    """{case, campaign} of each; both null when alone."""
    rows = [row | {"complaint": f"{place:09d}"} for place, (row, _) in enumerate(complaints)]
    prints = [
        {"complaint": f"{place:09d}", "fingerprint": mark}
        for place, (_, found) in enumerate(complaints)
        for mark in found
    ]
    result = group(pa.Table.from_pylist(rows, _COMPLAINTS), pa.Table.from_pylist(prints, _PRINTS), taxonomy)
    members = {member["complaint"]: member for member in result.members.to_pylist()}
    sizes = Counter(member["case_id"] for member in members.values())
    return [_named(members[row["complaint"]], sizes) for row in rows]


def _named(member: Answer, sizes: Counter[str]) -> Answer:
    case, campaign = member["case_id"], member["campaign_id"]
    return {
        "case": f"case-{int(case)}" if sizes[case] > 1 else None,
        "campaign": None if campaign is None else f"campaign-{int(campaign.split('/')[1])}",
    }
