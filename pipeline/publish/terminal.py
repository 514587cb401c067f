"""The table of scorecards for a terminal."""

import sqlite3
from pathlib import Path

from rich.table import Table

from pipeline.errors import BadInput

_ROWS = """
    SELECT p.name, s.k, s.n, s.value, s.low, s.high, s.state, l.value, h.value, i.value, o.value, e.as_of
    FROM scorecards s JOIN platforms p ON p.id = s.platform JOIN editions e ON e.id = s.edition
    LEFT JOIN scorecards l ON l.platform = s.platform AND l.measure = 'sink_low' AND l.horizon = '30d' AND l.slice = 'all'
    LEFT JOIN scorecards h ON h.platform = s.platform AND h.measure = 'sink_high' AND h.horizon = '30d' AND h.slice = 'all'
    LEFT JOIN scorecards i ON i.platform = s.platform AND i.measure = 'silence_rate' AND i.horizon = '30d' AND i.slice = 'all'
    LEFT JOIN scorecards o ON o.platform = s.platform AND o.measure = 'eb_mean' AND o.slice = 'all'
    WHERE s.measure = 'sink_rate' AND s.horizon = '30d' AND s.slice = 'all' AND s.n > 0
    ORDER BY o.value IS NULL, o.value DESC, p.name
"""


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def scorecard_table(database: Path) -> Table:
    """Platforms with judged cases, ordered as on the site; under 10 cases counts only."""
    if not database.is_file():
        raise BadInput(f"{database} does not exist: run `sinkrate run` first")
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as db:
        rows = db.execute(_ROWS).fetchall()
    as_of = rows[0][-1][:10] if rows else "–"
    table = Table(
        title=f"石沉率 sink rate at 30 days, as of {as_of}",
        caption="95 % Wilson interval; bounds: doubtful cases on either side",
    )
    for name in ("platform", "sunk/judged", "sink rate", "interval", "bounds", "silence", "state"):
        table.add_column(name, justify="left" if name in ("platform", "state") else "right")
    for name, k, n, value, low, high, state, lower, upper, silent, *_ in rows:
        interval = f"{_percent(low)}–{_percent(high)}" if value is not None else "–"
        bounds = f"{_percent(lower)}–{_percent(upper)}" if value is not None else "–"
        table.add_row(name, f"{k}/{n}", _percent(value), interval, bounds, _percent(silent), state)
    return table
