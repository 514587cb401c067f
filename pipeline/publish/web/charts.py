"""Pictures as inline SVG: the outcome ladder, a rate with its interval and bounds, a monthly series.

Every function gives one `<svg role="img">` with a title and a description as text alternative; the caller prints the
data table beside it. Widths are percentages, so one picture fits a phone and a wide screen; colours and line styles
come from the stylesheet. Positions are the only thing computed here: every printed figure arrives as text.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pipeline.publish.web.shapes import Shape

_HATCH = (
    ("", ""),
    ("M-1 7 7-1M-1 1 1-1M5 7 7 5", "line"),
    ("", ""),
    ("M1.5 1.5h.01M4.5 4.5h.01", "dot"),
    ("", ""),
    ("M-1-1 7 7M-1 5 1 7M5-1 7 1", "line"),
    ("M0 3h6M3 0v6", "line"),
    ("M1.5 1.5h.01M4.5 4.5h.01", "dot"),
    ("M-1 7 7-1M-1 1 1-1M5 7 7 5", "line"),
)
_SVG = Shape(
    '<svg class="{kind}" role="img" aria-labelledby="{key}-t {key}-d" width="100%" height="{height}">'
    '<title id="{key}-t">{title}</title><desc id="{key}-d">{desc}</desc>{body}</svg>'
)


_SLIM = Shape('<rect x="{:g}%" width="{:g}%" height="18" fill="url(#g{})"/>')


@dataclass(frozen=True)
class Segment:
    """One rung of the bar: `numeral` is printed on it, `text` is its sentence in the description."""

    numeral: str
    name: str
    group: str
    k: int
    text: str


@dataclass(frozen=True)
class Span:
    """A share with its 95 % interval and the method's bounds, all 0..1."""

    value: float
    low: float
    high: float
    bound_low: float | None = None
    bound_high: float | None = None


@dataclass(frozen=True)
class Point:
    """One month: `span` is null where only counts are printed; `few` draws a hollow dot."""

    label: str
    text: str
    span: Span | None
    few: bool


def pattern_defs() -> Markup:
    """The nine fills g1…g9, once per page: a colour and a texture each, so colour is never the only sign."""
    one = Shape(
        '<pattern id="g{n}" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<rect class="f{n}" width="6" height="6"/><path class="h{n} {kind}" d="{path}"/></pattern>'
    )
    marks = (one.format(n=n, path=path, kind=kind) for n, (path, kind) in enumerate(_HATCH, 1))
    return Shape('<svg class="defs" aria-hidden="true" width="0" height="0"><defs>{}</defs></svg>').format(_join(marks))


def slim_ladder(counts: Sequence[tuple[str, int]], label: str) -> Markup:
    """The bar of one row of a long table: (numeral, count) per rung, nothing printed on it, `label` its alternative."""
    total, before, parts = sum(count for _, count in counts) or 1, 0, []
    for numeral, count in counts:
        if count:
            x, end = round(1000 * before / total), round(1000 * (before + count) / total)
            parts.append(_SLIM.format(x / 10, (end - x) / 10, numeral))
        before += count
    return Shape('<svg class="slim" role="img" aria-label="{}" width="100%" height="18">{}</svg>').format(
        label, _join(parts)
    )


def slim_interval(span: Span, market: float | None, *, few: bool) -> Markup:
    """Dot, interval, bounds and market of one row, in whole percents; the numbers stand beside it in text."""
    parts: list[Markup] = []
    if span.bound_low is not None and span.bound_high is not None:
        parts.append(_band(round(span.bound_low, 2), round(span.bound_high, 2)))
    if market is not None:
        x = _pct(round(market, 3))
        parts.append(Shape('<line class="market" x1="{x}" x2="{x}" y1="0" y2="18"/>').format(x=x))
    low, high, value = (_pct(round(one, 2)) for one in (span.low, span.high, span.value))
    parts.append(Shape('<line class="ci" x1="{}" x2="{}" y1="9" y2="9"/>').format(low, high))
    parts.append(Shape('<circle class="{}" cx="{}" cy="9" r="4"/>').format("dot few" if few else "dot", value))
    return Shape('<svg class="dots" aria-hidden="true" width="100%" height="18">{}</svg>').format(_join(parts))


