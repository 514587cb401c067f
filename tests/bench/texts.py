"""What is done to each text, in microseconds of CPU: `sinkrate bench texts [--size 20000] [--file FILE.parquet]`.

On invented complaints and replies of `stories.py`, or on the columns title and text (and body) of a file. Each function is
measured in rounds after a first call; the bound is one pass that decodes the texts, folds them and hashes no more than once.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.intake import matters
from pipeline.intake.clean import clean_column
from pipeline.intake.cues import clean_all
from pipeline.intake.goods import Goods
from pipeline.intake.issues import Taxonomy
from pipeline.intake.redact import redact_column
from pipeline.intake.redaction.reading import Reading
from pipeline.intake.resolve import Resolver
from pipeline.intake.stake import at_stake_all
from pipeline.intake.topics import Topics
from pipeline.judge import templates
from pipeline.judge.replies import ReplyRules, classify_column
from pipeline.paths import PROJECT
from tests.bench.results import tell
from tests.bench.stories import BLOCK, block, platforms_for

REFERENCE = PROJECT / "data" / "reference"
AT_ONCE = 4_000
KEY = b"bench"
Texts = list[str]


def invented(size: int, seed: int) -> tuple[pa.Table, Texts, Texts]:
    """Complaints (title, body, issues), distinct replies, and platforms' names."""
    rows, replies, names = [], dict[str, None](), dict[str, None]()
    for number in range(size // BLOCK + 1):
        for story in block(seed, number, platforms_for(size)):
            names[story.platform] = None
            for told in story.told:
                rows.append((told.title, told.body, "|".join(story.issues)))
                said = (step["text"] for step in told.steps if step["actor"] == "platform")
                replies.update(dict.fromkeys(str(text) for text in said if text))
    table = pa.table([list(column) for column in zip(*rows[:size], strict=True)], ["title", "body", "issues"])
    return table, list(replies)[:size], list(names)


def of_file(path: Path, seed: int) -> tuple[pa.Table, Texts, Texts]:
    table = pq.read_table(path)
    bodies = table["text" if "text" in table.column_names else "body"]
    titles = table["title"] if "title" in table.column_names else pa.nulls(len(bodies), pa.string())
    _, replies, names = invented(2_000, seed)
    return pa.table({"title": titles, "body": bodies, "issues": [""] * len(bodies)}), replies, names


def batched(work: Callable[[Any], object], texts: Any) -> Callable[[], None]:
    def run() -> None:
        for begin in range(0, len(texts), AT_ONCE):
            work(texts[begin : begin + AT_ONCE])

    return run


def works(complaints: pa.Table, replies: Texts, names: Texts) -> dict[str, tuple[Callable[[], object], int]]:
    """What is measured, by its name, with the number of texts."""
    body = complaints["body"].combine_chunks()
    table = complaints.set_column(1, "body", redact_column(body, KEY).field("text"))
    titles, bodies = table["title"].to_pylist(), table["body"].to_pylist()
    clean, size = clean_all(titles, bodies), len(body)
    taxonomy, goods = Taxonomy.load(REFERENCE / "issues.yml"), Goods.load(REFERENCE / "goods.yml")
    rules, column = ReplyRules.load(REFERENCE / "replies.yml"), pa.array(replies, pa.string())
    classified = partial(_classified, rules)
    return {
        "bound: decode and fold": (batched(Reading, body.to_pylist()), size),
        "complaint: clean": (partial(clean_column, body), size),
        "complaint: redact": (partial(redact_column, body, KEY), size),
        "complaint: topics, goods and sum": (batched(partial(matters.read, taxonomy=taxonomy, goods=goods), table), size),
        "of it respelling": (partial(clean_all, titles, bodies), size),
        "of it topics": (batched(Topics(taxonomy).of, clean), size),
        "of it goods": (batched(goods.of_all, clean), size),
        "of it sums": (partial(at_stake_all, titles, bodies), size),
        "distinct reply: redact": (partial(redact_column, column, KEY), len(replies)),
        "distinct reply: label": (batched(classified, column), len(replies)),
        "distinct reply: mask": (batched(templates.masks, replies), len(replies)),
        "distinct name: resolve": (partial(Resolver.load(REFERENCE).column, pa.array(names)), len(names)),
    }  # fmt: skip


def _classified(rules: ReplyRules, texts: pa.Array) -> None:
    classify_column(rules, texts, pa.array([False] * len(texts)))


def measured(work: Callable[[], object], size: int, rounds: int) -> list[float]:
    """Microseconds of CPU a text, of each round."""
    work()
    spent = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        spent.append((time.process_time() - started) / size * 1e6)
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--file", type=Path)
    given = parser.parse_args()
    made = of_file(given.file, given.seed) if given.file else invented(given.size, given.seed)
    rows = []
    print("| what | texts | µs a text | from | to |\n|---|---|---|---|---|")
    for name, (work, size) in works(*made).items():
        spent = measured(work, size, given.rounds)
        rows.append({"method": name, "size": size, "us": median(spent), "us_range": [min(spent), max(spent)]})
        print(f"| {name} | {size:,} | {median(spent):.1f} | {min(spent):.1f} | {max(spent):.1f} |", flush=True)
    tell(rows)


if __name__ == "__main__":
    main()
