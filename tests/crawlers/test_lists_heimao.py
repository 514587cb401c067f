"""黑猫's lists: answers and cards as expected, every refusal by its own name, and what is done with them."""

from datetime import date, datetime
from pathlib import Path

import pytest

from crawlers.browser import Call, Walk
from crawlers.portals.heimao import cards, lists, parse_lists
from crawlers.portals.heimao.parse_lists import Pager
from pipeline.errors import PortalChanged, Refused
from pipeline.portals import facts

SAVED = Path(__file__).parents[1] / "portals" / "heimao" / "lists"
HOST = "https://tousu.sina.com.cn"
FACTS = facts("heimao")


def call(name: str, path: str = "/api/index/feed?type=2&page=1", status: int = 200, location: str = "") -> Call:
    return Call(HOST + path, status, (SAVED / name).read_bytes() if name else b"", location)


def test_items_by_name() -> None:
    page = parse_lists.parse_items(call("feed.json"), facts=FACTS)
    first, second, third = page.items
    assert first == parse_lists.ListItem(
        ref="17300000101", href="//tousu.sina.com.cn/complaint/view/17300000101/?sld=" + "0123456789abcdef" * 2,
        title="充值未到账", summary="付款 98 元买点卡 & 卡密无效…", platform_name="鹿鸣测试卡盟", issues=("不予退款", "虚假宣传"),
        requests=("退款", "赔偿"), status="处理中", amount_yuan=98.0,
        published_at=datetime.fromisoformat("2026-03-11T08:00:00+08:00"),
    )  # fmt: skip
    assert (second.status, second.amount_yuan, second.summary, second.issues) == ("已回复", None, None, ())
    assert second.on == date(2026, 3, 12)
    assert (third.status, third.amount_yuan) == (None, 0.0)
    assert page.odd == ("a list item without a complaint link", "status code 2")
    assert page.pager == Pager(1, 50, 123456)
    assert not page.pager.is_last


