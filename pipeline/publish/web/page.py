"""What a page is to the builder: a kind (template, scripts, the function that lists its pages) and its jobs."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from pipeline.publish.web.figures import Desk


@dataclass(frozen=True)
class Shell:
    """What frames every page. `path` is the page's own address in the Chinese edition, without the language."""

    title: str
    description: str
    path: str
    section: str
    language: str
    as_of: str
    as_of_iso: str
    method_version: str
    data_url: str
    site_url: str
    invented: bool
    noindex: bool = False

    @property
    def home(self) -> bool:
        return self.path == "/"


class Page(Protocol):
    """A typed page object: a frozen dataclass, already text."""

    @property
    def shell(self) -> Shell: ...


@dataclass(frozen=True)
class Job:
    """One page to be: its path, what makes it, and the rows it is made from: equal rows, equal bytes, in every language.

    Rows are plain tuples and texts. What all pages are made from (texts, templates, code, the edition's as-of) is left out.
    """

    path: str
    make: Callable[[], Page]
    rows: Callable[[], Iterable[object]]


@dataclass(frozen=True)
class FileSet:
    """Files beside the pages that are made together: (name below the site, bytes), and the rows they are made from."""

    name: str
    make: Callable[[], Iterator[tuple[str, bytes]]]
    rows: Callable[[], Iterable[object]]


@dataclass(frozen=True)
class Kind:
    """One kind of page. `scripts` are modules of site/assets; `policy` widens the page's content security policy;
    `found_as` is the heading its pages stand under in the site's search (empty: never found)."""

    name: str
    template: str
    jobs: Callable[[Desk], Iterable[Job]]
    scripts: tuple[str, ...] = ()
    policy: str = ""
    found_as: Literal["", "platform", "template", "campaign", "text"] = ""
