"""E-mail addresses, links that carry a token, IP addresses."""

import ipaddress
import re
from itertools import chain

from pipeline.intake.redaction.fold import ZERO, Hit
from pipeline.intake.redaction.triggers import DIGITS, LETTERS, STARTS, Places, spans

_TLD = "com|cn|net|org|edu|gov|info|cc|me|io|vip|top|xyz|hk|tw|us|uk|jp|ru|de|co|club|shop|online|site|wang|ltd|tech|im|tv|live|link|pro|win|work|icu|app|dev"
_DOT = r"\s?(?:[.。．·,，]|点|丶|\bdot\b|\(dot\)|\[dot\])\s?"
_AT = rf"\s?{ZERO}?(?:@|\(at\)|（at）|\[at\]|【at】|#at#|艾特|圈a|(?<=\s)at(?=\s)|\(a\)|(?<=[0-9a-z])#(?=(?:qq|163|126|gmail|sina|outlook|hotmail|foxmail|139)|\s(?:qq|163|126|gmail|sina|outlook|hotmail|foxmail|139)\s?[.点])|(?<=[0-9a-z]\s)#(?=\s?(?:qq|163|126|gmail|sina|outlook|hotmail|foxmail|139)\s?[.点]))\s?"
_EMAIL = re.compile(
    rf"(?<![0-9a-z._%+\-])[0-9a-z](?:[0-9a-z_%+\-]|\.(?=[0-9a-z])){{0,63}}+{_AT}"
    rf"(?:[0-9a-z\-]{{1,63}}+{_DOT}){{1,4}}?(?:{_TLD})(?![0-9a-z\-])(?:\.cn(?![0-9a-z]))?"
)
_PLAIN_EMAIL = re.compile(  # written as it should be: any top-level domain
    r"(?<![0-9a-z._%+\-])[0-9a-z][0-9a-z._%+\-]{0,63}+@(?:[0-9a-z\-]{1,63}+\.){1,4}[a-z]{2,18}+(?![0-9a-z\-])"
)
_AT_SIGNS = ("@", "#", "at", "(a)", "艾特", "圈a")
"""One of these stands in every address."""
_AT_SIGN = STARTS.on("@") | STARTS.words(("艾特", "圈a")) | STARTS.on(" (（[【#", "aq1gsof")

_URL = re.compile(
    rf"(?:(?:https?|hxxps?|ftp|tg|weixin|alipays?)://|www\.|(?<![0-9a-z@.\-])(?:[0-9a-z\-]{{1,63}}+\.){{1,4}}(?:{_TLD})(?=[/?:]))"
    rf"[0-9a-z\-._~:/?#\[\]@!$&'()+;=%]*+"
)
_URL_HINT = STARTS.on(":", "/") | STARTS.on("w", "w") | STARTS.on(".", LETTERS, before=LETTERS + DIGITS + "-")
_TOKEN_NAME = re.compile(
    r"(?:^|[?&;#/_])(?:[a-z_]*(?:token|sign|session|sid|ticket|key|secret|pwd|openid|uid|userid|phone|mobile|invite|code|order|trade|acc(?:oun)?t|user|qq|wx)[a-z_]*|id|u|k|t|s)=[0-9a-z]",
    re.ASCII,
)
_MIXED = re.compile(r"(?=[a-z]*[0-9])(?=[0-9]*[a-z])[0-9a-z]{6,}")
_READABLE = re.compile(r"[a-z]+[0-9]{1,2}|v?[0-9]{1,2}(?:\.[0-9]+)*|(?:19|20)[0-9]{2}(?:[0-9]{2}){0,2}")
_SHORT_HOSTS = frozenset(
    [
        "t.cn",
        "dwz.cn",
        "dwz.date",
        "url.cn",
        "suo.im",
        "w.url.cn",
        "u.jd.com",
        "m.tb.cn",
        "s.click.taobao.com",
        "bit.ly",
        "t.me",
        "qm.qq.com",
        "u.wechat.com",
        "qr.alipay.com",
        "v.douyin.com",
        "3.cn",
        "sourl.cn",
        "tinyurl.com",
        "b23.tv",
        "xhslink.com",
    ]
)

