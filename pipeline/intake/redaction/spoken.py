"""Telephone numbers told in parts: `139开头 后面0551 8823`, `前三位166，中间7012，尾号3394`, `区号0571，号码88886666`."""

import re

from pipeline.intake.redaction.digits import digits_of, is_mobile
from pipeline.intake.redaction.fold import Hit
from pipeline.intake.redaction.triggers import DIGITS, STARTS, Places, spans

_SAID = (
    r"(?:[\s，,、：:；;是为的“”\"（()）]|开头|打头|起头|开始|前[三四七]位?|前面|头三位|中间|后面|后边|后头|末尾|最后|结尾|尾号|尾数|剩下|其余|再|接着|接|然后|跟着|跟|加上|加|"
    r"[后末][四八]位?|[三四七八]位|几位|数字|号码|电话|座机|依次|第[一二三]段|转)"
)
_PARTS = re.compile(rf"1[3-9][0-9]{{1,6}}{_SAID}{{1,10}}[0-9]{{2,8}}(?:{_SAID}{{1,10}}[0-9]{{2,6}})?(?![0-9元块])")
_BORN = re.compile(
    rf"[1-8][0-9]{{5}}(?:{_SAID}|生日|出生|年月日?){{1,10}}(?:19|20)[0-9]{{6}}{_SAID}{{1,10}}[0-9]{{3}}[0-9x](?![0-9a-z元块])"
)
_REST = re.compile(
    r"(?:开头|打头)[，,\s]{0,2}(?:后面|剩下|其余|后边|接着)(?:[几八]位)?[是为：:\s]{0,2}[0-9]{4}\s?[0-9]{4}(?![0-9元块])"
)
_AREA = re.compile(
    rf"(?:区号[是为：:\s]{{0,2}}0[0-9]{{2,3}}{_SAID}{{0,10}}|0[0-9]{{2,3}}(?:开头|打头)(?:的座机|的号码|的)?{_SAID}{{0,6}})[2-8][0-9]{{2,3}}[\s\-]?[0-9]{{4}}(?![0-9元块])"
)
_HINT = re.compile(
    r"[0-9号段前头区](?:(?<=[0-9号段])(?:\s?[开打起]头|[，,、\s]{0,2}(?:中间|后[面边头四八]|末[四尾]|尾[号数]|最后|剩下|然后|接着|再))|(?<=[前头])[三四七]|(?<=区)号)"
)
_TOLD = re.compile("[开打起]头|中间|后|末|尾|前|头三|剩|再|接|然|跟|段|位")


_TRIGGER = STARTS.words(
    [
        "开头",
        "打头",
        "起头",
        "中间",
        "后面",
        "后边",
        "后头",
        "后四",
        "后八",
        "末四",
        "末尾",
        "尾号",
        "尾数",
        "最后",
        "剩下",
        "然后",
        "接着",
        "前三",
        "前四",
        "前七",
        "头三",
        "头四",
        "头七",
        "区号",
    ]
) | STARTS.on("再", before=DIGITS + "号段，、, ")


def _parts(folded: str, begin: int, end: int) -> list[Hit]:
    hits = [
        (*match.span(), "phone")
        for match in _PARTS.finditer(folded, begin, end)
        if is_mobile("".join(filter(str.isdigit, digits_of(match.group())))) and _TOLD.search(match.group())
    ]
    hits += [(*match.span(), "landline") for match in _AREA.finditer(folded, begin, end)]
    hits += [(*match.span(), "id_card") for match in _BORN.finditer(folded, begin, end)]
    return hits or [(*match.span(), "phone") for match in _REST.finditer(folded, begin, end)]


def spoken(folded: str, places: Places) -> list[Hit]:
    """Numbers whose parts stand in one sentence, joined by words for their places."""
    told = (span for span in spans(places.of(_TRIGGER), 32, 56) if _HINT.search(folded, *span))
    return sorted(hit for span in told for hit in _parts(folded, *span))
