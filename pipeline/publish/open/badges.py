"""The badge: an SVG that stays honest on somebody else's page.

An SVG inside <img> runs no script and cannot know today's date, so staleness is said in three ways that need none: the date of the data
and the last day it is good for stand on the badge itself; a second picture, `ID.stale.svg`, says out of date and shows no number, and the
server (`sinkrate serve`, which nginx asks for badges) answers with it once that day is over; and answers may be kept for an hour only.
"""

from datetime import date, timedelta
from xml.sax.saxutils import escape

from pipeline.publish.open.files import Folder
from pipeline.publish.open.numbers import rate
from pipeline.publish.open.reading import Facts, Row

GOOD_FOR = timedelta(days=30)
HEIGHT, PAD, BRAND = 44, 10, 66
FONT = "font-family=\"'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif\""


def write_badge(facts: Facts, platform: Row, folder: Folder) -> None:
    """`/open/badges/ID.svg` and `ID.stale.svg`."""
    path = f"/open/badges/{platform['id']}"
    folder.text(f"{path}.svg", badge(facts, platform))
    folder.text(f"{path}.stale.svg", stale(facts, platform))


def good_until(facts: Facts) -> date:
    return date.fromisoformat(facts.day) + GOOD_FOR


def badge(facts: Facts, platform: Row) -> str:
    """Count, interval, date and the last day it is good for; counts alone where the method shows no rate."""
    row = facts.score(platform["id"], "sink_rate")
    head = f"{platform['name']}{'（虚构）' if platform['invented'] else ''} {number(row)}"
    foot = f"30 天 · 截至 as of {facts.day} · {good_until(facts)} 后作废 void after"
    return _drawn(head, foot, described(facts, platform, row), "#12344d", "#17222d")


def stale(facts: Facts, platform: Row) -> str:
    head = f"{platform['name']}：数据过期 out of date"
    foot = f"截至 as of {facts.day}，已过 30 天 over 30 days old"
    return _drawn(head, foot, f"{head}; {foot}", "#6e7780", "#6e7780")


def number(row: Row | None) -> str:
    """石沉率 53.1%（17/32 件，36.4–69.1%）, in the site's digits; or 石沉 3/7 件，件数不足."""
    if row is None or row["n"] is None:
        return "没有可判定的案件 no judged case"
    if rate(row) is None or row["low"] is None:
        return f"石沉 {row['k']}/{row['n']} 件，件数不足 too few"
    return f"石沉率 {row['value']:.1%}（{row['k']}/{row['n']} 件，{row['low'] * 100:.1f}–{row['high']:.1%}）"


def described(facts: Facts, platform: Row, row: Row | None) -> str:
    """The sentence for those who hear the picture, with the address of the record."""
    page = facts.url(f"/platforms/{platform['id']}/")
    return f"石沉榜 {platform['name']}：{number(row)}，截至 {facts.as_of}，第 {facts.id} 期 {page}"


def width_of(text: str, size: float) -> float:
    """A generous estimate of a line's width in pixels: wide characters are square."""
    return sum(size if ord(char) > 0x2E80 else size * 0.58 for char in text)


def _drawn(head: str, foot: str, description: str, ground: str, ink: str) -> str:
    width = round(BRAND + 2 * PAD + max(width_of(head, 13), width_of(foot, 10.5)))
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" viewBox="0 0 {width} {HEIGHT}" role="img" aria-labelledby="t">
<title id="t">{escape(description)}</title>
<rect width="{width}" height="{HEIGHT}" rx="4" fill="#fffdf8" stroke="#dcd6c8"/>
<path d="M4 0H{BRAND}V{HEIGHT}H4a4 4 0 0 1-4-4V4a4 4 0 0 1 4-4Z" fill="{ground}"/>
<g {FONT}>
<text x="{BRAND / 2}" y="27" font-size="15" font-weight="700" fill="#f7f5ef" text-anchor="middle">石沉榜</text>
<text x="{BRAND + PAD}" y="19" font-size="13" font-weight="600" fill="{ink}">{escape(head)}</text>
<text x="{BRAND + PAD}" y="35" font-size="10.5" fill="#4b5a68">{escape(foot)}</text>
</g>
</svg>
"""
