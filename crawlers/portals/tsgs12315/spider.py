"""Where the finished cases of 全国12315 公示 are: on the rendered page, searched company by company."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import scrapy
import yaml
from scrapy.http import Response

from crawlers.browser import Call, Walk, missing, scrapy_settings
from crawlers.pages import finding
from crawlers.portal_spider import Landed, PortalSpider
from crawlers.portals.tsgs12315.parse import parse_detail, parse_rows
from crawlers.watch import load_watch
from pipeline.paths import Paths

_HANDLER = "crawlers.portals.tsgs12315.searching.SearchHandler"
_WALLS = {"captcha", "waf"}


def companies(data: Path) -> tuple[str, ...]:
    """Registered names to look for: those of the register of platforms, and the watch list's own."""
    path = Paths(data).reference / "platforms.yml"
    rows = (yaml.safe_load(path.read_text(encoding="utf8")) or []) if path.is_file() else []
    watched = load_watch(data).portal("tsgs12315")
    named = [row["legal_name"] for row in rows if row.get("legal_name")]
    return tuple(dict.fromkeys([*named, *watched.words, *(brand.name for brand in watched.brands)]))


def _settings() -> dict[str, Any]:
    found = scrapy_settings()
    return {**found, "DOWNLOAD_HANDLERS": {"http": _HANDLER, "https": _HANDLER}} if found else {}


class Tsgs12315Spider(PortalSpider):
    """One search per company, all its pages; a slider or a firewall that does not let the browser in is a gap."""

    name = "tsgs12315"
    parse_detail = staticmethod(parse_detail)
    parse_rows = staticmethod(parse_rows)
    custom_settings = _settings()
    script_hosts: tuple[str, ...] = ()

    def enough(self, walk: Walk, call: Call) -> str | None:
        """Calls are not read here, only what the page shows."""
        return None

    async def start(self) -> Any:
        if not self.custom_settings:
            self.run.problems.append(missing())
            return
        for company in companies(self.run.order.files.folder.parents[1]):
            yield self._search(company)

    def _search(self, company: str) -> scrapy.Request:
        meta = {"company": company, "walk": tuple(Walk(listen=()))}
        about = {"scope": company}
        return scrapy.Request(
            self.run.order.home, self.on_company, errback=self._failed, cb_kwargs=about, meta=meta, dont_filter=True
        )

    def on_company(self, response: Response, scope: str) -> Iterator[Landed]:
        """The pages of one search as one reading: a row repeated word for word on them is another case."""
        end, shown = response.meta["seen"]
        self.run.count("lists", end)
        if end in _WALLS:
            self._gap(f"list:{scope}", end)
            return
        if end not in ("end", "most"):
            what = f"the search ended with '{end}'"
            yield finding(self.facts, f"list:{scope}", "page_changed", what, "look at the page, correct the search")
            self.run.count("pages", "changed")
            self._not_understood()
        if shown:
            yield from self._shown(shown, scope)

    def _shown(self, shown: tuple[str, ...], company: str) -> Iterator[Landed]:
        url = self.facts.home
        pages = [
            self.keep(f"{url}?entName={company}&page={number}", status=200, headers=[], body=text.encode())
            for number, text in enumerate(shown, 1)
        ]
        more = {"parse": "parse_rows", "company": company}
        for item in self.read(*pages, ref=None, url=url, found_via=f"search:{company}", **more):
            self.run.listed += len(item.read.records) if hasattr(item, "read") else 0
            yield item
