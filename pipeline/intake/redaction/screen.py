"""Names people go by on a screen: `昵称：风中的云`, `微博@…`, `name#4471`, `店主“…”`."""

import re

from pipeline.intake.redaction.fold import STOP, Hit
from pipeline.intake.redaction.lexicon import HAN, grouped
from pipeline.intake.redaction.triggers import DIGITS, LETTERS, STARTS, Places

_OWN = [
    "昵称",
    "网名",
    "游戏名",
    "游戏昵称",
    "角色名",
    "角色名称",
    "人物名",
    "微信名",
    "微信昵称",
    "闲鱼名",
    "闲鱼昵称",
    "抖音名",
    "抖音昵称",
    "快手名",
    "快手昵称",
    "qq名",
    "qq昵称",
    "账号名",
    "用户名",
    "id名",
    "贴吧id",
    "微博id",
    "抖音id",
    "闲鱼id",
    "咸鱼id",
    "快手id",
    "游戏id",
    "角色id",
    "论坛id",
    "店铺id",
    "卖家id",
    "买家id",
    "对方id",
    "卖家名",
    "买家名",
    "店主名",
    "卖家昵称",
    "买家昵称",
    "对方昵称",
    "直播id",
    "b站id",
]
"""After these a name may follow at once."""
_LINKED = [
    *_OWN,
    "id",
    "角色",
    "旺旺",
    "旺旺名",
    "旺旺号",
    "旺旺id",
    "笔名",
    "艺名",
    "马甲",
    "群昵称",
    "群名片",
    "备注名",
]
_PLACES = [
    "旺旺",
    "微博",
    "快手",
    "抖音",
    "抖店",
    "贴吧",
    "推特",
    "x推",
    "电报",
    "电报群",
    "闲鱼",
    "咸鱼",
    "小黄鱼",
    "黄鱼",
    "小破站",
    "小红薯",
    "某音",
    "某鱼",
    "某书",
    "某宝",
    "转转",
    "淘宝",
    "小红书",
    "b站",
    "哔哩",
    "知乎",
    "豆瓣",
    "酷安",
    "陌陌",
    "斗鱼",
    "虎牙",
    "微视",
    "twitter",
    "discord",
    "telegram",
    "tg",
    "ins",
    "instagram",
    "facebook",
    "youtube",
]
_PEOPLE = "主播|博主|号主|up主|卖家|店主|群主|网友|网红|掌柜|楼主|骗子|好友|玩家|上家|代练|陪玩|版主|管理员|会长|队友|号商|昵称|账号|用户|名字"
_ACCOUNT_WORDS = ("id", "用户名", "账号名")
"""After these a Latin value is an account like any other."""
_END = rf"[\s，。；！？,;!?“”\"「」『』【】（()）、]|$|{STOP}"
_ONE = rf"(?:(?!{STOP})[^\s，。；！？,;!?“”\"「」『』【】（()）])"
_TAILS = "一直|始终|从来|不回|不理|不发|不在|离线|下线|拉黑|失联|收钱|收款|卖给|卖我|骗了|骗我|说|让我|承诺|被封|被盗|的账号|的号|的店"
_NICK = re.compile(
    rf"(?P<cue>{grouped(_LINKED)})(?:\s?(?:就?名?叫|是|为|[：:=])\s?[“\"「『【]?|\s?[“\"「『【])(?P<name>{_ONE}{{1,16}})"
    rf"|(?:{grouped(_OWN)})\s?(?P<bare>{_ONE}{{2,14}}?)(?={_END}|{_TAILS})"
    rf"|旺旺\s?(?P<want>{_ONE}{{3,14}}?)(?={_END}|{_TAILS})"
)
_SHOWN = re.compile(
    rf"(?:{grouped(_PLACES)})(?:上|里|群|的|用户|账号|(?:{_PEOPLE})|个|一|叫|名|为|是){{0,4}}\s?(?:[“\"「『‘'<](?P<quoted>{_ONE}{{2,16}}?)[”\"」』’'>]|@\s?(?P<at>{_ONE}{{2,16}}))"
    rf"|(?:{_PEOPLE}|[加叫找]的)(?:叫|是|名叫)?\s?[“\"「『‘'<](?P<called>{_ONE}{{2,16}}?)[”\"」』’'>]"
    rf"|(?:{grouped(_PLACES)})[上里的]?(?:用户|账号|(?:{_PEOPLE})|店铺?)\s?(?:[：:]|名?叫)\s?(?P<told>(?![0-9]){_ONE}{{3,12}}?)(?={_END}|{_TAILS}|推荐|带的|发的|卖的|收)"
)
_NICKED_BY = STARTS.words(_LINKED)
_SHOWN_BY = STARTS.words([*_PLACES, *_PEOPLE.split("|"), "加的", "叫的", "找的"])
_SIGN = STARTS.on("@", LETTERS + DIGITS + "_") | STARTS.on("#", DIGITS)
_HANDLE = re.compile(
    r"(?<![0-9a-z._%+\-])@(?P<handle>(?=[0-9_]{0,30}[a-z])[a-z0-9_]{3,31})(?![0-9a-z_]|\.[a-z])|(?<![0-9a-z_.])(?P<tag>[a-z0-9_.]{2,32}#[0-9]{4,6})(?![0-9a-z])"
)
_NOT_CHOSEN = re.compile(
    r"昵称|网名|游戏|角色|人物|微信|闲鱼|咸鱼|抖音|快手|qq|账号|贴吧|微博|论坛|店铺|卖家|买家|直播|b站|旺旺|id|[男女]|信息|不|错误|有误|未|匿名|没|均|一致|一样|一栏|相同|和|与|及|或|都|被|要|必须|需|可以|身份|电话|手机|账[号户]|头像|卡[号密住了在]|地址|号码|填|谁|我|本人|自己|对方|客服|商家|平台|已|认证|他|她|你|某|同意|签|的|方式|显示|处|请|后|前|"
    r"也|在|这|那|失败|成功|异常|正常|审核|验证|提交|空|什么|多少|哪|改|更|换|修|乱|重|无|违|含|敏感|非法|涉|就|太|里|上|中|下|能|等级|数据|绑|转|创建|找回|删|丢|消失|变|功能|设置|道具|怎么|为|是|叫|联系|沟通|聊|发|留言|消息|咨询|催|通知|给|打|登|查|充|会员|号|群|退|投诉|密码|名"
)
_OFFICIAL = re.compile(r"客服|官方|公司|平台|投诉|旗舰|专营|中国|移动|联通|电信|消费者|警|政务|网警|卡盟|商城")


