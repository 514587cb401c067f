"""Where the complaints of 黑猫 are: home lists, then tabs, directory, merchants and groups, each detail by its printed link."""

from collections.abc import Iterable, Iterator
from typing import Any

import scrapy
from scrapy.http import Response
from scrapy.settings import BaseSettings

from crawlers import browser, relevance
from crawlers.browser import Call, Walk
from crawlers.pages import finding
from crawlers.portal_spider import Landed, PortalSpider
from crawlers.portals.heimao.cards import Offer, is_error, offer
from crawlers.portals.heimao.ledger import Ledger
from crawlers.portals.heimao.lists import Found, enough, kind_of, read_list, walk_of
from crawlers.portals.heimao.parse import HomePage, Listed, parse_detail, parse_home
from crawlers.portals.heimao.parse_lists import Group, ListItem, Merchant
from crawlers.reading import GONE, Sighted
from crawlers.run_state import Run
from crawlers.settings import is_loopback
from crawlers.watch import load_watch
from pipeline.errors import PortalChanged, Refused
from pipeline.model import Finding, RawComplaint

_WALLS = {200, 301, 302, 303, 307, 308, 403, 429, 456, 503}
_RETRIED = (
    "truncated",
    "empty",
    "failed",
    "no_answer",
    "html",
    "status_code",
    "no_data",
    "no_list",
    "no_envelope",
    "encoding",
)


