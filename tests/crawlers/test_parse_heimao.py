"""The 黑猫 parser: years that are not printed, labels, amounts, broken pages."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parsel import Selector

from crawlers.pages import SHANGHAI, Parsed, decode, text_of
from crawlers.portals.heimao.parse import parse_detail, parse_home, ref_of, split
from pipeline.errors import ComplaintGone, PageError, PortalChanged, Refused
from pipeline.portals import facts

SAVED = Path(__file__).parent.parent / "portals" / "heimao"
FACTS = facts("heimao")
URL = "https://tousu.sina.com.cn/complaint/view/17300000001"
SEEN = datetime(2030, 1, 1, tzinfo=SHANGHAI)
_STEP = (
    '<div class="ts-d-item"><span class="u-name">{name}</span><span class="u-status">{label}</span>'
    '<span class="u-date">{at}</span><div class="ts-reply"><p>{text}</p></div></div>'
)
_PAGE = (
    '<html><head><title>投诉</title></head><body><div class="ts-d-question"><h1 class="article">题</h1>'
    '<div class="ts-q-user"><span class="u-name">青禾</span><span class="u-date">{published}</span></div>'
    '<ul class="ts-q-list"><li><label>投诉编号：</label> 17300000001</li>{rows}</ul></div>'
    '<div class="ts-d-steplist">{steps}</div></body></html>'
)


def step(label: str, at: str, name: str = "青禾", text: str = "文") -> str:
    return _STEP.format(name=name, label=label, at=at, text=text)


def read(page: str | bytes, seen_at: datetime = SEEN) -> Parsed:
    return parse_detail(page, url=URL, seen_at=seen_at, found_via="home:latest", facts=FACTS)


def page(steps: list[str], published: str = "发布于 2026年01月01日 00:05", rows: str = "") -> str:
    """Steps oldest first, printed newest first as the portal does."""
    return _PAGE.format(published=published, rows=rows, steps="".join(reversed(steps)))


def times(got: Parsed) -> list[str | None]:
    return [event.at.strftime("%Y-%m-%d %H:%M:%S") if event.at else None for event in got.complaint.events]


@pytest.mark.parametrize(
    ("published", "printed", "expected"),
    [
        ("2026年01月01日 00:05", ["12-31 23:50:00", "01-01 00:06:00"], ["2025-12-31 23:50:00", "2026-01-01 00:06:00"]),
        ("2025年12月31日 23:58", ["12-31 23:58:40", "01-01 00:00:01"], ["2025-12-31 23:58:40", "2026-01-01 00:00:01"]),
        ("2025年12月31日 23:59", ["01-01 00:03:00"], ["2026-01-01 00:03:00"]),
        ("2026年01月20日 10:00", ["12-01 10:00:00"], ["2025-12-01 10:00:00"]),
        ("2026年03月01日 10:00", ["03-01 09:00:00", "02-28 09:00:00"], ["2026-03-01 09:00:00", "2027-02-28 09:00:00"]),
        ("2027年03月01日 10:00", ["03-01 09:00:00", "02-29 09:00:00"], ["2027-03-01 09:00:00", "2028-02-29 09:00:00"]),
        ("2028年02月29日 10:00", ["02-29 09:00:00", "03-01 09:00:00"], ["2028-02-29 09:00:00", "2028-03-01 09:00:00"]),
        ("2025年06月01日 10:00", ["06-01 09:00:00", "05-01 09:00:00", "04-01 09:00:00"],
         ["2025-06-01 09:00:00", "2026-05-01 09:00:00", "2027-04-01 09:00:00"]),
        ("2025年06月01日 10:00", ["06-01 09:00:00", "06-05 09:00:01", "06-05 09:00:00"],
         ["2025-06-01 09:00:00", "2025-06-05 09:00:01", "2025-06-05 09:00:00"]),
    ],
)  # fmt: skip
def test_years(published: str, printed: list[str], expected: list[str]) -> None:
    labels = ["发起投诉"] + ["补充投诉"] * (len(printed) - 1)
    got = read(page([step(label, at) for label, at in zip(labels, printed, strict=True)], f"发布于 {published}"))
    assert times(got) == expected
    assert got.findings == ()


def test_a_reply_long_after_publication_stays_after_it() -> None:
    got = read(page([step("回复", "09-20 10:00:00", "甲铺")], "发布于 2025年01月10日 10:00"))
    assert times(got) == ["2025-09-20 10:00:00"]


def test_a_filing_far_before_publication_is_not_in_the_future() -> None:
    seen_at = datetime(2026, 2, 1, tzinfo=SHANGHAI)
    got = read(page([step("发起投诉", "10-20 10:00:00")], "发布于 2026年01月05日 10:00"), seen_at)
    assert times(got) == ["2025-10-20 10:00:00"]


def test_impossible_days_have_no_time_and_a_finding() -> None:
    steps = [step("发起投诉", "06-01 09:00:00"), step("补充投诉", "13-45 09:00:00"), step("补充投诉", "06-03 09:00:00")]
    got = read(page(steps, "发布于 2026年06月01日 10:00"))
    assert times(got) == ["2026-06-01 09:00:00", None, "2026-06-03 09:00:00"]
    assert [found.kind for found in got.findings] == ["step_without_time"]
    leap = [step("发起投诉", "03-01 09:00:00"), step("补充投诉", "02-29 09:00:00")]
    got = read(page(leap, "发布于 2025年03月01日 10:00"), datetime(2025, 4, 1, tzinfo=SHANGHAI))
    assert times(got) == ["2025-03-01 09:00:00", None]


@given(
    st.datetimes(datetime(2019, 1, 1), datetime(2029, 1, 1)),  # noqa: DTZ001  # hypothesis wants them naive
    st.lists(st.integers(min_value=0, max_value=300 * 86400), max_size=8),
    st.integers(min_value=0, max_value=30 * 86400),
)
def test_years_are_recovered_when_steps_are_less_than_a_year_apart(start: datetime, gaps: list[int], lag: int) -> None:
    moments = [start.replace(microsecond=0)]
    for gap in gaps:
        moments.append(moments[-1] + timedelta(seconds=gap))
    published = (moments[0] + timedelta(seconds=lag)).strftime("发布于 %Y年%m月%d日 %H:%M")
    labels = ["发起投诉"] + ["补充投诉"] * len(gaps)
    steps = [step(label, f"{at:%m-%d %H:%M:%S}") for label, at in zip(labels, moments, strict=True)]
    got = read(page(steps, published), datetime(2040, 1, 1, tzinfo=SHANGHAI))
    assert times(got) == [f"{at:%Y-%m-%d %H:%M:%S}" for at in moments]


def test_who_replied() -> None:
    steps = [step("发起投诉", "06-01 09:00:00"), step("回复", "06-02 09:00:00", "甲铺客服"),
             step("回复", "06-03 09:00:00", "黑猫投诉"), step("回复", "06-04 09:00:00", "青禾"),
             step("回复", "06-05 09:00:00", "")]  # fmt: skip
    got = read(page(steps, "发布于 2026年06月01日 10:00"))
    assert [event.actor for event in got.complaint.events[1:]] == ["platform", "portal", "complainant"]
    assert [found.kind for found in got.findings] == ["unknown_step"]


def test_an_alias_that_copies_the_platforms_name_does_not_silence_it() -> None:
    rows = "<li><label>投诉对象：</label>青禾</li>"
    steps = [step("发起投诉", "06-01 09:00:00"), step("回复", "06-02 09:00:00")]
    got = read(page(steps, "发布于 2026年06月01日 10:00", rows))
    assert [event.actor for event in got.complaint.events] == ["complainant", "platform"]


def test_oldest_first_is_noticed() -> None:
    steps = [step("发起投诉", "06-01 09:00:00"), step("回复", "06-02 09:00:00", "甲铺")]
    with pytest.raises(PortalChanged, match="newest first"):
        read(page(list(reversed(steps)), "发布于 2026年06月01日 10:00"))


@pytest.mark.parametrize(
    ("printed", "yuan"),
    [("98元", 98.0), ("1,200.50元", 1200.5), ("1.2万元", 12000.0), ("0元", 0.0), ("¥30", 30.0), ("面议", None), ("", None)],
)  # fmt: skip
def test_amounts(printed: str, yuan: float | None) -> None:
    got = read(page([step("发起投诉", "01-01 00:00:00")], rows=f"<li><label>涉诉金额：</label> {printed}</li>"))
    assert got.complaint.amount_yuan == yuan
    assert bool(got.findings) == (printed == "面议")


def test_lists_of_values() -> None:
    assert split(" 退款,赔偿，道歉、 客服不处理/处理不当 ,") == ("退款", "赔偿", "道歉", "客服不处理/处理不当")
    assert split(None) == ()


def test_refs() -> None:
    assert ref_of("//tousu.sina.com.cn/complaint/view/17300000001/?sld=ab") == "17300000001"
    assert ref_of("//tousu.sina.com.cn/company/view/?couid=1") is None


def _kind(body: bytes) -> str:
    try:
        read(body)
    except (Refused, ComplaintGone) as error:
        return error.kind
    except PageError:
        return "changed"
    return "read"


def test_a_page_cut_anywhere_is_never_half_read() -> None:
    whole = (SAVED / "every_label.html").read_bytes()
    kinds = {_kind(whole[:length]) for length in range(0, len(whole) - 200, 97)}
    assert kinds <= {"empty", "truncated"}


def test_encodings() -> None:
    text = "投诉详情"
    assert decode(text.encode()) == (text, None)
    assert decode(b"\xef\xbb\xbf" + text.encode()) == (text, None)
    assert decode(text.encode("gb18030")) == (text, "GB18030 instead of UTF-8")
    assert decode(text.encode().decode("latin-1").encode())[0] == text
    assert decode((text * 99).encode() + b"\xff" + text.encode())[1] == "bytes that are not UTF-8"
    with pytest.raises(Refused, match="neither"):
        decode(b"\xff\xfe\xfd\x00\x81")


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=60))
def test_text_is_the_same_with_and_without_markup_around_it(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    plain, wrapped = (
        Selector(f"<div id=x><p>{inner}</p></div>").css("#x")[0] for inner in (escaped, f"<i>{escaped}</i>")
    )
    assert text_of(plain.root) == text_of(wrapped.root)


@given(st.binary(max_size=400))
def test_no_bytes_break_the_parser(body: bytes) -> None:
    assert _kind(body) in {"empty", "encoding", "truncated", "changed", "captcha", "login"}


def test_home_without_lists_is_no_home() -> None:
    for name, expected in (("login", Refused), ("captcha", Refused), ("unknown_page", PortalChanged)):
        with pytest.raises(expected):
            parse_home((SAVED / f"{name}.html").read_bytes(), facts=FACTS)
    body: Any = (SAVED / "home.html").read_bytes()
    with pytest.raises(Refused, match="cut off"):
        parse_home(body[:2500], facts=FACTS)
