"""The one list of pages: a new kind of page is one line here (how: see the package's own text)."""

from collections.abc import Sequence

from pipeline.publish.web import (
    campaigns,
    case,
    complain,
    funnel,
    home,
    lookup,
    moved,
    notices,
    portals,
    prose,
    radar,
    record,
    replies,
    scorecard,
    shared,
    tools,
)
from pipeline.publish.web.figures import Desk
from pipeline.publish.web.page import FileSet, Kind

KINDS: tuple[Kind, ...] = (
    Kind("home", "home.html.j2", home.jobs, scripts=("board.js",)),
    Kind("portals", "portals.html.j2", portals.jobs),
    Kind("templates", "templates.html.j2", replies.jobs),
    Kind("campaigns", "campaigns.html.j2", campaigns.jobs),
    Kind("funnel", "funnel.html.j2", funnel.jobs),
    Kind("radar", "radar.html.j2", radar.jobs),
    Kind("notices", "notices.html.j2", notices.jobs),
    Kind("kept", "kept.html.j2", notices.mirror_jobs),
    Kind("dictionary", "dictionary.html.j2", record.dictionary_jobs),
    Kind("editions", "editions.html.j2", record.edition_jobs),
    Kind("corrections", "corrections.html.j2", record.correction_jobs),
    Kind("prose", "prose.html.j2", prose.jobs),
    Kind("lost", "404.html.j2", prose.lost_jobs),
    Kind("platform", "platform.html.j2", scorecard.jobs),
    Kind("moved", "moved.html.j2", moved.jobs),
    Kind("template", "template.html.j2", replies.page_jobs),
    Kind("campaign", "campaign.html.j2", campaigns.page_jobs),
    Kind("case", "case.html.j2", case.jobs),
    Kind("lookup", "lookup.html.j2", lookup.jobs, scripts=("lookup.js",)),
    Kind("complain", "complain.html.j2", complain.jobs, scripts=("complain.js",)),
    Kind("compare", "compare.html.j2", tools.compare_jobs, scripts=("compare.js",)),
    Kind("verify", "verify.html.j2", tools.verify_jobs, scripts=("verify.js",)),
    Kind("reply", "reply.html.j2", tools.reply_jobs, scripts=("reply.js",)),
)


def file_sets(desks: Sequence[Desk]) -> list[FileSet]:
    """What scripts of pages read: the look-up once, `figures.json` in each language."""
    return [lookup.files(desks[0]), *map(shared.files, desks)]
