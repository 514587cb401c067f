"""data/reference/quality.yml → the method page's tables of how well the verdicts read. Figures are printed, never computed."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from pipeline.errors import BadInput
from pipeline.paths import PROJECT
from pipeline.publish.web.figures import Desk, number, share
from pipeline.publish.web.parts import Cell, Table
from pipeline.yaml_files import load_yaml

MEASURED = PROJECT / "data" / "reference" / "quality.yml"
_ASPECTS = ("", "substantive_", "clear_substantive_", "case_", "campaign_")
_SCORES = ("precision", "recall", "f1")


def tables(desk: Desk, path: Path = MEASURED) -> tuple[Table, ...]:
    """First readings of held-out sets, then the sets the rules were made on or have since been read."""
    try:
        found = load_yaml(path.read_text(encoding="utf8"))
        return _first(desk, found["first_readings"]), _later(desk, found["measured"])
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise BadInput(f"{path}: {error!r}; write it with `sinkrate eval all --write`") from error


def _first(desk: Desk, entries: list[Mapping[str, Any]]) -> Table:
    caption = desk.say("规则与模型从未见过的标注集上的第一次测量：这是最接近实情的数。全部为虚构的文本。")
    note = "what" if desk.language == "zh" else "what_en"
    return Table(caption, _head(desk, desk.say("说明")), tuple(_rows(desk, entries, lambda one: str(one[note]))))


def _later(desk: Desk, entries: list[Mapping[str, Any]]) -> Table:
    caption = desk.say("开发用的标注集：规则照着它们写成，或者已经读过其中的错误，所以偏高。全部为虚构的文本。")
    return Table(
        caption,
        _head(desk, desk.say("用途")),
        tuple(_rows(desk, entries, lambda one: desk.words("quality", "roles", one["role"]))),
    )


def _head(desk: Desk, last: str) -> tuple[tuple[str, str], ...]:
    say = desk.say
    scores = ((say("精确率"), "r"), (say("召回率"), "r"), ("F1", "r"))
    return (
        (say("标注集"), ""),
        (say("测什么"), ""),
        (say("条数"), "r"),
        *scores,
        (say("其他"), ""),
        (say("测量日期"), ""),
        (last, ""),
    )


def _rows(
    desk: Desk, entries: list[Mapping[str, Any]], said: Callable[[Mapping[str, Any]], str]
) -> Iterator[tuple[Cell, ...]]:
    """One row for each aspect of a set that has a precision or a recall; what is neither stands in its first row."""
    for one in entries:
        if one["texts"] != "invented":
            raise BadInput(
                f"{MEASURED}: {one['set']}: the captions say invented texts; name the kind of texts there first"
            )
        left = dict(one["figures"])
        aspects = [(name, _taken(left, name)) for name in _ASPECTS if f"{name}precision" in left]
        for index, (name, scores) in enumerate(aspects or [("", _taken(left, ""))]):
            yield (
                Cell(one["set"]),
                Cell(desk.words("quality", "kinds", f"{name}{one['kind']}")),
                Cell(number(one["n"]), kind="r"),
                *(Cell("—" if value is None else share(value), kind="r") for value in scores),
                Cell("" if index else _others(desk, left)),
                Cell(str(one["measured_on"])),
                Cell(said(one)),
            )


def _taken(left: dict[str, float], aspect: str) -> list[float | None]:
    return [left.pop(f"{aspect}{score}", None) for score in _SCORES]


def _others(desk: Desk, left: Mapping[str, float]) -> str:
    named = (f"{desk.words('quality', 'figures', name)} {share(value)}" for name, value in left.items())
    return desk.words("list", "semicolon").join(named)
