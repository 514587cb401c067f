"""What other tools read: Prometheus text files in DATA/metrics, one line a finished verb in DATA/logs/sinkrate.ndjson."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.paths import Paths


@dataclass(frozen=True)
class Sample:
    """One value with its labels."""

    name: str
    help: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


def text(samples: Iterable[Sample]) -> str:
    """The exposition format, version 0.0.4: samples of one name together, in the order the names first come."""
    grouped: dict[str, list[Sample]] = {}
    for sample in samples:
        grouped.setdefault(sample.name, []).append(sample)
    lines = []
    for name, group in grouped.items():
        lines += [f"# HELP {name} {_help(group[0].help)}", f"# TYPE {name} gauge"]
        lines += [f"{name}{_labels(sample.labels)} {_number(sample.value)}" for sample in group]
    return "\n".join([*lines, ""])


def _help(told: str) -> str:
    return told.replace("\\", "\\\\").replace("\n", "\\n")


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    escaped = {key: _help(value).replace('"', '\\"') for key, value in labels.items()}
    return "{" + ",".join(f'{key}="{value}"' for key, value in escaped.items()) + "}"


def _number(value: float) -> str:
    if math.isnan(value) or math.isinf(value):
        return {math.inf: "+Inf", -math.inf: "-Inf"}.get(value, "NaN")
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def write(paths: Paths, verb: str, samples: Iterable[Sample]) -> Path:
    """`DATA/metrics/sinkrate_VERB.prom`, whole or not at all, as node_exporter's textfile collector wants it."""
    path = paths.metrics / f"sinkrate_{verb}.prom"
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.next")
    aside.write_text(text(samples), encoding="utf8")
    aside.replace(path)
    return path


def log(paths: Paths, verb: str, at: datetime, seconds: float, **facts: Any) -> None:
    """One line about a finished verb; counts and ids only, never a text of anybody."""
    path = paths.logs / "sinkrate.ndjson"
    path.parent.mkdir(parents=True, exist_ok=True)
    line = {"at": at.isoformat(timespec="seconds"), "verb": verb, "seconds": round(seconds, 3), **facts}
    with path.open("a", encoding="utf8") as stream:
        stream.write(json.dumps(line, ensure_ascii=False) + "\n")


def of_run(edition: str, as_of: datetime, rows: Mapping[str, int], finished: datetime, seconds: float) -> list[Sample]:
    """What `sinkrate run` tells."""
    return [
        Sample("sinkrate_run_finished_timestamp_seconds", "When the last run was published.", finished.timestamp()),
        Sample("sinkrate_run_duration_seconds", "How long the last run took.", seconds),
        Sample(
            "sinkrate_edition_as_of_timestamp_seconds",
            "What the published data know ends here.",
            as_of.timestamp(),
            {"edition": edition},
        ),
        *(
            Sample("sinkrate_rows", "Rows of each public table.", count, {"table": table})
            for table, count in sorted(rows.items())
        ),
    ]


def of_build(built: Any, finished: datetime, seconds: float) -> list[Sample]:
    """What `sinkrate build` tells."""
    return [
        Sample(
            "sinkrate_build_finished_timestamp_seconds",
            "When the last site was swapped in.",
            finished.timestamp(),
            {"edition": built.edition},
        ),
        Sample("sinkrate_build_duration_seconds", "How long the last build took.", seconds),
        Sample("sinkrate_pages", "Pages of the site.", built.pages),
        Sample("sinkrate_pages_written", "Pages whose bytes changed.", built.written),
        Sample("sinkrate_site_bytes", "Bytes of the pages.", built.bytes),
        Sample("sinkrate_open_files", "Files of open data.", built.open_files),
        Sample("sinkrate_open_bytes", "Bytes of open data.", built.open_bytes),
    ]
