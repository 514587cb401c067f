"""What each portal alone shows of a case that stands on several."""

from pathlib import Path

import pyarrow as pa

from pipeline.engine import Engine
from pipeline.judge.verdicts import by_portal
from tests.judge.test_outcome import AS_OF, complaints, seen, steps


def test_a_case_on_two_portals_keeps_the_rung_of_each_and_a_case_on_one_has_no_row(tmp_path: Path) -> None:
    held = complaints(a=0, b=0, c=0).set_column(1, "case_id", pa.array(["x", "x", "y"]))
    answered = steps("a", [[1, "portal", "assigned"], [3, "platform", "replied", "substantive", "refusal"]])
    silent = steps("b", [[2, "portal", "assigned"]])
    looked = pa.concat_tables([seen(name, [119]) for name in "abc"])
    with Engine(tmp_path) as engine:
        engine.put("complaints_in", pa.table({"complaint": ["a", "b", "c"], "portal": ["heimao", "xfb315", "heimao"]}))
        rows = by_portal(engine, held, pa.concat_tables([answered, silent]), looked, AS_OF).to_pylist()
        none = by_portal(engine, held.slice(2), silent.slice(0, 0), looked, AS_OF)
    assert [(row["case_id"], row["portal"], row["rung"], row["replies"]) for row in rows] == [
        ("x", "heimao", "answered", 1),
        ("x", "xfb315", "silent", 0),
    ]
    assert none.num_rows == 0
    assert none.schema == pa.Table.from_pylist(rows, none.schema).schema