def _chosen(match: re.Match[str]) -> bool:
    """Whether the words behind a cue can be a name somebody chose."""
    group = match.lastgroup or ""
    name = match.group(group)
    if "*" in name or _NOT_CHOSEN.match(name):
        return False
    if group == "name":
        return bool(HAN.match(name) if match["cue"].startswith(_ACCOUNT_WORDS) else HAN.search(name) or len(name) >= 3)
    return HAN.search(name) is not None


_SPEECH = re.compile(r"不(?!二)|没|请|已|可以|等|保证|限时|永久|正品|全网|最低|秒到|包赔")
_WORDY = re.compile(
    r"[了吗呢吧我你他就都要会能说给退发货钱款到好马谢请推荐等着投诉假真的]{2}|[了吗呢吧我你]|不予|可以|假货|最低|封禁|永久|正品|限时|保证|包赔|秒到"
)


def _is_shown(match: re.Match[str]) -> bool:
    """Whether what stands in quotation marks or behind a colon is a name, not what its bearer says."""
    group = match.lastgroup or ""
    name = match.group(group)
    if _OFFICIAL.search(name) or "*" in match.group():
        return False
    if group == "told":
        return HAN.search(name) is not None and not (_NOT_CHOSEN.match(name) or _WORDY.search(name))
    return not _SPEECH.match(name)


def _shown(folded: str, places: Places) -> list[Hit]:
    return [
        (*match.span(match.lastgroup or 0), "account")
        for match in places.matches(_SHOWN, folded, _SHOWN_BY)
        if _is_shown(match)
    ]


def _handles(folded: str, places: Places) -> list[Hit]:
    return [(*match.span(match.lastgroup or 0), "account") for match in places.around(_HANDLE, folded, _SIGN, 34, 34)]


def screen_names(folded: str, places: Places) -> list[Hit]:
    """Screen names behind a cue, in quotation marks behind a word for a person, behind @, or with a number sign."""
    hits = [
        (*match.span(match.lastgroup or 0), "account")
        for match in places.matches(_NICK, folded, _NICKED_BY)
        if _chosen(match)
    ]
    return sorted(hits + _handles(folded, places) + _shown(folded, places))
