"""Raw JSON lines → one table of sightings. A line that cannot be read becomes a finding, never a silence."""

from collections.abc import Iterator
from typing import get_args

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
from pydantic import ValidationError

from pipeline.model import Actor, EventKind, Finding, Gone, RawComplaint
from pipeline.schema import arrow_schema, required_columns

_LISTS = ("issues", "requests", "events")
_GONE = get_args(Gone.model_fields["kind"].annotation)
_STARS = ("attitude", "process", "satisfaction")


def _nullable(kind: pa.DataType, times: pa.DataType | None) -> pa.DataType:
    """The type with every part nullable, and times as `times` if given."""
    if pa.types.is_list(kind):
        return pa.list_(_nullable(kind.value_type, times))
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(part.name, _nullable(part.type, times)) for part in kind])
    return times if times is not None and pa.types.is_timestamp(kind) else kind


def _schema(times: pa.DataType | None) -> pa.Schema:
    return pa.schema([pa.field(part.name, _nullable(part.type, times)) for part in arrow_schema(RawComplaint)])


RAW = _schema(None)
_PRINTED = _schema(pa.string())


def read(data: bytes, name: str) -> tuple[pa.Table, list[Finding]]:
    """Whole lines of a raw file (`portal/run.jsonl`) as a table (RAW), and a finding per line that could not be read.

    Findings number the lines from 1 at the beginning of `data`.
    """
    table = _whole(data)
    if table is not None:
        return table, []
    findings: list[Finding] = []
    table = _whole(b"\n".join(_readable(data, name, findings)))
    if table is None:
        raise ValueError(f"{name}: lines that hold a record each cannot be read together")
    return table, findings


def _whole(data: bytes) -> pa.Table | None:
    """The table, unless some line is not what a record must be."""
    if not data.strip():
        return RAW.empty_table()
    options = pj.ParseOptions(explicit_schema=_PRINTED, unexpected_field_behavior="ignore")
    size = pj.ReadOptions(use_threads=False, block_size=max(len(data), 1 << 20))
    try:
        table = pj.read_json(pa.BufferReader(data), read_options=size, parse_options=options)
        table.validate(full=True)
        table = table.cast(RAW).combine_chunks()
    except pa.ArrowInvalid:
        return None
    return table if _is_valid(table) else None


def _is_valid(table: pa.Table) -> bool:
    """Whether every row has what a record must have; the bulk reader takes a missing field for null."""
    if any(table[name].null_count for name in required_columns(RawComplaint) - {*_LISTS}):
        return False
    steps, gone = pc.list_flatten(table["events"]), table["gone"]
    missing = pc.and_(pc.is_valid(gone), pc.is_null(pc.struct_field(gone, "at")))
    kinds = pc.struct_field(gone, "kind").filter(pc.is_valid(gone))
    words = (
        (pc.struct_field(steps, "actor"), get_args(Actor)),
        (pc.struct_field(steps, "kind"), get_args(EventKind)),
        (kinds, _GONE),
    )
    odd = any(not _all(pc.is_in(column, pa.array(known))) for column, known in words)
    stars = [pc.struct_field(table["rating"], name) for name in _STARS]
    far = any(pc.any(pc.or_(pc.less(one, 1), pc.greater(one, 5))).as_py() for one in stars)
    negative = pc.any(pc.less(table["amount_yuan"], 0)).as_py()
    return not (odd or far or negative or pc.any(missing).as_py())


def _all(mask: pa.ChunkedArray) -> bool:
    return bool(pc.all(mask, min_count=0).as_py())


def _readable(data: bytes, name: str, findings: list[Finding]) -> Iterator[bytes]:
    """The lines that hold a record; a finding for each other line."""
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            yield RawComplaint.model_validate_json(line).model_dump_json().encode()
        except ValidationError as error:
            findings.append(_unreadable(name, number, error))


def _unreadable(name: str, number: int, error: ValidationError) -> Finding:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "line"
    return unreadable_line(name, number, f"{where}: {first['type']}")


def unreadable_line(name: str, number: int, detail: str) -> Finding:
    """The finding for one line of `portal/run.jsonl`."""
    subject = f"{name}:{number}"
    return Finding(
        id=f"intake:unreadable_line:{subject}",
        stage="intake",
        kind="unreadable_line",
        portal=name.split("/")[0],
        subject=subject,
        detail=detail,
        remedy="该行未使用；其余各行照常。重新抓取该编号，或修正该行后再运行。",
    )
