"""Pages of prose: Markdown of site/content in both languages. Raw HTML in it stays text."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from markupsafe import Markup

from pipeline.paths import SITE
from pipeline.publish.web import frame, method, verdicts
from pipeline.publish.web.figures import MARKET, Desk
from pipeline.publish.web.page import Job, Shell
from pipeline.publish.web.texts import mark
from pipeline.publish.web.verdicts import Quality

# file below site/content → title, description
PAGES: dict[str, tuple[str, str]] = {
    "before-you-pay": (mark("付款之前"), mark("付款前十分钟能查的事：这家有没有投诉、是谁、钱付到哪里、该留什么。")),
    "method": (mark("方法：每个数字是什么意思"), mark("石沉率怎么算、存疑怎么办、哪些没有算、怎样申诉。")),
    "about": (mark("关于石沉榜"), mark("石沉榜是什么、给谁看、钱从哪里来、怎样保证说话算数。")),
    "cite": (mark("怎样引用"), mark("引用一个数字、一期、一个平台或一件案件时写什么。")),
    "privacy": (mark("隐私"), mark("访问者的隐私、投诉里的个人信息怎样遮盖、保存多久。")),
    "tutorial": (mark("研究者的一小时"), mark("从首页到自己的图：三个平台的 48 小时承诺逐月，每一步都能照做。")),
    "deploy": (mark("架设"), mark("怎样把石沉榜架起来：一台机器、静态网页、nginx 加 Datasette；备份、恢复、监看。")),
}

_FILLED = ("cite",)
_TABLES_HERE = "<p>[quality]</p>"


@dataclass(frozen=True)
class ProsePage:
    shell: Shell
    body: Markup
    contents: tuple[tuple[str, str], ...]
    quality: Quality | None
    rest: Markup


@dataclass(frozen=True)
class LostPage:
    shell: Shell


def jobs(desk: Desk) -> Iterator[Job]:
    for name in PAGES:
        yield Job(f"/{name}/", partial(prose, desk, name), partial(_rows, desk, name))


def _rows(desk: Desk, name: str) -> Iterator[object]:
    if name in _FILLED:
        yield tuple(desk.data.edition), desk.data.score_seals.get(MARKET)


def lost_jobs(desk: Desk) -> Iterator[Job]:
    yield Job("/404.html", partial(_lost, desk), lambda: ())


def prose(desk: Desk, name: str) -> ProsePage:
    """One page of text with the contents of its second-level headings; `[quality]` alone on a line is the tables of verdicts."""
    title, description = PAGES[name]
    text = source(name, desk.language)
    if name in _FILLED:
        text = text.format(**_facts(desk))
    if name == "method":
        text = method.filled(text, method.holes(desk), f"site/content/{name}, {desk.language}")
    body, contents = markdown(desk, text)
    shell = frame.shell(
        desk, title=desk.say(title), description=desk.say(description), path=f"/{name}/", section=name
    )  # fmt: skip
    if _TABLES_HERE not in body:
        return ProsePage(shell, body, contents, None, Markup(""))
    before, _, after = body.partition(_TABLES_HERE)
    return ProsePage(shell, before, contents, verdicts.quality(desk), after)


def _facts(desk: Desk) -> dict[str, str]:
    """What a text with holes may name: the edition and the market's rate."""
    edition, market = desk.data.edition, desk.figure(MARKET, "sink_rate")
    rate = {name: "—" if market is None else value for name, value in (
        ("rate", market and market.text), ("interval", market and market.interval),
        ("k", market and market.k), ("n", market and market.n),
    )}  # fmt: skip
    return {
        "edition": edition["id"],
        "as_of": desk.as_of,
        "year": edition["as_of"][:4],
        "method_version": edition["method_version"],
        "digest": edition["inputs_digest"],
        "site_url": desk.site_url,
    } | {name: str(value) for name, value in rate.items()}


@cache
def source(name: str, language: str) -> str:
    ending = ".md" if language == "zh" else f".{language}.md"
    return (SITE / "content" / f"{name}{ending}").read_text(encoding="utf8")


def _lost(desk: Desk) -> LostPage:
    title = desk.say("没有这个页面")
    return LostPage(frame.shell(desk, title=title, description=title, path="/404.html", section="", noindex=True))


def markdown(desk: Desk, text: str) -> tuple[Markup, tuple[tuple[str, str], ...]]:
    """Rendered body and its second-level headings as (anchor, title); `## Title #anchor` names the anchor."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(text)
    contents: list[tuple[str, str]] = []
    for opened, inline in pairwise(tokens):
        if opened.type == "heading_open" and opened.tag in ("h2", "h3"):
            title, _, anchor = inline.content.partition(" #")
            _rename(inline, title)
            if anchor or opened.tag == "h2":
                opened.attrSet("id", anchor or f"s{len(contents) + 1}")
            if opened.tag == "h2":
                contents.append((anchor or f"s{len(contents) + 1}", title))
        for child in inline.children or () if inline.type == "inline" else ():
            if child.type == "link_open" and str(child.attrGet("href")).startswith("/"):
                child.attrSet("href", _address(desk, str(child.attrGet("href"))))
    html = parser.renderer.render(tokens, parser.options, {})
    html = html.replace("<table>", '<div class="scroll" tabindex="0"><table>').replace("</table>", "</table></div>")
    html = html.replace("<pre>", '<pre tabindex="0">')
    return Markup(html), tuple(contents)  # noqa: S704 - markdown-it with html off: every text is escaped


def _address(desk: Desk, path: str) -> str:
    return desk.data_url + path.removeprefix("/data/") if path.startswith("/data/") else desk.at(path)


def _rename(inline: Any, title: str) -> None:
    """Cut the ` #anchor` off a heading."""
    if inline.children:
        inline.children[0].content = title
        del inline.children[1:]
