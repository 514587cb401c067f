"""Steps without a printed time: between which of our own sightings each appeared."""

from pipeline.engine import Engine

# The n-th such step of one actor and kind is shown by a sighting that has at least n of them; texts may change between sightings.
_SHOWN = """
    WITH timeless AS (
        SELECT complaint, seq, actor, kind, row_number() OVER (PARTITION BY complaint, actor, kind ORDER BY seq) AS place
        FROM events_in WHERE "at" IS NULL
    ), looks AS (
        SELECT t.complaint, t.seq, r.seen_at,
               len(list_filter(r.events, lambda e: e.at IS NULL AND e.actor = t.actor AND e.kind = t.kind)) >= t.place AS shows
        FROM timeless t JOIN landed r USING (complaint) WHERE NOT r.imported AND r.gone IS NULL
    ), first AS (
        SELECT complaint, seq, min(seen_at) FILTER (WHERE shows) AS shown_at FROM looks GROUP BY complaint, seq
    )
    SELECT f.complaint, f.seq, f.shown_at, max(l.seen_at) FILTER (WHERE NOT l.shows AND (f.shown_at IS NULL OR l.seen_at < f.shown_at)) AS absent_at
    FROM first f JOIN looks l USING (complaint, seq) GROUP BY f.complaint, f.seq, f.shown_at ORDER BY f.complaint, f.seq
"""


def run(engine: Engine) -> None:
    """From `landed` and `events_in` keep `shown_in`: complaint, seq, shown_at (our first sighting with the step; null: none),
    absent_at (our last one before that without it; null: none)."""
    engine.keep("shown_in", _SHOWN)
