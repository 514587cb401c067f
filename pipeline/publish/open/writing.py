"""The order in which an edition's open data are written, and nothing else."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pipeline.model import TABLES
from pipeline.publish.open import (
    aliases,
    badges,
    cards,
    checkpoints,
    descriptions,
    embeds,
    feeds,
    files,
    maps,
    numbers,
    proofs,
    tabular,
)
from pipeline.publish.open.kept import Kept, kept, table_digest
from pipeline.publish.open.reading import MARKET, Facts, Row, opened, read_facts

_COMMON = ("platforms", "scorecards", "notices", "statements", "corrections")
"""Tables the home table, the feeds and the press sheet are made from, besides the edition."""
LOG = "checkpoints.ndjson"


@dataclass(frozen=True)
class Opened:
    """What was written: files and bytes below the site, and how many social cards (0: no font or no Pillow)."""

    files: int
    bytes: int
    cards: int


def write_open(database: Path, site: Path, *, site_url: str, moved: Mapping[str, str], key: Path, log: Path) -> Opened:
    """Everything `publish.open` lists, below the finished pages in `site`; what would come out the same is left standing.

    `key` is the signing key (made when missing), `log` the file of all checkpoints so far, extended by this edition's.
    All but `/open/proofs/checkpoint.json`, `log.ndjson`, `key.json` and the sums of the database is made from the database alone.
    """
    folder = files.Folder(site)
    before = kept(folder)
    with opened(database) as db:
        facts = read_facts(db, site_url)
        sums = {table: table_digest(db, table) for table in TABLES}
        for table in TABLES:
            before.group(f"table {table}", [sums[table]], partial(tabular.write_table, db, table, folder))
        _from_scores(db, facts, sums, before)
        folder.link("/open/sinkrate.db", database)
        descriptions.write_descriptions(facts, folder)
        maps.write_maps(facts, folder)
        roots = _proofs(db, facts, sums, before)
    folder.json("/moved.json", dict(sorted(moved.items())))
    files.prune(site, {file.path for file in folder.files})
    aliases.write_aliases(moved, folder)
    maps.write_index(facts, folder)
    _seal(facts.edition, roots, folder, key, log)
    before.write()
    made = sum(file.path.startswith("/open/cards/") for file in folder.files)
    return Opened(len(folder.files), sum(file.bytes for file in folder.files), made)


def _from_scores(db: sqlite3.Connection, facts: Facts, sums: Mapping[str, str], before: Kept) -> None:
    """What is made from the edition's own line and the scorecards: of all platforms, and of each."""
    folder, font = before.folder, cards.font_file()
    edition = [sorted(facts.edition.items()), facts.site_url, facts.invented]
    drawn = [str(font), font.stat().st_size, font.stat().st_mtime_ns] if font else []
    common = [*edition, *(sums[table] for table in _COMMON)]
    before.group("home", common, partial(numbers.write_home, facts, folder))
    before.group("feeds", [*common, sums["platform_ids"]], partial(feeds.write_feeds, db, facts, folder))
    before.group("press", common, partial(embeds.write_press, facts, folder))
    before.group("market", [*common, drawn], partial(cards.write_card, facts, cards.market(facts), folder, font))
    for platform in facts.platforms:
        scores = [sorted(row.items()) for row in facts.scores[platform["id"]].values()]
        made_from = [*edition, drawn, sorted(platform.items()), scores]
        before.group(f"platform {platform['id']}", made_from, partial(_platform, facts, platform, folder, font))


def _platform(facts: Facts, platform: Row, folder: files.Folder, font: Path | None) -> None:
    numbers.write_platform(facts, platform, folder)
    badges.write_badge(facts, platform, folder)
    cards.write_card(facts, platform, folder, font)
    embeds.write_embed(facts, platform, folder)


def _proofs(db: sqlite3.Connection, facts: Facts, sums: Mapping[str, str], before: Kept) -> proofs.Roots:
    """The roots of all tables, and the proof files of what is found below them."""
    roots = {
        table: before.value(f"root {table}", [sums[table]], partial(proofs.table_root, db, table))
        for table in sorted(TABLES)
    }
    made_from = [facts.id, sums[proofs.PROVED], proofs.edition_root(roots)]
    before.group("proofs", made_from, partial(_write_proofs, db, facts, roots, before.folder))
    return roots


def _write_proofs(db: sqlite3.Connection, facts: Facts, roots: proofs.Roots, folder: files.Folder) -> None:
    for platform, proof in proofs.platform_proofs(db, roots, facts.id):
        name = "market" if platform == MARKET else platform
        folder.json(f"/open/proofs/platforms/{name}.json", proof, indent=None)


def _seal(edition: Mapping[str, object], roots: proofs.Roots, folder: files.Folder, key: Path, log: Path) -> None:
    """The signed checkpoint beside the edition, the whole log and the public key."""
    private = checkpoints.signing_key(key)
    found = checkpoints.extend(log, dict(edition), roots, private)
    folder.text(
        "/open/proofs/checkpoint.json", json.dumps(found[-1], ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    )
    folder.text("/open/proofs/log.ndjson", "".join(map(checkpoints.line, found)))
    folder.json("/open/proofs/key.json", {"algorithm": "Ed25519", "public_key": checkpoints.public_hex(private)})
