"""What people wrote down about platforms: platforms.yml and aliases.csv, read and checked."""

import csv
import re
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, ValidationError, field_validator
from stdnum.cn import uscc

from pipeline.errors import BadInput
from pipeline.model import FactKind, PlatformFact, PlatformId, Record
from pipeline.yaml_files import fault, load_yaml

_ID = r"^[a-z0-9][a-z0-9-]*$"
_ICP = re.compile(r"^[\u4e00-\u9fff](?:ICP[备证]|B\d-)\d{4,10}号?(?:-\d+)?$")
_HOST = re.compile(
    r"^(?:[a-z0-9\u4e00-\u9fff](?:[a-z0-9\u4e00-\u9fff-]*[a-z0-9\u4e00-\u9fff])?\.)+[a-z\u4e00-\u9fff]{2,}$"
)
DECISIONS = ("same", "different", "unsure")


class Fact(Record):
    """One thing a public register says of a platform: when it was checked, and where."""

    kind: FactKind
    value: str
    checked_on: date
    source: str

    @field_validator("source")
    @classmethod
    def _named(cls, source: str) -> str:
        if not source.strip():
            raise ValueError("a fact names its source")
        return source


class Former(Record):
    """An id the platform had before it was merged or renamed."""

    id: str = Field(pattern=_ID)
    since: date
    kind: Literal["merged", "renamed"]
    why: str


class PlatformEntry(Record):
    """One platform of platforms.yml."""

    id: str = Field(pattern=_ID)
    name: str
    names: tuple[str, ...] = ()
    legal_name: str | None = None
    credit_code: str | None = None
    domains: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    former: tuple[Former, ...] = ()
    invented: bool = False

    def stated(self) -> list[tuple[FactKind, str, date | None, str | None]]:
        """Every fact: the short fields (no date, no source) and the dated ones, which replace a short field of the same value."""
        short: list[tuple[FactKind, str | None]] = [
            ("legal_name", self.legal_name),
            ("credit_code", self.credit_code),
            *(("domain", domain) for domain in self.domains),
        ]
        dated = {(fact.kind, fact.value) for fact in self.facts}
        plain = [(kind, value, None, None) for kind, value in short if value and (kind, value) not in dated]
        return [*plain, *((fact.kind, fact.value, fact.checked_on, fact.source) for fact in self.facts)]

    def current(self, kind: FactKind) -> str | None:
        """The value checked last; null when none is known."""
        found = [fact for fact in self.stated() if fact[0] == kind]
        return max(found, key=lambda fact: fact[2] or date.min)[1] if found else None

    def registered(self) -> Iterator[str]:
        """Legal names and domains: they mean this platform unless another one has them too."""
        yield from (value for kind, value, _, _ in self.stated() if kind in ("legal_name", "domain"))


class Decision(Record):
    """One row of aliases.csv: a person said that a printed name is, or is not, this platform."""

    name: str
    platform: str
    decision: Literal["same", "different", "unsure"]
    when: date | None = None
    why: str = ""


def load(reference: Path) -> tuple[list[PlatformEntry], list[Decision]]:
    """Platforms and decisions of a reference folder, decisions under canonical ids."""
    path = reference / "platforms.yml"
    try:
        entries = [PlatformEntry.model_validate(row) for row in load_yaml(path.read_text(encoding="utf8")) or []]
    except (yaml.YAMLError, ValidationError, FileNotFoundError) as error:
        raise BadInput(f"{path}: {fault(error)}") from error
    for entry in entries:
        check(entry)
    return entries, decisions(reference / "aliases.csv", canonical_ids(entries))


def check(entry: PlatformEntry) -> None:
    """BadInput for a credit code whose check digit is wrong, an ICP number or a domain that is none."""
    for kind, value, _, _ in entry.stated():
        wrong = {
            "credit_code": lambda text: not uscc.is_valid(text),
            "icp": lambda text: not _ICP.match(text),
            "domain": lambda text: not _HOST.match(text),
        }.get(kind)
        if wrong and wrong(value):
            raise BadInput(f"platforms.yml: {entry.id}: {kind} '{value}' is not one; compare it with its source")


def canonical_ids(entries: list[PlatformEntry]) -> dict[str, str]:
    """Every id there is or was → the canonical one. BadInput for an id that stands twice."""
    pairs = [(entry.id, entry.id) for entry in entries]
    pairs += [(former.id, entry.id) for entry in entries for former in entry.former]
    twice = [name for name, count in Counter(old for old, _ in pairs).items() if count > 1]
    if twice:
        raise BadInput(f"platforms.yml: the id {twice[0]} stands twice; an id is never used again")
    return dict(pairs)


def decisions(path: Path, canonical: dict[str, str]) -> list[Decision]:
    """The rows of aliases.csv; an unknown word or platform raises BadInput naming the line."""
    if not path.is_file():
        return []
    rows = []
    with path.open(encoding="utf8", newline="") as handle:
        for line, row in enumerate(csv.DictReader(handle), start=2):
            if row.get("decision") not in DECISIONS:
                raise BadInput(
                    f"{path}:{line}: decision must be same, different or unsure, not {row.get('decision')!r}"
                )
            if row["platform"] not in canonical:
                raise BadInput(f"{path}:{line}: no platform '{row['platform']}' in platforms.yml")
            rows.append(_decision(path, line, row, canonical[row["platform"]]))
    return rows


def _decision(path: Path, line: int, row: dict[str, str], platform: str) -> Decision:
    try:
        when = date.fromisoformat(row["when"]) if re.match(r"\d{4}-", row.get("when") or "") else None
    except ValueError as error:
        raise BadInput(f"{path}:{line}: when is no date: {row['when']!r}") from error
    return Decision.model_validate(
        {
            "name": row["name"],
            "platform": platform,
            "decision": row["decision"],
            "when": when,
            "why": row.get("why") or "",
        }
    )


def facts_of(entries: Collection[PlatformEntry]) -> list[PlatformFact]:
    """Rows of the public table `platform_facts`."""
    return [
        PlatformFact(
            id=f"{entry.id}/{kind}/{value}/{day or ''}",
            platform=entry.id,
            kind=kind,
            value=value,
            checked_on=day,
            source=source,
        )
        for entry in entries
        for kind, value, day, source in entry.stated()
    ]


def former_ids(entries: Collection[PlatformEntry]) -> list[PlatformId]:
    """Rows of `platform_ids` for merged and renamed platforms."""
    return [
        PlatformId(old_id=former.id, platform=entry.id, since=former.since, kind=former.kind, why=former.why)
        for entry in entries
        for former in entry.former
    ]
