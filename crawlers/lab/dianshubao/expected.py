"""What a crawl of the replica must land, field by field, from what the stories declared: nothing is read off a page."""

import re
from datetime import datetime

from crawlers.lab.dianshubao.filings import Filing
from pipeline.model import Gone, Rating, RawComplaint, RawEvent

PORTAL = "dianshubao"
HOME = "https://www.100ec.cn"
STATES = {1: "未审核", 2: "已移交", 3: "已受理", 4: "已评价", 5: "受理无效"}
REVIEWS = {"bad": "不满意", "common": "一般", "pleased": "满意", "perfect": "非常满意"}


def address(filing: Filing) -> str:
    """The link to a complaint as the list prints it."""
    return f"/Index/complain_detail/id/{filing.id}.html"


def masked(text: str) -> str:
    """Digit runs of ten and more are masked on the page."""
    return re.sub(r"\d{10,}", lambda run: f"{run[0][:3]}****{run[0][-4:]}", text)


def _events(filing: Filing, clock: datetime) -> tuple[RawEvent, ...]:
    def reached(at: datetime | None) -> bool:
        return at is not None and at <= clock

    word = REVIEWS.get(filing.review or "")
    events = [RawEvent(at=filing.time1, actor="complainant", kind="filed", text=masked(filing.body))]
    if reached(filing.time2):
        events.append(RawEvent(at=filing.time2, actor="portal", kind="assigned", text=None))
    if reached(filing.refused_at):
        events.append(RawEvent(at=None, actor="portal", kind="rejected", text=STATES[5]))
    if reached(filing.time3):
        events.append(RawEvent(at=filing.time3, actor="platform", kind="replied", text=None))
    if reached(filing.time4):
        events.append(RawEvent(at=filing.time4, actor="complainant", kind="rated", text=word))
        if filing.review in ("pleased", "perfect"):
            events.append(RawEvent(at=filing.time4, actor="complainant", kind="confirmed", text=word))
    return tuple(events)


def expected(filing: Filing, clock: datetime, *, found_via: str = "list", url: str | None = None) -> RawComplaint:
    """The record of a crawl at this clock; `page_digest` stays null, it is the page's own."""
    url = url or HOME + address(filing)
    if filing.is_gone(clock):
        gone = Gone(at=clock, kind="deleted")
        return RawComplaint(portal=PORTAL, ref=filing.id, url=url, seen_at=clock, found_via=found_via, gone=gone)
    state = filing.state(clock)
    return RawComplaint(
        portal=PORTAL, ref=filing.id, url=url, seen_at=clock, found_via=found_via, title=masked(filing.title),
        body=masked(filing.body), platform_name=filing.to_company, issues=filing.kinds, amount_yuan=filing.money,
        filed_at=filing.time1, status=STATES[state],
        rating=Rating(text=REVIEWS[filing.review]) if state == 4 and filing.review else None,
        events=_events(filing, clock),
    )  # fmt: skip
