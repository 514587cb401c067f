"""Names nobody announces in one word: forms with blanks, `我阮玉要求`, `张伟，男`, signatures, pinyin, whole names in running text."""

import re
from itertools import chain

from pipeline.intake.redaction.fold import STOP, Hit
from pipeline.intake.redaction.lexicon import FAMILY, HAN, any_of, lexicon, loose_name_at, name_at

_LEX = lexicon()
_KNOWN = any_of(_LEX.surnames)
_GIVEN = any_of(_LEX.given)
_END = rf"(?=[\s，。；！？,.;!?、）)】\]」”\"'|/（(：:0-9]|$|{STOP})"
_SPACED = re.compile(
    rf"(?:姓\s{{0,4}}名|真名|本名|全名|户\s{{0,4}}名|[一-龥]\s?[一-龥]\s?人|[我名]叫|本人)[\s：:是（(]{{0,4}}(?P<apart>{FAMILY}\s[一-龥](?:\s[一-龥])?)(?!\s?[一-龥])"
    rf"|(?:姓\s{{1,4}}名|户\s{{1,4}}名|[联收持付投申]\s{{1,3}}[系款件货卡诉请]\s{{1,3}}人)\s?[：:]?\s?(?P<form>[一-龥]{{2,4}}){_END}"
)
_ROLE = re.compile(r"(?<!被)(?<!被投)[一-龥]{2}[人方者主](?:姓名|名字)?\s?[：:]\s?(?=[一-龥])")
_ANY_ROLE = re.compile(
    rf"[人方者主员家师长手友商事妈爸哥姐弟妹儿子女叔伯婆](?<![你我他自大人家个国作生男店收].)(?:[是为叫：:\s“\"「【（(]{{1,3}})(?={FAMILY}{_GIVEN})"
)
_QUOTED = re.compile(rf"[“\"「『【（(](?={_KNOWN}{_GIVEN}{{1,2}}[”\"」』】）)])")
_I_AM = re.compile(
    rf"(?:^|(?<=[\s，。；！？,.;!?、）)】]))(?:我|本人|(?:现|今|兹)?有)(?={FAMILY}[一-龥]{{1,2}}(?:要求|请求|申请|声明|实名|保证|在此|郑重|强烈|恳请|希望|投诉|举报|承诺|授权|同意|愿意|[于在]20|[，,（(]\s?[男女身手电]))"
)
_SEX = re.compile(rf"(?<![一-龥])(?={FAMILY}[一-龥]{{1,2}}[，,（(、/\s]\s?[男女](?:[，,）)、/。\s]|$))")
_SIGNED = re.compile(
    rf"(?:[。！!？?；;\s]|——?|此致|敬礼|谢谢)\s?(?={_KNOWN}[一-龥]{{1,2}}[\s，,。]{{0,2}}(?:20[0-9]{{2}}[年\-./][0-9月\-./]{{2,6}}日?|二〇[一-龥〇]{{2,10}}日)?\s?$)"
)
_FREE = re.compile(
    rf"(?:^|(?<=[\s，。；！？,.;!?、（(：:“\"/|>】【「『《{STOP[1:-1]}的叫是给到找跟和与被由让问为名个位员师]))(?={_KNOWN}{_GIVEN}{{2}})"
)
_FREE_END = re.compile(
    r"[，。；！？,.;!?、）)】」』》：:“”\"（(/|\s0-9]|$|的(?:手机|电话|账|银行|支付|微信|身份|名|卡|信息|号)|[说称答于骗卖收卷让给更直竟居就也都还又才却连只非硬不没拿把跟在是根借拒承要逼诱]|(?:经理|主管|老师|客服|等人|签|收款|收的|收了|转账|本人|一直|承诺|名下|处|这个|那里|那边)"
)
_SYLLABLES = "[bpmfdtnlgkhjqxzcsryw]?h?(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|an|ao|ei|en|er|ia|ie|in|iu|ou|ua|ue|ui|un|uo|a|e|i|o|u|v)"
_PINYIN_FAMILY = (
    "wang|li|zhang|liu|chen|yang|zhao|huang|zhou|wu|xu|sun|hu|zhu|gao|lin|guo|luo|liang|song|zheng|xie|tang|deng|feng|cao|peng|zeng|xiao|tian|dong|pan|yuan|cai|jiang|yu|ye|cheng|lu|ding|ren|shen|yao|lv|fu|zhong|cui|tan|wei|"
    "fan|shi|liao|jia|xia|fang|zou|xiong|bai|meng|qin|qiu|hou|yin|xue|yan|duan|lei|long|tao|he|hao|gu|mao|gong|shao|wan|qian|dai|kong|xiang|su|du|ma|jin|han|ouyang"
)
_PINYIN = re.compile(
    rf"(?:[的叫是人名：:给为（(“\"]|{STOP}|户)\s?(?P<name>(?:{_PINYIN_FAMILY})\s(?:{_SYLLABLES}){{1,2}}(?:\s{_SYLLABLES})?)(?![0-9a-z]|\s[a-z])"
)


