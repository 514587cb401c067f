"""Reply templates: one platform's words used on many complaints (method.md §6).

Texts are compared after masking what differs from case to case. Two texts belong together when their masked forms
are equal or share four fifths of their character 3-grams; what is linked through others belongs together too.
A group is a template when it stands on at least MIN_COMPLAINTS different complaints of one platform.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

MIN_COMPLAINTS = 5
SIMILAR = 0.8
GRAM = 3
MASK_CHARS = 4_000
"""As much of a text as is compared; portals take about 1,000 characters."""
NEIGHBOURS = 32
"""Exact where a rare gram occurs in no more texts than this; beyond, near-equal texts stand close in sorted order."""

Ints = NDArray[np.int64]

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
_PLATFORM = re.compile(r"【[^】]{1,20}】|[\u4e00-\u9fffa-z0-9]{1,4}(?:卡盟|发卡网|发卡平台|卡密社区|权益平台)")
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


def _slot(match: re.Match[str]) -> str:
    return f"〈{_SLOTS[int(str(match.lastgroup)[1:])][0]}〉"


def states_facts(text: str, masked: str) -> bool:
    """Whether the slots state facts of the case: at least one amount of money, or two kinds among date, amount, order.

    Durations ("within 3 working days"), phone numbers and names are the platform's, not the case's. A text without
    slots states nothing; an amount that stands in the masked text as it stands in the original was no slot.
    """
    kinds = set(_KIND.findall(masked)) & {"金额", "日期", "单号"}
    return bool(text.strip()) and ("金额" in kinds or len(kinds) >= 2)


def mine(replies: pa.Table) -> pa.Table:
    """`reply_id`, `template` for every reply that follows a template, in the order of `replies`.

    Reads `reply_id`, `platform`, `complaint`, `text`, `hidden`; hidden and empty replies and replies without a
    platform follow none.
    """
    kept = _readable(replies)
    masked, codes = _encode(_masked(kept["text"]))
    platforms = kept["platform"].dictionary_encode().combine_chunks()
    templates = np.full(len(kept), None, dtype=object)
    complaints = np.asarray(kept["complaint"].dictionary_encode().combine_chunks().indices, dtype=np.int64)
    for rows in _rows_by_code(np.asarray(platforms.indices, dtype=np.int64)):
        templates[rows] = _platform_templates(masked, codes[rows], complaints[rows])
    table = pa.table({"reply_id": kept["reply_id"], "template": pa.array(templates.tolist(), pa.string())})
    return table.filter(pc.is_valid(table["template"]))


def template_table(replies: pa.Table, mined: pa.Table) -> pa.Table:
    """One row per platform and template: `template platform masked example n_replies n_complaints first_at last_at`.

    The example is the most frequent text as it stands (already redacted); times are the first and last dated use.
    """
    joined = replies.join(mined, keys="reply_id", join_type="inner")
    joined = joined.append_column("masked", pa.array(_masked(joined["text"]), pa.string()))
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


def _masked(texts: pa.ChunkedArray) -> list[str]:
    """`mask` of each; every distinct text is masked once."""
    said = texts.to_pylist()
    known = {text: mask(text) for text in dict.fromkeys(said)}
    return [known[text] for text in said]


def _encode(texts: list[str]) -> tuple[list[str], Ints]:
    coded = pa.array(texts, pa.string()).dictionary_encode()
    return coded.dictionary.to_pylist(), np.asarray(coded.indices, dtype=np.int64)


def _rows_by_code(codes: Ints) -> Iterator[Ints]:
    """The rows of every code, each in ascending order."""
    order = np.argsort(codes, kind="stable")
    bounds = np.flatnonzero(np.diff(codes[order], prepend=-1, append=-1))
    for start, end in pairwise(bounds):
        yield order[start:end]


def _platform_templates(masked: list[str], codes: Ints, complaints: Ints) -> NDArray[np.object_]:
    """The template id of each of one platform's replies, None where the group is too small."""
    distinct, inverse, uses = np.unique(codes, return_inverse=True, return_counts=True)
    texts = [masked[code] for code in distinct]
    groups = group_texts(texts)[inverse]
    found = np.full(len(codes), None, dtype=object)
    for rows in _rows_by_code(groups):
        if len(np.unique(complaints[rows])) >= MIN_COMPLAINTS:
            found[rows] = _template_id([(int(uses[i]), texts[i]) for i in np.unique(inverse[rows])])
    return found


