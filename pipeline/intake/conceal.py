"""Sightings as pages said them → sightings nobody can be recognised in. Nothing after this sees an original."""

from collections.abc import Sequence
from functools import cache

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.intake.clean import clean_column, own_alias
from pipeline.intake.redact import prints_column, redact_name_field, redact_texts

_PLAIN = ("portal", "ref", "url", "seen_at", "found_via", "platform_ref", "amount_yuan", "filed_at", "published_at", "status",
          "group_ref", "gone")  # fmt: skip
_DIGEST = """
    SELECT sha256(to_json(struct_pack(complaint := complaint, status := status, gone := gone, amount := amount_yuan, published := published_at,
           steps := list_transform(events, lambda e: struct_pack(at := e.at, actor := e.actor, kind := e.kind, hidden := e.hidden))))) AS digest
    FROM landed ORDER BY line
"""


def conceal(raw: pa.Table, key: bytes) -> pa.Table:
    """One row a sighting, in order: texts cleaned and redacted, author a keyed pseudonym, lists joined by |.

    Adds `complaint` (portal/ref), `imported`, `satisfaction`, `fingerprints` (of title, body and the
    complainant's steps) and `record_digest`.
    """
    steps = pc.list_flatten(raw["events"]).combine_chunks()
    lists = [pc.binary_join(pc.fill_null(raw[name], []), "|") for name in ("issues", "requests")]
    columns = [raw["title"], raw["body"], raw["platform_name"], *lists, pc.struct_field(steps, "text")]
    (title, body, name, issues, requests, said), prints = _redacted(columns, key)
    lengths = pc.fill_null(pc.list_value_length(raw["events"]), 0).to_numpy()
    own = pc.equal(pc.struct_field(steps, "actor"), "complainant").to_numpy(zero_copy_only=False)
    table = raw.select(_PLAIN).append_column("complaint", pc.binary_join_element_wise(raw["portal"], raw["ref"], "/"))
    added = {
        "imported": pc.starts_with(raw["found_via"], "import:"),
        "title": title, "body": body, "platform_name": name, "author": _authors(raw["author"], key),
        "issues": issues.fill_null(""), "requests": requests.fill_null(""),
        "satisfaction": pc.struct_field(raw["rating"], "satisfaction"),
        "events": _events(steps, said, lengths),
        "fingerprints": _fingerprints(prints, (0, 1), (5, np.repeat(np.arange(len(lengths)), lengths), own), raw.num_rows),
    }  # fmt: skip
    for column, values in added.items():
        table = table.append_column(column, values)
    return table.append_column("record_digest", _digests(table))


def _redacted(columns: Sequence[pa.ChunkedArray | pa.Array], key: bytes) -> tuple[list[pa.Array], list[pa.Array]]:
    """Clean and redact each distinct text of all columns once: the texts and the fingerprints of each column."""
    flat = [column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column for column in columns]
    seen = pa.concat_arrays(flat).dictionary_encode()
    codes = clean_column(seen.dictionary).dictionary_encode()
    redacted, marks = redact_texts(codes.dictionary)
    place = codes.indices.take(seen.indices)
    texts, prints = pa.array(redacted, pa.string()).take(place), prints_column(marks, key).take(place)
    starts = np.cumsum([0, *map(len, flat)]).tolist()
    return tuple(
        [whole.slice(at, len(part)) for at, part in zip(starts, flat, strict=False)] for whole in (texts, prints)
    )  # type: ignore[return-value]


def _authors(names: pa.ChunkedArray, key: bytes) -> pa.Array:
    codes = names.combine_chunks().dictionary_encode()
    hidden = [redact_name_field(own_alias(name), key) for name in codes.dictionary.to_pylist()]
    return pa.array(hidden, pa.string()).take(codes.indices)


def _events(steps: pa.StructArray, said: pa.Array, lengths: np.ndarray) -> pa.ListArray:
    """The steps with redacted texts, as lists again."""
    hidden = pc.fill_null(pc.struct_field(steps, "hidden"), False)
    fields = {name: pc.struct_field(steps, name) for name in ("at", "actor", "kind")} | {"text": said, "hidden": hidden}
    values = pa.StructArray.from_arrays(list(fields.values()), names=list(fields))
    return pa.ListArray.from_arrays(pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32()), values)


def _fingerprints(
    prints: list[pa.Array], whole: tuple[int, ...], steps: tuple[int, np.ndarray, np.ndarray], rows: int
) -> pa.ListArray:
    """Per sighting the fingerprints of its own words: `whole` columns, and the steps (column, row of each, whether own)."""
    column, row_of, own = steps
    parts = [(prints[place], np.arange(rows), np.ones(rows, bool)) for place in whole]
    parts.append((prints[column], row_of, own))
    owners, values = [], []
    for lists, row, mine in parts:
        parent = pc.list_parent_indices(lists).to_numpy()
        kept = mine[parent]
        owners.append(row[parent[kept]])
        values.append(pc.list_flatten(lists).filter(pa.array(kept)))
    owner = np.concatenate(owners)
    order = np.argsort(owner, kind="stable")
    offsets = np.searchsorted(owner[order], np.arange(rows + 1))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.concat_arrays(values).take(pa.array(order)))


def _digests(landed: pa.Table) -> pa.ChunkedArray:
    """Digest of each canonical record: what was seen, without its texts."""
    numbered = landed.select(["complaint", "status", "gone", "amount_yuan", "published_at", "events"])
    numbered = numbered.append_column("line", pa.array(np.arange(landed.num_rows)))
    db = _database()
    db.register("landed", numbered)
    try:
        return db.sql(_DIGEST).to_arrow_table()["digest"]
    finally:
        db.unregister("landed")


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """One in-memory database a process: opening one costs as much as a thousand digests."""
    db = duckdb.connect(config={"threads": 1})
    db.execute("SET TimeZone = 'UTC'")
    return db
