"""The search page: names first, from the edition's own list, then pages from the index. Without script it leads to the list."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from pipeline.publish.web import frame, search_index
from pipeline.publish.web.figures import Desk
from pipeline.publish.web.page import Job, Shell


@dataclass(frozen=True)
class SearchPage:
    """`full_text` is the version of the index's reader, empty where only names can be searched."""

    shell: Shell
    full_text: str


def jobs(desk: Desk) -> Iterator[Job]:
    yield Job("/search/", partial(_page, desk), lambda: [search_index.version()])


def _page(desk: Desk) -> SearchPage:
    shell = frame.shell(
        desk, title=desk.say("搜索"), section="search", path="/search/",
        description=desk.say("按名称、别名、拼音、域名或信用代码找平台；搜问题、模板回复、集体投诉和说明文字。"),
    )  # fmt: skip
    return SearchPage(shell, search_index.version())
