#!/usr/bin/env python3
"""A second, independent maker of complaints with labelled cases and campaigns: other words, other shapes than groups.py.

usage: groups_second.py [--seed 1] [--out FILE.jsonl]     fields as in GROUPS.md

``{a/b}`` is a free choice. A dispute is told in one of four shapes: letter, form with headings, chat, officialese. A re-telling keeps the
facts and most clauses; a portal's copy is cut, renamed or put in the third person. Everything is made up.
"""
import argparse, datetime as dt, json, random, re

PLATFORMS = "星帆云卡 鹿野权益 老街卡铺 蓝鲸自助发卡 七号货源 晴川直冲 小满点卡 极光提卡 木樨卡社 三更卡盟 半亩数娱 南枝充值".split()
SIZES = [260, 180, 140, 110, 90, 70, 60, 50, 40, 30, 20, 12]
PORTALS, NAMES = ["heimao", "xfb315", "dianshubao"], {"heimao": "黑猫投诉", "xfb315": "消费保", "dianshubao": "电诉宝"}
WHEN = ["{上周三/前天夜里/这个月初/周日中午/半个月前/清明那天}", "{大概八点/下班后/午休时/凌晨一点多/吃过晚饭}", "{学校放假那天/发工资当天/停电那晚/搬家之前}"]
WARES = {"充值未到账": "两百元电费 手游元宝 通宝 联通话费 加油卡额度 直播钻石 校园卡余额", "掉会员": "音乐豪华绿钻 云盘年费 听书包年 剧场白金卡 办公软件授权 修图会员", "卡密无效": "加速器月卡 单机激活码 咖啡兑换券 充值序列号 杀毒软件钥匙 外卖红包码",
         "余额无法提现": "推广返佣 寄售货款 分站利润 店铺结算款 供货余额 任务酬劳", "封号": "自动挂机程序 段位代打 皮肤代充 外区礼包 改名卡 首充号", "虚假宣传": "引流课程 永久权限 渠道资料 一手货源表 剪辑素材包 社群名额"}
FACTS = {
 "充值未到账": ["{界面/小程序里}写着{交易完结/已经完成}，{登进去/刷新}一看{数额/余额}{跟原先一样/没有任何变化}", "{进度条/状态栏}停在{等待上游/排队当中}，{盯/守}了{一宿/整个下午}", "{拨通/咨询}{运营商/游戏官方}热线，{坐席/对方}查证{并无/没有}这条入账",
   "{钱包/零钱}{当即/立马}少了，{东西/额度}却{石沉大海/杳无音信}", "{号码/编号}我{核对/对照}过三遍，{一位不差/不存在填错}", "{家里/楼道}眼看要{断电/停机}，{急得团团转/只好另外又缴一份}", "{页尾/规则}承诺{半小时/一刻钟}{内/之内}，{如今/眼下}都{第五日/一个礼拜}"],
 "掉会员": ["{用到/才过}{第九天/二十来天}{忽然/一下子}{弹出/提示}{权限收回/授权终止}", "{图标/徽章}{灰了/没了}，{歌单/文件}统统{打不开/被锁住}", "{官方/正版方}答复{该授权/这个渠道}系{盗用学生资格/违规分享}", "{重新/二次}{绑定/激活}后{撑/坚持}不到{两天/三天}又{掉/失效}",
   "{标题/封面}明明{印着/标明}{包售后一整年/质保到期}，{如今/现在}{推说/讲}{政策变化/活动下线}", "{换/借}台{平板/电脑}登也{一样/没用}，{权益栏/服务页}空空"],
 "卡密无效": ["{十六位/那串}字符{输进去/提交}{显示/弹窗}{不存在/早被别人领走}", "{门店/收银}扫{不出来/了说作废}，{当着同事/后面排队}{挺尴尬/很难堪}", "{试/换}了{网页/手机}两种{入口/办法}都{提示错误/失败}", "{回头/再去}要{调换/换新}，{发来/补的}{依旧/还是}{哑弹/废串}",
   "{背面/说明}的{截止/有效}日期居然是{去年底/上个季度}", "{查询/验证}记录表明{昨日/买之前}{外省/异地}{已有人/有设备}{兑走/使用}"],
 "余额无法提现": ["{点/按}下{转出/结算}{只/就}{转圈/闪退}，{折腾/尝试}{数十/好多}回", "{规则/公告}{半夜/悄悄}{改成/换为}{满两千/满一千}才{受理/放行}", "{财务/出纳}{推给/甩锅}{银行/清算}，{银行/柜台}说{压根没/从未}收到{指令/请求}",
   "{手续/服务}费从{千分之五/一个点}{涨到/跳到}{两成/三成}", "{帐面/页面}{数字/金额}好看，{实则/其实}{冻着/动弹不得}", "{下线/客户}{堵门/天天打电话}要{结账/分钱}，我{拿不出/垫不起}"],
 "封号": ["{隔天/次日}{登录/上线}{跳出/收到}{处罚通知/封停公告}，{期限/时长}{十年/永久}", "{养了/陪伴}{五年/六年}的{角色/档案}{毁于一旦/打水漂}", "{当初/下单时}{拍胸脯/保证}{绝对安全/零风险}", "{申诉/复核}{邮件/工单}{被驳回/无果}，{理由/依据}是{第三方工具/异常交易}",
   "{卖家/店家}{反咬/改口}说我{自己乱来/操作不规范}", "{战队/工会}也{把我踢了/除名}，{损失/代价}远超{货价/所付}"],
 "虚假宣传": ["{打开/解压}{一瞧/后}不过是{几张截图/公开网页拼凑}", "{导师/讲师}{三节课/两次}后{失踪/再没出现}", "{宣称/吹嘘}{日结/躺着}{五百/八百}，{照做/跟着做}{俩月/六周}{颗粒无收/倒贴}", "{所谓/号称}{终身/不限}，{次月/过年后}就{要求续/再收}",
   "{群里/评论}{晒单/好评}{清一色/全是}{自己人/托儿}", "{对照/比价}{发现/才知}{正规店/官网}{反而/还}{更低/便宜}"]}
