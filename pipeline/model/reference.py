"""What people review and decide."""

from datetime import date
from typing import Literal, Self

from pydantic import AwareDatetime, model_validator

from pipeline.model.words import Record, col

FactKind = Literal["legal_name", "credit_code", "icp", "domain", "registered_place", "operating_place"]


class Platform(Record):
    """平台：被投诉的虚拟商品卖家 · whom people complain about; one id, many printed names."""

    id: str = col("平台代号", "canonical id", pattern=r"^[a-z0-9][a-z0-9-]*$")
    name: str = col("平台名称", "name shown")
    review: Literal["reviewed", "unreviewed"] = col("名称是否经人核对", "whether a person checked the name")
    aliases: str = col("归入本平台的印刷名称（以 | 分隔）", "printed names mapped here, separated by |")
    legal_name: str | None = col("登记名称", "registered legal name", default=None)
    credit_code: str | None = col("统一社会信用代码", "unified social credit code", default=None)
    invented: bool = col("是否为演示用虚构平台", "an invented platform of the demonstration portal", default=False)


class PlatformId(Record):
    """平台旧代号 · ids a platform had before it was merged, renamed or reviewed; they redirect to the one it has now."""

    old_id: str = col("旧代号", "id it had", pattern=r"^[a-z0-9][a-z0-9-]*$")
    platform: str = col("现代号", "canonical id")
    since: date | None = col("自何日起改用现代号；未记为空", "since when; null when not recorded", default=None)
    kind: Literal["merged", "renamed", "reviewed"] = col(
        "merged 并入；renamed 改名；reviewed 名称经人核对前的临时代号", "merged, renamed, or the provisional id of a name before a person reviewed it")  # fmt: skip
    why: str = col("理由", "why")


class PlatformFact(Record):
    """平台登记信息 · what public registers say of a platform: each value with its date and source."""

    id: str = col("编号", "id")
    platform: str = col("平台代号", "canonical id")
    kind: FactKind = col(
        "legal_name 登记名称；credit_code 统一社会信用代码；icp ICP 备案号；domain 域名；registered_place 登记住所；operating_place 实际经营地",
        "legal name, unified social credit code, ICP number, domain, registered place, operating place")  # fmt: skip
    value: str = col("值", "value")
    checked_on: date | None = col("核对日期；未记为空", "date it was checked; null when not recorded", default=None)
    source: str | None = col("出处；未记为空", "where it was read; null when not recorded", default=None)


class Word(Record):
    """分类词表 · every code of topics and goods, with its English name."""

    kind: Literal["topic", "good"] = col("topic 投诉问题；good 商品", "topic of a complaint, or kind of goods")
    code: str = col("代码（中文名）", "code, its Chinese name")
    en: str = col("英文名", "English name")
    place: int = col("排列次序", "order")
    is_rest: bool = col("是否为未能归入的一类", "whether it stands for all that fits no code", default=False)


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


class Appeal(Record):
    """申诉 · an objection to something printed here, what this site did with it, and whether in time."""

    id: str = col("编号", "id")
    received_on: date = col("收到日期", "date received")
    kind: Literal["privacy", "attribution", "verdict", "correction", "other"] = col(
        "种类：privacy 个人信息；attribution 归属；verdict 判定；correction 事实；other 其他",
        "kind: personal data, attribution, verdict, facts, other",
    )
    subject: str = col("申诉对象（案件编号或页面地址）", "what it is about: a case number or an address")
    answered_on: date | None = col(
        "答复是否受理的日期；未答复为空", "when we said whether we take it up; null until then", default=None
    )
    decided_on: date | None = col("作出结果的日期；未决为空", "when it was decided; null while pending", default=None)
    outcome: Literal["pending", "changed", "kept", "withdrawn"] = col(
        "结果：pending 未决；changed 改了；kept 不改；withdrawn 申诉人撤回",
        "pending, changed, kept, or withdrawn by who made it",
    )
    reason: str | None = col("理由；未决为空", "why; null while pending", default=None)
    due_on: date | None = col(
        "应有结果的日期：收到后第 7 个工作日", "decision due: the 7th working day after receipt", default=None
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        over = self.outcome in ("changed", "kept")
        if over != (self.decided_on is not None) or over != (self.reason is not None):
            raise ValueError(
                f"appeal {self.id}: decided_on and reason belong to the outcomes changed and kept, and only to them"
            )
        days = [day for day in (self.received_on, self.answered_on, self.decided_on) if day is not None]
        if days != sorted(days):
            raise ValueError(f"appeal {self.id}: received, answered and decided do not follow each other")
        return self


NoticeStatus = Literal["to_send", "waiting", "listed", "left", "expired", "lapsed", "unmatched"]


class Notice(Record):
    """预警通知 · one episode of the notice list, from the first evaluation that met the rule to its end, with the arithmetic."""

    platform: str = col("平台代号", "platform id")
    found_on: date = col("首次达到条件的评估日", "the evaluation at which the rule was first met")
    sent_on: date | None = col("通知送出日期；未送出不列入", "when it was sent; unsent means not listed", default=None)
    entered_on: date | None = col("列入日期", "entry", default=None)
    left_on: date | None = col("移出或失效日期", "exit, or the end of an episode that was never listed", default=None)
    status: NoticeStatus = col(
        "to_send 待送达；waiting 已送达、十四天未满或条件未再满足；listed 在列；left 已移出；expired 六个月无足量案件而移出；lapsed 未列入而终结；unmatched 送出记录与本期数据不符",
        "to_send; waiting: sent, fourteen days not over or the rule not met since; listed; left; expired: six months without enough cases; lapsed: ended unlisted; unmatched: the record of sending fits no episode")  # fmt: skip
    first_k: int | None = col("首次达到条件时前一期石沉件数", "sunk, earlier pool when found", default=None)
    first_n: int | None = col("前一期判定件数", "judged, earlier pool when found", default=None)
    first_low: float | None = col("前一期单侧 95% 下限", "its one-sided lower 95 % bound", default=None)
    second_k: int | None = col("首次达到条件时后一期石沉件数", "sunk, later pool when found", default=None)
    second_n: int | None = col("后一期判定件数", "judged, later pool when found", default=None)
    second_low: float | None = col("后一期单侧 95% 下限", "its one-sided lower 95 % bound", default=None)
    evaluated_on: date | None = col("此段最后一次评估", "the last evaluation of this episode", default=None)
    last_k: int | None = col("该次评估石沉件数", "sunk, pool of the last evaluation", default=None)
    last_n: int | None = col("该次评估判定件数", "judged, pool of the last evaluation", default=None)
    last_low: float | None = col("该次评估单侧 95% 下限", "its one-sided lower 95 % bound", default=None)
    n_clear: int | None = col(
        "至此连续几次下限不超过 50%（满三次移出）", "evaluations in a row at or below 50 %; three end it", default=None
    )
    why: str = col("计算过程", "the arithmetic")
    sql: str | None = col("列出每次评估的 SQL", "the SQL that lists every evaluation", default=None)


class Sent(Record):
    """`notices.csv`: a notice with the case list was found due and sent."""

    platform: str
    found_on: date
    sent_on: date | None = None
