"""Imports: every row is new, repeated or refused with its reason, never dropped."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from pipeline.errors import BadInput
from pipeline.intake.imports import import_file, repair
from pipeline.model import RawComplaint
from pipeline.paths import PROJECT

NOW = datetime(2026, 11, 20, tzinfo=UTC)
REFERENCE = PROJECT / "data" / "reference"
HEADER = ["投诉标题", "投诉详情", "投诉对象", "投诉问题", "投诉要求"]
ROWS = [
    [
        "点卡充值不到账",
        "在霁獭发卡买的点卡，付款后一直显示处理中。\n客服不回。",
        "霁獭发卡客服",
        " 充值未到账,客服不处理/处理不当",
        " 退款，赔偿",
    ],
    ["会员三天就掉", "说好的年卡，第三天掉了会员。", "苍鲵卡盟", " 掉会员", " 补发"],
]


def landed(raw: Path) -> list[RawComplaint]:
    return [
        RawComplaint.model_validate_json(line)
        for path in sorted(raw.glob("*/*.jsonl"))
        for line in path.read_text().splitlines()
    ]


def broken(text: str) -> str:
    """UTF-8 read as Latin-1."""
    return text.encode().decode("latin-1")


def write_csv(path: Path, rows: list[list[str]], end: str = "\n") -> Path:
    with path.open("w", encoding="utf8", newline="") as handle:
        csv.writer(handle, lineterminator=end).writerows(rows)
    return path


def test_mojibake_doubled_line_ends_and_repeated_headers(tmp_path: Path) -> None:
    rows = [HEADER, HEADER, *[[broken(cell) for cell in row] for row in ROWS], HEADER, *ROWS, ROWS[0]]
    report = import_file(write_csv(tmp_path / "a.csv", rows, "\r\r\n"), tmp_path / "raw", REFERENCE, None, NOW)
    assert (report.read, report.new, report.repeated, report.headers, report.repaired) == (5, 2, 3, 2, 2)
    assert not report.refused
    first = landed(tmp_path / "raw")[0]
    assert first.title == "点卡充值不到账"
    assert first.issues == ("充值未到账", "客服不处理/处理不当")
    assert first.requests == ("退款", "赔偿")
    assert first.found_via == "import:heimao-five-columns"
    assert first.amount_yuan is None
    assert first.published_at is None


def test_importing_again_adds_nothing(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [HEADER, *ROWS])
    import_file(path, tmp_path / "raw", REFERENCE, None, NOW)
    again = import_file(path, tmp_path / "raw", REFERENCE, None, NOW)
    assert (again.new, again.repeated, again.landed) == (0, 2, None)


def test_json_lines_with_a_bad_line_and_an_empty_row(tmp_path: Path) -> None:
    good = json.dumps(dict(zip(HEADER, ROWS[0], strict=True)), ensure_ascii=False)
    empty = json.dumps(dict.fromkeys(HEADER, " "), ensure_ascii=False)
    path = tmp_path / "a.ndjson"
    path.write_text(f"{good}\n{{not json\n\n{empty}\n", encoding="utf8")
    report = import_file(path, tmp_path / "raw", REFERENCE, None, NOW)
    assert (report.read, report.new) == (3, 1)
    assert [line for line, _ in report.refused] == [2, 4]
    assert "JSON" in report.refused[0][1]
    assert "为空" in report.refused[1][1]


def test_a_wide_sheet_with_numbers_times_and_amounts(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(
        ["投诉编号", "投诉标题", "投诉内容", "投诉对象", "投诉问题", "投诉要求", "涉诉金额", "投诉进度", "发布时间"]
    )
    sheet.append(["17300000001", "标题", "正文", "苍鲵卡盟", "掉会员", "退款", "1.2万元", "处理中", "2026-03-01 10:00"])
    sheet.append(["17300000002", "标题", "正文", "苍鲵卡盟", "掉会员", "退款", "", "处理中", "昨天"])
    book.save(tmp_path / "a.xlsx")
    report = import_file(tmp_path / "a.xlsx", tmp_path / "raw", REFERENCE, None, NOW)
    assert (report.read, report.new) == (2, 1)
    assert "时间" in report.refused[0][1]
    record = landed(tmp_path / "raw")[0]
    assert (record.ref, record.amount_yuan) == ("17300000001", 12000.0)
    assert record.published_at is not None
    assert record.published_at.isoformat() == "2026-03-01T10:00:00+08:00"


def test_a_file_no_mapping_fits_says_what_to_do(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [["what", "ever"], ["1", "2"]])
    with pytest.raises(BadInput, match="write one in data/reference/imports"):
        import_file(path, tmp_path / "raw", REFERENCE, None, NOW)


def test_another_encoding_is_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "gbk.csv"
    path.write_bytes(
        "\n".join(",".join(cell.replace("\n", "") for cell in row) for row in [HEADER, ROWS[1]]).encode("gb18030")
    )
    assert import_file(path, tmp_path / "raw", REFERENCE, None, NOW).new == 1
    (tmp_path / "bad.csv").write_bytes(b"\xff\xfe\xff\xff\x00\xd8")
    with pytest.raises(BadInput, match="UTF-8"):
        import_file(tmp_path / "bad.csv", tmp_path / "raw", REFERENCE, None, NOW)


def test_repair_leaves_good_text_alone() -> None:
    for text in ("充值未到账", "café", "100°C", "", "价格 ¥98"):
        assert repair(text) == text
    assert repair(broken("充值“未到账”…")) == "充值“未到账”…"


def test_markup_in_cells_becomes_text(tmp_path: Path) -> None:
    row = [
        "<span class='code-red'>充值</span>未到账",
        "<p>第一段</p><p>第二段 &lt;b&gt;</p><script>x()</script>",
        "甲&amp;乙卡盟",
        "a<b",
        "退款",
    ]
    import_file(write_csv(tmp_path / "a.csv", [HEADER, row]), tmp_path / "raw", REFERENCE, None, NOW)
    record = landed(tmp_path / "raw")[0]
    assert record.title is not None
    assert record.title.replace("\n", "") == "充值未到账"
    assert record.body is not None
    assert "第一段" in record.body
    assert "<p>" not in record.body
    assert record.platform_name == "甲&乙卡盟"
    assert record.issues == ("a<b",)
