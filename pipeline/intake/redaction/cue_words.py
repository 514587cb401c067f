"""The words that announce an account, an order number or a key, in every spelling, and a fast way to where one may begin."""

import re
from itertools import chain

from pipeline.intake.redaction.fold import PICTURE, STOP, ZERO
from pipeline.intake.redaction.triggers import DIGITS, LETTERS, STARTS
from pipeline.needs import beginnings

_S = rf"[\s.·\-_/{ZERO}{PICTURE}]{{0,2}}"
_ALONE = "(?<![0-9a-z])"
# Each alternative begins with the characters it can begin with, a space, and its pattern.
_CUES = {
    "qq": rf"""
        q {_ALONE}q{_S}q(?![a-z])
        q {_ALONE}q(?:号|群|(?=[\s]?[：:]|[1-9][0-9]{{4}}))
        扣抠 .(?:{_S}[扣抠]|号|群|(?=[\s：:是为]{{0,2}}[1-9][0-9]{{5,10}}(?![0-9元块.个])))
        我加的他她你 .[扣抠](?=[\s：:号是为])
        叩蔻秋球丘口 (?P<twin>.)(?P=twin)
        企 企鹅号?
        加 加(?:q(?![a-z])|扣)
        群 群号
        交 交流群
    """,
    "wechat": rf"""
        微薇威维徽嶶溦葳伪唯围魏卫韦惟巍帏 .{_S}(?:[信芯心新讯欣{PICTURE}]|言(?=[\s]?[：:号]))
        微薇威 .(?:x|(?=[\s]?[：:号]))
        w wei{_S}(?:xin|信)|we{_S}chat|(?=wxid_[0-9a-z])
        vw {_ALONE}.(?:{_S}信|{_S}x(?!id)(?=[^a-z]|[0-9a-z_]{{5}}))
        加+ .[v薇微威卫](?!ip|{_S}[x信])
        v {_ALONE}v(?:{_S}[号{PICTURE}]|(?=[\s]?[：:]))
        卫 卫星号?
        绿 绿泡泡|绿色软件
    """,
    "alipay": rf"""
        支 支[\s]?付[\s]?宝|支付b|支fu宝|支f宝
        付蚂 付呗|蚂蚁(?:号|账号|账户)
        吱 吱付宝
        z {_ALONE}zfb
        a {_ALONE}alipay
        收提 (?:收款|提现)账[号户]
    """,
    "bank": r"""
        银储信借 银行[卡账][号户]?|储蓄卡|信用卡|借记卡
        对 对公账户
        开 开户行
        行 行(?=[\s：:]{0,2}[0-9]{4}[0-9 ]{12})
        农工建招交中 .行卡
        打汇 .款到
        收 收款卡
    """,
    "id": rf"""
        身 身[份分]证
        证 证件号?
        护 护照
        通驾军社医 通行证号?|驾驶证|军官证|社保卡|医保卡
        台回居学警士暂签港结房行残退工准教资记签澳 台胞证|回乡证|居[住留民]证|学生证|警官证|士兵证|暂住证|签证|港澳证|澳门证|结婚证|房产证|行驶证|残疾人?证|退[伍役]证|工作证|准考证|教师证|资格证|记者证
        户外 户口[本簿]|外国人居留证
        s {_ALONE}sfz
    """,
    "tel": rf"""
        电手座固 电话|手机|座机|固话|固定电话
        打家单宿 打(?:了|过|给|到)?(?=[2-8][0-9]{2, 3}[ \-]?[0-9]{4}(?![0-9]))|家里电话|单位电话|宿舍电话
        致拨传联来热短 致电|拨打|传真|联系方式|来电|热线|短信号
        tpm {_ALONE}(?:tel|phone|mobile)(?![a-z])
    """,
    "card_key": rf"""
        卡 卡[\s]?密(?:[0-9]{{1,2}}(?=[：:]))?|卡号
        激兑密验动校 激活(?:代|串)?码|兑换代?码|兑换券码|密码|验证码|动态码|校验码|密钥|密保
        充礼提取核券注授邀推口解续 充值代?[码卡]|礼[品包]码|提[取货]码|取[件货]码|核销码|券码|注册码|授权码|邀请码|推荐码|口令|解锁码|续费码
        ctpask {_ALONE}(?:cdk(?:ey)?|token|passw(?:or)?d|pwd|pin码?|app_?key|api_?key|key|secret|activation code)(?![a-z])
    """,
    "account": rf"""
        账帐 .[\s]?[号户]
        用登会客工学房直角游小大昵网 用户[名号]|用户编号|登[录陆]名|会员[号卡]|客户号|工号|学号|房间号|直播间号|角色名|游戏[号i]d?|小号|大号|昵称|网名
        asguouripd {_ALONE}(?:(?:apple|steam|game|user|open|union|role)?[\s_]?[up]?id|uin)(?![a-z])
        抖快旺淘闲咸陌电飞纸蝙钉贴微b 抖音号?|快手号?|旺旺|淘宝号|[闲咸]鱼号?|陌陌号?|电报|飞机号?|纸飞机|蝙蝠号?|钉钉号?|贴吧号?|微博号?|b站号?
        小 小红书号?
        twsldykfi {_ALONE}(?:tg|telegram|whatsapp|skype|line|dy|yy号?|ks|discord|facebook|ins)(?![a-z])
    """,
    "order": rf"""
        订单流交工支商快物运保合凭受案投序设发参退提充协业查申回票批机借缴账 (?:订单|单|流水|交易|工单|支付|商户|快递|物流|运单|保单|合同|凭证|受理|案件|投诉|序列|设备|发票|参考|退款|提现|充值|协议|业务|查询|申诉|回执|票|批次|机器|借据|缴费|账单)编?号码?
        订工运流 订[\s]?单|工单|运单|流水
        单收小报立服预取售换维票理提贷认取 (?:单据|收据|小票|报案|立案|服务|预约|取票|取餐|取件|售后|换货|维权|报警|票据|理赔|提单|贷款|认购|提取)(?:编|单)?号码?
        № №
        编 (?<!备案)(?<!证)(?<!执照)(?<!公告)(?<!通知)(?<!商品)(?<!货品)编[\s]?号
        otsin {_ALONE}(?:order|trade|sn|imei|no\.?|serial)(?:[\s]?(?:id|no|number))?(?![a-z])
    """,
}


