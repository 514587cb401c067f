"""Seeded texts for redaction: kind × spelling × cue × sentence, with what must go and what must stay. All invented."""

import random
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

from stdnum import luhn
from stdnum.cn import ric

Rng: TypeAlias = random.Random


class Probe(NamedTuple):
    """A text, the parts that must not survive, the parts that must, and how it was made."""

    text: str
    secrets: tuple[str, ...]
    keepers: tuple[str, ...]
    recipe: str


def _digits(rng: Rng, size: int) -> str:
    return str(rng.randint(1, 9)) + "".join(rng.choices("0123456789", k=size - 1))


def _mobile(rng: Rng) -> str:
    return rng.choice(["13", "15", "17", "18", "19", "166", "198", "147", "133", "186"]).ljust(
        3, rng.choice("35678")
    ) + _digits(rng, 8)


def _id_card(rng: Rng) -> str:
    region = rng.choice(["110105", "320102", "440305", "510104", "370202", "330106"])
    stem = f"{region}{rng.randint(1955, 2006)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}{rng.randint(0, 999):03}"
    return stem + ric.calc_check_digit(stem)


def _bank_card(rng: Rng) -> str:
    stem = rng.choice(["622202", "621700", "622848", "436742", "625965"]) + _digits(rng, rng.choice([9, 12]))
    return stem + luhn.calc_check_digit(stem)


def _handle(rng: Rng) -> str:
    stem = "".join(rng.choices("abcdefghjkmnpqrstuvwxyz", k=rng.randint(3, 8)))
    return stem + rng.choice(["", "_", "-"]) + _digits(rng, rng.randint(2, 6))


def _serial(rng: Rng) -> str:
    ways = (
        lambda: _digits(rng, rng.randint(10, 28)),
        lambda: rng.choice(["KM", "DD", "CZ", "T", "SO", "wx", "NO"]) + _digits(rng, rng.randint(8, 18)),
        lambda: f"20{rng.randint(21, 26)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}-{_digits(rng, 6)}",
        lambda: "".join(rng.choices("0123456789ABCDEF", k=rng.randint(12, 32))),
    )
    return rng.choice(ways)()


def _card_key(rng: Rng) -> str:
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return rng.choice(
        [
            "-".join("".join(rng.choices(letters, k=4)) for _ in range(rng.randint(3, 5))),
            "-".join("".join(rng.choices(letters, k=5)) for _ in range(3)),
            "".join(rng.choices(letters + letters.lower(), k=rng.randint(10, 20))),
            _digits(rng, rng.randint(15, 19)),
        ]
    )


_FAMILY = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何林罗高郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃武戚莫孔向汤"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞平刚桂英华玉萍红鹏飞梓涵浩宇欣怡子轩雨桐一诺思远文博晓燕建国志远嘉怡俊杰春梅海燕振宇立新景云沁岚怀瑾若溪攸宁楚瑜北辰听澜知夏予安"


def _name(rng: Rng) -> str:
    return rng.choice(_FAMILY) + "".join(rng.choices(_GIVEN, k=rng.choice([1, 2, 2, 2])))


def _address(rng: Rng) -> str:
    town = rng.choice(
        ["杭州市余杭区", "成都市武侯区", "河南省郑州市金水区", "佛山顺德", "苏州市吴中区", "广西南宁市西乡塘区", ""]
    )
    road = rng.choice(["文一西路", "人民中路", "东风大道", "五里墩街", "梨园巷", "科苑南路", "滨河大道"])
    court = rng.choice(["", "阳光花园", "翠湖小区", "金域蓝湾", "锦绣江南", "万达公寓"])
    tail = rng.choice(["3栋2单元1502室", "12号楼501", "8幢1203", "5-2-301", "A座1906", "7号院3号楼2门402"])
    return f"{town}{road}{rng.randint(2, 999)}号{court}{tail}"