TALK = ["{敲/发}了{七八/十几}条{消息/留言}，{已读/看过}{不回/没下文}", "{机器人/自动应答}{反复/来回}{贴/甩}{同一段/那几行}", "{管事的/负责人}{电话/座机}{始终/总是}{忙音/转语音信箱}", "{值班的/接待}{让/叫}我{别急/耐心}，{转头/过后}{换人/失忆}",
   "{提醒/追问}几次{反被/就被}{禁言/移出群}", "{甲/前台}说归{乙/后台}管，{乙/后台}又{踢/推}回来", "{口头/答应}{今晚/明早}{给结果/回电}，{等到/熬到}{后天/周末}{也没有/落空}", "{工号/姓名}{都不肯/拒绝}{透露/给}", "{语气/口吻}{生硬/嘲讽}，{还/甚至}{撂话/叫嚣}{随你告/不怕查}",
   "{邮箱/表单}{投递/提交}后{自动退信/毫无波澜}"]
ASIDE = ["{我爱人/我姐}{劝/说}{算了吧/别较真}，{可/但}{实在/我}{窝火/不甘心}", "{流水/凭据}{截屏/照片}{齐全/都留着}", "{金额/数目}虽{小/不大}，{性质/做法}{恶劣/过分}", "{楼上/老乡}{也/同样}{中招/吃亏}", "{查/搜}不到{备案/执照}，{落款/主体}{是谁/不明}", "{本来/原想}{送人/当礼物}，{如今/这下}{很没面子/泡汤}",
   "{年纪大了/眼睛不好}，{这些/网上}{弄不明白/搞不懂}", "{已经/也}去{社区/辖区}{登记/备案}", "{当时/那会儿}{图省事/贪便宜}，{怪我/后悔}", "{评价区/论坛}{翻/看}到{类似/差不多}{遭遇/经历}"]
