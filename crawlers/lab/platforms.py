"""The invented platforms: fantasy names, temperaments, sizes, and every name a complainant may print."""

from dataclasses import dataclass

UNDECIDED = ("苍鲵", "云岫小铺", "虚州数娱服务部")


@dataclass(frozen=True)
class LabPlatform:
    """One invented platform. `n` cases over the 18 months; `also` printed variants; couid None: not registered."""

    id: str
    name: str
    temper: str
    n: int
    couid: str | None = None
    also: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """The fantasy word of its name."""
        return self.name[:2]

    @property
    def legal_name(self) -> str:
        return f"虚州{self.word}网络科技有限公司"


_ROWS: tuple[tuple[str, str, str, int, tuple[str, ...]], ...] = (
    # n ≥ 30 judged in the headline window
    ("yingjing-kameng", "萤鲸卡盟", "good", 128, ("萤鲸卡盟客服", "螢鯨卡盟", "虚州萤鲸网络科技有限公司")),
    ("jita-faka", "霁獭发卡", "templates", 132, ("霁獭发卡平台", "霁獭官方")),
    ("yanou-dianka", "砚鸥点卡", "silent", 118, ("砚鸥点卡客服",)),
    ("taili-zhichong", "苔狸直充", "fled", 124, ("苔狸官方客服",)),
    ("huyu-quanyi", "琥鹬权益", "withdrawal", 112, ("琥鹬权益官方",)),
    ("nuokun-kameng", "糯鲲卡盟", "hides", 110, ("糯鯤卡盟", "糯鲲卡盟平台")),
    ("lihuan-zhichong", "栎鹮直充", "claims", 122, ("栎鹮会员直充",)),
    ("wudiao-kameng", "雾貂卡盟", "late", 114, ("霧貂卡盟", "雾貂卡盟客服")),
    ("xiulu-fakawang", "岫鹭发卡网", "mixed", 116, ("岫鹭自动发卡",)),
    ("qianli-dianka", "芡鲤点卡", "mixed", 84, ("芡鲤点卡商城",)),
    ("tanni-kameng", "昙猊卡盟", "unmatched", 108, ("昙猊卡盟主站",)),
    ("xianghe-quanyi", "缃鹤权益", "refuses", 110, ("缃鹤权益客服",)),
    ("yinhu-shequ", "洇狐社区", "redirects", 112, ("洇狐卡密社区",)),
    ("feitun-huafei", "榧豚话费", "good", 120, ("榧豚话费充值",)),
    ("xianque-daichong", "霰雀代充", "templates", 92, ("霰雀游戏代充",)),
    ("yilu-haoka", "漪鹿号卡", "mixed", 86, ("漪鹿号卡分销",)),
    # 10 ≤ n < 30
    ("cangni-kameng", "苍鲵卡盟", "mixed", 33, ("蒼鯢卡盟",)),
    ("cangni-faka", "苍鲵发卡", "good", 30, ()),
    ("lixiao-kameng", "栗鸮卡盟", "silent", 31, ("栗鸮卡盟客服",)),
    ("suxiao-kameng", "粟鸮卡盟", "unregistered", 28, ()),
    ("yanjian-zhichong", "烟鲣直充", "redirects", 29, ()),
    ("qinmo-quanyi", "沁貘权益", "refuses", 32, ("沁貘会员权益",)),
    ("tangshen-dianka", "棠蜃点卡", "late", 30, ()),
    ("chengao-kameng", "澄獒卡盟", "good", 28, ("虚州澄獒网络科技有限公司",)),
    ("weiyuan-huafei", "蔚鸢话费", "claims", 31, ()),
    ("yuxun-faka", "郁鲟发卡", "mixed", 27, ()),
    # n < 10
    ("hengliao-kameng", "珩鹩卡盟", "mixed", 8, ()),
    ("yuanyou-zhichong", "沅鼬直充", "good", 9, ()),
    ("jindiao-dianka", "槿鲷点卡", "silent", 7, ()),
    ("feirong-faka", "霏狨发卡", "redirects", 6, ()),
    ("ruozhe-quanyi", "箬鹧权益", "hides", 8, ()),
    ("qiongfang-kameng", "茕鲂卡盟", "unregistered", 9, ()),
    ("yinghe-huafei", "璎貉话费", "unregistered", 5, ()),
    ("xiwu-kameng", "汐鼯卡盟", "withdrawal", 7, ()),
    ("xiguan-faka", "樨鹳发卡", "late", 6, ()),
    ("daiping-zhichong", "黛鲆直充", "mixed", 9, ()),
    ("liaodong-dianka", "蓼鸫点卡", "refuses", 5, ()),
    ("lihou-kameng", "砾犼卡盟", "silent", 8, ()),
    ("mingnian-quanyi", "溟鲶权益", "claims", 7, ()),
    ("aixian-faka", "皑鹇发卡", "mixed", 6, ()),
    ("yueran-kameng", "玥蚺卡盟", "good", 7, ()),
    ("shengan-zhichong", "笙鹌直充", "mixed", 4, ()),
    ("yaohuan-dianka", "杳獾点卡", "silent", 5, ()),
    ("xietai-kameng", "缬鲐卡盟", "unregistered", 6, ()),
    ("shuti-haoka", "漱鹈号卡", "unregistered", 4, ()),
    ("zheyao-quanyi", "柘鳐权益", "good", 6, ()),
)


def _platform(position: int, row: tuple[str, str, str, int, tuple[str, ...]]) -> LabPlatform:
    slug, name, temper, n, also = row
    couid = None if temper == "unregistered" else str(9900000100 + 7 * position)
    return LabPlatform(slug, name, temper, n, couid, also)


PLATFORMS: tuple[LabPlatform, ...] = tuple(_platform(position, row) for position, row in enumerate(_ROWS))
PRINTED: dict[str, str] = {name: platform.id for platform in PLATFORMS for name in (platform.name, *platform.also)}
"""Every printed name that a person has decided, and whose it is."""


def by_id(platform: str) -> LabPlatform:
    return next(found for found in PLATFORMS if found.id == platform)
