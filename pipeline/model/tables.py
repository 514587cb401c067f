"""What is published: one class a table."""

from typing import Literal

from pydantic import AwareDatetime

from pipeline.model.statistics import ScoreState
from pipeline.model.words import Actor, EventKind, Kept, Label, Record, Rung, Share, State, T0Basis, col


class Edition(Record):
    """期次 · one published build."""

    id: str = col("期次编号", "edition id")
    as_of: AwareDatetime = col("数据截至", "as-of time")
    method_version: str = col("方法版本", "version of the method")
    inputs_digest: str = col("输入文件的 SHA-256", "SHA-256 over all inputs")
    n_complaints: int = col("投诉数", "complaints")
    n_cases: int = col("案件数", "cases")
    n_platforms: int = col("平台数", "platforms")


class Complaint(Record):
    """投诉 · one record on one portal, redacted, at its latest sighting."""

    id: str = col("投诉代号：门户/编号", "portal/ref")
    portal: str = col("门户", "portal")
    ref: str = col("门户的投诉编号", "the portal's complaint number")
    url: str = col("原页面", "page on the portal")
    found_via: str = col("怎样发现的", "how it was found")
    platform: str | None = col("平台代号；无法归属为空", "platform id; null when unresolved")
    platform_name: str | None = col("页面所印平台名称", "platform name as printed")
    case_id: str | None = col("所属案件；门户未受理的不成案", "its case; a complaint not admitted makes none")
    campaign_id: str | None = col("所属集体投诉", "its campaign")
    title: str | None = col("标题（已脱敏）", "title, redacted")
    excerpt: str | None = col("摘录（已脱敏，≤200 字）", "excerpt, redacted, at most 200 characters")
    issues: str = col("门户所印投诉问题（以 | 分隔）", "issues as the portal prints them, separated by |")
    topics: str = col(
        "按本站分类归入的问题（以 | 分隔，依文字与门户所印问题；其他 为未能归入）",
        "what it is about in our taxonomy, separated by |, from its words and the printed issues; 其他 when none fits",
        default="其他",
    )
    goods: str | None = col(
        "文字提到的商品种类（以 | 分隔）；未提到为空",
        "kinds of goods its words name, separated by |; null when none",
        default=None,
    )
    requests: str = col("投诉要求（以 | 分隔）", "requests, separated by |")
    amount_yuan: float | None = col(
        "涉诉金额（元），印出的先于文中写明的；只有区间或未写为空",
        "disputed amount, yuan: as printed, else as the text states it; null when neither gives one sum",
    )
    amount_low: float | None = col(
        "涉诉金额的下限（确数则相等）", "least the amount can be; equal to amount_yuan when exact", default=None
    )
    amount_high: float | None = col("涉诉金额的上限（确数则相等）", "most it can be", default=None)
    amount_source: Literal["printed", "text"] | None = col(
        "金额出处：printed 门户印出（印 0 视为未写）；text 投诉文字；未写为空",
        "where the amount is from: the portal's field (a printed 0 is an empty field), the text, or null when absent",
        default=None,
    )
    filed_at: AwareDatetime | None = col("发起时间", "filed")
    published_at: AwareDatetime | None = col("公开时间", "published")
    assigned_at: AwareDatetime | None = col("门户分配给平台的时间", "handed to the platform")
    status: str | None = col("页面所印进度词（不用于判定）", "status word as printed (never decides)")
    group_ref: str | None = col("门户的集体投诉编号", "the portal's group-complaint number")
    satisfaction: int | None = col("满意度星数（不等于解决）", "satisfaction stars (no resolution by themselves)")
    first_seen_at: AwareDatetime = col("首次观测", "first seen")
    last_seen_at: AwareDatetime = col("最近观测", "last seen")
    gone_at: AwareDatetime | None = col("发现页面消失的时间", "found gone")
    standing: Literal["counted", "imported", "official", "pending", "rejected", "not_understood"] = col(
        "是否进入比率：counted 计入；imported 仅导入、未经本站观测；official 官方结案公示，只作旁证；pending 门户尚未受理；rejected 门户未受理；not_understood 记录未读懂",
        "whether it enters rates, and why not")  # fmt: skip


class Sighting(Record):
    """观测 · what a complaint looked like at one crawl; append-only."""

    complaint: str = col("投诉代号", "complaint id")
    seen_at: AwareDatetime = col("观测时间", "when")
    found_via: str = col("怎样发现的", "how it was found")
    status: str | None = col("当时的进度词", "status word then")
    n_events: int = col("当时的步骤数", "steps then")
    gone: str | None = col("消失种类；在则为空", "kind of disappearance; null while the page was there")
    record_digest: str = col("规范记录（脱敏后）的 SHA-256", "SHA-256 of the canonical redacted record")


class Event(Record):
    """事件 · a dated step, without its text."""

    id: str = col("事件代号：投诉代号#序号", "complaint id # sequence")
    complaint: str = col("投诉代号", "complaint id")
    seq: int = col("序号，从 0", "sequence, from 0")
    at: AwareDatetime | None = col("时间", "when")
    actor: Actor = col("谁", "who")
    kind: EventKind = col("种类", "kind")
    hidden: bool = col("内容是否仅双方可见", "content shown only to the parties")