def _plate(rng: Rng) -> str:
    return (
        rng.choice("京沪粤浙苏川鲁豫")
        + rng.choice("ABCDEFG")
        + rng.choice(["", "·", " "])
        + rng.choice(["12F34", "8K66D", "D03721", "90218", "F88X12"])
    )


def _email(rng: Rng) -> str:
    return f"{_handle(rng)}@{rng.choice(['qq.com', '163.com', 'gmail.com', 'foxmail.com', 'outlook.com', 'vip.sina.com', '139.com'])}"


def _landline(rng: Rng) -> str:
    area = rng.choice(["010", "021", "0571", "0755", "028", "0371"])
    return f"{area}{rng.choice(['-', '', ' ', '－'])}{rng.randint(2, 8)}{_digits(rng, 7 if len(area) == 3 or area in '0571 0755 0371' else 6)}"


def _url(rng: Rng) -> str:
    host = rng.choice(["www.kamenghao.cn", "pay.xiaoka8.com", "m.zhongka.top", "qr.kalian.net"])
    return f"https://{host}/{rng.choice(['order', 'pay', 'u', 'c/detail'])}?{rng.choice(['token', 'sid', 'trade_no', 'key', 'openid'])}={_card_key(rng).replace('-', '')}x9"


def _ip(rng: Rng) -> str:
    return ".".join(str(rng.randint(11, 223)) for _ in range(4))


def _groups(text: str, sizes: tuple[int, ...], joint: str) -> str:
    pieces, place = [], 0
    for size in sizes:
        pieces.append(text[place : place + size])
        place += size
    return joint.join(filter(None, (*pieces, text[place:])))


_WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})
_HAN_LOW = str.maketrans("0123456789", "零一二三四五六七八九")
_HAN_UP = str.maketrans("0123456789", "零壹贰叁肆伍陆柒捌玖")
_HAN_SPOKEN = str.maketrans("0123456789", "洞幺两三四五六拐八勾")
_CIRCLED = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")
_BOLD = str.maketrans("0123456789", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")

Spelling: TypeAlias = Callable[[str], str]
_PLAIN: dict[str, Spelling] = {"plain": str}
_NUMBER: dict[str, Spelling] = {
    "plain": str,
    "wide": lambda s: s.translate(_WIDE),
    "344": lambda s: _groups(s, (3, 4, 4), " "),
    "344dash": lambda s: _groups(s, (3, 4, 4), "-"),
    "344dot": lambda s: _groups(s, (3, 4, 4), "."),
    "4444": lambda s: _groups(s, (4, 4, 4, 4), " "),
    "single": lambda s: " ".join(s),
    "dotted": lambda s: "·".join(s),
    "dashes": lambda s: "-".join(s),
    "han": lambda s: s.translate(_HAN_LOW),
    "han_up": lambda s: s.translate(_HAN_UP),
    "han_spoken": lambda s: s.translate(_HAN_SPOKEN),
    "half_han": lambda s: s[:4] + s[4:8].translate(_HAN_LOW) + s[8:],
    "circled": lambda s: s.translate(_CIRCLED),
    "bold": lambda s: s.translate(_BOLD),
    "zero_width": lambda s: "\u200b".join(s),
    "keycap": lambda s: "".join(f"{char}\ufe0f\u20e3" for char in s),
    "two_blanks": lambda s: _groups(s, (3, 3, 3), "  "),
    "slashes": lambda s: _groups(s, (3, 4, 4), "/"),
    "newline": lambda s: _groups(s, (3, 4, 4), "\n"),
    "words": lambda s: _groups(s, (3, 4, 4), "空格"),
    "bracket": lambda s: f"({s[:3]}){s[3:]}",
    "tilde": lambda s: _groups(s, (3, 4, 4), "~"),
    "commas": lambda s: _groups(s, (3, 4, 4), ","),
    "stars_between": lambda s: _groups(s, (3, 4, 4), "—"),
    "look_alike": lambda s: s.replace("0", "O", 1).replace("1", "l", 1) if "0" in s[1:] else s,
}
_SHORT_NUMBER = {
    name: _NUMBER[name]
    for name in (
        "plain",
        "wide",
        "344",
        "single",
        "dotted",
        "han",
        "han_up",
        "circled",
        "zero_width",
        "bold",
        "dashes",
        "half_han",
    )
}
_LATIN: dict[str, Spelling] = {
    "plain": str,
    "wide": lambda s: s.translate(_WIDE),
    "upper": str.upper,
    "single": " ".join,
    "zero_width": lambda s: "\u200b".join(s),
    "quoted": lambda s: f"“{s}”",
    "bracket": lambda s: f"（{s}）",
}
_MAIL: dict[str, Spelling] = {
    "plain": str,
    "wide_at": lambda s: s.replace("@", "＠"),
    "at": lambda s: s.replace("@", " at ").replace(".", " dot "),
    "quan": lambda s: s.replace("@", "圈a"),
    "aite": lambda s: s.replace("@", "艾特"),
    "blanks": lambda s: s.replace("@", " @ "),
    "wide": lambda s: s.translate(_WIDE),
    "dian": lambda s: s.replace(".", "点"),
    "at_bracket": lambda s: s.replace("@", "[at]"),
    "hash": lambda s: s.replace("@", "#"),
    "full_stop": lambda s: s.replace(".", "。"),
    "upper": str.upper,
}
_NAMES: dict[str, Spelling] = {
    "plain": str,
    "apart": " ".join,
    "quoted": lambda s: f"“{s}”",
    "bracket": lambda s: f"（{s}）",
    "book": lambda s: f"【{s}】",
}

Kind: TypeAlias = tuple[Callable[[Rng], str], dict[str, Spelling], str]
_KINDS: dict[str, Kind] = {
    "mobile": (
        _mobile,
        _NUMBER,
        "电话|手机号：|我的手机 |联系方式：|Tel: |请打|回拨|联系我|本机号码|充值号码是|绑定的号|预留手机|备用机|来电显示|短信发到|致电|收到| ☎|📱|号码填的|尾号不对，应该是|打这个|，|whatsapp:|机主号|给|他手机号|紧急联系电话|充到|号卡",
    ),
    "landline": (_landline, _PLAIN, "座机|固话：|打|家里电话|公司座机是|拨|办公室|传真|来电|用|"),
    "idcard": (
        _id_card,
        _NUMBER,
        "身份证号：|身份证|证件号码|SFZ：|id card：|本人证件|，|实名号|身份号码|我的身份証是|sfzh|二代证|身份信息|公民身份号码|公民号码",
    ),
    "card": (
        _bank_card,
        _SHORT_NUMBER | {"4444": _NUMBER["4444"]},
        "银行卡号：|卡号|打到|工行|建设银行卡|退到|储蓄卡|中信信用卡|收款卡|提现卡|招商|农业银行账号|户头|，|转到这张卡|CARD NO.|结算卡|开户行中国银行，账号",
    ),
    "email": (_email, _MAIL, "邮箱：|发到|email:|E-mail |邮件|联系|我的邮箱是|，|邮相|mail:"),
    "qq": (
        lambda rng: _digits(rng, rng.randint(6, 10)),
        _SHORT_NUMBER,
        "QQ：|qq|Q Q |扣扣|企鹅号|加q|q号|Q|客服QQ|球球|叩叩|QQ号码是|蔻蔻|腾讯号|Q Q号|抠抠号|QQ:|我扣|加扣|扣：|🐧|🐧号：|ＱＱ|加企鹅|秋秋|Q-Q：|qq联系|抠|小企鹅|客服扣扣号|Q：|q-q|口口|腾讯QQ帐号",
    ),
    "wechat": (
        _handle,
        _LATIN,
        "微信：|微信号|加V |vx:|WX：|V信|威信|薇信|微 信 |wechat:|加微|卫星|徽信|微信号码|VX |v:|加我微|v❤|➕v |微芯|维信|wei xin |绿泡泡|wx号|微新|vx号|v.x.|w.x |加我V|维❤|薇❤|微❤|微讯|围信|唯信|卫信|魏信|V芯|Ⅴ信|V 信|w信|微x|微号|同v|加v：|微.信.|微-信|weixin:|我V是|威❤：|Vx|wechat ID:",
    ),
    "alipay": (
        lambda rng: rng.choice([_mobile, _email, _handle])(rng),
        _PLAIN,
        "支付宝：|支付宝账号|zfb|支付宝账户是|ZFB：|转到支付宝|支 付 宝|付款给支付宝|支付寶|alipay:|吱付宝|蓝色软件|收款支付宝|zhi付宝|某宝账号|支富宝|芝付宝",
    ),
    "account": (
        _handle,
        _LATIN,
        "账号：|账号|用户名|登录名：|会员号|ID:|uid=|帐号是|游戏账号|抖音号|快手|闲鱼号|TG：|telegram|小红书号|陌陌号|用户ID|登陆账号|username:|平台账户|注册名|Steam账号|账 号：|帐户：|战网|Epic|网易账号|B站号|我的号是|玩家ID|角色编号|飞机|电报|纸飞机|line:|skype：|推特|X账号|百度账号|网盘账号|qq飞车账号|原神UID|粉丝号|直播号|商户名|拼多多号|探探号|soul号|discord：|账戶|ID号|登录账户|米哈游通行证|苹果ID|AppleID|谷歌账号|微博|知乎|飞书|钉钉|企业微信|阿里旺旺|YY号|京东账号|淘宝ID|公众号原始ID",
    ),
    "order": (
        _serial,
        _PLAIN,
        "订单号：|订单|单号|订单编号|流水号|交易单号|工单号|快递单号|运单|商户单号|序列号|设备号|凭证号|order no.|订单号码为|参考号|受理编号|，|付款流水|IMEI|小票号|充值记录|运单尾|保单号|借据编号|合同编号|平台单号|外部订单号|支付订单|银行回单号|交易号|微信支付单号|支付宝订单|顺丰|圆通|中通|韵达快递|物流|SN|S/N：|批次号|机身码|发票号|报警回执|立案号|案件号|申诉单|退款单|售后单号|检测码|查询码|取件码|存根号|底单|编码|单子|贷款编号|放款编号|出账编号",
    ),
    "cardkey": (
        _card_key,
        _PLAIN,
        "卡密：|卡密|激活码|兑换码：|CDK|密码是|充值码|卡号|key:|序列码|礼品卡|提取码|兑换券|卡 密：|cdkey：|验证码|发我的码|密钥：|卡蜜|咖密|密匙|授权码|激活key|token:|京东E卡|E卡|加油卡|点卡|礼包码|苹果卡|卡密串|steam卡|解压密码|串码|账号密码|KEY|注册码|领取码|卡片密码|充值密码|安全码|ca密|动态口令|支付密码|会员激活串",
    ),
    "plate": (_plate, _PLAIN, "车牌|车牌号：|我的车|，|ETC绑的|号牌|车号|车辆|开"),
    "ip": (_ip, _PLAIN, "IP：|登录IP|ip地址|异地登录，|服务器|来自|"),
    "url": (_url, _PLAIN, "链接：|打开|网址 |发来|，|"),
    "address": (
        _address,
        _PLAIN,
        "地址：|住址|家住|收货地址是|寄到|，|住在|公司在|送到|发到|户籍|收件地址|住|门店在|办公地址|租住于|现居",
    ),
    "name": (
        _name,
        _NAMES,
        "本人|我叫|客服|收款人：|联系人|经理|姓名：|户名|收款方|投诉人|持卡人|收件人：|我是|名字是|名字叫|业务员|专员|主管|一个叫|店主|老板|法人|法定代表人|开户名|机主|实名|本人姓名：|申请人|负责人|群主|自称|代理|打款给|转账给|转给|户主|经办人|对接人|催收员|推广员|技术|上家|卖家|店长|我朋友|我老公|同事|真名|委托人|乙方|甲方|签名：|落款|备注|实名认证人|绑定人|收款账户名|负责人是|受理人|平台老板|所谓的“经理”|当事人|举报人|贷款人|联系：|我姓名|我的名字|账户名|账户姓名|开户人|收钱的|骗子|骗子叫|售后|售后客服|财务|会计|操作员|接待我的|跟单员|中介|介绍人|担保人|师傅|股东|监事|实控人|站长|号主|商家|用户姓名|真实姓名|持有人|使用人|付款人|下单人|购买人|收银员|工作人员|接线员|客服人员|坐席|话务员|运营|讲师|老师|推荐人|上线|团长|投资人|顾问|律师|警官|民警|调解员|户名为|户名是|实名为|名叫|叫做|名为|自称是|是我妈|我爸|我妈|孩子|儿子|女儿|妻子|丈夫|男朋友|室友|邻居",
    ),
}
_BEFORE = [
    "",
    "买了50元话费没到账，",
    "2025年3月8日下单，",
    "投诉极速卡盟不发货！",
    "充值98.5元后一直不到，",
    "已经等了72小时。",
    "对方说3个工作日，",
    "根据《消费者权益保护法》第五十五条，",
]
_AFTER = [
    "",
    "，请尽快处理",
    "。要求退款200元",
    "，打95588也没用",
    " 谢谢",
    "，一直没人理",
    "（已核实）",
    "。2024年12月1日至今未退",
    "\n金额128元",
    "的，急",
]
_NAME_AFTER = [
    "",
    "，请尽快处理",
    "说明天退",
    "承诺退款200元",
    "收了我300元",
    "一直不回",
    "。",
    "，电话打不通",
    "\n",
    "的账户",
    "（男）",
    "态度恶劣",
    "拉黑了我",
    "已读不回",
    "让我加群",
    "骗走98元",
    "不给退款",
    "发的卡密无效",
]
_STAYS = [
    "50元",
    "98.5元",
    "72小时",
    "3个工作日",
    "第五十五条",
    "95588",
    "200元",
    "128元",
    "2025年3月8日",
    "2024年12月1日",
    "300元",
    "98元",
    "极速卡盟",
]


def _probe(rng: Rng, kind: str, spelling: str | None) -> Probe:
    make, spellings, cues = _KINDS[kind]
    cue, spelling = rng.choice(cues.split("|")), spelling or rng.choice(list(spellings))
    secret = spellings[spelling](make(rng))
    link = rng.choice(["", "", "：", ":", " ", "是", "为"]) if cue and cue[-1] not in "：: ，是为=" else ""
    before, after = rng.choice(_BEFORE), rng.choice(_NAME_AFTER if kind == "name" else _AFTER)
    core = secret.strip("“”（）【】()")
    keepers = tuple(keep for keep in _STAYS if keep in before + after)
    return Probe(f"{before}{cue}{link}{secret}{after}", (core,), keepers, f"{kind} {spelling} {cue}")


def probes(seed: int, count: int, kind: str | None = None, spelling: str | None = None) -> Iterator[Probe]:
    """`count` probes, evenly over the kinds or of one kind, in any spelling or in one."""
    rng = random.Random(seed)
    kinds = [kind] if kind else list(_KINDS)
    for place in range(count):
        yield _probe(rng, kinds[place % len(kinds)], spelling)


PIECES = [*_BEFORE, *_AFTER, *_NAME_AFTER, *(cue for _, _, cues in _KINDS.values() for cue in cues.split("|"))]
"""Pieces of sentences, to be strung together."""
STARTS = [*_BEFORE, " ", "\n", "“", "（"]
"""What may stand before a text."""
