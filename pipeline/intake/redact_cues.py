"""Accounts, order numbers and keys: a value that follows (or precedes) a word announcing it."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pipeline.intake.redact_fold import JOINT, PICTURE, STOP, ZERO, Hit
from pipeline.intake.redact_numbers import HOTLINE, digits_of, is_bank_card, is_id_card, is_mobile, is_time

_S = rf"[\s.·\-_/{ZERO}{PICTURE}]{{0,2}}"
_ALONE = "(?<![0-9a-z])"
# Each alternative begins with the characters it can begin with, a space, and its pattern.
_CUES = {
    "qq": rf"""
        q {_ALONE}q{_S}q(?![a-z])
        q {_ALONE}q(?:号|群|(?=[\s]?[：:]|[1-9][0-9]{{4}}))
        扣 扣(?:{_S}扣|号|群|(?=[\s：:]?[1-9][0-9]{{6,10}}(?![0-9元块.个])))
        叩蔻抠秋球丘 (?P<twin>.)(?P=twin)
        企 企鹅号?
        加 加(?:q(?![a-z])|扣)
        群 群号
        交 交流群
    """,
    "wechat": rf"""
        微薇威维徽嶶溦葳伪 .{_S}[信芯心{PICTURE}]
        微薇 .(?:x|(?=[\s]?[：:号]))
        w wei{_S}xin|we{_S}chat|(?=wxid_[0-9a-z])
        vw {_ALONE}.(?:{_S}信|{_S}x(?!id)(?=[^a-z]|[0-9a-z_]{{5}}))
        加+ .[v薇微威卫](?!ip|{_S}[x信])
        v {_ALONE}v(?:{_S}[号{PICTURE}]|(?=[\s]?[：:]))
        卫 卫星号?
        绿 绿泡泡|绿色软件
    """,
    "alipay": rf"""
        支 支[\s]?付[\s]?宝|支付b|支fu宝
        吱 吱付宝
        z {_ALONE}zfb
        a {_ALONE}alipay
        收提 (?:收款|提现)账[号户]
    """,
    "bank": r"""
        银储信借 银行[卡账][号户]?|储蓄卡|信用卡|借记卡
        对 对公账户
        开 开户行
        农工建招交中 .行卡
        打汇 .款到
        收 收款卡
    """,
    "id": rf"""
        身 身[份分]证
        证 证件号?
        护 护照
        通驾军社医 通行证号|驾驶证|军官证|社保卡|医保卡
        s {_ALONE}sfz
    """,
    "tel": rf"""
        电手座固 电话|手机|座机|固话
        致拨传联来热短 致电|拨打|传真|联系方式|来电|热线|短信号
        tpm {_ALONE}(?:tel|phone|mobile)(?![a-z])
    """,
    "card_key": rf"""
        卡 卡[\s]?密|卡号
        激兑密验动校 激活码|兑换码|兑换券码|密码|验证码|动态码|校验码|密钥|密保
        充礼提取核券注授邀推口解续 充值[码卡]|礼[品包]码|提[取货]码|取[件货]码|核销码|券码|注册码|授权码|邀请码|推荐码|口令|解锁码|续费码
        ctpas {_ALONE}(?:cdk(?:ey)?|token|passw(?:or)?d|pwd|pin码?|app_?key|secret|activation code)(?![a-z])
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
        编 (?<!备案)(?<!证)(?<!执照)编[\s]?号
        otsin {_ALONE}(?:order|trade|sn|imei|no\.?|serial)(?:[\s]?(?:id|no|number))?(?![a-z])
    """,
}


def _by_first_character() -> dict[str, re.Pattern[str]]:
    """For each character a cue can begin with, one pattern of the cues that do, its groups named by family."""
    found: dict[str, dict[str, list[str]]] = {}
    for family, block in _CUES.items():
        for line in filter(None, map(str.strip, block.splitlines())):
            firsts, _, pattern = line.partition(" ")
            for first in firsts:
                found.setdefault(first, {}).setdefault(family, []).append(pattern)
    return {
        first: re.compile("|".join(f"(?P<{family}>{'|'.join(ways)})" for family, ways in families.items()))
        for first, families in found.items()
    }


_CUES_BY_FIRST = _by_first_character()
_NEAR = rf"(?=[^0-9a-z。；！？!;{STOP[1:-1]}]{{0,16}}[0-9a-z](?:[!-~ ·{ZERO}{PICTURE}]{{2}}|[a-z]?[信号群码：: ]))"
_LATIN = "".join(first for first in _CUES_BY_FIRST if first.isascii())
_CHINESE = "".join(first for first in _CUES_BY_FIRST if not first.isascii())
_SECOND = "".join(sorted({char for block in _CUES.values() for char in block if not char.isascii()} | set("vqbfwx")))
_CUE_BEGINS = re.compile(
    rf"[{_CHINESE}+a-z](?=[{_SECOND}!-~\s])(?:(?<=[{_CHINESE}+]){_NEAR}|(?<=[{_LATIN}])(?<![0-9a-z].))"
)
"""Where a cue may begin: a Chinese one has a value near it, a Latin one begins a word."""

_GAP = re.compile(
    r"(?:[\s：:=＝（(【\[「『“”\"'‘’<《>→\-—_,，/、|~^@]|"
    + ZERO
    + "|"
    + PICTURE
    + r"|号码|账号|帐号|账户|账|号|编码|id(?![a-z])|码|名称|名|@|是|为|叫|我的|我|你|他们|他|她|它|加|添加|添|联系|联糸|备注|同号|同步|同|即|就|也|的|了|"
    r"在此|如下|见|客服|官方|专属|这个|那个|填的|填写|写的|显示|给的|发来|给我|发我|收到|卡密|密码|微信|微|vx|wx(?!id)|qq|扣扣|手机|电话|固话|支付宝|和|或|及|群|咨询|分别|尾|后台|公众号|搜|扫|请|购买|旧|新|原|本|用|有|其中){0,8}"
)
_LINK = re.compile(r"[：:=＝“”\"'「『（(【\[《→]|是|为|叫|号|码|加|填")
_NUMBER = re.compile(
    rf"[0-9]{{5,}}+(?![a-z_])|[0-9]{{1,5}}({JOINT}{{1,3}})[0-9]{{1,5}}(?:\1[0-9]{{1,5}})*+(?![0-9a-z])|[0-9](?:{JOINT}{{0,3}}[0-9]){{4,}}(?![0-9a-z])"
)
_TEL = re.compile(rf"(?:{_NUMBER.pattern})(?:\s?(?:-|转|分机)\s?[0-9]{{1,5}}(?![0-9]))?")
_HANDLE = re.compile(r"[0-9a-z](?: [0-9a-z](?![0-9a-z])){4,}|[0-9a-z][0-9a-z_\-]{2,}+")
_LOGIN = re.compile(r"[0-9a-z][0-9a-z_.@\-]{2,}+")
_SERIAL = re.compile(
    rf"[0-9a-z]{{4}}(?: [0-9a-z]{{4}}){{2,}}(?: ?[0-9a-z]{{1,4}})?(?![0-9a-z])|[0-9](?:[ {ZERO}{PICTURE}][0-9]){{7,}}+(?![0-9a-z])|[0-9a-z](?:[\-_/.#]{{0,2}}[0-9a-z])*+"
)
_KEY = re.compile(
    r"[0-9a-z]{4,6}(?:[ \-][0-9a-z]{4,6}){2,}(?:[ \-][0-9a-z]{1,3})?(?![0-9a-z])|[0-9a-z!#$%&+./=?@^_~\-]{4,}+"
)
_VALUES = {
    "qq": _NUMBER,
    "wechat": _HANDLE,
    "alipay": _LOGIN,
    "bank": _NUMBER,
    "id": _NUMBER,
    "tel": _TEL,
    "card_key": _KEY,
    "account": _LOGIN,
    "order": _SERIAL,
}
_KINDS = {"bank": "bank_card", "id": "id_card", "tel": "landline", "order": "order_no"}
_MORE = re.compile(r"[\s、,，/；;]{1,2}(?:和|或|及|与)?|和|或者|或|及|与")

_UNIT = re.compile(
    r"\s?(?:元|块|￥|万|千|百|亿|个|名|人|位|条|次|张|笔|份|件|[年月日天](?!卡)|小时|分|秒|点|岁|q币|币|钻|金币|积分|%|％|倍|多|余|左右|以上|以下|粉|级|套|台|部|枚|颗|星|折|版|周|字|角|毛|rmb|usd|(?:k|w|g|m|gb|mb|kb)(?![a-z0-9])|流量|话费|皮肤|会员|号(?:到|前|之前|晚|早|下午|上午|[，。 ]))"
)
_MONEY = re.compile(r"\s?(?:元|块钱|万元?|亿|%|￥|rmb|[qQ]币|点券|金币|积分)")
_WORDS = frozenset(
    "app qq vip svip iphone android ios wechat weixin alipay apple store pay steam pc web wap h5 wifi windows harmony huawei xiaomi oppo vivo login logout error null none http https www com "
    "online offline google netflix spotify discord paypal xbox epic wechatpay applepay version service email phone mobile password account number user username code card key id uid tel plus pro max mini gift bug order".split()
)
_VERSION = re.compile(r"v?[0-9]{1,3}(?:\.[0-9]{1,4}){1,3}")
_GROUP_REF = re.compile(r"g[0-9]{1,6}")
_DATE = re.compile(r"(?:19|20)[0-9]{2}[\-./ ](?:0?[1-9]|1[0-2])(?:[\-./ ](?:0?[1-9]|[12][0-9]|3[01]))?")


class _Found(NamedTuple):
    """A candidate value: its family of cues, the cue, what stands between, the value and what follows it."""

    family: str
    cue: str
    gap: str
    value: str
    folded: str
    end: int

    @property
    def linked(self) -> bool:
        return _LINK.search(self.gap) is not None or self.cue.endswith(("号", "码", "id", "名", "密"))

    def counted(self, money_only: bool = False) -> bool:
        """Whether the value is a quantity: a unit follows."""
        return (_MONEY if money_only else _UNIT).match(self.folded, self.end) is not None


def _digit_kind(found: _Found, digits: str) -> str | None:
    """The kind of an all-digit value, None when it is no identifier."""
    size = len(digits)
    day = size in {6, 8} and is_time(digits) or _DATE.fullmatch(found.value)
    if found.counted(money_only=size >= 9) or (day and not (found.linked and size >= 8 and found.value.isdigit())):
        return None
    if found.family == "order":
        if is_mobile(digits) and not re.search("单|流水|交易", found.cue):
            return "phone"
        strict = found.cue in {"订单", "工单", "运单", "流水"} and not found.linked
        return "order_no" if size >= (6 if strict else 4) else None
    if is_mobile(digits) and found.family not in {"card_key", "bank"}:
        return "phone"
    if is_id_card(digits):
        return "id_card"
    return _digits_by_family(found, digits)


def _digits_by_family(found: _Found, digits: str) -> str | None:
    size = len(digits)
    match found.family:
        case "qq":
            return "qq" if 5 <= size <= 12 else None
        case "tel":
            return "landline" if 7 <= size <= 14 and not HOTLINE.fullmatch(digits) else None
        case "id":
            return "id_card" if 7 <= size <= 18 else None
        case "bank":
            return "bank_card" if 9 <= size <= 25 and not HOTLINE.fullmatch(digits) else None
        case "card_key":
            if found.cue == "卡号" and size >= 12:
                return "bank_card"
            return "card_key" if size >= 4 else None
    if is_bank_card(digits):
        return "bank_card"
    return (
        found.family
        if size >= (4 if found.linked and found.family == "account" else 5) and not HOTLINE.fullmatch(digits)
        else None
    )


def _letters_kind(found: _Found) -> str | None:
    """The kind of a value of letters only: it needs a link and must be no everyday word."""
    value = found.value
    if value in _WORDS or found.family in {"order", "qq", "tel", "id", "bank"} or not found.linked:
        return None
    return found.family if len(value) >= (6 if found.family == "wechat" else 4) else None


def _mixed_kind(found: _Found) -> str | None:
    value = found.value
    figures = sum(char.isdigit() for char in value)
    if (
        _VERSION.fullmatch(value)
        or _GROUP_REF.fullmatch(value)
        or "xxx" in value
        or value in {"h5", "mp3", "mp4", "4g", "5g"}
    ):
        return None
    family = _KINDS.get(found.family, found.family)
    if found.family == "order":
        return family if figures >= 4 or (figures >= 2 and len(value) >= 6) else None
    if found.family in {"id", "bank"}:
        return family if figures >= 7 else None
    compact = digits_of(value)
    if is_id_card(compact):
        return "id_card"
    return family if len(compact) >= (4 if found.linked else 5) and _not_a_model(found) else None


def _not_a_model(found: _Found) -> bool:
    """`微信iphone15` and `账号vip3` name things, not people."""
    stem = found.value.rstrip("0123456789")
    return len(found.value) - len(stem) >= 5 or (found.linked and stem not in {"vip", "svip"}) or stem not in _WORDS


def _masked(folded: str, start: int, end: int) -> bool:
    """A value the portal or the author has already masked."""
    around = folded[max(0, start - 1) : start] + folded[end : end + 1]
    return "*" in around and end - start < 9


def _kind(found: _Found) -> str | None:
    plain = digits_of(found.value)
    if plain.isdigit():
        return _digit_kind(found, plain)
    return _letters_kind(found) if found.value.isalpha() else _mixed_kind(found)


def _value_at(folded: str, family: str, start: int) -> tuple[str, int] | None:
    """The value that begins at `start` and its end; closing punctuation is not part of it."""
    pattern = _VALUES[family]
    match = pattern.match(folded, start) or (_HANDLE.match(folded, start) if family == "id" else None)
    if match is None:
        return None
    value = match.group().rstrip(".-_/?!@,~#" if family != "card_key" else ".,?~")
    return value, start + len(value)


def _values(folded: str, family: str, cue: str, start: int) -> Iterator[Hit]:
    """The hits of one cue: its value, and further ones joined by 、 or 和."""
    gap = _GAP.match(folded, start)
    place = gap.end() if gap else start
    between = gap.group() if gap else ""
    while value := _value_at(folded, family, place):
        text, end = value
        kind = _kind(_Found(family, cue, between, text, folded, end))
        if kind is None or _masked(folded, place, end):
            return
        yield place, end, kind
        more = _MORE.match(folded, end)
        if more is None:
            return
        place = more.end()


def cued(folded: str) -> list[Hit]:
    """Every value a cue announces."""
    hits: list[Hit] = []
    done = 0
    for begin in _CUE_BEGINS.finditer(folded):
        place = begin.start()
        cue = _CUES_BY_FIRST[folded[place]].match(folded, place) if place >= done else None
        if cue is None or cue.lastgroup is None:
            continue
        done = cue.end()
        for hit in _values(folded, cue.lastgroup, cue.group(), cue.end()):
            hits.append(hit)
            done = hit[1]
    return hits


_OWNED = r"\s?(?:(?:是|为|这是)?(?:我|他|她|客服|你们|商家|本人|对方|店家|卖家)(?:的|们的)?|(?:这个|那个|这一个|的|是)|[（(【])"
_TRAILING = re.compile(
    rf"[0-9a-z](?<![0-9a-z_\-].)[0-9a-z_\-]{{4,31}}+(?={_OWNED}\s?(?:(?P<qq>qq号?|扣扣)|(?P<wechat>微信号?|vx|wx)|(?P<alipay>支付宝)|(?P<card_key>卡密|激活码|兑换码|验证码|密码)|(?P<account>账号|帐号|用户名)|(?P<order_no>订单|单号|工单|单子))(?!币|会员|钱包|支付))"
)


def trailing(folded: str) -> list[Hit]:
    """Values named afterwards: `12345678是我的QQ`."""
    hits: list[Hit] = []
    for match in _TRAILING.finditer(folded):
        value = match.group()
        figures = sum(char.isdigit() for char in value)
        day = is_time(value) or value in _WORDS or _DATE.fullmatch(value) is not None
        if match.lastgroup and figures >= 3 and not day:
            hits.append((*match.span(), "phone" if is_mobile(value) else match.lastgroup))
    return hits
