"""Snapshot → what the statistics say of one platform, and the funnel of all. Nothing is computed but places in pictures."""

from markupsafe import Markup

from pipeline.model import RUNGS
from pipeline.publish.web import charts, frame, parts, plots
from pipeline.publish.web.figures import Count, Desk, Figure, number, share, sql_text
from pipeline.publish.web.reading import Row

_ENOUGH_AMOUNTS = 10
_TESTS = ("expected", "q_value", "delivered_expected", "delivered_q_value")
_WAITS = ("reply_p25", "reply_p50", "reply_p90")
_AFTERWARDS = (
    "offers_confirmed",
    "offers_contradicted",
    "offers_unheard",
    "reopened",
    "answered_late",
    "withdrawn_soon",
)


def afterwards(desk: Desk, platform: str) -> tuple[Figure, ...]:
    """What followed an offer, a claim, a contact."""
    return frame.figures(desk, platform, _AFTERWARDS)


def speed(desk: Desk, platform: str, name: str) -> parts.Speed | None:
    """Waiting times and the curve; None where the edition has neither."""
    found = (desk.wait(platform, measure) for measure in _WAITS)
    waits = tuple(figure for figure in found if figure is not None)
    points = desk.data.curves.get(platform, [])
    if not waits and not points:
        return None
    sql = f"select days, incidence, low, high, earliest, at_risk from curves where platform = {sql_text(platform)} order by days"
    rows = tuple(_curve_row(desk, row) for row in points)
    return parts.Speed(waits, _curve(desk, points, waits, name) if points else None, rows, desk.sql_href(sql))


def _curve(desk: Desk, points: list[Row], waits: tuple[Figure, ...], name: str) -> Markup:
    said = desk.words("list", "semicolon").join(f"{figure.name} {figure.text}" for figure in waits)
    last = points[-1]
    desc = desk.say(
        "%(said)s。%(days)s时累计 %(share)s 得到实质回复。",
        said=said, days=desk.days(last["days"]), share=share(last["incidence"]),
    )  # fmt: skip
    steps = [plots.Step(row["days"], row["incidence"], row["low"], row["high"]) for row in points]
    lines = (
        plots.Deadline(1.0, desk.say("24 小时")),
        plots.Deadline(2.0, desk.say("48 小时")),
        plots.Deadline(9.0, desk.say("7 个工作日"), until=12.0),
    )
    title = desk.say("%(name)s：首次实质回复来得多快", name=name)
    ticks = tuple(desk.words("ticks", key) for key in desk.words.keys("ticks"))
    return plots.curve(steps, lines, ticks, key="curve", title=title, desc=desc)


def _curve_row(desk: Desk, row: Row) -> parts.CurveRow:
    interval = "—" if row["low"] is None or row["high"] is None else spread(row["low"], row["high"])
    return parts.CurveRow(
        desk.days(row["days"]), share(row["incidence"]), interval, share(row["earliest"]), number(row["at_risk"])
    )


def spread(low: float, high: float) -> str:
    """Two shares as one range."""
    return f"{low * 100:.1f}–{high * 100:.1f}%"


def comparison(desk: Desk, platform: str, market: Figure | None) -> parts.Comparison | None:
    """Band, rank range and standardised rate; None where the platform has no judged case."""
    row = desk.data.bands.get(platform)
    if row is None:
        return None
    standard = frame.rate(desk, platform, "sink_standardised", key="std")
    tick = None if market is None or market.span is None else market.span.value
    dot = None
    if standard.figure is not None and standard.figure.span is not None:
        desc = frame.spoken(desk, standard.figure)
        dot = charts.interval(standard.figure.span, key="standard", title=standard.figure.name, desc=desc, market=tick)
    return parts.Comparison(
        band=desk.words("bands", row["band"] or "none", "name"),
        kind=row["band"] or "none",
        why=desk.words("bands", "why", row["why"])
        if row["why"]
        else desk.words("bands", row["band"] or "none", "what"),
        tests=_tests(desk, row),
        rank=_rank(desk, platform),
        n_ranked=desk.count(*_ranked(desk)),
        standardised=standard.figure,
        market=Count(market.text, market.href) if dot is not None and market is not None else None,
        dot=dot,
    )


def printed_band(row: Row) -> tuple[object, ...]:
    """A band's row as far as it is printed."""
    return (row["band"], row["why"], *(None if row[name] is None else _test(name, row[name]) for name in _TESTS))


