"""The record each page must give at a clock, written down from the story, without a look at the page or the parser."""

from collections.abc import Iterator
from datetime import datetime

from crawlers.lab.xfb315.things import JSON_FORMS, XfbComplaint
from pipeline.model import Gone, RawComplaint, RawEvent

WORDS = ("投诉受理", "投诉受理", "企业处理", "结果审核", "完成")


def link(ref: str) -> str:
    """The link the lists print."""
    return f"//www.xfb315.com/tousu/{ref}"


def expected(page: XfbComplaint, clock: datetime, found_via: str, digest: str | None = None) -> RawComplaint:
    """What a reader of this page knows at this clock. `digest`: SHA-256 of what the portal served."""
    url = f"https://www.xfb315.com/tousu/{page.ref}"
    head = {"portal": "xfb315", "ref": page.ref, "url": url, "seen_at": clock, "found_via": found_via}
    if page.vanishing and page.vanishing.at <= clock:
        return RawComplaint.model_validate({**head, "gone": Gone(at=clock, kind=page.vanishing.kind)})
    has_labels = page.form not in JSON_FORMS  # only labelled pages print a nickname and an amount
    return RawComplaint.model_validate({
        **head, "title": page.title, "body": page.body, "author": page.alias if has_labels else None,
        "platform_name": page.printed_name, "platform_ref": page.brand_id if _prints_brand(page) else None,
        "issues": page.issues, "requests": page.requests, "amount_yuan": page.amount_yuan if has_labels else None,
        "filed_at": page.filed_at, "status": WORDS[page.status(clock)], "page_digest": digest,
        "events": tuple(_events(page, clock)),
    })  # fmt: skip


def _prints_brand(page: XfbComplaint) -> bool:
    """The bare data name the brand's number on every second complaint only; a page with markup always links it."""
    return page.form != "app" or int(page.ref) % 2 == 0


def _events(page: XfbComplaint, clock: datetime) -> Iterator[RawEvent]:
    status, result = page.status(clock), page.result_at(clock)
    yield RawEvent(at=page.filed_at, actor="complainant", kind="filed", text=page.body)
    if status >= 2:
        yield RawEvent(actor="portal", kind="assigned", at=None, text=None)
    dated = [(addon.at, RawEvent(at=addon.at, actor="complainant", kind="followed_up", text=addon.text))
             for addon in page.addons_at(clock)]  # fmt: skip
    if result and result.shown:
        kind = "completion_requested" if status >= 3 else "replied"
        text = None if result.hidden else result.text
        event = {"at": result.at, "actor": "platform", "kind": kind, "text": text, "hidden": result.hidden}
        dated.append((result.at, RawEvent.model_validate(event)))
    yield from (event for _, event in sorted(dated, key=lambda pair: pair[0]))
    if status == 3 and result and not result.shown:
        yield RawEvent(actor="platform", kind="completion_requested", at=None, text=None, hidden=True)
    if status == 4:
        yield RawEvent(actor="portal", kind="closed", at=None, text=None)
