"""Names of people, found by the word that announces them."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

import yaml

from pipeline.intake.redact_fold import MARKS, STOPS, Hit
from pipeline.paths import PROJECT


class Lexicon(NamedTuple):
    """The lists of `data/reference/redact.yml`."""

    surnames: str
    shy: str
    families: frozenset[str]
    compound: tuple[str, ...]
    given: frozenset[str]
    not_names: frozenset[str]
    follow: frozenset[str]
    places: tuple[str, ...]


@cache
def lexicon() -> Lexicon:
    """The reviewed lists, read once."""
    raw = yaml.safe_load((PROJECT / "data" / "reference" / "redact.yml").read_text(encoding="utf-8"))
    words = {name: tuple(str(text).split()) for name, text in raw.items()}
    return Lexicon(
        "".join(words["surnames"]),
        "".join(words["shy_surnames"]),
        frozenset("".join(words["surnames"] + words["shy_surnames"])),
        words["compound_surnames"],
        frozenset("".join(words["given"])),
        frozenset(words["not_names"]),
        frozenset(words["follow"]),
        words["provinces"] + words["cities"],
    )


_FAMILY = f"(?:{'|'.join(lexicon().compound)}|[{lexicon().surnames}{lexicon().shy}])"
_CUE_WORDS = {
    "field": """
    姓名 户名 收款人 收款方 收款账户 账户名 账户名称 开户名 开户人 持卡人 联系人 收件人 收货人 寄件人 投诉人 举报人 申请人 借款人 经办人 签收人 付款人 转账人 机主
    车主 业主 当事人 法定代表人 法人代表 法人 负责人 实名认证 实名 受害人 委托人 代理人 对接人 支付宝名 微信名 收款名
    """,
    "self": """
    本人叫 本人是 本人姓名 本人 叫 我叫 我叫做 我名叫 我名字叫 我的名字叫 我的名字是 我是 名叫 名字叫 自称 自称是 署名 化名 我姓名 叫做  名为
    备注 备注名
    """,
    "staff": """
    客服 经理 主管 专员 店长 店主 老板 群主 组长 主任 业务员 销售 销售员 代理 技术 技术员 催收 催收员 律师 警官 民警 上家 上级 卖家 师傅 客户经理 值班员
    接线员 话务员 坐席 管理员 运营 财务 推广 推广员 中介 法务 总监 总经理 助理 工作人员
    """,
    "kin": """
    朋友 同学 同事 室友 老公 老婆 丈夫 妻子 儿子 女儿 父亲 母亲 爸爸 妈妈 弟弟 妹妹 哥哥 姐姐 家人 孩子 舅舅 表弟 表哥 表妹 转给 转账给 汇给 打给 付给
    账户 消费者 用户 客户 顾客 买家 玩家 受害者
    """,
}


def grouped(words: Iterable[str], then: str = "") -> str:
    """One alternation of the words, longest first, each followed by `then`; grouped by first character, so that few branches are tried."""
    tails: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        tails.setdefault(word[0], []).append(word[1:])
    return "(?:" + "|".join(f"{first}(?:{'|'.join(rest)}){then}" for first, rest in tails.items()) + ")"


_KIND_OF_CUE = {cue: kind for kind, cues in _CUE_WORDS.items() for cue in cues.split()}
BEGINS = f"[\\s：:=（(【\\[「“\"'，,、\\-姓是为叫名显写人专代妹小同工自女先也填老阿a-z{lexicon().surnames}{lexicon().shy}{''.join(name[0] for name in lexicon().compound)}]"
CUES = tuple(_KIND_OF_CUE)
_CUE = re.compile(f"{grouped(_KIND_OF_CUE)}(?={BEGINS})")
_LINK = re.compile(
    r"(?:[\s：:=（(【\[「“\"'，,、\-]|姓名|是|为|叫做?|名叫|名字|显示|写的|我叫|我是|人员|专员|经理|主管|代表|妹子|小姐姐|同志|工号|自称|女士|先生|也是|填的){0,4}"
)
_ANY_NAME = re.compile(r"[一-龥·]{2,12}|[a-z]{2,12}(?:\s[a-z]{2,12})?")
_FIELD_END = re.compile(r"[\s，。；！？,.;!?、）)】\]」”\"'/|+]|$|(?=[0-9a-z\ue000-\ue0ff（(：:])")
TITLES = "先生 女士 小姐 老师 经理 主管 师傅 律师 警官 法官 主任 组长 店长 客服 同学 阿姨 大哥 大姐 老板 专员".split()
_POLITE = frozenset(("先生", "女士", "小姐"))
_RESPECTED = frozenset(("老师", "律师", "警官", "法官"))
NAME_CHARACTER = f"[{''.join(lexicon().families | lexicon().given)}]"
_TITLED = re.compile(
    f"{grouped(TITLES, f'(?<={NAME_CHARACTER}..)(?!事务|函|费|所|团)')[3:-1]}|总(?<={NAME_CHARACTER}.)(?![部是共之体计额数结监量局行店公会有裁经归算说账])"
)
_SURNAMED = re.compile(
    rf"(?<![百贵大同异复平])姓(?:是)?(?P<name>{_FAMILY})(?![名氏])(?=[\s，。；！？,.;!?、）)的\ue000-\ue0ff]|$|叫|工号|先生|女士|客服|经理)"
)
_OF_SURNAME = re.compile(f"[{lexicon().surnames}]姓(?=男|女|客服|经理|工作|催收|先生|人员|老师|业务|专员|商家|店主)")
_LATIN_TITLED = re.compile(r"[a-z](?<![0-9a-z].)[a-z]{1,11}(?:[.\s·][a-z]{2,12})?(?=先生|女士|小姐)")
NICK_CUES = "昵称 网名 游戏名 角色名 角色 微信名 闲鱼名 旺旺 旺旺名 抖音名 用户名 id id名 ID Id iD 账号名".split()
_NICK = re.compile(
    grouped(NICK_CUES)
    + r"(?:\s?(?:是|叫|为|[：:=])\s?[“\"「『【]?|\s?[“\"「『【])(?P<name>[^\s，。；！？,;!?“”\"「」『』【】（()）\ue000-\ue0ff]{1,16})"
)
_NICKED = re.compile(r"(?:小|老|阿|大)[一-龥]|[a-z]{3,10}(?![0-9a-z])")
_NICK_NOT = frozenset(
    "小时 小心 小二 小姐 小程 小妹 小哥 小编 小组 小额 小号 小店 小票 小费 小数 小于 小区 小米 小学 小孩 小伙 小朋 小红 小型 小部 小事 小气 小游 小黑 小白 小贷 小众 小说 小字 小看 小王子 老板 老是 老师 老用 老客 老人 老年 老百 老公 老婆 老家 老玩 老早 老实 老套 "
    "老顾 老赖 老总 老手 老号 老区 老奸 老化 老牌 老会 老店 老铁 老乡 大家 大厅 大概 大约 大量 大多 大额 大区 大部 大佬 大姐 大哥 大爷 大妈 大学 大神 大笔 大型 大会 大号 大半 大骂 大声 大师 大客 大众 阿里 阿姨 阿拉 阿斯 小额 小微 小蜜 小小 小猪 小度 小爱 小鹏 小天 大王 小象 小鸟 小川 小鹿 小赢 小花 小雨伞 小满".split()
)
_LATIN_NOT = frozenset(
    "app vip svip bot online qq wechat call tel email phone ios android iphone pc web wap steam apple google netflix spotify discord paypal xbox epic tiktok huawei the and for with said kefu id uid ai gpt http https www com im telegram whatsapp facebook line skype crm vivo oppo sim esim wifi call".split()
)
_TELLS = re.compile(
    r"\s?(?:说|称|回复|告诉|告知|答|表示|让|要|给|接|处理|承诺|拒|挂|态度|[，,。：:；;、）)！!]|$|在|对|跟|的)"
)
_ORG = re.compile(
    r"公司|中心|平台|商行|工作室|经营部|商店|门店|超市|集团|银行|科技|网络|信息|有限|旗舰|便利|餐|酒店|官方|店$"
)
_FIELD_NOT = re.compile(
    r"^[男女]|女士|先生|男士|信息|不符|不对|不是|不一|不详|不能|不可|不给|错误|有误|未知|匿名|没有|没填|无法|未|均|一致|和|与|都|被|要|必须|需|可以|身份|电话|手机|账|卡|地址|号码|填|是谁|是我|本人|自己|对方|客服|商家|平台|已|认证|不|我|他|她|你|某|同意|签|的|方式|显示|处|请|后|也|在|这|那|失败|成功|异常|审核|验证|提交|为空|空白"
)
_EDGE_LEFT = re.compile(r"[\s，。；！？,.;!?、（(：:/|\-给为是叫找]$")
_NUMBERED = f"[{''.join(STOPS[kind] for kind in ('phone', 'id_card', 'bank_card', 'alipay'))}]"
_ANY_NUMBER = re.compile(_NUMBERED)
_BESIDE = re.compile(
    rf"(?:(?<=[\s，。；！？,.;!?、（(：:/|给为是叫找])|^)(?P<name>{_FAMILY}[一-龥]{{1,2}})(?=[\s，,：:、（(/\-]{{0,3}}(?:电话|手机号?|身份证号?|联系电话|卡号|银行卡号?)?[：:\s]{{0,2}}{_NUMBERED})|{_NUMBERED}[\s，,：:、/\-（(]{{1,2}}(?P<after>{_FAMILY}[一-龥]{{1,2}})(?=[\s，。；！？,.;!?、）)]|$)"
)
_RARE_GIVEN = re.compile(
    f"[^\\W0-9a-z_{''.join('在于因由向对的与跟从被说称让给把告去没不也又就将有我你他她是要了吗呢吧和')}]{{1,2}}"
)
_HAN2 = re.compile(r"[一-龥]{1,2}")
_WEAK_HAN = re.compile(r"[一-龥]")
_STOP_CHARS = frozenset(
    "在于因由向对的与跟从被说称让给把告去没不也又就将有我你他她是要通联申使用已曾到多发收加转拒骗态和及但却还以来表回承投购充买为这那"
)


def _ends(folded: str, place: int) -> bool:
    """Whether a name may end here: no Chinese character follows, or one that begins another word."""
    rest = folded[place : place + 2]
    return not rest or not _WEAK_HAN.match(rest) or rest[0] in _STOP_CHARS or rest in lexicon().follow


def _family_at(folded: str, start: int) -> str:
    if folded[start : start + 2] in lexicon().compound:
        return folded[start : start + 2]
    one = folded[start : start + 1]
    return one if one in lexicon().families else ""


def _name_at(folded: str, start: int, sure: bool = False, own: bool = False) -> int:
    """Where the full name that begins here ends, `start` when none does. `sure`: a field announces it; `own`: the writer does."""
    lex = lexicon()
    family = _family_at(folded, start)
    first = start + len(family)
    found = _HAN2.match(folded, first)
    if not family or found is None:
        return start
    given = found.group()
    everyday = len(family) == 1 and folded[start : start + 2] in lex.not_names
    if given[0] not in lex.given or (given[1:] and given[1:] not in lex.given and not _ends(folded, first + 1)):
        return _rare_given(folded, start, first, everyday)
    if given in lex.follow or (family in lex.shy and given[0] in "大小一二三" and not given[1:]):
        return start
    three = len(given) == 2 and given[1] in lex.given
    if (
        three
        and folded[first + 1 : first + 3] not in lex.follow
        and (_ends(folded, first + 2) or (not everyday and family not in lex.shy))
    ):
        if everyday:
            return first + 2 if (sure or own) and _follows(folded, first + 2) else start
        return first + 2 if sure or family not in lex.shy or _follows(folded, first + 2) else start
    if everyday or not (_ends(folded, first + 1) or family not in lex.shy):
        return start
    if family in lex.shy and not (_follows(folded, first + 1) or sure):
        return start
    return first + 1


_FREQUENT = frozenset(
    "王李张刘陈杨赵黄吴徐孙朱胡郭林罗郑梁谢宋唐许邓冯韩曹彭萧肖蔡潘袁董苏吕魏蒋杜沈姜范傅钟卢汪戴崔陆廖姚邹孟秦薛阎闫侯龚邵郝贾陶黎赖覃庞樊邢韦翟葛聂"
)


def _rare_given(folded: str, start: int, first: int, everyday: bool) -> int:
    """A common family name with unusual characters: only where the text clearly breaks off after it."""
    if everyday or folded[start] not in _FREQUENT or folded[first] in _STOP_CHARS:
        return start
    three = _RARE_GIVEN.fullmatch(folded, first, first + 2) and _follows(folded, first + 2)
    if three and not {folded[first : first + 2], folded[first + 1 : first + 3]} & lexicon().follow:
        return first + 2
    return first + 1 if _RARE_GIVEN.fullmatch(folded, first, first + 1) and _clear_end(folded, first + 1) else start


def _clear_end(folded: str, place: int) -> bool:
    """A name of an everyday-looking family name must be followed by no further word but these."""
    rest = folded[place : place + 2]
    return not rest or not _WEAK_HAN.match(rest) or rest[0] in "在说于的"


def _follows(folded: str, place: int) -> bool:
    return _clear_end(folded, place) or folded[place : place + 2] in lexicon().follow


def _nick_at(folded: str, start: int) -> int:
    """`小王`, `老李`, `阿强`, `amy` after a word for staff."""
    match = _NICKED.match(folded, start)
    if match is None:
        return start
    word, end = match.group(), match.end()
    if word.isascii():
        return end if word not in _LATIN_NOT and _TELLS.match(folded, end) else start
    known = word[1] in lexicon().given or word[1] in lexicon().families
    if word in _NICK_NOT or folded[start : end + 1] in _NICK_NOT or not known or not _ends(folded, end):
        return start
    return end


def _field_value(folded: str, start: int) -> int:
    """The end of whatever stands behind `姓名：`, when it can be a person's name."""
    match = _ANY_NAME.match(folded, start)
    if match is None or _FIELD_END.match(folded, match.end()) is None:
        return start
    value = match.group()
    short = len(value) <= 4 or "·" in value
    if not short or _ORG.search(value) or _FIELD_NOT.search(value) or value in _LATIN_NOT:
        return start
    return match.end()


