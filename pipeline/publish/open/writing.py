"""The order in which an edition's open data are written, and nothing else."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
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
from pipeline.publish.open.reading import opened, read_facts

LOG = "checkpoints.ndjson"


@dataclass(frozen=True)
class Opened:
    """What was written: files and bytes below the site, and how many social cards (0: no font or no Pillow)."""

    files: int
    bytes: int
    cards: int


def write_open(database: Path, site: Path, *, site_url: str, moved: Mapping[str, str], key: Path, log: Path) -> Opened:
    """Everything `publish.open` lists, below the finished pages in `site`.

    `key` is the signing key (made when missing), `log` the file of all checkpoints so far, extended by this edition's.
    All but `/open/proofs/checkpoint.json`, `log.ndjson`, `key.json` and the sums of the database is made from the database alone.
    """
    files.clear(site)
    folder = files.Folder(site)
    with opened(database) as db:
        facts = read_facts(db, site_url)
        for table in TABLES:
            tabular.write_table(db, table, folder)
        numbers.write_numbers(facts, folder)
        feeds.write_feeds(db, facts, folder)
        badges.write_badges(facts, folder)
        made = cards.write_cards(facts, folder, cards.font_file())
        embeds.write_embeds(facts, folder)
        folder.link("/open/sinkrate.db", database)
        descriptions.write_descriptions(facts, folder)
        maps.write_maps(facts, folder)
        roots = proofs.table_roots(db)
        for platform, proof in proofs.platform_proofs(db, roots, facts.id):
            name = "market" if platform == "*" else platform
            folder.json(f"/open/proofs/platforms/{name}.json", proof, indent=None)
        folder.json("/moved.json", dict(sorted(moved.items())))
        aliases.write_aliases(moved, folder)
        maps.write_index(facts, folder)
    _seal(facts.edition, roots, folder, key, log)
    return Opened(len(folder.files), sum(file.bytes for file in folder.files), made)


def _seal(edition: Mapping[str, object], roots: proofs.Roots, folder: files.Folder, key: Path, log: Path) -> None:
    """The signed checkpoint beside the edition, the whole log and the public key."""
    private = checkpoints.signing_key(key)
    found = checkpoints.extend(log, dict(edition), roots, private)
    folder.text(
        "/open/proofs/checkpoint.json", json.dumps(found[-1], ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    )
    folder.text("/open/proofs/log.ndjson", "".join(map(checkpoints.line, found)))
    folder.json("/open/proofs/key.json", {"algorithm": "Ed25519", "public_key": checkpoints.public_hex(private)})
