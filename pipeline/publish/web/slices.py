"""One measure cut by month, portal, issue or amount, and what portals claim beside what holds."""

from markupsafe import Markup

from pipeline.publish.web import charts, sheet
from pipeline.publish.web.case import portal_names
from pipeline.publish.web.figures import Desk, share, sql_text
from pipeline.publish.web.reading import Row

_BESIDE = (("silence_rate", "30d"), ("t24", "24h"), ("t48", "48h"), ("t7", "7wd"))


def slices(
    desk: Desk, platform: str, prefix: str, measure: str = "sink_rate", horizon: str = "30d"
) -> tuple[sheet.SliceRow, ...]:
    """The measure of every slice with this prefix, in order; portals and issues by their names."""
    known = sorted(desk.data.scores.get(platform, {}))
    names = [part for when, part, what in known if part.startswith(prefix) and (what, when) == (measure, horizon)]
    made = ((name, desk.figure(platform, measure, horizon=horizon, slice_=name)) for name in names)
    return tuple(
        sheet.SliceRow(label(desk, prefix, name.removeprefix(prefix)), figure) for name, figure in made if figure
    )


def label(desk: Desk, prefix: str, key: str) -> str:
    """A slice's name in the page's language."""
    if prefix == "amount:":
        return desk.words("amounts", key) if key in desk.words.keys("amounts") else key
    if prefix == "portal:":
        return portal_names(desk, key)
    return desk.issues(key) if prefix == "issue:" else key


def amounts(desk: Desk, platform: str) -> tuple[sheet.SliceRow, ...]:
    """By amount band, small to large, unstated last."""
    rows = {row.label: row for row in slices(desk, platform, "amount:")}
    known = [desk.words("amounts", band) for band in desk.words.keys("amounts")]
    return tuple(sorted(rows.values(), key=lambda row: known.index(row.label) if row.label in known else len(known)))


def horizons(desk: Desk, platform: str) -> tuple[sheet.SliceRow, ...]:
    """The sink rate at each horizon the edition has."""
    made = ((name, desk.figure(platform, "sink_rate", horizon=name)) for name in ("7wd", "30d", "90d"))
    return tuple(sheet.SliceRow(desk.words("horizons", name), figure) for name, figure in made if figure)


def trend(desk: Desk, months: tuple[sheet.SliceRow, ...], name: str, key: str = "trend") -> Markup | None:
    """Month by month as dots with intervals; None where no month has a rate."""
    if not any(month.figure.is_rate for month in months):
        return None
    points = [_point(desk, month) for month in months]
    desc = desk.words("list", "semicolon").join(point.text for point in points)
    title = desk.say("%(name)s：%(measure)s，按月", name=name, measure=months[0].figure.name)
    return charts.trend(points, key=key, title=title, desc=desc)


def _point(desk: Desk, month: sheet.SliceRow) -> charts.Point:
    figure = month.figure
    return charts.Point(
        label=month.label[2:],
        text=desk.say(
            "%(month)s：%(rate)s %(interval)s（%(k)s/%(n)s 件）",
            month=month.label, rate=figure.text, interval=figure.interval, k=figure.k, n=figure.n,
        ),
        span=figure.span,
        few=figure.state == "few",
    )  # fmt: skip


def multiples(desk: Desk, platform: str, name: str) -> tuple[sheet.Multiple, ...]:
    """The other measures the edition has month by month, each with its picture and its rows."""
    made = []
    for measure, horizon in _BESIDE:
        rows = slices(desk, platform, "month:", measure, horizon)
        if len(rows) > 1:
            first = rows[0].figure
            made.append(sheet.Multiple(first.name, first.what, trend(desk, rows, name, f"m-{measure}"), rows))
    return tuple(made)


def claim(desk: Desk, row: Row) -> sheet.ClaimRow:
    """What a portal prints of the platform beside what we measure."""
    key = " and ".join(f"{name} = {sql_text(row[name])}" for name in ("portal", "platform", "measure"))
    figure = desk.printed(row, "claims", row["measure"])
    return sheet.ClaimRow(
        portal=portal_names(desk, row["portal"]),
        name=figure.name,
        claimed=desk.linked(share(row["claimed"]), f"select claimed from claims where {key}"),
        claimed_n=desk.count(row["claimed_n"], f"select claimed_n from claims where {key}"),
        counted=desk.moment(row["counted_at"])[:10],
        figure=figure,
    )
