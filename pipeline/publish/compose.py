"""Snapshot → the home, method and 404 pages, and what pages of platforms share with them. No statistics."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from markupsafe import Markup

from pipeline.model import RUNGS
from pipeline.publish import charts, pages, parts
from pipeline.publish.figures import MARKET, Desk, Figure, number, path_part, with_bounds
from pipeline.publish.reading import Row

PROMISES = (("t24", "24h"), ("t48", "48h"), ("t7", "7wd"))
ASIDE = ("withdrawn_share", "vanished_share", "unseen_share")
OPEN = ("open:0-7", "open:8-14", "open:15-30")


def shell(desk: Desk, *, title: str, description: str, path: str, section: str, noindex: bool = False) -> pages.Shell:
    """The frame of one page."""
    edition = desk.data.edition
    return pages.Shell(
        title=title,
        description=description,
        path=path,
        section=section,
        edition=edition["id"],
        as_of=desk.as_of,
        method_version=edition["method_version"],
        digest=edition["inputs_digest"],
        data_url=desk.data_url,
        site_url=desk.site_url,
        invented=any(row["invented"] for row in desk.data.platforms.values()),
        noindex=noindex,
    )


def platform_href(platform: str) -> str:
    return f"/platforms/{path_part(platform)}/"


def home(desk: Desk, funnel: parts.Funnel | None) -> pages.HomePage:
    """The market and the table of platforms, in the order of their empirical-Bayes mean."""
    sink = rate(desk, MARKET, "sink_rate", key="market")
    rows = [_platform_row(desk, row, f"p{index}", sink) for index, row in enumerate(_ordered(desk))]
    rated = [row for row in rows if row.sink.figure is not None and row.sink.figure.is_rate]
    counted = [row for row in rows if row.sink.figure is None or not row.sink.figure.is_rate]
    names = "、".join(row["name"] for row in desk.data.portals.values())
    return pages.HomePage(
        shell=shell(
            desk, title="石沉榜：卡盟投诉之后，发生了什么", section="home", path="/",
            description=f"截至 {desk.as_of}，公开投诉门户上卡盟投诉的结局：逐平台的石沉率、区间、件数与出处。",
        ),
        ladder=ladder(desk, MARKET, key="market-ladder", title="全部平台的结局阶梯", height=64),
        rungs=rung_rows(desk, MARKET),
        sink=sink,
        aside=figures(desk, MARKET, ASIDE),
        facts=figures(desk, MARKET, ("silence_rate", "n_cases", "n_complaints")),
        promises=promises(desk, MARKET, "market"),
        open_now=figures(desk, MARKET, OPEN),
        rated=tuple(rated),
        counted=tuple(sorted(counted, key=lambda row: row.href)),
        portal_names=names,
        funnel=funnel,
        defs=charts.pattern_defs(),
    )  # fmt: skip


def method(desk: Desk, text: str) -> pages.MethodPage:
    """The public method page from its Markdown; raw HTML in it stays text."""
    body, contents = _markdown(text)
    frame = shell(
        desk, title="方法：每个数字是什么意思", section="method", path="/method/",
        description="石沉率怎么算、存疑怎么办、哪些没有算、怎样申诉。",
    )  # fmt: skip
    return pages.MethodPage(shell=frame, body=body, contents=contents)


def not_found(desk: Desk) -> pages.NotFoundPage:
    frame = shell(desk, title="没有这个页面", description="没有这个页面", path="/404.html", section="", noindex=True)
    return pages.NotFoundPage(shell=frame)


def figures(desk: Desk, platform: str, measures: Iterable[str]) -> tuple[Figure, ...]:
    """The 30-day figures of these measures that the edition has."""
    found = (desk.figure(platform, measure) for measure in measures)
    return tuple(figure for figure in found if figure is not None)


def rate(
    desk: Desk, platform: str, measure: str, *, key: str, horizon: str = "30d", market: pages.Rate | None = None
) -> pages.Rate:
    """One rate with its bounds (`…_low`, `…_high`) and its picture; `market` adds the tick of the whole market."""
    stem = "sink" if measure == "sink_rate" else measure
    figure = desk.figure(platform, measure, horizon=horizon)
    low, high = (desk.figure(platform, f"{stem}_{end}", horizon=horizon, word=f"sink_{end}") for end in ("low", "high"))
    tick = market.figure.span.value if market and market.figure and market.figure.span else None
    dot = None
    if figure is not None and (span := with_bounds(figure.span, low, high)) is not None:
        desc = f"{figure.text}，95% 区间 {figure.interval}，{figure.k}/{figure.n} 件"
        title = f"{figure.name} {figure.text}"
        dot = charts.interval(span, key=f"{key}-{measure}", title=title, desc=desc, market=tick,
                              few=figure.state == "few")  # fmt: skip
    return pages.Rate(figure, low, high, dot)


def promises(desk: Desk, platform: str, key: str) -> tuple[pages.Rate, ...]:
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
        segments.append(charts.Segment(numeral, name, group, k, f"{name} {number(k)} 件"))
    groups = [(group, desk.words("groups", group)) for group in desk.words.keys("groups")] if height > 40 else []
    return charts.ladder(segments, key=key, title=title, height=height, groups=groups)


def rung_rows(desk: Desk, platform: str) -> tuple[pages.RungRow, ...]:
    """The data table behind a ladder: nine rows, in order."""
    return tuple(rung_row(desk, platform, rung) for rung in RUNGS)


def rung_row(desk: Desk, platform: str, rung: str) -> pages.RungRow:
    words = desk.words
    numeral = words("rungs", rung, "n")
    return pages.RungRow(
        numeral=numeral,
        name=words("rungs", rung, "name"),
        what=words("rungs", rung, "what"),
        group=words("rungs", rung, "group"),
        swatch=charts.swatch(numeral),
        figure=desk.rung_figure(platform, rung),
    )


def _ordered(desk: Desk) -> list[Row]:
    """Platforms by falling empirical-Bayes mean; without one at the end by id."""

    def place(row: Row) -> tuple[float, str]:
        score = desk.data.scores.get(row["id"], {}).get(("30d", "all", "eb_mean"))
        return (1.0 if score is None or score["value"] is None else -score["value"], row["id"])

    return sorted(desk.data.platforms.values(), key=place)


def _platform_row(desk: Desk, row: Row, key: str, market: pages.Rate) -> pages.PlatformRow:
    platform = row["id"]
    return pages.PlatformRow(
        name=row["name"],
        href=platform_href(platform),
        reviewed=row["review"] == "reviewed",
        invented=bool(row["invented"]),
        bar=ladder(desk, platform, key=f"{key}-bar", title=f"{row['name']}的结局阶梯"),
        sink=rate(desk, platform, "sink_rate", key=key, market=market),
        silence=desk.figure(platform, "silence_rate"),
        promises=tuple((name.upper(), desk.figure(platform, name, horizon=span)) for name, span in PROMISES),
        aside=figures(desk, platform, ASIDE),
        open_now=figures(desk, platform, OPEN),
    )


def _markdown(text: str) -> tuple[Markup, tuple[tuple[str, str], ...]]:
    """Rendered body and its second-level headings as (anchor, title)."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(text)
    contents: list[tuple[str, str]] = []
    for opened, inline in pairwise(tokens):
        if opened.type == "heading_open" and opened.tag == "h2":
            title, _, anchor = inline.content.partition(" #")
            _rename(inline, title)
            opened.attrSet("id", anchor or f"s{len(contents) + 1}")
            contents.append((anchor or f"s{len(contents) + 1}", title))
    html = parser.renderer.render(tokens, parser.options, {})
    html = html.replace("<table>", '<div class="scroll"><table>').replace("</table>", "</table></div>")
    return Markup(html), tuple(contents)  # noqa: S704 - markdown-it with html off: every text is escaped


def _rename(inline: Any, title: str) -> None:
    """Cut the ` #anchor` off a heading."""
    if inline.children:
        inline.children[0].content = title
        del inline.children[1:]
