"""What the statistics publish beside the scorecards: one class a table."""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime

from pipeline.model.words import Record, Rung, Share, State, col

ScoreState = Literal["ok", "few", "counts_only", "unseen", "young", "not_reached", "no_text"]
Cause = Literal["replied", "withdrawn", "closed", "vanished", "censored"]


class Outcome(Record):
    """结局：每个案件在每个期限 · what had become of each case at each horizon, frozen."""

    case_id: str = col("案件", "case id")
    horizon: str = col("期限：7wd、30d、90d", "horizon: 7wd, 30d, 90d")
    platform: str | None = col("平台代号", "platform id")
    t0: AwareDatetime | None = col("计时起点（该期限内送达才以分配时间起算）", "start of the clock at this horizon")
    deadline_at: AwareDatetime | None = col("期限时刻", "deadline")
    official: bool = col(
        "期限内每一天都有官方日历；否则不进比率", "every day up to the deadline is official; else outside rates"
    )
    delivered: bool = col("期限内是否送达平台", "whether it reached the platform within the horizon")
    state: State = col("judged 已判定；unseen 到期后未再观测；too_young 未到期", "judged, unseen or too young")
    rung: Rung | None = col("结局", "outcome")
    rung_low: Rung | None = col("对平台最有利的结局", "outcome with doubtful verdicts in the platform's favour")
    rung_high: Rung | None = col("对平台最不利的结局", "outcome with doubtful verdicts against it")
    replies_in_time: int = col("期限内平台回复次数", "replies of the platform up to the deadline")
    in_headline: bool = col("进入该期限的比率", "enters the rates at this horizon")


class PortalOutcome(Record):
    """各门户上的结局：同一案件在多个门户时 · what each portal alone shows of a case that stands on several, at 30 days."""

    case_id: str = col("案件", "case id")
    portal: str = col("门户", "portal")
    n_complaints: int = col("该门户上的投诉数", "its complaints on this portal")
    t0: AwareDatetime | None = col("该门户上的计时起点", "start of the clock on this portal")
    deadline_at: AwareDatetime | None = col("期限时刻", "deadline")
    delivered: bool = col("期限内是否送达平台", "whether it reached the platform within the horizon")
    state: State = col("judged 已判定；unseen 到期后未再观测；too_young 未到期", "judged, unseen or too young")
    rung: Rung | None = col("只看该门户的结局；不另计比率", "outcome by this portal alone; enters no rate of its own")
    rung_low: Rung | None = col("对平台最有利的结局", "outcome with doubtful verdicts in the platform's favour")
    rung_high: Rung | None = col("对平台最不利的结局", "outcome with doubtful verdicts against it")
    replies_in_time: int = col("期限内平台在该门户的回复次数", "replies of the platform there up to the deadline")


class Conduct(Record):
    """经过：每个案件的等待与往来 · each counted case's wait for a substantive reply, and what followed an offer, a claim, a contact."""

    case_id: str = col("案件", "case id")
    platform: str | None = col("平台代号", "platform id")
    in_headline: bool = col("进入 30 天比率且已判定", "in the 30-day rates and judged")
    found_after_days: float = col(
        "起点后多少天才被发现；0 为当时已见", "days from t0 to our first sighting; 0 when seen by then"
    )
    days: float = col(
        "从起点到首次实质回复、其他终局或最后观测的天数",
        "days from t0 to the first substantive reply, another end, or the last sighting",
    )
    earliest_days: float = col(
        "未印时间的回复最早可能的天数；其余同 days",
        "earliest possible days where the reply prints no time; else as days",
    )
    cause: Cause = col(
        "replied 实质回复；withdrawn 撤诉；closed 其他终局；vanished 页面消失；censored 观测止于此",
        "what ended the wait; censored: observation stops there")  # fmt: skip
    offer: Literal["confirmed", "contradicted", "unheard"] | None = col(
        "平台作出承诺之后：确认、否认、没有下文；未承诺为空", "after an offer: confirmed, contradicted, unheard; null without one")  # fmt: skip
    claimed: bool = col("平台在期限内称已解决或申请完成", "the platform claimed a resolution in time")
    reopened: bool = col("此后投诉人在期限内补充投诉", "the complainant followed up after that, in time")
    contacted: bool = col("平台在期限内有任何步骤", "any step of the platform in time")
    withdrawn_soon: bool = col("平台接触后 72 小时内撤诉", "withdrawn within 72 hours of a contact by the platform")


