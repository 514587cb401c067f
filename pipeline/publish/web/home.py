"""The home page: the market, and the table of platforms in the order of their empirical-Bayes mean."""

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from pipeline.publish.web import charts, frame, measured, parts
from pipeline.publish.web.case import portal_name
from pipeline.publish.web.figures import MARKET, Desk, Figure
from pipeline.publish.web.page import Job, Shell
from pipeline.publish.web.reading import Row


@dataclass(frozen=True)
class PlatformRow:
    """One row of the home table."""

    name: str
    href: str
    reviewed: bool
    invented: bool
    bar: Markup
    sink: parts.Rate
    silence: Figure | None
    promises: tuple[tuple[str, Figure | None], ...]
    aside: tuple[Figure, ...]
    open_now: tuple[Figure, ...]


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
    funnel: parts.Funnel | None
    defs: Markup


def jobs(desk: Desk) -> Iterator[Job]:
    yield Job("/", lambda: home(desk))


def home(desk: Desk) -> HomePage:
    """The market and the table of platforms, in the order of their empirical-Bayes mean."""
    sink = frame.rate(desk, MARKET, "sink_rate", key="market")
    rows = [_platform_row(desk, row, f"p{index}", sink) for index, row in enumerate(_ordered(desk))]
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
        funnel=measured.funnel(desk),
        defs=charts.pattern_defs(),
    )  # fmt: skip


def _ordered(desk: Desk) -> list[Row]:
    """Platforms by falling empirical-Bayes mean; without one at the end by id."""

    def place(row: Row) -> tuple[float, str]:
        score = desk.data.scores.get(row["id"], {}).get(("30d", "all", "eb_mean"))
        return (1.0 if score is None or score["value"] is None else -score["value"], row["id"])

    return sorted(desk.data.platforms.values(), key=place)


def _platform_row(desk: Desk, row: Row, key: str, market: parts.Rate) -> PlatformRow:
    platform = row["id"]
    return PlatformRow(
        name=row["name"],
        href=frame.platform_href(desk, platform),
        reviewed=row["review"] == "reviewed",
        invented=bool(row["invented"]),
        bar=frame.ladder(desk, platform, key=f"{key}-bar", title=desk.say("%(name)s的结局阶梯", name=row["name"])),
        sink=frame.rate(desk, platform, "sink_rate", key=key, market=market),
        silence=desk.figure(platform, "silence_rate"),
        promises=tuple((name.upper(), desk.figure(platform, name, horizon=span)) for name, span in frame.PROMISES),
        aside=frame.figures(desk, platform, frame.ASIDE),
        open_now=frame.figures(desk, platform, frame.OPEN),
    )
