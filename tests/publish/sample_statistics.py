"""The statistics of the invented edition: made from its own tables by the stage that makes those of a real one."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.engine import Engine
from pipeline.model import TABLES
from pipeline.schema import arrow_schema, conform
from pipeline.score.scorecards import statistics
from tests.publish.sample_scorecards import AS_OF, EDITION, Row

_DAYS = {"7wd": 9, "30d": 30, "90d": 90}
_COPIED = ("platform", "t0", "delivered", "rung", "rung_low", "rung_high", "replies_in_time")


def outcomes(cases: list[Row]) -> list[Row]:
    """Every case at the three horizons; what a case stands on at 30 days it stands on at all that have passed."""
    return [_outcome(case, horizon, days) for case in cases for horizon, days in _DAYS.items()]


def _outcome(case: Row, horizon: str, days: int) -> Row:
    deadline = case["t0"] + timedelta(days)
    row = {name: case[name] for name in _COPIED} | {"case_id": case["id"], "horizon": horizon, "official": True}
    young = deadline > AS_OF or case["state"] == "too_young"
    state = "too_young" if young else case["state"]
    gone = dict.fromkeys(("rung", "rung_low", "rung_high")) if young else {}
    return row | gone | {"deadline_at": deadline, "state": state, "in_headline": case["in_headline"] and not young}


def statistics_of(tables: dict[str, pa.Table], cases: list[Row]) -> dict[str, pa.Table]:
    """The tables of the statistics; of the scorecards only measures that the sample does not count by hand."""
    public = tables | {"outcomes": pa.Table.from_pylist(outcomes(cases), arrow_schema(TABLES["outcomes"]))}
    with TemporaryDirectory() as folder, Engine(Path(folder)) as engine:
        for name in ("cases", "complaints", "outcomes"):
            engine.put(name, public[name])
        made = statistics(engine, EDITION, AS_OF, public) | {"outcomes": public["outcomes"]}
        by_hand = set(tables["scorecards"]["measure"].to_pylist())
        cards = made["scorecards"]
        others = cards.filter(pc.invert(pc.is_in(cards["measure"], pa.array(sorted(by_hand)))))
        made |= {"scorecards": pa.concat_tables([tables["scorecards"], conform(others, TABLES["scorecards"])])}
        return {name: conform(table, TABLES[name]) for name, table in made.items()}
