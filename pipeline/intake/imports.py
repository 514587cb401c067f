"""Files people already scraped → raw records: CSV, JSON Lines, XLSX, through a reviewed mapping. Never a silent drop.

An imported row is not a sighting of ours: `found_via` says `import:<mapping>`, and it stands apart from every rate
until we have seen the page ourselves (method §3).
"""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import yaml
from bs4 import BeautifulSoup
from pydantic import ValidationError

from pipeline.errors import BadInput
from pipeline.model import RawComplaint, Record
from pipeline.yaml_files import fault, load_yaml

Row = dict[str, str]
SPLIT = re.compile(r"[,，、;；]")
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>|&(?:[a-zA-Z]{2,8}|#\d{2,6});")
AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*(万)?")


class ColumnMap(Record):
    """One reviewed mapping: which column of a file is which field of a raw record."""

    name: str
    portal: str
    columns: dict[str, str]
    time_formats: tuple[str, ...] = ()
    timezone: str = "Asia/Shanghai"
    complete_frame: bool = False
    note: str = ""


@dataclass
class Report:
    """What an import did, row by row."""

    file: str
    mapping: str
    read: int = 0
    new: int = 0
    repeated: int = 0
    headers: int = 0
    repaired: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)
    landed: str | None = None


def load_mapping(name_or_file: str, reference: Path) -> ColumnMap:
    """A mapping by name (data/reference/imports/<name>.yml) or by file."""
    path = Path(name_or_file)
    if path.suffix not in (".yml", ".yaml"):
        path = reference / "imports" / f"{name_or_file}.yml"
    try:
        return ColumnMap.model_validate(load_yaml(path.read_text(encoding="utf8")))
    except FileNotFoundError as error:
        known = ", ".join(sorted(found.stem for found in (reference / "imports").glob("*.yml")))
        raise BadInput(f"no mapping {path}: known are {known}") from error
    except (yaml.YAMLError, ValidationError) as error:
        raise BadInput(f"{path}: {fault(error)}") from error


def guess_mapping(header: set[str], reference: Path) -> ColumnMap:
    """The reviewed mapping whose columns fit the header best; none fitting raises, with the remedy."""
    mappings = [load_mapping(str(path), reference) for path in sorted((reference / "imports").glob("*.yml"))]
    fitting = [mapping for mapping in mappings if set(mapping.columns) <= header]
    if not fitting:
        raise BadInput(
            f"no reviewed mapping fits the columns {', '.join(sorted(header))}: write one in data/reference/imports/ "
            "(copy a file there), or name one with --map"
        )
    return max(fitting, key=lambda mapping: len(mapping.columns))


# ---------------------------------------------------------------- reading


def repair(text: str) -> str:
    """UTF-8 read as Latin-1 or Windows-1252 and saved again → the text as it was; anything else stays as it is."""
    if not any("\x80" <= char <= "\xff" for char in text):
        return text
    raw = bytearray()
    for char in text:
        try:
            raw += char.encode("latin-1")
        except UnicodeEncodeError:
            try:
                raw += char.encode("cp1252")
            except UnicodeEncodeError:
                return text
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return text


def plain_text(cell: str) -> str:
    """A cell's text: markup that scrapers left in (highlights, entities, whole paragraphs) becomes text, never HTML."""
    return BeautifulSoup(cell, "lxml").get_text("\n") if _MARKUP.search(cell) else cell


def _decode(path: Path) -> str:
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInput(f"{path}: neither UTF-8 nor GB18030; save it as UTF-8 and import again")


def rows_of(path: Path) -> Iterator[tuple[int, Row | str]]:
    """(line, row) of a file; a row that cannot be read is (line, reason). The file's ending decides the format."""
    readers = {".csv": _csv, ".jsonl": _json_lines, ".ndjson": _json_lines, ".xlsx": _xlsx}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise BadInput(f"{path}: give .csv, .jsonl, .ndjson or .xlsx, not '{path.suffix}'")
    if not path.is_file():
        raise BadInput(f"{path}: no such file")
    return reader(path)


def _csv(path: Path) -> Iterator[tuple[int, Row | str]]:
    text = re.sub(r"\r+\n|\r", "\n", _decode(path))
    reader = csv.reader(io.StringIO(text, newline=""))
    header: list[str] | None = None
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if header is None:
            header = [repair(cell).strip() for cell in cells]
        elif len(cells) != len(header):
            yield reader.line_num, f"{len(cells)} 列，表头为 {len(header)} 列"
        else:
            yield reader.line_num, dict(zip(header, cells, strict=True))


