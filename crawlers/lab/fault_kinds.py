"""What each fault makes of a right answer. Pure: an answer in, the wrong one out, null where the fault cannot apply."""

import copy
import gzip
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from typing import Any, Literal, NamedTuple

from parsel import Selector

from pipeline.paths import PROJECT
from pipeline.portals import facts

STRANGE_WORD = "转交属地核查"  # a progress word no portal.yml knows
HOSTILE = '=HYPERLINK("http://127.0.0.1/","看") \u202e反\u202c &lt;script&gt;alert(1)&lt;/script&gt;\x00<script>alert(2)</script>'
LARGE_BYTES = 5 * 1024 * 1024
_CHARSET = re.compile(rb"<meta[^>]*charset[^>]*>", re.IGNORECASE)
_TEXTS = re.compile(rb"(<(?:h1|p)(?:\s[^>]*)?>)(?=[^<\s])", re.IGNORECASE)
_WALL = "<!DOCTYPE html><html><head><meta charset=utf-8><title>{}</title></head><body><div>{}</div></body></html>"
_CAPTCHA = _WALL.format("安全验证", '请完成验证<div id="sec-captcha"></div>').encode()
_NO_ENTRY = _WALL.format("系统繁忙", "请稍后再试").encode()
_NUMBERED = re.compile(r"\d{4}")
_FEWEST = 3  # entries that make a list


class Answer(NamedTuple):
    """One HTTP answer. `way`: how it is sent."""

    status: int
    headers: dict[str, str]
    body: bytes
    way: Literal["whole", "hang", "reset"] = "whole"

    @property
    def form(self) -> str:
        """html, json or other."""
        media = self.headers.get("content-type", "")
        return next((form for form in ("html", "json") if form in media), "other")


def make(kind: str, answer: Answer) -> Answer | None:
    """The wrong answer; null where this one cannot be wrong in that way."""
    return KINDS[kind](answer) if answer.status == 200 else None


