"""What a page is to the builder: a kind (template, scripts, the function that lists its pages) and its jobs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

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
    """One page to be: its path, what makes it, and the rows it is made from (equal rows, equal bytes).

    Without `rows` it is rendered at each build; written it is only when its bytes change.
    """

    path: str
    make: Callable[[], Page]
    rows: Callable[[], Iterable[object]] | None = None


@dataclass(frozen=True)
class Kind:
    """One kind of page. `scripts` are modules of site/assets; `policy` widens the page's content security policy."""

    name: str
    template: str
    jobs: Callable[[Desk], Iterable[Job]]
    scripts: tuple[str, ...] = ()
    policy: str = ""
