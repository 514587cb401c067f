"""The home table and each platform's numbers as CSV and JSON beside the pages."""

from typing import Any

from pipeline.publish.open.files import Folder
from pipeline.publish.open.reading import MARKET, Facts, Row
from pipeline.publish.open.tabular import csv_text

HOME = ("platform", "name", "invented", "sunk", "judged", "sink_rate", "low", "high", "bound_low", "bound_high", "state",
        "t24_k", "t24_n", "t24", "t48_k", "t48_n", "t48", "t7_k", "t7_n", "t7", "silence_k", "silence_n", "silence_rate",
        "edition", "as_of", "page")  # fmt: skip
_PROMISES = (("t24", "t24", "24h"), ("t48", "t48", "48h"), ("t7", "t7", "7wd"), ("silence", "silence_rate", "30d"))
SCORES = (
    "edition",
    "as_of",
    "platform",
    "name",
    "horizon",
    "slice",
    "measure",
    "k",
    "n",
    "value",
    "low",
    "high",
    "state",
    "sql",
)


def write_home(facts: Facts, folder: Folder) -> None:
    """`/platforms.csv|json`."""
    table = [home_row(facts, platform) for platform in in_order(facts)]
    folder.text("/platforms.csv", csv_text(HOME, ([row[name] for name in HOME] for row in table)))
    folder.json("/platforms.json", {**about(facts), "market": score_rows(facts, MARKET, "all"), "platforms": table})


def write_platform(facts: Facts, platform: Row, folder: Folder) -> None:
    """`/platforms/ID.csv|json`."""
    rows = score_rows(facts, platform["id"])
    own = {
        **about(facts),
        "platform": shown(platform),
        "page": facts.url(f"/platforms/{platform['id']}/"),
        "scorecards": rows,
    }
    folder.text(
        f"/platforms/{platform['id']}.csv",
        csv_text(SCORES, ([_cell(facts, platform, row, name) for name in SCORES] for row in rows)),
    )
    folder.json(f"/platforms/{platform['id']}.json", own)


def in_order(facts: Facts) -> list[Row]:
    """Platforms in the home table's order: empirical-Bayes mean, highest first; none last, by id."""

    def key(platform: Row) -> tuple[bool, float, str]:
        row = facts.score(platform["id"], "eb_mean")
        value = None if row is None else row["value"]
        return value is None, -(value or 0), platform["id"]

    return sorted(facts.platforms, key=key)


def about(facts: Facts) -> dict[str, Any]:
    """What stands at the head of every JSON file: which edition, whose data, how to read it."""
    return {
        "edition": facts.id, "as_of": facts.as_of, "method_version": facts.edition["method_version"],
        "inputs_digest": facts.edition["inputs_digest"], "license": "CC-BY-4.0", "method": facts.url("/method/"),
        "demonstration": facts.invented,
    }  # fmt: skip


def shown(platform: Row) -> dict[str, Any]:
    return {name: platform[name] for name in ("id", "name", "review", "aliases", "legal_name", "invented")}


def home_row(facts: Facts, platform: Row) -> Row:
    """One platform's line; a rate stands only where the method shows one (state ok or few)."""
    sink, low, high = (facts.score(platform["id"], name) for name in ("sink_rate", "sink_low", "sink_high"))
    row: Row = {"platform": platform["id"], "name": platform["name"], "invented": platform["invented"],
                "edition": facts.id, "as_of": facts.as_of, "page": facts.url(f"/platforms/{platform['id']}/"),
                "sunk": _of(sink, "k"), "judged": _of(sink, "n"), "sink_rate": rate(sink), "low": _of(sink, "low"),
                "high": _of(sink, "high"), "bound_low": rate(low), "bound_high": rate(high), "state": _of(sink, "state")}  # fmt: skip
    for name, measure, horizon in _PROMISES:
        score = facts.score(platform["id"], measure, horizon)
        row |= {f"{name}_k": _of(score, "k"), f"{name}_n": _of(score, "n"), measure: rate(score)}
    return row


def rate(row: Row | None) -> float | None:
    """The value where the method prints it; under ten cases, and beyond a tenth unseen, only counts."""
    return row["value"] if row is not None and row["state"] in ("ok", "few") else None


def _of(row: Row | None, name: str) -> Any:
    return None if row is None else row[name]


def score_rows(facts: Facts, platform: str, slice_: str | None = None) -> list[Row]:
    found = facts.scores.get(platform, {}).values()
    names = [name for name in SCORES if name not in ("edition", "as_of", "platform", "name")]
    return [{name: row[name] for name in names} for row in found if slice_ in (None, row["slice"])]


def _cell(facts: Facts, platform: Row, row: Row, name: str) -> Any:
    head = {"edition": facts.id, "as_of": facts.as_of, "platform": platform["id"], "name": platform["name"]}
    return head[name] if name in head else row[name]
