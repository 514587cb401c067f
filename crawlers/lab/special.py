"""Cases placed on purpose: pages that vanish around the visits, edits, refusals, New Year, undecided names."""

from dataclasses import replace
from datetime import datetime, timedelta

from crawlers.lab.drafting import Market, Shop, Wish, add_case, add_rejected, open_shop
from crawlers.lab.platforms import UNDECIDED, LabPlatform
from crawlers.lab.stories import Story
from crawlers.lab.telling import Teller
from crawlers.lab.things import AS_OF, SHANGHAI, START, Edit, LabComplaint, Vanishing, Verdict
from crawlers.lab.visits import VISITS

_V1, _V2, _V3 = (visit.clock for visit in VISITS)
_CONFIRMED = Verdict("resolved_confirmed", "resolved_confirmed", "resolved_confirmed")


def _swap(market: Market, old: LabComplaint, new: LabComplaint) -> None:
    position = next(i for i, made in enumerate(market.complaints) if made is old)
    market.complaints[position] = new


def _vanish(market: Market, complaint: LabComplaint, at: datetime) -> None:
    kind = market.rng.choice(("deleted", "private"))
    _swap(market, complaint, replace(complaint, vanishing=Vanishing(at.replace(microsecond=0), kind)))


def _between(market: Market, first: datetime, last: datetime) -> datetime:
    return first + (last - first) * market.rng.random()


def _confirmed_at_once(teller: Teller) -> None:
    teller.brush(2)
    teller.confirm(40)


def add_vanished_in_time(market: Market) -> None:
    """Seen alive at the first visit, gone at the second, before the horizon."""
    for slug in ("lihuan-zhichong", "xianque-daichong", "huyu-quanyi", "chengao-kameng"):
        for name in ("silent", "brushed_once", "silent"):
            t0 = _between(market, _V1 - timedelta(days=6.5), _V1 - timedelta(days=2.6))
            complaint = add_case(market, market.shops[slug], t0, name)
            _vanish(market, complaint, _between(market, _V1 + timedelta(days=1), _V2 - timedelta(days=1)))


def add_vanished_after_end(market: Market) -> None:
    """A terminal step was seen before the page vanished: judged."""
    story = Story(_confirmed_at_once, _CONFIRMED)
    for slug in ("lihuan-zhichong", "yingjing-kameng", "feitun-huafei"):
        t0 = _between(market, _V1 - timedelta(days=6), _V1 - timedelta(days=2.6))
        complaint = add_case(market, market.shops[slug], t0, "confirmed_at_once", story=story)
        _vanish(market, complaint, _between(market, _V1 + timedelta(days=1), _V2 - timedelta(days=1)))
        t0 = _between(market, _V1 - timedelta(days=6), _V1 - timedelta(days=2.6))
        complaint = add_case(market, market.shops[slug], t0, "withdrawn_early")
        _vanish(market, complaint, _between(market, _V1 + timedelta(days=1), _V2 - timedelta(days=1)))


def add_vanished_past_horizon(market: Market) -> None:
    """Last seen alive after its horizon, gone later: judged, with a tombstone."""
    day = (_V2 - timedelta(days=30)).replace(hour=8, minute=0)
    for slug in ("yanou-dianka", "jita-faka", "xiulu-fakawang"):
        t0 = _between(market, day, day + timedelta(hours=3))
        complaint = add_case(market, market.shops[slug], t0, "silent", Wish(lead=market.rng.uniform(1, 6)))
        _vanish(market, complaint, _between(market, _V2 + timedelta(days=3), _V3 - timedelta(days=1)))


def add_unseen(market: Market) -> None:
    """Alive at the second visit before the horizon, gone at the third after it: nobody knows."""
    slugs = ("lihuan-zhichong", "xianque-daichong", "nuokun-kameng", "wudiao-kameng", "yinhu-shequ", "yilu-haoka")
    for slug in (*slugs, "chengao-kameng", "chengao-kameng", "chengao-kameng", "chengao-kameng"):
        t0 = _between(market, _V1 - timedelta(days=6), _V2 - timedelta(days=2.6))
        complaint = add_case(market, market.shops[slug], t0, market.rng.choice(("silent", "brushed_once")))
        _vanish(market, complaint, _between(market, _V2 + timedelta(days=1), _V3 - timedelta(days=1)))


