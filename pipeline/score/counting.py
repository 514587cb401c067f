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
_KEYS = {"cases": "id, platform, portals, topics, month, amount_yuan", "outcomes": "platform", "conduct": "platform"}


@dataclass(frozen=True)
class Cut:
    """`rows`: DuckDB relation over `{source}` adding `part`. The rest is made from `part` once it is counted: the slice's
    name, the same cut as text of the published SQL, and whether the part is too young to show."""

    rows: str
    slice: str
    cond: str
    young: str = "false"


Pass = tuple[str, Cut | None, str]


@dataclass(frozen=True)
class Frame:
    """Which rows, cut how: measures of one table, whole (the slice is `name`) or by a cut.

    `fewest`: slices of a platform with fewer cases of a measure's `n` are left out. `who` has rows. `textless`: slices
    whose portals print no reply text; they get no headline.
    """

    measures: Sequence[Measure]
    cut: Cut | None = None
    name: str = "all"
    fewest: int = 0
    who: Literal["everyone", "market", "platforms"] = "everyone"
    textless: frozenset[str] = frozenset()

    def conditions(self) -> list[str]:
        """k and n of each measure within its base, then the unseen and the matured of the frame's base."""
        sides = [f"({m.base}) AND ({side})" for m in self.measures for side in (m.k, m.n)]
        base = self.measures[0].base
        watched = any(measure.watched for measure in self.measures)
        return [*sides, f"({base}) AND state = 'unseen'" if watched else "false", f"({base})"]

    def counted_with(self) -> Pass:
        """Frames that can be counted in one pass over the marks."""
        return self.measures[0].table, self.cut, self.who


def shares(engine: Engine, frames: Sequence[Frame]) -> pa.Table:
    """One row per frame, platform (and `*`), slice and measure: horizon, k, n, value, low, high, state, sql."""
    marks = _mark(engine, frames)
    counted = {}
    for one in dict.fromkeys(frame.counted_with() for frame in frames):
        wanted = dict.fromkeys(name for frame in frames if frame.counted_with() == one for name in frame.conditions())
        counted[one] = _count(engine, one, [marks[one[0], condition] for condition in wanted])
    return pa.concat_tables([part for frame in frames for part in _shares(frame, counted[frame.counted_with()], marks)])


def _shares(frame: Frame, counted: pa.Table, marks: Marks) -> Iterator[pa.Table]:
    if not frame.cut:
        counted = counted.set_column(0, "slice", _same(frame.name, counted.num_rows))
    table = frame.measures[0].table
    columns = [counted[marks[table, condition]].to_numpy().astype(np.int64) for condition in frame.conditions()]
    unseen = np.asarray(columns[-2] > MOST_UNSEEN * columns[-1], bool)
    names = {measure.name: place for place, measure in enumerate(frame.measures)}
    market = pc.equal(counted["platform"], MARKET).to_numpy(zero_copy_only=False)
    for place, measure in enumerate(frame.measures):
        k, n = columns[2 * place], columns[2 * place + 1]
        basis = columns[2 * names.get(BOUNDS.get(measure.name, measure.name), place) + 1]
        states = _young(counted, states_of(basis, unseen if measure.watched else None))
        if measure.name in NEEDS_TEXT:
            states = _textless(counted, states, frame.textless)
        keep = n >= max(1, frame.fewest) if frame.cut else np.ones(len(n), bool)
        if frame.fewest:
            keep |= (n > 0) & market
        rows = np.flatnonzero(keep)
        kept = counted.select(["platform", "slice", "where"]).take(pa.array(rows))
        yield numbers(kept, measure, k[rows], n[rows], states[rows])


def _mark(engine: Engine, frames: Sequence[Frame]) -> Marks:
    """Keep `marks_<table>`: every condition of the frames as a column, so that each is worked out once."""
    found: Marks = {}
    for table in dict.fromkeys(frame.measures[0].table for frame in frames):
        own = [frame for frame in frames if frame.measures[0].table == table]
        wanted = dict.fromkeys(condition for frame in own for condition in frame.conditions())
        found |= {(table, condition): f"c{place}" for place, condition in enumerate(wanted)}
        columns = ", ".join(f"{condition} AS {found[table, condition]}" for condition in wanted)
        within = " OR ".join(dict.fromkeys(f"({measure.base})" for frame in own for measure in frame.measures))
        engine.keep(f"marks_{table}", f"SELECT {_KEYS[table]}, {columns} FROM {table} WHERE {within}")
    return found


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


def _count(engine: Engine, one: Pass, columns: list[str]) -> pa.Table:
    """Rows of slice, platform, young, where and the columns counted, by platform and slice; `*` is the market."""
    table, cut, who = one
    part, words = ("part", (cut.slice, cut.cond, cut.young)) if cut else ("'' AS part", ("''", "''", "false"))
    rows = cut.rows.format(source=f"marks_{table}") if cut else f"marks_{table}"
    counts = ", ".join(f"count(*) FILTER (WHERE {name}) AS {name}" for name in columns)
    sums = ", ".join(f"coalesce(sum({name}), 0)::BIGINT AS {name}" for name in columns)
    group = "GROUP BY part" if cut else ""
    platforms = f"SELECT platform, {part}, {counts} FROM {rows} GROUP BY platform{', part' if cut else ''}"
    queries = {
        "platforms": f"SELECT * FROM ({platforms}) WHERE platform IS NOT NULL",
        "market": f"SELECT '{MARKET}' AS platform, {part}, {counts} FROM {rows} {group}",
        "everyone": f"WITH own AS ({platforms}) SELECT * FROM own WHERE platform IS NOT NULL "
        f"UNION ALL SELECT '{MARKET}', {part}, {sums} FROM own {group}",
    }
    own = f"CASE WHEN platform = '{MARKET}' THEN '' ELSE ' AND platform = ''' || platform || '''' END"
    return engine.sql(f"""
        SELECT {words[0]} AS slice, platform, {words[2]} AS young, {own} || {words[1]} AS "where", {", ".join(columns)}
        FROM ({queries[who]}) ORDER BY platform, slice
    """)


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
