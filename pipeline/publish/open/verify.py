"""`sinkrate verify FOLDER`: an edition checked offline, from its files alone."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import BadInput
from pipeline.publish.open import checkpoints, proofs
from pipeline.publish.open.reading import opened


@dataclass(frozen=True)
class Check:
    """One thing checked: whether it holds, and what was found."""

    name: str
    holds: bool
    found: str


def verify(folder: Path, key: str | None = None) -> list[Check]:
    """Checks of an edition in `folder`: one of data/public/editions, a site folder, or a copy of /open/.

    `key` is the public key a reader already trusts; without it the folder's own is used, and the check says so.
    BadInput where the folder holds no open data.
    """
    own = _open_folder(folder)
    signed = json.loads((own / "proofs" / "checkpoint.json").read_text(encoding="utf8"))
    checkpoint = signed["checkpoint"]
    return [
        _key(own, checkpoint, key),
        Check("signature", checkpoints.is_signed(signed), "Ed25519 over the canonical checkpoint"),
        _chain(own, signed),
        *_records(own / "sinkrate.db", checkpoint),
        _proofs(own, checkpoint),
        _sums(own),
    ]


def _open_folder(folder: Path) -> Path:
    for own in (folder, folder / "open", folder / "site" / "open"):
        if (own / "proofs" / "checkpoint.json").is_file():
            return own
    raise BadInput(
        f"{folder}: no open data with a checkpoint here; name an edition (DATA/public/editions/ID), a site folder, or a copy of /open/"
    )


def _key(own: Path, checkpoint: dict[str, Any], trusted: str | None) -> Check:
    if trusted is not None:
        return Check(
            "key", checkpoint["key"] == trusted.strip().lower(), f"signed by {checkpoint['key']}, trusted {trusted}"
        )
    printed = json.loads((own / "proofs" / "key.json").read_text(encoding="utf8"))["public_key"]
    return Check(
        "key", checkpoint["key"] == printed, f"{printed}, from this very folder: give the one you trust with --key"
    )


def _chain(own: Path, signed: checkpoints.Signed) -> Check:
    log = checkpoints.read_log(own / "proofs" / "log.ndjson")
    problems = checkpoints.broken_links(log)
    if not log or log[-1] != signed:
        problems.append("the checkpoint is not the last of the log")
    return Check("chain", not problems, "; ".join(problems) or f"{len(log)} checkpoints, each extends the one before")


def _records(database: Path, checkpoint: dict[str, Any]) -> Iterator[Check]:
    with opened(database) as db:
        roots = proofs.table_roots(db)
    differ = [
        name for name in sorted({*roots, *checkpoint["tables"]}) if roots.get(name) != checkpoint["tables"].get(name)
    ]
    count = sum(table["records"] for table in roots.values())
    yield Check(
        "records",
        not differ,
        f"tables that differ: {', '.join(differ)}" if differ else f"{count} records in {len(roots)} tables",
    )
    root = proofs.edition_root(roots)
    yield Check("root", root == checkpoint["root"], root)


def _proofs(own: Path, checkpoint: dict[str, Any]) -> Check:
    found = sorted((own / "proofs" / "platforms").glob("*.json"))
    problems = [
        f"{path.name}: {problem}"
        for path in found
        for problem in proofs.check_proof(json.loads(path.read_text(encoding="utf8")), checkpoint["root"])
    ]
    return Check("proofs", not problems, "; ".join(problems[:3]) or f"{len(found)} platforms' numbers lead to the root")


def _sums(own: Path) -> Check:
    """Every file against SHA256SUMS; of an edition over thirty days old a server gives a badge's address the picture that says so."""
    lines = (own / "SHA256SUMS").read_text(encoding="utf8").splitlines()
    sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    problems = []
    for name, digest in sums.items():
        path = own / name
        if not path.is_file():
            problems.append(f"{name} is missing")
            continue
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        outdated = sums.get(f"{name.removesuffix('.svg')}.stale.svg") if name.startswith("badges/") else None
        if found not in (digest, outdated):
            problems.append(f"{name} differs")
    return Check("files", not problems, "; ".join(problems[:5]) or f"{len(sums)} files as in SHA256SUMS")