WISH = ["{把/将}{本金/那笔钱}{如数/足额}{归还/返给我}", "{只求/盼}{给句准话/一个说法}", "{要么/或}{履行/补上}，{要么/否则}{原路返还/退款}", "{依规/按法}{三倍/加倍}{补偿/赔}", "{查处/整治}{此类/这样}{商家/网站}", "{三日内/本周}{无果/不办}，{将/就}{起诉/报市监}", "{公开/当面}{认错/致歉}", "{恢复/归还}{使用/权限}{并/且}{延期/补时}"]
TITLES = ["{投诉/曝光}{p}", "{g}{有问题/出事了}", "{p}{不处理/推脱}", "{求助/帮忙}：{g}", "{退钱/还我钱}", "{p}{坑人/言而无信}，{a}元", "{g}{没给/不行}"]
MORE = ["{补充/后续}：{第三天/又一周}，{仍/依旧}{无人问津/没动静}", "{再次/二次}{反映/提交}，{上回/前一次}{被点结束/草草关了}", "{更新/进展}：{对方/店家}{只肯/提出}{退一半/给积分}", "{另/附}：{昨晚/刚才}{页面/商品}{撤了/下架}"]
TEMPLATES = [
 ("充值未到账", "致相关单位：申请人于{d}向{p}支付{a}元购买{g}，合同关系成立。被投诉人收款后未依约交付，经申请人催告仍拒不履行，其行为构成根本违约。依照民法典第五百七十七条，请求责令其返还价款并支付占用期间利息。"),
 ("虚假宣传", "我和群里的姐妹都是被{p}直播间忽悠的，主播说{g}学完包接单，交了{a}元才发现老师是临时请的。现在直播间改名，助教一个个离职，说好的七天无理由也不认，我们要求全额返还学费并处理主播！"),
 ("掉会员", "{d}在{p}拍的{g}，实付{a}，拍前问过是不是官方直开，客服回“百分百官方，掉了包补”。没几周权益被回收，再问就说活动结束不再受理。聊天记录可以证明承诺在先，请按承诺补足剩余时长或按比例退费。"),
 ("余额无法提现", "本人系{p}合作商户，后台可结算{a}元，{d}发起结算至今超过约定周期。平台以系统升级为名暂停所有商户出款，却照常收取新商户入驻保证金，疑似资金链断裂，恳请主管部门核查其备付金情况并督促兑付。"),
 ("卡密无效", "在{p}花{a}元拿的{g}，全是二手货。卖家一开始让我录开箱视频，录了又说不算数；让我找平台，平台说超过一小时不管售后。请监管部门查一查这家到底卖过多少废码，别让更多人上当。")]
QUOTES = ["尊敬的商户，因支付通道合规整改，您的结算申请将顺延至整改完成后统一处理，期间请勿重复提交，由此带来的不便敬请谅解", "【服务提醒】您所购权益因上游策略调整提前终止，剩余价值已折算为平台金豆，可在商城抵扣使用，不支持折现",
 "经核实该串码已于售出后三分钟内被成功核销，依据用户须知第九条，本店不承担任何补发责任", "系统检测到您的账户存在批量下单行为，现已转入人工复核队列，复核期间余额及订单功能暂停使用"]
GENERIC, NICK = ["匿名用户", "热心市民"], "芝麻 汤圆 小鹿 阿杰 海星 团子 大壮 橙汁 半夏 老猫 一粒沙 北风 拾光 枕木 小九".split()


def grams(text):
    t = re.sub(r"\W+", "", text)
    return {t[i : i + 3] for i in range(len(t) - 2)}


