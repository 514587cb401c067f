"""The card for other people's pages: an iframe's page per platform, its oEmbed answer, and the press sheet."""

from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import escape

from pipeline.paths import SITE
from pipeline.publish.open import badges
from pipeline.publish.open.descriptions import cite
from pipeline.publish.open.entries import figure
from pipeline.publish.open.files import Folder
from pipeline.publish.open.numbers import home_row, in_order
from pipeline.publish.open.reading import MARKET, Facts, Row

WIDTH, HEIGHT = 480, 250
BADGE_DAYS = badges.GOOD_FOR.days


def write_embed(facts: Facts, platform: Row, folder: Folder) -> None:
    """`/embed/ID/`, and `/open/oembed/ID.json` where the site's address is known."""
    page = _templates().get_template("open_embed.html.j2")
    folder.text(f"/embed/{platform['id']}/index.html",
                page.render(facts=facts, platform=platform, row=home_row(facts, platform),
                            number=badges.number(facts.score(platform["id"], "sink_rate")), days=BADGE_DAYS))  # fmt: skip
    if facts.site_url:
        folder.json(f"/open/oembed/{platform['id']}.json", oembed(facts, platform))


def write_press(facts: Facts, folder: Folder) -> None:
    """`/open/press.html`, `/open/cite.json`."""
    folder.json("/open/cite.json", cite(facts))
    folder.text("/open/press.html", press(_templates(), facts))


@cache
def _templates() -> Environment:
    return Environment(loader=FileSystemLoader(SITE / "templates"), autoescape=True, undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True, auto_reload=False)  # fmt: skip


def oembed(facts: Facts, platform: Row) -> dict[str, Any]:
    """oEmbed 1.0, type rich; it may be kept for a day, since the number on the card has a date."""
    card = facts.url(f"/embed/{platform['id']}/")
    title = f"石沉榜：{platform['name']}，截至 {facts.day}"
    frame = (
        f'<iframe src="{card}" width="{WIDTH}" height="{HEIGHT}" title="{escape(platform["name"])}" loading="lazy" '
        'style="border:0" sandbox="allow-scripts allow-popups"></iframe>'
    )
    return {"version": "1.0", "type": "rich", "title": title, "provider_name": "石沉榜 sinkrate", "provider_url": facts.url("/"),
            "author_name": "石沉榜 sinkrate", "author_url": facts.url(f"/platforms/{platform['id']}/"),
            "cache_age": 86400, "width": WIDTH, "height": HEIGHT, "html": frame}  # fmt: skip


def press(templates: Environment, facts: Facts) -> str:
    """One printable page: the market's number, the table, how to read and cite it."""
    rows = [home_row(facts, platform) for platform in in_order(facts)]
    market = figure(facts.score(MARKET, "sink_rate"))
    return templates.get_template("open_press.html.j2").render(facts=facts, rows=rows, market=market, cite=cite(facts))
