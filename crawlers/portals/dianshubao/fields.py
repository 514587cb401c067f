"""The documented fields of a 电诉宝 complaint, from an answer in JSON or from a page by its labels. Pure."""

import json
import re
from typing import Any, NamedTuple

from parsel import Selector

from crawlers.pages import decode, one_line, raise_gone, refuse, text_of, whole, words
from crawlers.printed import labelled
from pipeline.errors import ComplaintGone, Refused
from pipeline.portals import PortalFacts

Fields = dict[str, str]
_PRINTED: dict[str, tuple[str, ...]] = {
    "order_num": ("投诉编号", "编号", "投诉单号"),
    "title": ("投诉标题", "标题"),
    "category": ("投诉地区", "地区", "所在地区", "所在地"),
    "time1": ("投诉时间", "提交时间", "发布时间", "投诉提交"),
    "remark2": ("投诉内容", "投诉详情", "投诉描述", "问题描述", "详细内容"),
    "to_company": ("投诉对象", "被投诉平台", "投诉平台", "平台名称", "被投诉商家", "被投诉方"),
    "company_name": ("公司名称", "企业名称", "所属公司", "被投诉企业", "运营主体"),
    "money": ("涉诉金额", "涉及金额", "投诉金额", "涉案金额", "金额"),
    "remark": ("投诉领域", "所属领域", "领域"),
    "concrete_area": ("投诉类型", "问题类型", "投诉问题"),
    "requests": ("投诉要求", "投诉诉求", "诉求", "用户诉求"),
    "state": ("投诉状态", "处理状态", "受理状态", "当前状态", "状态", "投诉进度", "处理进度"),
    "review": ("评价结果", "用户评价", "满意度评价", "评价", "满意度"),
    "time2": ("移交时间", "移交", "移交平台", "移交平台时间"),
    "time3": ("回复时间", "平台回复时间", "商家回复时间", "平台回复", "商家回复", "受理时间"),
    "time4": ("评价时间", "用户评价时间"),
}
LABELS = {label: field for field, printed in _PRINTED.items() for label in printed}
_NAMES = ("order_num", "to_company", "company_name", "post_time", "time1", "time2", "time3", "time4", "remark2",
          "concrete_area")  # fmt: skip
_EMPTY = {"", "0000-00-00 00:00:00", "0000-00-00", "null", "None"}


class Answer(NamedTuple):
    """What an address answered: fields by their documented names, and what was wrong with the encoding."""

    fields: Fields
    encoding: str | None


def as_json(text: str) -> Any | None:
    """The value of an answer in JSON; null for anything else. Raises Refused where JSON is cut off."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise Refused("truncated", "an answer in JSON is cut off; it is asked for again at the next run") from error


def unwrap(answer: Any, facts: PortalFacts, what: str) -> Any:
    """`list` of the envelope {code, list}. Raises ComplaintGone or Refused where the code is not 1."""
    if isinstance(answer, dict) and str(answer.get("code", "1")) != "1":
        raise_gone(facts, what.removeprefix(f"{facts.slug}/"), str(answer.get("msg") or ""))
        raise Refused("code", f"{what}: the portal answers code {answer['code']}; wait, then run again")
    if not isinstance(answer, dict) or not answer.get("list"):
        raise Refused("no_data", f"{what}: the answer carries no data; that is no empty list, run again later")
    return answer["list"]


def why_no_answer(body: bytes, facts: PortalFacts) -> str | None:
    """Why JSON is no answer and worth asking for again: truncated, status_code, data_null; null when it is one."""
    try:
        unwrap(json.loads(body), facts, facts.slug)
    except ValueError:
        return "truncated"
    except ComplaintGone:
        return None
    except Refused as wall:
        return {"code": "status_code", "no_data": "data_null"}.get(wall.kind, wall.kind)
    return None


def fields_of(page: bytes | str, facts: PortalFacts, what: str) -> Answer:
    """One complaint's fields. Raises ComplaintGone, Refused or PortalChanged."""
    text, encoding = decode(page)
    answer = as_json(text)
    if answer is not None:
        return Answer(plain(unwrap(answer, facts, what)), encoding)
    root = Selector(text)
    fields = labelled(root.root, LABELS, _NAMES, long=("remark2",))
    if ("time1" not in fields and "post_time" not in fields) or not {"to_company", "company_name"} & set(fields):
        raise_gone(
            facts,
            what.removeprefix(f"{facts.slug}/"),
            text if len(text) < 6_000 else words(root.css("body")[0].root) or "",
        )
        raise refuse(facts, what, root, text)
    if not whole(text):
        raise Refused("truncated", f"{what}: the page is cut off; it is asked for again at the next run")
    heading = next((found for node in root.css("h1, h2") if (found := words(node.root))), None)
    return Answer({**({"title": heading} if heading else {}), **fields}, encoding)


def plain(row: Any) -> Fields:
    """A row in JSON as printed texts; what MySQL writes for nothing is left out, markup in texts is undone."""
    if not isinstance(row, dict):
        raise Refused("no_data", "the answer carries no complaint; run again later")
    found = {str(name): _text(value) for name, value in row.items() if isinstance(value, str | int | float)}
    return {name: value for name, value in found.items() if value and value not in _EMPTY}


def _text(value: str | float) -> str:
    text = "\n".join(part.strip() for part in str(value).splitlines() if part.strip())
    if re.search(r"<\w|&\w+;|&#\d+;", text):
        return text_of(Selector(f"<div>{text}</div>").css("div")[0].root) or ""
    return text


def line(fields: Fields, name: str) -> str | None:
    return one_line(fields.get(name))
