"""Counts of every measure for the market and all platforms at once, as columns of scorecards."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.engine import Engine
from pipeline.formula import BOUNDS, HEADLINE, NEEDS_TEXT, Measure, count_head
from pipeline.score.rates import Ints, wilson

COUNTS_ONLY_BELOW = 10
FEW_BELOW = 30
MOST_UNSEEN = 0.10
MARKET = "*"
Marks = dict[tuple[str, str], str]
"""(table, condition) → column of `marks_<table>`."""
_KEYS = {"cases": "id, platform, portals, issues, month, amount_yuan", "outcomes": "platform", "conduct": "platform"}


@dataclass(frozen=True)
class Frame:
    """Which rows, cut how: measures of one table by a slice.

    `cut`: DuckDB relation over `{source}` adding `slice`, `cond` (the same cut as text of the published SQL) and `young`;
    none is the whole, named `name`. `fewest`: slices of a platform with fewer cases of the first measure's `n` are left
    out. `who` has rows. `textless`: slices whose portals print no reply text; they get no headline.
    """

    measures: Sequence[Measure]
    cut: str | None = None
    name: str = "all"
    fewest: int = 0
    who: Literal["everyone", "market", "platforms"] = "everyone"
    textless: frozenset[str] = frozenset()


def shares(engine: Engine, frames: Sequence[Frame]) -> pa.Table:
    """One row per frame, platform (and `*`), slice and measure: horizon, k, n, value, low, high, state, sql."""
    marks = _mark(engine, frames)
    return pa.concat_tables([part for frame in frames for part in _shares(engine, frame, marks)])


def _shares(engine: Engine, frame: Frame, marks: Marks) -> Iterator[pa.Table]:
    counted = _count(engine, frame, marks)
    names = {measure.name: place for place, measure in enumerate(frame.measures)}
    columns = [_pair(counted, place) for place in range(len(frame.measures))]
    market = pc.equal(counted["platform"], MARKET).to_numpy(zero_copy_only=False)
    for place, measure in enumerate(frame.measures):
        k, n = columns[place]
        basis = columns[names.get(BOUNDS.get(measure.name, measure.name), place)][1]
        states = states_of(basis, _unseen(counted) if measure.watched else None)
        states = _young(counted, states)
        if measure.name in NEEDS_TEXT:
            states = _textless(counted, states, frame.textless)
        keep = n >= max(1, frame.fewest) if frame.cut else np.ones(len(n), bool)
        if frame.fewest:
            keep |= (n > 0) & market
        yield numbers(counted, measure, k, n, states).filter(pa.array(keep))


def _mark(engine: Engine, frames: Sequence[Frame]) -> Marks:
    """Keep `marks_<table>`: every condition of the frames as a column, so that each is worked out once."""
    found: Marks = {}
    for table in dict.fromkeys(frame.measures[0].table for frame in frames):
        own = [frame for frame in frames if frame.measures[0].table == table]
        wanted = dict.fromkeys(condition for frame in own for condition in _conditions(frame))
        found |= {(table, condition): f"c{place}" for place, condition in enumerate(wanted)}
        columns = ", ".join(f"{condition} AS {found[table, condition]}" for condition in wanted)
        within = " OR ".join(dict.fromkeys(f"({measure.base})" for frame in own for measure in frame.measures))
        engine.derive(f"marks_{table}", f"SELECT {_KEYS[table]}, {columns} FROM {table} WHERE {within}")
    return found


def _conditions(frame: Frame) -> list[str]:
    """k and n of each measure within its base, then the unseen and the matured of the frame's base."""
    sides = [f"({m.base}) AND ({side})" for m in frame.measures for side in (m.k, m.n)]
    base = frame.measures[0].base
    watched = any(measure.watched for measure in frame.measures)
    return [*sides, f"({base}) AND state = 'unseen'" if watched else "false", f"({base})"]


def numbers(counted: pa.Table, measure: Measure, k: Ints, n: Ints, states: npt.NDArray[np.str_]) -> pa.Table:
    """Columns of one measure from its counts; `counted` has platform, slice, where (SQL text after the head)."""
    shown = np.isin(states, ("ok", "few")) & (n > 0)
    low, high = wilson(k, n)
    value = np.divide(k, n, out=np.zeros(len(n)), where=n > 0)
    rows = counted.num_rows
    return pa.table({
        "platform": counted["platform"], "horizon": _same(measure.horizon, rows), "slice": counted["slice"],
        "measure": _same(measure.name, rows), "k": pa.array(k), "n": pa.array(n), "value": masked(value, shown),
        "low": masked(low, shown), "high": masked(high, shown), "state": pa.array(states.astype(object), pa.string()),
        "sql": pc.binary_join_element_wise(pa.scalar(count_head(measure)), counted["where"], ""),
    })  # fmt: skip


