"""Whether a complainant's follow-up (补充投诉) denies what the platform claimed or offered."""

import re

from pipeline.judge.plain import plain

_HARMLESS = re.compile(
    r"不好意思|不用(?:再)?(?:处理|跟进|退)了|不需要(?:再)?处理了|不(?:再)?追究了?|不再投诉|错怪"
    r"|没(?:有)?(?:其他|别的)?(?:问题|诉求|意见|疑问)了?"
)
"""Negations that deny nothing; taken out before looking for a denial."""
_CONTENT = re.compile(
    r"(?:已|都|也|刚)(?:经)?.{0,6}(?:收到|到账|退回|退款|解决|处理好|处理完|补发|补单|到了)"
    r"|收到(?:了|退款|款|钱)|到账了|解决了|处理好了|好了|撤诉|撤销投诉|满意|谢谢|感谢|多谢"
)
_DISCONTENT = re.compile(
    r"没|未|不|无法|还是|依然|依旧|仍|却|但是|可是|(?:只|少|才)(?:退|收到|到账|补)|骗|拖|失效|无效|假"
    r"|凭什么|为什么|什么时候|哪里|催|尽快|赶紧|要求|再投诉|继续投诉|请(?:给|退|处理|解决)|？"
)


def contradicts(text: str | None) -> bool:
    """True unless the follow-up plainly says received, solved or thanks, and denies nothing.

    The portal's step itself means "still dissatisfied", so silence and doubt count as a denial.
    """
    if text is None:
        return True
    reading = _HARMLESS.sub("", plain(text))
    return _CONTENT.search(reading) is None or _DISCONTENT.search(reading) is not None
