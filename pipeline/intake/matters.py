"""What each complaint is about: topics, goods, and the sum at stake. Distinct texts are read once."""

from functools import cache, partial
from pathlib import Path

import pyarrow as pa

from pipeline.answers import Answers
from pipeline.code import code_digest, files_digest
from pipeline.engine import Engine
from pipeline.intake.cues import clean_all
from pipeline.intake.goods import Goods
from pipeline.intake.issues import OTHER, Taxonomy
from pipeline.intake.stake import at_stake_all
from pipeline.intake.topics import Topics
from pipeline.model import Word
from pipeline.schema import arrow_schema

_TEXTS = "SELECT DISTINCT title, body, issues FROM complaints_in ORDER BY ALL"
# A printed amount of 0 is a field left empty. What the page prints comes before what the text says.
_MATTERS = """
    SELECT c.complaint, r.told, r.topics, r.goods,
           coalesce(nullif(c.amount_yuan, 0), CASE WHEN r.low = r.high THEN r.low END) AS amount_yuan,
           coalesce(nullif(c.amount_yuan, 0), r.low) AS amount_low, coalesce(nullif(c.amount_yuan, 0), r.high) AS amount_high,
           CASE WHEN nullif(c.amount_yuan, 0) IS NOT NULL THEN 'printed' WHEN r.low IS NOT NULL OR r.high IS NOT NULL THEN 'text' END AS amount_source
    FROM complaints_in c JOIN read r ON c.title IS NOT DISTINCT FROM r.title AND c.body IS NOT DISTINCT FROM r.body AND c.issues = r.issues
    ORDER BY c.complaint
"""
READ = pa.schema([
    ("title", pa.string()), ("body", pa.string()), ("issues", pa.string()), ("told", pa.list_(pa.string())), ("topics", pa.string()),
    ("goods", pa.string()), ("low", pa.float64()), ("high", pa.float64()),
])  # fmt: skip


MADE_BY = ("pipeline/intake", "pipeline/model", "pipeline/gate.py", "pipeline/needs.py", "pipeline/letters.py")
REFERENCE = ("issues.yml", "issue_words.yml", "goods.yml")


def run(engine: Engine, taxonomy: Taxonomy, goods: Goods, reference: Path, answers: Answers) -> None:
    """From `complaints_in` keep `matters`: a row a complaint with `told` (codes its words name), `topics` (those and the ones
    of the printed issue words, | between), `goods` (null: none named) and the amount with its bounds and source."""
    engine.put("taxonomy", words(taxonomy, goods))
    texts = engine.sql(_TEXTS)
    files = [reference / name for name in REFERENCE if (reference / name).is_file()]
    version = code_digest(*MADE_BY, beside=files_digest(files, reference))
    said = answers.of("matters", version, texts, partial(_said, reference, version))
    for name in ("told", "topics", "goods", "low", "high"):
        texts = texts.append_column(name, said.field(name))
    engine.keep("matters", _MATTERS, read=texts)


@cache
def _loaded(reference: Path, version: str) -> tuple[Taxonomy, Goods]:
    """Once a process for each version of the files."""
    return Taxonomy.load(reference / "issues.yml"), Goods.load(reference / "goods.yml")


def _said(reference: Path, version: str, texts: pa.Table) -> pa.StructArray:
    return (
        read(texts, *_loaded(reference, version))
        .drop_columns(["title", "body", "issues"])
        .to_struct_array()
        .combine_chunks()
    )


def words(taxonomy: Taxonomy, goods: Goods) -> pa.Table:
    """Every code there is, with its English name and its place in the order."""
    listed = [("topic", issue.code, issue.en, issue.code == OTHER) for issue in taxonomy.issues]
    listed += [("good", kind.code, kind.en, False) for kind in goods.kinds]
    rows = [
        {"kind": kind, "code": code, "en": en, "place": place, "is_rest": is_rest}
        for place, (kind, code, en, is_rest) in enumerate(listed)
    ]
    return pa.Table.from_pylist(rows, arrow_schema(Word))


def read(texts: pa.Table, taxonomy: Taxonomy, goods: Goods) -> pa.Table:
    """`texts` (title, body, issues) with what they say (schema READ)."""
    titles, bodies = texts["title"].to_pylist(), texts["body"].to_pylist()
    cleaned = clean_all(titles, bodies)
    told = _topics(taxonomy).of(cleaned)
    stakes = at_stake_all(titles, bodies)
    said = {
        "told": told,
        "topics": _with_printed(told, texts["issues"].to_pylist(), taxonomy),
        "goods": ["|".join(codes) or None for codes in goods.of_all(cleaned)],
        "low": [span.low for span in stakes],
        "high": [span.high for span in stakes],
    }
    columns = [texts[name].combine_chunks() if name in texts.column_names else said[name] for name in READ.names]
    return pa.table(columns, READ)


def _with_printed(told: list[list[str]], issues: list[str | None], taxonomy: Taxonomy) -> list[str]:
    """The codes told and those of the printed words, in the taxonomy's order."""
    printed = {words: taxonomy.of_printed((words or "").split("|")) for words in set(issues)}
    return [
        "|".join(taxonomy.ordered({*codes, *printed[words]} - {OTHER})) or OTHER
        for codes, words in zip(told, issues, strict=True)
    ]


@cache
def _topics(taxonomy: Taxonomy) -> Topics:
    return Topics(taxonomy)