def masked(values: npt.NDArray[np.float64], shown: npt.NDArray[np.bool_]) -> pa.Array:
    """Floats as a column, null where they may not be shown."""
    return pa.array(values, pa.float64(), mask=~shown)


def _same(word: str, rows: int) -> pa.Array:
    return pa.array([word] * rows, pa.string())


def states_of(n: Ints, unseen: npt.NDArray[np.bool_] | None = None) -> npt.NDArray[np.str_]:
    """ok, few, counts_only or unseen for each denominator."""
    conditions = [n < COUNTS_ONLY_BELOW, unseen if unseen is not None else np.zeros(len(n), bool), n < FEW_BELOW]
    return np.select(conditions, ["counts_only", "unseen", "few"], "ok")


def _young(counted: pa.Table, states: npt.NDArray[np.str_]) -> npt.NDArray[np.str_]:
    """A month that is not over plus its horizon is no cohort yet."""
    young = counted["young"].to_numpy(zero_copy_only=False)
    return np.where(young & np.isin(states, ("ok", "few")), "young", states)


def _textless(counted: pa.Table, states: npt.NDArray[np.str_], slices: frozenset[str]) -> npt.NDArray[np.str_]:
    """A portal that prints no reply text: whether a reply was substantive is not known, so no headline."""
    if not slices:
        return states
    found = pc.is_in(counted["slice"], pa.array(sorted(slices))).to_numpy(zero_copy_only=False)
    return np.where(found & np.isin(states, ("ok", "few")), "no_text", states)


def _pair(counted: pa.Table, place: int) -> tuple[Ints, Ints]:
    k, n = (counted[f"{side}{place}"].to_numpy().astype(np.int64) for side in "kn")
    return k, n


def _unseen(counted: pa.Table) -> npt.NDArray[np.bool_]:
    """Where more than a tenth of the matured cases were not seen again."""
    unseen, matured = (counted[name].to_numpy().astype(float) for name in ("unseen", "matured"))
    return np.asarray(unseen > MOST_UNSEEN * matured, bool)


def _count(engine: Engine, frame: Frame, marks: Marks) -> pa.Table:
    """Rows of platform, slice, where, young, unseen, matured, k0, n0, k1, n1 …; `*` is the market."""
    table = frame.measures[0].table
    names = [f"{side}{place}" for place in range(len(frame.measures)) for side in "kn"]
    columns = ", ".join(
        f"count(*) FILTER (WHERE {marks[table, condition]}) AS {name}"
        for name, condition in zip([*names, "unseen", "matured"], _conditions(frame), strict=True)
    )
    taken = "slice, cond, young" if frame.cut else f"'{frame.name}' AS slice, '' AS cond, false AS young"
    source = (frame.cut or "{source}").format(source=f"marks_{table}")
    keys = ", slice, cond, young" if frame.cut else ""
    own = "' AND platform = ''' || platform || ''''"
    parts = {
        "platforms": f"SELECT platform, {own} AS owned, {taken}, {columns} FROM {source} WHERE platform IS NOT NULL GROUP BY platform{keys}",
        "market": f"SELECT '{MARKET}' AS platform, '' AS owned, {taken}, {columns} FROM {source}"
        + (f" GROUP BY {keys[2:]}" if keys else ""),
    }
    wanted = parts.values() if frame.who == "everyone" else [parts[frame.who]]
    counted = " UNION ALL ".join(wanted)
    return engine.sql(f'SELECT *, owned || cond AS "where" FROM ({counted}) ORDER BY platform, slice')


def plain_counts(engine: Engine, wanted: Iterable[tuple[str, str, str]]) -> pa.Table:
    """Counts without a share: (measure, table, condition) for every platform with complaints, and the market."""
    return pa.concat_tables([_plain(engine, *one) for one in wanted])


def _plain(engine: Engine, name: str, table: str, where: str) -> pa.Table:
    return engine.sql(f"""
        WITH p AS (SELECT DISTINCT platform FROM complaints WHERE platform IS NOT NULL),
        found AS (SELECT platform, count(*) AS k FROM {table} WHERE {where} GROUP BY platform),
        every AS (
            SELECT p.platform, coalesce(k, 0) AS k, ' AND platform = ''' || p.platform || '''' AS own FROM p LEFT JOIN found USING (platform)
            UNION ALL SELECT '*', coalesce(sum(k), 0)::BIGINT, '' FROM found
        )
        SELECT platform, $horizon AS horizon, 'all' AS slice, $name AS measure, k, NULL::BIGINT AS n, NULL::DOUBLE AS value,
               NULL::DOUBLE AS low, NULL::DOUBLE AS high, 'ok' AS state, $head || own AS sql
        FROM every ORDER BY platform
    """, {"name": name, "horizon": HEADLINE, "head": f"SELECT count(*) AS k, NULL AS n, NULL AS value FROM {table} WHERE {where}"})  # fmt: skip
