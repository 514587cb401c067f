"""Canonical JSON, the hash tree, signed checkpoints: what holds, and that whatever is touched is found."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import BadInput
from pipeline.publish.open import checkpoints, merkle, proofs
from pipeline.publish.open.canonical import row_writer
from pipeline.publish.open.reading import opened
from tests.publish.sample import write_sample_db

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
EDITION = {
    "id": "2026-11-20-aaaaaaaa",
    "as_of": "2026-11-20T12:00:00+08:00",
    "method_version": "2026-11",
    "inputs_digest": "00",
}
VALUES = st.none() | st.text() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(VALUES, min_size=3, max_size=3))
def test_rows_are_written_as_rfc_8785_says(values: list[Any]) -> None:
    assert row_writer(["b", "a_1", "a"])(values) == rfc8785.dumps(dict(zip(["b", "a_1", "a"], values, strict=True)))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (-0.0, "0"),
        (1e-7, "1e-7"),
        (0.1, "0.1"),
        (1e21, "1e+21"),
        (5e-05, "0.00005"),
        (1e16, "10000000000000000"),
        ("\u2028\x7f\x01/", '"\u2028\x7f\\u0001/"'),
    ],
)
def test_numbers_and_texts_at_the_edges(value: Any, text: str) -> None:
    assert row_writer(["x"])([value]).decode() == f'{{"x":{text}}}'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**60])
def test_what_json_has_no_word_for_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        row_writer(["x"])([value])


@given(st.lists(st.binary(max_size=8), max_size=40))
def test_every_leaf_leads_to_the_root_and_nothing_else_does(records: list[bytes]) -> None:
    leaves = [merkle.leaf(record) for record in records]
    tree = merkle.levels(leaves)
    assert merkle.root(leaves) == tree[-1][0]
    for at, leaf in enumerate(leaves):
        steps = merkle.path(tree, at)
        assert merkle.walk(leaf, steps) == tree[-1][0]
        assert merkle.walk(merkle.leaf(b"another" + records[at]), steps) != tree[-1][0]


def test_the_tree_is_that_of_rfc_6962() -> None:
    """Known answers: the empty tree, one leaf, and three leaves by hand."""
    assert merkle.root([]).hex() == sha256(b"").hexdigest()
    assert merkle.root([merkle.leaf(b"")]).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    one, two, three = (merkle.leaf(bytes([n])) for n in range(3))
    assert merkle.root([one, two, three]) == merkle.node(merkle.node(one, two), three)


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> tuple[proofs.Roots, dict[str, dict[str, Any]]]:
    with opened(write_sample_db(tmp_path_factory.mktemp("proofs") / "sinkrate.db")) as db:
        found = proofs.table_roots(db)
        return found, dict(proofs.platform_proofs(db, found, "e"))


def test_a_page_s_numbers_are_proved(roots: tuple[proofs.Roots, dict[str, dict[str, Any]]]) -> None:
    root = proofs.edition_root(roots[0])
    for platform, proof in roots[1].items():
        assert proofs.check_proof(json.loads(json.dumps(proof)), root) == []
        assert all(json.loads(entry["record"])["platform"] == platform for entry in proof["records"])
    assert {"*", "yinghuo"} <= roots[1].keys()


@pytest.mark.parametrize("touch", ["value", "path", "table", "root"])
def test_a_touched_proof_is_found(roots: tuple[proofs.Roots, dict[str, dict[str, Any]]], touch: str) -> None:
    proof = json.loads(json.dumps(roots[1]["yinghuo"]))
    entry = proof["records"][0]
    if touch == "value":
        entry["record"] = entry["record"].replace('"k":', '"k":1')
    elif touch == "path":
        entry["path"][0]["hash"] = "00" * 32
    elif touch == "table":
        proof["table_leaf"] = proof["table_leaf"].replace('"records":', '"records":1')
    root = "11" * 32 if touch == "root" else proofs.edition_root(roots[0])
    assert proofs.check_proof(proof, root)


# checkpoints


def _roots(seed: str) -> proofs.Roots:
    return {"cases": {"records": 1, "root": sha256(seed.encode()).hexdigest()}}


def test_each_checkpoint_extends_the_last_and_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    log = tmp_path / "log.ndjson"
    for number in (1, 2, 3):
        found = checkpoints.extend(log, EDITION | {"id": f"e{number}"}, _roots(str(number)), KEY)
    before = log.read_bytes()
    assert checkpoints.extend(log, EDITION | {"id": "e3"}, _roots("3"), KEY) == found
    assert log.read_bytes() == before and len(found) == 3
    assert checkpoints.broken_links(checkpoints.read_log(log)) == []
    assert [one["checkpoint"]["previous"] for one in found] == [None, *map(checkpoints.digest, found[:2])]


@pytest.mark.parametrize("touch", ["root", "order", "lost", "signature", "key"])
def test_a_log_that_was_rewritten_is_found_and_never_extended(tmp_path: Path, touch: str) -> None:
    log = tmp_path / "log.ndjson"
    for number in (1, 2, 3):
        found = checkpoints.extend(log, EDITION | {"id": f"e{number}"}, _roots(str(number)), KEY)
    if touch == "root":
        found[1]["checkpoint"]["root"] = "00" * 32
    elif touch == "order":
        found.reverse()
    elif touch == "lost":
        found.pop(1)
    elif touch == "signature":
        found[2]["signature"] = "00" * 64
    else:
        other = Ed25519PrivateKey.from_private_bytes(bytes(32))
        found[2] = found[2] | {"signature": other.sign(b"x").hex()}
    assert checkpoints.broken_links(found)
    log.write_text("".join(map(checkpoints.line, found)))
    with pytest.raises(BadInput, match="backup"):
        checkpoints.extend(log, EDITION, _roots("4"), KEY)


def test_a_line_that_is_no_checkpoint_is_named(tmp_path: Path) -> None:
    log = tmp_path / "log.ndjson"
    log.write_text("{}\n")
    with pytest.raises(BadInput, match="line 1"):
        checkpoints.read_log(log)


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "work" / "signing.key"
    first = checkpoints.public_hex(checkpoints.signing_key(path))
    assert checkpoints.public_hex(checkpoints.signing_key(path)) == first
    assert path.stat().st_mode & 0o777 == 0o600
