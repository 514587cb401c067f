"""What pages of platforms share: the frame, rates with bounds and pictures, the ladder and its rows. No statistics."""

from collections.abc import Iterable

from markupsafe import Markup

from pipeline.model import RUNGS
from pipeline.publish.web import charts, parts
from pipeline.publish.web.figures import Desk, Figure, number, path_part, with_bounds
from pipeline.publish.web.page import Shell

PROMISES = (("t24", "24h"), ("t48", "48h"), ("t7", "7wd"))
ASIDE = ("withdrawn_share", "vanished_share", "unseen_share")
OPEN = ("open:0-7", "open:8-14", "open:15-30")


def shell(desk: Desk, *, title: str, description: str, path: str, section: str, noindex: bool = False) -> Shell:
    """The frame of one page; `path` without the language."""
    edition = desk.data.edition
    return Shell(
        title=title,
        description=description,
        path=path,
        section=section,
        language=desk.language,
        as_of=desk.as_of,
        as_of_iso=edition["as_of"],
        method_version=edition["method_version"],
        data_url=desk.data_url,
        site_url=desk.site_url,
        invented=desk.data.invented,
        noindex=noindex,
    )


def platform_path(platform: str) -> str:
    return f"/platforms/{path_part(platform)}/"


def platform_href(desk: Desk, platform: str) -> str:
    return desk.at(platform_path(platform))


def figures(desk: Desk, platform: str, measures: Iterable[str]) -> tuple[Figure, ...]:
    """The 30-day figures of these measures that the edition has."""
    found = (desk.figure(platform, measure) for measure in measures)
    return tuple(figure for figure in found if figure is not None)


def rate(
    desk: Desk, platform: str, measure: str, *, key: str, horizon: str = "30d", market: parts.Rate | None = None
) -> parts.Rate:
    """One rate with its bounds (`…_low`, `…_high`) and its picture; `market` adds the tick of the whole market."""
    stem = "sink" if measure == "sink_rate" else measure
    figure = desk.figure(platform, measure, horizon=horizon)
    low, high = (desk.figure(platform, f"{stem}_{end}", horizon=horizon, word=f"sink_{end}") for end in ("low", "high"))
    tick = market.figure.span.value if market and market.figure and market.figure.span else None
    dot = None
    if figure is not None and (span := with_bounds(figure.span, low, high)) is not None:
        desc = spoken(desk, figure)
        title = f"{figure.name} {figure.text}"
        dot = charts.interval(span, key=f"{key}-{measure}", title=title, desc=desc, market=tick,
                              few=figure.state == "few")  # fmt: skip
    return parts.Rate(figure, low, high, dot)


def bare_rate(desk: Desk, platform: str, measure: str) -> parts.Rate:
    """A rate with its bounds, without a picture."""
    stem = "sink" if measure == "sink_rate" else measure
    low, high = (desk.figure(platform, f"{stem}_{end}", word=f"sink_{end}") for end in ("low", "high"))
    return parts.Rate(desk.figure(platform, measure), low, high, None)


def promises(desk: Desk, platform: str, key: str) -> tuple[parts.Rate, ...]:
    """T24, T48, T7, then confirmed T7; those the edition has."""
    made = [rate(desk, platform, measure, key=key, horizon=horizon) for measure, horizon in PROMISES]
    made.append(rate(desk, platform, "t7_confirmed", key=key, horizon="7wd"))
    return tuple(one for one in made if one.figure is not None)


def ladder(desk: Desk, platform: str, *, key: str, title: str, height: int = 20) -> Markup:
    """The stacked bar of one platform; tall ones carry brackets that show which rungs count."""
    segments = []
    for rung in RUNGS:
        row = desk.data.scores.get(platform, {}).get(("30d", "all", f"rung:{rung}"))
        k = 0 if row is None else row["k"]
        numeral, name = desk.words("rungs", rung, "n"), desk.words("rungs", rung, "name")
        group = desk.words("rungs", rung, "group")
        segments.append(charts.Segment(numeral, name, group, k, desk.say("%(name)s %(n)s 件", name=name, n=number(k))))
    groups = [(group, desk.words("groups", group)) for group in desk.words.keys("groups")] if height > 40 else []
    return charts.ladder(segments, key=key, title=title, height=height, groups=groups)


def rung_rows(desk: Desk, platform: str) -> tuple[parts.RungRow, ...]:
    """The data table behind a ladder: nine rows, in order."""
    return tuple(rung_row(desk, platform, rung) for rung in RUNGS)


def rung_row(desk: Desk, platform: str, rung: str) -> parts.RungRow:
    words = desk.words
    numeral = words("rungs", rung, "n")
    return parts.RungRow(
        numeral=numeral,
        name=words("rungs", rung, "name"),
        what=words("rungs", rung, "what"),
        group=words("rungs", rung, "group"),
        swatch=charts.swatch(numeral),
        figure=desk.rung_figure(platform, rung),
    )


def spoken(desk: Desk, figure: Figure) -> str:
    """A rate with its interval and counts, for those who hear it."""
    return desk.say(
        "%(rate)s，95%% 区间 %(interval)s，%(k)s/%(n)s 件",
        rate=figure.text, interval=figure.interval, k=figure.k, n=figure.n,
    )  # fmt: skip
