"""Campaigns: many different people on one platform, one pasted text, everyone's own amount, order number and day."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from crawlers.lab.drafting import Market, Wish, add_case
from crawlers.lab.matter import day
from crawlers.lab.stories import STORIES, Story
from crawlers.lab.telling import Teller
from crawlers.lab.things import SHANGHAI

_ONE_ANSWER = (
    "各位用户好，3月10日晚支付通道故障造成的订单未到账，已于3月14日全部修复，受影响订单均已补发到账，请登录账户查看，"
    "我们对此次故障深表歉意。"
)
_ONE_EXCUSE = "您好，号卡佣金结算由上游运营商负责，结算延迟是运营商系统的问题，与本平台无关，请知悉。"
_TAILS = ("", "", "大家都在维权，请重视。", "我们群里有几十个人。", "希望早日解决。", "请尽快回应。")


@dataclass(frozen=True)
class Campaign:
    """`story` is a named story or the one answer everybody gets."""

    id: str
    platform: str
    people: int
    first_on: datetime
    days: float
    text: str
    story: str
    answer: str | None = None
    group: bool = False


CAMPAIGNS = (
    Campaign(
        "outage", "qianli-dianka", 24, datetime(2026, 3, 13, 9, tzinfo=SHANGHAI), 5,
        "3月10日晚芡鲤点卡系统故障，我在当晚下单的点卡支付成功却没有到账，订单号{order}，金额{money}元，付款日期3月10日。页面显示订单不存在，"
        "客服群全员禁言。同一时间有很多人遇到同样的故障，请平台给受影响的人一个统一答复。{tail}",
        "campaign:answered", _ONE_ANSWER, group=True,
    ),
    Campaign(
        "frozen", "tanni-kameng", 21, datetime(2026, 6, 4, 10, tzinfo=SHANGHAI), 18,
        "昙猊卡盟冻结代理余额不让提现，后台余额{money}元，最后一笔充值单号{order}，自{day}起一直提示账户异常。站长在公告里说要再充值才能解冻，"
        "这是变相逼代理继续投钱。要求昙猊卡盟立即恢复提现，退还全部代理余额。{tail}",
        "silent", group=True,
    ),
    Campaign(
        "commission", "yilu-haoka", 18, datetime(2026, 1, 12, 8, tzinfo=SHANGHAI), 55,
        "漪鹿号卡宣传推广号卡高佣金秒结，我{day}推广的订单{order}已经激活，应得佣金{money}元却迟迟不结算，后台状态被改成审核失败。"
        "分销协议写的是激活即结，平台单方面修改规则，损害推广人的权益，要求按协议支付佣金。{tail}",
        "campaign:brushed_off", _ONE_EXCUSE,
    ),
    Campaign(
        "keys", "jita-faka", 16, datetime(2025, 12, 18, 9, tzinfo=SHANGHAI), 26,
        "在霁獭发卡购买的卡密全部是被使用过的旧卡，{day}付款{money}元，单号{order}，兑换时提示已被他人兑换。"
        "平台自动发货后就不认账，把责任推给匿名店铺，要求霁獭发卡对平台上的店铺负责，先行退还货款。{tail}",
        "brushed",
    ),
)  # fmt: skip


def _answering(campaign: Campaign) -> Story | None:
    """The story in which everybody gets the same answer; None: the named story is told."""
    answer = campaign.answer
    if answer is None:
        return None

    def tell(teller: Teller) -> None:
        if campaign.story == "campaign:answered":
            teller.say(teller.hours(70, 150), answer, "resolved_claim")
        else:
            teller.say(teller.hours(20, 200), answer, "blame")

    rung = "answered" if campaign.story == "campaign:answered" else "brushed_off"
    return STORIES["answered" if rung == "answered" else "brushed"]._replace(tell=tell)


def _body(market: Market, campaign: Campaign, at: datetime, money: float) -> str:
    paid = at - timedelta(hours=market.rng.uniform(30, 60))
    slots = {
        "order": market.people.order(paid),
        "money": f"{money:g}",
        "day": day(paid),
        "tail": market.rng.choice(_TAILS),
    }
    return campaign.text.format(**slots)


def add_campaign(market: Market, campaign: Campaign, group_ref: str | None) -> None:
    """File every participant's own case."""
    shop = market.shops[campaign.platform]
    for number in range(campaign.people):
        t0 = campaign.first_on + timedelta(days=campaign.days * (number + market.rng.random()) / campaign.people)
        money = shop.amounts.draw()
        wish = Wish(
            printed=shop.platform.name, body=_body(market, campaign, t0, money), group_ref=group_ref,
            opens_group=number == 0, campaign=campaign.id, amount=money,
            lead=market.rng.uniform(1, 8), wait=market.rng.uniform(0.5, 6),
        )  # fmt: skip
        add_case(market, shop, t0, campaign.story, wish, _answering(campaign))
