"""Sightings → complaints, events, sightings: cleaned, redacted, platform known. Nothing after this sees an original."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.engine import Engine
from pipeline.intake.clean import clean_column, own_alias
from pipeline.intake.redact import redact_column, redact_name_field
from pipeline.intake.resolve import Resolver

# The latest sighting with a page decides a complaint's content; a sighting of our own comes before an imported row.
_CONTENT = """
    WITH ranked AS (
        SELECT *, row_number() OVER (PARTITION BY complaint ORDER BY gone IS NOT NULL, imported, seen_at DESC, run DESC) AS place
        FROM raw
    ), span AS (
        SELECT complaint, min(seen_at) AS first_seen_at, max(seen_at) AS last_seen_at, bool_and(imported) AS only_imported,
               first(found_via ORDER BY seen_at, run) AS found_first,
               min(gone.at) FILTER (WHERE gone IS NOT NULL) AS gone_at,
               max(seen_at) FILTER (WHERE gone IS NULL) AS alive_at
        FROM raw GROUP BY complaint
    )
    SELECT r.* EXCLUDE (place, seen_at, found_via, gone, imported, events, rating, page_digest), r.rating.satisfaction AS satisfaction,
           s.first_seen_at, s.last_seen_at, s.only_imported, s.found_first AS found_via,
           CASE WHEN s.alive_at IS NULL OR s.gone_at > s.alive_at THEN s.gone_at END AS gone_at, r.events
    FROM ranked r JOIN span s USING (complaint) WHERE place = 1 ORDER BY complaint
"""
_EVENTS = """
    SELECT complaint, unnest(events, recursive := true), unnest(generate_series(0, len(events) - 1)) AS seq
    FROM content WHERE len(events) > 0
"""


@dataclass(frozen=True)
class Redacted:
    """A redacted text column and the fingerprints found in it."""

    text: pa.Array
    fingerprints: pa.Array


def _redacted(column: pa.ChunkedArray, key: bytes) -> Redacted:
    """Clean and redact each distinct text once."""
    codes = clean_column(pa.chunked_array([column.combine_chunks()])).dictionary_encode()
    found = redact_column(codes.dictionary, key)
    return Redacted(found.field("text").take(codes.indices), found.field("fingerprints").take(codes.indices))


def _joined(lists: pa.ChunkedArray, key: bytes) -> pa.Array:
    """A list column of short printed values → one redacted text per row, separated by |."""
    joined = pc.binary_join(pc.fill_null(lists, []), "|")
    return _redacted(joined, key).text.fill_null("")


def take_in(engine: Engine, resolver: Resolver, key: bytes) -> None:
    """From the temporary table `raw`: keep `complaints_in`, `events_in`, `sightings_in`, `fingerprints`.

    `complaints_in` is one row per complaint (latest sighting with a page) with redacted title, body and lists, the
    keyed pseudonym of its author, its platform id; `events_in` its steps with redacted text.
    """
    content = engine.sql(_CONTENT)
    events = engine.sql(_EVENTS, content=content)
    title, body = _redacted(content["title"], key), _redacted(content["body"], key)
    names = _redacted(content["platform_name"], key).text
    complaints = _replace(
        content.drop_columns(["events"]),
        title=title.text,
        body=body.text,
        author=pa.array(
            [redact_name_field(own_alias(name), key) for name in content["author"].to_pylist()], pa.string()
        ),
        platform_name=names,
        issues=_joined(content["issues"], key),
        requests=_joined(content["requests"], key),
    )
    engine.put("complaints_in", complaints.append_column("platform", resolver.column(names)))
    texts = _redacted(events["text"], key)
    engine.put("events_in", _replace(events, text=texts.text))
    engine.put("fingerprints", _fingerprints(content, (title, body), events, texts))
    _sightings(engine)


def _replace(table: pa.Table, **columns: pa.Array) -> pa.Table:
    for name, values in columns.items():
        table = table.set_column(table.column_names.index(name), name, values)
    return table


def _fingerprints(content: pa.Table, texts: tuple[Redacted, ...], events: pa.Table, steps: Redacted) -> pa.Table:
    """Distinct (complaint, fingerprint) pairs of a complaint's own words: title, body, the complainant's steps."""
    parts = [_pairs(content["complaint"], text.fingerprints) for text in texts]
    own = pc.equal(events["actor"], "complainant")
    parts.append(_pairs(events["complaint"].filter(own), steps.fingerprints.filter(own.combine_chunks())))
    return pa.concat_tables(parts).group_by(["complaint", "fingerprint"]).aggregate([]).sort_by("complaint")


def _pairs(keys: pa.ChunkedArray, lists: pa.Array) -> pa.Table:
    parents = pc.list_parent_indices(lists)
    return pa.table({"complaint": keys.take(parents), "fingerprint": pc.list_flatten(lists)})


def _sightings(engine: Engine) -> None:
    """Every sighting of our own with the digest of the redacted record as it stood then, without its texts."""
    engine.derive(
        "sightings_in",
        """
        SELECT complaint, seen_at, found_via, imported, run, r.status, len(r.events) AS n_events, gone.kind AS gone, gone.at AS gone_at,
               sha256(to_json(struct_pack(complaint := complaint, status := r.status, gone := gone,
                      amount := r.amount_yuan, published := r.published_at,
                      steps := list_transform(r.events, lambda e: struct_pack(at := e.at, actor := e.actor, kind := e.kind, hidden := e.hidden))
               ))) AS record_digest
        FROM raw r ORDER BY complaint, seen_at, run
        """,
    )
