"""Datasette's metadata: the hand-written part (titles, licence, canned queries) and every description of the model."""

from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import yaml

from pipeline.model import TABLES, Edition
from pipeline.paths import SITE
from pipeline.publish.database import FTS_TABLE
from pipeline.schema import descriptions, table_description

DATABASE = "sinkrate"
HAND_WRITTEN = SITE / "datasette" / "metadata.yml"
_SHANGHAI = timezone(timedelta(hours=8))


def metadata(facts: Edition, path: Path = HAND_WRITTEN) -> dict[str, Any]:
    """The dict Datasette takes for one edition; what is written by hand wins over what the model says."""
    written: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf8"))
    database = written["databases"][DATABASE]
    by_hand: dict[str, dict[str, Any]] = database.get("tables", {})
    tables = {name: _table(name) | by_hand.get(name, {}) for name in TABLES}
    tables["complaints"] |= {"fts_table": FTS_TABLE, "fts_pk": "rowid"}
    ready = database | {"tables": tables, "description": f"{database['description']}\n{_state(facts)}"}
    return written | {"databases": written["databases"] | {DATABASE: ready}}


def _table(name: str) -> dict[str, Any]:
    model = TABLES[name]
    english = descriptions(model, "en")
    columns = {column: f"{text} · {english[column]}" for column, text in descriptions(model).items()}
    return {"title": f"{table_description(model).split('：')[0].split(' · ')[0]} {name}",
            "description": table_description(model), "columns": columns}  # fmt: skip


def _state(facts: Edition) -> str:
    as_of = facts.as_of.astimezone(_SHANGHAI).isoformat(timespec="minutes")
    return f"期次 {facts.id}，数据截至 {as_of}，方法版本 {facts.method_version} · edition, as of, method version"
