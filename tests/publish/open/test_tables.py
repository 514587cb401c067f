"""CSV, JSON and Parquet of every table: Chinese intact, nothing runs in a spreadsheet, no bodies, the same everywhere."""

import csv
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import TABLES
from pipeline.publish.open.reading import BODIES
from pipeline.publish.open.tabular import csv_text, safe
from tests.publish.open.conftest import Written, write

RUN = tuple("=+-@\t\r\n＝＋－＠")


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_the_same_in_every_form(written: Written, table: str) -> None:
    as_csv = _csv(written.site / f"open/csv/{table}.csv")
    as_json = json.loads((written.site / f"open/json/{table}.json").read_text(encoding="utf8"))
    as_parquet = pq.read_table(written.site / f"open/parquet/{table}.parquet")
    with closing(sqlite3.connect(written.database)) as db:
        (count,) = db.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert len(as_csv) == len(as_json) == as_parquet.num_rows == count
    names = [name for name in TABLES[table].model_fields if (table, name) not in BODIES]
    assert as_parquet.column_names == names
    for left, right in zip(as_csv, as_json, strict=True):
        assert list(left) == list(right) == names
        for name in names:
            value = "" if right[name] is None else str(right[name])
            assert left[name] in (value, "'" + value), (table, name)


def test_nobody_s_words_are_in_the_files(written: Written) -> None:
    with closing(sqlite3.connect(written.database)) as db:
        bodies = [text for (text,) in db.execute("SELECT DISTINCT excerpt FROM complaints WHERE length(excerpt) > 8")]
        bodies += [
            text
            for (text,) in db.execute(
                "SELECT DISTINCT excerpt FROM replies WHERE length(excerpt) > 8 AND template IS NULL"
            )
        ]
    assert bodies
    for path in (written.site / "open").rglob("*"):
        if path.suffix in (".csv", ".json", ".atom", ".parquet", ".jsonld"):
            content = path.read_text(encoding="utf8", errors="replace")
            assert not [text for text in bodies if text in content], path


def test_excel_is_told_the_encoding_and_others_do_not_stumble(written: Written) -> None:
    """The decision: a byte-order mark. Excel needs it to show Chinese, pandas, R and DuckDB take it off."""
    raw = (written.site / "platforms.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf") and b"\r\n" in raw and "萤火数卡".encode() in raw
    import duckdb
    import pandas

    assert pandas.read_csv(written.site / "platforms.csv").columns[0] == "platform"
    assert duckdb.sql(f"SELECT platform FROM '{written.site}/platforms.csv'").limit(1).fetchall()
    assert _csv(written.site / "platforms.csv")[0]["platform"]


@given(st.text(max_size=30))
def test_no_cell_is_run_by_a_spreadsheet(text: str) -> None:
    cell = safe(text)
    assert not cell.startswith(RUN)
    assert cell.removeprefix("'") == text.removeprefix("'") or cell == text


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("＝cmd", "'＝cmd"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("'=1", "''=1"),
        ("'引文", "'引文"),
        ("退款", "退款"),
        (-5, -5),
        (None, None),
        (0.1, 0.1),
    ],
)
def test_what_a_cell_becomes(value: Any, cell: Any) -> None:
    assert safe(value) == cell


def test_a_workbook_made_from_the_csv_holds_no_formula(tmp_path: Path) -> None:
    text = csv_text(["a", "b"], [['=HYPERLINK("http://x")', -3], ["+1", None]])
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in csv.reader(text.removeprefix("\ufeff").splitlines()):
        sheet.append(row)
    book.save(tmp_path / "x.xlsx")
    cells = [cell for row in openpyxl.load_workbook(tmp_path / "x.xlsx").active.iter_rows() for cell in row]  # type: ignore[union-attr]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "n"}


def test_rates_stand_only_where_the_method_shows_them(written: Written) -> None:
    found = json.loads((written.site / "platforms.json").read_text(encoding="utf8"))
    assert found["edition"] and found["as_of"] and found["license"] == "CC-BY-4.0"
    for row in found["platforms"]:
        assert (row["sink_rate"] is not None) == (row["state"] in ("ok", "few")), row
        assert row["judged"] is not None and row["page"].startswith("https://")
    own = json.loads((written.site / "platforms/yinghuo.json").read_text(encoding="utf8"))
    assert all(score["sql"] for score in own["scorecards"])
    assert len(_csv(written.site / "platforms/yinghuo.csv")) == len(own["scorecards"])


def test_the_same_database_gives_the_same_bytes(written: Written, tmp_path: Path) -> None:
    """Signed checkpoint included: Ed25519 has no chance in it. Only the sums of SQLite's own file may differ."""
    again = write(tmp_path)
    ours, theirs = (
        {path.relative_to(one.site): path.read_bytes() for path in one.site.rglob("*") if path.is_file()}
        for one in (written, again)
    )
    assert ours.keys() == theirs.keys()
    assert {str(name) for name in ours if ours[name] != theirs[name]} <= {"open/sinkrate.db", "open/SHA256SUMS"}


def test_an_earlier_site_s_files_are_never_written_in_place(written: Written, tmp_path: Path) -> None:
    again = write(tmp_path)
    kept = tmp_path / "kept.csv"
    kept.hardlink_to(again.site / "platforms.csv")
    (again.site / "open/csv/gone.csv").write_text("of an edition before")
    before = kept.read_bytes()
    write(tmp_path, "https://another.example")
    assert kept.read_bytes() == before != (again.site / "platforms.csv").read_bytes()
    assert not (again.site / "open/csv/gone.csv").exists()
    assert (again.site / "method/index.html").is_file()