def _after_cue(folded: str, cue: re.Match[str]) -> tuple[int, int] | None:
    link = _LINK.match(folded, cue.end())
    start = link.end() if link else cue.end()
    between = folded[cue.end() : start]
    kind = _KIND_OF_CUE[cue.group()]
    strong = kind == "field" and re.search(r"[：:=“\"「]", between) is not None
    for place in dict.fromkeys((start, cue.end())):
        end = _name_at(folded, place, sure=kind == "field", own=cue.group() not in {"叫", "我是"} and kind == "self")
        if end == place and kind in {"staff", "self"} and not re.search(r"[，,]", between):
            end = _nick_at(folded, place) if kind == "staff" or "叫" in cue.group() or "称" in cue.group() else place
        if end == place and strong and place == start:
            end = _field_value(folded, place)
        if end > place:
            return place, end
    return None


def _also(folded: str, end: int) -> Iterator[tuple[int, int]]:
    """Further names joined to the one that ends here: `客服小张、小李`."""
    while more := _AND.match(folded, end):
        start = more.end()
        end = max(_name_at(folded, start), _nick_at(folded, start))
        if end == start:
            return
        yield start, end


def introduced(folded: str) -> list[Hit]:
    """Names after `本人`, `客服`, `收款人：` and their like."""
    hits: list[Hit] = []
    done = 0
    for cue in _CUE.finditer(folded):
        if cue.start() >= done and (span := _after_cue(folded, cue)):
            hits += [(*one, "name") for one in (span, *_also(folded, span[1]))]
            done = hits[-1][1]
    return hits


