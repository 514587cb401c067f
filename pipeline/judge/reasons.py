"""Why a case stands on its rung, in one sentence naming the events, in Chinese and in English.

Over the columns of the ladder. The first line whose condition holds speaks; `{name}` prints a time in Shanghai, `[name]` a value.
"""

import re
from typing import Literal

Language = Literal["zh", "en"]
_TIME = "strftime(timezone('Asia/Shanghai', {}), '%Y-%m-%d %H:%M')"
_UNPRINTED = {"zh": "（页面未印时间）", "en": "(no time printed)"}
# condition · Chinese · English
_REASONS: tuple[tuple[str, str, str], ...] = (
    ("t0 IS NULL", "页面没有任何可用时间，无法计时。", "The page prints no usable time, so no clock could start."),
    ("state = 'too_young'", "期限 {deadline_at} 尚未到，不判定。", "The deadline {deadline_at} has not passed; not judged yet."),
    ("state = 'unseen' AND untimed",
     "平台或门户的步骤页面未印时间，按本站各次观测不能断定是否在期限 {deadline_at} 之前，不判定；两种读法作为下界与上界。",
     "Steps without a printed time: our sightings do not tell whether they came before the deadline {deadline_at}. Not judged; the two readings are the low and the high bound."),
    ("state = 'unseen'",
     "期限 {deadline_at} 之后未能再观测到该页面，期限时的状态不明，不判定。",
     "The page was not seen again after the deadline {deadline_at}; how it stood then is unknown, so it is not judged."),
    ("rung = 'vanished'",
     "{gone_at} 发现页面消失，此前未见终局步骤。", "The page was found gone on {gone_at}; no final step had been seen."),
    ("rung = 'resolved_confirmed' AND mediated", "{mediated_at} 全国12315 公示达成调解。", "{mediated_at}: 12315 published that mediation was reached."),
    ("rung = 'resolved_confirmed'", "{confirmed_at} 投诉人确认完成。", "{confirmed_at}: the complainant confirmed completion."),
    ("rung = 'withdrawn'", "{withdrawn_at} 投诉人撤诉。", "{withdrawn_at}: the complainant withdrew."),
    ("rung = 'undelivered'",
     "截至 {deadline_at}，页面未显示门户已将投诉送达平台。",
     "As of {deadline_at} the page does not show that the portal delivered the complaint to the platform."),
    ("rung = 'closed_unanswered'",
     "{closed_at} 门户关闭投诉，此前页面未显示平台回复。",
     "{closed_at}: the portal closed the complaint; the page shows no reply of the platform before that."),
    ("rung = 'resolved_claimed' AND completion_at IS NULL",
     "门户接受了平台提交的处理结果；期限内投诉人未否认，也未确认。",
     "The portal accepted the result the platform submitted; the complainant neither denied nor confirmed it in time."),
    ("rung = 'resolved_claimed'",
     "{completion_at} 平台申请完成并写明处理结果；期限内投诉人未否认，也未确认。",
     "{completion_at}: the platform asked for completion and stated a result; the complainant neither denied nor confirmed it in time."),
    ("rung = 'silent'",
     "截至 {deadline_at}，页面未显示平台有任何回复。", "As of {deadline_at} the page shows no reply of the platform."),
    ("rung = 'brushed_off' AND rung_low = 'answered'",
     "截至 {deadline_at}，平台回复 [replies] 次，均为模板或索要资料，按形式回复计（下界按已答复计）。",
     "As of {deadline_at} the platform had replied [replies] time(s), each a template or a request for information: counted as no substantive reply (as an answer in the low bound)."),
    ("rung = 'brushed_off'",
     "截至 {deadline_at}，平台回复 [replies] 次，均非实质回复。",
     "As of {deadline_at} the platform had replied [replies] time(s), none of them substantive."),
    ("contradicted",
     "{denied_at} 投诉人否认平台所称的处理，按回复计为已答复（上界按敷衍计）。",
     "{denied_at}: the complainant denied what the platform had claimed or offered; counted as answered by the replies (as brushed off in the high bound)."),
    ("substantive = 0 AND hidden_only",
     "{doubtful_at} 平台回复，内容仅双方可见，按已答复计（上界按敷衍计）。",
     "{doubtful_at}: the platform replied, visible to the parties only; counted as answered (as brushed off in the high bound)."),
    ("substantive = 0",
     "{doubtful_at} 平台回复，是否实质难以确定，按已答复计（上界按敷衍计）。",
     "{doubtful_at}: the platform replied, and whether it is substantive is uncertain; counted as answered (as brushed off in the high bound)."),
    ("true", "{substantive_at} 平台作出实质回复。", "{substantive_at}: the platform gave a substantive reply."),
)  # fmt: skip


def sentence(language: Language) -> str:
    """The SQL expression over the ladder's columns."""
    place = 1 if language == "zh" else 2
    lines = [f"WHEN {reason[0]} THEN {_printed(reason[place], language)}" for reason in _REASONS]
    return f"CASE {' '.join(lines)} END"


def _printed(text: str, language: Language) -> str:
    """A sentence with its slots as an SQL concatenation."""
    parts = []
    for piece in re.split(r"(\{\w+\}|\[\w+\])", text):
        if piece.startswith("{"):
            parts.append(f"coalesce({_TIME.format(piece[1:-1])}, '{_UNPRINTED[language]}')")
        elif piece.startswith("["):
            parts.append(piece[1:-1])
        elif piece:
            parts.append(f"'{piece}'")
    return " || ".join(parts)