class CurvePoint(Record):
    """曲线：首次实质回复的累积发生率 · cumulative incidence of the first substantive reply (Aalen–Johansen)."""

    platform: str = col("平台代号；* 为全市场", "platform id; * is the market")
    days: float = col("起点后的天数", "days after t0")
    incidence: Share = col("到此时已得到实质回复的份额", "share that had a substantive reply by then")
    low: float | None = col("95% 区间下限", "lower end of the 95 % interval")
    high: float | None = col("95% 区间上限", "upper end of the 95 % interval")
    earliest: Share = col(
        "未印时间的回复按最早可能计时的份额，不低于前者",
        "the same with undated replies at their earliest, at least that",
    )
    at_risk: int = col("此时仍在等待且在观测中的案件", "cases still waiting and observed at that time")


class Band(Record):
    """分档：与按门户标准化的市场率相比 · against the portal-standardised market rate, false discoveries controlled."""

    platform: str = col("平台代号", "platform id")
    k: int = col("石沉件数", "sunk cases")
    n: int = col("判定件数", "judged cases")
    value: float | None = col("石沉率", "sink rate")
    expected: float | None = col("同样门户构成下的市场率", "the market's rate at the platform's mix of portals")
    p_value: float | None = col("双侧精确二项检验", "two-sided exact binomial test")
    q_value: float | None = col("Benjamini–Hochberg 调整", "Benjamini–Hochberg adjusted")
    delivered_k: int = col("其中已送达的石沉件数", "sunk among delivered cases")
    delivered_n: int = col("其中已送达的判定件数", "judged delivered cases")
    delivered_expected: float | None = col("已送达案件的市场率", "the market's rate among delivered cases")
    delivered_p_value: float | None = col("双侧精确二项检验（已送达）", "the same test among delivered cases")
    delivered_q_value: float | None = col("Benjamini–Hochberg 调整（已送达）", "adjusted, among delivered cases")
    hidden_share: float | None = col("已送达中只有隐藏回复的份额", "share of delivered cases with hidden replies only")
    unseen_share: float | None = col("到期未再观测的份额", "share of matured cases not seen again")
    band: Literal["above", "indistinct", "below"] | None = col(
        "above 明显高于；indistinct 无法区分；below 明显低于；不分档为空", "clearly above, not distinguishable, clearly below; null without a band")  # fmt: skip
    why: Literal["", "few", "unseen", "hidden"] = col(
        "不分档的原因：不足 30 件、未再观测超过一成、隐藏超过两成", "why there is no band: under 30 cases, over a tenth unseen, over a fifth hidden")  # fmt: skip
    sql: str = col("得出这些数的 SQL", "the SQL that makes these numbers")


class FunnelPoint(Record):
    """漏斗图：件数与石沉率的控制限 · control limits for the sink rate by number of cases (Spiegelhalter 2005)."""

    platform: str = col("平台代号", "platform id")
    k: int = col("石沉件数", "sunk cases")
    n: int = col("判定件数", "judged cases")
    value: float = col("石沉率", "sink rate")
    expected: float = col("按门户标准化的市场率", "portal-standardised market rate")
    z: float = col("反正弦尺度上的标准分", "z score on the arcsine scale")
    phi: float = col(
        "缩尾估计的过度离散；不显著大于 1 时为 1", "over-dispersion, winsorised; 1 unless significantly above 1"
    )
    low95: float = col("95% 控制限下", "lower 95 % limit")
    high95: float = col("95% 控制限上", "upper 95 % limit")
    low998: float = col("99.8% 控制限下", "lower 99.8 % limit")
    high998: float = col("99.8% 控制限上", "upper 99.8 % limit")
    sql: str = col("得出件数、市场率与标准分的 SQL", "the SQL that makes counts, market rate and z score")


class Flag(Record):
    """异常标记 · what stands out from the market's own share, false discoveries controlled."""

    platform: str = col("平台代号", "platform id")
    flag: str = col(
        "种类：withdrawal_burst 接触后撤诉集中；undelivered 未送达过半；undelivered_recent 最近三个到期月份未送达过半",
        "kind: withdrawal_burst, withdrawals soon after a contact; undelivered, more than half never reached; undelivered_recent, the same in the newest three matured months")  # fmt: skip
    k: int = col("件数", "cases")
    n: int = col("分母", "out of")
    value: float = col("份额", "share")
    low: float = col("95% 区间下限", "lower end of the 95 % interval")
    high: float = col("95% 区间上限", "upper end of the 95 % interval")
    market: float = col("市场份额", "the market's share")
    p_value: float = col("单侧精确二项检验", "one-sided exact binomial test")
    q_value: float = col("Benjamini–Hochberg 调整", "Benjamini–Hochberg adjusted")
    raised: bool = col(
        "撤诉集中：q ≤ 5%；未送达：份额过半", "withdrawal_burst: q at most 5 %; undelivered: more than half"
    )
    sql: str = col("得出这些数的 SQL", "the SQL that makes these numbers")


