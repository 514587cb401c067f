"""What redaction costs a text: `python tests/bench/redact.py [FILE.parquet] [--column text]`.

Without a file: generated probes. Prints user CPU per text of one pass over the column, and of the bound under it
(decode the column, fold it and find where rules may begin), in the same run.
"""

import argparse
import resource
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.intake.redact import redact_column
from pipeline.intake.redaction.reading import Reading
from pipeline.intake.redaction.triggers import STARTS
from tests.intake.redact_probes import probes


def _seconds(work: Callable[[], object]) -> float:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    work()
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime - before


def _read(texts: Sequence[str]) -> None:
    for begin in range(0, len(texts), 500):
        STARTS.at(Reading(texts[begin : begin + 500]).codes)


def _texts(path: Path | None, column: str) -> pa.Array:
    if path is None:
        return pa.array([probe.text for probe in probes(1, 20_000)], pa.string())
    return pq.read_table(path, columns=[column])[column].combine_chunks()


def main() -> None:
    """Measure and print, as one line of Markdown each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--column", default="text")
    options = parser.parse_args()
    texts = _texts(options.file, options.column)
    whole = _seconds(lambda: redact_column(texts, b"bench"))
    bound = _seconds(lambda: _read(texts.to_pylist()))
    characters = sum(map(len, texts.to_pylist())) / len(texts)
    print(f"| {len(texts):,} texts, {characters:.0f} characters on average | µs a text |\n|---|---|")
    print(f"| redacted | {whole / len(texts) * 1e6:.1f} |\n| read only | {bound / len(texts) * 1e6:.1f} |")


if __name__ == "__main__":
    main()
