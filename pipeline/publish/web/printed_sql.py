"""Without a Datasette to link to, each number's SQL is printed at the foot of its page, once."""

import re
from urllib.parse import unquote_plus

from markupsafe import Markup, escape

from pipeline.publish.web.texts import load_texts

_LINK = re.compile(r'href="at-[0-9TZ]+\?sql=([^"]*)"')


def printed(html: str, language: str) -> str:
    """The page with links to `at-MOMENT?sql=…` turned into links to that SQL in a list before `</main>`."""
    found: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        return f'href="#sql-{found.setdefault(match[1], len(found) + 1)}"'

    html = _LINK.sub(number, html)
    if not found:
        return html
    return html.replace("</main>", f"{_section(found, language)}</main>", 1)


def _section(found: dict[str, int], language: str) -> str:
    say = load_texts(language).gettext
    items = Markup("").join(
        Markup('<li id="sql-{}"><code>{}</code></li>').format(number, unquote_plus(text.replace("&amp;", "&")))
        for text, number in found.items()
    )
    title, intro = say("得出这些数的 SQL"), say("下载整个数据库，用 sqlite3 运行：")
    link = Markup('<a href="/sinkrate.db" download>sinkrate.db</a>')
    return f'<section class="sql" aria-labelledby="h-sql"><h2 id="h-sql">{escape(title)}</h2><p>{escape(intro)} {link}</p><ol>{items}</ol></section>\n'
