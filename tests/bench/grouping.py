"""Finding copies: ours, the bound and the peers on the same complaints in one run, each measurement in a process of its own.

`sinkrate bench` runs it. Work and CPU are counted from read texts to edges, without imports and compiling; peak memory is the
process's own, with the mapped texts in it. Recall: copies in one component with what they copy. Precision: edges within one source text.
"""

import argparse
import itertools
import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from math import log
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(Path(__file__).parent), str(ROOT)]
from tests.bench.results import tell  # noqa: E402 - the project is not on the path of a script

PEER_LIMIT = 100_000  # peers above are asked for by --peers-to
OURS = ("bound", "sinkrate")
FIELDS = ("seconds", "cpu", "rss_mb", "recall", "precision", "spanning_precision")
RATIOS = ("seconds_per_bound", "cpu_per_bound", "seconds_per_ours", "cpu_per_ours")
COLUMNS = {"seconds": ".2f", "seconds_per_bound": ".1f", "cpu": ".2f", "cpu_per_bound": ".1f", "cpu_per_ours": ".1f", "rss_mb": ".0f",
           "recall": ".4f", "precision": ".4f", "spanning_precision": ".4f"}  # fmt: skip


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
        "recall": float((parts[copies] == parts[src[copies]]).mean()) if len(copies) else None,
        "precision": float(right_edges.mean()),
        "spanning_precision": float(right_edges[tree].mean()),
    }