def swatch(numeral: str) -> Markup:
    """The key of one rung in a table: its fill with its numeral."""
    return Shape(
        '<svg class="swatch" aria-hidden="true" width="22" height="18">'
        '<rect class="seg" width="22" height="18" fill="url(#g{n})"/><text class="t{n}" x="11" y="13">{n}</text></svg>'
    ).format(n=numeral)


def ladder(
    segments: Sequence[Segment], *, key: str, title: str, height: int = 20, groups: Sequence[tuple[str, str]] = ()
) -> Markup:
    """The nine rungs as one stacked bar; `groups` (group, label) adds brackets below. Without cases: an empty frame."""
    total = sum(segment.k for segment in segments)
    desc = "；".join(segment.text for segment in segments)
    if total == 0:
        frame = Shape('<rect class="frame" width="100%" height="{}"/>').format(height)
        return _SVG.format(kind="ladder", key=key, height=height, title=title, desc=desc, body=frame)
    starts = _starts(segments, total)
    bars = _join(
        _bar(segment, start, segment.k / total, height) for segment, start in zip(segments, starts, strict=True)
    )
    braces = _brackets(segments, starts, total, height, groups)
    tall = height + (44 if groups else 0)
    return _SVG.format(kind="ladder", key=key, height=tall, title=title, desc=desc, body=bars + braces)


def interval(span: Span, *, key: str, title: str, desc: str, market: float | None = None, few: bool = False) -> Markup:
    """A dot at the rate, a line over its interval, a pale band between the bounds, a tick at the market's rate."""
    parts: list[Markup] = [Shape('<line class="axis" x1="0" x2="100%" y1="9" y2="9"/>')]
    if span.bound_low is not None and span.bound_high is not None:
        parts.append(_band(span.bound_low, span.bound_high))
    if market is not None:
        x = _pct(market)
        parts.append(Shape('<line class="market" x1="{x}" x2="{x}" y1="0" y2="18"/>').format(x=x))
    line = Shape('<line class="ci" x1="{}" x2="{}" y1="9" y2="9"/>').format(_pct(span.low), _pct(span.high))
    dot = Shape('<circle class="{}" cx="{}" cy="9" r="4.5"/>').format("dot few" if few else "dot", _pct(span.value))
    return _SVG.format(kind="dots", key=key, height=18, title=title, desc=desc, body=_join([*parts, line, dot]))


