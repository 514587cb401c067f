"""The formula: the horizon, the window and what each rate counts, as predicates over the public tables.

The same words run in DuckDB when an edition is made and in SQLite behind each printed number. Changing the horizon, the
side a rung stands on or what a rate means changes this file and its table of expected numbers, nothing else.
"""

from dataclasses import dataclass, replace

HEADLINE_DAYS = 30
HEADLINE = f"{HEADLINE_DAYS}d"
HORIZONS = ("7wd", HEADLINE, "90d")
WINDOW_MONTHS = 12
"""The headline counts cases with t0 in these months before as-of less the horizon."""

ANSWERED = ("resolved_confirmed", "resolved_claimed", "answered")
SUNK = ("brushed_off", "silent", "undelivered", "closed_unanswered")
RATED = (*ANSWERED, *SUNK)
OUTSIDE = ("withdrawn", "vanished")
LEAVING = ("undelivered", "closed_unanswered")
"""Rungs that leave both sides of the low bound."""


def _in(column: str, rungs: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(rung) for rung in rungs)})"


_LOW_SUNK = tuple(rung for rung in SUNK if rung not in LEAVING)
_LOW_ALL = f"(state = 'unseen' OR {_in('rung_low', (*ANSWERED, *_LOW_SUNK, 'withdrawn'))})"
_HIGH_SUNK = f"(state = 'unseen' OR {_in('rung_high', ('resolved_claimed', *SUNK, *OUTSIDE))})"
_MATURED = "state <> 'too_young'"
_DELIVERED = f"(state = 'judged' AND delivered AND {_in('rung', RATED)})"


@dataclass(frozen=True)
class Measure:
    """A share: rows that satisfy `k` among rows that satisfy `n`, within `base`, of a public table.

    `watched`: counts only where more than a tenth of the matured cases of `base` were not seen again.
    """

    name: str
    k: str
    n: str
    base: str = "in_headline"
    horizon: str = HEADLINE
    table: str = "cases"
    watched: bool = True


def _promise(name: str, column: str, horizon: str) -> list[Measure]:
    """A promise with its bounds: the undecidable on either side."""
    base = "in_promises"
    return [
        Measure(name, f"{column} = 'kept'", f"{column} IN ('kept', 'broken')", base, horizon, watched=False),
        Measure(f"{name}_low", f"{column} = 'kept'", f"{column} IS NOT NULL", base, horizon, watched=False),
        Measure(f"{name}_high", f"{column} IN ('kept', 'undecidable')", f"{column} IS NOT NULL", base, horizon, watched=False),
    ]  # fmt: skip


def _offers(fate: str) -> Measure:
    return Measure(f"offers_{fate}", f"offer = '{fate}'", "offer IS NOT NULL", table="conduct", watched=False)


LADDER: tuple[Measure, ...] = (
    Measure("sink_rate", _in("rung", SUNK), _in("rung", RATED)),
    Measure("sink_low", _in("rung_low", _LOW_SUNK), _LOW_ALL),
    Measure("sink_high", _HIGH_SUNK, _MATURED),
    Measure("silence_rate", f"{_in('rung', ('silent', 'closed_unanswered'))} AND {_DELIVERED}", _DELIVERED),
)
"""What is printed at every horizon and for every slice."""
UNDELIVERED = Measure("undelivered_share", "rung = 'undelivered'", _in("rung", RATED))
STANDING_OUTSIDE: tuple[Measure, ...] = (
    UNDELIVERED,
    Measure("vanished_share", "rung = 'vanished'", "state = 'judged'"),
    Measure("withdrawn_share", "rung = 'withdrawn'", "state = 'judged'"),
    Measure("unseen_share", "state = 'unseen'", _MATURED, watched=False),
)
MEASURES: tuple[Measure, ...] = (
    *LADDER,
    *STANDING_OUTSIDE,
    Measure("hidden_share", f"hidden_only AND {_DELIVERED}", _DELIVERED),
    Measure("answered_late", f"answered_late AND {_in('rung', SUNK)}", _in("rung", SUNK)),
    *_promise("t24", "t24", "24h"),
    *_promise("t48", "t48", "48h"),
    *_promise("t7", "t7", "7wd"),
    Measure("t7_confirmed", "t7_confirmed = 'kept'", "t7_confirmed IN ('kept', 'broken')", "in_promises", "7wd", watched=False),
)  # fmt: skip
RUNG_MEASURES: tuple[Measure, ...] = tuple(
    Measure(f"rung:{rung}", f"rung = '{rung}'", "state = 'judged'", watched=False) for rung in (*RATED, *OUTSIDE)
)
CONDUCT: tuple[Measure, ...] = (
    Measure("withdrawn_soon", "withdrawn_soon", "contacted", table="conduct", watched=False),
    Measure("reopened", "reopened", "claimed", table="conduct", watched=False),
    *(_offers(fate) for fate in ("confirmed", "contradicted", "unheard")),
)
BOUNDS = {"sink_low": "sink_rate", "sink_high": "sink_rate"}
NEEDS_TEXT = ("sink_rate", "reply_rate")
"""Not shown for a portal that prints no reply text: whether a reply is substantive is unknown there, only the bounds hold."""
DELIVERED = Measure("sink_delivered", f"{_in('rung', SUNK)} AND delivered", f"{_in('rung', RATED)} AND delivered")
"""The headline without undelivered cases: a band must hold on both."""