class HeimaoSpider(PortalSpider):
    """Home lists → detail pages; then every other list the portal offers; then what earlier runs want seen again."""

    name = "heimao"
    parse_detail = staticmethod(parse_detail)
    script_hosts = ("sinaimg.cn", "sina.com.cn", "sinajs.cn")  # where its pages print their own scripts from

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        super().update_settings(settings)
        settings.update(browser.scrapy_settings(), priority="spider")

    def __init__(self, run: Run, **more: Any) -> None:
        super().__init__(run, **more)
        self.everything = load_watch(run.order.files.folder.parents[1])
        self.watch = self.everything.portal(self.name)
        self.ledger = Ledger(run)
        self.renders = False
        self._asked: set[str] = set()
        self._listed_refs: set[str] = set()

    def closed(self, reason: str) -> None:
        super().closed(reason)
        self.ledger.close()

    # -- the home page

    def on_home(self, response: Response) -> Iterator[Landed]:
        home = parse_home(response.body, facts=self.facts)
        self._counters(home)
        if home.encoding:
            yield finding(self.facts, "home", "encoding", f"the home page came as {home.encoding}", "nothing to do")
        if not home.items:
            raise PortalChanged("home page: the lists are empty; look whether the portal has moved them")
        offered = offer(response.body, facts=self.facts)
        self.renders = offered.has_script and browser.find() is not None
        for item in home.items:
            yield from self._listed(item)
        yield from self._beyond(home, offered)
        for record in self.landed_before():
            yield from self._leads(record)
        yield from self.revisits()

    def _counters(self, home: HomePage) -> None:
        counters = {"valid_24h": home.valid_24h, "valid_total": home.valid_total}
        self.run.control |= {name: count for name, count in counters.items() if count is not None}
        self.run.latest(int(item.ref) for item in home.items if item.group == "latest" and item.ref)
        listed = {item.href for item in home.items}
        for href in home.links:
            url = self.hosts.printed(href)
            if href not in listed and url.startswith("http") and self.hosts.fetched(url) is None:
                self.run.count("elsewhere", "home page")

    def _listed(self, item: Listed) -> Iterator[Landed]:
        if item.ref is None:
            yield finding(self.facts, "home", "list_item", "a list item without a complaint link", "read the home page")
            return
        shown = ListItem(item.ref, item.href, item.title, item.summary, item.platform_name, listed_on=item.listed_on)
        yield from self._complaint(shown, "home", f"home:{item.group}")

    # -- which lists

    def _beyond(self, home: HomePage, offered: Offer) -> Iterator[Landed]:
        """What the home page offers besides its lists, as far as watch.yml wants it."""
        if offered.has_script and not self.renders:
            yield self._list_gap("feed", f"needs a browser: {browser.missing()}")
        if self.renders:
            yield from self._tabs(offered)
        paths = {self.hosts.printed(href).split("?")[0].rstrip("/") for href in home.links}
        if any(path.endswith("/company/index") for path in paths):
            words = self.watch.words if self.renders else ("",)
            yield from self._ask((f"directory:{word}", "/company/index") for word in words)
        if any(path.endswith("/grp_comp/index") for path in paths):
            yield from self._ask([("groups", "/grp_comp/index")])
        yield from self._ask(
            (f"merchant:{target.ref}", f"/company/view/?couid={target.ref}") for target in self.watch.merchants
        )

    def _tabs(self, offered: Offer) -> Iterator[Landed]:
        tabs = [tab for tab in self.watch.tabs if tab in offered.tabs]
        for field in self.watch.fields if self.watch.rule("field").follow else ():
            if field in offered.fields:
                yield from self._ask((f"field:{field}:{tab}", "/") for tab in tabs)
            else:
                yield self._list_gap(f"field:{field}", "the page does not offer this industry")
        yield from self._ask((f"feed:{tab}", "/") for tab in tabs)

    def _ask(self, lists: Iterable[tuple[str, str]]) -> Iterator[scrapy.Request]:
        """Requests for lists (id, address) that watch.yml wants, that are due, and that this run has not asked for."""
        for list_id, href in lists:
            rule = self.watch.rule(kind_of(list_id))
            if not rule.follow or list_id in self._asked:
                continue
            self._asked.add(list_id)
            if not self.run.order.full and not self.ledger.is_due(list_id, rule.every_days):
                self.run.count("lists", "not due")
                continue
            target = self.hosts.fetched(self.hosts.printed(href))
            if target is None:
                self.run.count("elsewhere", "list")
            else:
                yield self._list_of(target, list_id, rule.most_calls)

    def _list_of(self, target: str, list_id: str, most: int) -> scrapy.Request:
        about = {"on_list": "on_list", "scope": list_id, "number": 1, "hops": 0}
        meta: dict[str, Any] = {"whole": True}
        if self.renders:
            meta["walk"] = tuple(walk_of(list_id, most))
            target = f"{target}#{list_id}"  # several walks start on one page: the archive keeps each under its own name
        return scrapy.Request(
            target, self._list_answered, errback=self._failed, cb_kwargs=about, meta=meta, priority=-1
        )

    # -- what a list shows

    def enough(self, walk: Walk, call: Call) -> str | None:
        return enough(self, walk, call)

    def incomplete(self, request: scrapy.Request, response: Response) -> str | None:
        """A walk that met a passing wall is walked again; which wall stays is said by its list."""
        why = str(request.meta.get("walk_end", "")).partition("wall:")[2]
        return why if why in _RETRIED else super().incomplete(request, response)

    def _list_answered(self, response: Response, on_list: str, scope: str, number: int, hops: int) -> Iterator[Landed]:
        """A list that is not there is no wall: many portals' replicas have fewer. What was heard before a wall counts."""
        if response.status in GONE or response.status not in _WALLS:
            self.run.count("lists", f"http_{response.status}")
            if response.status not in GONE:
                yield self._list_gap(scope, f"HTTP {response.status}")
            return
        calls = response.meta.get("calls") or []
        if response.status != 200 and calls:
            yield from self._found(self._heard(calls, scope), scope)
        yield from self._list_answer(response, on_list, scope, number, hops)

    def _heard(self, calls: list[Call], scope: str, page: bytes | None = None) -> Found:
        seen_at = self.run.order.seen_at()
        for call in calls:
            if call.status:
                self.run.archive.page(call.url, call.status, (), call.body, seen_at)
        return read_list(scope, calls, page, self.facts)

    def on_list(self, response: Response, *, scope: str, number: int) -> Iterator[Landed]:
        if is_error(response.body):
            self.run.count("lists", "error page")
            yield self._list_gap(scope, "the portal shows an error page")
            return
        found = self._heard(response.meta.get("calls") or [], scope, response.body)
        end = str(response.meta.get("walk_end") or "end")
        yield from self._found(found, scope)
        if found.wall is not None:
            raise found.wall
        if end.startswith("wall:"):
            raise Refused(end.removeprefix("wall:"), f"list {scope}: {end.removeprefix('wall:')}")
        if "walk" not in response.meta and offer(response.body, facts=self.facts).has_script:
            yield self._list_gap(
                scope, "needs a browser"
            )  # what the page printed counts, what its script shows is unseen
            return
        self.ledger.walked(scope, end, found.items, found.claimed)
        if end in ("silent", "not offered") and not found.items and not found.merchants and not found.groups:
            yield self._list_gap(scope, f"the page made no such call ({end})")
        elif found.claimed is not None and found.own < found.claimed and end != "known":
            yield self._list_gap(scope, f"shows {found.own} of {found.claimed} it claims")

    def _found(self, found: Found, scope: str) -> Iterator[Landed]:
        """Follow what a list showed: complaints, merchants, groups."""
        for odd in found.odd:
            yield finding(self.facts, f"list:{scope}", "list_item", odd, "read the list, then portal.yml")
        if scope == "feed:2":
            self.run.latest(int(item.ref) for item in found.items)
        for item in found.items:
            yield from self._complaint(item, kind_of(scope), scope)
        for merchant in found.merchants:
            self.ledger.counters(merchant)
            yield from self._merchant(merchant, scope)
        for group in found.groups:
            yield from self._group(group, scope)
        if scope.startswith("merchant:") and found.items:
            self.run.collected[f"{scope}:valid"] = len(found.items)

    def _complaint(self, item: ListItem, kind: str, found_via: str) -> Iterator[Landed]:
        """The request for a listed complaint, unless it is too old or about other goods."""
        if item.ref not in self._listed_refs:
            self._listed_refs.add(item.ref)
            self.run.listed += 1
        since = self.run.order.since
        if since and item.on and item.on < since:
            self.run.count("pages", "older")
            return
        if self._is_wanted_by_rule(item, kind, found_via):
            request = self.detail(item.href, ref=item.ref, found_via=found_via)
            if request is not None:
                yield request

    def _is_wanted_by_rule(self, item: ListItem, kind: str, list_id: str) -> bool:
        mode = self.watch.rule(kind).relevance
        if mode == "never" or (mode == "live" and is_loopback(self.run.order.home)) or item.ref in self.run.planned:
            return True
        texts = (item.title, item.summary, " ".join(item.issues))
        verdict = relevance.complaint(self.everything, item.platform_name, texts)
        self.ledger.judged(item.ref, list_id, verdict)
        return verdict.kept

    def _merchant(self, merchant: Merchant, list_id: str) -> Iterator[Landed]:
        """A merchant's page, if its name belongs to the trade; its own services are followed as they are."""
        scope = f"merchant:{merchant.couid}"
        if list_id == scope or list_id.startswith(f"{scope}:"):
            if merchant.sid and "sid=" in merchant.href:
                yield from self._ask([(f"{scope}:{merchant.sid}", merchant.href)])
            return
        if scope in self._asked:
            return
        verdict = relevance.merchant(self.everything, merchant.name)
        self.ledger.judged(scope, list_id, verdict)
        if verdict.kept:
            yield from self._ask([(scope, merchant.href)])

    def _group(self, group: Group, list_id: str) -> Iterator[Landed]:
        if list_id == "groups" and self.watch.rule("groups").relevance != "never":
            verdict = relevance.topic(self.everything, group.title)
            self.ledger.judged(group.ref, list_id, verdict)
            if not verdict.kept:
                return
        yield from self._ask([(f"group:{group.ref}", group.href)])

    def on_detail(self, response: Response, *args: Any, **about: Any) -> Iterator[Landed]:
        """A complaint leads on to its merchant and its group."""
        for landed in super().on_detail(response, *args, **about):
            yield landed
            for record in landed.read.records if isinstance(landed, Sighted) else ():
                yield from self._leads(record)

    def _leads(self, record: RawComplaint) -> Iterator[Landed]:
        via = f"complaint:{record.ref}"
        if record.platform_ref:
            href = f"/company/view/?couid={record.platform_ref}"
            yield from self._merchant(Merchant(record.platform_ref, record.platform_name, None, href, {}), via)
        if record.group_ref:
            yield from self._group(Group(record.group_ref, f"/grp_comp/view/{record.group_ref}", None), via)

    def _list_gap(self, list_id: str, why: str) -> Finding:
        self.run.count("lists", "gap")
        return finding(
            self.facts, f"list:{list_id}", "list_gap", f"not seen whole: {why}", "a wall or a cap stays a gap"
        )
