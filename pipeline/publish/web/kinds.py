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
    names,
    notices,
    portals,
    prose,
    radar,
    record,
    replies,
    scorecard,
    search,
    shared,
    tools,
)
from pipeline.publish.web.figures import Desk
from pipeline.publish.web.page import FileSet, Kind

KINDS: tuple[Kind, ...] = (
    Kind("home", "home.html.j2", home.jobs, scripts=("board.js",)),
    Kind("portals", "portals.html.j2", portals.jobs, found_as="text"),
    Kind("templates", "templates.html.j2", replies.jobs, found_as="text"),
    Kind("campaigns", "campaigns.html.j2", campaigns.jobs, found_as="text"),
    Kind("funnel", "funnel.html.j2", funnel.jobs, found_as="text"),
    Kind("radar", "radar.html.j2", radar.jobs, found_as="text"),
    Kind("notices", "notices.html.j2", notices.jobs, found_as="text"),
    Kind("kept", "kept.html.j2", notices.mirror_jobs, found_as="text"),
    Kind("dictionary", "dictionary.html.j2", record.dictionary_jobs, found_as="text"),
    Kind("editions", "editions.html.j2", record.edition_jobs, found_as="text"),
    Kind("corrections", "corrections.html.j2", record.correction_jobs, found_as="text"),
    Kind("prose", "prose.html.j2", prose.jobs, found_as="text"),
    Kind("lost", "404.html.j2", prose.lost_jobs),
    Kind("platform", "platform.html.j2", scorecard.jobs, found_as="platform"),
    Kind("moved", "moved.html.j2", moved.jobs),
    Kind("template", "template.html.j2", replies.page_jobs, found_as="template"),
    Kind("campaign", "campaign.html.j2", campaigns.page_jobs, found_as="campaign"),
    Kind("case", "case.html.j2", case.jobs),
    Kind("lookup", "lookup.html.j2", lookup.jobs, scripts=("lookup.js",), found_as="text"),
    Kind("complain", "complain.html.j2", complain.jobs, scripts=("complain.js",), found_as="text"),
    Kind("compare", "compare.html.j2", tools.compare_jobs, scripts=("compare.js",), found_as="text"),
    Kind("verify", "verify.html.j2", tools.verify_jobs, scripts=("verify.js",), found_as="text"),
    Kind("reply", "reply.html.j2", tools.reply_jobs, scripts=("reply.js",), found_as="text"),
    Kind("search", "search.html.j2", search.jobs, scripts=("search.js",), policy=" 'wasm-unsafe-eval'"),
    Kind("names", "names.html.j2", names.jobs),
)


def file_sets(desks: Sequence[Desk]) -> list[FileSet]:
    """What scripts of pages read: the look-up and the names once, `figures.json` in each language."""
    return [lookup.files(desks[0]), names.files(desks[0]), *map(shared.files, desks)]
