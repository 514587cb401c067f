"""Names nobody announces in one word: forms with blanks, `我阮玉要求`, `张伟，男`, signatures, pinyin, whole names in running text."""

import re
from itertools import chain

from pipeline.intake.redaction.fold import EDGE, KEPT, STOP, STOPS, Hit
from pipeline.intake.redaction.lexicon import FAMILY, HAN, any_of, lexicon, loose_name_at, name_at
from pipeline.intake.redaction.triggers import DIGITS, LETTERS, STARTS, Places
from pipeline.intake.redaction.triggers import HAN as HAN_CHARACTERS
from pipeline.needs import SPACES

_LEX = lexicon()
_KNOWN = any_of(_LEX.surnames)
_GIVEN = any_of(_LEX.given)
_END = rf"(?=[\s，。；！？,.;!?、）)】\]」”\"'|/（(：:0-9]|$|{STOP})"
_ROLE = re.compile(r"(?<!被)(?<!被投)[一-龥]{2}[人方者主](?:姓名|名字)?\s?[：:]\s?(?=[一-龥])")
_ANY_ROLE = re.compile(
    rf"[人方者主员家师长手友商事妈爸哥姐弟妹儿子女叔伯婆](?<![你我他自大人家个国作生男店收].)(?:[是为叫：:\s“\"「【（(]{{1,3}})(?={FAMILY}{_GIVEN})"
)
_QUOTED = re.compile(rf"[“\"「『【（(](?={_KNOWN}{_GIVEN}{{1,2}}[”\"」』】）)])")
_I_AM = re.compile(
    rf"(?<=[\s，。；！？,.;!?、）)】{STOP[1:-1]}])(?:我|本人|(?:现|今|兹)?有)(?={FAMILY}[一-龥]{{1,2}}(?:要求|请求|申请|声明|实名|保证|在此|郑重|强烈|恳请|希望|投诉|举报|承诺|授权|同意|愿意|[于在]20|[，,（(]\s?[男女身手电]))"
)
_SEX = re.compile(rf"(?<![一-龥])(?={FAMILY}[一-龥]{{1,2}}[，,（(、/\s]\s?[男女](?:[，,）)、/。\s]|{STOP}))")
_SIGNED = re.compile(
    rf"(?:[。！!？?；;\s]|——?|此致|敬礼|谢谢)\s?(?={_KNOWN}[一-龥]{{1,2}}[\s，,。]{{0,2}}(?:20[0-9]{{2}}[年\-./][0-9月\-./]{{2,6}}日?|二〇[一-龥〇]{{2,10}}日)?\s?{EDGE})"
)
_FREE = re.compile(
    rf"(?<=[\s，。；！？,.;!?、（(：:“\"/|>】【「『《{STOP[1:-1]}的叫是给到找跟和与被由让问为名个位员师])(?={_KNOWN}{_GIVEN}{{2}})"
)
_FREE_END = re.compile(
    rf"[，。；！？,.;!?、）)】」』》：:“”\"（(/|\s0-9]|{STOP}|的(?:手机|电话|账|银行|支付|微信|身份|名|卡|信息|号)|[说称答于骗卖收卷让给更直竟居就也都还又才却连只非硬不没拿把跟在是根借拒承要逼诱]|(?:经理|主管|老师|客服|等人|[两二三][人个位]|签|收款|收的|收了|转账|本人|一直|承诺|名下|处|这个|那里|那边)"
)
_SYLLABLES = "[bpmfdtnlgkhjqxzcsryw]?h?(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|an|ao|ei|en|er|ia|ie|in|iu|ou|ua|ue|ui|un|uo|a|e|i|o|u|v)"
_PINYIN_FAMILY = (
    "wang|li|zhang|liu|chen|yang|zhao|huang|zhou|wu|xu|sun|hu|zhu|gao|lin|guo|luo|liang|song|zheng|xie|tang|deng|feng|cao|peng|zeng|xiao|tian|dong|pan|yuan|cai|jiang|yu|ye|cheng|lu|ding|ren|shen|yao|lv|fu|zhong|cui|tan|wei|"
    "fan|shi|liao|jia|xia|fang|zou|xiong|bai|meng|qin|qiu|hou|yin|xue|yan|duan|lei|long|tao|he|hao|gu|mao|gong|shao|wan|qian|dai|kong|xiang|su|du|ma|jin|han|ouyang"
)
_PINYIN = re.compile(
    rf"(?:[的叫是人名：:给为（(“\"]|[{STOPS['phone']}-{STOPS[KEPT]}]|户)\s?(?P<name>(?:{_PINYIN_FAMILY})\s(?:{_SYLLABLES}){{1,2}}(?:\s{_SYLLABLES})?)(?![0-9a-z]|\s[a-z])"
)


