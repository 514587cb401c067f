"""The invented world: one seed, no clock, the same pages every time."""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

from crawlers.lab import special, tempers
from crawlers.lab.campaigns import CAMPAIGNS, add_campaign
from crawlers.lab.drafting import Market, Shop, add_case, add_reposted_case, open_shop
from crawlers.lab.people import People
from crawlers.lab.platforms import PLATFORMS
from crawlers.lab.things import AS_OF, START, LabComplaint, World

FIRST_REF = 17300000000  # eleven digits, below every number the real portal has given out
_FLED_AT = AS_OF - timedelta(days=66)
_EDGES = (AS_OF - timedelta(days=30), AS_OF - timedelta(days=395))
_REPOSTS = (  # no word of the complainant may follow a claim or an answer here: it would contradict it
    ("silent", "silent"), ("silent", "brushed"), ("brushed_once", "answered"), ("silent_wordless", "claimed"),
    ("silent", "silent", "silent"), ("brushed", "brushed"),
)  # fmt: skip


def _clear_of_edges(t0: datetime) -> datetime:
    """Half a day away from the edges of the headline window."""
    near = any(abs(t0 - edge) < timedelta(hours=12) for edge in _EDGES)
    return t0 - timedelta(hours=30) if near else t0


def _moments(rng: random.Random, n: int) -> list[datetime]:
    """n moments spread over the story's 18 months, oldest first."""
    span = AS_OF - timedelta(hours=40) - START
    return [_clear_of_edges(START + timedelta(hours=36) + (span * (i + rng.random()) / n)) for i in range(n)]


def _open(rng: random.Random, people: People) -> Market:
    return Market(rng, people, {platform.id: open_shop(rng, platform) for platform in PLATFORMS})


def _fill(market: Market, shop: Shop) -> None:
    """A platform's ordinary cases; one that fled tells another story from then on."""
    moments = _moments(market.rng, shop.platform.n)
    dark = [t0 for t0 in moments if shop.platform.temper == "fled" and t0 > _FLED_AT]
    names = tempers.shares(shop.platform.temper, len(moments) - len(dark))
    market.rng.shuffle(names)
    names += tempers.shares("gone_dark", len(dark))
    for t0, name in zip(moments, names, strict=True):
        add_case(market, shop, t0, name)


def _repost(market: Market) -> None:
    """Every large platform has disputes filed more than once."""
    large = [shop for shop in market.shops.values() if shop.platform.n >= 84]
    for number in range(60):
        shop = large[number % len(large)]
        t0 = START + timedelta(days=20 + 480 * market.rng.random())
        add_reposted_case(market, shop, _clear_of_edges(t0), _REPOSTS[number % len(_REPOSTS)])


def _number(market: Market) -> tuple[LabComplaint, ...]:
    """Numbers in the order of filing, with gaps, as the portal gives them."""
    ref, numbered = FIRST_REF, []
    for complaint in sorted(market.complaints, key=lambda complaint: (complaint.filed_at, complaint.body)):
        ref += market.rng.randrange(3, 60)
        numbered.append(replace(complaint, ref=str(ref)))
    return tuple(numbered)


@cache
def build_world(seed: int = 1) -> World:
    """The world of this seed. Building it takes about a second; it is kept."""
    rng = random.Random(f"lab {seed}")  # noqa: S311 - a story, not a secret
    market = _open(rng, People(rng))
    for shop in market.shops.values():
        _fill(market, shop)
    for position, campaign in enumerate(CAMPAIGNS):
        add_campaign(market, campaign, f"G{FIRST_REF + 900_001 + position}" if campaign.group else None)
    _repost(market)
    for add in special.ALL:
        add(market)
    complaints = _number(market)
    return World(seed, AS_OF, complaints, market.cases, tuple(sorted(set(market.people.secrets))))


def planted_secrets(world: World) -> list[str]:
    """Every literal string of personal data on the pages that must never be published, nicknames included."""
    return sorted({*world.secrets, *(complaint.alias for complaint in world.complaints if complaint.alias)})