_AND = re.compile(r"[、和与及]")
_FREE = frozenset("的了是叫有由给向跟找与和到让被说个位名为系对请联问经加姓于打")
_LEFT_WORD = frozenset(
    "主任 责任 信任 担任 连任 上任 现任 前任 最高 更高 提高 对方 官方 双方 厂方 商方 平方 资方 我方 校方 课程 工程 流程 过程 全程 远程 资金 现金 奖金 基金 押金 保金 罚金 租金 佣金 本金 礼金 专项 事项 选项 手游 网游 旅游 导游 及时 当时 小时 按时 订单 下单 工单 买单 账单 名单 简单 安全 齐全 完全 海上 晚上 网上 公平 水平 说明 证明 律师 老师 国家 卖家 买家 大家 商家 店家 玩家 专家 厂家 黄金 马上 长江 保安 西安 公安 客服 支付 明白 空白 代理 上班 下班 平台 一向 方向 有关 相关 机关 公关 连连 接连 答应 反应 供应 相应 门店 大区 分管 主管 托管 保管 网管 城管 店铺 部门 社区 华夏 国华 高级 资深 发帅".split()
)


def _free(folded: str, start: int) -> bool:
    """Whether what stands before lets a name begin here."""
    before = folded[max(0, start - 1) : start]
    return not _WEAK_HAN.match(before) or before in _FREE


