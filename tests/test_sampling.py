"""Samples to read: seeded, spread over labels, written with room for the reader's answer."""

import csv
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import BadInput
from pipeline.paths import Paths
from pipeline.sampling import draw, write


def replies(folder: Path) -> Paths:
    paths = Paths(folder)
    (paths.work / "tables").mkdir(parents=True)
    rows = [
        {"reply_id": f"r{n}", "text": f"回复{n}", "label": "ack" if n % 5 else "offer", "confidence": 0.9, "rule": "x"}
        for n in range(100)
    ]
    pq.write_table(pa.Table.from_pylist(rows), paths.work / "tables" / "replies_in.parquet")
    return paths


def test_the_same_seed_draws_the_same_rows_over_all_labels(tmp_path: Path) -> None:
    paths = replies(tmp_path)
    first, again = draw(paths, "replies", 20, 1), draw(paths, "replies", 20, 1)
    assert first == again
    assert [row["label"] for row in first].count("offer") == 10
    assert {row["stratum_size"] for row in first} == {20, 80}
    assert draw(paths, "replies", 20, 2) != first


def test_the_file_has_a_column_for_the_reader(tmp_path: Path) -> None:
    out = tmp_path / "sample.csv"
    assert write(draw(replies(tmp_path / "d"), "replies", 10, 1), out) == 10
    with out.open(encoding="utf-8-sig", newline="") as handle:
        assert {row["reading"] for row in csv.DictReader(handle)} == {""}


def test_nothing_to_draw_from_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="sinkrate run"):
        draw(Paths(tmp_path), "replies", 10, 1)
