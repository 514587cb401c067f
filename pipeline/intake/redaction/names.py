"""Names of people announced by a word before them: `本人`, `客服`, `收款人：`."""

import re
from collections.abc import Iterator

from pipeline.intake.redaction.fold import STOP, Hit
from pipeline.intake.redaction.lexicon import FAMILY, ahead, any_of, ends, grouped, lexicon, loose_name_at, name_at
from pipeline.intake.redaction.triggers import HAN, LETTERS, STARTS, Places
from pipeline.needs import beginnings

_WORDS = lexicon().words
_KIND_OF_CUE = {cue: kind for kind in ("field", "self", "staff", "kin") for cue in _WORDS[f"{kind}_cues"]}
CUES = tuple(_KIND_OF_CUE)
_STARTS = any_of(
    lexicon().families
    | {name[0] for name in lexicon().compound}
    | set("姓是为叫名显写人专代妹小同工自女先也填老阿大买古吐艾热扎卓次旺格央德拉洛尼丹巴苏那乌斯娜其呼哈迪木")
)
BEGINS = rf"(?:[\s：:=（(【\[「“\"'，,、\-]{{0,3}}(?:{_STARTS}|[a-z])|\s?[：:=“\"「])"
"""What follows a cue: a name, a nickname or a word that links the cue to it; or a colon, as in a form."""
_CUE = re.compile(f"{grouped(CUES)}(?={BEGINS})")
_CUED_BY = STARTS.words(CUES, then=beginnings(BEGINS, 1))
_POINT = STARTS.on("·", HAN, before=HAN)
_LINKS = r"姓名|是|为|叫做?|名叫|名字|显示|写的|我叫|我是|人员|专员|经理|主管|代表|妹子|小姐姐|同志|工号|自称|女士|先生|也是|填的"
_LINK = re.compile(rf"(?:[\s：:=（(【\[「“\"'，,、\-]|{ahead(_LINKS)}(?:{_LINKS})){{0,4}}")
_COLON = re.compile(r"[：:=“\"「]")
_SAYS = re.compile(r"[：:=“\"「【]|是|为|叫|写的")
_COMMA = re.compile(r"[，,]")
_NOT_LOOSE = (
    "本人",
    "备注",
    "我是",
    "账户",
    "用户",
    "客户",
    "顾客",
    "消费者",
    "转给",
    "打给",
    "付给",
    "汇给",
    "本人是",
)
_AND = re.compile(r"[、和与及]")

_ANY_NAME = re.compile(r"[一-龥·]{2,12}|[a-z]{2,12}(?:[\s·.,]{1,2}[a-z]{2,12}){0,3}")
_FIELD_END = re.compile(rf"[\s，。；！？,.;!?、）)】\]」”\"'/|+]|$|(?=[0-9a-z（(：:]|{STOP})")
_NICKED = re.compile(r"(?:小|老|阿|大)[一-龥]|[a-z]{3,10}(?![0-9a-z])")
_NOT_NICKNAMES = frozenset(_WORDS["not_nicknames"])
_LATIN_WORDS = frozenset(_WORDS["latin_words"])
_TELLS = re.compile(
    rf"\s?(?:说|称|回复|告诉|告知|答|表示|让|要|给|接|处理|承诺|拒|挂|态度|[，,。：:；;、）)！!]|(?={STOP})|在|对|跟|的)"
)
_ORGANISATION = re.compile(
    r"公司|中心|平台|商行|工作室|经营部|商店|门店|超市|集团|银行|科技|网络|信息|有限|旗舰|便利|餐|酒店|官方|店$"
)
_NO_VALUE = re.compile(
    r"^[男女]|女士|先生|男士|信息|不|错误|有误|未|匿名|没|均|一致|和|与|都|被|要|必须|需|可以|身份|电话|手机|账|卡|地址|号码|填|是谁|是我|本人|自己|对方|客服|商家|平台|已|认证|"
    r"我|他|她|你|某|同意|签|的|方式|显示|处|请|后|也|在|这|那|失败|成功|异常|审核|验证|提交|空|什么|多少|哪|谁|改|乱|重复|无"
)


