"""The systemd units: systemd itself reads them without complaint, and every command in them is one the program has."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipeline.cli import main
from pipeline.paths import SITE

UNITS = SITE / "deploy"
NAMES = sorted(path.name for path in UNITS.glob("*.service")) + sorted(path.name for path in UNITS.glob("*.timer"))
ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(
    ANALYZE is None, reason="no systemd-analyze on this machine: apt-get install systemd"
)


def _starts(name: str) -> list[str]:
    return re.findall(r"^ExecStart=(.*)$", (UNITS / name).read_text(encoding="utf8"), re.MULTILINE)


@needs_systemd
def test_systemd_reads_every_unit_without_complaint(tmp_path: Path) -> None:
    """As installed, but for the program's own place: systemd looks whether what it is to start exists."""
    units, program, site = (tmp_path / name for name in ("units", "sinkrate", "site"))
    units.mkdir()
    program.symlink_to(Path(sys.executable).parent / "sinkrate")  # a checkout's path may hold blanks
    site.symlink_to(SITE)
    for name in NAMES:
        text = (UNITS / name).read_text(encoding="utf8")
        text = text.replace("/opt/sinkrate/.venv/bin/sinkrate", str(program)).replace("/opt/sinkrate/site", str(site))
        (units / name.replace("@", "@2026-11-20-aaaaaaaa")).write_text(text, encoding="utf8")
    said = subprocess.run(
        [str(ANALYZE), "verify", *map(str, sorted(units.iterdir()))], capture_output=True, text=True, check=False
    )
    assert (said.returncode, said.stdout + said.stderr) == (0, "")


@needs_systemd
@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".timer")])
def test_timers_have_a_next_time(name: str) -> None:
    when = re.search(r"^OnCalendar=(.*)$", (UNITS / name).read_text(encoding="utf8"), re.MULTILINE)
    assert when is not None
    said = subprocess.run([str(ANALYZE), "calendar", when[1]], capture_output=True, text=True, check=True)
    assert "Next elapse" in said.stdout


def _commands(text: str) -> set[str]:
    """Words after `sinkrate` and its options: the commands a text calls."""
    return set(re.findall(r"(?:bin/)?sinkrate(?: --data \S+)? ([a-z]+)", text))


def test_every_command_of_the_units_and_the_guides_exists() -> None:
    workflow = yaml.safe_load((SITE.parent / ".github" / "workflows" / "pages.yml").read_text(encoding="utf8"))
    steps = [step.get("run", "") for step in workflow["jobs"]["publish"]["steps"]]
    starts = [start for name in NAMES for start in _starts(name)]
    guide = (SITE / "content" / "deploy.md").read_text(encoding="utf8")
    blocks = re.findall(r"^```\n(.*?)^```", guide, re.MULTILINE | re.DOTALL)
    called = {
        command for text in (*steps, *starts, *blocks, (UNITS / "switch.sh").read_text()) for command in _commands(text)
    }
    assert {"crawl", "run", "build", "check", "verify", "backup", "restore", "serve", "expose"} <= called
    assert called <= set(main.commands)