def _test(column: str, value: float) -> str:
    return share(value) if column.endswith("expected") else _q(value)


def _tests(desk: Desk, row: Row) -> tuple[tuple[str, Count], ...]:
    """The numbers behind the band, where it was tested."""
    where = f"from bands where platform = {sql_text(row['platform'])}"
    shown = [column for column in _TESTS if row[column] is not None and row["band"] is not None]
    return tuple(
        (desk.words("bands", "columns", column), desk.linked(_test(column, row[column]), f"select {column} {where}"))
        for column in shown
    )


def _q(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _ranked(desk: Desk) -> tuple[int, str]:
    return desk.data.n_ranked, "select count(*) as n from scorecards where measure = 'rank_range' and low is not null"


def _rank(desk: Desk, platform: str) -> Count | None:
    """The range of places by falling sink rate, never one place."""
    row = desk.data.scores.get(platform, {}).get(("30d", "all", "rank_range"))
    if row is None or row["low"] is None:
        return None
    where = f"platform = {sql_text(platform)} and measure = 'rank_range'"
    return desk.linked(f"{row['low']:.0f}–{row['high']:.0f}", f"select low, high from scorecards where {where}")


def definitions(desk: Desk, platform: str) -> tuple[parts.DefinitionRow, ...]:
    """The same cases under each definition; ours first."""
    rows = sorted(desk.data.robustness.get(platform, []), key=lambda row: row["definition"] != "sinkrate")
    return tuple(_definition(desk, row, f"def-{index}") for index, row in enumerate(rows))


def _definition(desk: Desk, row: Row, key: str) -> parts.DefinitionRow:
    figure = desk.printed(row, "definitions", row["definition"])
    dot = None
    if figure.span is not None:
        desc = frame.spoken(desk, figure)
        dot = charts.interval(figure.span, key=key, title=figure.name, desc=desc, few=figure.state == "few")
    return parts.DefinitionRow(figure.name, figure.what, row["definition"] == "sinkrate", figure, dot)


def money(desk: Desk, platform: str, name: str, *, draws: bool) -> parts.Money | None:
    """Disputed amounts by rung, open and unseen cases last; `draws` false leaves the picture out."""
    by_rung = {row["rung"]: row for row in desk.data.money.get(platform, [])}
    if not by_rung:
        return None
    rows = [by_rung[rung] for rung in (*RUNGS, "unseen", "too_young") if rung in by_rung]
    picture = _money_bar(desk, by_rung, name) if draws else None
    return parts.Money(picture, tuple(_money_line(desk, row) for row in rows))


def _money_bar(desk: Desk, by_rung: dict[str, Row], name: str) -> Markup:
    segments = []
    for rung in RUNGS:
        total = by_rung[rung]["sum_yuan"] or 0.0 if rung in by_rung else 0.0
        numeral, title, group = (desk.words("rungs", rung, word) for word in ("n", "name", "group"))
        segments.append(
            charts.Segment(
                numeral, title, group, round(total), desk.say("%(name)s %(n)s 元", name=title, n=number(total))
            )
        )
    return charts.ladder(segments, key="money", title=desk.say("%(name)s：涉诉金额停在哪一级", name=name), height=28)


def _money_line(desk: Desk, row: Row) -> parts.MoneyLine:
    rung, where = (
        row["rung"],
        f"from money where platform = {sql_text(row['platform'])} and rung = {sql_text(row['rung'])}",
    )
    is_rung, is_few = rung in RUNGS, row["n_amounts"] < _ENOUGH_AMOUNTS
    quartiles = "—" if is_few else desk.say("%(n)s 元", n=f"{number(row['p25_yuan'])} – {number(row['p75_yuan'])}")

    def paid(column: str) -> Count:
        text = "—" if row[column] is None or (is_few and column != "sum_yuan") else desk.yuan(row[column])
        return desk.linked(text, f"select {column} {where}")

    return parts.MoneyLine(
        swatch=charts.swatch(desk.words("rungs", rung, "n")) if is_rung else None,
        name=desk.words("rungs" if is_rung else "states", rung, "name"),
        n_cases=desk.count(row["n_cases"], f"select n_cases {where}"),
        n_amounts=desk.count(row["n_amounts"], f"select n_amounts {where}"),
        total=paid("sum_yuan"),
        middle=paid("p50_yuan"),
        quartiles=desk.linked(quartiles, f"select p25_yuan, p75_yuan {where}"),
        most=paid("max_yuan"),
    )