def _surname_alone(folded: str, start: int, title: str) -> bool:
    """Whether the one character before a title is a family name and not the end of another word."""
    lex = lexicon()
    family = folded[start]
    if family not in lex.families or folded[max(0, start - 1) : start + 1] in _LEFT_WORD or family in "方单向为管查费":
        return False
    if title in _POLITE or (title in _RESPECTED and family in lex.surnames):
        return True
    return _free(folded, start) and (family in lex.surnames or family in "马高金江石白万汤易温康文齐常程雷")


def _name_before(folded: str, end: int, title: str, floor: int) -> int:
    """Where the name that ends at a title begins; `end` when there is none."""
    lex = lexicon()
    for start in range(max(floor, end - 4), end - 1):
        family = _family_at(folded, start)
        given = folded[start + len(family) : end]
        usual = 1 <= len(given) <= 2 and lex.given.issuperset(given) and folded[start : start + 2] not in lex.not_names
        known = family not in lex.shy
        sure = title in _POLITE or (title != "客服" and known and (len(given) == 2 or family in _FREQUENT))
        if family and usual and (sure or (_free(folded, start) and (known or title != "客服"))):
            return start
    if end - 2 >= floor and folded[end - 2 : end] in lex.compound:
        return end - 2
    return end - 1 if end - 1 >= floor and _surname_alone(folded, end - 1, title) else end


