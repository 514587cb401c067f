"""Pages of 消费保 that are empty shells: opened in Chromium, whose page makes its own calls; only their answers are read."""

from collections.abc import Iterator

import scrapy
from scrapy.http import Response

from crawlers.archive import Page
from crawlers.browser import Call, Walk, find, scrapy_settings
from crawlers.portal_spider import Landed, PortalSpider
from crawlers.portals.xfb315.kinds import is_shell
from crawlers.portals.xfb315.listing import ListPage, parse_list
from pipeline.errors import PageError

_VERSIONS = ("/v6.5.1", "")  # of the calls, as documented
_DETAIL_CALLS, _LIST_CALLS = (
    tuple(f"{version}/{name}" for version in _VERSIONS) for name in ("complaint/detailinfo", "tousu_list")
)


class OpenedPages(PortalSpider):
    """What a spider does with a shell; without a Chromium it stays a gap named `script_only`."""

    script_hosts = ()
    reading_posts = (*_DETAIL_CALLS, *_LIST_CALLS)  # the page's own reading calls are POST
    custom_settings = scrapy_settings()

    def one_page(self, page: ListPage, scope: str, number: int) -> Iterator[Landed]:
        """What a page of a list leads to."""
        raise NotImplementedError

    def on_detail(self, response: Response, ref: str, url: str, found_via: str, hops: int) -> Iterator[Landed]:
        if response.status == 200 and "walk" not in response.meta and find() and is_shell(response.body):
            walk = Walk(listen=_DETAIL_CALLS, most=1)
            about = {"ref": ref, "url": url, "found_via": found_via}
            yield scrapy.Request(
                response.url, self.on_opened, errback=self._failed, cb_kwargs=about, meta={"whole": True, "walk": walk}
            )
            return
        yield from super().on_detail(response, ref, url, found_via, hops)

    def on_opened(self, response: Response, ref: str, url: str, found_via: str) -> Iterator[Landed]:
        """A complaint whose page made its own call in the browser: the answer it was given, else the rendered page."""
        heard = [call for call in response.meta.get("calls", ()) if call.status == 200 and call.body]
        pages = [self._kept(call) for call in heard[-1:]] or [self.page(response)]
        yield from self.read(*pages, ref=ref, url=url, found_via=found_via)

    def _kept(self, call: Call) -> Page:
        return self.keep(call.url, status=call.status, headers=[("Content-Type", "application/json")], body=call.body)

    def opened(self, url: str, scope: str, number: int) -> Iterator[Landed]:
        """A list page that is an empty shell, opened in the browser; without one it is a gap."""
        if not find():
            self._gap(f"list:{scope}", "script_only")
            return
        walk = Walk(listen=_LIST_CALLS, most=1)
        about = {"scope": scope, "number": number}
        yield scrapy.Request(
            url,
            self.on_opened_list,
            errback=self._failed,
            cb_kwargs=about,
            meta={"whole": True, "walk": walk},
            priority=1,
        )

    def on_opened_list(self, response: Response, scope: str, number: int) -> Iterator[Landed]:
        """The list its page fetched, else the rendered page."""
        heard = [call for call in response.meta.get("calls", ()) if call.status == 200 and call.body]
        if heard:
            self._kept(heard[-1])
        try:
            page = parse_list(heard[-1].body if heard else response.body, facts=self.facts)
        except PageError as error:
            is_last = number > 1 and heard
            if not is_last:
                self._gap(f"list:{scope}", getattr(error, "kind", "changed"))
                return
            page = ListPage((), (), None)
        yield from self.one_page(page, scope, number)

    def enough(self, walk: Walk, call: Call) -> str | None:
        """One answer is the whole page."""
        return "end" if call.status == 200 else f"wall:{call.why or call.status}"
