"""What a person reads who made a mistake in a reference file."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from pipeline.cli import main
from pipeline.intake.directory import load
from pipeline.model import TABLES
from pipeline.model.words import RUNGS, Record
from pipeline.schema import closed_values
from pipeline.yaml_files import fault


class Entry(Record):
    id: str
    days: int = 0


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({}, "id: Field required, found {}"),
        ({"id": "a", "days": "x"}, "days: Input should be a valid integer"),
        ({"id": "a", "dayz": 1}, "dayz: Extra inputs are not permitted, found 1"),
    ],
)
def test_a_fault_names_the_place_and_what_stands_there(row: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Entry.model_validate(row)
    assert said in fault(caught.value)
    assert "pydantic" not in fault(caught.value)


def test_a_missing_reference_file_says_where_it_comes_from(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"platforms\.yml: is not there; copy it from"):
        load(tmp_path)


def test_an_error_prints_its_brackets_whole_and_on_one_line(tmp_path: Path) -> None:
    reference = tmp_path / "data" / "reference"
    reference.mkdir(parents=True)
    (reference / "replies.yml").write_text("rules: [{id: '[a=1]'}]\n", encoding="utf8")
    told = CliRunner().invoke(
        main, ["--data", str(tmp_path / "data"), "stage", "replies"], input='{"id": 1, "text": "已退款"}\n'
    )
    assert told.exit_code == 2
    assert "[a=1]" in told.output
    assert f"{reference / 'replies.yml'}: " in told.output


def test_closed_values_are_the_methods_own_words() -> None:
    assert closed_values(TABLES["cases"])["rung"] == RUNGS
    assert "platform" not in closed_values(TABLES["cases"])