class MoneyRow(Record):
    """涉诉金额：按结局 · disputed amounts by outcome; an absent amount is absent, not 0."""

    platform: str = col("平台代号；* 为全市场", "platform id; * is the market")
    rung: str = col("结局；unseen 未再观测；too_young 未到期", "outcome; unseen; too_young: not matured")
    n_cases: int = col("案件数", "cases")
    n_amounts: int = col("写明金额的案件数", "cases with an amount")
    sum_yuan: float | None = col("金额合计（元）", "sum, yuan")
    p25_yuan: float | None = col("四分之一位（元）", "lower quartile, yuan")
    p50_yuan: float | None = col("中位（元）", "median, yuan")
    p75_yuan: float | None = col("四分之三位（元）", "upper quartile, yuan")
    p90_yuan: float | None = col("九成位（元）", "90th percentile, yuan")
    max_yuan: float | None = col("最大（元）", "largest, yuan")
    sql: str = col("得出这些数的 SQL", "the SQL that makes these numbers")


class Robustness(Record):
    """稳健性：同一批案件在不同定义下 · the same cases under other definitions; the share each counts as handled."""

    platform: str = col("平台代号；* 为全市场", "platform id; * is the market")
    definition: str = col("定义", "definition")
    k: int = col("视为已处理的件数", "cases it counts as handled")
    n: int = col("其分母", "its denominator")
    value: float | None = col("视为已处理的份额", "share it counts as handled")
    low: float | None = col("95% 区间下限", "lower end of the 95 % interval")
    high: float | None = col("95% 区间上限", "upper end of the 95 % interval")
    state: ScoreState = col("ok；few；counts_only；unseen，同 scorecards", "as in scorecards")
    sql: str = col("得出此数的 SQL", "the SQL that makes this number")


class PortalScore(Record):
    """门户成绩单 · portals by the same yardstick, one number per row."""

    portal: str = col("门户", "portal")
    measure: str = col("指标", "measure")
    k: int | None = col("分子件数", "numerator")
    n: int | None = col("分母件数", "denominator")
    value: float | None = col("数值；天数或份额；未达到为空", "value, days or share; null where not reached")
    low: float | None = col("95% 区间下限", "lower end of the 95 % interval")
    high: float | None = col("95% 区间上限", "upper end of the 95 % interval")
    state: ScoreState = col("ok；few；counts_only；not_reached 未达到", "as in scorecards; not_reached")
    sql: str = col("得出此数的 SQL", "the SQL that makes this number")


class Claim(Record):
    """自称与实测：门户印出的比率与其中站得住的份额 · what a portal prints about a platform, and what of it holds."""

    portal: str = col("门户", "portal")
    platform: str = col("平台代号", "platform id")
    measure: str = col(
        "reply_rate 回复率（实测：期限内有实质回复）；completion_rate 完成率或解决率（实测：期限内投诉人确认）",
        "reply_rate (measured: a substantive reply in time), completion_rate (measured: confirmed by the complainant in time)")  # fmt: skip
    claimed: Share = col("门户印出的份额", "share as the portal prints it")
    claimed_n: int = col("门户印出的分母", "its denominator as printed")
    counted_at: AwareDatetime = col("门户计数的观测时间", "when we saw the portal's figures")
    k: int = col("实测件数（主窗口内该门户的案件）", "what holds, headline cases on this portal")
    n: int = col("其分母", "out of")
    value: float | None = col("实测份额", "measured share")
    low: float | None = col("95% 区间下限", "lower end of the 95 % interval")
    high: float | None = col("95% 区间上限", "upper end of the 95 % interval")
    state: ScoreState = col("同 scorecards", "as in scorecards")
    sql: str = col("得出此数的 SQL", "the SQL that makes this number")


