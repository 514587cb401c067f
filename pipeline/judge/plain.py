"""One plain spelling of a reply, so that rules need to know only one: simplified, half-width, without decoration."""

import re
import unicodedata
from functools import cache

import opencc

STOPS = "，。？"
"""The only punctuation that cuts in a plain text: clause, sentence, question."""
FULL_STOPS = "。？"

READ_CHARS = 4_000
"""Portals take about 1,000 characters; of a longer text the beginning and the end are read."""

_SPELLINGS = (
    (r"帐", "账"),
    (r"[你妳]", "您"),
    (r"q\s*q|扣扣|企鹅号|[qo]q号?(?=[:\d〔])", "qq"),
    (r"(?<![a-z])(?:v\s*x|w\s*x|wechat|vx号)(?![a-z])|威信|薇信|v信|企业微信|企微", "微信"),
    (r"個", "个"),
    (r"元钱|块钱", "元"),
    (r"q\s*币", "q币"),
)
_REPORTED = re.compile(
    r"(?:反馈|投诉|反映|提到|描述|所述|所说|声称|诉求|要求)[^，。\n\"“「『]{0,8}[\"“「『][^\"”」』]{1,80}[\"”」』]"
)
_LEAD = re.compile(r"^(?:最终|初步)?(?:解决方案|处理结果|处理方案|商家回复|回复内容|回复)[:：\s]*")
_DROPPED = re.compile(r"[^\w〔〕*%¥$.,:;!?()~\"'“”「」『』/+\-、，。\n]")
_PUNCTUATION = (
    (r"(?<![\d.])\d{1,2}[.、)](?=[^\d\s])", "、"),
    (r"(?<=\d),(?=\d{3})", ""),
    (r"(?<=\d)\s*\.\s*(?=\d)", "\x00"),
    (r"[\"'“”「」『』()~+]", ""),
    (r"\?", "？"),
    (r"\.{2,}|[,;]", "，"),
    (r"[!.\n]", "。"),
    ("\x00", "."),
)


@cache
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def _cut(text: str) -> str:
    head = READ_CHARS * 3 // 4
    return text if len(text) <= READ_CHARS else text[:head] + "\n" + text[head - READ_CHARS :]


def plain(text: str) -> str:
    """`。`-framed text whose only cutting marks are STOPS; reads at most READ_CHARS characters, never raises."""
    text = _cut("\n".join(line for raw in text.splitlines() if (line := " ".join(raw.split()))))
    text = _simplifier().convert(unicodedata.normalize("NFKC", text.replace("…", "，"))).lower()
    text = _LEAD.sub("", _DROPPED.sub("", _REPORTED.sub("，", text.replace(" ", ""))))
    for pattern, plain_form in (*_SPELLINGS, *_PUNCTUATION):
        text = re.sub(pattern, plain_form, text)
    text = re.sub(r"[，。]*？[，。？]*", "？", f"。{text}。")
    return re.sub(r"，*。[，。]*", "。", text)