def at_horizon(horizon: str) -> tuple[Measure, ...]:
    """What is printed at another horizon, counted from `outcomes`."""
    base = f"horizon = '{horizon}' AND in_headline"
    wanted = (*LADDER, *STANDING_OUTSIDE)
    return tuple(replace(measure, base=base, horizon=horizon, table="outcomes") for measure in wanted)


EVER = f"standing = 'counted' AND t0 IS NOT NULL AND {_MATURED}"
ALL_TIME = tuple(replace(measure, base=EVER) for measure in LADDER)
"""Whatever the window: all of time, and each cohort by month of t0."""
CLAIMED = {
    "reply_rate": Measure("reply_rate", _in("rung", ANSWERED), _in("rung", RATED)),
    "completion_rate": Measure("completion_rate", "rung = 'resolved_confirmed'", _in("rung", RATED)),
}
"""What a portal prints about a platform → what of it holds: a substantive reply in time, a confirmation in time."""

_ANY_REPLY = f"(replies_in_time > 0 OR {_in('rung', ('resolved_confirmed',))})"
_HEARD = "(rung = 'resolved_confirmed' OR contradicted)"
_SENT = "(state = 'judged' AND delivered)"
DEFINITIONS: tuple[Measure, ...] = (
    Measure("sinkrate", _in("rung", ANSWERED), _in("rung", RATED)),
    # 黑猫: the first reply of the company counts as handled; so does a confirmed completion.
    Measure("heimao", f"{_SENT} AND {_ANY_REPLY}", _SENT),
    # consumidor.gov.br: of the finished ones the company answered, those not said to be unresolved; silence is solved.
    Measure("consumidor", f"{_SENT} AND {_ANY_REPLY} AND rung <> 'withdrawn' AND NOT contradicted",
            f"{_SENT} AND {_ANY_REPLY} AND rung <> 'withdrawn'"),
    # Reclame Aqui prints several indices; the score also needs stars. Solution: among those who said anything.
    Measure("reclame_aqui:response", f"{_SENT} AND replies_in_time > 0", _SENT),
    Measure("reclame_aqui:solution", f"{_SENT} AND rung = 'resolved_confirmed'", f"{_SENT} AND {_HEARD}"),
    # 电诉宝: of its index only the feedback rate can be computed; the weights are not published.
    Measure("dianshubao:feedback", f"{_SENT} AND replies_in_time > 0", _SENT),
)  # fmt: skip
"""The same cases under other definitions: what each counts as handled, among what."""

AMOUNTS: dict[str, str] = {
    "<50": "amount_yuan < 50",
    "50-200": "amount_yuan >= 50 AND amount_yuan < 200",
    "200-1000": "amount_yuan >= 200 AND amount_yuan < 1000",
    "1000-5000": "amount_yuan >= 1000 AND amount_yuan < 5000",
    ">=5000": "amount_yuan >= 5000",
    "unknown": "amount_yuan IS NULL",
}
STRATUM = "substr(topics, 1, instr(topics || '|', '|') - 1) || ' @ ' || portals"
"""First topic of our own taxonomy, alike over portals, × portals: what the standardised rate holds equal."""


def count_head(measure: Measure) -> str:
    """The published SQL of one number up to its WHERE: k, n, value."""
    k, n = f"count(*) FILTER (WHERE {measure.k})", f"count(*) FILTER (WHERE {measure.n})"
    return f"SELECT {k} AS k, {n} AS n, {k} * 1.0 / nullif({n}, 0) AS value FROM {measure.table} WHERE {measure.base}"
