"""What the method page says of the code, in the code's own words and figures: the holes of its text and what fills them."""

import re
from collections.abc import Mapping, Sequence

from pipeline.errors import BadInput
from pipeline.formula import (
    DEFINITIONS,
    HEADLINE_DAYS,
    HORIZONS,
    LADDER,
    LEAVING,
    MEASURES,
    OUTSIDE,
    RATED,
    SUNK,
    WINDOW_MONTHS,
    Measure,
)
from pipeline.model import LABELS, RUNGS, SUBSTANTIVE
from pipeline.publish.web.figures import Desk

BAR = "\\|"
_HOLE = re.compile(r"\{\{(\w*)\}\}")


def filled(text: str, holes: Mapping[str, str], where: str) -> str:
    """The text with every `{{name}}` filled; BadInput names a hole nobody fills, and what is offered but not printed."""
    asked = set(_HOLE.findall(text))
    if unknown := asked - set(holes):
        raise BadInput(f"{where}: no such figure: {', '.join(sorted(unknown))}; known are {', '.join(sorted(holes))}")
    if left := set(holes) - asked:
        raise BadInput(f"{where}: does not print {', '.join(sorted(left))}; write {{{{…}}}} where it belongs")
    return _HOLE.sub(lambda match: holes[match[1]], text)


def holes(desk: Desk) -> dict[str, str]:
    """Every figure, list and table of the method that is settled in code, as Markdown in the page's language."""
    return _figures() | {
        "sunk": _numerals(desk, SUNK),
        "rated": _span(desk, RATED),
        "outside": _numerals(desk, OUTSIDE),
        "leaving": _numerals(desk, LEAVING),
        "horizons": desk.words("list", "comma").join(desk.words("horizons", one) for one in HORIZONS),
        "ladder": _table(
            (desk.say("级"), desk.say("结局"), desk.say("数据里的词"), desk.say("含义")),
            [
                [
                    desk.words("rungs", rung, "n"),
                    desk.words("rungs", rung, "name"),
                    _code(rung),
                    desk.words("rungs", rung, "what"),
                ]
                for rung in RUNGS
            ],
        ),
        "labels": _labels(desk),
        "predicates": _predicates(desk),
        "definitions": _table(
            (desk.say("谁的定义"), desk.say("算作处理了的"), desk.say("分母")),
            [[desk.words("definitions", one.name, "name"), _code(one.k), _code(one.n)] for one in DEFINITIONS],
        ),
    }


def _figures() -> dict[str, str]:
    """Loaded here: the rooms that judge and score take seconds to load, and only a page that is rendered needs them."""
    from pipeline.judge.families import SIMILAR
    from pipeline.judge.replies import THRESHOLD
    from pipeline.judge.templates import MIN_COMPLAINTS
    from pipeline.publish.tables import EXCERPT, METHOD_VERSION
    from pipeline.score import notice
    from pipeline.score.bands import MOST_HIDDEN
    from pipeline.score.comparison import FALSE_DISCOVERIES
    from pipeline.score.counting import COUNTS_ONLY_BELOW, FEW_BELOW, MOST_UNSEEN

    found = {
        "method_version": METHOD_VERSION, "days": HEADLINE_DAYS, "window_months": WINDOW_MONTHS, "n_rungs": len(RUNGS),
        "counts_below": COUNTS_ONLY_BELOW, "few_to": FEW_BELOW - 1, "few_below": FEW_BELOW,
        "most_unseen": f"{MOST_UNSEEN:.0%}", "most_hidden": f"{MOST_HIDDEN:.0%}",
        "template_from": MIN_COMPLAINTS, "template_likeness": SIMILAR, "confidence": THRESHOLD,
        "excerpt": EXCERPT, "false_discoveries": f"{FALSE_DISCOVERIES:.0%}", "n_substantive": len(SUBSTANTIVE),
        "notice_line": f"{notice.LINE:.0%}", "notice_pool": notice.POOL_MONTHS, "notice_cases": notice.LEAST_CASES,
        "notice_days": notice.NOTICE_DAYS, "notice_clear": notice.CLEAR_TO_LEAVE, "notice_expire": notice.MONTHS_TO_EXPIRE,
    }  # fmt: skip
    return {name: str(value) for name, value in found.items()}


def _numerals(desk: Desk, rungs: Sequence[str]) -> str:
    return desk.words("list", "comma").join(desk.words("rungs", rung, "n") for rung in rungs)


def _span(desk: Desk, rungs: Sequence[str]) -> str:
    """`1–7` where the rungs stand side by side, else one by one."""
    places = sorted(RUNGS.index(rung) for rung in rungs)
    if places != list(range(places[0], places[-1] + 1)):
        return _numerals(desk, [RUNGS[place] for place in places])
    return f"{desk.words('rungs', RUNGS[places[0]], 'n')}–{desk.words('rungs', RUNGS[places[-1]], 'n')}"


def _labels(desk: Desk) -> str:
    yes, no = desk.say("是"), desk.say("否")
    rows = [
        [desk.words("labels", one, "name"), _code(one), desk.words("labels", one, "what"),
         desk.say("看不到") if one == "hidden" else yes if one in SUBSTANTIVE else no]
        for one in LABELS
    ]  # fmt: skip
    return _table((desk.say("标签"), desk.say("数据里的词"), desk.say("回复说了什么"), desk.say("实质")), rows)


def _predicates(desk: Desk) -> str:
    """Each rate as the program counts it: rows that satisfy the first condition among those that satisfy the second."""
    printed = [one for one in MEASURES if one in LADDER or not one.name.endswith(("_low", "_high"))]
    rows = [[_name(desk, one), _code(one.k), _code(one.n), f"{_code(one.table)} {_code(one.base)}"] for one in printed]
    return _table((desk.say("数字"), desk.say("数出的"), desk.say("在这些里"), desk.say("表与范围")), rows)


def _name(desk: Desk, measure: Measure) -> str:
    return desk.words("measures", measure.name, "name")


def _code(text: str) -> str:
    return f"`{text}`"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', BAR) for cell in line)} |" for line in lines)
