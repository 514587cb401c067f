"""Numbers that are public and only look private: found first and covered, so that no later stage takes them away."""

import re

from pipeline.intake.redaction.fold import KEPT, Hit
from pipeline.intake.redaction.triggers import DIGITS, LETTERS, STARTS, Places

_VALUE = r"[\s：:为是\-]{0,3}(?P<value>[0-9a-z][0-9a-z\-_—]{2,30})(?![0-9a-z])"
_CUED = re.compile(
    rf"(?:投诉(?:单|编|序)?号码?|黑猫(?:投诉)?的?[单编]号|投诉[\s]?id|(?:公告|通知|通告|公示|文件|标准|核准|批文|备案|许可证?|工商注册|营业执照)(?:编|文)?号"
    rf"|(?:商品|货品|产品|套餐|活动|错误|报错|异常|版本|型号|机型|故障)(?:编号|代码|码|号|id)|型号|机型|短信(?:端口|号段)|号段){_VALUE}"
)
_WORDS = STARTS.words(
    [
        "投诉",
        "黑猫",
        "公告",
        "通知",
        "通告",
        "公示",
        "文件",
        "标准",
        "核准",
        "批文",
        "备案",
        "许可",
        "工商",
        "营业",
        "商品",
        "货品",
        "产品",
        "套餐",
        "活动",
        "错误",
        "报错",
        "异常",
        "版本",
        "型号",
        "机型",
        "故障",
        "短信",
        "号段",
    ]
)
_ONE_ZERO = STARTS.on("1", "0", not_before=DIGITS)
_WORD = STARTS.on("worgimacsv", "inferstaconpdh", not_before=DIGITS + LETTERS)
_HEX = STARTS.on("0", "x")
_G = STARTS.on("g", DIGITS, not_before=DIGITS + LETTERS)
_GROUP = re.compile(
    r"g(?<![0-9a-z\-_京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼].)[0-9]{1,14}(?![0-9a-z\-_])"
)
_PRIVATE_BEFORE = re.compile(r"(?:[证照单号码密户水id]|流水)[\s：:是为#]{0,3}$")
_ERROR = re.compile(r"0x[0-9a-f]{4,16}(?![0-9a-z])")
_SMS = re.compile(r"106(?<![0-9]...)[0-9]{5,17}(?![0-9])(?=[的发给]{0,2}(?:短信|端口|开头|号段|发来|发的|来的))")
_MODEL = re.compile(
    r"[worgimacsv](?<![0-9a-z].)(?:in(?:dows)?|ffice|erver|ista|acos|os|ndroid|tx|phone|pad|ate|ore)[\s\-]?[0-9]{1,4}(?![0-9a-z])"
)


def _groups(folded: str, places: Places) -> list[Hit]:
    """The portal's group numbers, `G20250418`, unless a document's or an order's cue stands before one."""
    return [
        (*match.span(), KEPT)
        for match in places.matches(_GROUP, folded, _G)
        if not _PRIVATE_BEFORE.search(folded, max(0, match.start() - 8), match.start())
    ]


def public(folded: str, places: Places) -> list[Hit]:
    """Complaint numbers, group numbers, notices, products and error codes, senders of short messages."""
    hits = [(*match.span("value"), KEPT) for match in places.matches(_CUED, folded, _WORDS)]
    for pattern, mask in ((_SMS, _ONE_ZERO), (_MODEL, _WORD), (_ERROR, _HEX)):
        hits += [(*match.span(), KEPT) for match in places.matches(pattern, folded, mask)]
    return sorted(hits + _groups(folded, places))
