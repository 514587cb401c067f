"""Reply templates: one platform's words used on many complaints (method.md §6).

Texts are compared after masking what differs from case to case. Two texts belong together when their masked forms
are equal or share four fifths of their character 3-grams; what is linked through others belongs together too.
A group is a template when it stands on at least MIN_COMPLAINTS different complaints of one platform.
"""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.gate import Gate, found
from pipeline.group.identity import codes
from pipeline.group.shingles import Ints
from pipeline.judge.families import families
from pipeline.letters import CODES, Respelling

MIN_COMPLAINTS = 5
MASK_CHARS = 4_000
"""As much of a text as is compared; portals take about 1,000 characters."""
_NUMBER = r"[\d零一二两三四五六七八九十百千万]"
_SLOTS: tuple[tuple[str, str], ...] = (
    ("日期", r"\d{2,4}年\d{1,2}月(?:\d{1,2}[日号]?)?|\d{1,2}月\d{1,2}[日号]?|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}日?"),
    ("日期", r"\d{1,2}:\d{2}(?::\d{2})?|〔(?:日期|时间)〕|(?<!\d)\d{1,2}[日号](?=[^\d]|$)"),
    (
        "金额",
        rf"[¥$￥]\s*\d[\d,]*(?:\.\d+)?(?:元|块)?|\d[\d,]*(?:\.\d+)?\s*万?(?:元|块钱?|圆|rmb)|{_NUMBER}+(?:元|块钱?)",
    ),
    ("金额", r"〔金额〕"),
    (
        "时长",
        rf"(?:\d+|{_NUMBER}{{1,3}})\s*(?:[-~至到]\s*(?:\d+|{_NUMBER}{{1,3}}))?\s*个?(?:工作日|自然日|小时|天|分钟)",
    ),
    ("单号", r"〔(?:订单号|流水号|工单号|单号|交易号|快递单号)〕"),
    (
        "号",
        r"〔(?:手机号|电话|账号|银行卡号?|卡号|卡密|身份证号?|qq|微信号?|支付宝|邮箱|网址|地址|车牌|ip)[^〔〕]{0,4}〕",
    ),
    ("名", r"〔[^〔〕]{1,10}〕"),
    ("单号", r"(?:订单|流水|工单|交易|单)(?:编)?号(?:码)?[为是:]*\s*[a-z0-9*_-]{4,}"),
    ("名", r"(?:客服|专员|经理|工号|员工)(?:小?[\u4e00-\u9fff]{1,2}(?=[,，。为将会很]|$)|[:]?\d+)"),
    ("名", r"(?:尊敬的|亲爱的)[\u4e00-\u9fff*]{1,4}(?:先生|女士|小姐|同学)|[\u4e00-\u9fff*](?:先生|女士|小姐)"),
    ("号", r"[a-z0-9]*\*{2,}[a-z0-9*]*|\*{2,}"),
    ("号", r"(?=[a-z]*\d)[a-z\d]{6,}"),
    ("数", r"\d+(?:\.\d+)?%?"),
)
_SLOT = re.compile("|".join(f"(?P<s{i}>{pattern})" for i, (_, pattern) in enumerate(_SLOTS)))
_KINDS = "卡盟|发卡网|发卡平台|卡密社区|权益平台"
_PLATFORM = re.compile(rf"【[^】]{{1,20}}】|[\u4e00-\u9fffa-z0-9]{{1,4}}(?:{_KINDS})")
_IGNORED = re.compile(r"[\s，。、！？；：,.!?;:~…'\"“”‘’「」『』()（）\-—_^]+")
_KIND = re.compile(r"〈([^〉]+)〉")


def mask(text: str, names: Sequence[str] = ()) -> str:
    """The text with names, numbers, dates, amounts, redaction marks and the platform's name as slots such as 〈金额〉.

    `names` are the platform's printed names, if known. Punctuation and case do not count.
    """
    plain = unicodedata.normalize("NFKC", text[:MASK_CHARS]).lower()
    for name in sorted((unicodedata.normalize("NFKC", n).lower() for n in names if n.strip()), key=len, reverse=True):
        plain = plain.replace(name, "〈平台〉")
    plain = _SLOT.sub(_slot, _PLATFORM.sub("〈平台〉", plain))
    return _IGNORED.sub("", plain)


def masks(texts: Sequence[str]) -> list[str]:
    """`mask` of each text; many are read at once."""
    plain = [unicodedata.normalize("NFKC", text[:MASK_CHARS]).lower() for text in texts]
    platforms, slots = _gates()
    (spots,) = platforms.spots(plain)
    for at in spots if spots is not None else range(len(plain)):
        plain[at] = _PLATFORM.sub("〈平台〉", plain[at])
    (spots,) = slots.spots(plain)
    for at in spots if spots is not None else range(len(plain)):
        plain[at] = _slotted(plain[at], None if spots is None else spots[at])
    return _without_ignored().all(plain)


def _slotted(text: str, places: Sequence[int] | None) -> str:
    if places is None:
        return _SLOT.sub(_slot, text)
    pieces, done = list[str](), 0
    for match in found(_SLOT, text, places):
        pieces += (text[done : match.start()], _slot(match))
        done = match.end()
    return "".join((*pieces, text[done:]))


@cache
def _gates() -> tuple[Gate, Gate]:
    """Where a platform's name is given away, and where a slot may begin."""
    return Gate(["【", *_KINDS.split("|")], [0] * (1 + len(_KINDS.split("|")))), Gate([_SLOT.pattern])


@cache
def _without_ignored() -> Respelling:
    ignored = filter(_IGNORED.match, map(chr, range(CODES)))
    return Respelling(dict.fromkeys(map(ord, ignored)))


