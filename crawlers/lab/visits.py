"""When the demonstration's portal is crawled, and what each crawl reads."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from crawlers.lab.things import AS_OF


@dataclass(frozen=True)
class Visit:
    """One crawl: the home page's complaints published on or after the day of `since` (None: all), and every
    complaint an earlier crawl collected that the home page no longer lists."""

    clock: datetime
    since: datetime | None = None


_FIRST = AS_OF - timedelta(days=62)
_SINCE = _FIRST - timedelta(days=9)
VISITS: tuple[Visit, ...] = (Visit(_FIRST, _SINCE), Visit(AS_OF - timedelta(days=40), _SINCE), Visit(AS_OF))
