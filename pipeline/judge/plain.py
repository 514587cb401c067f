"""One plain spelling of a reply, so that rules need to know only one: simplified, half-width, without decoration.

Many texts are spelled at once: joined by a mark no text can hold, cut apart again at the end.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache

import opencc

STOPS = "，。？"
"""The only punctuation that cuts in a plain text: clause, sentence, question."""
FULL_STOPS = "。？"

READ_CHARS = 4_000
"""Portals take about 1,000 characters; of a longer text the beginning and the end are read."""

_NEXT = "\x1e"
"""Stands between texts; `splitlines` takes it for a line end, so none is left inside one."""
_TOGETHER = 500_000
"""As many characters are spelled at once."""

_SPELLINGS = (
    (r"帐", "账"),
    (r"[你妳]", "您"),
    (r"q\n*q|扣扣|企鹅号|[qo]q号?(?=[:\d〔])", "qq"),
    (r"(?<![a-z])(?:v\n*x|w\n*x|wechat|vx号)(?![a-z])|威信|薇信|v信|企业微信|企微", "微信"),
    (r"個", "个"),
    (r"元钱|块钱", "元"),
    (r"q\n*币", "q币"),
)
_REPORTED = re.compile(
    r"(?:反馈|投诉|反映|提到|描述|所述|所说|声称|诉求|要求)[^，。\n\x1e\"“「『]{0,8}[\"“「『][^\"”」』\x1e]{1,80}[\"”」』]"
)
_LEAD = re.compile(r"(?:^|(?<=\x1e))(?:最终|初步)?(?:解决方案|处理结果|处理方案|商家回复|回复内容|回复)[:：]*")
_SPACED = re.compile(r"(?<=[\u4e00-\u9fff]) +(?=[\u4e00-\u9fff])")
"""Chatty writers part clauses with a space."""
_DROPPED = re.compile(r"[^\x1e\w〔〕*%¥$.,:;!?()~\"'“”「」『』/+\-、，。\n]")
_PUNCTUATION = (
    (r"(?<![\d.])\d{1,2}[.、)](?=[^\d\s])", "、"),
    (r"(?<=\d),(?=\d{3})", ""),
    (r"(?<=\d)\n*\.\n*(?=\d)", "\x00"),
    (r"[\"'“”「」『』()~+]", ""),
    (r"\?", "？"),
    (r"\.{2,}|[,;]", "，"),
    (r"[!.\n]", "。"),
    ("\x00", "."),
)


_MARKS = tuple((re.compile(pattern), form) for pattern, form in (*_SPELLINGS, *_PUNCTUATION))
_QUESTION = re.compile(r"[，。]*？[，。？]*")
_STOP = re.compile(r"，*。[，。]*")


@cache
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def _lines(text: str) -> str:
    text = "\n".join(line for raw in text.splitlines() if (line := " ".join(raw.split())))
    head = READ_CHARS * 3 // 4
    return text if len(text) <= READ_CHARS else text[:head] + "\n" + text[head - READ_CHARS :]


def plain(text: str) -> str:
    """`。`-framed text whose only cutting marks are STOPS; reads at most READ_CHARS characters, never raises."""
    return plains([text])[0]


def plains(texts: Sequence[str]) -> list[str]:
    """`plain` of each text."""
    return [one for part in _parts([_lines(text) for text in texts]) for one in _spelled(part)]


def _parts(texts: Sequence[str]) -> Iterator[list[str]]:
    """Runs of texts of about _TOGETHER characters."""
    run: list[str] = []
    size = 0
    for text in texts:
        run.append(text)
        size += len(text)
        if size >= _TOGETHER:
            yield run
            run, size = [], 0
    if run:
        yield run


def _spelled(texts: Sequence[str]) -> list[str]:
    text = unicodedata.normalize("NFKC", _NEXT.join(texts).replace("…", "，"))
    text = _SPACED.sub("，", _simplifier().convert(text).lower()).replace(" ", "")
    text = _LEAD.sub("", _DROPPED.sub("", _REPORTED.sub("，", text)))
    for pattern, form in _MARKS:
        text = pattern.sub(form, text)
    text = "。" + text.replace(_NEXT, f"。{_NEXT}。") + "。"
    return _STOP.sub("。", _QUESTION.sub("？", text)).split(_NEXT)