_FOREIGN = re.compile(
    rf"[a-z]{{2,10}}{FAMILY}(?![先女小总])|[a-z]{{2,12}}\s[a-z]{{2,12}}(?:\s[a-z]{{2,12}})?(?![0-9a-z])"
)
_SOUNDS = "[阿买古丽吐尔孜艾克木江热扎西卓玛次仁旺堆格桑央金德吉拉姆多杰洛桑尼丹增巴图苏和那日勒乌兰托娅斯琴高娃布汗哈力别达迪努帕夏娜萨亚依提沙地合孜比班措曲平朗嘎迪丽热巴群培赤列顿珠索南嘉加色罗绒伊斯坎达别克]"
_ANY_SOUND = "[阿埃艾爱安昂奥澳巴白拜班邦包保鲍宝北贝本比彼毕别宾波伯博布卜查察昌程楚达戴丹当道德登邓迪底蒂丁东杜顿多尔厄恩法凡范方菲费芬丰冯佛夫弗福富盖甘冈高戈哥格葛根贡古瓜圭哈海汉杭豪赫黑亨洪胡华怀惠霍基吉季加贾江杰金津京久居卡开凯坎康考科克肯孔库夸昆拉莱赖兰郎朗劳勒雷黎礼里理丽利莉连良列林琳隆卢鲁路伦罗洛吕马麦曼芒毛梅门蒙孟米密敏明缪莫默姆木穆纳娜奈南内能尼年宁牛纽农努诺欧帕派潘庞培佩彭皮平珀普齐奇恰强乔切钦琼丘曲让热仁日荣茹瑞若撒萨塞赛桑瑟森沙山尚绍舍申圣盛施石史舒斯松苏索塔泰坦汤唐陶特腾提田铁廷通图吐托瓦万旺威韦维魏温文翁沃乌武西希锡夏香向肖谢辛欣兴休许雪逊雅亚延扬尧耶叶伊依以易因音英永尤于约赞泽曾扎詹占珍真芝朱卓兹子宗祖佐孜尕措玛古力努娅汗依]"
_TRANSCRIBED = re.compile(
    rf"{_SOUNDS}{{2,6}}·{_SOUNDS}{{2,6}}|(?:阿[依不卜布里孜]|古丽|买买|吐尔|艾[尔合孜]|热[依合]|扎西|卓玛|次仁|旺堆|格桑|央金|德吉|拉姆|多杰|洛桑|尼玛|丹增|巴[图特雅]|苏和|那[日仁木]|格日|乌[兰云日]|斯琴|娜仁|其木|呼[和日]|哈[斯力]){_SOUNDS}{{1,5}}|(?:扎西|卓玛|次仁|格桑|央金|德吉|拉姆|多杰|洛桑|丹增)(?![一-龥])"
)


_WITH_DOT = re.compile(rf"[一-龥]{{1,7}}·{_ANY_SOUND}{{1,7}}(?:·{_ANY_SOUND}{{1,7}})?")
_DOTTED = re.compile(rf"{_ANY_SOUND}{{2,6}}·{_ANY_SOUND}{{2,6}}(?:·{_ANY_SOUND}{{1,6}})?")
_SOUNDED = re.compile(rf"{_SOUNDS}{{3,8}}")
_FIRST = beginnings(f"{FAMILY}|{_NICKED.pattern}|{_FOREIGN.pattern}|{_TRANSCRIBED.pattern}", 1)
_IN_A_FIELD = frozenset(HAN + LETTERS + "·")


def _foreign_at(folded: str, start: int) -> int:
    """The end of `tina陈`, `liu xiaoyu` or a transcribed name of a minority; `start` when none begins here."""
    match = _FOREIGN.match(folded, start)
    if match and not _LATIN_WORDS.intersection(re.findall("[a-z]+", match.group())):
        return match.end() if ends(folded, match.end()) or _TELLS.match(folded, match.end()) else start
    transcribed = _TRANSCRIBED.match(folded, start)
    return transcribed.end() if transcribed else start


