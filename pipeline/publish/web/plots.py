"""Two more pictures as inline SVG: how replies come in over time, and the funnel of rates by number of cases.

As in `charts`: widths are percentages, heights pixels, colours and line styles come from the stylesheet, and the data
table stands beside the picture.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log

from markupsafe import Markup

from pipeline.publish.web.shapes import Shape

LIMIT_POINTS, NAMED_DOTS = 40, 100
FIRST_DAYS, LAST_DAYS = 1 / 24, 90.0
_TOP, _TALL, _LEFT, _WIDE = 30.0, 150.0, 0.07, 0.92
_TICKS = (1 / 24, 0.25, 1.0, 4.0, 14.0, LAST_DAYS)
_SVG = Shape(
    '<svg class="plot" role="img" aria-labelledby="{key}-t {key}-d" width="100%" height="{height}">'
    '<title id="{key}-t">{title}</title><desc id="{key}-d">{desc}</desc>{body}</svg>'
)


@dataclass(frozen=True)
class Step:
    """The curve from `days` on: share answered and its interval, all 0..1."""

    days: float
    share: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Deadline:
    """A line at `days`; up to `until` the deadline may fall, where it depends on the calendar."""

    days: float
    label: str
    until: float | None = None


@dataclass(frozen=True)
class FunnelDot:
    """One platform: cases, rate, expected rate and control limits, all shares 0..1; `few` draws it hollow."""

    text: str
    n: int
    value: float
    expected: float
    limits95: tuple[float, float]
    limits998: tuple[float, float]
    few: bool


def curve(
    steps: Sequence[Step], deadlines: Sequence[Deadline], ticks: Sequence[str], *, key: str, title: str, desc: str
) -> Markup:
    """Share answered against time (logarithmic, one hour to ninety days): a step line, its interval, the deadlines."""
    body = [_grid(share, label) for share, label in ((0.0, "0"), (0.5, "50%"), (1.0, "100%"))]
    body += [
        _tick(_time(days), label, index == 0, days == LAST_DAYS)
        for index, (days, label) in enumerate(zip(_TICKS, ticks, strict=True))
    ]
    body += [_deadline(one, index) for index, one in enumerate(deadlines)]
    drawn = [step for step in steps if step.days <= LAST_DAYS]
    last = LAST_DAYS if len(drawn) < len(steps) else steps[-1].days
    ends = [*(step.days for step in drawn[1:]), last][: len(drawn)]
    body += [_interval(step, end) for step, end in zip(drawn, ends, strict=True)]
    body += [_tread(step, end) for step, end in zip(drawn, ends, strict=True)]
    body += [_riser(before, after) for before, after in pairwise(drawn)]
    return _picture(body, key, title, desc)


def funnel(dots: Sequence[FunnelDot], unit: str, *, key: str, title: str, desc: str) -> Markup:
    """Rate against number of cases (`unit` is `%(n)s cases`); control limits and the expected rate run from platform to platform."""
    most = max(dot.n for dot in dots)
    ordered = sorted(dots, key=lambda dot: dot.n)
    body = [_grid(share, label) for share, label in ((0.0, "0"), (0.5, "50%"), (1.0, "100%"))]
    body += [
        _tick(_cases(most * part, most), unit % {"n": f"{most * part:.0f}"}, part == 0, part == 1)
        for part in (0, 0.5, 1)
    ]
    sampled = ordered[:: max(1, len(ordered) // LIMIT_POINTS)] + ordered[-1:]
    for kind, side in (("limit998", 0), ("limit998", 1), ("limit95", 0), ("limit95", 1), ("expected", 0)):
        ends = [(dot.n, _limit(dot, kind, side)) for dot in sampled]
        body += [_slope(kind, (before, after), most) for before, after in pairwise(ends) if before != after]
    body += [_dot(dot, most, named=len(ordered) <= NAMED_DOTS) for dot in ordered]
    return _picture(body, key, title, desc)


def _limit(dot: FunnelDot, kind: str, side: int) -> float:
    return {"limit95": dot.limits95, "limit998": dot.limits998, "expected": (dot.expected,)}[kind][side]


def _picture(body: Iterable[Markup], key: str, title: str, desc: str) -> Markup:
    height = round(_TOP + _TALL + 24)
    return _SVG.format(key=key, height=height, title=title, desc=desc, body=Markup("").join(body))


def _time(days: float) -> float:
    """0..1 on the time axis; what comes within the first hour stands at its start."""
    return min(max(log(days / FIRST_DAYS) / log(LAST_DAYS / FIRST_DAYS), 0.0), 1.0) if days > 0 else 0.0


def _cases(n: float, most: int) -> float:
    return n / most


def _x(place: float) -> str:
    return f"{(_LEFT + _WIDE * place) * 100:.2f}%"


def _y(share: float) -> float:
    return round(_TOP + (1 - min(max(share, 0.0), 1.0)) * _TALL, 1)


def _grid(share: float, label: str) -> Markup:
    return Shape(
        '<line class="grid" x1="0" x2="100%" y1="{y}" y2="{y}"/><text class="tick" x="0" y="{ty}">{label}</text>'
    ).format(y=_y(share), ty=_y(share) - 3, label=label)


def _tick(place: float, label: str, is_first: bool, is_last: bool) -> Markup:
    anchor = "end" if is_last else "start" if is_first else "middle"
    return Shape('<text class="tick" x="{}" y="{}" text-anchor="{}">{}</text>').format(
        _x(place), _TOP + _TALL + 16, anchor, label
    )


def _deadline(one: Deadline, index: int) -> Markup:
    """A dashed line with its label above the picture; a pale strip where the day depends on the calendar."""
    x = _x(_time(one.days))
    strip = Markup("")
    if one.until is not None:
        width = f"{_WIDE * (_time(one.until) - _time(one.days)) * 100:.2f}%"
        strip = Shape('<rect class="strip" x="{}" width="{}" y="{}" height="{}"/>').format(x, width, _TOP, _TALL)
    anchor = "end" if index == 0 else "start"
    return strip + Shape(
        '<line class="deadline" x1="{x}" x2="{x}" y1="{top}" y2="{end}"/>'
        '<text class="tick due" x="{x}" y="14" text-anchor="{anchor}">{label}</text>'
    ).format(x=x, top=_TOP - 10, end=_TOP + _TALL, anchor=anchor, label=one.label)


def _interval(step: Step, end: float) -> Markup:
    if step.low is None or step.high is None:
        return Markup("")
    left, right = _time(step.days), _time(end)
    return Shape('<rect class="range" x="{}" width="{:.2f}%" y="{}" height="{:.1f}"/>').format(
        _x(left), _WIDE * (right - left) * 100, _y(step.high), _y(step.low) - _y(step.high)
    )


def _tread(step: Step, end: float) -> Markup:
    return Shape('<line class="stair" x1="{}" x2="{}" y1="{y}" y2="{y}"/>').format(
        _x(_time(step.days)), _x(_time(end)), y=_y(step.share)
    )


def _riser(before: Step, after: Step) -> Markup:
    if _y(before.share) == _y(after.share):
        return Markup("")
    return Shape('<line class="stair" x1="{x}" x2="{x}" y1="{}" y2="{}"/>').format(
        _y(before.share), _y(after.share), x=_x(_time(after.days))
    )


def _slope(kind: str, ends: tuple[tuple[int, float], tuple[int, float]], most: int) -> Markup:
    (n1, share1), (n2, share2) = ends
    return Shape('<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
        kind, _x(_cases(n1, most)), _x(_cases(n2, most)), _y(share1), _y(share2)
    )


def _dot(dot: FunnelDot, most: int, *, named: bool) -> Markup:
    if not named:
        return Shape('<circle class="{}" cx="{}" cy="{}" r="3"/>').format(
            "dot few" if dot.few else "dot", _x(_cases(dot.n, most)), _y(dot.value)
        )
    return Shape('<g><title>{}</title><circle class="{}" cx="{}" cy="{}" r="4.5"/></g>').format(
        dot.text, "dot few" if dot.few else "dot", _x(_cases(dot.n, most)), _y(dot.value)
    )
