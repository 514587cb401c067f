"""Where a person can complain, read from `data/reference/channels.yml`: reviewed entries for the site's guide."""

from datetime import date
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import Field, ValidationError, model_validator

from pipeline.errors import BadInput
from pipeline.model import Record
from pipeline.model.words import col
from pipeline.yaml_files import fault, load_yaml


class Place(Record):
    """一个地址或电话 · one address or telephone number."""

    kind: Literal["url", "phone"] = col("种类：网址或电话", "kind: web address or telephone")
    value: str = col("网址或号码", "the address or number", pattern=r"^(https?://\S+|\d[\d-]{2,})$")
    checked_on: date | None = col("由人在线核对的日期；未核对为空", "when a person checked it online; null if not yet")
    note: str | None = col("说明", "note", default=None)

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if (self.kind == "url") != self.value.startswith("http"):
            raise ValueError(f"{self.value} is no {self.kind}")
        return self


class MachineAccess(Record):
    """本站能否读取 · whether the site can read it, and why."""

    access: bool = col("本站能否读取", "whether it can be read by machine")
    why: str = col("原因", "why", min_length=4)


class Channel(Record):
    """投诉渠道 · one place to complain at."""

    id: str = col("代号", "id", pattern=r"^[a-z0-9][a-z0-9-]*$")
    name: str = col("名称", "name")
    what: str = col("是什么", "what it is", min_length=8)
    run_by: str = col("谁主办", "who runs it")
    where: tuple[Place, ...] = col("到哪里投诉", "where to complain")
    needs: tuple[str, ...] = col("要准备什么", "what to have at hand")
    fits: dict[str, str] = col("适合哪些问题（问题代码 → 理由）", "issues it fits: code → why")
    machine: MachineAccess = col("本站能否读取及原因", "machine access and why")
    portal: str | None = col("本站的门户代号；不收录为空", "the portal's slug; null where nothing is collected")
    in_rates: bool = col("是否进入石沉率", "whether its complaints enter the rates")
    closed: bool = col("是否已停止服务", "whether it has closed", default=False)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.closed and (self.where or self.fits):
            raise ValueError(f"{self.id} is closed: nobody can be sent there")
        if self.in_rates and not (self.portal and self.machine.access):
            raise ValueError(f"{self.id} enters the rates but cannot be read")
        return self


class _File(Record):
    channels: tuple[Channel, ...] = Field(min_length=1)


def load_channels(reference: Path) -> tuple[Channel, ...]:
    """All channels in the order of the file. Raises BadInput naming the entry."""
    path = reference / "channels.yml"
    try:
        content = load_yaml(path.read_text(encoding="utf8"))
        found = _File.model_validate({"channels": content}).channels
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise BadInput(f"{path}: {fault(error)}") from error
    ids = [channel.id for channel in found]
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise BadInput(f"{path}: {', '.join(twice)} twice; give each channel its own id")
    return found


def channels_for(channels: tuple[Channel, ...], issue: str) -> tuple[tuple[Channel, str], ...]:
    """Open channels that fit an issue, each with its reason, in the order of the file."""
    return tuple((channel, channel.fits[issue]) for channel in channels if issue in channel.fits and not channel.closed)