def _template_id(members: list[tuple[int, str]]) -> str:
    _, text = min(members, key=lambda member: (-member[0], member[1]))
    return "t" + hashlib.sha256(text.encode()).hexdigest()[:12]


def group_texts(texts: list[str]) -> Ints:
    """A group number for each distinct text; 3-gram Jaccard ≥ SIMILAR links, directly or through others.

    Texts that share one of their rarest grams are compared, each with the NEIGHBOURS next to it in the order of the
    texts and only while they are in different groups: a family of many thousand near-equal texts costs no square.
    """
    order = np.array(sorted(range(len(texts)), key=texts.__getitem__), dtype=np.int64)
    grams = _gram_matrix([texts[at] for at in order])
    labels = _linked(grams)
    found = np.empty(len(texts), np.int64)
    found[order] = labels
    return found


def _linked(grams: sparse.csr_matrix) -> Ints:
    sizes = np.diff(grams.indptr).astype(np.int64)
    gram, text = _postings(grams, sizes)
    labels, edges = np.arange(len(sizes)), np.empty((0, 2), np.int64)
    for step in range(1, min(NEIGHBOURS, len(text) - 1) + 1):
        left, right = text[:-step], text[step:]
        near = SIMILAR * np.maximum(sizes[left], sizes[right]) <= np.minimum(sizes[left], sizes[right])
        keep = (gram[:-step] == gram[step:]) & near & (labels[left] != labels[right])
        pairs = _distinct_pairs(left[keep], right[keep], len(sizes))
        similar = pairs[_jaccard(grams, sizes, pairs) >= SIMILAR]
        if len(similar):
            edges = np.concatenate([edges, similar])
            labels = _components(edges, len(sizes))
    return labels


def _distinct_pairs(left: Ints, right: Ints, n: int) -> Ints:
    coded = np.unique(left * n + right)
    return np.column_stack([coded // n, coded % n])


def _components(edges: Ints, n: int) -> Ints:
    graph = sparse.coo_matrix((np.ones(len(edges), np.int8), (edges[:, 0], edges[:, 1])), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _gram_matrix(texts: list[str]) -> sparse.csr_matrix:
    """Texts × 3-grams, ones where a gram occurs; columns from the rarest gram to the most common."""
    vocabulary: dict[str, int] = {}
    rows = [sorted({vocabulary.setdefault(gram, len(vocabulary)) for gram in _grams(text)}) for text in texts]
    indptr = np.cumsum([0, *map(len, rows)])
    columns = np.fromiter((column for row in rows for column in row), np.int64, int(indptr[-1]))
    frequency = np.bincount(columns, minlength=len(vocabulary))
    rank = np.empty(len(vocabulary), np.int64)
    rank[np.argsort(frequency, kind="stable")] = np.arange(len(vocabulary))
    matrix = sparse.csr_matrix((np.ones(len(columns), np.int32), rank[columns], indptr), (len(texts), len(vocabulary)))
    matrix.sort_indices()
    return matrix


def _grams(text: str) -> Iterator[str]:
    padded = text if len(text) >= GRAM else text.ljust(GRAM)
    return (padded[i : i + GRAM] for i in range(len(padded) - GRAM + 1))


def _postings(grams: sparse.csr_matrix, sizes: Ints) -> tuple[Ints, Ints]:
    """The rarest grams of each text as (gram, text), ordered by gram, then text.

    Two sets with Jaccard ≥ t share a gram among the first |x| - ceil(t |x|) + 1 of each, in any common order.
    """
    keep = np.minimum(sizes - np.ceil(SIMILAR * sizes - 1e-9).astype(np.int64) + 1, sizes)
    position = np.arange(grams.nnz) - np.repeat(grams.indptr[:-1], sizes)
    chosen = position < np.repeat(keep, sizes)
    gram = grams.indices[chosen].astype(np.int64)
    text = np.repeat(np.arange(len(sizes)), sizes)[chosen]
    order = np.lexsort((text, gram))
    return gram[order], text[order]


def _jaccard(grams: sparse.csr_matrix, sizes: Ints, pairs: Ints) -> NDArray[np.float64]:
    left, right = pairs[:, 0], pairs[:, 1]
    shared = np.zeros(len(pairs), np.float64)
    for start in range(0, len(pairs), 50_000):
        part = slice(start, start + 50_000)
        shared[part] = np.asarray(grams[left[part]].multiply(grams[right[part]]).sum(axis=1)).ravel()
    return shared / (sizes[left] + sizes[right] - shared)
