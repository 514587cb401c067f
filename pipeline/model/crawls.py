"""What the public may know about each crawl: when, how much, what was refused. No address of any page."""

from pydantic import AwareDatetime

from pipeline.model.words import Record, col


class Crawl(Record):
    """抓取：每个门户每一次 · one row per crawl of a portal, as its report counted it."""

    portal: str = col("门户", "portal")
    run: str = col("这一次的名称（起始时间）", "name of the run: when it began")
    started_at: AwareDatetime = col("开始", "started, by the machine's clock")
    ended_at: AwareDatetime | None = col("结束；未结束为空", "ended; null where it did not")
    last_record_at: AwareDatetime | None = col(
        "最后一条记录的观测时间；没有记录为空", "sighting time of its last record; null without records"
    )
    complete: bool = col("要看的页面都请求过了", "every page it meant to see was asked for")
    n_problems: int = col("使这次结果不可信的问题数；0 为可信", "reasons not to trust the run; 0 means trusted")
    listed: int = col("列表上见到的投诉数", "complaints met on lists")
    planned: int = col("打算打开的页面数", "pages it set out to open")
    n_new: int = col("新记录", "records that are new")
    n_changed: int = col("有变化的记录", "records that changed")
    n_same: int = col("没有变化的记录", "records unchanged")
    n_gone: int = col("打不开的投诉页面", "complaint pages found gone")
    n_refused: int = col("没有进入或被拒绝的请求", "requests refused, or not made because of a rule")
    n_gaps: int = col("想看而没有看到的页面", "pages wanted and not seen")
    n_findings: int = col("没有读懂之处", "findings: what could not be read")
    n_elsewhere: int = col("指向门户之外、没有打开的链接", "links that leave the portal, never followed")
    gone: str = col("打不开的页面，按种类：种类 件数", "pages gone, by kind: kind count")
    refused: str = col("拒绝，按种类：种类 次数", "refusals, by kind: kind count")
    findings: str = col("没有读懂之处，按种类：种类 件数", "findings, by kind: kind count")
    waited_seconds: float = col("为守规矩而等待的秒数", "seconds waited out of manners")
