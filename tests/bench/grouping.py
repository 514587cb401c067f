"""Finding copies: ours, the bound and the peers on the same complaints in one run, each measurement in a process of its own.

`sinkrate bench` runs it. Work and CPU are counted from read texts to edges, without imports and compiling; peak memory is the
process's own, with the mapped texts in it. Recall: copies in one component with what they copy. Precision: edges within one source text.
"""

import argparse
import itertools
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parent))
ROOT = Path(__file__).resolve().parents[2]
PEER_LIMIT = 100_000  # peers above are asked for by --peers-to
FIELDS = ("seconds", "cpu", "rss_mb", "recall", "precision", "spanning_precision")


def one(method: str, path: Path) -> dict[str, Any]:
    """One measurement, in this process."""
    import numpy as np
    from group_methods import METHODS, without_punctuation

    run = METHODS[method]
    table = mapped(path)
    platforms = table["platform"].to_numpy().astype(np.int64)
    texts = table["text"]
    if method in ("sinkrate", "bound"):
        run(texts.slice(0, 3000), platforms[:3000])  # compiled or loaded before the clock starts
    else:
        texts = without_punctuation(texts)
    wall, cpu = time.perf_counter(), time.process_time()
    left, right = run(texts, platforms)
    spent = {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    peak = peak_mb()
    return {"method": method, "size": len(platforms), **spent, "rss_mb": peak, **quality(path, left, right)}


def peak_mb() -> float:
    """Peak memory of this program alone: the kernel's ru_maxrss would count what started it, too."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text(encoding="utf8").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def mapped(path: Path) -> pa.Table:
    """The complaints, mapped into memory and not copied (what `prepared` wrote)."""
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()


def prepared(path: Path, folder: Path) -> Path:
    """A Parquet file as an Arrow file of one batch, so that measurements do not pay for decoding it."""
    target = folder / f"{path.stem}.arrow"
    table = pq.read_table(path, columns=["text", "platform", "origin", "src"]).combine_chunks()
    with pa.OSFile(str(target), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return target


def quality(path: Path, left: Any, right: Any) -> dict[str, Any]:
    """Recall of copies and precision of edges, all of them and those that suffice to connect."""
    import numpy as np

    from pipeline.group.graph import components, spanning

    truth = mapped(path)
    origin, src = truth["origin"].to_numpy(), truth["src"].to_numpy()
    if not len(left):
        return {"edges": 0, "recall": None, "precision": None, "spanning_precision": None}
    parts = components(len(origin), left, right)
    copies = np.flatnonzero(src >= 0)
    right_edges = origin[left] == origin[right]
    tree = spanning(len(origin), np.minimum(left, right), np.maximum(left, right), np.zeros(len(left)))
    return {
        "edges": len(left),
        "recall": float((parts[copies] == parts[src[copies]]).mean()),
        "precision": float(right_edges.mean()),
        "spanning_precision": float(right_edges[tree].mean()),
    }


def measured(method: str, path: Path, limit: float) -> dict[str, Any]:
    """One measurement in a new process; {"failed": why} when it does not end in time or cannot run."""
    command = [sys.executable, __file__, "--one", method, "--file", str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, cwd=ROOT, check=False)
    except subprocess.TimeoutExpired:
        return {"method": method, "failed": f"not finished after {limit:.0f} s"}
    if done.returncode:
        return {"method": method, "failed": done.stderr.strip().splitlines()[-1][:160]}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def summary(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Median and range of repeated measurements."""
    good = [run for run in runs if "failed" not in run]
    if not good:
        return runs[0]
    out = dict(good[0])
    for name in FIELDS:
        values = [run[name] for run in good if run[name] is not None]
        out[name] = median(values) if values else None
        out[f"{name}_range"] = [min(values), max(values)] if values else None
    return out


def report(path: Path, methods: list[str], repeat: int, limit: float, peers: bool) -> list[dict[str, Any]]:
    """All methods on one file, the bound first; ratios to it and to ours."""
    rows = []
    for method in methods:
        if method in ("bound", "sinkrate") or peers:
            times = repeat if method in ("bound", "sinkrate") else 1
            rows.append(summary([measured(method, path, limit) for _ in range(times)]))
            print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    floor, ours = (next((row for row in rows if row["method"] == name), {}) for name in ("bound", "sinkrate"))
    for row in rows:
        for name in ("seconds", "cpu"):
            if name in row and name in floor:
                row[f"{name}_per_bound"] = row[name] / floor[name]
            if name in row and name in ours:
                row[f"{name}_per_ours"] = row[name] / ours[name]
    return rows


def markdown(rows: list[dict[str, Any]]) -> str:
    """One table over all sizes."""
    head = "| complaints | method | seconds (range) | × bound | CPU s | CPU × bound | CPU × ours | peak MB | recall of copies | edge precision | on spanning edges |"
    lines = [head, "|---" * 11 + "|"]
    for row in rows:
        if "failed" in row:
            lines.append(f"| | {row['method']} | {row['failed']} |" + " |" * 8)
            continue
        low, high = row.get("seconds_range") or (row["seconds"], row["seconds"])
        cells = [f"{row['size']:,}", row["method"], f"{row['seconds']:.2f} ({low:.2f}–{high:.2f})", _number(row, "seconds_per_bound", ".1f"), f"{row['cpu']:.2f}", _number(row, "cpu_per_bound", ".1f"),
                 _number(row, "cpu_per_ours", ".1f"), f"{row['rss_mb']:.0f}", *(_number(row, name, ".4f") for name in ("recall", "precision", "spanning_precision"))]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _number(row: dict[str, Any], name: str, form: str) -> str:
    return "–" if row.get(name) is None else format(row[name], form)


def growth(rows: list[dict[str, Any]]) -> str:
    """How the cost of ours grows: the exponent between neighbouring sizes."""
    from math import log

    ours = sorted((row["size"], row["cpu"]) for row in rows if row["method"] == "sinkrate" and "cpu" in row)
    steps = [
        f"{a[0]:,} → {b[0]:,}: {log(b[1] / a[1]) / log(b[0] / a[0]):.2f}"
        for a, b in itertools.pairwise(ours)
        if a[0] < b[0]
    ]
    return "growth exponent of CPU: " + (", ".join(steps) or "one size only")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="10000,100000")
    parser.add_argument(
        "--file",
        type=Path,
        action="append",
        default=[],
        help="a Parquet file with text, platform, origin, src; repeatable",
    )
    parser.add_argument("--methods", default="bound,sinkrate,rensa,duckdb,datasketch,gaoya,splink")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=float, default=1200.0, help="seconds per measurement")
    parser.add_argument("--peers-to", type=int, default=PEER_LIMIT)
    parser.add_argument("--out", type=Path, help="write OUT.md and OUT.json")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(one(given.one, given.file[0])))
        return
    with TemporaryDirectory() as folder:
        rows = []
        for path in given.file or _made(given.sizes, given.seed, Path(folder)):
            rows += report(
                prepared(path, Path(folder)),
                given.methods.split(","),
                given.repeat,
                given.limit,
                pq.ParquetFile(path).metadata.num_rows <= given.peers_to,
            )
    said = markdown(rows) + "\n\n" + growth(rows)
    print(said)
    if given.out:
        given.out.with_suffix(".md").write_text(said + "\n", encoding="utf8")
        given.out.with_suffix(".json").write_text(
            json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf8"
        )


def _made(sizes: str, seed: int, folder: Path) -> list[Path]:
    from group_texts import write

    paths = []
    for size in map(int, sizes.split(",")):
        paths.append(folder / f"{size}.parquet")
        write(size, paths[-1], seed)
    return paths


if __name__ == "__main__":
    main()
