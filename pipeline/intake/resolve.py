"""Printed names → canonical platforms, through names people reviewed.

Exact after normalisation only (width, case, spaces, traditional characters, and the service-account suffixes below).
What no reviewed name or decision covers stays unresolved: it gets a provisional platform of its own, marked
`unreviewed`, and is never folded into a similar one.
"""

import csv
import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml
from opencc import OpenCC
from pydantic import Field, ValidationError

from pipeline.errors import BadInput
from pipeline.intake.clean import comparable
from pipeline.model import Platform, Record

_SUFFIX = re.compile(r"(官方旗舰店|官方微博|官方客服|客户服务|客服中心|在线客服|官方平台|官网|官方|客服|平台)$")
_DOMAIN = re.compile(r"^(https?://)?(www\.)?([a-z0-9-]+(\.[a-z0-9-]+)+)/?.*$")
_T2S = OpenCC("t2s")


class PlatformEntry(Record):
    """One platform of platforms.yml."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    name: str
    names: tuple[str, ...] = ()
    legal_name: str | None = None
    credit_code: str | None = None
    domains: tuple[str, ...] = ()
    invented: bool = False


@dataclass(frozen=True)
class Decision:
    """One row of aliases.csv: a person said that a printed name is, or is not, this platform."""

    key: str
    platform: str
    decision: str


@dataclass(frozen=True)
class Resolution:
    """Where a printed name belongs: `platform` null when no reviewed name covers it."""

    platform: str | None
    confidence: float
    why: str


def normalise(name: str) -> str:
    """The form names are compared in."""
    text = comparable(_T2S.convert(name)).strip("@#【】[]()（）“”\"'")
    match = _DOMAIN.match(text)
    return match.group(3) if match else text


def stem(name: str) -> str:
    """The normalised name without service-account suffixes; never shorter than two characters."""
    text = normalise(name)
    while (shorter := _SUFFIX.sub("", text)) != text and len(shorter) >= 2:
        text = shorter
    return text


def provisional_id(name: str) -> str:
    """Id of the provisional platform of an unreviewed name: stable, says nothing about anyone."""
    return "u-" + hashlib.sha256(normalise(name).encode()).hexdigest()[:10]


class Resolver:
    """Reviewed names and decisions, ready to look up."""

    def __init__(self, entries: list[PlatformEntry], decisions: list[Decision]) -> None:
        self.entries = {entry.id: entry for entry in entries}
        self.same = {row.key: row.platform for row in decisions if row.decision == "same"}
        self.apart = {(row.key, row.platform) for row in decisions if row.decision != "same"}
        self.exact: dict[str, str] = {}
        self.stems: dict[str, set[str]] = {}
        for entry in entries:
            for name in (entry.name, entry.legal_name, *entry.names, *entry.domains):
                self._add(name, entry.id)

    def _add(self, name: str | None, platform: str) -> None:
        if not name:
            return
        key = normalise(name)
        other = self.exact.setdefault(key, platform)
        if other != platform:
            raise BadInput(
                f"platforms.yml: the name '{name}' stands under both {other} and {platform}; keep it under one"
            )
        self.stems.setdefault(stem(name), set()).add(platform)

    @classmethod
    def load(cls, reference: Path) -> "Resolver":
        """From platforms.yml and aliases.csv of a reference folder."""
        path = reference / "platforms.yml"
        try:
            entries = [
                PlatformEntry.model_validate(row) for row in yaml.safe_load(path.read_text(encoding="utf8")) or []
            ]
        except (yaml.YAMLError, ValidationError, FileNotFoundError) as error:
            raise BadInput(f"{path}: {error}") from error
        return cls(entries, _decisions(reference / "aliases.csv", {entry.id for entry in entries}))

    def resolve(self, name: str | None) -> Resolution:
        """One printed name; decisions of people come first, then exact names, then unambiguous stems."""
        if not name or not normalise(name):
            return Resolution(None, 0.0, "页面未印平台名称")
        key = normalise(name)
        if key in self.same:
            return Resolution(self.same[key], 1.0, "aliases.csv 中的人工决定")
        if key in self.exact:
            return Resolution(self.exact[key], 1.0, "与已核对名称一致")
        found = {platform for platform in self.stems.get(stem(name), ()) if (key, platform) not in self.apart}
        if len(found) == 1:
            return Resolution(next(iter(found)), 0.95, f"去掉服务账号后缀后为“{stem(name)}”，与已核对名称一致")
        return Resolution(None, 0.0, "没有已核对的名称与之一致" if not found else "与多个已核对名称相同，需人工决定")

    def column(self, names: pa.Array) -> pa.Array:
        """Canonical or provisional id per printed name; null where no name is printed."""
        known: dict[str | None, str | None] = {None: None}
        for name in names.unique().to_pylist():
            if name is not None and normalise(name):
                known[name] = self.resolve(name).platform or provisional_id(name)
        return pa.array([known.get(name) for name in names.to_pylist()], pa.string())

    @cached_property
    def versions(self) -> str:
        """Digest of names and decisions: part of an edition's inputs."""
        text = repr((sorted(self.exact.items()), sorted(self.same.items()), sorted(self.apart)))
        return hashlib.sha256(text.encode()).hexdigest()

    def platforms(self, printed: dict[str, list[str]]) -> list[Platform]:
        """The published platforms: id → printed names seen. Provisional ones are marked unreviewed."""
        return [self._platform(platform, sorted(names)) for platform, names in sorted(printed.items())]

    def _platform(self, platform: str, names: list[str]) -> Platform:
        entry = self.entries.get(platform)
        facts: dict[str, Any] = {"id": platform, "aliases": "|".join(names)}
        if entry is None:
            return Platform(name=names[0], review="unreviewed", **facts)
        return Platform(
            name=entry.name,
            review="reviewed",
            legal_name=entry.legal_name,
            credit_code=entry.credit_code,
            invented=entry.invented,
            **facts,
        )


def _decisions(path: Path, platforms: set[str]) -> list[Decision]:
    """The rows of aliases.csv; an unknown word or platform raises BadInput naming the line."""
    if not path.is_file():
        return []
    rows = []
    with path.open(encoding="utf8", newline="") as handle:
        for line, row in enumerate(csv.DictReader(handle), start=2):
            if row.get("decision") not in ("same", "different", "unsure"):
                raise BadInput(
                    f"{path}:{line}: decision must be same, different or unsure, not {row.get('decision')!r}"
                )
            if row["platform"] not in platforms:
                raise BadInput(f"{path}:{line}: no platform '{row['platform']}' in platforms.yml")
            rows.append(Decision(normalise(row["name"]), row["platform"], row["decision"]))
    return rows
