"""The method page says what the code says: change the code and the page changes, ask for what no code says and the build stops."""

from pathlib import Path

import pytest

from pipeline.errors import BadInput
from pipeline.formula import LADDER, SUNK
from pipeline.model import LABELS, RUNGS
from pipeline.publish.web import method, prose
from pipeline.publish.web.environment import sources
from pipeline.publish.web.figures import Desk
from pipeline.publish.web.reading import read_snapshot
from pipeline.publish.web.texts import load_texts
from pipeline.publish.web.words import load_words
from pipeline.score import counting
from tests.publish.sample import write_sample_db

LANGUAGES = ("zh", "en")


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Desk]:
    data = read_snapshot(write_sample_db(tmp_path_factory.mktemp("method") / "sinkrate.db"))
    return {one: Desk(data, load_words(one), load_texts(one), one) for one in LANGUAGES}


def _page(desk: Desk) -> str:
    page = prose.prose(desk, "method")
    return str(page.body) + str(page.rest)


@pytest.mark.parametrize("language", LANGUAGES)
def test_rungs_labels_and_conditions_are_those_of_the_code(desks: dict[str, Desk], language: str) -> None:
    desk, text = desks[language], _page(desks[language])
    assert "{{" not in text
    for rung in RUNGS:
        assert f"<td>{desk.words('rungs', rung, 'n')}</td>\n<td>{desk.words('rungs', rung, 'name')}</td>" in text
    for label in LABELS:
        assert f"<td>{desk.words('labels', label, 'name')}</td>" in text
    for rung in SUNK:
        assert f"'{rung}'" in text
    assert LADDER[0].k in text.replace("&quot;", '"')


@pytest.mark.parametrize("language", LANGUAGES)
def test_another_figure_in_the_code_is_another_page(
    desks: dict[str, Desk], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _page(desks[language])
    monkeypatch.setattr(counting, "COUNTS_ONLY_BELOW", 12)
    monkeypatch.setattr(method, "HEADLINE_DAYS", 31)
    monkeypatch.setattr(method, "SUNK", ("silent",))
    after = _page(desks[language])
    said = {
        "zh": ("不足 12 件", "每件案件给 <strong>31 天", "＝ 第 5 级"),
        "en": ("Under 12 judged", "<strong>31 days", "rungs 5 ÷"),
    }
    assert all(text in after and text not in before for text in said[language])


def test_a_hole_nobody_fills_stops_the_build(desks: dict[str, Desk]) -> None:
    holes = method.holes(desks["zh"])
    text = prose.source("method", "zh")
    with pytest.raises(BadInput, match="no such figure: windmills"):
        method.filled(text + "{{windmills}}", holes, "method.md")
    with pytest.raises(BadInput, match="does not print days"):
        method.filled(text.replace("{{days}}", "30"), holes, "method.md")


def test_every_source_of_a_figure_makes_the_page_anew() -> None:
    """Constants are read from files that the digest of every page covers."""
    read = {path.name for path in sources()}
    text = Path(method.__file__).read_text(encoding="utf8")
    modules = [
        line.split()[1] for line in text.splitlines() if line.strip().startswith("from pipeline.") and "import" in line
    ]
    named = {
        module.rsplit(".", 1)[1]
        for module in modules
        if not module.startswith(("pipeline.publish.web", "pipeline.errors", "pipeline.model"))
    }
    assert {f"{name}.py" for name in named - {"score"}} | {"notice.py"} <= read