def _by_first_character() -> dict[str, dict[str, list[str]]]:
    """For each character a cue can begin with, the patterns of the cues that do, by family."""
    found: dict[str, dict[str, list[str]]] = {}
    for family, block in _CUES.items():
        for line in filter(None, map(str.strip, block.splitlines())):
            firsts, _, pattern = line.partition(" ")
            for first in firsts:
                found.setdefault(first, {}).setdefault(family, []).append(pattern)
    return found


def _beginnings(first: str, pattern: str) -> set[str]:
    """The first two characters of what a cue's pattern matches, or the first alone."""
    known = _ANY_FIRST.sub(lambda ahead: ahead[1] + re.escape(first), pattern)
    found = beginnings(known, 2)
    return {head for head in found if head.startswith(first)} if "" not in found else {first}


_WAYS = _by_first_character()
_ANY_FIRST = re.compile(r"^((?:\(\?<!\[0-9a-z\]\)|\(\?P<twin>)?)\.")
CUES_BY_FIRST = {
    first: re.compile("|".join(f"(?P<{family}>{'|'.join(ways)})" for family, ways in families.items()))
    for first, families in _WAYS.items()
}
"""For each character a cue can begin with, one pattern of the cues that do, its groups named by family."""
_NEAR = rf"(?=[^0-9a-z。；！？!;{STOP[1:-1]}]{{0,16}}[0-9a-z](?:[!-~ ·{ZERO}{PICTURE}]{{2}}|[a-z]?[信号群码：: ]))"
_LATIN = "".join(first for first in CUES_BY_FIRST if first.isascii())
_CHINESE = "".join(first for first in CUES_BY_FIRST if not first.isascii())
_SECOND = "".join(sorted({char for block in _CUES.values() for char in block if not char.isascii()} | set("vqbfwx")))
CUE_BEGINS = re.compile(
    rf"[{_CHINESE}+a-z](?=[{_SECOND}!-~\s])(?:(?<=[{_CHINESE}+]){_NEAR}|(?<=[{_LATIN}])(?<![0-9a-z].))"
)
_HEADS = {
    head
    for first, families in _WAYS.items()
    for pattern in chain.from_iterable(families.values())
    for head in _beginnings(first, pattern)
}
CUE_STARTS = STARTS.near(
    STARTS.words(head for head in _HEADS if head[0] in _CHINESE + "+"), DIGITS + LETTERS, 17
) | STARTS.words((head for head in _HEADS if head[0] in _LATIN), not_before=DIGITS + LETTERS)
"""Where a cue may begin: a Chinese one has a value near it, a Latin one begins a word."""

WORDS = frozenset(
    [
        "app",
        "qq",
        "vip",
        "svip",
        "iphone",
        "android",
        "ios",
        "wechat",
        "weixin",
        "alipay",
        "apple",
        "store",
        "pay",
        "steam",
        "pc",
        "web",
        "wap",
        "h5",
        "wifi",
        "windows",
        "harmony",
        "huawei",
        "xiaomi",
        "oppo",
        "vivo",
        "login",
        "logout",
        "error",
        "null",
        "none",
        "http",
        "https",
        "www",
        "com",
        "online",
        "offline",
        "google",
        "netflix",
        "spotify",
        "discord",
        "paypal",
        "xbox",
        "epic",
        "wechatpay",
        "applepay",
        "version",
        "service",
        "email",
        "phone",
        "mobile",
        "password",
        "account",
        "number",
        "user",
        "username",
        "code",
        "card",
        "key",
        "id",
        "uid",
        "tel",
        "plus",
        "pro",
        "max",
        "mini",
        "gift",
        "bug",
        "order",
    ]
)
"""Latin words that are no value of anything."""