_FREED = STARTS.on(
    _LEX.surnames,
    _LEX.given,
    before=' \t\n\r，。；！？,.;!?、（(：:“"/|>】【「『《的叫是给到找跟和与被由让问为名个位员师'
    + "".join((*STOPS.values(), EDGE)),
)
_ROLE_ENDS = STARTS.on("人方者主", "：: 姓名")
_ROLES = STARTS.on("人方者主员家师长手友商事妈爸哥姐弟妹儿子女叔伯婆", '是为叫：: \t\n\r“"「【（(')
_BRACKET = STARTS.on('“"「『【（(', _LEX.surnames)
_WRITER = STARTS.on("我本现今兹有", _LEX.families | {name[0] for name in _LEX.compound} | set("人有"))
_SEXES = STARTS.on("男女", "，,）)、/。 \t\n\r" + EDGE, before="，,（(、/ \t\n\r")
_ENDS = STARTS.led(
    STARTS.on(EDGE, EDGE, before=HAN_CHARACTERS + DIGITS + " \n日，,。"),
    "。！!？?；;—致礼谢" + SPACES,
    _LEX.surnames,
    40,
)
_SPELT = STARTS.on('的叫是人名：:给为（(“"户' + "".join((*STOPS.values(), EDGE)), " \t\n\r" + LETTERS)


def _roles(folded: str, places: Places) -> list[Hit]:
    """`带货人：…`, `操作者：…`: a form's cue no list knows, before what can only be a name."""
    matches = filter(None, (_ROLE.match(folded, place - 2) for place in places.of(_ROLE_ENDS)))
    found = ((match.end(), loose_name_at(folded, match.end())) for match in matches)
    return [(start, end, "name") for start, end in found if end > start]


def _any_roles(folded: str, places: Places) -> list[Hit]:
    """`操作员是…`, `乙方：…`: any word that ends like one for a person, or a bracket, before a whole name of characters people give."""
    hits: list[Hit] = []
    for match in chain(places.matches(_ANY_ROLE, folded, _ROLES), places.matches(_QUOTED, folded, _BRACKET)):
        start = match.end()
        end = name_at(folded, start, announced=True)
        if end > start and folded[start:end] not in _LEX.famous and not {folded[start : start + 2]} & _LEX.not_names:
            hits.append((start, end, "name"))
    return hits


def _told(folded: str, places: Places) -> list[Hit]:
    """`我阮玉要求`, `张伟，男`, and the name under a letter."""
    hits: list[Hit] = []
    told = chain(places.matches(_I_AM, folded, _WRITER), places.around(_SEX, folded, _SEXES, 8, 3))
    signed = places.around(_SIGNED, folded, _ENDS, 40, 2)
    for match in chain(told, signed):
        start, sure = match.end(), match.re is not _SIGNED
        end = name_at(folded, start, sure=sure, own=True)
        end = loose_name_at(folded, start, False) if end == start else end
        if end > start and (sure or not HAN.match(folded, end)):
            hits.append((start, end, "name"))
    return hits


def _whole(folded: str, start: int) -> bool:
    """Whether the three characters are one name and neither half of them is a word."""
    words = {folded[start : start + 2], folded[start + 1 : start + 3]}
    if words & _LEX.not_names or words & _LEX.follow or folded[start : start + 3] in _LEX.famous:
        return False
    return name_at(folded, start) == start + 3


def _free(folded: str, places: Places) -> list[Hit]:
    """A frequent family name and two characters people give, standing apart, where only a name can stand."""
    hits: list[Hit] = []
    for match in places.matches(_FREE, folded, _FREED):
        start = match.end()
        if _FREE_END.match(folded, start + 3) and _whole(folded, start):
            hits.append((start, start + 3, "name"))
    return hits


def _pinyin(folded: str, places: Places) -> list[Hit]:
    return [(*match.span("name"), "name") for match in places.matches(_PINYIN, folded, _SPELT)]


def people(folded: str, places: Places) -> list[Hit]:
    """Every name found without a word for a person before it."""
    rules = (_told, _free, _any_roles, _pinyin, _roles)
    return sorted(chain.from_iterable(rule(folded, places) for rule in rules))
