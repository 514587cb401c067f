"""The tutorial's steps, taken out of the page and run against a served edition."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipeline.paths import SITE, Paths
from pipeline.publish.editions import place, place_site
from tests.publish.open.conftest import write
from tests.publish.sample_scorecards import EDITION
from tests.publish.server import running

PAGES = ("tutorial.md", "tutorial.en.md")


def _blocks(page: str) -> list[str]:
    return re.findall(
        r"^```python\n(.*?)^```", (SITE / "content" / page).read_text(encoding="utf8"), re.MULTILINE | re.DOTALL
    )


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("tutorial")
    made, paths = write(folder / "made"), Paths(folder / "data")
    place(paths, EDITION, made.database)
    place_site(paths, EDITION, made.site)
    with running(paths.public) as ready:
        yield ready


def test_both_languages_run_the_same_code() -> None:
    ours, theirs = (_blocks(page) for page in PAGES)
    assert len(ours) == 5
    assert [block.replace("text_zh", "text_en") for block in ours] == theirs


def test_every_step_runs_and_ends_in_a_chart(
    client: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for block in _blocks(PAGES[0]):
        # the sample is small: its platforms have fewer cases than a study would want
        step = block.replace("https://sinkrate.example", str(client.base_url).rstrip("/")).replace(">= 30", ">= 1")
        exec(compile(step, "tutorial", "exec"), names)
    assert Path("t48.png").read_bytes().startswith(b"\x89PNG") and Path("t48.png").stat().st_size > 10_000
    told = capsys.readouterr().out
    assert EDITION in told and "the same by both ways" in told
    assert len(names["months"]) > 5 and set(names["months"]["platform"]) <= set(names["chosen"]["platform"])