class Maker:
    def __init__(self, seed):
        self.r, self.rows, self.n, self.told = random.Random(seed), [], 0, {}

    def say(self, text, **slots):
        """Resolve slots, then choices."""
        for name, value in slots.items():
            text = text.replace("{" + name + "}", value)
        return re.sub(r"\{([^{}]*)\}", lambda m: self.r.choice(m[1].split("/")), text)

    def person(self):
        r = self.r
        return dict(tel="1" + r.choice("3589") + str(r.randrange(10**8, 10**9)), nick=r.choice(GENERIC) if r.random() < .04 else r.choice(NICK) + str(r.randrange(10**5)), sur=r.choice("安卜柴丁费甘洪姜孔冷"))

    def story(self, p, issue=None, when=None, who=None, amount=None):
        r = self.r
        issue = issue or r.choice(list(FACTS))
        when = when or dt.datetime(2025, 5, 1) + dt.timedelta(minutes=r.randrange(300 * 1440))
        a = amount or r.choice([38, 88, 199, 399, 666, round(10 ** r.uniform(1, 3.4)), round(10 ** r.uniform(1, 3.2), 1)])
        s = dict(p=p, issue=issue, when=when, who=who or self.person(), a=a, g=r.choice(WARES[issue].split()), ono=r.choice(["SN", "D", "20", ""]) + str(r.randrange(10**11, 10**13)), shape=r.choice("信表聊官"))
        s["facts"] = [self.say(x) for x in r.sample(FACTS[issue], r.randrange(2, 6))] + [self.say(x) for x in r.sample(TALK, r.choice([0, 1, 1, 2, 3]))] + [self.say(x) for x in r.sample(ASIDE, r.choice([0, 0, 1, 2]))]
        s["open"] = self.say(r.choice(WHEN)) + self.say(r.choice(["{我/本人}{通过/经}{p}{要了/订了}{g}，{合/折}{a}元", "{p}{那儿/上面}{买的/弄的}{g}，{总/实}付{a}", "{熟人/短视频}{带到/引去}{p}，{掏/付}了{a}块{换/拿}{g}"]), p=p, g=s["g"], a=str(a))
        s["wish"], s["mark"] = self.say(r.choice(WISH)), r.choice([None, None, "单号" + s["ono"], "手机" + s["who"]["tel"]])
        return s

    def fresh(self, p, *args, **kw):
        """A dispute whose text stays apart from earlier ones of the platform: victims do not share sentences by chance."""
        best = (2, None, None)
        for _ in range(40):
            s = self.story(p, *args, **kw)
            g = grams(self.tell(s))
            near = max((len(g & o) / len(g | o) for o in self.told.get(p, ())), default=0)
            best = min(best, (near, s, g), key=lambda x: x[0])
            if near < .2:
                break
        self.told.setdefault(p, []).append(best[2])
        return best[1]

    def tell(self, s, facts=None, extra=""):
        body = [s["open"], *(facts if facts is not None else s["facts"]), *([s["mark"]] if s["mark"] else [])]
        if s["shape"] == "表":
            return f"【购买情况】{body[0]}\n【问题经过】{'；'.join(body[1:])}。{extra}\n【诉求】{s['wish']}"
        if s["shape"] == "聊":
            return "～".join(body) + "😡" + extra + s["wish"] + "！！"
        if s["shape"] == "官":
            return "现就以下情况提请处理：" + "。".join(body) + "。" + extra + "综上，" + s["wish"] + "。"
        return "，".join(body) + "。" + (extra + "。" if extra else "") + s["wish"] + "。"

    def emit(self, s, body, case, camp=None, kind="base", portal=None, when=None, **force):
        r, w = self.r, s["who"]
        portal = portal or r.choices(PORTALS, [6, 3, 1])[0]
        author = {"heimao": w["nick"], "xfb315": w["sur"] + "**", "dianshubao": "河北省的" + w["sur"] + "女士"}[portal]
        row = dict(portal=portal, ref=str(r.randrange(10**10, 10**11)), platform=s["p"], title=self.say(r.choice(TITLES), p=s["p"], g=s["g"], a=str(s["a"])), body=body, amount_yuan=None if r.random() < .2 else float(s["a"]), filed_at=(when or s["when"]).strftime("%Y-%m-%d %H:%M:%S"),
                   author=None if r.random() < .4 else author, order_no=s["ono"] if r.random() < .15 else None, truth_case=case, truth_campaign=camp, kind=kind)
        row.update(force)
        self.rows.append(row)
        return row

    def new(self, letter):
        self.n += 1
        return f"{letter}{self.n}"

    def copy(self, s, first, how):
        r, days = self.r, dt.timedelta(days=self.r.randrange(1, 45), minutes=self.r.randrange(900))
        shared = r.choice(["order", "phone", "author", "amount", "amount"])
        if how == "repost":
            facts = [self.say(x) if r.random() < 0 else x for x in s["facts"] if r.random() > .15] or s["facts"]
            r.random() < .4 and r.shuffle(facts)
            s2 = dict(s, shape=s["shape"] if r.random() < .7 else r.choice("信表聊官"), wish=self.say(r.choice(WISH)) if r.random() < .5 else s["wish"])
            body, portal = self.tell(s2, facts, self.say(r.choice(MORE)) if r.random() < .7 else ""), first["portal"]
        elif how == "exact":
            body, portal = first["body"], first["portal"]
        else:
            body, portal = first["body"], r.choice([x for x in PORTALS if x != first["portal"]])
            body = body.replace("黑猫投诉", NAMES[portal]).replace("本人", "我")
            if portal == "dianshubao":
                body = f"{s['who']['sur']}女士投诉，" + body.replace("我", "她")
            if len(body) > 110 and r.random() < .6:
                body = body[: r.randrange(95, 112)] + "..."
            if r.random() < .4:
                body = body.translate(str.maketrans("，。；：！", ",.;:!"))
        row = self.emit(s, body, first["truth_case"], first["truth_campaign"], how, portal, s["when"] + days, author=first["author"] if portal == first["portal"] else None)
        if shared == "order":
            row["order_no"] = first["order_no"] = s["ono"]
        elif shared == "phone" and how != "exact":
            for x in (first, row):
                x["body"] = x["body"] if s["who"]["tel"] in x["body"] else x["body"] + "联系电话" + s["who"]["tel"]
        elif shared == "author" and portal == first["portal"] and s["who"]["nick"] not in GENERIC:
            row["author"] = first["author"] = s["who"]["nick"] if portal == "heimao" else first["author"] or s["who"]["sur"] + "**"
        row["amount_yuan"] = first["amount_yuan"] = float(s["a"]) if shared in ("author", "amount") else row["amount_yuan"]
        return row