_IP4 = re.compile(
    r"[0-9](?<![0-9.v].)[0-9]{0,2}[.。]\s?(?:[0-9]{1,3}[.。]\s?){2}[0-9]{1,3}(?![0-9]|\.[0-9])(?!版本)(?::[0-9]{2,5}(?![0-9]))?"
)
_POINT = STARTS.on(".。", DIGITS + " ", before=DIGITS)
_PAIR = STARTS.on(":-", DIGITS + "abcdef:", before=DIGITS + "abcdef:")
_RELEASE = re.compile(r"版本|升级|更新|系统|固件|v[0-9]")
_HOST = re.compile("ip|(?:连接?|登[录陆]?|地址|服务器|来自|主机|节点)[到是为：:了]{0,2}$")
_IP6 = re.compile(r"[0-9a-f:](?<![0-9a-z.].)(?<![0-9a-f:]:.)[0-9a-f]{0,3}(?::[0-9a-f]{0,4}){2,7}(?![0-9a-z:.])")
_MAC = re.compile(r"[0-9a-f](?<![0-9a-z:\-].)[0-9a-f](?:[:\-][0-9a-f]{2}){5}(?![0-9a-z:\-])")


def _token_like(part: str) -> bool:
    """Whether one piece of a path or query names a person, an order or a session rather than a page."""
    if _READABLE.fullmatch(part):
        return False
    digits = sum(char.isdigit() for char in part)
    return digits >= 5 or len(part) >= 24 or _MIXED.fullmatch(part) is not None


def _secret_from(url: str) -> int | None:
    """Where in the link the part begins that must go; None when it is a plain public page."""
    head = url.find("//") + 2 if "//" in url[:10] else 0
    end = next((place for place in range(head, len(url)) if url[place] in "/?#"), len(url))
    host = url[head:end]
    if "@" in host or (not url[:head].startswith(("http", "hxxp", "ftp")) and head):
        return 0
    if _IP4.fullmatch(host) or (
        _token_like(host.split(".")[0]) and not host.split(".")[0].isdigit() and len(host.split(".")[0]) >= 16
    ):
        return 0
    rest = url[end:]
    parts = [part for part in re.split(r"[/?#&=;._\-!%+]", rest) if part]
    short = (host.removeprefix("www.") in _SHORT_HOSTS or len(host) <= 7) and len(rest) > 3
    if not (short or any(map(_token_like, parts)) or _TOKEN_NAME.search(rest)):
        return None
    return end + 1 if len(rest) > 1 else None


_PLAIN_REST = re.compile(r"(?:&(?:amt|amount|money|price|fee|total|num|count|page|lang|ver|v|p)=[0-9a-z.]{1,8})+$")


def links(folded: str, places: Places) -> list[Hit]:
    """Links whose path or query carries a token; a bare domain and a plain page stay."""
    hits: list[Hit] = []
    done = 0
    for found in places.around(_URL, folded, _URL_HINT, 70, 20):
        match = _URL.match(folded, found.start()) or found  # whole, however long
        if match.start() < done:
            continue
        done = match.end()
        url = _PLAIN_REST.sub("", match.group().rstrip(".;:!?'()"))
        start = _secret_from(url)
        if start is not None and start < len(url):
            hits.append((match.start() + start, match.start() + len(url), "url"))
    return hits


def emails(folded: str, places: Places) -> list[Hit]:
    """E-mail addresses, also with the at sign and the dots spelt out."""
    ends: dict[int, int] = {}
    for pattern, signs in ((_EMAIL, _AT_SIGNS), (_PLAIN_EMAIL, "@")):
        for match in places.around(pattern, folded, _AT_SIGN, 70, 300, signs):
            ends[match.start()] = max(match.end(), ends.get(match.start(), 0))
    return [(start, end, "email") for start, end in sorted(ends.items())]


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _ip4(folded: str, places: Places) -> list[Hit]:
    hits: list[Hit] = []
    near = spans(places.of(_POINT), 12, 40)
    dotted = (span for span in near if folded.count(".", *span) + folded.count("。", *span) >= 3)
    for match in chain.from_iterable(_IP4.finditer(folded, *span) for span in dotted):
        address = re.sub(r"\s", "", match.group().replace("。", ".")).split(":")[0]
        about = folded[max(0, match.start() - 24) : match.start()]
        release = _RELEASE.search(about) is not None and not _HOST.search(about)
        if _is_ip(address) and not address.startswith("0.") and not release:
            hits.append((*match.span(), "ip"))
    return hits


def addresses(folded: str, places: Places) -> list[Hit]:
    """IPv4, IPv6 and hardware addresses."""
    hits = _ip4(folded, places)
    macs = [(*match.span(), "ip") for match in places.around(_MAC, folded, _PAIR, 8, 64)]
    sixes = [
        (*match.span(), "ip")
        for match in places.around(_IP6, folded, _PAIR, 8, 64)
        if folded.count(":", *match.span()) >= 2 and len(match.group()) >= 6 and _is_ip(match.group())
    ]
    return sorted(hits + macs + [six for six in sixes if not any(mac[0] <= six[0] < mac[1] for mac in macs)])