def _slot(match: re.Match[str]) -> str:
    return f"〈{_SLOTS[int(str(match.lastgroup)[1:])][0]}〉"


def states_facts(text: str, masked: str) -> bool:
    """Whether the slots state facts of the case: at least one amount of money, or two kinds among date, amount, order.

    Durations ("within 3 working days"), phone numbers and names are the platform's, not the case's. A text without
    slots states nothing; an amount that stands in the masked text as it stands in the original was no slot.
    """
    kinds = set(_KIND.findall(masked)) & {"金额", "日期", "单号"}
    return bool(text.strip()) and ("金额" in kinds or len(kinds) >= 2)


def mask_texts(texts: pa.Table) -> pa.StructArray:
    """`masked` and `states` (see `states_facts`) of each `text`; both null where there is none."""
    said = texts["text"].to_pylist()
    shown = iter(masks([text for text in said if text is not None]))
    masked = [None if text is None else next(shown) for text in said]
    states = [None if text is None else states_facts(text, form or "") for text, form in zip(said, masked, strict=True)]
    return pa.StructArray.from_arrays(
        [pa.array(masked, pa.string()), pa.array(states, pa.bool_())], ["masked", "states"]
    )


def mine(replies: pa.Table) -> pa.Table:
    """`reply_id`, `template` for every reply that follows a template, in the order of `replies`.

    Reads `reply_id`, `platform`, `complaint`, `masked`, `text`, `hidden`; hidden and empty replies and replies without a
    platform follow none.
    """
    kept = _readable(replies)
    known, text = _sorted_codes(kept["masked"])
    platforms = codes(kept["platform"])
    used, pair, uses = np.unique(platforms * max(len(known), 1) + text, return_inverse=True, return_counts=True)
    owner, words = used // max(len(known), 1), used % max(len(known), 1)  # each platform's texts in their order
    family = families(known, words, owner)
    chosen = _most_used(family, words, uses)
    chosen[_complaints_of(family[pair], codes(kept["complaint"]), len(used)) < MIN_COMPLAINTS] = -1
    template = _ids(known, chosen[family[pair]])
    table = pa.table({"reply_id": kept["reply_id"], "template": template})
    return table.filter(pc.is_valid(table["template"]))


def _sorted_codes(texts: pa.ChunkedArray) -> tuple[pa.Array, Ints]:
    """The distinct texts in their order, and the place of each text among them."""
    coded = texts.combine_chunks().dictionary_encode()
    order = pc.sort_indices(coded.dictionary)
    place = np.empty(len(order), np.int64)
    place[order.to_numpy()] = np.arange(len(order))
    return coded.dictionary.take(order), place[codes(coded)]


def _most_used(family: Ints, words: Ints, uses: Ints) -> Ints:
    """Per family (named by one of its places) its most used text, the first of equals."""
    order = np.lexsort((words, -uses, family))
    first = order[np.unique(family[order], return_index=True)[1]]
    chosen = np.full(len(family), -1, np.int64)
    chosen[family[first]] = words[first]
    return chosen


def _complaints_of(family: Ints, complaints: Ints, size: int) -> Ints:
    """How many different complaints each family of replies stands on."""
    width = int(complaints.max(initial=0)) + 1
    return np.bincount(np.unique(family * width + complaints) // width, minlength=size)


def _ids(known: pa.Array, chosen: Ints) -> pa.Array:
    """The id of each reply's template, from the words of its text; null for -1."""
    used = np.unique(chosen[chosen >= 0])
    named = ["t" + hashlib.sha256(text.encode()).hexdigest()[:12] for text in known.take(pa.array(used)).to_pylist()]
    return pa.array(named, pa.string()).take(pa.array(np.searchsorted(used, chosen), mask=chosen < 0))


def template_table(replies: pa.Table, mined: pa.Table) -> pa.Table:
    """One row per platform and template: `template platform masked example n_replies n_complaints first_at last_at`.

    The example is the most frequent text as it stands (already redacted); times are the first and last dated use.
    """
    joined = replies.join(mined, keys="reply_id", join_type="inner")
    keys = ["template", "platform"]
    aggregates: list[tuple[str, str]] = [
        ("reply_id", "count"), ("complaint", "count_distinct"), ("at", "min"), ("at", "max"),
    ]  # fmt: skip
    counts = joined.group_by(keys).aggregate(aggregates)
    counts = counts.join(_most_frequent(joined, keys, "masked"), keys).join(_most_frequent(joined, keys, "text"), keys)
    renamed = {
        "template": "template", "platform": "platform", "masked": "masked", "text": "example",
        "reply_id_count": "n_replies", "complaint_count_distinct": "n_complaints", "at_min": "first_at",
        "at_max": "last_at",
    }  # fmt: skip
    table = counts.select(list(renamed)).rename_columns(list(renamed.values()))
    return table.sort_by([("platform", "ascending"), ("n_replies", "descending"), ("template", "ascending")])


def _most_frequent(table: pa.Table, keys: list[str], column: str) -> pa.Table:
    """`keys` + `column`: the column's most frequent value in each group, the smaller of equals."""
    counted = table.group_by([*keys, column]).aggregate([([], "count_all")])
    order = [*((key, "ascending") for key in keys), ("count_all", "descending"), (column, "ascending")]
    firsts = counted.sort_by(order).group_by(keys, use_threads=False).aggregate([(column, "first")])
    return firsts.rename_columns([*keys, column])


def _readable(replies: pa.Table) -> pa.Table:
    text = pc.utf8_trim_whitespace(pc.fill_null(replies["text"], ""))
    shown = pc.and_(pc.not_equal(text, ""), pc.invert(pc.fill_null(replies["hidden"], False)))
    return replies.filter(pc.and_(shown, pc.is_valid(replies["platform"])))
