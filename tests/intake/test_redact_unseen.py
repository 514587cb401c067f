"""Redaction on texts no rule was written for: generated spellings, the labelled sets, and what other libraries still find."""

import json
from collections.abc import Iterator
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.cn import ric

from pipeline.intake.redact import leaks, redact, redact_all
from tests.intake.redact_probes import PIECES, STARTS, probes

GOLD = Path(__file__).parents[1] / "gold"


@pytest.fixture(scope="module")
def outcomes() -> tuple[list[str], list[str]]:
    """Recipes whose secret survives, and keepers that are lost, over 4,000 generated texts."""
    made = list(probes(seed=2026, count=4000))
    cleaned = [text for text, _ in redact_all([probe.text for probe in made])]
    pairs = list(zip(made, cleaned, strict=True))
    survivors = [probe.recipe for probe, text in pairs if any(secret in text for secret in probe.secrets)]
    lost = [f"{keeper} of {probe.recipe}" for probe, text in pairs for keeper in probe.keepers if keeper not in text]
    return survivors, lost


def test_few_secrets_survive_in_any_spelling_behind_any_cue(outcomes: tuple[list[str], list[str]]) -> None:
    assert len(outcomes[0]) <= 0.01 * 4000, outcomes[0]


def test_keepers_beside_them_stay(outcomes: tuple[list[str], list[str]]) -> None:
    assert len(outcomes[1]) <= 0.001 * 4000, outcomes[1]


@pytest.mark.parametrize("name", ["redaction.jsonl", "redaction_second.jsonl", "redaction_third.jsonl"])
def test_the_labelled_sets(name: str) -> None:
    """A secret the author has masked (`裴*`) is nobody's any more; everything else counts."""
    lines = [json.loads(line) for line in (GOLD / name).read_text(encoding="utf-8").splitlines()]
    cleaned = [text for text, _ in redact_all([line["text"] for line in lines])]
    secrets = [
        secret in text
        for line, text in zip(lines, cleaned, strict=True)
        for secret in line["secrets"]
        if "*" not in secret
    ]
    keepers = [keeper not in text for line, text in zip(lines, cleaned, strict=True) for keeper in line["keepers"]]
    assert sum(secrets) <= 0.005 * len(secrets)
    assert sum(keepers) <= 0.01 * len(keepers)


TEXTS = st.lists(
    st.one_of(st.sampled_from(PIECES), st.integers(0, 10**6).map(lambda seed: next(probes(seed, 1)).text)), max_size=4
).map("".join)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_redacting_again_changes_nothing(text: str) -> None:
    clean, _ = redact(text)
    assert redact(clean) == (clean, [])
    assert leaks(clean) == []


def _runs(text: str) -> Iterator[str]:
    """Runs of ASCII digits (and a final X) in the text."""
    run = ""
    for char in text + " ":
        if char in "0123456789xX":
            run += char
            continue
        if run:
            yield run
        run = ""


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from(["mobile", "idcard", "card"]), st.sampled_from(STARTS))
def test_other_libraries_find_nothing_afterwards(seed: int, kind: str, around: str) -> None:
    """What python-stdnum and phonenumbers still recognise in the output of one number, plainly written."""
    probe = next(probes(seed, 1, kind, "plain"))
    clean = redact(around + probe.text)[0]
    mobile = phonenumbers.PhoneNumberType.MOBILE
    matches = phonenumbers.PhoneNumberMatcher(clean, "CN", phonenumbers.Leniency.VALID)
    assert [match for match in matches if phonenumbers.number_type(match.number) == mobile] == []
    assert [run for run in _runs(clean) if ric.is_valid(run) or (16 <= len(run) <= 19 and luhn.is_valid(run))] == []


def test_probes_are_the_same_for_the_same_seed() -> None:
    assert list(probes(5, 50)) == list(probes(5, 50))
