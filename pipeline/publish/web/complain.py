"""How to complain: channels, evidence and a letter. Reviewed texts only; what a reader types stays in the browser."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pipeline.channels import Channel, Place, load_channels
from pipeline.errors import BadInput
from pipeline.paths import PROJECT, SITE
from pipeline.publish.web import frame
from pipeline.publish.web.figures import Desk
from pipeline.publish.web.page import Job, Shell
from pipeline.publish.web.texts import mark
from pipeline.yaml_files import load_yaml

REFERENCE = PROJECT / "data" / "reference"
ASKS = (
    mark("退还已付款项"), mark("补充到账或重新发货"), mark("恢复会员或账号"), mark("办理提现"), mark("解除冻结"),
    mark("赔偿损失"), mark("书面说明理由和依据"),
)  # fmt: skip
# name, label, hint, input type; "" is a text of several lines
FIELDS = (
    ("platform", mark("被投诉平台（网站上的名字和公司名称）"), mark("例：某某卡盟，某某网络科技有限公司"), "text"),
    ("address", mark("网址或应用名"), "", "text"),
    ("bought_on", mark("付款日期"), "", "date"),
    ("amount", mark("金额（元）"), "", "text"),
    ("order", mark("订单号"), mark("公开投诉里可只写后四位"), "text"),
    ("what", mark("买了什么，说好怎样"), mark("例：100 元话费，页面写明 24 小时内到账"), "text"),
    ("story", mark("实际发生了什么（按时间写）"), mark("几月几日做了什么、对方怎么说"), ""),
    ("days", mark("给平台几天答复"), "7", "number"),
)
LETTER = mark(
    "投诉书\n\n被投诉平台：{platform}\n网址或应用：{address}\n\n"
    "一、交易\n本人于 {bought_on} 付款 {amount} 元，订单号 {order}，购买：{what}。\n\n"
    "二、经过\n{story}\n\n"
    "三、要求\n{asks}\n请在 {days} 日内书面答复以下各项：是否认可上述交易；处理结果；若退款，退款金额、时间、渠道和流水号；"
    "若拒绝，所依据的条款和本案事实。仅答复“已反馈”“已处理”“请耐心等待”，不能视为处理。\n\n"
    "四、证据\n{evidence}\n\n以上内容属实。"
)


@dataclass(frozen=True)
class Named:
    code: str
    name: str


@dataclass(frozen=True)
class Fit:
    code: str
    name: str
    why: str


@dataclass(frozen=True)
class Spot:
    """A web address (with `href`) or a telephone number."""

    text: str
    href: str
    note: str
    checked: bool


@dataclass(frozen=True)
class Where:
    name: str
    what: str
    run_by: str
    in_rates: bool
    places: tuple[Spot, ...]
    needs: str
    fits: tuple[Fit, ...]
    issues: str


@dataclass(frozen=True)
class Item:
    """One thing to keep; `issues` names the issues it belongs to, `*` all of them."""

    id: str
    text: str
    why: str
    issues: str


@dataclass(frozen=True)
class Field:
    name: str
    label: str
    hint: str
    kind: str
    long: bool


@dataclass(frozen=True)
class ComplainPage:
    shell: Shell
    issues: tuple[Named, ...]
    channels: tuple[Where, ...]
    items: tuple[Item, ...]
    fields: tuple[Field, ...]
    asks: tuple[str, ...]
    letter: str


def jobs(desk: Desk) -> Iterator[Job]:
    yield Job("/complain/", lambda: _page(desk), lambda: ())


def _page(desk: Desk) -> ComplainPage:
    title = desk.say("怎样投诉")
    about = desk.say("按问题种类列出该去哪里投诉、该留什么证据，在浏览器里写好投诉书；什么都不会发出去。")
    channels = load_channels(REFERENCE)
    return ComplainPage(
        shell=frame.shell(desk, title=title, description=about, path="/complain/", section="complain"),
        issues=tuple(Named(code, desk.words("issues", code)) for code in evidence()["issues"]),
        channels=tuple(_where(desk, channel) for channel in channels if not channel.closed),
        items=_items(desk.language),
        fields=tuple(Field(name, desk.say(label), desk.say(hint) if hint else "", kind or "text", not kind)
                     for name, label, hint, kind in FIELDS),
        asks=tuple(desk.say(ask) for ask in ASKS),
        letter=desk.say(LETTER),
    )  # fmt: skip


@cache
def evidence(path: Path = SITE / "content" / "evidence.yml") -> dict[str, Any]:
    """The reviewed list: items, those every complaint needs, and those of each issue. Raises BadInput naming the file."""
    try:
        found: dict[str, Any] = load_yaml(path.read_text(encoding="utf8"))
    except (OSError, yaml.YAMLError) as error:
        raise BadInput(f"{path}: {error}") from error
    named = {one for items in (found["always"], *found["issues"].values()) for one in items}
    if wrong := named ^ set(found["items"]):
        raise BadInput(f"{path}: items named but not written, or written but never named: {', '.join(sorted(wrong))}")
    return found


@cache
def english(path: Path = REFERENCE / "channels.en.yml") -> dict[str, str]:
    """Chinese text of channels.yml → English."""
    found = load_yaml(path.read_text(encoding="utf8"))
    return {str(text): str(twin) for text, twin in found.items()}


def _items(language: str) -> tuple[Item, ...]:
    found = evidence()
    of = {name: "*" if name in found["always"] else "" for name in found["items"]}
    for issue, names in found["issues"].items():
        for name in names:
            of[name] = of[name] if of[name] == "*" else f"{of[name]} {issue}".strip()
    return tuple(
        Item(name, item[language], item["why"][language], of[name])
        for name, item in sorted(found["items"].items(), key=lambda pair: of[pair[0]] != "*")
    )


def _where(desk: Desk, channel: Channel) -> Where:
    def say(text: str) -> str:
        return text if desk.language == "zh" else english()[text]

    return Where(
        name=say(channel.name),
        what=say(channel.what),
        run_by=say(channel.run_by),
        in_rates=channel.in_rates,
        places=tuple(_spot(place, say(place.note) if place.note else "") for place in channel.where),
        needs=desk.words("list", "comma").join(say(text) for text in channel.needs),
        fits=tuple(Fit(code, desk.words("issues", code), say(why)) for code, why in channel.fits.items()),
        issues=" ".join(channel.fits),
    )


def _spot(place: Place, note: str) -> Spot:
    href = place.value if place.kind == "url" else ""
    return Spot(place.value, href, note, place.checked_on is not None or place.kind == "phone")
