"""Signed checkpoints: what an edition was, who says so, and that it follows the one before."""

import json
import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from pipeline.errors import BadInput
from pipeline.publish.open.canonical import canonical
from pipeline.publish.open.proofs import Roots, edition_root

FORMAT = "sinkrate-checkpoint/1"
Signed = dict[str, Any]
"""{checkpoint, signature}, as in `publish.open`."""
_COPIED = ("as_of", "method_version", "inputs_digest")


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The machine's signing key; made once, readable by its owner only, never published."""
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(Ed25519PrivateKey.generate().private_bytes_raw())
    return Ed25519PrivateKey.from_private_bytes(path.read_bytes())


def public_hex(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def sign(edition: dict[str, Any], roots: Roots, before: Sequence[Signed], key: Ed25519PrivateKey) -> Signed:
    """The edition's checkpoint after those `before`; the same inputs give the same bytes."""
    last = before[-1] if before else None
    checkpoint = {
        "format": FORMAT, "number": len(before) + 1, "edition": edition["id"], **{name: edition[name] for name in _COPIED},
        "records": sum(table["records"] for table in roots.values()), "root": edition_root(roots), "tables": roots,
        "previous": digest(last) if last else None, "key": public_hex(key),
    }  # fmt: skip
    return {"checkpoint": checkpoint, "signature": key.sign(_bytes(checkpoint)).hex()}


def _bytes(checkpoint: dict[str, Any]) -> bytes:
    return canonical(checkpoint)


def digest(signed: Signed) -> str:
    """What the next checkpoint names as `previous`."""
    return sha256(_bytes(signed["checkpoint"])).hexdigest()


def is_signed(signed: Signed) -> bool:
    """Whether the signature is that of the key the checkpoint names."""
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signed["checkpoint"]["key"]))
    try:
        public.verify(bytes.fromhex(signed["signature"]), _bytes(signed["checkpoint"]))
    except InvalidSignature:
        return False
    return True


def broken_links(log: Sequence[Signed]) -> list[str]:
    """Where a log is no chain: a wrong number, a predecessor that is not the line above, a signature that does not hold."""
    problems, last = [], None
    for number, signed in enumerate(log, 1):
        own = signed["checkpoint"]
        if own["number"] != number or own["previous"] != (digest(last) if last else None):
            problems.append(f"checkpoint {number} ({own['edition']}) does not follow the one before")
        if not is_signed(signed):
            problems.append(f"checkpoint {number} ({own['edition']}): the signature does not hold")
        last = signed
    return problems


def read_log(path: Path) -> list[Signed]:
    """Checkpoints so far, oldest first; BadInput names a line that is none."""
    found: list[Signed] = []
    for number, line in enumerate(path.read_text(encoding="utf8").splitlines() if path.is_file() else (), 1):
        try:
            signed = json.loads(line)
            found.append({"checkpoint": dict(signed["checkpoint"]), "signature": str(signed["signature"])})
        except (ValueError, KeyError, TypeError) as error:
            raise BadInput(
                f"{path}, line {number} is no checkpoint: {error!r}; take the file from the last backup"
            ) from error
    return found


def line(signed: Signed) -> str:
    return json.dumps(signed, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"


def extend(path: Path, edition: dict[str, Any], roots: Roots, key: Ed25519PrivateKey) -> list[Signed]:
    """The log with the edition's checkpoint at its end, written back; an edition already there at its end is not added again.

    BadInput where the log is broken: what was signed is never rewritten.
    """
    log = read_log(path)
    if problems := broken_links(log):
        raise BadInput(f"{path}: {problems[0]}; take the file from the last backup")
    again = sign(edition, roots, log[:-1], key) if log else None
    if again is None or again != log[-1]:
        log.append(sign(edition, roots, log, key))
    aside = path.with_name(f".{path.name}.next")
    aside.write_text("".join(map(line, log)), encoding="utf8")
    aside.replace(path)
    return log