def _transcribed_at(folded: str, start: int) -> int:
    """The end of a run of characters that only write down foreign sounds, when the field of a form ends there."""
    match = _SOUNDED.match(folded, start)
    return match.end() if match and _FIELD_END.match(folded, match.end()) else start


def _nickname_at(folded: str, start: int) -> int:
    """Where `小王`, `老李`, `阿强` or `amy` ends, after a word for staff; `start` when there is none."""
    match = _NICKED.match(folded, start)
    if match is None:
        return start
    word, end = match.group(), match.end()
    if word.isascii():
        return end if word not in _LATIN_WORDS and _TELLS.match(folded, end) else start
    lex = lexicon()
    if {word, folded[start : end + 1]} & _NOT_NICKNAMES or word[1] not in lex.given | lex.families:
        return start
    return end if ends(folded, end) or (word[0] == "小" and word[1] in lex.frequent) else start


def _field_value_at(folded: str, start: int) -> int:
    """The end of whatever stands behind `姓名：`, when it can be a person's name."""
    match = _ANY_NAME.match(folded, start)
    if match is None or _FIELD_END.match(folded, match.end()) is None:
        return start
    value = match.group()
    short = len(value) <= 8 or "·" in value or value.isascii()
    if not short or _ORGANISATION.search(value) or _NO_VALUE.search(value) or _LATIN_WORDS.intersection(value.split()):
        return start
    return match.end()


def _named_at(folded: str, place: int, cue: str, between: str) -> int:
    """Where the name at `place` ends, given its cue and what stands between them."""
    kind = _KIND_OF_CUE[cue]
    if folded[place] not in (_IN_A_FIELD if kind == "field" else _FIRST) and "·" not in folded[place + 1 : place + 8]:
        return place
    if sounded := _WITH_DOT.match(folded, place):
        return sounded.end()
    own = cue.startswith(("本人", "我叫", "我名", "我的"))
    field = kind == "field"
    linked = _SAYS.search(between) is not None if field else None
    end = name_at(folded, place, sure=field, own=own, announced=kind in ("self", "staff"))
    if end == place and cue not in _NOT_LOOSE and (field or not _COMMA.search(between)):
        end = loose_name_at(folded, place, linked)
    nicknamed = kind == "staff" or (kind == "self" and ("叫" in cue or "称" in cue))
    if end == place and nicknamed and not _COMMA.search(between):
        end = _nickname_at(folded, place)
    if end == place and field and _COLON.search(between):
        end = _field_value_at(folded, place)
    if end == place and field:
        end = _transcribed_at(folded, place)
    return _foreign_at(folded, place) if end == place else end


def _after(folded: str, cue: re.Match[str]) -> tuple[int, int] | None:
    """The span of the name a cue announces; the link between them may itself begin a name (`客服小王`)."""
    link = _LINK.match(folded, cue.end())
    start = link.end() if link else cue.end()
    for place in dict.fromkeys((start, cue.end())):
        end = _named_at(folded, place, cue.group(), folded[cue.end() : place])
        if end > place:
            return place, end
    return None


def _joined(folded: str, end: int) -> Iterator[tuple[int, int]]:
    """Further names joined to the one that ends here: `客服小张、小李`."""
    while more := _AND.match(folded, end):
        start = more.end()
        end = max(name_at(folded, start), _nickname_at(folded, start))
        if end == start:
            return
        yield start, end


def introduced(folded: str, places: Places) -> list[Hit]:
    """Names after `本人`, `客服`, `收款人：` and their like."""
    hits: list[Hit] = []
    done = 0
    for cue in places.matches(_CUE, folded, _CUED_BY):
        if cue.start() >= done and (span := _after(folded, cue)):
            hits += [(*one, "name") for one in (span, *_joined(folded, span[1]))]
            done = hits[-1][1]
    return hits


def dotted(folded: str, places: Places) -> list[Hit]:
    """Names of minorities and foreigners written down by sound, `巴特尔·宝音`."""
    return [(*match.span(), "name") for match in places.around(_DOTTED, folded, _POINT, 7, 16)]