def build(seed):
    """All complaints in order of filing."""
    m = Maker(seed)
    r = m.r
    for p, size in zip(PLATFORMS, SIZES):
        for _ in range(size):
            s = m.fresh(p)
            first = m.emit(s, m.tell(s), m.new("c"))
            if r.random() < .17:
                for _ in range(r.choice([1, 1, 1, 2, 3])):
                    m.copy(s, first, r.choice(["repost", "repost", "cross", "cross", "exact"]))
    for n, (issue, text) in enumerate(TEMPLATES * 2):
        p, size, start, camp = PLATFORMS[(n * 5 + n // 5) % 9], [40, 22, 12, 7, 4][n % 5] // (1 + n // 5), dt.datetime(2025, 5, 1) + dt.timedelta(days=r.randrange(200)), m.new("k")
        for _ in range(max(size, 3)):
            s = m.story(p, issue, start + dt.timedelta(minutes=r.randrange(40 * 1440)), amount=r.choice([None, None, 199]))
            parts = m.say(text, p=p, g=s["g"], a=str(s["a"]), d=f"{s['when'].month}月{s['when'].day}日").split("。")
            parts = [x for x in parts if r.random() > .12 * (n // 5)] or parts
            for x in r.sample(s["facts"], r.choice([0, 0, 1, 2])):
                parts.insert(r.randrange(len(parts)), x)
            m.emit(s, "。".join(x for x in parts if x) + "。", m.new("c"), camp, "template")
    for n, text in enumerate(QUOTES):
        p, camp = PLATFORMS[n * 2], m.new("k")
        for _ in range([18, 9, 5, 3][n]):
            s = m.fresh(p, ["余额无法提现", "掉会员", "卡密无效", "余额无法提现"][n])
            q = text if r.random() < .7 else text[: int(len(text) * .7)] + "…"
            s["facts"].insert(r.randrange(len(s["facts"])), r.choice(["收到通知：{}", "对方贴来一段“{}”", "短信原文是{}"]).format(q))
            m.emit(s, m.tell(s), m.new("c"), camp, "quote")
    for n, (p, issue, size) in enumerate([(PLATFORMS[0], "余额无法提现", 45), (PLATFORMS[1], "充值未到账", 30), (PLATFORMS[2], "封号", 24), (PLATFORMS[4], "充值未到账", 16), (PLATFORMS[5], "卡密无效", 14)]):
        start, camp = dt.datetime(2025, 8, 1) + dt.timedelta(days=30 * n), m.new("k")
        m.rows = [x for x in m.rows if not (x["platform"] == p and x["kind"] == "base" and abs((dt.datetime.fromisoformat(x["filed_at"]) - start).days) <= 8)]
        for _ in range(size):
            s = m.fresh(p, issue, start + dt.timedelta(minutes=r.randrange(3 * 1440)))
            m.emit(s, m.tell(s), m.new("c"), camp, "event")
    for _ in range(60):
        p, who = r.choice(PLATFORMS[:6]), m.person()
        for k in range(2):
            s = m.fresh(p, who=who)
            s["mark"] = r.choice(["手机" + who["tel"], None])
            m.emit(s, m.tell(s), m.new("c"), None, "two_disputes", "heimao", author=who["nick"], order_no=s["ono"])
    rows = sorted(m.rows, key=lambda x: (x["filed_at"], x["ref"]))
    sizes = {}
    for x in rows:
        sizes.setdefault(x["truth_campaign"], set()).add(x["truth_case"])
    for n, x in enumerate(rows, 1):
        x["id"] = f"s{n:05d}"
        x["truth_campaign"] = x["truth_campaign"] if x["truth_campaign"] and len(sizes[x["truth_campaign"]]) >= 3 else None
    return rows


if __name__ == "__main__":
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--out", default="/dev/stdout")
    a = ap.parse_args()
    with open(a.out, "w", encoding="utf8") as f:
        f.writelines(json.dumps(x, ensure_ascii=False) + "\n" for x in build(a.seed))
