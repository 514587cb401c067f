"""What a platform's page prints: frozen objects, already text. Built in `scorecard`."""

from dataclasses import dataclass

from markupsafe import Markup

from pipeline.publish.web import parts
from pipeline.publish.web.figures import Count, Figure
from pipeline.publish.web.notices import NoticeItem
from pipeline.publish.web.page import Shell


@dataclass(frozen=True)
class SliceRow:
    """One month or one portal of a platform."""

    label: str
    figure: Figure


@dataclass(frozen=True)
class Sum:
    """The arithmetic of the sink rate: terms above and below the line, and the printed result."""

    above: tuple[parts.RungRow, ...]
    below: tuple[parts.RungRow, ...]
    result: Figure


@dataclass(frozen=True)
class TemplateItem:
    anchor: str
    href: str
    label: str
    text: str
    n_replies: Count
    n_complaints: Count
    first: str
    last: str


@dataclass(frozen=True)
class CaseLink:
    href: str
    title: str
    t0: str
    portals: str
    marks: tuple[str, ...]


@dataclass(frozen=True)
class CaseGroup:
    """Cases standing on one rung, or not judged; newest first."""

    swatch: Markup | None
    name: str
    what: str
    cases: tuple[CaseLink, ...]


@dataclass(frozen=True)
class TombstoneItem:
    complaint: str
    href: str | None
    kind: str
    last_alive: str
    gone: str
    had_terminal: bool


@dataclass(frozen=True)
class CampaignItem:
    title: str
    href: str
    kind: str
    n_cases: Count
    first: str
    last: str


@dataclass(frozen=True)
class StatementItem:
    received: str
    kind: str
    text: str
    evidence: str
    evidence_href: str | None


@dataclass(frozen=True)
class ClaimRow:
    """What a portal prints of the platform, and what of it holds by our measure."""

    portal: str
    name: str
    claimed: Count
    claimed_n: Count
    counted: str
    figure: Figure


@dataclass(frozen=True)
class TypicalItem:
    """Of one topic the case whose words are most like the others'."""

    topic: str
    n_cases: Count
    title: str
    href: str
    excerpt: str


@dataclass(frozen=True)
class Multiple:
    """One of the small multiples: a measure month by month with its data table."""

    name: str
    what: str
    picture: Markup | None
    rows: tuple[SliceRow, ...]


@dataclass(frozen=True)
class Cuts:
    """The sink rate month by month and by portal, horizon, issue and amount; `multiples` are the other measures by month."""

    months: tuple[SliceRow, ...]
    trend: Markup | None
    multiples: tuple[Multiple, ...]
    portals: tuple[SliceRow, ...]
    horizons: tuple[SliceRow, ...]
    issues: tuple[SliceRow, ...]
    amounts: tuple[SliceRow, ...]


@dataclass(frozen=True)
class Said:
    """What is known of its replies, cases, pages gone, campaigns, and its own statements."""

    templates: tuple[TemplateItem, ...]
    typical: tuple[TypicalItem, ...]
    groups: tuple[CaseGroup, ...]
    tombstones: tuple[TombstoneItem, ...]
    campaigns: tuple[CampaignItem, ...]
    statements: tuple[StatementItem, ...]


@dataclass(frozen=True)
class PlatformPage:
    shell: Shell
    id: str
    name: str
    review: str
    reviewed: bool
    invented: bool
    legal_name: str | None
    credit_code: str | None
    aliases: tuple[str, ...]
    sentence: str
    sink: parts.Rate
    sum: Sum | None
    ladder: Markup
    rungs: tuple[parts.RungRow, ...]
    promises: tuple[parts.Rate, ...]
    aside: tuple[Figure, ...]
    beside: tuple[Figure, ...]
    open_now: tuple[Figure, ...]
    claims: tuple[ClaimRow, ...]
    notices: tuple[NoticeItem, ...]
    flags: parts.Table
    cases_href: str
    speed: parts.Speed | None
    comparison: parts.Comparison | None
    definitions: tuple[parts.DefinitionRow, ...]
    money: parts.Money | None
    afterwards: tuple[Figure, ...]
    cuts: Cuts
    said: Said
    defs: Markup