class Reply(Record):
    """平台回复及其判定 · a platform's reply and its verdict."""

    id: str = col("事件代号", "event id")
    complaint: str = col("投诉代号", "complaint id")
    case_id: str | None = col("案件", "case id")
    platform: str | None = col("平台代号", "platform id")
    at: AwareDatetime | None = col("时间", "when")
    kind: EventKind = col("replied 或 completion_requested", "replied or completion_requested")
    excerpt: str | None = col("摘录（已脱敏，≤200 字）", "excerpt, redacted")
    hidden: bool = col("内容仅双方可见", "content hidden by the portal")
    label: Label = col("判定标签", "label")
    substantive: bool | None = col("是否实质回复；隐藏为空", "substantive or not; null when hidden")
    confidence: Share = col("把握度", "confidence")
    rule: str = col("规则编号与版本", "rule and version")
    why: str = col("理由", "reason")
    template: str | None = col("所属模板", "template id")
    weight: Literal["substantive", "doubtful", "formal", "formal_doubtful"] = col(
        "计入方式：实质；存疑（按实质计、上界按敷衍计）；形式；形式存疑（下界按实质计）",
        "how it counts: substantive; doubtful (substantive, but not in the high bound); formal; formal_doubtful (formal, but substantive in the low bound)")  # fmt: skip


class Case(Record):
    """案件 · one person's one dispute; the unit of every rate. Verdict at 30 days."""

    id: str = col("案件代号（最早成员的投诉代号）", "id of its first complaint")
    platform: str | None = col("平台代号", "platform id")
    portals: str = col("门户（以 | 分隔）", "portals, separated by |")
    n_complaints: int = col("投诉数", "complaints in the case")
    campaign_id: str | None = col("所属集体投诉", "campaign")
    t0: AwareDatetime | None = col("计时起点", "start of the clock")
    t0_basis: T0Basis | None = col("起点依据", "what the clock starts from")
    month: str | None = col("起点月份（上海时间）", "month of t0, Shanghai time")
    delivered: bool = col("期限内是否送达平台", "whether it reached the platform within the horizon")
    deadline_at: AwareDatetime | None = col("期限 t0+30 天", "t0 + 30 days")
    state: State = col("judged 已判定；unseen 到期后未再观测；too_young 未到期", "judged, unseen or too young")
    rung: Rung | None = col("结局（期限时，冻结）", "outcome at the horizon, frozen")
    rung_low: Rung | None = col("对平台最有利的结局", "outcome with doubtful verdicts in the platform's favour")
    rung_high: Rung | None = col("对平台最不利的结局", "outcome with doubtful verdicts against it")
    why: str = col("一句话理由", "reason in one sentence, in Chinese")
    why_en: str = col("一句话理由（英文）", "reason in one sentence, in English", default="")
    hidden_only: bool = col("只有隐藏回复", "all replies hidden")
    contradicted: bool = col("投诉人在期限内否认平台的说法", "the complainant contradicted a claim or offer in time")
    mediated: bool = col(
        "按全国12315 公示的达成调解计为解决", "resolved by a mediation that 12315 published", default=False
    )
    in_headline: bool = col("起点在主窗口内且已到期、计入比率", "matured, in the headline window, counted")
    in_promises: bool = col("起点在承诺指标的窗口内、计入比率", "t0 in the window of the promises, counted")
    standing: Literal["counted", "imported", "official", "not_understood"] = col(
        "counted 计入；imported 仅导入；official 只有官方结案公示；not_understood 有记录未读懂",
        "counted; imported only; official endings only; a record not understood",
    )
    open_days: int | None = col("未到期案件的天数", "age in days of a case not yet matured")
    replies_in_time: int = col("期限内平台回复次数", "replies of the platform up to the deadline")
    first_reply_at: AwareDatetime | None = col("平台首次回复", "first reply of the platform")
    first_substantive_at: AwareDatetime | None = col("首次实质回复", "first substantive reply")
    answered_late: bool = col("期限后才有实质回复", "first substantive reply came after the deadline")
    t24: Kept | None = col("24 小时内有回复", "any reply within 24 hours")
    t48: Kept | None = col("48 小时内有可见实质回复", "a visible substantive reply within 48 hours")
    t7: Kept | None = col("7 个工作日内解决（确认或声称）", "confirmed or claimed resolution within 7 working days")
    t7_confirmed: Kept | None = col("7 个工作日内经投诉人确认解决", "confirmed resolution within 7 working days")
    issues: str = col(
        "最早一件投诉上门户所印的问题（以 | 分隔）", "issues printed on its first complaint, separated by |"
    )
    topics: str = col(
        "按本站分类归入的问题（以 | 分隔，依文字与门户所印问题；其他 为未能归入）",
        "what it is about in our taxonomy, separated by |, from its words and the printed issues; 其他 when none fits",
        default="其他",
    )
    goods: str | None = col(
        "文字提到的商品种类（以 | 分隔）；未提到为空",
        "kinds of goods its words name, separated by |; null when none",
        default=None,
    )
    amount_yuan: float | None = col(
        "涉诉金额（元），印出的先于文中写明的；只有区间或未写为空",
        "disputed amount, yuan: as printed, else as the text states it; null when neither gives one sum",
    )
    amount_low: float | None = col(
        "涉诉金额的下限（确数则相等）", "least the amount can be; equal to amount_yuan when exact", default=None
    )
    amount_high: float | None = col("涉诉金额的上限（确数则相等）", "most it can be", default=None)
    amount_source: Literal["printed", "text"] | None = col(
        "金额出处：printed 门户印出（印 0 视为未写）；text 投诉文字；未写为空",
        "where the amount is from: the portal's field (a printed 0 is an empty field), the text, or null when absent",
        default=None,
    )