def _spaced(folded: str) -> list[Hit]:
    hits: list[Hit] = []
    for match in _SPACED.finditer(folded):
        group = match.lastgroup or ""
        start, end = match.span(group)
        if group == "apart" or loose_name_at(folded, start, True) == end:
            hits.append((start, end, "name"))
    return hits


def _roles(folded: str) -> list[Hit]:
    """`带货人：…`, `操作者：…`: a form's cue no list knows, before what can only be a name."""
    found = ((match.end(), loose_name_at(folded, match.end())) for match in _ROLE.finditer(folded))
    return [(start, end, "name") for start, end in found if end > start]


def _any_roles(folded: str) -> list[Hit]:
    """`操作员是…`, `乙方：…`: any word that ends like one for a person, or a bracket, before a whole name of characters people give."""
    hits: list[Hit] = []
    for match in chain(_ANY_ROLE.finditer(folded), _QUOTED.finditer(folded)):
        start = match.end()
        end = name_at(folded, start, announced=True)
        if end > start and folded[start:end] not in _LEX.famous and not {folded[start : start + 2]} & _LEX.not_names:
            hits.append((start, end, "name"))
    return hits


def _told(folded: str) -> list[Hit]:
    """`我阮玉要求`, `张伟，男`, and the name under a letter."""
    hits: list[Hit] = []
    for pattern in (_I_AM, _SEX, _SIGNED):
        for match in pattern.finditer(folded):
            start = match.end()
            end = name_at(folded, start, sure=pattern is not _SIGNED, own=True)
            end = loose_name_at(folded, start, False) if end == start else end
            if end > start and (pattern is not _SIGNED or not HAN.match(folded, end)):
                hits.append((start, end, "name"))
    return hits


def _whole(folded: str, start: int) -> bool:
    """Whether the three characters are one name and neither half of them is a word."""
    words = {folded[start : start + 2], folded[start + 1 : start + 3]}
    if words & _LEX.not_names or words & _LEX.follow or folded[start : start + 3] in _LEX.famous:
        return False
    return name_at(folded, start) == start + 3


def _free(folded: str) -> list[Hit]:
    """A frequent family name and two characters people give, standing apart, where only a name can stand."""
    hits: list[Hit] = []
    for match in _FREE.finditer(folded):
        start = match.end()
        if _FREE_END.match(folded, start + 3) and _whole(folded, start):
            hits.append((start, start + 3, "name"))
    return hits


def _pinyin(folded: str) -> list[Hit]:
    return [(*match.span("name"), "name") for match in _PINYIN.finditer(folded)]


def people(folded: str) -> list[Hit]:
    """Every name found without a word for a person before it."""
    hits = _told(folded) + _free(folded) + _any_roles(folded)
    if " " in folded:
        hits += _spaced(folded) + _pinyin(folded)
    if ":" in folded or "：" in folded:
        hits += _roles(folded)
    return sorted(hits)


_PAIR = f"{any_of(_LEX.families)}[一-龥]{{1,2}}"
GATES = (
    f"{_KNOWN}{_GIVEN}{_GIVEN}(?:[^一-龥]|$|[的说称答于骗卖收卷让给经主老客等签转本一承名处这那])",
    f"[我人有]{_PAIR}(?:[要请申声实保在郑强恳希投举承授同愿于，,（(])|{_PAIR}[，,（(、/\\s]\\s?[男女]",
    f"(?:[。！!？?；;\\s—]|此致|敬礼|谢谢)\\s?{_KNOWN}[一-龥]{{1,2}}[\\s，,。]{{0,2}}(?:20[0-9]{{2}}|二〇|$)",
    '[人方者主名]\\s?[：:]|[姓户][\\s]{0,4}名|真名|本名|全名|[人叫][\\s：:是（(]{0,4}[一-龥]\\s|[一-龥]\\s{1,3}[一-龥]\\s|[的叫是人名：:给为（(“"〕户]\\s?[A-Za-z]{2,6}\\s[A-Za-z]',
)
"""For the column gate: nothing is found in a text that none of these matches."""
