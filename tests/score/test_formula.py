"""The formula lives in one file: another horizon, or a rung on the other side, is a change of it and of nothing else."""

import re
import subprocess
import sys

from pipeline.paths import PROJECT

FORMULA = PROJECT / "pipeline" / "formula.py"
OTHERS = [
    *(PROJECT / "pipeline" / "score").glob("*.py"),
    *(PROJECT / "pipeline" / "judge").glob("*.py"),
    PROJECT / "pipeline" / "publish" / "tables.py",
]
CHANGES = {
    "HEADLINE_DAYS = 30": "HEADLINE_DAYS = 45",
    'ANSWERED = ("resolved_confirmed", "resolved_claimed", "answered")': 'ANSWERED = ("resolved_confirmed", "resolved_claimed", "answered", "brushed_off")',
    'SUNK = ("brushed_off", "silent",': 'SUNK = ("silent",',
}
# The changed formula takes the place of the real one before anything imports it; the rest of the program is untouched.
_TRY = """
import importlib.util, sys
from pathlib import Path
import pipeline
spec = importlib.util.spec_from_file_location("pipeline.formula", sys.argv[1])
sys.modules["pipeline.formula"] = pipeline.formula = importlib.util.module_from_spec(spec)
spec.loader.exec_module(pipeline.formula)
from tests.score import test_gaming as games
world = games.scored(Path(sys.argv[2]), [*games.platform("甲木点卡", games.silent), *games.platform("乙木点卡", games.template)])
assert {str(row["deadline_at"] - row["t0"]) for row in world.tables["cases"]} == {"45 days, 0:00:00"}
assert world.horizons >= {"7wd", "45d", "90d"} and "30d" not in world.horizons
assert world.share("甲木点卡", "sink_rate") == 0.5, world.cards["甲木点卡", "sink_rate"]
assert world.share("乙木点卡", "sink_rate") == 0.0, world.cards["乙木点卡", "sink_rate"]
assert world.share("乙木点卡", "sink_low") == 0.0
"""


def test_changing_the_horizon_and_a_rung_touches_one_file(tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = FORMULA.read_text(encoding="utf8")
    for old, new in CHANGES.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    changed = tmp_path / "formula.py"
    changed.write_text(text, encoding="utf8")
    command = [sys.executable, "-c", _TRY, str(changed), str(tmp_path)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr


def test_no_other_file_of_judging_and_scoring_spells_the_horizon_or_the_window() -> None:
    spelled = re.compile(r"\b30d\b|days=30\b|INTERVAL 30|\b12 MONTH|HORIZON_DAYS = \d")
    found = [
        f"{path.name}: {match.group()}"
        for path in OTHERS
        for match in spelled.finditer(path.read_text(encoding="utf8"))
    ]
    assert found == []
