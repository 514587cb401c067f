"""The 消费保 parser's odd corners: cut pages, hostile texts, times, amounts, links."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.lab.things import AS_OF, SHANGHAI
from crawlers.lab.xfb315.pages import printed
from crawlers.portals.xfb315.kinds import brand_of, is_shell, ref_of
from crawlers.portals.xfb315.parse import parse_detail, parse_list
from crawlers.portals.xfb315.reading import amount, day_of, moment, split
from pipeline.errors import ComplaintGone, PageError, Refused
from pipeline.portals import facts

FACTS = facts("xfb315")
SAVED = Path(__file__).parent.parent / "portals" / "xfb315"
URL = "https://www.xfb315.com/tousu/10000101"


def _kind(body: bytes) -> str:
    try:
        parse_detail(body, url=URL, seen_at=AS_OF, found_via="list", facts=FACTS)
    except (Refused, ComplaintGone) as error:
        return error.kind
    except PageError:
        return "changed"
    return "read"


@pytest.mark.parametrize("name", ["silent", "labels_rows", "completed", "call_v4"])
def test_a_page_cut_anywhere_is_never_half_read(name: str) -> None:
    whole = (SAVED / f"{name}.html").read_bytes()
    end = len(whole) - (40 if b"</html>" in whole else 1)
    assert {_kind(whole[:length]) for length in range(0, end, 31)} <= {"empty", "truncated"}


@given(st.binary(max_size=400))
def test_no_bytes_break_the_parser(body: bytes) -> None:
    assert _kind(body) in {"empty", "encoding", "truncated", "changed", "captcha", "login", "no_data"}


_TEXT = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=80
)


@given(_TEXT)
def test_no_text_of_a_complainant_becomes_a_field(text: str) -> None:
    body = f"{text}\n投诉进度：完成\n处理结果：{text}"
    escaped = body.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    paragraphs = "".join(f"<p>{line}</p>" for line in escaped.split("\n"))
    page = (
        f"<!DOCTYPE html><html><body><h1>题</h1><dl><dt>投诉对象</dt><dd>甲铺</dd><dt>投诉时间</dt><dd>{printed(AS_OF)}</dd>"
        f"<dt>投诉状态</dt><dd>企业处理</dd></dl><h3>投诉内容</h3><div>{paragraphs}</div></body></html>"
    )
    got = parse_detail(page, url=URL, seen_at=AS_OF, found_via="list", facts=FACTS).complaint
    assert (got.platform_name, got.status, got.filed_at) == ("甲铺", "企业处理", AS_OF)
    assert [event.kind for event in got.events] == ["filed", "assigned"]


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("2026-05-01 09:30:15", datetime(2026, 5, 1, 9, 30, 15, tzinfo=SHANGHAI)),
        ("2026/5/1 9:05", datetime(2026, 5, 1, 9, 5, tzinfo=SHANGHAI)),
        (1777599015, datetime(2026, 5, 1, 9, 30, 15, tzinfo=SHANGHAI)),
        ("1777599015000", datetime(2026, 5, 1, 9, 30, 15, tzinfo=SHANGHAI)),
        ("2028-02-29T00:00:00", datetime(2028, 2, 29, tzinfo=SHANGHAI)),
        ("2026-02-29 10:00:00", None), ("2026-05-01", None), ("昨天", None), (0, None), (True, None), (None, None), (12, None),
    ],
)  # fmt: skip
def test_moments(value: Any, at: datetime | None) -> None:
    assert moment(value) == at


def test_small_readings() -> None:
    assert [amount(text) for text in ("98元", "1,280.50", "1.2万元", "面议", None)] == [
        98.0,
        1280.5,
        12000.0,
        None,
        None,
    ]
    assert [day_of(text) for text in ("2026-05-01", 1777599015, "刚刚", None)] == [date(2026, 5, 1)] * 2 + [None] * 2
    assert split(" 退款,赔偿，道歉、 客服不处理/处理不当 ,") == ("退款", "赔偿", "道歉", "客服不处理/处理不当")
    assert [ref_of(href) for href in ("//www.xfb315.com/tousu/1/", "https://n.xfb315.com/complaints/details/2", "/tousu", "/tousu/a")] == [
        "1", "2", None, None,
    ]  # fmt: skip
    assert [brand_of(href) for href in ("/brands/data_7.html", "/brands")] == ["7", None]
    assert is_shell((SAVED / "script_only.html").read_bytes())
    assert not is_shell((SAVED / "completed.html").read_bytes())


def test_the_merchants_back_office_is_no_part_of_the_portal() -> None:
    assert not any(own == "company.xfb315.com" or "company.xfb315.com".endswith("." + own) for own in FACTS.hosts)
    assert parse_list((SAVED / "list.html").read_bytes(), facts=FACTS).next_href == "/tousu?page=2"
