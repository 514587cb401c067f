"""Reports of the crawls → rows of the public table `crawls`. No address, no path, no portal's own text leaves here."""

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from pipeline.engine import Engine
from pipeline.errors import BadInput
from pipeline.model import Crawl

_REPORT = ".report.json"
_KIND = re.compile(r"[A-Za-z0-9_:.\- ]{1,40}")


class _Report(BaseModel):
    """The part of a crawl report that is published; its other fields are not read."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    started_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    complete: bool = False
    listed: int = 0
    planned: int = 0
    items: dict[str, int] = Field(default_factory=dict)
    gone: dict[str, int] = Field(default_factory=dict)
    refused: dict[str, int] = Field(default_factory=dict)
    gaps: int = 0
    findings: dict[str, int] = Field(default_factory=dict)
    elsewhere: dict[str, int] = Field(default_factory=dict)
    waited_seconds: float = 0.0
    problems: tuple[str, ...] = ()


def input_files(raw: Path) -> list[Path]:
    """What lies beside the records and enters an edition too: reports, findings, printed counters, in name order."""
    return sorted(path for end in (_REPORT, ".findings.ndjson", ".controls.ndjson") for path in raw.glob(f"*/*{end}"))


def crawls(engine: Engine, raw: Path, as_of: datetime) -> list[Crawl]:
    """The crawls an edition may know: those with records in it, and those that began by then and never landed one."""
    runs = engine.sql("SELECT portal, run, max(seen_at) AS at FROM landed WHERE NOT imported GROUP BY ALL").to_pylist()
    last = {(row["portal"], row["run"]): row["at"] for row in runs}
    rows = []
    for path in sorted(raw.glob(f"*/*{_REPORT}")):
        portal, run = path.parent.name, path.name.removesuffix(_REPORT)
        report, at = _read(path), last.get((portal, run))
        if at is not None or (report.started_at <= as_of and not _landed(path.with_name(f"{run}.jsonl"))):
            rows.append(_row(portal, run, report, at))
    return rows


def _read(path: Path) -> _Report:
    try:
        return _Report.model_validate_json(path.read_text(encoding="utf8"))
    except ValidationError as error:
        raise BadInput(
            f"{path}: not a crawl report ({error.error_count()} errors); move it away and run again"
        ) from error


def _landed(records: Path) -> bool:
    return records.is_file() and records.stat().st_size > 0


def _row(portal: str, run: str, report: _Report, last_record_at: datetime | None) -> Crawl:
    same = {
        name: getattr(report, name)
        for name in ("started_at", "ended_at", "complete", "listed", "planned", "waited_seconds")
    }
    counts = {f"n_{name}": report.items.get(name, 0) for name in ("new", "changed", "same")}
    kinds = {name: getattr(report, name) for name in ("gone", "refused", "findings")}
    counts |= {f"n_{name}": sum(kind.values()) for name, kind in kinds.items()}
    counts |= {"n_problems": len(report.problems), "n_gaps": report.gaps, "n_elsewhere": sum(report.elsewhere.values())}
    texts = {name: _listed(kind) for name, kind in kinds.items()}
    return Crawl.model_validate(
        {"portal": portal, "run": run, "last_record_at": last_record_at, **same, **counts, **texts}
    )


def _listed(kinds: Mapping[str, int]) -> str:
    """`blocked 3 · http_404 1`; a kind that is no plain word is counted as `other`."""
    counts: dict[str, int] = {}
    for kind, count in sorted(kinds.items()):
        plain = kind if _KIND.fullmatch(kind) else "other"
        counts[plain] = counts.get(plain, 0) + count
    return " · ".join(f"{kind} {count}" for kind, count in counts.items())