def add_never_seen(market: Market) -> None:
    """Filed and gone before anybody looked."""
    shops = list(market.shops.values())
    for number in range(14):
        early, between = (START, _V1 - timedelta(days=40)), (_V1 + timedelta(days=1), _V2 - timedelta(days=8))
        t0 = _between(market, *(early if number < 10 else between))
        complaint = add_case(market, market.rng.choice(shops[:16]), t0, "silent", Wish(lead=3))
        _vanish(market, complaint, t0 + timedelta(days=market.rng.uniform(2, 6)))


def add_refused(market: Market) -> None:
    """Not admitted by the portal: half of the pages stay, half exist for three days."""
    shops = list(market.shops.values())[:26]
    for number in range(26):
        at = _between(market, START, AS_OF - timedelta(days=1))
        complaint = add_rejected(market, market.rng.choice(shops), at)
        if number % 2:
            _vanish(market, complaint, at + timedelta(days=3))


def add_new_year(market: Market) -> None:
    """Steps before and after midnight of 31 December; one filed in the old year and published in the new one."""
    midnight = datetime(2026, 1, 1, tzinfo=SHANGHAI)
    shop = market.shops["xiulu-fakawang"]
    add_case(market, shop, midnight + timedelta(hours=15.3), "answered", Wish(lead=6.2, wait=9.5))
    add_case(market, shop, midnight - timedelta(hours=2.1), "claimed", Wish(lead=4, wait=3))
    add_case(market, shop, midnight - timedelta(days=12), "silent_then_late", Wish(lead=4, wait=3))


def add_undecided(market: Market) -> None:
    """Printed names no person has decided: their cases belong to no platform."""
    for position, name in enumerate((UNDECIDED[0], UNDECIDED[0], UNDECIDED[0], *UNDECIDED[1:], UNDECIDED[1])):
        platform = LabPlatform(f"undecided-{position}", name, "unregistered", 1)
        shop: Shop = open_shop(market.rng, platform)
        t0 = _between(market, START + timedelta(days=160), AS_OF - timedelta(days=60))
        complaint = add_case(market, shop, t0, ("undelivered", "undelivered_closed")[position % 2])
        if complaint.case is not None:
            market.cases[complaint.case] = replace(market.cases[complaint.case], platform=None)


def add_just_filed(market: Market) -> None:
    """Published, but handed to the platform only after the story's last day."""
    for slug in ("yingjing-kameng", "jita-faka", "wudiao-kameng", "xianghe-quanyi"):
        add_case(market, market.shops[slug], AS_OF + timedelta(hours=market.rng.uniform(3, 9)), "silent", Wish(lead=14))


def add_same_person_other_dispute(market: Market) -> None:
    """One alias, two disputes months apart on one platform: two cases."""
    for slug in ("yingjing-kameng", "yanou-dianka", "xianghe-quanyi", "yinhu-shequ", "nuokun-kameng"):
        alias = next(made for made in iter(market.people.alias, "") if made)
        for months in (4, 9):
            t0 = START + timedelta(days=30 * months + market.rng.uniform(0, 20))
            add_case(market, market.shops[slug], t0, "silent", Wish(alias=alias))


def add_edits(market: Market) -> None:
    """Some complainants add a sentence to their text later."""
    first = _V1 - timedelta(days=8)
    recent = [made for made in market.complaints if first < made.published_at < _V1 and not made.vanishing]
    for complaint in market.rng.sample(recent, 14):
        at = _between(market, _V1 + timedelta(days=1), _V3 - timedelta(days=1)).replace(microsecond=0)
        _swap(market, complaint, replace(complaint, edit=Edit(at, complaint.body + "（编辑补充：聊天截图已经上传。）")))


ALL = (
    add_vanished_in_time, add_vanished_after_end, add_vanished_past_horizon, add_unseen, add_never_seen, add_refused,
    add_new_year, add_undecided, add_just_filed, add_same_person_other_dispute, add_edits,
)  # fmt: skip
