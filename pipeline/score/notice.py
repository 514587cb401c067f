"""The notice list: found, sent, entered, left, each with its arithmetic (method.md §5).

A pool is three calendar months of t0. It is evaluated once, on the day its newest month has wholly matured. The rule
is met when the pool and the one before it (the three months before) both have at least 15 judged delivered cases and
a one-sided 95 % Wilson lower bound above 50 %.
An evaluation without a qualifying pool neither counts towards an exit nor interrupts one; six of them in a row end it.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import ValidationError

from pipeline.engine import SHANGHAI, Engine
from pipeline.errors import BadInput
from pipeline.formula import DELIVERED, HEADLINE_DAYS
from pipeline.model import Notice, Sent
from pipeline.schema import arrow_schema
from pipeline.score.counting import MOST_UNSEEN
from pipeline.score.rates import Floats, Ints, wilson

LINE = 0.50
POOL_MONTHS = 3
LEAST_CASES = 15
NOTICE_DAYS = 14
CLEAR_TO_LEAVE = 3
MONTHS_TO_EXPIRE = 6
ONE_SIDED = 0.90
"""Confidence of the two-sided interval whose ends are the one-sided 95 % bounds."""

MONTH_INDEX = "CAST(substr(month, 1, 4) AS INTEGER) * 12 + CAST(substr(month, 6, 2) AS INTEGER) - 1"
_BASE = "standing = 'counted' AND state <> 'too_young' AND month IS NOT NULL"
_JUDGED = f"state = 'judged' AND {DELIVERED.n}"
_SUNK = f"state = 'judged' AND {DELIVERED.k}"
_COUNTS = f"""
    SELECT platform, {MONTH_INDEX} AS month, count(*) FILTER (WHERE {_SUNK}) AS k, count(*) FILTER (WHERE {_JUDGED}) AS n,
           count(*) FILTER (WHERE state = 'unseen' AND delivered) AS unseen
    FROM cases WHERE {_BASE} AND platform IS NOT NULL GROUP BY ALL ORDER BY platform, month
"""
_Z = 1.6448536269514722
_LOW = f"(k * 1.0 / n + {_Z} * {_Z} / (2 * n) - {_Z} * sqrt(k * 1.0 / n * (1 - k * 1.0 / n) / n + {_Z} * {_Z} / (4.0 * n * n))) / (1 + {_Z} * {_Z} / n)"


@dataclass(frozen=True)
class Pools:
    """Counts of each platform's pool at each evaluation: arrays (platforms, evaluations); the pool of an evaluation is its month and two before."""

    platforms: list[str]
    months: Ints
    days: list[date]
    k: Ints
    n: Ints
    low: Floats
    qualifies: npt.NDArray[np.bool_]
    met: npt.NDArray[np.bool_]


def evaluated_on(month: int) -> date:
    """The day on which every case of a month (years × 12 + month − 1) has had its thirty days."""
    year, index = divmod(month + 1, 12)
    return date(year, index + 1, 1) + timedelta(days=HEADLINE_DAYS)


def lower_bound(k: Ints, n: Ints) -> Floats:
    """One-sided 95 % Wilson lower bound; 0 where there are no cases."""
    return np.nan_to_num(wilson(k, n, ONE_SIDED)[0])


def over_line(k: Ints, n: Ints) -> npt.NDArray[np.bool_]:
    """Where the lower bound is above the line."""
    return np.asarray(lower_bound(k, n) > LINE, bool)


