"""The ratings the replica publishes, by the portal's documented rule."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawlers.lab.dianshubao.filings import Filing

_STARS = {"bad": 2.0, "common": 5.0, "pleased": 8.0, "perfect": 10.0}


@dataclass(frozen=True)
class Figures:
    """One platform's row. Shares 0 to 1, `score_ave` 0 to 10, all rounded as printed."""

    company: str
    sum: int
    total: int
    rate: float
    feedback_total: int
    pre: float
    feedback: float
    score_ave: float
    buy: float
    grade: str


def _speed(filing: Filing) -> float:
    if filing.time2 is None or filing.time3 is None:
        return 0.0
    waited = filing.time3 - filing.time2
    return 1.0 if waited < timedelta(hours=72) else 0.6 if waited <= timedelta(hours=120) else 0.0


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _row(company: str, filed: list[Filing], clock: datetime, everyone: int) -> Figures:
    valid = [filing for filing in filed if filing.state(clock) not in (1, 5)]
    replied = [filing for filing in valid if filing.time3 and filing.time3 <= clock]
    rated = [_STARS[f.review] for f in valid if f.review and f.time4 and f.time4 <= clock]
    pre = round(len(replied) / len(valid), 4) if valid else 0.0
    feedback = round(_mean([_speed(filing) for filing in replied]), 3)
    score = round(_mean(rated), 2)
    buy = 0.5 * pre + 0.3 * feedback + 0.2 * score / 10
    grade = "不建议下单" if buy < 0.4 else "谨慎下单" if buy < 0.75 else "建议下单"
    share = round(len(filed) / everyone, 4)
    return Figures(company, len(filed), len(valid), share, len(replied), pre, feedback, score, round(buy, 3), grade)


def figures(filings: Iterable[Filing], clock: datetime) -> list[Figures]:
    """A row per platform with a complaint at this clock, most complaints first."""
    shown = [filing for filing in filings if filing.time1 <= clock]
    companies = sorted({filing.to_company for filing in shown})
    rows = [_row(name, [f for f in shown if f.to_company == name], clock, len(shown)) for name in companies]
    return sorted(rows, key=lambda row: (-row.sum, row.company))