def measured(method: str, path: Path, limit: float) -> dict[str, Any]:
    """One measurement in a new process; {"failed": why} when it does not end in time or cannot run."""
    command = [sys.executable, __file__, "--one", method, "--file", str(path)]
    about = {"method": method, "size": mapped(path).num_rows}
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, cwd=ROOT, check=False)
    except subprocess.TimeoutExpired:
        return about | {"failed": f"stopped after {limit:.0f} s"}
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        said = next((line for line in reversed(lines) if re.match(r"\w+(\.\w+)*(Error|Exception|Exit)", line)), "")
        return about | {"failed": said[:160] or f"exit code {done.returncode}"}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def summary(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Median and range of repeated measurements."""
    good = [run for run in runs if "failed" not in run]
    if not good:
        return runs[0]
    out = dict(good[0]) | {"rounds": len(good)}
    for name in {name for run in good for name in run} & {*FIELDS, *RATIOS}:
        values = [run[name] for run in good if run[name] is not None]
        out[name] = median(values) if values else None
        out[f"{name}_range"] = [min(values), max(values)] if values else None
    return out


def report(
    path: Path, methods: list[str], repeat: int, limits: tuple[float, float], peers: bool
) -> list[dict[str, Any]]:
    """All methods on one file in rounds, the bound first in each; ratios are taken within a round. Peers run in the first only."""
    runs: dict[str, list[dict[str, Any]]] = {method: [] for method in methods}
    for turn in range(repeat):
        for method in methods:
            if method in OURS or (peers and turn == 0):
                runs[method].append(measured(method, path, limits[method not in OURS]))
                print(json.dumps(runs[method][-1]), file=sys.stderr, flush=True)
        _compare({method: done[turn] for method, done in runs.items() if len(done) > turn})
    return [summary(done) for done in runs.values() if done]


def _compare(turn: dict[str, dict[str, Any]]) -> None:
    """Each method of a round beside the bound and beside ours."""
    for row, (other, suffix), name in itertools.product(
        turn.values(), zip(OURS, ("bound", "ours"), strict=True), ("seconds", "cpu")
    ):
        if name in row and name in turn.get(other, {}):
            row[f"{name}_per_{suffix}"] = row[name] / turn[other][name]


def markdown(rows: list[dict[str, Any]]) -> str:
    """One table over all sizes: medians, and in brackets the range of several rounds."""
    head = "| complaints | method | seconds | × bound | CPU s | CPU × bound | CPU × ours | peak MB | recall of copies | edge precision | on spanning edges |"
    lines = [head, "|---" * 11 + "|"]
    for row in rows:
        if "failed" in row:
            lines.append(f"| {row['size']:,} | {row['method']} | {row['failed']} |" + " |" * 8)
            continue
        cells = [f"{row['size']:,}", row["method"]]
        cells += [_spread(row, name, form) for name, form in COLUMNS.items()]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _spread(row: dict[str, Any], name: str, form: str) -> str:
    """The median, with the range where several rounds differ."""
    if row.get(name) is None:
        return "–"
    said, ends = format(row[name], form), [format(end, form) for end in row.get(f"{name}_range") or ()]
    return said if set(ends) <= {said} else f"{said} ({ends[0]}–{ends[1]})"


def growth(rows: list[dict[str, Any]], name: str = "cpu") -> str:
    """How the cost of ours grows: the exponent between neighbouring sizes."""
    ours = sorted((row["size"], row[name]) for row in rows if row["method"] == "sinkrate" and name in row)
    steps = [
        f"{a[0]:,} → {b[0]:,}: {log(b[1] / a[1]) / log(b[0] / a[0]):.2f}"
        for a, b in itertools.pairwise(ours)
        if a[0] < b[0]
    ]
    return ", ".join(steps) or "one size only"


def warm(path: Path) -> float:
    """Seconds from the start of a new process to its first answer, kernels compiled before."""
    said = [float(_first_answer(path)) for _ in range(4)]
    return median(said[1:])


def _first_answer(path: Path) -> str:
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, __file__, "--first", "--file", str(path)], cwd=ROOT, check=True, capture_output=True
    )
    return str(time.perf_counter() - started)


def first(path: Path) -> None:
    """The first answer of this process: 3,000 complaints grouped."""
    import numpy as np
    from group_methods import METHODS

    table = mapped(path)[:3000]
    METHODS["sinkrate"](table["text"], table["platform"].to_numpy().astype(np.int64))


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="10000,100000", help="of invented complaints, where no file is given")
    parser.add_argument(
        "--file",
        type=Path,
        action="append",
        default=[],
        help="a Parquet file with text, platform, origin, src; repeatable",
    )
    parser.add_argument(
        "--clusters", default="", help="sizes of one pasted text on one platform, measured apart: 5000,10000,20000"
    )
    parser.add_argument("--methods", default="bound,sinkrate,rensa,duckdb,datasketch,gaoya,splink")
    parser.add_argument("--repeat", type=int, default=3, help="rounds of the bound and of ours")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=float, default=1200.0, help="seconds for one measurement of ours")
    parser.add_argument("--peer-limit", type=float, default=1200.0, help="seconds for one measurement of a peer")
    parser.add_argument("--peers-to", type=int, default=PEER_LIMIT, help="peers run up to so many complaints")
    parser.add_argument("--warm", action="store_true", help="measure the start of a process, too")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--first", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    given = options()
    if given.one:
        print(json.dumps(one(given.one, given.file[0])))
        return
    if given.first:
        first(given.file[0])
        return
    with TemporaryDirectory() as folder:
        files = given.file or _made(given.sizes, given.seed, Path(folder)) if given.sizes else []
        rows = [row for path in files for row in _measured(given, path, Path(folder))]
        if rows:
            print(markdown(rows))
            print(f"\ngrowth exponent of CPU: {growth(rows)}; of time: {growth(rows, 'seconds')}")
        alone = argparse.Namespace(**vars(given) | {"methods": ",".join(OURS)})
        clusters = [row for path in _clusters(given, Path(folder)) for row in _measured(alone, path, Path(folder))]
        if clusters:
            print(
                "\nOne pasted text on one platform:\n\n"
                + markdown(clusters)
                + f"\n\ngrowth exponent of CPU: {growth(clusters)}"
            )
        if given.warm:
            rows.append({"method": "sinkrate", "measure": "warm start", "seconds": warm(_prepared_first(Path(folder)))})
            print(f"\nwarm start: {rows[-1]['seconds']:.2f} s from a new process to its first answer")
        tell([*rows, *(row | {"measure": "cluster"} for row in clusters)])


def _measured(given: argparse.Namespace, path: Path, folder: Path) -> list[dict[str, Any]]:
    ready = prepared(path, folder)
    peers = mapped(ready).num_rows <= given.peers_to
    return report(ready, given.methods.split(","), given.repeat, (given.limit, given.peer_limit), peers)


def _clusters(given: argparse.Namespace, folder: Path) -> Iterator[Path]:
    from group_texts import write_cluster

    for members in map(int, filter(None, given.clusters.split(","))):
        write_cluster(members, path := folder / f"cluster{members}.parquet", given.seed)
        yield path


def _prepared_first(folder: Path) -> Path:
    """Three thousand invented complaints."""
    (path,) = _made("3000", 1, folder)
    return prepared(path, folder)


def _made(sizes: str, seed: int, folder: Path) -> list[Path]:
    from group_texts import write

    paths = []
    for size in map(int, sizes.split(",")):
        paths.append(folder / f"{size}.parquet")
        write(size, paths[-1], seed)
    return paths


if __name__ == "__main__":
    main()
