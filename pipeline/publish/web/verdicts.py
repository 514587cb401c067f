"""data/reference/quality.yml → the method page's tables of how well the verdicts read. Figures are printed, never computed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Quality:
    """The two tables and what is to be said of single sets, as (set, note)."""

    tables: tuple[Table, ...]
    notes: tuple[tuple[str, str], ...]


def quality(desk: Desk, path: Path = MEASURED) -> Quality:
    """First readings of held-out sets with their notes, then the sets the rules were made on or have since been read."""
    say, roles = desk.say, desk.words
    first = say("规则与模型从未见过的标注集上的第一次测量，以后的值都偏高。全部为虚构的文本。")
    later = say("开发用的标注集：规则照着它们写成，或者已经读过其中的错误，所以偏高。全部为虚构的文本。")
    try:
        found = load_yaml(path.read_text(encoding="utf8"))
        return Quality(
            (
                Table(first, _head(desk), tuple(_rows(desk, found["first_readings"], lambda _: say("第一次")))),
                Table(later, _head(desk), tuple(_rows(desk, found["measured"], lambda one: roles("quality", "roles", one["role"])))),
            ),
            tuple((one["set"], one["what" if desk.language == "zh" else "what_en"]) for one in found["first_readings"]),
        )  # fmt: skip
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise BadInput(f"{path}: {error!r}; write it with `sinkrate eval all --write`") from error


def _head(desk: Desk) -> tuple[tuple[str, str], ...]:
    say = desk.say
    return (
        (say("测什么"), ""), (say("条数"), "r"), (say("精确率"), "r"), (say("召回率"), "r"), ("F1", "r"),
        (say("其他"), ""), (say("用途"), ""), (say("测量日期"), "nowrap"), (say("标注集"), ""),
    )  # fmt: skip


def _rows(
    desk: Desk, entries: list[Mapping[str, Any]], role: Callable[[Mapping[str, Any]], str]
) -> Iterator[tuple[Cell, ...]]:
    """One row for each aspect of a set that has a precision or a recall; what is neither stands in its first row."""
    for one in entries:
        if one["texts"] != "invented":
            raise BadInput(f"{MEASURED}: {one['set']}: captions say invented texts; name the kind of texts there first")
        left = dict(one["figures"])
        aspects = [(name, _taken(left, name)) for name in _ASPECTS if f"{name}precision" in left]
        for index, (name, scores) in enumerate(aspects or [("", _taken(left, ""))]):
            yield (
                Cell(desk.words("quality", "kinds", f"{name}{one['kind']}")),
                Cell(number(one["n"]), kind="r"),
                *(Cell("—" if value is None else _share(value), kind="r") for value in scores),
                Cell("" if index else _others(desk, left), kind="long"),
                Cell(role(one)),
                Cell(str(one["measured_on"]), kind="nowrap"),
                Cell(one["set"], kind="mono"),
            )


def _share(value: float) -> str:
    """With two places below one per cent: a leak of 0.04 % is not none."""
    return f"{value * 100:.2f}%" if 0 < value < 0.01 else share(value)


def _taken(left: dict[str, float], aspect: str) -> list[float | None]:
    return [left.pop(f"{aspect}{score}", None) for score in _SCORES]


def _others(desk: Desk, left: Mapping[str, float]) -> str:
    named = (f"{desk.words('quality', 'figures', name)} {_share(value)}" for name, value in left.items())
    return desk.words("list", "semicolon").join(named)
