"""What a measurement leaves behind: rows a program can compare (NAME.json) and what it printed (NAME.md).

    {"measure": "grouping", "command": "…", "began": "…", "seconds": 0.0, "machine": {…}, "rows": [{"method": …, "size": …, …}], "said": […]}

A script that calls `tell` gives its own rows; of any other the Markdown tables and JSON lines it printed become rows.
`sinkrate bench WHAT --out NAME` writes both files; `python -m tests.bench.results NAME COMMAND…` does so for any command.
"""

import json
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROWS = "SINKRATE_BENCH_ROWS"
"""The environment variable that says where a script's rows go."""
Row = dict[str, Any]


def tell(rows: Sequence[Row]) -> None:
    """Hand over the rows of a measurement, when anybody asked for them."""
    if path := os.environ.get(ROWS):
        Path(path).write_text(json.dumps(rows, ensure_ascii=False), encoding="utf8")


def machine() -> Row:
    """What the figures were measured on."""
    model = re.search(r"^model name\s*: (.*)$", _text("/proc/cpuinfo"), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s*(\d+)", _text("/proc/meminfo"), re.MULTILINE)
    return {
        "processor": model[1] if model else platform.processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(int(memory[1]) / 2**20, 1) if memory else None,
        "python": platform.python_version(),
    }


def _text(path: str) -> str:
    return Path(path).read_text(encoding="utf8") if Path(path).is_file() else ""


def run(measure: str, command: Sequence[str], out: Path, environment: dict[str, str]) -> int:
    """Run a command, show and keep what it prints; its exit code."""
    aside = out.with_suffix(".rows")
    aside.parent.mkdir(parents=True, exist_ok=True)
    began, started, said = datetime.now(UTC), time.monotonic(), list[str]()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, encoding="utf8", env={**environment, ROWS: str(aside)}
    ) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            said.append(line.rstrip("\n"))
    rows = json.loads(aside.read_text(encoding="utf8")) if aside.is_file() else [*tables(said), *objects(said)]
    aside.unlink(missing_ok=True)
    kept = {"measure": measure, "command": " ".join(map(_short, command)), "began": began.isoformat(timespec="seconds"),
            "seconds": round(time.monotonic() - started, 1), "exit": process.returncode, "machine": machine(), "rows": rows, "said": said}  # fmt: skip
    out.with_suffix(".json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf8")
    head = f"# {measure}\n\n`{kept['command']}` · {kept['began']} · {kept['machine']['cores']} × {kept['machine']['processor']}\n\n"
    out.with_suffix(".md").write_text(head + "\n".join(said) + "\n", encoding="utf8")
    return process.returncode


def _short(word: str) -> str:
    """Paths of this machine do not belong in a result."""
    return Path(word).name if Path(word).is_absolute() else word


def tables(said: Iterable[str]) -> list[Row]:
    """The rows of every Markdown table, by the names in its head."""
    rows: list[Row] = []
    head: list[str] = []
    for line in said:
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.lstrip().startswith("|") else []
        if not cells:
            head = []
        elif not head:
            head = cells
        elif not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
            rows.append({name: _value(cell) for name, cell in zip(head, cells, strict=False)})
    return rows


def _value(cell: str) -> str | float:
    plain = cell.replace(",", "")
    return float(plain) if re.fullmatch(r"-?\d+(\.\d+)?", plain) else cell


def objects(said: Iterable[str]) -> list[Row]:
    """Lines that are JSON objects."""
    return [json.loads(line) for line in said if line.startswith("{") and line.endswith("}")]


if __name__ == "__main__":
    asked = sys.argv[2:]
    script = next((Path(word).stem for word in asked if word.endswith(".py")), Path(sys.argv[1]).name)
    sys.exit(run(script, asked, Path(sys.argv[1]), dict(os.environ)))
