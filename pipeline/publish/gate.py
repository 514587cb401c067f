"""The checks before publishing. One failure and the edition is refused; the last good one stays."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.answers import Answers
from pipeline.code import code_digest
from pipeline.errors import GateClosed
from pipeline.intake.redact import leaks_all
from pipeline.model import STATISTICS, TABLES
from pipeline.publish.shelf import Shelf
from pipeline.schema import sqlite_columns

# Identifiers of portals and of ours: known by field, and 黑猫's eleven digits look like mobile numbers.
BY_FIELD = frozenset({
    "id", "complaint", "case_id", "campaign_id", "ref", "url", "into", "left", "right", "subject", "sql", "template", "group_ref",
    "record_digest", "inputs_digest", "home", "edition", "credit_code", "evidence_url", "value", "source",
})  # fmt: skip
# Sentences made of fixed words and times: read once a wording, whatever the times.
WORDED = {"cases": ("why", "why_en")}
_TIME = r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}"
SMALL = 20_000
"""Rows up to which a table's texts are asked about together with others'."""
MADE_BY = ("pipeline/intake", "pipeline/needs.py", "data/reference/redact.yml")
MOST_NOT_UNDERSTOOD = 0.005
# what follows from other tables shrinks with them, and those are watched
MAY_SHRINK = frozenset({"crawls", "editions", "findings", "notices", "coverage", "scorecards", *STATISTICS})


@dataclass(frozen=True)
class Read:
    """Tables whose texts were read for personal data already, and the problems found in them."""

    tables: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()


UNREAD = Read()


def check(
    tables: Mapping[str, pa.Table],
    previous: Path | None,
    accept_shrink: Collection[str],
    unread: pa.Table,
    answers: Answers,
    read: Read = UNREAD,
) -> None:
    """Raise GateClosed naming every failure. `unread` has portal, n_unread, n_seen; `previous` the published database."""
    rest = [name for name in tables if name not in read.tables]
    problems = [
        *read.problems,
        *leaks(tables, rest, answers),
        *_shrunk(tables, previous, accept_shrink),
        *_not_understood(unread),
    ]
    if problems:
        lines = "\n".join(f"  - {problem}" for problem in problems)
        raise GateClosed(f"the edition is not published; the last good one stays:\n{lines}")


def leaks(tables: Mapping[str, pa.Table], names: Iterable[str], answers: Answers) -> Iterator[str]:
    """Personal data in the text columns of the named tables, each distinct text read once; small tables are asked about together."""
    sizes = {name: tables.rows(name) if isinstance(tables, Shelf) else tables[name].num_rows for name in names}
    small = [name for name, rows in sizes.items() if rows <= SMALL]
    for together in (small, *([name] for name, rows in sizes.items() if rows > SMALL)):
        texts = {(name, column): found for name in together for column, found in _texts(tables, name)}
        asked = pa.table({"text": pc.unique(pa.chunked_array(list(texts.values()), pa.string()))})
        found = answers.of("leaks", code_digest(*MADE_BY), asked, _leaking)
        leaking = dict(
            zip(asked["text"].filter(pc.is_valid(found)).to_pylist(), found.drop_null().to_pylist(), strict=True)
        )
        for where, text in ((where, text) for where in texts for text in leaking):
            yield from _where(tables, *where, (text, leaking[text]))


def _texts(tables: Mapping[str, pa.Table], name: str) -> Iterator[tuple[str, pa.Array]]:
    """The distinct texts of each text column, alike where only times differ if its sentences are worded by us."""
    kinds = sqlite_columns(TABLES[name])
    wanted = [column for column, kind in kinds.items() if kind is str and column not in BY_FIELD]
    if isinstance(tables, Shelf):
        distinct = tables.distinct(name, wanted)
    else:
        distinct = {column: pc.unique(tables[name][column]).drop_null() for column in wanted}
    for column, values in distinct.items():
        if pa.types.is_string(values.type):
            yield column, _worded(name, column, values)


def _worded(name: str, column: str, values: Any) -> Any:
    if column not in WORDED.get(name, ()):
        return values
    return pc.replace_substring_regex(values, _TIME, "0000-00-00 00:00")


def _leaking(texts: pa.Table) -> pa.Array:
    """The strict kinds of personal data in each text, joined; null where there is none."""
    return pa.array([", ".join(kinds) or None for kinds in leaks_all(texts["text"].to_pylist())], pa.string())


def _where(tables: Mapping[str, pa.Table], name: str, column: str, leak: tuple[str, str]) -> Iterator[str]:
    """What was found where, if it stands in this column; `leak` is the text and the kinds."""
    key = next(iter(TABLES[name].model_fields))
    keys, values = (
        tables.column(name, one) if isinstance(tables, Shelf) else tables[name][one] for one in (key, column)
    )
    row = pc.index(_worded(name, column, values), leak[0]).as_py()
    if row >= 0:
        yield f"personal data left ({leak[1]}) in {name}.{column} of {keys[row].as_py()}: extend pipeline/intake/redaction, then run again"


def _shrunk(tables: Mapping[str, pa.Table], previous: Path | None, accept: Collection[str]) -> Iterator[str]:
    if previous is None or not previous.is_file():
        return
    with sqlite3.connect(f"file:{previous}?mode=ro", uri=True) as db:
        known = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for name in tables:
            if name not in known:
                continue  # an edition of an older format
            before = db.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            rows = tables.rows(name) if isinstance(tables, Shelf) else tables[name].num_rows
            if rows * 2 < before and name not in accept and name not in MAY_SHRINK:
                yield (
                    f"table {name} shrank from {before} to {rows} rows: look for missing raw files, "
                    f"or pass --accept-shrink {name} if that is right"
                )


def _not_understood(unread: pa.Table) -> Iterator[str]:
    for row in unread.to_pylist():
        if row["n_unread"] > MOST_NOT_UNDERSTOOD * row["n_seen"]:
            share = row["n_unread"] / row["n_seen"]
            yield (
                f"{row['portal']}: {row['n_unread']} of {row['n_seen']} complaints ({share:.1%}) carry words portal.yml does not "
                f"know (see table findings): add them to crawlers/portals/{row['portal']}/portal.yml, then run again"
            )