class Campaign(Record):
    """集体投诉 · many different cases on one platform sharing a text or an outage; never merged."""

    id: str = col("代号", "id")
    platform: str | None = col("平台代号", "platform id")
    kind: Literal["template", "quote", "event"] = col("种类", "kind")
    n_cases: int = col("案件数", "cases")
    n_complaints: int = col("投诉数", "complaints")
    first_at: AwareDatetime | None = col("最早", "first")
    last_at: AwareDatetime | None = col("最晚", "last")
    title: str | None = col("代表标题（已脱敏）", "title of its first complaint, redacted")


class Merge(Record):
    """合并账 · one row per pair that was merged or campaigned together, with evidence."""

    id: str = col("编号", "id")
    kind: Literal["case", "campaign"] = col("合并为案件或集体投诉", "merged into a case or a campaign")
    into: str = col("并入的代号", "case or campaign id")
    left: str = col("投诉代号", "complaint id")
    right: str = col("投诉代号", "complaint id")
    identity: str = col("身份证据种类（以 | 分隔，不含内容）", "kinds of identity evidence, never their content")
    text_score: Share = col("文字相似度", "text similarity")
    rule: str = col("规则与版本", "rule and version")


class Template(Record):
    """模板 · a reply text one platform used on at least five complaints."""

    id: str = col("代号", "id")
    platform: str = col("平台代号", "platform id")
    label: Label = col("标签", "label")
    text: str = col("全文（已遮盖姓名、数字、日期）", "text with names, numbers and dates masked")
    n_replies: int = col("使用次数", "times used")
    n_complaints: int = col("涉及投诉数", "complaints it stands on")
    first_at: AwareDatetime | None = col("首次", "first seen")
    last_at: AwareDatetime | None = col("最近", "last seen")


class Scorecard(Record):
    """成绩单：一行一个数 · one number per row."""

    edition: str = col("期次", "edition")
    platform: str = col("平台代号；* 为全市场", "platform id; * is the market")
    horizon: str = col("期限，如 30d、24h、48h、7wd", "horizon")
    slice: str = col("切片：all、portal:…、issue:…、month:…、amount:…", "slice")
    measure: str = col("指标", "measure")
    k: int | None = col("分子件数", "numerator")
    n: int | None = col("分母件数", "denominator")
    value: float | None = col("数值", "value")
    low: float | None = col("95% 区间下限", "lower end of the 95 % interval")
    high: float | None = col("95% 区间上限", "upper end of the 95 % interval")
    state: ScoreState = col(
        "ok；few 不足 30 件；counts_only 不足 10 件只给件数；unseen 未再观测超过一成只给件数；young 该月未全部到期；not_reached 未达到",
        "ok; few: under 30; counts_only: under 10; unseen: more than a tenth unseen, counts only; young: a month not fully matured; not_reached")  # fmt: skip
    sql: str = col("得出此数的 SQL", "the SQL that makes this number")


class Finding(Record):
    """数据质量发现 · a data-quality record: what could not be read, and what was done."""

    id: str = col("编号", "id")
    stage: str = col("环节", "stage")
    kind: str = col("种类", "kind")
    portal: str | None = col("门户", "portal")
    subject: str = col("记录", "the record it is about")
    detail: str = col("说明（已脱敏）", "detail, redacted")
    remedy: str = col("补救", "remedy")


class Tombstone(Record):
    """墓碑 · a page that disappeared, dated, without personal text."""

    complaint: str = col("投诉代号", "complaint id")
    platform: str | None = col("平台代号", "platform id")
    kind: str = col("页面的说法", "what the page said")
    last_alive_at: AwareDatetime | None = col("最后一次见到", "last seen alive")
    gone_at: AwareDatetime = col("发现消失", "found gone")
    had_terminal: bool = col("消失前是否已有终局步骤", "whether a terminal step had been seen")


class Coverage(Record):
    """覆盖率 · what was collected against the portal's own counts."""

    portal: str = col("门户", "portal")
    scope: str = col("范围", "scope")
    collected: int = col("收录数", "collected")
    portal_count: int | None = col("门户自己的计数；无则为空", "the portal's own count; null where it prints none")
    counted_at: AwareDatetime | None = col("计数时间", "when counted")
