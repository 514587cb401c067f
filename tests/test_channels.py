"""The guide's reference file: complete, consistent with the issues and the portals, and refused when it is not."""

from pathlib import Path

import pytest
import yaml

from pipeline.channels import channels_for, load_channels
from pipeline.errors import BadInput
from pipeline.paths import PROJECT
from pipeline.portals import slugs

REFERENCE = PROJECT / "data" / "reference"
NAMES = {"黑猫投诉", "消费保", "电诉宝", "全国12315平台", "12345 政务服务便民热线", "12377 违法和不良信息举报中心",
         "消费者协会（消协、消委会）", "领导留言板", "人民投诉", "啄木鸟投诉", "聚投诉"}  # fmt: skip


def test_every_channel_is_documented() -> None:
    channels = load_channels(REFERENCE)
    assert {channel.name for channel in channels} == NAMES
    for channel in channels:
        assert channel.machine.why
        assert channel.closed or channel.fits
        assert channel.portal is None or channel.portal in slugs()
    assert {channel.portal for channel in channels if channel.in_rates} == {"heimao", "xfb315", "dianshubao"}


def test_issues_are_those_of_the_taxonomy_and_each_has_a_place() -> None:
    codes = {row["code"] for row in yaml.safe_load((REFERENCE / "issues.yml").read_text(encoding="utf8"))}
    channels = load_channels(REFERENCE)
    assert {code for channel in channels for code in channel.fits} <= codes
    for code in codes:
        found = channels_for(channels, code)
        assert len(found) >= (2 if code in ("充值未到账", "余额无法提现", "跑路关站", "拒绝退款") else 1)
        assert all(reason and not channel.closed for channel, reason in found)


@pytest.mark.parametrize(
    "change",
    [
        {"where": [{"kind": "phone", "value": "https://portal.example/", "checked_on": None}]},
        {"closed": True}, {"in_rates": True, "portal": None}, {"more": 1}, {"machine": {"access": False, "why": ""}},
    ],
)  # fmt: skip
def test_an_entry_that_cannot_be_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    rows = yaml.safe_load((REFERENCE / "channels.yml").read_text(encoding="utf8"))
    (tmp_path / "channels.yml").write_text(yaml.safe_dump([{**rows[0], **change}]), encoding="utf8")
    with pytest.raises(BadInput):
        load_channels(tmp_path)


def test_no_channel_twice(tmp_path: Path) -> None:
    rows = yaml.safe_load((REFERENCE / "channels.yml").read_text(encoding="utf8"))
    (tmp_path / "channels.yml").write_text(yaml.safe_dump([rows[0], rows[0]]), encoding="utf8")
    with pytest.raises(BadInput, match="heimao twice"):
        load_channels(tmp_path)
    with pytest.raises(BadInput):
        load_channels(tmp_path / "nowhere")
