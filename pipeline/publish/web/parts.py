"""What several pages print: frozen objects, already text."""

from dataclasses import dataclass

from markupsafe import Markup

from pipeline.publish.web.figures import Count, Figure


@dataclass(frozen=True)
class CurveRow:
    """One point of the curve in its data table."""

    at: str
    share: str
    interval: str
    earliest: str
    at_risk: str


@dataclass(frozen=True)
class Speed:
    """Time to the first substantive reply."""

    quantiles: tuple[Figure, ...]
    curve: Markup | None
    rows: tuple[CurveRow, ...]
    href: str


@dataclass(frozen=True)
class Comparison:
    """Against the market: band or why there is none, rank range, standardised rate."""

    band: str
    kind: str
    why: str
    tests: tuple[tuple[str, Count], ...]
    rank: Count | None
    n_ranked: Count
    standardised: Figure | None
    market: Count | None
    dot: Markup | None


@dataclass(frozen=True)
class DefinitionRow:
    """The same cases under one definition."""

    name: str
    what: str
    own: bool
    figure: Figure
    dot: Markup | None


@dataclass(frozen=True)
class MoneyLine:
    """Disputed amounts of one rung."""

    swatch: Markup | None
    name: str
    n_cases: Count
    n_amounts: Count
    total: Count
    middle: Count
    quartiles: Count
    most: Count


@dataclass(frozen=True)
class Money:
    picture: Markup | None
    rows: tuple[MoneyLine, ...]


@dataclass(frozen=True)
class FunnelRow:
    """One platform in the table behind the funnel."""

    name: str
    href: str
    rate: Count
    counts: Count
    expected: Count
    limits95: Count
    limits998: Count
    band: str


@dataclass(frozen=True)
class CrawlRow:
    """One crawl of a portal."""

    run: str
    ended: str
    outcome: str
    trusted: bool
    listed: Count
    records: Count
    new: Count
    gone: Count
    gone_kinds: str
    refused: Count
    refused_kinds: str
    gaps: Count
    findings: Count
    waited: str


@dataclass(frozen=True)
class Crawls:
    """The crawls of one portal: the newest in full, and how old the last good data are."""

    last_good: str
    age: Count
    n_runs: Count
    n_refused: Count
    rows: tuple[CrawlRow, ...]
    href: str


@dataclass(frozen=True)
class RungRow:
    """One rung in the table behind a ladder."""

    numeral: str
    name: str
    what: str
    group: str
    swatch: Markup
    figure: Figure | None


@dataclass(frozen=True)
class Rate:
    """A rate with its bounds and its picture."""

    figure: Figure | None
    low: Figure | None
    high: Figure | None
    dot: Markup | None


@dataclass(frozen=True)
class Cell:
    """One cell of a plain table: text, perhaps a page or an SQL behind it. `data` marks what stands as printed."""

    text: str
    href: str = ""
    sql: str = ""
    kind: str = ""
    data: bool = False
    mark: Markup | None = None


@dataclass(frozen=True)
class Table:
    """A plain table: heads are (label, css class); the first cell of a row is its head."""

    caption: str
    head: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Cell, ...], ...]
    href: str = ""


def number_cell(count: Count) -> Cell:
    return Cell(count.text, sql=count.href, kind="r")
