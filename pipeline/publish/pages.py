"""One frozen object per template: everything a page prints, already text. Built in `compose` from the database only."""

from dataclasses import dataclass

from markupsafe import Markup

from pipeline.publish import parts
from pipeline.publish.figures import Count, Figure


@dataclass(frozen=True)
class Shell:
    """What frames every page. `path` is the page's own address below the site."""

    title: str
    description: str
    path: str
    section: str
    edition: str
    as_of: str
    method_version: str
    digest: str
    data_url: str
    site_url: str
    invented: bool
    noindex: bool = False


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
class PlatformRow:
    """One row of the home table."""

    name: str
    href: str
    reviewed: bool
    invented: bool
    bar: Markup
    sink: Rate
    silence: Figure | None
    promises: tuple[tuple[str, Figure | None], ...]
    aside: tuple[Figure, ...]
    open_now: tuple[Figure, ...]


@dataclass(frozen=True)
class HomePage:
    shell: Shell
    ladder: Markup
    rungs: tuple[RungRow, ...]
    sink: Rate
    aside: tuple[Figure, ...]
    facts: tuple[Figure, ...]
    promises: tuple[Rate, ...]
    open_now: tuple[Figure, ...]
    rated: tuple[PlatformRow, ...]
    counted: tuple[PlatformRow, ...]
    portal_names: str
    funnel: parts.Funnel | None
    defs: Markup


@dataclass(frozen=True)
class SliceRow:
    """One month or one portal of a platform."""

    label: str
    figure: Figure


@dataclass(frozen=True)
class Sum:
    """The arithmetic of the sink rate: terms above and below the line, and the printed result."""

    above: tuple[RungRow, ...]
    below: tuple[RungRow, ...]
    result: Figure


@dataclass(frozen=True)
class TemplateItem:
    anchor: str
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
    sink: Rate
    sum: Sum | None
    ladder: Markup
    rungs: tuple[RungRow, ...]
    promises: tuple[Rate, ...]
    aside: tuple[Figure, ...]
    beside: tuple[Figure, ...]
    open_now: tuple[Figure, ...]
    trend: Markup | None
    months: tuple[SliceRow, ...]
    portals: tuple[SliceRow, ...]
    horizons: tuple[SliceRow, ...]
    speed: parts.Speed | None
    comparison: parts.Comparison | None
    definitions: tuple[parts.DefinitionRow, ...]
    money: parts.Money | None
    afterwards: tuple[Figure, ...]
    templates: tuple[TemplateItem, ...]
    groups: tuple[CaseGroup, ...]
    tombstones: tuple[TombstoneItem, ...]
    campaigns: tuple[CampaignItem, ...]
    statements: tuple[StatementItem, ...]
    defs: Markup


@dataclass(frozen=True)
class Step:
    """One line of a case's timeline; `actor` is also the style: complainant, platform, portal or mark."""

    at: str
    actor: str
    who: str
    kind: str
    where: str
    excerpt: str | None
    hidden: bool
    label: str
    label_what: str
    weight: str
    why: str


@dataclass(frozen=True)
class Member:
    """One complaint of the case."""

    portal: str
    ref: str
    href: str | None
    url: str
    status: str
    seen: str
    gone: str


@dataclass(frozen=True)
class CasePage:
    shell: Shell
    id: str
    title: str
    excerpt: str | None
    platform: str
    platform_href: str | None
    numeral: str
    swatch: Markup | None
    verdict: str
    sentence: str
    why: str
    marks: tuple[str, ...]
    clock: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...]
    members: tuple[Member, ...]
    sql_href: str
    defs: Markup


@dataclass(frozen=True)
class MethodPage:
    shell: Shell
    body: Markup
    contents: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class FindingRow:
    stage: str
    kind: str
    remedy: str
    n: Count


@dataclass(frozen=True)
class CoverageRow:
    scope: str
    collected: Count
    portal_count: Count
    met: Count
    counted: str


@dataclass(frozen=True)
class PortalBlock:
    id: str
    name: str
    home: str
    home_href: str | None
    collected: Count
    rejected: Count
    gone: Count
    first_seen: str
    last_seen: str
    coverage: tuple[CoverageRow, ...]
    crawls: parts.Crawls | None
    findings: tuple[FindingRow, ...]


@dataclass(frozen=True)
class PortalsPage:
    shell: Shell
    portals: tuple[PortalBlock, ...]
    other_findings: tuple[FindingRow, ...]


@dataclass(frozen=True)
class NotFoundPage:
    shell: Shell


Page = HomePage | PlatformPage | CasePage | MethodPage | PortalsPage | NotFoundPage
