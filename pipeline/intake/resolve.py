"""Printed names → canonical platforms, through names people reviewed.

Exact after normalisation only (width, case, spaces, separators, traditional characters), with the decorations of
service accounts taken off; a print of several parts (name and legal name, name and domain) must agree in all of them.
What no reviewed name or decision covers stays unresolved: it gets a provisional platform of its own, marked
`unreviewed`, and is never folded into a similar one.
"""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
from opencc import OpenCC

from pipeline.errors import BadInput
from pipeline.intake import directory
from pipeline.intake.clean import comparable
from pipeline.intake.directory import Decision, PlatformEntry
from pipeline.model import Platform, PlatformId

_DECORATION = re.compile(
    r"(客户服务中心|官方旗舰店|官方微博|官方客服|客户服务|客服中心|在线客服|服务中心|官方平台|旗舰店|客服|官网|官方|平台|商城|app)$"
)
# appended to a name that says what the shop sells it says nothing; appended to any other it may be another shop (天猫, 天猫卡盟)
_KIND = re.compile(r"(?<=权益|直充|充值|点卡|数卡|号卡|发卡|提卡|卡社|社区|话费|货源|会员|点券|代充|代刷)卡盟$")
_BRACKETS = re.compile(r"[()（）\[\]【】<>《》「」]")
_SEPARATORS = re.compile(r"[_·・•|‧~\-—]")
_DOMAIN = re.compile(r"^(?:https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?::\d+)?(?:[/?#].*)?$")
_T2S = OpenCC("t2s")


@dataclass(frozen=True)
class Resolution:
    """Where a printed name belongs: `platform` null when no reviewed name covers it."""

    platform: str | None
    confidence: float
    why: str


def normalise(name: str) -> str:
    """The form names are compared in: one of our own characters for each width, case and spelling."""
    visible = "".join(char for char in _T2S.convert(name) if unicodedata.category(char) != "Cf")
    text = comparable(visible).strip("@#“”\"'")
    address = _DOMAIN.match(text.replace("。", "."))
    return address.group(1) if address else _SEPARATORS.sub("", text)


def forms(text: str) -> Iterator[str]:
    """The normalised name, then without its decorations one by one, last without an appended 卡盟; for a domain, its parents."""
    yield text
    if "." in text:
        while text.count(".") > 1:
            text = text.split(".", 1)[1]
            yield text
        return
    while (shorter := _DECORATION.sub("", text)) != text and len(shorter) >= 2:
        text = shorter
        yield text
    yield _KIND.sub("", text)


def provisional_id(name: str) -> str:
    """Id of the provisional platform of an unreviewed name: stable, says nothing about anyone."""
    return _provisional(normalise(name))


def _provisional(key: str) -> str:
    return "u-" + hashlib.sha256(key.encode()).hexdigest()[:10]


class Resolver:
    """Reviewed names and decisions, ready to look up."""

    def __init__(self, entries: list[PlatformEntry], decisions: list[Decision]) -> None:
        self.entries = {entry.id: entry for entry in entries}
        self._now = directory.canonical_ids(entries)
        self._decided = {normalise(row.name): row for row in decisions if row.decision == "same"}
        self.same = {key: row.platform for key, row in self._decided.items()}
        self.apart = {(normalise(row.name), row.platform) for row in decisions if row.decision != "same"}
        self.exact: dict[str, str] = {}
        self.shared: dict[str, set[str]] = {}
        for entry in entries:
            for name in (entry.name, *entry.names):
                self._add(name, entry.id)
        for entry in entries:
            for name in entry.registered():
                self._add_registered(normalise(name), entry.id)

    def _add(self, name: str, platform: str) -> None:
        other = self.exact.setdefault(normalise(name), platform)
        if other != platform:
            raise BadInput(
                f"platforms.yml: the name '{name}' stands under both {other} and {platform}; keep it under one"
            )

    def _add_registered(self, key: str, platform: str) -> None:
        """A legal name or domain several platforms have names none of them alone."""
        holders = self.shared.get(key, {self.exact.get(key, platform)}) | {platform}
        if len(holders) > 1:
            self.shared[key] = holders
            self.exact.pop(key, None)
        else:
            self.exact[key] = platform

    @classmethod
    def load(cls, reference: Path) -> "Resolver":
        """From platforms.yml and aliases.csv of a reference folder."""
        return cls(*directory.load(reference))

    def canonical(self, platform: str) -> str:
        """The id a platform has now; an id nobody knows stays as it is."""
        return self._now.get(platform, platform)

    def resolve(self, name: str | None) -> Resolution:
        """One printed name; decisions of people come first, then exact names, then unambiguous stems."""
        if not name or not normalise(name):
            return Resolution(None, 0.0, "页面未印平台名称")
        key = normalise(name)
        if key in self.same:
            return Resolution(self.same[key], 1.0, "aliases.csv 中的人工决定")
        if key in self.exact:
            return Resolution(self.exact[key], 1.0, "与已核对名称一致")
        parts = [part for part in map(normalise, _BRACKETS.split(name)) if part and not _DECORATION.fullmatch(part)]
        found = [self._known(part, key) for part in parts]
        agreed = set.intersection(*found) if found else set()
        if len(agreed) == 1:
            return Resolution(agreed.pop(), 0.95, "去掉服务账号的修饰后，与已核对名称一致")
        if agreed:
            return Resolution(None, 0.0, "多个平台共用此登记名称或域名，需人工决定")
        several = len(set.union(*found)) > 1 if found else False
        return Resolution(None, 0.0, "印有多个平台的名称，需人工决定" if several else "没有已核对的名称与之一致")

    def _known(self, part: str, key: str) -> set[str]:
        """The platforms one part may mean, by the first of its forms that is a reviewed name; less those decided against."""
        for form in forms(part):
            platforms = self.shared.get(form) or {platform for platform in (self.exact.get(form),) if platform}
            if platforms:
                return {platform for platform in platforms if (key, platform) not in self.apart}
        return set()

    def column(self, names: pa.Array) -> pa.Array:
        """Canonical or provisional id per printed name; null where no name is printed."""
        whole = names.combine_chunks() if isinstance(names, pa.ChunkedArray) else names
        coded = whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()
        ids = [
            (self.resolve(name).platform or provisional_id(name)) if name and normalise(name) else None
            for name in coded.dictionary.to_pylist()
        ]
        return pa.array(ids, pa.string()).take(coded.indices)

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
            legal_name=entry.current("legal_name"),
            credit_code=entry.current("credit_code"),
            invented=entry.invented,
            **facts,
        )

    def old_ids(self, published: Collection[str]) -> list[PlatformId]:
        """Rows of `platform_ids` that lead to a published platform: former ids, and the provisional ids its names had
        before people reviewed them."""
        mine = [self.entries[platform] for platform in sorted(published) if platform in self.entries]
        known = {key: platform for key, platform in (self.exact | self.same).items() if platform in published}
        reviewed = [
            PlatformId(
                old_id=_provisional(key),
                platform=platform,
                since=self._decided[key].when if key in self._decided else None,
                kind="reviewed",
                why="名称经人核对，归入本平台",
            )
            for key, platform in sorted(known.items())
        ]
        return [*directory.former_ids(mine), *reviewed]