def trend(points: Sequence[Point], *, key: str, title: str, desc: str) -> Markup:
    """Months from left to right, the rate from 0 to 100 % upwards: dots with intervals, no line between them."""
    body = [_gridline(share, label) for share, label in ((0.0, "0"), (0.5, "50%"), (1.0, "100%"))]
    step = max(1, -(-len(points) // 6))
    for index, point in enumerate(points):
        x = _pct(0.09 + 0.89 * (index + 0.5) / len(points))
        body.append(_month(point, x, with_label=(len(points) - 1 - index) % step == 0))
    return _SVG.format(kind="trend", key=key, height=188, title=title, desc=desc, body=_join(body))


def _join(parts: Iterable[Markup]) -> Markup:
    return Markup("").join(parts)


def _pct(share: float) -> str:
    """0.4192 → 41.92%; outside 0..1 is drawn at the edge."""
    return f"{min(max(share, 0.0), 1.0) * 100:.2f}".rstrip("0").rstrip(".") + "%"


def _starts(segments: Sequence[Segment], total: int) -> list[float]:
    """Where each segment begins, 0..1."""
    edges, before = [], 0
    for segment in segments:
        edges.append(before / total)
        before += segment.k
    return edges


def _bar(segment: Segment, start: float, share: float, height: int) -> Markup:
    """One segment; its numeral only where it fits."""
    if segment.k == 0:
        return Markup("")
    rect = Shape('<rect class="seg" x="{}" width="{}" height="{}" fill="url(#g{})"/>').format(
        _pct(start), _pct(share), height, segment.numeral
    )
    if share < 0.05:
        return rect
    middle, named = _pct(start + share / 2), height > 40 and share >= 0.09
    text = Shape('<text class="t{n}{more}" x="{x}" y="{y}">{text}</text>')
    y = height // 2 + (-4 if named else 4)
    numeral = text.format(n=segment.numeral, more=" big" if height > 40 else "", x=middle, y=y, text=segment.numeral)
    if not named:
        return rect + numeral
    return rect + numeral + text.format(n=segment.numeral, more=" name", x=middle, y=y + 20, text=segment.name)


def _brackets(
    segments: Sequence[Segment], starts: Sequence[float], total: int, height: int, groups: Sequence[tuple[str, str]]
) -> Markup:
    """A line under each group of rungs with its label; a middle label that would meet another stands a line lower."""
    parts = []
    for index, (group, label) in enumerate(groups):
        members = [(s, start) for s, start in zip(segments, starts, strict=True) if s.group == group and s.k]
        if members:
            left, right = members[0][1], members[-1][1] + members[-1][0].k / total
            has_room = index != 1 or 0.24 <= left <= 0.6
            parts.append(_bracket(group, label, (left, right), height + 8, 17 if has_room else 33))
    return _join(parts)


def _bracket(group: str, label: str, ends: tuple[float, float], y: int, drop: int) -> Markup:
    """A line from end to end with a gap at its start; its label stands inside the picture."""
    left, right = ends
    anchor, x = ("end", right) if left > 0.75 else ("start", left)
    return Shape(
        '<line class="brace b-{group}" x1="{x1}" x2="{x2}" y1="{y}" y2="{y}"/>'
        '<circle class="gap" cx="{x1}" cy="{y}" r="3"/>'
        '<text class="brace-label" x="{x}" y="{ty}" text-anchor="{anchor}">{label}</text>'
    ).format(group=group, x1=_pct(left), x2=_pct(right), y=y, x=_pct(x), ty=y + drop, anchor=anchor, label=label)


def _band(low: float, high: float) -> Markup:
    return Shape('<rect class="band" x="{}" width="{}" y="3" height="12"/>').format(_pct(low), _pct(high - low))


def _height(share: float) -> float:
    """Where a share stands on the trend's y axis, in pixels."""
    return round(16 + (1 - share) * 140, 1)


def _gridline(share: float, label: str) -> Markup:
    y = _height(share)
    return Shape(
        '<line class="grid" x1="0" x2="100%" y1="{y}" y2="{y}"/><text class="tick" x="0" y="{ty}">{label}</text>'
    ).format(y=y, ty=y - 3, label=label)


def _month(point: Point, x: str, *, with_label: bool) -> Markup:
    parts = []
    if point.span is None:
        parts.append(Shape('<circle class="none" cx="{}" cy="156" r="2"/>').format(x))
    else:
        low, high, value = (_height(share) for share in (point.span.low, point.span.high, point.span.value))
        parts.append(Shape('<line class="ci" x1="{x}" x2="{x}" y1="{a}" y2="{b}"/>').format(x=x, a=high, b=low))
        kind = "dot few" if point.few else "dot"
        parts.append(Shape('<circle class="{}" cx="{}" cy="{}" r="4"/>').format(kind, x, value))
    if with_label:
        parts.append(Shape('<text class="tick mid" x="{}" y="180">{}</text>').format(x, point.label))
    return Shape("<g><title>{}</title>{}</g>").format(point.text, _join(parts))
