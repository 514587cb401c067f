"""What people review and decide."""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime

from pipeline.model.words import Record, col


class Platform(Record):
    """平台：被投诉的虚拟商品卖家 · whom people complain about; one id, many printed names."""

    id: str = col("平台代号", "canonical id", pattern=r"^[a-z0-9][a-z0-9-]*$")
    name: str = col("平台名称", "name shown")
    review: Literal["reviewed", "unreviewed"] = col("名称是否经人核对", "whether a person checked the name")
    aliases: str = col("归入本平台的印刷名称（以 | 分隔）", "printed names mapped here, separated by |")
    legal_name: str | None = col("登记名称", "registered legal name", default=None)
    credit_code: str | None = col("统一社会信用代码", "unified social credit code", default=None)
    invented: bool = col("是否为演示用虚构平台", "an invented platform of the demonstration portal", default=False)


class Portal(Record):
    """投诉门户 · where people complain."""

    id: str = col("门户代号", "portal slug")
    name: str = col("门户名称", "name")
    home: str = col("首页", "home page")
    n_complaints: int = col("收录投诉数", "complaints collected")
    n_rejected: int = col("门户未受理数", "complaints the portal did not admit")
    n_gone: int = col("页面消失数", "pages found gone")
    first_seen_at: AwareDatetime | None = col("最早观测", "first sighting")
    last_seen_at: AwareDatetime | None = col("最近观测", "latest sighting")


class Statement(Record):
    """平台的回应 · a platform's own statement, published free of charge beside its numbers."""

    id: str = col("编号", "id")
    platform: str = col("平台代号", "platform id")
    received_on: date = col("收到日期", "date received")
    kind: str = col("回应种类（固定选项）", "kind, from a fixed menu")
    text: str = col("回应原文", "text")
    evidence_url: str | None = col("证据链接", "link to evidence", default=None)


class Correction(Record):
    """更正 · a correction with its reason."""

    id: str = col("编号", "id")
    made_on: date = col("更正日期", "date")
    subject: str = col("更正对象", "what was corrected")
    reason: str = col("原因", "why")
    status: str = col("状态", "status")
    expires_on: date | None = col("到期日：过后须复核", "to be reviewed again after this date", default=None)


class Notice(Record):
    """预警通知 · a notice of the notice list, as dated data."""

    platform: str = col("平台代号", "platform id")
    found_on: date = col("达到条件的日期", "when the rule was first met")
    sent_on: date | None = col("通知送出日期；未送出不列入", "when it was sent; unsent means not listed", default=None)
    entered_on: date | None = col("列入日期", "entry", default=None)
    left_on: date | None = col("移出日期", "exit", default=None)
    why: str = col("计算过程", "the arithmetic")
