"""From the public database to its roots, and from the numbers on a platform's page to the edition's root."""

import sqlite3
from collections.abc import Iterator
from typing import Any

from pipeline.model import TABLES
from pipeline.publish.open import merkle
from pipeline.publish.open.canonical import canonical, row_writer
from pipeline.publish.open.reading import columns, rows

FORMAT = "sinkrate-proof/1"
PROVED = "scorecards"
Roots = dict[str, dict[str, Any]]
"""Table → {records, root}."""


def leaves(db: sqlite3.Connection, table: str) -> Iterator[tuple[bytes, bytes]]:
    """Canonical record and leaf hash of every row, in key order."""
    names = columns(table, bodies=True)
    write = row_writer(names)
    for values in rows(db, table, names):
        record = write(values)
        yield record, merkle.leaf(record)


def table_roots(db: sqlite3.Connection) -> Roots:
    return {table: table_root(db, table) for table in sorted(TABLES)}


def table_root(db: sqlite3.Connection, table: str) -> dict[str, Any]:
    count = 0

    def counted() -> Iterator[bytes]:
        nonlocal count
        for _, leaf in leaves(db, table):
            count += 1
            yield leaf

    return {"root": merkle.root(counted()).hex(), "records": count}


def table_leaf(name: str, roots: Roots) -> bytes:
    """The canonical text that stands for a table in the edition's tree."""
    return canonical({"name": name, **roots[name]})


def edition_tree(roots: Roots) -> merkle.Levels:
    return merkle.levels([merkle.leaf(table_leaf(name, roots)) for name in sorted(roots)])


def edition_root(roots: Roots) -> str:
    return edition_tree(roots)[-1][0].hex()


def platform_proofs(db: sqlite3.Connection, roots: Roots, edition: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Platform id and its proof file: each number over all its cases, with its way to the edition's root."""
    records = list(leaves(db, PROVED))
    tree, top = merkle.levels([leaf for _, leaf in records]), edition_tree(roots)
    names = columns(PROVED, bodies=True)
    shown: dict[str, list[int]] = {}
    for at, values in enumerate(rows(db, PROVED, ["platform", "slice"])):
        if values[1] == "all":
            shown.setdefault(values[0], []).append(at)
    common = {
        "format": FORMAT, "edition": edition, "table": PROVED, "columns": names, "root": top[-1][0].hex(),
        "table_leaf": table_leaf(PROVED, roots).decode(), "table_path": _path(top, sorted(roots).index(PROVED)),
    }  # fmt: skip
    for platform, places in shown.items():
        proved = [{"record": records[at][0].decode(), "path": _path(tree, at)} for at in places]
        yield platform, common | {"platform": platform, "records": proved}


def _path(tree: merkle.Levels, at: int) -> list[dict[str, str]]:
    return [step._asdict() for step in merkle.path(tree, at)]


def check_proof(proof: dict[str, Any], root: str) -> list[str]:
    """What does not hold in a proof file against an edition's root: nothing, if all is well."""
    table = merkle.walk(merkle.leaf(proof["table_leaf"].encode()), _steps(proof["table_path"]))
    problems = [] if table.hex() == root == proof["root"] else ["the table's root is not the edition's"]
    inside = '"root":"{}"'
    for entry in proof["records"]:
        reached = merkle.walk(merkle.leaf(entry["record"].encode()), _steps(entry["path"])).hex()
        if inside.format(reached) not in proof["table_leaf"]:
            problems.append(f"not in the edition: {entry['record'][:200]}")
    return problems


def _steps(found: list[dict[str, str]]) -> list[merkle.Step]:
    return [merkle.Step(step["side"], step["hash"]) for step in found]
