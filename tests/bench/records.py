"""Raw records of any number in the layout of data/raw, with their truth: `python -m tests.bench.records N DATA [--seed 1]`.

Writes DATA/raw/<portal>/<run>.jsonl (a run a week, re-sightings, pages gone) and DATA/truth.jsonl. `--day` adds one more
run to a corpus of N: N/50 new complaints and N/200 of the old ones changed. Everything is invented.
"""

import argparse
import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from tests.bench.stories import AS_OF, BLOCK, RUNG_OF, Story, Told, block, platforms_for

WEEKS = 62
RUNS = [AS_OF - timedelta(days=7 * week) for week in range(WEEKS, -1, -1)]
DAY = AS_OF + timedelta(days=1)
NEW_SHARE, CHANGED_SHARE = 50, 200
_SILENT = ("title", "body", "author", "platform_name", "platform_ref", "amount_yuan", "filed_at", "published_at", "status",
           "group_ref", "rating", "page_digest")  # fmt: skip


class Landing:
    """Appends lines to the files of the runs; use as a context manager."""

    def __init__(self, raw: Path) -> None:
        self.raw, self.open, self.stack, self.lines = raw, {}, ExitStack(), 0  # type: ignore[var-annotated]

    def __enter__(self) -> "Landing":
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    def write(self, record: dict[str, Any], run: datetime) -> None:
        self._file(record["portal"], run).write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")
        self.lines += 1

    def _file(self, portal: str, run: datetime) -> IO[str]:
        key = (portal, run)
        if key not in self.open:
            path = self.raw / portal / f"{run:%Y%m%dT%H%M%S%z}.jsonl"
            path.parent.mkdir(parents=True, exist_ok=True)
            self.open[key] = self.stack.enter_context(path.open("w", encoding="utf8"))
        return self.open[key]


def record(story: Story, told: Told, seen: datetime) -> dict[str, Any]:
    """What the page showed at `seen`."""
    steps = [step for step in told.steps if datetime.fromisoformat(str(step["at"])) <= seen]
    return {
        "portal": told.portal, "ref": told.ref, "url": f"https://{told.portal}.example/complaint/{told.ref}", "seen_at": seen.isoformat(),
        "found_via": "list:latest", "title": told.title, "body": None if told.portal == "tsgs12315" else told.body, "author": told.author,
        "platform_name": story.platform, "platform_ref": None, "issues": story.issues, "requests": story.requests,
        "amount_yuan": story.about.amount if story.number % 7 else None, "filed_at": _printed(told, told.filed_at),
        "published_at": _printed(told, told.filed_at + timedelta(hours=1)), "status": told.status, "group_ref": told.group_ref, "rating": None,
        "gone": None, "page_digest": None, "events": steps,
    }  # fmt: skip


def _printed(told: Told, at: datetime) -> str | None:
    return None if told.portal == "tsgs12315" else at.isoformat()


def gone(told: Told, seen: datetime) -> dict[str, Any]:
    """The page was found gone."""
    page = {"portal": told.portal, "ref": told.ref, "url": f"https://{told.portal}.example/complaint/{told.ref}"}
    page |= {
        "seen_at": seen.isoformat(),
        "found_via": "revisit",
        **dict.fromkeys(_SILENT),
        "issues": [],
        "requests": [],
    }
    return page | {"gone": {"at": seen.isoformat(), "kind": "deleted"}, "events": []}


def sightings(story: Story, told: Told) -> Iterator[tuple[dict[str, Any], datetime]]:
    """The complaint's records with their runs: found late and finished, or found young and seen again."""
    matured = told.filed_at + timedelta(days=33)
    late = story.number * 2654435761 % 10 < 6 and told.gone_at is None
    first = _run(matured if late else told.filed_at + timedelta(hours=1))
    yield record(story, told, first), first
    if told.gone_at is not None and (run := _run(told.gone_at)) > first:
        yield gone(told, run), run
    elif (run := _run(matured)) > first and story.number % 12:
        yield record(story, told, run), run


