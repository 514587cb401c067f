"""Public tables → the statistics: scorecards (long: one number a row, with the SQL that makes it) and their siblings."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.engine import Engine
from pipeline.formula import DEFINITIONS, HEADLINE, HEADLINE_DAYS, LADDER, count_head
from pipeline.score import bands, mirror, portal_scores
from pipeline.score.comparison import rank_range
from pipeline.score.conduct import conduct
from pipeline.score.counting import MARKET, Frame, plain_counts, shares
from pipeline.score.curves import curves
from pipeline.score.money import money
from pipeline.score.radar import radar
from pipeline.score.rates import Ints, beta_binomial_prior, shrunken_mean
from pipeline.score.simulate import notice_simulation
from pipeline.score.slices import frames
from pipeline.score.standardised import standardised
from pipeline.score.typical import typical_cases

AGES = ((0, 7), (8, 14), (15, HEADLINE_DAYS))
_COUNTED = "standing = 'counted'"
_COUNTS = (
    ("n_cases", "cases", _COUNTED),
    ("n_complaints", "complaints", _COUNTED),
    *((f"open:{a}-{b}", "cases", f"{_COUNTED} AND open_days BETWEEN {a} AND {b}") for a, b in AGES),
    # past the horizon and not seen again: nobody knows how these stand
    (f"open:{HEADLINE_DAYS + 1}+", "cases", f"{_COUNTED} AND state = 'unseen'"),
)
_KEYS = ("platform", "slice", "horizon", "measure")


PLATFORM_TABLES = {"conduct": "case_id", "typical_cases": "platform, topic"}
"""Tables a row of which follows from its own platform alone, and the order of their rows."""


def of_platforms(engine: Engine, tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """PLATFORM_TABLES, of all platforms or some. `cases` and `complaints` are kept in the engine; `tables` are the public ones."""
    return {"conduct": conduct(engine, tables), "typical_cases": typical_cases(engine)}


def statistics(engine: Engine, edition: str, as_of: datetime, tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """Every table this stage makes. `cases`, `complaints`, `outcomes` are kept in the engine; `tables` are the public ones.

    PLATFORM_TABLES are taken from there if they were made before (`conduct` is kept in the engine then).
    """
    known = all(name in tables for name in PLATFORM_TABLES)
    made = {name: tables[name] for name in PLATFORM_TABLES} if known else of_platforms(engine, tables)
    made["curves"], quantiles = curves(engine)
    cards = shares(engine, frames(as_of))
    heads = _heads(cards)
    unseen = set(heads.filter(pc.equal(heads["state"], "unseen"))["platform"].to_pylist())
    parts = [cards, *_order(heads), standardised(engine, unseen), plain_counts(engine, _COUNTS), quantiles]
    made["scorecards"] = _sorted(pa.concat_tables([_plain(part) for part in parts]), edition)
    found = bands.places(engine)
    made |= {"bands": bands.bands(found), "funnel": bands.funnel(found), "flags": _flags(engine, as_of)}
    made |= {"money": money(engine), "robustness": _robustness(engine), "radar": radar(engine, as_of)}
    made |= {"mirror": mirror.mirror(engine), "notice_simulation": notice_simulation()}
    return made | {"portal_scores": portal_scores.portal_scores(engine, as_of, tables)}


def _flags(engine: Engine, as_of: datetime) -> pa.Table:
    burst = bands.flags(engine)
    return pa.concat_tables([burst, mirror.undelivered(engine, as_of).cast(burst.schema)])


def _plain(table: pa.Table) -> pa.Table:
    """One set of columns and types for parts made by different hands."""
    names = ["platform", "horizon", "slice", "measure", "k", "n", "value", "low", "high", "state", "sql"]
    types = {name: pa.string() for name in names} | {"k": pa.int64(), "n": pa.int64()}
    types |= {name: pa.float64() for name in ("value", "low", "high")}
    return table.select(names).cast(pa.schema([(name, types[name]) for name in names]))


def _sorted(table: pa.Table, edition: str) -> pa.Table:
    table = table.append_column("edition", pa.array([edition] * table.num_rows, pa.string()))
    return table.sort_by([(name, "ascending") for name in _KEYS])


def _heads(cards: pa.Table) -> pa.Table:
    """The headline sink rate of the market and each platform with judged cases."""
    wanted = {"slice": "all", "measure": "sink_rate", "horizon": HEADLINE}
    for name, word in wanted.items():
        cards = cards.filter(pc.equal(cards[name], word))
    return cards.filter(pc.greater(cards["n"], 0))


def _order(heads: pa.Table) -> list[pa.Table]:
    """Empirical-Bayes means (what the table is ordered by), the prior they come from, and rank ranges. Never a rank number."""
    own = heads.filter(pc.not_equal(heads["platform"], MARKET))
    prior = beta_binomial_prior(*_counts(own))
    shown = own.filter(pc.is_in(own["state"], pa.array(["ok", "few"])))
    empty = pa.nulls(shown.num_rows, pa.float64())
    k, n = _counts(shown)
    low, high = (pa.array(place.astype(float)) for place in rank_range(k, n, prior))
    means = pa.array(shrunken_mean(k, n, prior), pa.float64())
    return [
        _derived(shown, "eb_mean", (means, empty, empty), _MEAN),
        _derived(shown, "rank_range", (empty, low, high), _LOOKED_UP),
        *(_prior(heads, name, value) for name, value in zip(("eb_prior_a", "eb_prior_b"), prior, strict=True)),
    ]


_LOOKED_UP = "SELECT k, n, value FROM scorecards WHERE platform = '{platform}' AND measure = '{measure}'"
_MEAN = (
    "SELECT k, n, (a + k) / (a + b + n) AS value FROM "
    f"({count_head(LADDER[0])} AND platform = '{{platform}}'), "
    "(SELECT value AS a FROM scorecards WHERE measure = 'eb_prior_a'), (SELECT value AS b FROM scorecards WHERE measure = 'eb_prior_b')"
)


def _counts(heads: pa.Table) -> tuple[Ints, Ints]:
    k, n = (heads[side].to_numpy().astype(np.int64) for side in "kn")
    return k, n


def _prior(heads: pa.Table, measure: str, value: float) -> pa.Table:
    """One row of the market: a parameter of the fitted beta prior, of which likelihood has the last word and no SQL."""
    market = heads.filter(pc.equal(heads["platform"], MARKET))
    column = pa.array([value] * market.num_rows, pa.float64())
    empty = pa.nulls(market.num_rows, pa.float64())
    return _derived(market, measure, (column, empty, empty), _LOOKED_UP)


def _derived(heads: pa.Table, measure: str, columns: tuple[pa.Array, pa.Array, pa.Array], sql: str) -> pa.Table:
    """Rows about the headline made from its counts."""
    head, tail = sql.replace("{measure}", measure).split("{platform}")
    replaced = dict(zip(("value", "low", "high"), columns, strict=True))
    replaced |= {
        "measure": pa.array([measure] * heads.num_rows, pa.string()),
        "sql": pc.binary_join_element_wise(head, heads["platform"], tail, ""),
    }
    for name, column in replaced.items():
        heads = heads.set_column(heads.column_names.index(name), name, column)
    return heads


def _robustness(engine: Engine) -> pa.Table:
    """The same headline cases under other definitions."""
    rows = shares(engine, [Frame(DEFINITIONS)])
    rows = rows.filter(pc.greater(rows["n"], 0)).rename_columns({"measure": "definition"})
    return rows.sort_by([("platform", "ascending"), ("definition", "ascending")])
