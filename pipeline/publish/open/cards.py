"""Social cards: one PNG a platform, 1200 × 630, drawn with Pillow where it and a CJK font are at hand; else there are none."""

import io
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.publish.open.badges import good_until
from pipeline.publish.open.files import Folder
from pipeline.publish.open.numbers import rate
from pipeline.publish.open.reading import MARKET, Facts, Row

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

SIZE = (1200, 630)
PAPER, INK, SOFT, DEEP, BAR, TRACK = "#f7f5ef", "#17222d", "#4b5a68", "#12344d", "#e8a04a", "#e9e4d8"
_BLENDED = (
    (PAPER, INK),
    (PAPER, SOFT),
    (PAPER, DEEP),
    (PAPER, BAR),
    (PAPER, TRACK),
    (TRACK, BAR),
    (BAR, INK),
    (TRACK, INK),
)
_STEPS = 16
# Debian, Fedora and Arch, macOS: the first that is there
FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc", "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Bold.ttc", "/System/Library/Fonts/PingFang.ttc",
)  # fmt: skip


def font_file() -> Path | None:
    return next((path for name in FONTS if (path := Path(name)).is_file()), None)


def write_card(facts: Facts, platform: Row, folder: Folder, font: Path | None) -> None:
    """`/open/cards/ID.png`, or `/open/cards/market.png`; nothing without Pillow or a font."""
    if fonts := _fonts(font):
        name = "market" if platform["id"] == MARKET else platform["id"]
        folder.bytes(f"/open/cards/{name}.png", card(facts, platform, fonts))


def market(facts: Facts) -> Row:
    """What stands in a platform's place on the card of all of them."""
    return {"id": MARKET, "name": "全市场 the market", "invented": facts.invented}


@cache
def _fonts(font: Path | None) -> "dict[int, FreeTypeFont]":
    if font is None:
        return {}
    try:
        from PIL import ImageFont
    except ImportError:
        return {}
    return {size: ImageFont.truetype(str(font), size, index=_index(font)) for size in (26, 32, 44, 64, 150)}


def _index(font: Path) -> int:
    return 2 if font.name.startswith("NotoSansCJK") else 0  # the simplified Chinese face of the collection


def card(facts: Facts, platform: Row, fonts: dict[int, "FreeTypeFont"]) -> bytes:
    """The PNG's bytes: name, number with counts and interval, bar, dates, edition."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(image)
    row = facts.score(platform["id"], "sink_rate")
    draw.rectangle((0, 0, SIZE[0], 96), fill=DEEP)
    draw.text((60, 20), "石沉榜", font=fonts[44], fill=PAPER)
    draw.text((220, 36), "公开投诉的结局 what becomes of public complaints", font=fonts[26], fill=PAPER)
    draw.text(
        (60, 130),
        _fitted(platform["name"] + ("（虚构 invented）" if platform["invented"] else ""), fonts[64], 1080),
        font=fonts[64],
        fill=INK,
    )
    _number(draw, row, fonts)
    foot = f"30 天 at 30 days · 数据截至 as of {facts.day} · {good_until(facts)} 后作废 void after"
    draw.text((60, 520), foot, font=fonts[26], fill=SOFT)
    draw.text(
        (60, 562),
        f"第 {facts.id} 期 edition{' · ' + facts.site_url if facts.site_url else ''}",
        font=fonts[26],
        fill=SOFT,
    )
    out = io.BytesIO()
    image.quantize(palette=palette(), dither=Image.Dither.NONE).save(out, "PNG", compress_level=6)
    return out.getvalue()


@cache
def palette() -> Any:
    """The colours of every card, letters' edges included: choosing them anew for each card took most of its time."""
    from PIL import Image, ImageColor

    def between(one: str, other: str) -> list[int]:
        pairs = list(zip(ImageColor.getrgb(one)[:3], ImageColor.getrgb(other)[:3], strict=True))
        return [round(a + (b - a) * step / _STEPS) for step in range(_STEPS + 1) for a, b in pairs]

    found = Image.new("P", (1, 1))
    found.putpalette([value for pair in _BLENDED for value in between(*pair)])
    return found


def _number(draw: Any, row: Row | None, fonts: dict[int, "FreeTypeFont"]) -> None:
    if row is None or rate(row) is None or row["low"] is None:
        counts = (
            "没有可判定的案件 no judged case"
            if row is None or not row["n"]
            else f"石沉 {row['k']} / {row['n']} 件 cases，件数不足，不给比率 too few for a rate"
        )
        draw.text((60, 280), counts, font=fonts[32], fill=INK)
        return
    share = f"{row['value']:.1%}"
    draw.text((60, 215), share, font=fonts[150], fill=INK)
    beside = 100 + fonts[150].getlength(share)
    draw.text((beside, 262), f"石沉率 sink rate：{row['k']} / {row['n']} 件 cases", font=fonts[32], fill=INK)
    draw.text((beside, 312), f"95% 区间 interval {row['low']:.1%} – {row['high']:.1%}", font=fonts[32], fill=SOFT)
    draw.rectangle((60, 420, 1140, 464), fill=TRACK)
    draw.rectangle((60, 420, 60 + 1080 * row["value"], 464), fill=BAR)
    draw.rectangle((60 + 1080 * row["low"], 438, 60 + 1080 * row["high"], 446), fill=INK)


def _fitted(text: str, font: "FreeTypeFont", width: float) -> str:
    """The text, cut with an ellipsis where it is wider than `width`."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text + "…"