class RadarRow(Record):
    """雷达：某平台某类问题某一周的新案件，与它自己此前的每周件数相比 · new cases of a platform, issue and week against its own baseline."""

    platform: str = col("平台代号", "platform id")
    issue: str = col("问题；* 为全部问题", "issue; * is all issues")
    week: date = col("该周的星期一（上海时间）", "Monday of the week, Shanghai time")
    n: int = col("该周发起的案件", "cases filed in that week")
    before: int = col("基线各周发起的案件", "cases filed in the weeks of the baseline")
    weeks: int = col("基线周数", "weeks of the baseline")
    exposure: float = col("该周已过去的份额；过完为 1", "share of the week that has passed; 1 when over")
    expected: float = col("按基线应有的件数", "cases the baseline expects")
    p_value: float = col("负二项分布下出现这么多或更多的概率", "negative binomial probability of as many or more")
    q_value: float = col("Benjamini–Hochberg 调整（按周）", "Benjamini–Hochberg adjusted, week by week")
    flagged: bool = col("q ≤ 5%", "q at most 5 %")
    dispersion: float = col("全市场周与周之间的过度离散", "the market's week-to-week over-dispersion")
    sql: str = col("得出件数的 SQL", "the SQL that counts them")


class NoticeSimulation(Record):
    """预警规则的模拟：24 个月内列入的概率 · how often the notice rule is met within 24 months, simulated with over-dispersion."""

    rho: float = col("月内相关 ρ（贝塔二项）", "correlation within a month, ρ (beta-binomial)")
    true_rate: float = col("真实石沉率", "true sink rate")
    per_month: int = col("每月判定案件", "judged cases a month")
    runs: int = col("模拟次数", "simulated platforms")
    seed: int = col("随机种子", "seed of the random numbers")
    met: int = col("其中达到条件的", "of them, met the rule")
    value: float = col("达到条件的份额", "share that met the rule")
    low: float = col("95% 区间下限", "lower end of the 95 % interval")
    high: float = col("95% 区间上限", "upper end of the 95 % interval")
    median_months: float | None = col(
        "达到条件者的月数中位；无人达到为空", "median months until met, among those; null when none"
    )


class Mirror(Record):
    """有诺必达 · the mirror of the notice list: who kept what it promised, criterion by criterion."""

    platform: str = col("平台代号", "platform id")
    n: int = col("判定件数（至少 30）", "judged cases, at least 30")
    high_k: int = col("石沉率上界：石沉件数", "high bound of the sink rate: sunk")
    high_n: int = col("石沉率上界：分母", "high bound of the sink rate: out of")
    high_limit: float = col("上界的单侧 95% 上限（须 < 20%）", "its one-sided upper 95 % bound, must be below 20 %")
    t48_k: int = col("48 小时内有可见实质回复", "kept within 48 hours")
    t48_n: int = col("其分母（无法判定的按未兑现）", "out of; the undecidable count as broken")
    t48_low: float = col("单侧 95% 下限（须 > 80%）", "its one-sided lower 95 % bound, must exceed 80 %")
    offers_confirmed: int = col("承诺经投诉人确认", "offers confirmed")
    offers_contradicted: int = col("承诺被投诉人否认", "offers contradicted")
    offers_unheard: int = col("承诺没有下文", "offers without word")
    hidden_share: float = col("只有隐藏回复的份额（须 ≤ 20%）", "share with hidden replies only, at most 20 %")
    unseen_share: float = col("到期未再观测的份额（须 ≤ 10%）", "share not seen again, at most 10 %")
    listed: bool = col("全部满足", "all criteria met")
    why: str = col("未满足的条件（以 | 分隔）", "criteria not met, separated by |")
    sql: str = col("得出这些件数的 SQL", "the SQL that makes these counts")


class TypicalCase(Record):
    """典型案件：各平台各问题 · of each topic on each platform the case whose words are most like the others' (medoid)."""

    platform: str = col("平台代号", "platform id")
    topic: str = col("投诉问题（本站分类）", "topic, in our taxonomy")
    case_id: str = col("案件代号", "case id")
    n_cases: int = col("该平台此问题的案件数", "cases of the platform with this topic")
    n_compared: int = col(
        "参与比较的案件数（超过 100 件时按代号摘要取 100 件）",
        "cases compared: all, or the hundred with the smallest digests of their ids",
    )
    likeness: float = col(
        "与其余案件三字片段的平均余弦相似度，在比较的案件中最高",
        "mean cosine similarity of its 3-grams to the others', the highest of those compared",
    )
    excerpt: str = col("摘录（已脱敏，≤200 字）", "excerpt, redacted, at most 200 characters")


STATISTICS: dict[str, type[Record]] = {
    "outcomes": Outcome, "portal_outcomes": PortalOutcome, "conduct": Conduct, "curves": CurvePoint, "bands": Band, "funnel": FunnelPoint,
    "flags": Flag, "money": MoneyRow, "robustness": Robustness, "portal_scores": PortalScore,
    "claims": Claim, "radar": RadarRow, "notice_simulation": NoticeSimulation, "mirror": Mirror, "typical_cases": TypicalCase,
}  # fmt: skip
