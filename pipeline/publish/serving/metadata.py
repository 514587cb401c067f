"""Datasette's metadata: what is written by hand (titles, licence, questions) and every description of the model."""

from collections.abc import Mapping
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

from pipeline.model import TABLES, Edition
from pipeline.paths import SITE
from pipeline.schema import descriptions, table_description
from pipeline.yaml_files import load_yaml

CURRENT = "sinkrate"
FOLDER = SITE / "datasette"
READERS = ("citizen", "journalist", "platform", "data")
_SHANGHAI = timezone(timedelta(hours=8))


def pinned(edition_id: str) -> str:
    """The database name under which one edition stays: links to it never show another."""
    return f"e-{edition_id}"


def questions(folder: Path = FOLDER) -> dict[str, dict[str, Any]]:
    """Every canned query with the reader it is for, in the readers' order."""
    found: dict[str, dict[str, Any]] = {}
    for reader in READERS:
        written = load_yaml((folder / "queries" / f"{reader}.yml").read_text(encoding="utf8"))
        for name, query in written.items():
            if name in found:
                raise ValueError(f"query {name} is written twice; one of them is in {reader}.yml")
            found[name] = {
                **query,
                "reader": reader,
                "description": f"{query['description']} · {query['description_en']}",
            }
    return found


def metadata(editions: Mapping[str, Edition], folder: Path = FOLDER) -> dict[str, Any]:
    """The dict Datasette takes. `editions` maps database name → the edition in it; by hand wins over the model."""
    written: dict[str, Any] = load_yaml((folder / "metadata.yml").read_text(encoding="utf8"))
    mine: dict[str, dict[str, Any]] = written.pop("tables")
    tables = {name: _table(name) | mine.get(name, {}) for name in TABLES}
    common = written.pop("database") | {"tables": tables, "queries": questions(folder)}
    ready = {name: common | _about(name, edition, common["description"]) for name, edition in editions.items()}
    return written | {"databases": ready}


def by_hand(folder: Path = FOLDER) -> dict[str, dict[str, Any]]:
    """Table → what is written of it by hand: label column, order, size, facets."""
    found: dict[str, dict[str, Any]] = load_yaml((folder / "metadata.yml").read_text(encoding="utf8"))["tables"]
    return found


def _about(name: str, edition: Edition, description: str) -> dict[str, str]:
    kind = "当前期次 · current edition" if name == CURRENT else "留存的期次，内容不再变 · a kept edition, frozen"
    return {"title": f"{kind}：{edition.id}" if name == CURRENT else f"{edition.id} · {kind}",
            "description": f"{description}\n{_state(edition)}"}  # fmt: skip


def _table(name: str) -> dict[str, Any]:
    model = TABLES[name]
    english = descriptions(model, "en")
    columns = {column: f"{text} · {english[column]}" for column, text in descriptions(model).items()}
    return {"title": f"{table_description(model).split('：')[0].split(' · ')[0]} {name}",
            "description": table_description(model), "columns": columns}  # fmt: skip


def _state(facts: Edition) -> str:
    as_of = facts.as_of.astimezone(_SHANGHAI).isoformat(timespec="minutes")
    return f"期次 {facts.id}，数据截至 {as_of}，方法版本 {facts.method_version} · edition, as of, method version"
