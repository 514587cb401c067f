"""Former ids of platforms: a page at each old address that leads to the platform of today, for sites without a server of ours."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from pipeline.publish.web import frame
from pipeline.publish.web.figures import Desk
from pipeline.publish.web.page import Job, Shell


@dataclass(frozen=True)
class MovedPage:
    shell: Shell
    old: str
    name: str
    href: str


def jobs(desk: Desk) -> Iterator[Job]:
    """One page per former id; what leads to a platform this edition does not have is left out."""
    known = desk.data.platforms
    for old, new in sorted(desk.moved.items()):
        if new in known and old not in known:
            row = (new, known[new]["name"])
            yield Job(frame.platform_path(old), partial(_page, desk, old, *row), lambda row=row: [row])  # type: ignore[misc]


def _page(desk: Desk, old: str, new: str, name: str) -> MovedPage:
    title = desk.say("%(name)s：地址已更换", name=name)
    shell = frame.shell(
        desk, title=title, description=title, path=frame.platform_path(new), section="platforms", noindex=True
    )  # the canonical address is today's
    return MovedPage(shell, old, name, frame.platform_href(desk, new))
