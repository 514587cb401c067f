"""What a portal's page said at one moment: never published."""

from typing import Literal

from pydantic import AwareDatetime

from pipeline.model.words import Actor, EventKind, Record, col


class RawEvent(Record):
    """一个有日期的步骤 · one dated step on a complaint's page."""

    at: AwareDatetime | None = col("发生时间；页面未印时间则为空", "when; null where the page prints no time")
    actor: Actor = col("谁做的：投诉人、平台、门户", "who: complainant, platform, portal")
    kind: EventKind = col("步骤种类", "kind of step")
    text: str | None = col("页面文字（未脱敏，不外传）", "text as printed (not redacted, never published)")
    hidden: bool = col("内容是否仅双方可见", "whether the content is shown only to the parties", default=False)


class Rating(Record):
    """投诉人评分 · the complainant's stars, 1 to 5; absent is absent."""

    attitude: int | None = col("服务态度", "attitude, stars", default=None, ge=1, le=5)
    process: int | None = col("处理速度", "speed of handling, stars", default=None, ge=1, le=5)
    satisfaction: int | None = col("满意度", "satisfaction, stars", default=None, ge=1, le=5)
    text: str | None = col("评语", "comment", default=None)


class Gone(Record):
    """页面消失 · the page was found gone."""

    at: AwareDatetime = col("发现消失的时间", "when it was found gone")
    kind: Literal["deleted", "private", "not_found"] = col("页面的说法", "what the page said")


class RawComplaint(Record):
    """一次观测到的原始投诉（一行 JSON）· one complaint as one crawl saw it, one JSON line. Never published."""

    portal: str = col("门户代号", "portal slug")
    ref: str = col("门户的投诉编号", "the portal's own complaint number")
    url: str = col("原页面地址（按页面所印）", "address of the page, as printed")
    seen_at: AwareDatetime = col("观测时间", "when this was seen")
    found_via: str = col("怎样发现的，如 home:latest、revisit、import:名称", "how it was found")
    title: str | None = col("标题", "title", default=None)
    body: str | None = col("正文", "full text of the complaint", default=None)
    author: str | None = col("投诉人昵称；匿名则为空", "complainant's alias; null when anonymous", default=None)
    platform_name: str | None = col("页面所印投诉对象", "platform name as printed", default=None)
    platform_ref: str | None = col("门户内的商家编号", "the portal's id of the platform", default=None)
    issues: tuple[str, ...] = col("投诉问题", "issues as printed", default=())
    requests: tuple[str, ...] = col("投诉要求", "requests as printed", default=())
    amount_yuan: float | None = col(
        "涉诉金额（元）；未写为空", "disputed amount in yuan; absent is null", default=None, ge=0
    )
    filed_at: AwareDatetime | None = col("发起时间", "when it was filed", default=None)
    published_at: AwareDatetime | None = col("门户公开时间", "when the portal published it", default=None)
    status: str | None = col("页面所印进度词", "status word as printed", default=None)
    group_ref: str | None = col("门户的集体投诉编号", "the portal's group-complaint number", default=None)
    rating: Rating | None = col("投诉人评分", "the complainant's rating", default=None)
    gone: Gone | None = col("页面消失的记录", "set when the page was found gone", default=None)
    page_digest: str | None = col("页面内容的 SHA-256", "SHA-256 of the page", default=None)
    events: tuple[RawEvent, ...] = col("步骤，旧在前", "steps, oldest first", default=())
