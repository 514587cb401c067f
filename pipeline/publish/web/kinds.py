"""The one list of pages: a new kind of page is one line here (how: see the package's own text)."""

from pipeline.publish.web import case, home, portals, prose, scorecard
from pipeline.publish.web.page import Kind

KINDS: tuple[Kind, ...] = (
    Kind("home", "home.html.j2", home.jobs, scripts=("board.js",)),
    Kind("portals", "portals.html.j2", portals.jobs),
    Kind("prose", "prose.html.j2", prose.jobs),
    Kind("lost", "404.html.j2", prose.lost_jobs),
    Kind("platform", "platform.html.j2", scorecard.jobs),
    Kind("case", "case.html.j2", case.jobs),
)
