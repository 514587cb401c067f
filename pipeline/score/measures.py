"""The formula: what each rate counts, as predicates over the public table `cases`.

The same words run in DuckDB when an edition is made and in SQLite behind each printed number. Changing what a rate
means changes this file and its table of expected numbers, nothing else.
"""

from dataclasses import dataclass

SUNK = ("brushed_off", "silent", "undelivered", "closed_unanswered")
RATED = ("resolved_confirmed", "resolved_claimed", "answered", *SUNK)
OUTSIDE = ("withdrawn", "vanished")


def _in(column: str, rungs: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(rung) for rung in rungs)})"


_LOW_ALL = f"(state = 'unseen' OR {_in('rung_low', (*RATED[:3], 'brushed_off', 'silent', 'withdrawn'))})"
_HIGH_SUNK = f"(state = 'unseen' OR {_in('rung_high', ('resolved_claimed', *SUNK, *OUTSIDE))})"
_DELIVERED = f"(state = 'judged' AND delivered AND {_in('rung', RATED)})"


@dataclass(frozen=True)
class Measure:
    """A share: cases that satisfy `k` among cases that satisfy `n`, within `base`."""

    name: str
    k: str
    n: str
    base: str = "in_headline"
    horizon: str = "30d"


def _promise(name: str, column: str, horizon: str) -> list[Measure]:
    """A promise with its bounds: the undecidable on either side."""
    base = "in_promises"
    return [
        Measure(name, f"{column} = 'kept'", f"{column} IN ('kept', 'broken')", base, horizon),
        Measure(f"{name}_low", f"{column} = 'kept'", f"{column} IS NOT NULL", base, horizon),
        Measure(f"{name}_high", f"{column} IN ('kept', 'undecidable')", f"{column} IS NOT NULL", base, horizon),
    ]


MEASURES: tuple[Measure, ...] = (
    Measure("sink_rate", _in("rung", SUNK), _in("rung", RATED)),
    Measure("sink_low", _in("rung_low", ("brushed_off", "silent")), _LOW_ALL),
    Measure("sink_high", _HIGH_SUNK, "in_headline"),
    Measure("silence_rate", f"replies_in_time = 0 AND {_DELIVERED}", _DELIVERED),
    Measure("undelivered_share", "rung = 'undelivered'", _in("rung", RATED)),
    Measure("vanished_share", "rung = 'vanished'", "state = 'judged'"),
    Measure("withdrawn_share", "rung = 'withdrawn'", "state = 'judged'"),
    Measure("unseen_share", "state = 'unseen'", "in_headline"),
    Measure("hidden_share", f"hidden_only AND {_DELIVERED}", _DELIVERED),
    Measure("answered_late", f"answered_late AND {_in('rung', SUNK)}", _in("rung", SUNK)),
    *_promise("t24", "t24", "24h"),
    *_promise("t48", "t48", "48h"),
    *_promise("t7", "t7", "7wd"),
    Measure("t7_confirmed", "t7_confirmed = 'kept'", "t7_confirmed IN ('kept', 'broken')", "in_promises", "7wd"),
)
RUNG_MEASURES: tuple[Measure, ...] = tuple(
    Measure(f"rung:{rung}", f"rung = '{rung}'", "state = 'judged'") for rung in (*RATED, *OUTSIDE)
)
BOUNDS = {"sink_low": "sink_rate", "sink_high": "sink_rate"}


def count_sql(measure: Measure, platform: str, where: str = "") -> str:
    """The published SQL of one number: k, n, value."""
    scope = [measure.base] + ([f"platform = '{platform}'"] if platform != "*" else []) + ([where] if where else [])
    k, n = f"count(*) FILTER (WHERE {measure.k})", f"count(*) FILTER (WHERE {measure.n})"
    return f"SELECT {k} AS k, {n} AS n, {k} * 1.0 / nullif({n}, 0) AS value FROM cases WHERE {' AND '.join(scope)}"