def _json_lines(path: Path) -> Iterator[tuple[int, Row | str]]:
    for number, line in enumerate(_decode(path).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            yield number, f"不是 JSON：{error.msg}（第 {error.colno} 列）"
            continue
        if isinstance(row, dict):
            yield number, {str(key): _text(value) for key, value in row.items()}
        else:
            yield number, "不是一个对象"


def _text(value: object) -> str:
    if value is None:
        return ""
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _xlsx(path: Path) -> Iterator[tuple[int, Row | str]]:
    sheet = openpyxl.load_workbook(path, read_only=True, data_only=True).worksheets[0]
    header: list[str] | None = None
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        texts = ["" if cell is None else str(cell) for cell in cells]
        if not any(text.strip() for text in texts):
            continue
        if header is None:
            header = [text.strip() for text in texts]
        else:
            yield number, dict(zip(header, texts, strict=False))


# ---------------------------------------------------------------- landing


def import_file(path: Path, raw: Path, reference: Path, mapping_name: str | None, now: datetime) -> Report:
    """Land a file's rows as raw records below `raw`; rows known from earlier imports are counted as repeated."""
    rows = list(rows_of(path))
    header = next((set(row) for _, row in rows if isinstance(row, dict)), None)
    if header is None:
        raise BadInput(f"{path}: no row could be read" + (f" (line {rows[0][0]}: {rows[0][1]})" if rows else ""))
    mapping = load_mapping(mapping_name, reference) if mapping_name else guess_mapping(header, reference)
    report = Report(str(path.name), mapping.name)
    known = _known(raw / mapping.portal)
    records: dict[str, RawComplaint] = {}
    for number, row in rows:
        _take(row, number, mapping, now, report, known, records)
    if records:
        report.landed = str(_land(raw / mapping.portal, records).name)
    report.new = len(records)
    return report


def _take(
    row: Row | str,
    number: int,
    mapping: ColumnMap,
    now: datetime,
    report: Report,
    known: set[str],
    records: dict[str, RawComplaint],
) -> None:
    """One row: a repeated header, a refusal, a repeat, or a new record."""
    if isinstance(row, dict) and all(repair(value).strip() == key for key, value in row.items()):
        report.headers += 1
        return
    report.read += 1
    if isinstance(row, str):
        report.refused.append((number, row))
        return
    fixed = {key: repair(value) for key, value in row.items()}
    report.repaired += fixed != row
    try:
        record = _record(fixed, mapping, now)
    except (ValidationError, BadInput) as error:
        report.refused.append((number, _reason(error)))
        return
    if record.ref in known or record.ref in records:
        report.repeated += 1
    else:
        records[record.ref] = record


def _reason(error: ValidationError | BadInput) -> str:
    if isinstance(error, BadInput):
        return str(error)
    first = error.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(map(str, first['loc']))}：{first['msg']}"


def _known(folder: Path) -> set[str]:
    """Refs of earlier imports of a portal."""
    refs = set()
    for path in folder.glob("import-*.jsonl"):
        refs |= {json.loads(line)["ref"] for line in path.read_text(encoding="utf8").splitlines()}
    return refs


def _land(folder: Path, records: Mapping[str, RawComplaint]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    lines = "".join(record.model_dump_json() + "\n" for record in records.values())
    target = folder / f"import-{hashlib.sha256(lines.encode()).hexdigest()[:12]}.jsonl"
    aside = target.with_suffix(".part")
    aside.write_text(lines, encoding="utf8")
    aside.replace(target)
    return target


def _record(row: Row, mapping: ColumnMap, now: datetime) -> RawComplaint:
    """A raw record from one row; without a complaint number the row's content names it."""
    values: dict[str, Any] = {}
    for column, name in mapping.columns.items():
        text = plain_text(row.get(column, "")).strip()
        if text:
            values[name] = _value(name, text, mapping)
    if not (values.get("title") or values.get("body")):
        raise BadInput("标题和正文都为空：该行没有可用内容")
    if "ref" not in values:
        canonical = json.dumps(values, ensure_ascii=False, sort_keys=True, default=str)
        values["ref"] = "x" + hashlib.sha256(canonical.encode()).hexdigest()[:16]
    facts = {"portal": mapping.portal, "url": "", "seen_at": now, "found_via": f"import:{mapping.name}"}
    return RawComplaint.model_validate(facts | values)


def _value(name: str, text: str, mapping: ColumnMap) -> object:
    if name in ("issues", "requests"):
        return tuple(part.strip() for part in SPLIT.split(text) if part.strip())
    if name == "amount_yuan":
        match = AMOUNT.search(text.replace(",", ""))
        return float(match[1]) * (10_000 if match[2] else 1) if match else None
    if name in ("filed_at", "published_at"):
        return _time(text, mapping)
    return text


def _time(text: str, mapping: ColumnMap) -> datetime:
    """A printed time by the mapping's formats (seconds since 1970 and ISO always work); anything else refuses the row."""
    zone = ZoneInfo(mapping.timezone)
    if text.isdigit() and len(text) in (10, 13):
        return datetime.fromtimestamp(int(text[:10]), zone)
    for pattern in mapping.time_formats:
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=zone)
        except ValueError:
            continue
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"时间“{text[:30]}”不合任何格式：在映射的 time_formats 中加一种") from error
    return found if found.tzinfo else found.replace(tzinfo=zone)