def titled(folded: str) -> list[Hit]:
    """Names before a title: `王先生`, `李晓红女士`; the title stays."""
    hits: list[Hit] = []
    floor = 0
    for match in _TITLED.finditer(folded):
        start = _name_before(folded, match.start(), match.group(), floor)
        if start < match.start():
            hits.append((start, match.start(), "name"))
        floor = match.end()
    return hits


def surnamed(folded: str) -> list[Hit]:
    """`姓王的客服`."""
    if "姓" not in folded:
        return []
    hits = [(*match.span("name"), "name") for match in _SURNAMED.finditer(folded)]
    hits += [(match.start(), match.start() + 1, "name") for match in _OF_SURNAME.finditer(folded)]
    return sorted(hits)


def latin(folded: str) -> list[Hit]:
    """`Lin Wang先生`."""
    return [(*match.span(), "name") for match in _LATIN_TITLED.finditer(folded) if match.group() not in _LATIN_NOT]


def nicknames(folded: str) -> list[Hit]:
    """Screen names: `昵称：风中的云`."""
    hits: list[Hit] = []
    for match in _NICK.finditer(folded):
        if not _FIELD_NOT.match(match.group("name")) and "*" not in match.group("name"):
            hits.append((*match.span("name"), "account"))
    return hits


def beside_numbers(folded: str) -> list[Hit]:
    """A bare name next to a phone, ID or card number already found."""
    hits: list[Hit] = []
    if not _ANY_NUMBER.search(folded):
        return hits
    for match in _BESIDE.finditer(folded):
        group = "name" if match.group("name") else "after"
        start, end = match.span(group)
        if folded[start : start + 2] not in lexicon().not_names and _name_at(folded, start, sure=True) == end:
            hits.append((start, end, "name"))
    return hits


__all__ = ["MARKS", "beside_numbers", "introduced", "lexicon", "nicknames", "surnamed", "titled"]
