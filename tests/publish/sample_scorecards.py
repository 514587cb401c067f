"""The scorecards of the invented edition, counted from its cases, and what both halves of the sample share."""

from datetime import datetime, timedelta, timezone
from math import sqrt
from typing import Any

from pipeline.model import RUNGS

SHANGHAI = timezone(timedelta(hours=8))
AS_OF = datetime(2026, 11, 20, 12, tzinfo=SHANGHAI)
EDITION = "2026-11-20-3fa9c1d2"
PORTAL = "heimao"
PLATFORMS = {"yinghuo": "萤火数卡", "zhezhi": "折纸点券", "zhiyuan": "纸鸢充值"}
SUNK = ("brushed_off", "silent", "undelivered", "closed_unanswered")
RATED = (*RUNGS[:7],)
Row = dict[str, Any]


def wilson(k: int, n: int) -> tuple[float, float]:
    """95 % Wilson interval of k of n."""
    z = 1.959963984540054
    centre, spread = (k + z * z / 2) / (n + z * z), z / (n + z * z) * sqrt(k * (n - k) / n + z * z / 4)
    return max(0.0, centre - spread), min(1.0, centre + spread)


def _share(measure: str, k: int, n: int, sql: str, horizon: str = "30d", slice_: str = "all") -> Row:
    state = "counts_only" if n < 10 else "few" if n < 30 else "ok"
    low, high = wilson(k, n) if n >= 10 else (None, None)
    value = k / n if n >= 10 else None
    return {"horizon": horizon, "slice": slice_, "measure": measure, "k": k, "n": n, "value": value, "low": low,
            "high": high, "state": state, "sql": sql}  # fmt: skip


def _listed(words: tuple[str, ...]) -> str:
    return "(" + ", ".join(f"'{word}'" for word in words) + ")"


def _rate_sql(top: tuple[str, ...], base: tuple[str, ...], where: str) -> str:
    k, n = f"count(*) filter (where rung in {_listed(top)})", f"count(*) filter (where rung in {_listed(base)})"
    return f"select {k} as k, {n} as n, 1.0 * {k} / nullif({n}, 0) as value from cases where {where}"


def _rate(measure: str, cases: list[Row], top: tuple[str, ...], base: tuple[str, ...], where: str, **more: str) -> Row:
    k, n = (sum(case["rung"] in words for case in cases) for words in (top, base))
    return _share(measure, k, n, _rate_sql(top, base, where), **more)


def _promise(name: str, cases: list[Row], where: str, horizon: str) -> list[Row]:
    column = "t7_confirmed" if name == "t7_confirmed" else name
    kept, broken, either = (sum(case[column] == word for case in cases) for word in ("kept", "broken", "undecidable"))

    def made(measure: str, k: int, n: int, top: str, base: str) -> Row:
        sums = f"count(*) filter (where {column} in {top})", f"count(*) filter (where {column} in {base})"
        sql = f"select {sums[0]} as k, {sums[1]} as n, 1.0 * {sums[0]} / nullif({sums[1]}, 0) as value from cases"
        return _share(measure, k, n, f"{sql} where {where}", horizon)

    every = "('kept', 'broken', 'undecidable')"
    row = made(name, kept, kept + broken, "('kept')", "('kept', 'broken')")
    if name == "t7_confirmed":
        return [row]
    n = kept + broken + either
    return [
        row,
        made(f"{name}_low", kept, n, "('kept')", every),
        made(f"{name}_high", kept + either, n, "('kept', 'undecidable')", every),
    ]


def _counts(cases: list[Row], where: str) -> list[Row]:
    """Counts without a share: cases, complaints, and open cases by age in days."""
    ages = {"open:0-7": (0, 7), "open:8-14": (8, 14), "open:15-30": (15, 30)}
    days = [case["open_days"] for case in cases if case["open_days"] is not None]
    made = {
        measure: (
            sum(low <= age <= high for age in days),
            "count(*)",
            f"{where} and open_days between {low} and {high}",
        )
        for measure, (low, high) in ages.items()
    }
    made["n_cases"] = len(cases), "count(*)", where
    made["n_complaints"] = sum(case["n_complaints"] for case in cases), "sum(n_complaints)", where
    empty = dict.fromkeys(("n", "value", "low", "high"))
    return [
        {"horizon": "30d", "slice": "all", "measure": measure, "k": k, "state": "ok", **empty,
         "sql": f"select {what} as k, null as n, null as value from cases where {condition}"}
        for measure, (k, what, condition) in made.items()
    ]  # fmt: skip


def _headline(cases: list[Row], where: str) -> list[Row]:
    counted, delivered = [case for case in cases if case["in_headline"]], f"{where} and in_headline and delivered"
    inside, every = f"{where} and in_headline", tuple(RUNGS)
    shipped = [case for case in counted if case["delivered"]]
    rows = [
        _rate("sink_rate", counted, SUNK, RATED, inside),
        _rate("sink_rate", counted, SUNK, RATED, inside, slice_=f"portal:{PORTAL}"),
        _rate("sink_low", counted, SUNK[:2], (*RATED[:5], "withdrawn"), inside),
        _rate("sink_high", counted, (*SUNK, "resolved_claimed", "withdrawn", "vanished"), every, inside),
        _rate("silence_rate", shipped, ("silent",), RATED, delivered),
        _rate("undelivered_share", counted, ("undelivered",), every, inside),
        _rate("vanished_share", counted, ("vanished",), every, inside),
        _rate("withdrawn_share", counted, ("withdrawn",), every, inside),
        _rate("hidden_share", counted, (), every, inside),
        _rate("answered_late", counted, (), SUNK, inside),
    ]
    rows += [_rate(f"rung:{rung}", counted, (rung,), every, inside) for rung in RUNGS]
    matured = [case for case in cases if case["state"] != "too_young"]
    unseen = sum(case["state"] == "unseen" for case in matured)
    what = "count(*) filter (where state = 'unseen') as k, count(*) as n, avg(state = 'unseen') as value"
    sql = f"select {what} from cases where {where} and state != 'too_young'"
    return [*rows, _share("unseen_share", unseen, len(matured), sql)]


def _months(cases: list[Row], where: str) -> list[Row]:
    counted = [case for case in cases if case["in_headline"]]
    months = sorted({case["month"] for case in counted})
    return [
        _rate("sink_rate", [c for c in counted if c["month"] == month], SUNK, RATED,
              f"{where} and in_headline and month = '{month}'", slice_=f"month:{month}")
        for month in months
    ]  # fmt: skip


def scorecards(cases: list[Row]) -> list[Row]:
    rows = []
    for platform in ("*", *PLATFORMS):
        own = [case for case in cases if platform in ("*", case["platform"])]
        where = "1" if platform == "*" else f"platform = '{platform}'"
        made = _headline(own, where) + _months(own, where) + _counts(own, where)
        for name, horizon in (("t24", "24h"), ("t48", "48h"), ("t7", "7wd"), ("t7_confirmed", "7wd")):
            made += _promise(name, own, where, horizon)
        sql = (
            f"select null as k, null as n, value from scorecards where platform = '{platform}' and measure = 'eb_mean'"
        )
        empty = dict.fromkeys(("k", "n", "low", "high"))
        made.append(made[0] | empty | {"measure": "eb_mean", "sql": sql})
        rows += [{"edition": EDITION, "platform": platform, **row} for row in made]
    return rows
