"""Table `claims`: what a portal prints about a platform, and what of it holds among the headline cases on that portal."""

from collections import defaultdict
from datetime import datetime

import pyarrow as pa

from pipeline.engine import Engine
from pipeline.formula import CLAIMED
from pipeline.model import Claim
from pipeline.portals import PrintedRate, facts, slugs
from pipeline.schema import arrow_schema
from pipeline.score.counting import Frame, shares
from pipeline.score.slices import PORTALS, textless

Counters = dict[str, dict[str, float]]
"""ref → counter → value; one platform may have several refs on a portal."""
_LATEST = """
    SELECT portal, platform, ref, counter, arg_max(value, counted_at) AS value, max(counted_at) AS counted_at
    FROM controls WHERE counted_at <= $as_of GROUP BY ALL ORDER BY ALL
"""


def claims(engine: Engine, as_of: datetime) -> pa.Table:
    """One row per portal, platform and printed rate; `controls` and `cases` are kept in the engine."""
    counters: dict[tuple[str, str], Counters] = defaultdict(lambda: defaultdict(dict))
    counted: dict[tuple[str, str], datetime] = {}
    for row in engine.sql(_LATEST, {"as_of": as_of}).to_pylist():
        place = row["portal"], row["platform"]
        counters[place][row["ref"]][row["counter"]] = row["value"]
        counted[place] = max(row["counted_at"], counted.get(place, row["counted_at"]))
    measured = _measured(engine)
    rates = {slug: facts(slug).printed_rates for slug in slugs()}
    rows = [
        {"portal": portal, "platform": platform, "counted_at": counted[portal, platform]} | claim | measured[platform, f"portal:{portal}", measure]
        for (portal, platform), own in counters.items()
        for measure, printed in rates.get(portal, {}).items()
        if (claim := _claim(own, printed)) and (platform, f"portal:{portal}", measure) in measured
    ]  # fmt: skip
    table = pa.Table.from_pylist(rows, arrow_schema(Claim))
    return table.sort_by([(name, "ascending") for name in ("portal", "platform", "measure")])


def _measured(engine: Engine) -> dict[tuple[str, str, str], dict[str, object]]:
    """(platform, slice, measure) → what holds; platforms without a headline case on the portal have no row."""
    found = shares(engine, [Frame(tuple(CLAIMED.values()), PORTALS, who="platforms", textless=textless())])
    names = ("measure", "k", "n", "value", "low", "high", "state", "sql")
    return {
        (row["platform"], row["slice"], row["measure"]): {name: row[name] for name in names}
        for row in found.to_pylist()
    }


def _claim(own: Counters, printed: PrintedRate) -> dict[str, object]:
    """The printed share over all refs that print it whole, by their own n; empty where none does."""
    k = n = 0.0
    for counters in own.values():
        size = counters.get(printed.n)
        met = counters.get(printed.k) if printed.k else None
        if printed.share and size is not None and printed.share in counters:
            met = counters[printed.share] * size
        if size and met is not None:
            k, n = k + met, n + size
    return {"claimed_n": round(n), "claimed": min(k / n, 1.0)} if n else {}
