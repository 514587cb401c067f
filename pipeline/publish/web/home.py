"""The home page: the market, and the table of platforms in the order of their empirical-Bayes mean."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from markupsafe import Markup

from pipeline.model import RUNGS
from pipeline.publish.web import charts, frame, funnel, parts, slices
from pipeline.publish.web.case import portal_name
from pipeline.publish.web.figures import MARKET, Desk, Figure, with_bounds
from pipeline.publish.web.page import Job, Shell
from pipeline.publish.web.reading import Row, tuples

FULL_ROWS = 100
"""Rows of the table that carry pictures and promises; longer tables stay light, everything is on the platform's page."""


@dataclass(frozen=True)
class PlatformRow:
    """One row of the home table."""

    id: str
    name: str
    terms: str
    href: str
    reviewed: bool
    invented: bool
    sql_href: str
    bar: Markup | None
    dot: Markup | None
    sink: parts.Rate
    silence: Figure | None
    promises: tuple[tuple[str, Figure | None, str], ...]
    aside: tuple[Figure, ...]
    open_now: tuple[Figure, ...]
    hrefs: Mapping[str, str]
    """Where the SQL of a cell stands, by what the cell shows: `sink`, `silence`, `aside`, `open`; empty texts without Datasette."""


@dataclass(frozen=True)
class HomePage:
    shell: Shell
    ladder: Markup
    rungs: tuple[parts.RungRow, ...]
    sink: parts.Rate
    aside: tuple[Figure, ...]
    facts: tuple[Figure, ...]
    promises: tuple[parts.Rate, ...]
    open_now: tuple[Figure, ...]
    rated: tuple[PlatformRow, ...]
    counted: tuple[PlatformRow, ...]
    portal_names: str
    funnel: Markup | None
    filters: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]
    defs: Markup


def jobs(desk: Desk) -> Iterator[Job]:
    yield Job("/", partial(home, desk), partial(_rows, desk))


def _rows(desk: Desk) -> Iterator[object]:
    data = desk.data
    yield tuples(_ordered(desk)), tuples(data.portals.values()), tuples(data.funnel)
    yield from data.score_seals.items()


def home(desk: Desk) -> HomePage:
    """The market and the table of platforms, in the order of their empirical-Bayes mean."""
    sink = frame.rate(desk, MARKET, "sink_rate", key="market")
    rows = [_platform_row(desk, row, sink, is_full=place < FULL_ROWS) for place, row in enumerate(_ordered(desk))]
    rated = [row for row in rows if row.sink.figure is not None and row.sink.figure.is_rate]
    counted = [row for row in rows if row.sink.figure is None or not row.sink.figure.is_rate]
    names = desk.words("list", "comma").join(portal_name(desk, portal) for portal in desk.data.portals)
    return HomePage(
        shell=frame.shell(
            desk, title=desk.say("石沉榜：卡盟投诉之后，发生了什么"), section="home", path="/",
            description=desk.say("截至 %(as_of)s，公开投诉门户上卡盟投诉的结局：逐平台的石沉率、区间、件数与出处。", as_of=desk.as_of),
        ),
        ladder=frame.ladder(desk, MARKET, key="market-ladder", title=desk.say("全部平台的结局阶梯"), height=64),
        rungs=frame.rung_rows(desk, MARKET),
        sink=sink,
        aside=frame.figures(desk, MARKET, frame.ASIDE),
        facts=frame.figures(desk, MARKET, ("silence_rate", "n_cases", "n_complaints")),
        promises=frame.promises(desk, MARKET, "market"),
        open_now=frame.figures(desk, MARKET, frame.OPEN),
        rated=tuple(rated),
        counted=tuple(sorted(counted, key=lambda row: row.href)),
        portal_names=names,
        funnel=funnel.picture(desk),
        filters=_filters(desk),
        defs=charts.pattern_defs(),
    )  # fmt: skip


def _ordered(desk: Desk) -> list[Row]:
    """Platforms by falling empirical-Bayes mean; without one at the end by id."""

    def place(row: Row) -> tuple[float, str]:
        score = desk.data.scores.get(row["id"], {}).get(("30d", "all", "eb_mean"))
        return (1.0 if score is None or score["value"] is None else -score["value"], row["id"])

    return sorted(desk.data.platforms.values(), key=place)


def _platform_row(desk: Desk, row: Row, market: parts.Rate, *, is_full: bool) -> PlatformRow:
    platform = row["id"]
    sink = frame.bare_rate(desk, platform, "sink_rate")
    span = sink.figure and with_bounds(sink.figure.span, sink.low, sink.high)
    tick = market.figure.span.value if market.figure and market.figure.span else None
    return PlatformRow(
        id=platform,
        name=row["name"],
        terms=_terms(row),
        href=frame.platform_href(desk, platform),
        reviewed=row["review"] == "reviewed",
        invented=bool(row["invented"]),
        sql_href=desk.numbers_href(platform),
        bar=_bar(desk, platform) if is_full else None,
        dot=charts.slim_interval(span, tick, few=sink.figure.state == "few")
        if is_full and span and sink.figure
        else None,
        sink=sink,
        silence=desk.figure(platform, "silence_rate"),
        promises=_promises(desk, platform) if is_full else (),
        aside=frame.figures(desk, platform, frame.ASIDE),
        open_now=frame.figures(desk, platform, frame.OPEN),
        hrefs=_hrefs(desk, platform),
    )


def _promises(desk: Desk, platform: str) -> tuple[tuple[str, Figure | None, str], ...]:
    return tuple(
        (name.upper(), desk.figure(platform, name, horizon=when), desk.scores_href(platform, name, horizon=when))
        for name, when in frame.PROMISES
    )


_CELLS = {
    "sink": ("sink_rate", "sink_low", "sink_high"),
    "silence": ("silence_rate",),
    "aside": frame.ASIDE,
    "open": frame.OPEN,
}


def _hrefs(desk: Desk, platform: str) -> dict[str, str]:
    return {cell: desk.scores_href(platform, *measures) for cell, measures in _CELLS.items()}


def _terms(row: Row) -> str:
    """What the search box finds the row by besides its name."""
    return " ".join(
        dict.fromkeys(
            one for one in (*row["aliases"].split("|"), row["credit_code"] or "") if one and one != row["name"]
        )
    )


def _bar(desk: Desk, platform: str) -> Markup:
    scores = desk.data.scores.get(platform, {})
    found = [scores.get(("30d", "all", f"rung:{rung}")) for rung in RUNGS]
    counts = [(str(place), row["k"] if row else 0) for place, row in enumerate(found, 1)]
    label = desk.say("结局 1–9 级：%(counts)s", counts=" ".join(str(count) for _, count in counts))
    return charts.slim_ladder(counts, label)


def _filters(desk: Desk) -> tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]:
    """Each filter as (name in the address, label, options): the slices any platform has, options by name."""
    found = {part for scores in desk.data.scores.values() for _, part, measure in scores if measure == "sink_rate"}
    made = []
    for prefix, label in (("issue", desk.say("问题")), ("portal", desk.say("门户")), ("amount", desk.say("涉诉金额"))):
        keys = sorted(part.partition(":")[2] for part in found if part.startswith(f"{prefix}:"))
        if prefix == "amount":
            keys = [key for key in desk.words.keys("amounts") if key in keys]
        if keys:
            made.append((prefix, label, tuple((key, slices.label(desk, f"{prefix}:", key)) for key in keys)))
    return tuple(made)
