"""Files beside the pages: `figures.json`, the market's figures and every platform's slices, rounded as printed."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from pipeline.publish.web import frame
from pipeline.publish.web.figures import MARKET, Desk, Figure
from pipeline.publish.web.page import FileSet
from pipeline.publish.web.reading import Snapshot

_PREFIXES = ("issue:", "portal:", "amount:")


def files(desk: Desk) -> FileSet:
    """`figures.json` of one language."""
    name = desk.at("/figures.json").removeprefix("/")
    return FileSet(name, lambda: iter([(name, figures_json(desk))]), partial(_rows, desk.data))


def _rows(data: Snapshot) -> Iterator[object]:
    yield tuple(data.edition), list(data.platforms)
    yield from data.score_seals.items()


def figures_json(desk: Desk) -> bytes:
    """One edition's figures as printed, for the filters of the home page: slice → platform → [rate, interval, k, n, note]."""
    edition = desk.data.edition
    slices: dict[str, dict[str, list[str]]] = {}
    for platform in desk.data.platforms:
        for horizon, part, measure in desk.data.scores.get(platform, {}):
            if measure == "sink_rate" and horizon == "30d" and part.startswith(_PREFIXES):
                figure = desk.figure(platform, measure, slice_=part)
                if figure is not None:
                    slices.setdefault(part, {})[platform] = _cells(figure)
    market = {name: _cells(figure) for name in ("sink_rate", "sink_low", "sink_high", "silence_rate")
              if (figure := desk.figure(MARKET, name, word="sink_rate" if name.startswith("sink") else name))}  # fmt: skip
    made: dict[str, Any] = {
        "edition": edition["id"], "as_of": edition["as_of"], "method_version": edition["method_version"],
        "market": market, "slices": dict(sorted(slices.items())),
        "platforms": {platform: frame.platform_href(desk, platform) for platform in desk.data.platforms},
    }  # fmt: skip
    return json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()


def _cells(figure: Figure) -> list[str]:
    return [figure.text, figure.interval, figure.k, figure.n, figure.note]