def rule(over: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Where the rule is met: qualifying pools above the line along the last axis, one a month; both pools whole, three months apart."""
    met, whole = np.zeros_like(over), POOL_MONTHS - 1
    met[..., whole + POOL_MONTHS :] = over[..., whole + POOL_MONTHS :] & over[..., whole:-POOL_MONTHS]
    return met


def pooled(counts: Ints) -> Ints:
    """Sums over three months along the last axis; the first two months have shorter pools."""
    total = np.cumsum(counts, axis=-1)
    total[..., POOL_MONTHS:] -= total[..., :-POOL_MONTHS].copy()
    return total


def pools(engine: Engine, as_of: datetime) -> Pools:
    """Every platform at every evaluation up to `as_of`."""
    found = engine.sql(_COUNTS)
    newest = newest_month(as_of)
    month = found["month"].to_numpy().astype(np.int64)
    mature = month <= newest
    names, row = np.unique(found["platform"].to_numpy(zero_copy_only=False).astype(str), return_inverse=True)
    first = int(month[mature].min()) if mature.any() else 0
    months = np.arange(first, newest + 1) if mature.any() else np.empty(0, np.int64)
    k, n, unseen = (
        _grid(found[name], (row, month - first, mature), (len(names), len(months))) for name in ("k", "n", "unseen")
    )
    qualifies = (n >= LEAST_CASES) & (unseen <= MOST_UNSEEN * (n + unseen))
    days = [evaluated_on(int(one)) for one in months]
    return Pools(names.tolist(), months, days, k, n, lower_bound(k, n), qualifies, rule(qualifies & over_line(k, n)))


def newest_month(as_of: datetime) -> int:
    """The newest month whose cases have all had their thirty days."""
    today = as_of.astimezone(ZoneInfo(SHANGHAI)).date()
    month = today.year * 12 + today.month - 1
    while evaluated_on(month) > today:
        month -= 1
    return month


def _grid(column: pa.ChunkedArray, where: tuple[Ints, Ints, npt.NDArray[np.bool_]], shape: tuple[int, int]) -> Ints:
    row, place, mature = where
    counts = np.zeros(shape, np.int64)
    counts[row[mature], place[mature]] = column.to_numpy()[mature]
    return pooled(counts)


def sent_notices(path: Path) -> list[Sent]:
    """Rows of notices.csv: platform, found_on, sent_on; further columns are for people and not read. No file, no rows."""
    if not path.is_file():
        return []
    with path.open(encoding="utf8", newline="") as handle:
        return [_sent(path, line, row) for line, row in enumerate(csv.DictReader(handle), start=2)]


def _sent(path: Path, line: int, row: dict[str, str]) -> Sent:
    try:
        return Sent.model_validate({name: row.get(name) or None for name in Sent.model_fields})
    except ValidationError as error:
        what = "; ".join(f"{one['loc'][0]}: {one['msg']}" for one in error.errors())
        raise BadInput(f"{path}:{line}: {what}") from error


def notices(engine: Engine, as_of: datetime, sent: Iterable[Sent]) -> pa.Table:
    """Table `notices`: one row per episode, and per record of sending that fits none."""
    found, today = pools(engine, as_of), as_of.astimezone(ZoneInfo(SHANGHAI)).date()
    records: dict[str, list[tuple[date, Sent]]] = defaultdict(list)
    for one in sent:
        # what was not sent by then, or concerns a platform not yet seen, was not knowable
        if one.sent_on is not None and one.sent_on <= today and one.platform in found.platforms:
            records[one.platform].append((one.sent_on, one))
    rows = [
        row for place in np.flatnonzero(found.met.any(axis=1)) for row in _episodes(found, int(place), records, today)
    ]
    rows += [_unmatched(one) for left in records.values() for _, one in left]
    table = pa.Table.from_pylist([row.model_dump() for row in rows], arrow_schema(Notice))
    return table.sort_by([("platform", "ascending"), ("found_on", "ascending")])


def _episodes(found: Pools, place: int, records: dict[str, list[tuple[date, Sent]]], today: date) -> Iterable[Notice]:
    """The platform's episodes in time; each takes the first record of sending that falls into it."""
    start, own = 0, records.get(found.platforms[place], [])
    while (ahead := np.flatnonzero(found.met[place, start:])).size:
        first = start + int(ahead[0])
        last, clear, ended = _walk(found, place, first)
        day, end = found.days[first], found.days[last] if ended else today
        fitting = [one for one in own if day <= one[0] <= end]
        for one in fitting:
            own.remove(one)
        sent_on = min((on for on, _ in fitting), default=None)
        entered = _entry(found, place, (first, last), sent_on, end)
        yield _notice(found, place, (first, last), clear, ended, (sent_on, entered))
        start = last + 1


def _walk(found: Pools, place: int, first: int) -> tuple[int, int, str]:
    """The evaluation that ends an episode (or the newest), how many in a row were clear by then, and what ended it."""
    clear = empty = 0
    for at in range(first + 1, len(found.days)):
        if found.qualifies[place, at]:
            clear, empty = (clear + 1 if found.low[place, at] <= LINE else 0), 0
        else:
            empty += 1
        if clear == CLEAR_TO_LEAVE:
            return at, clear, "left"
        if empty == MONTHS_TO_EXPIRE:
            return at, clear, "expired"
    return len(found.days) - 1, clear, ""


def _entry(found: Pools, place: int, span: tuple[int, int], sent_on: date | None, end: date) -> date | None:
    """The first day, 14 or more after sending, on which the newest evaluation met the rule; null when there is none up to `end`."""
    if sent_on is None:
        return None
    due = sent_on + timedelta(days=NOTICE_DAYS)
    for at in range(span[0], span[1] + 1):
        until = found.days[at + 1] if at < span[1] else end + timedelta(days=1)
        day = max(due, found.days[at])
        if found.met[place, at] and day < until:
            return day
    return None


def _notice(
    found: Pools, place: int, span: tuple[int, int], clear: int, ended: str, dates: tuple[date | None, date | None]
) -> Notice:
    sent_on, entered_on = dates
    first, last = span
    status = (
        (ended if entered_on else "lapsed")
        if ended
        else "listed"
        if entered_on
        else "waiting"
        if sent_on
        else "to_send"
    )
    left_on = found.days[last] if ended else None
    pools_of = {"first": first - POOL_MONTHS, "second": first, "last": last}
    numbers = {
        f"{name}_{side}": getattr(found, side)[place, at].item()
        for name, at in pools_of.items()
        for side in ("k", "n", "low")
    }
    why = _why(found, place, span, status, left_on)
    return Notice.model_validate(
        {"platform": found.platforms[place], "found_on": found.days[first], "sent_on": sent_on, "entered_on": entered_on,
         "left_on": left_on, "status": status, "evaluated_on": found.days[last], "n_clear": clear, "why": why,
         "sql": evaluations_sql(found.platforms[place], int(found.months[first]) - POOL_MONTHS, int(found.months[last]))} | numbers
    )  # fmt: skip


def _why(found: Pools, place: int, span: tuple[int, int], status: str, left_on: date | None) -> str:
    first, last = span
    text = f"{found.days[first]} 评估：{_pool(found, place, first - POOL_MONTHS)}；{_pool(found, place, first)}；两期下限均高于 50%。"
    if last > first:
        text += f"{found.days[last]} 评估：{_pool(found, place, last)}。"
    ends = {
        "left": f"连续三次评估下限不超过 50%，{left_on} 移出。",
        "expired": f"六个月没有足量案件，{left_on} 移出。",
        "lapsed": f"送达满十四天之前条件已终结（{left_on}），未列入。",
        "to_send": "通知尚未送出，不列入。",
        "waiting": "已送出；满十四天且最近一次评估仍达到条件才列入。",
    }
    return text + ends.get(status, "")


def _pool(found: Pools, place: int, at: int) -> str:
    k, n, low = found.k[place, at], found.n[place, at], found.low[place, at]
    months = f"{_name(int(found.months[at]) - POOL_MONTHS + 1)} 至 {_name(int(found.months[at]))}"
    return f"{months} 石沉 {k}/{n}，单侧 95% 下限 {low:.1%}" if n else f"{months} 无已判定案件"


def _name(month: int) -> str:
    return f"{month // 12}-{month % 12 + 1:02d}"


def _unmatched(one: Sent) -> Notice:
    why = f"记录称 {one.sent_on} 送出通知；按本期数据，该日不在达到条件的期间内，不列入。"
    return Notice(platform=one.platform, found_on=one.found_on, sent_on=one.sent_on, status="unmatched", why=why)


def evaluations_sql(platform: str, first: int, last: int) -> str:
    """SQL over `cases`, one row per evaluation from month `first` to `last`: month, k, n, low of the pool."""
    return (
        f"WITH RECURSIVE evaluation(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM evaluation WHERE i < {last}), "
        f"own AS (SELECT {MONTH_INDEX} AS i, {_SUNK} AS sunk FROM cases WHERE {_BASE} AND {_JUDGED} AND platform = '{platform}'), "
        "pool AS (SELECT e.i, coalesce(sum(sunk), 0) AS k, count(own.i) AS n "
        f"FROM evaluation e LEFT JOIN own ON own.i BETWEEN e.i - {POOL_MONTHS - 1} AND e.i GROUP BY e.i) "
        f"SELECT printf('%04d-%02d', i / 12, i % 12 + 1) AS month, k, n, CASE WHEN n > 0 THEN {_LOW} END AS low FROM pool ORDER BY i"
    )
