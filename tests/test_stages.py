"""The stage filters: one line out per line in, order kept, a bad line named and no other harmed."""

import json
from typing import Any

import pytest

from pipeline.model import LABELS
from pipeline.paths import PROJECT
from pipeline.stages import STAGES, run
from tests.conftest import sinkrate

REFERENCE = PROJECT / "data" / "reference"
RECORD = {"portal": "heimao", "ref": "1", "url": "", "seen_at": "2026-06-01T10:00:00+08:00", "found_via": "test"}


def answers(stage: str, *lines: Any) -> list[dict[str, Any]]:
    texts = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
    return run(stage, texts, REFERENCE)[0]


def step(at: str, actor: str, kind: str, text: str | None = None) -> dict[str, Any]:
    return {"at": at, "actor": actor, "kind": kind, "text": text, "hidden": False}


@pytest.mark.parametrize("stage", sorted(STAGES))
def test_a_bad_line_is_named_and_the_order_kept(stage: str) -> None:
    found, errors = run(
        stage, ["{broken", '{"id": 7, "text": 5, "name": 5, "amount_yuan": "x", "portal": 1}', "[]"], REFERENCE
    )
    assert [answer["id"] for answer in found] == [None, 7, None]
    assert errors == 3
    assert all(answer["error"] for answer in found)


def test_redact() -> None:
    found = answers("redact", {"id": "a", "text": "电话13812345678，金额98元"}, {"id": "b", "text": None})
    assert found[0] == {
        "id": "a",
        "text": "电话〔手机号〕，金额98元",
        "marks": [{"kind": "phone", "start": 2, "end": 7}],
    }
    assert found[1] == {"id": "b", "text": None, "marks": []}


def test_replies() -> None:
    found = answers(
        "replies",
        {"id": 1, "text": "您的问题已记录，会尽快处理。"},
        {"id": 2, "text": "已为您退款98元至原支付账户。"},
        {"id": 3, "text": None, "hidden": True},
    )
    assert [(answer["label"], answer["substantive"]) for answer in found] == [
        ("ack", False),
        ("resolved_claim", True),
        ("hidden", None),
    ]
    assert all(answer["label"] in LABELS and answer["why"] and 0 <= answer["confidence"] <= 1 for answer in found)


def test_group_by_order_number_over_portals_and_not_by_text_alone() -> None:
    body = "三月二日充值话费一百元至今没有到账，客服一直让等，要求退款并说明原因，否则向有关部门反映到底"
    lines = [
        {"id": "a", "portal": "heimao", "ref": "1", "platform": "甲", "title": "不到账", "body": body, "amount_yuan": 100, "filed_at": "2026-03-02 10:00:00", "author": None, "order_no": "20260302998877"},
        {"id": "b", "portal": "xfb315", "ref": "9", "platform": "甲", "title": "没到账", "body": body[:35], "amount_yuan": None, "filed_at": None, "author": None, "order_no": "20260302998877"},
        {"id": "c", "portal": "heimao", "ref": "2", "platform": "甲", "title": "不到账", "body": body, "amount_yuan": 200, "filed_at": "2026-03-03", "author": "别人", "order_no": "20260303112233"},
        {"id": "d", "portal": "heimao", "ref": "3", "platform": "乙", "title": "不到账", "body": body, "amount_yuan": 100, "filed_at": "2026-03-02", "author": None, "order_no": None},
    ]  # fmt: skip
    found = {answer["id"]: answer for answer in answers("group", *lines)}
    assert found["a"]["case"] == found["b"]["case"] is not None
    assert found["c"]["case"] is None
    assert found["d"] == {"id": "d", "case": None, "campaign": None}
    assert {answer["id"]: answer["case"] is None for answer in answers("group", *reversed(lines))} == {
        key: value["case"] is None for key, value in found.items()
    }


def test_group_finds_a_template_of_different_people() -> None:
    body = "本人在该平台购买游戏点卡，付款后系统显示处理中，三天没有到账，平台拒绝退款，请求协助追回损失并处罚平台，订单已付款"
    lines = [
        {"id": n, "portal": "heimao", "ref": str(n), "platform": "甲", "title": "点卡", "body": f"{body}{n * 37}元", "amount_yuan": n * 37.0, "filed_at": f"2026-03-0{n}", "author": f"人{n}", "order_no": f"9{n}8765432{n}0{n}"}
        for n in range(1, 6)
    ]  # fmt: skip
    found = answers("group", *lines)
    assert all(answer["case"] is None for answer in found)
    assert len({answer["campaign"] for answer in found}) == 1
    assert found[0]["campaign"] is not None


def test_outcome() -> None:
    assigned, late = step("2026-03-01T10:00:00+08:00", "portal", "assigned"), "2026-07-01T00:00:00+08:00"
    lines = [
        {"id": 1, **RECORD, "events": [assigned, step("2026-03-02T10:00:00+08:00", "platform", "replied", "虚拟商品一经售出概不退换，无法退款。")], "as_of": late},
        {"id": 2, **RECORD, "events": [assigned], "as_of": late},
        {"id": 3, **RECORD, "events": [assigned], "as_of": "2026-03-10T00:00:00+08:00"},
        {"id": 4, **RECORD, "seen_at": "2026-03-10T10:00:00+08:00", "events": [assigned], "as_of": late},
        {"id": 5, **RECORD, "published_at": "2026-03-01T09:00:00+08:00", "as_of": late, "horizon": "7wd"},
        {"id": 6, **RECORD, "events": [step("2026-03-01T10:00:00+08:00", "portal", "rejected")], "as_of": late},
        {"id": 7, **RECORD, "events": [assigned], "as_of": "2026-07-01"},
    ]  # fmt: skip
    found = answers("outcome", *lines)
    assert [(answer.get("rung"), answer.get("state")) for answer in found[:6]] == [
        ("answered", "judged"), ("silent", "judged"), (None, "too_young"), (None, "unseen"), ("undelivered", "judged"), (None, "judged"),
    ]  # fmt: skip
    assert found[0]["t0"] == "2026-03-01T10:00:00+08:00"
    assert found[0]["t0_basis"] == "assigned"
    assert found[4]["t0_basis"] == "published"
    assert "as_of" in found[6]["error"]


def test_as_a_filter_on_the_command_line(tmp_path: Any) -> None:
    printed = sinkrate(
        "stage",
        "resolve",
        data=tmp_path,
        stdin='{"id": 1, "name": "霁獭发卡"}\n\n{"id": 2, "name": "谁也不知道的店"}\n',
    )
    lines = [json.loads(line) for line in printed.splitlines()]
    assert [line["id"] for line in lines] == [1, 2]
    assert lines[1]["platform"] is None
    assert json.loads(sinkrate("stage", "redact", data=tmp_path, stdin="{}\n", expect=1))["error"]