def test_jsonp_and_none() -> None:
    page = parse_lists.parse_items(call("feed_jsonp.js"), facts=FACTS)
    assert [item.ref for item in page.items] == ["17300000101"]
    assert page.pager.is_last
    none = parse_lists.parse_items(call("received_none.json", "/api/company/received_complaints"), facts=FACTS)
    assert none.items == ()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (call("status_code.json"), "status_code"),
        (call("data_null.json"), "no_data"),
        (call("no_data.json"), "no_data"),
        (call("no_list.json"), "no_list"),
        (call("truncated.json"), "truncated"),
        (call("login.html"), "login"),
        (call("captcha.html"), "captcha"),
        (call("merchant.html"), "html"),
        (call("feed.json", status=456), "risk_control"),
        (call("feed.json", status=429), "rate_limited"),
        (call("", status=302, location="https://passport.weibo.example/signin"), "login"),
        (Call(f"{HOST}/api/index/feed", 0, b"", why="robots"), "robots"),
        (Call(f"{HOST}/api/index/feed", 200, b""), "empty"),
        (Call(f"{HOST}/api/index/feed", 200, b"[1]"), "no_envelope"),
    ],
)
def test_a_refusal_is_never_an_empty_list(answer: Call, kind: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_lists.parse_items(answer, facts=FACTS)
    assert caught.value.kind == kind


def test_merchants_and_groups() -> None:
    rows, pager = parse_lists.parse_merchants(
        call("main_search.json", "/api/company/main_search?keyword=x"), facts=FACTS
    )
    assert [(row.couid, row.name, row.sid) for row in rows] == [
        ("9900000801", "鹿鸣测试卡盟", None),
        ("9900000802", "虚州测试银行发卡中心", None),
    ]
    assert rows[0].counters == {
        "valid_amt": 1234,
        "valid30d": 12,
        "replied_amt": 600,
        "completed_amt": 55,
        "eval_points": 3.5,
    }
    assert pager.is_last
    (service,), _ = parse_lists.parse_merchants(
        call("rel_service.json", "/api/company/rel_service?couid=99"), facts=FACTS
    )
    assert (service.couid, service.sid, service.counters["valid_amt"]) == ("99", "31", 20)
    (group,), _ = parse_lists.parse_groups(call("grp_feed.json", "/api/grp_comp/feed"), facts=FACTS)
    assert (group.ref, group.title) == ("G17300900801", "鹿鸣测试卡盟集体不发货")


def test_pages_show_cards_counters_links_and_offers() -> None:
    page = (SAVED / "merchant.html").read_bytes()
    first, second = cards.parse_list(page, facts=FACTS)
    assert (first.ref, first.listed_on, first.platform_name, first.requests) == (
        "17300000101", date(2026, 3, 11), "鹿鸣测试卡盟", ("退款", "道歉"),
    )  # fmt: skip
    assert second.ref == "17300000105"
    assert cards.parse_company(page, facts=FACTS) == (
        "鹿鸣测试卡盟", {"valid_amt": 1234, "replied_amt": 600, "completed_amt": 55},
    )  # fmt: skip
    assert [(one.couid, one.sid) for one in cards.merchants_of(page, facts=FACTS)] == [("9900000801", "31")]
    assert [group.ref for group in cards.groups_of(page, facts=FACTS)] == ["G17300900801"]
    (item,) = cards.parse_list((SAVED / "merchant_logged_in.html").read_bytes(), facts=FACTS)
    assert (item.ref, item.title) == ("17300000106", "话费没到账")
    offered = cards.offer((SAVED / "offers.html").read_bytes(), facts=FACTS)
    assert offered == cards.Offer((1, 2), (37, 114), True)


@pytest.mark.parametrize(("name", "kind"), [("login.html", "login"), ("captcha.html", "captcha")])
def test_a_list_page_that_is_a_wall(name: str, kind: str) -> None:
    with pytest.raises(Refused) as caught:
        cards.parse_list((SAVED / name).read_bytes(), facts=FACTS)
    assert caught.value.kind == kind
    with pytest.raises(PortalChanged):
        cards.parse_list(b"<html><head><title>x</title></head><body></body></html>", facts=FACTS)


def test_a_list_is_what_all_its_answers_show_each_once() -> None:
    received = "/api/company/received_complaints?couid=9900000801&page=1"
    calls = [call("rel_service.json", "/api/company/rel_service?couid=9900000801"), call("feed.json", received),
             call("status_code.json", received)]  # fmt: skip
    found = lists.read_list("merchant:9900000801", calls, (SAVED / "merchant.html").read_bytes(), FACTS)
    assert [item.ref for item in found.items] == ["17300000101", "17300000102", "17300000103", "17300000105"]
    assert found.items[0].status == "处理中", "the answer says more than the card"
    assert (found.own, found.claimed) == (3, 123456)
    assert found.wall is not None
    assert found.wall.kind == "status_code"
    assert found.merchants[0].counters == {"valid_amt": 1234, "replied_amt": 600, "completed_amt": 55}


def test_a_walk_knows_its_own_calls() -> None:
    walk = lists.walk_of("field:37:2", 50)
    assert walk.owns(f"{HOST}/api/index/feed?type=2&field=37&page=1&ts=1")
    assert not walk.owns(f"{HOST}/api/index/feed?type=1&field=37&page=1")
    assert walk.hears(f"{HOST}/api/index/feed?type=1")
    word = lists.walk_of("directory:卡盟", 20)
    assert word.owns(f"{HOST}/api/company/main_search?keyword=%E5%8D%A1%E7%9B%9F&page=1")
    assert Walk(*tuple(word)) == word
    assert "/api/index/s" not in {path for kind in ("feed:1", "directory:x", "groups", "group:G1", "merchant:1")
                                  for path in lists.walk_of(kind, 1).listen}, "complaint search is never used"  # fmt: skip