def _run(after: datetime) -> datetime:
    """The first run after a moment; the last one where none is."""
    return next((run for run in RUNS[max(0, (after - RUNS[0]).days // 7) :] if run >= after), RUNS[-1])


def corpus(n: int, data: Path, seed: int) -> dict[str, int]:
    """Write n complaints; returns counts."""
    counts = {"complaints": 0, "cases": 0, "events": 0}
    data.mkdir(parents=True, exist_ok=True)
    with Landing(data / "raw") as landing, (data / "truth.jsonl").open("w", encoding="utf8") as truth:
        for number in range(n // BLOCK + 1):
            for story in block(seed, number, platforms_for(n)):
                if counts["complaints"] >= n:
                    return counts | {"lines": landing.lines}
                _write(story, landing, truth, counts)
    return counts | {"lines": landing.lines}


def _write(story: Story, landing: Landing, truth: IO[str], counts: dict[str, int]) -> None:
    counts["cases"] += 1
    for told in story.told:
        counts["complaints"] += 1
        counts["events"] += len(told.steps)
        for line, run in sightings(story, told):
            landing.write(line, run)
        truth.write(json.dumps(true_of(story, told), ensure_ascii=False) + "\n")


def true_of(story: Story, told: Told) -> dict[str, Any]:
    """What a reader of the whole story knows. `rung`: null where a reply decides, or too young for any."""
    ripe = told.filed_at + timedelta(days=40) < AS_OF and told.portal != "tsgs12315" and len(story.told) == 1
    return {
        "complaint": f"{told.portal}/{told.ref}", "case": story.number, "campaign": story.campaign, "platform": story.platform,
        "fate": story.fate, "rung": RUNG_OF.get(story.fate) if ripe else None, "amount": story.about.amount,
    }  # fmt: skip


def next_day(n: int, data: Path, seed: int) -> dict[str, int]:
    """One more run a day later: new complaints, and old ones with one step more."""
    counts = {"new": 0, "changed": 0}
    with Landing(data / "raw") as landing:
        for story in _new_stories(n, seed):
            if counts["new"] >= n // NEW_SHARE:
                break
            for told in story.told:
                landing.write(record(story, told, DAY), DAY)
                counts["new"] += 1
        for story in _old_stories(n, seed):
            landing.write(_changed(story, story.told[0]), DAY)
            counts["changed"] += 1
    return counts | {"lines": landing.lines}


def _new_stories(n: int, seed: int) -> Iterator[Story]:
    for number in range(n // BLOCK + 1, 2 * (n // BLOCK + 1)):
        yield from block(seed, number, platforms_for(n), DAY, 5.0)


def _old_stories(n: int, seed: int) -> Iterator[Story]:
    """Every hundredth or so story of the corpus, until there are n / 200 that can change."""
    wanted = max(1, n // CHANGED_SHARE)
    blocks = max(1, n // BLOCK * 9 // 10)
    each = -(-wanted // blocks)
    for number in range(blocks):
        fit = (story for story in block(seed, number, platforms_for(n)) if _may_change(story))
        for _, story in zip(range(min(each, wanted)), fit, strict=False):
            wanted -= 1
            yield story


def _may_change(story: Story) -> bool:
    return story.told[0].portal == "heimao" and story.fate in ("silent", "template", "brushed", "answered")


def _changed(story: Story, told: Told) -> dict[str, Any]:
    more = {"at": DAY.replace(hour=9).isoformat(), "actor": "platform", "kind": "replied", "hidden": False,
            "text": f"您好，您反映的{story.about.goods}{story.about.money}元已于{DAY.month}月{DAY.day}日原路退回，请查收。"}  # fmt: skip
    seen = record(story, told, DAY)
    return seen | {"status": "已回复", "found_via": "revisit", "events": [*seen["events"], more]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n", type=int)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--day", action="store_true")
    options = parser.parse_args()
    made = (next_day if options.day else corpus)(options.n, options.data, options.seed)
    print(json.dumps(made))


if __name__ == "__main__":
    main()