def _refused(status: int, **headers: str) -> Callable[[Answer], Answer]:
    about = {"content-type": "text/html", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return lambda _: Answer(status, about, _NO_ENTRY)


def _until_date(_: Answer) -> Answer:
    at = datetime.now(UTC) + timedelta(seconds=2)
    return _refused(429, retry_after=format_datetime(at, usegmt=True))(_)


def _truncated_gzip(answer: Answer) -> Answer:
    packed = gzip.compress(answer.body, mtime=0)
    return answer._replace(headers={**answer.headers, "content-encoding": "gzip"}, body=packed[: len(packed) * 2 // 3])


def _login(_: Answer) -> Answer:
    return Answer(302, {"location": "https://passport.portal.invalid/sso/signin", "content-type": "text/html"}, b"")


def _captcha(answer: Answer) -> Answer:
    return answer._replace(body=_CAPTCHA)


def _no_charset(answer: Answer) -> Answer:
    return answer._replace(headers={**answer.headers, "content-type": "text/html"}, body=_CHARSET.sub(b"", answer.body))


def _gbk(answer: Answer) -> Answer | None:
    """As GB18030, of which GBK is a part, with a header that says GBK."""
    if answer.body.isascii():
        return None
    body = _CHARSET.sub(b"<meta charset=gbk>", answer.body).decode().encode("gb18030")
    return answer._replace(headers={**answer.headers, "content-type": "text/html; charset=gbk"}, body=body)


def _large(answer: Answer) -> Answer | None:
    """Blown up to 5 MB by a comment and empty elements behind everything."""
    head, end, tail = answer.body.rpartition(b"</body>")
    room = LARGE_BYTES - len(answer.body)
    if not end or room <= 0:
        return None
    elements = b"<i></i>" * (room // 14)
    comment = b"<!--" + b"x" * (room - len(elements) - 7) + b"-->"
    return answer._replace(body=head + elements + comment + end + tail)


def _html_for_json(answer: Answer) -> Answer:
    return answer._replace(headers={"content-type": "text/html"}, body=_NO_ENTRY)


def _as_json(answer: Answer, changed: Callable[[Any], bool]) -> Answer | None:
    value = json.loads(answer.body)
    return answer._replace(body=json.dumps(value, ensure_ascii=False).encode()) if changed(value) else None


def _refuse(value: Any) -> bool:
    """The envelope says no: 黑猫's status, or a code beside the data."""
    status = value["result"]["status"] if "result" in value else value
    if "code" not in status:
        return False
    status["code"] = 10001
    return True


def _empty_data(value: Any) -> bool:
    envelope = value.get("result", value)
    name = next((name for name in ("data", "list") if envelope.get(name) is not None), None)
    if name is not None:
        envelope[name] = None
    return name is not None


def _lists_of(root: Any) -> list[Any]:
    """Elements whose like children each hold a link with a number: the lists of a page, outermost only."""
    found: list[Any] = []
    for node in root.iter("ul", "ol", "tbody", "table", "div"):
        linked = [child for child in node if any(_NUMBERED.search(a.get("href", "")) for a in child.iter("a"))]
        is_list = len(linked) >= _FEWEST and len({child.tag for child in linked}) == 1 and len(linked) == len(node)
        if is_list and not any(outer in found for outer in node.iterancestors()):
            found.append(node)
    return found


def _has_lists(answer: Answer) -> bool:
    return bool(_lists_of(Selector(answer.body.decode()).root))


def _json_lists(value: Any) -> Iterator[list[Any]]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if isinstance(value, list) and len(value) >= _FEWEST and all(isinstance(item, dict) for item in value):
        yield value
    for one in inner:
        yield from _json_lists(one)


def _relisted(answer: Answer, change: Callable[[list[Any]], list[Any]], *, across: bool) -> Answer | None:
    """With every list changed; `across`: each list also ends with the first entries of those before it."""
    if answer.form == "json":
        value = json.loads(answer.body)
        for entries in (found := list(_json_lists(value))):
            entries[:] = change(entries)
        return answer._replace(body=json.dumps(value, ensure_ascii=False).encode()) if found else None
    page = Selector(answer.body.decode())
    lists, before = _lists_of(page.root), list[Any]()
    for node in lists:
        first = list(node)[:2]
        node[:] = [copy.deepcopy(entry) for entry in [*change(list(node)), *before]]
        before += first if across else []
    body = f"<!DOCTYPE html>{page.get()}".encode()
    return answer._replace(body=body) if lists else None


def _repeated(answer: Answer) -> Answer | None:
    return _relisted(answer, lambda entries: [*entries, *copy.deepcopy(entries[:2])], across=True)


def _reordered(answer: Answer) -> Answer | None:
    return _relisted(answer, lambda entries: [*entries[1::2], *entries[::2]], across=False)


@cache
def _known_words() -> re.Pattern[bytes]:
    """A progress word of any portal, alone between two tags."""
    slugs = sorted(path.parent.name for path in (PROJECT / "crawlers" / "portals").glob("*/portal.yml"))
    words = sorted({word for slug in slugs for word in facts(slug).statuses}, key=len, reverse=True)
    return re.compile(rb">(\s*)(?:" + b"|".join(re.escape(word.encode()) for word in words) + rb")(\s*)<")


def _strange_word(answer: Answer) -> Answer | None:
    """The first progress word on a complaint's page becomes one nobody knows."""
    body, count = _known_words().subn(b">\\1" + STRANGE_WORD.encode() + b"\\2<", answer.body, count=1)
    return answer._replace(body=body) if count and not _has_lists(answer) else None


def _hostile(answer: Answer) -> Answer | None:
    """Before every heading's and paragraph's text: a formula, marks that turn the text, a script in words and as an
    element, a null byte."""
    if _has_lists(answer):
        return None
    body, count = _TEXTS.subn(lambda found: found[1] + HOSTILE.encode(), answer.body)
    return answer._replace(body=body) if count else None


KINDS: dict[str, Callable[[Answer], Answer | None]] = {
    "456": _refused(456),
    "403": _refused(403),
    "429_seconds": _refused(429, retry_after="1"),
    "429_date": _until_date,
    "503": _refused(503),
    "hang": lambda answer: answer._replace(way="hang"),
    "reset": lambda answer: answer._replace(way="reset"),
    "truncated_gzip": _truncated_gzip,
    "empty": lambda answer: answer._replace(body=b""),
    "html_for_json": _html_for_json,
    "status_code": lambda answer: _as_json(answer, _refuse),
    "data_null": lambda answer: _as_json(answer, _empty_data),
    "no_charset": _no_charset,
    "gbk": _gbk,
    "large": _large,
    "login": _login,
    "captcha": _captcha,
    "repeated": _repeated,
    "reordered": _reordered,
    "unknown_word": _strange_word,
    "hostile": _hostile,
}
_JSON = {"html_for_json", "status_code", "data_null"}
_PAGE = {"no_charset", "gbk", "large", "captcha", "unknown_word", "hostile"}
FORMS: dict[str, set[str]] = {
    kind: {"json"} if kind in _JSON else {"html"} if kind in _PAGE else {"html", "json"} for kind in KINDS
}
FOREVER = {"captcha", "login", "unknown_word", "repeated", "reordered", "hostile", "gbk", "no_charset", "large"}
