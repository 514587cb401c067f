"""聚投诉 is closed: saved lists become records, old exports come in through their reviewed mappings."""

import csv
import json
from datetime import datetime
from pathlib import Path

import pytest

from crawlers.lab.things import AS_OF
from crawlers.portals.jutousu.parse import records
from pipeline.intake.imports import import_file
from pipeline.model import RawComplaint
from pipeline.paths import PROJECT
from pipeline.portals import facts

FILED = datetime.fromisoformat("2018-03-15T10:20:30+08:00")
REFERENCE = PROJECT / "data" / "reference"
SAVED = PROJECT / "tests" / "portals" / "jutousu"
ROWS = [
    {"id": "100023", "title": "点卡充值不到账", "shortTopic": "买了点卡一直没有到账…", "ctime": "1521080430"},
    {"id": "100024", "title": "会员三天就掉", "shortTopic": "说好的年卡…", "ctime": "2018-03-15 10:20:30"},
]


@pytest.mark.parametrize(
    ("mapping", "column", "value"), [("search", "username", "青禾"), ("merchant", "shuqiu", "退款")]
)
@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_old_exports_land(tmp_path: Path, mapping: str, column: str, value: str, ending: str) -> None:
    rows = [{**row, column: value} for row in ROWS]
    path = tmp_path / f"old.{ending}"
    if ending == "csv":
        with path.open("w", encoding="utf8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")
    report = import_file(path, tmp_path / "raw", REFERENCE, None, AS_OF)
    assert (report.mapping, report.new, report.refused) == (f"jutousu-{mapping}", 2, [])
    (landed,) = (tmp_path / "raw" / "jutousu").glob("import-*.jsonl")
    found = [RawComplaint.model_validate_json(line) for line in landed.read_text(encoding="utf8").splitlines()]
    assert [record.ref for record in found] == ["100023", "100024"]
    assert {record.filed_at for record in found} == {FILED}
    assert {record.requests for record in found} == ({("退款",)} if mapping == "merchant" else {()})


def test_a_saved_list_becomes_records() -> None:
    about = {"seen_at": AS_OF, "found_via": "import:jutousu", "facts": facts("jutousu")}
    found = records((SAVED / "list_search.html").read_bytes(), **about)
    assert [record.ref for record in found] == ["100023", "100024"]
    assert found[0].filed_at == FILED
    assert [event.kind for event in found[0].events] == ["filed"]
    (named,) = records((SAVED / "list_page.html").read_bytes(), **about)
    assert (named.platform_name, named.filed_at) == ("星河卡铺", FILED)
