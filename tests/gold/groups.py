#!/usr/bin/env python3
"""Seeded generator of invented complaints with labelled cases and campaigns (see GROUPS.md).

usage: groups.py [--seed 1] [--out groups.jsonl.gz]

Sentences live in groups_bank.txt: ``[a|b|]`` is a free choice, ``<p>`` a slot. A *story* is one dispute: fixed facts plus a list of sentence
parts, each with its own seed, so the same story can be told again word for word (exact copy) or in other words (new seeds for some parts).
Nothing here is taken from a real complaint; every platform, person, number and account is made up.
"""
import argparse, collections, datetime as dt, gzip, json, os, random, re

HERE = os.path.dirname(os.path.abspath(__file__))
START, DAYS = dt.datetime(2025, 3, 1), 335
PLATFORMS = ("青蛰卡盟 橘沼点卡 麦垛权益 霜糯直充 砚雀卡盟 苔星发卡网 鹭枕数卡 椒桐提卡网 云芋卡盟 砾蓝代刷网 芥舟社区 柚隐卡社 墨鲤卡盟 沉杉货源 藕塘充值 瓷鹿会员 蒲灯卡盟 榛月点券 雾梨数娱 "
             "漆燕卡铺 桑屿卡盟 盐橙话费 柳砧发卡 萤渡权益 枫蟹卡盟 葵汐直充 稻鲸社区 磐柿卡盟 冬蕨点卡 泊兔会员 棠獾卡网 银芡卡盟 珀笋号卡 竹翎代理网 潮菇卡盟 荻鸦充值 陶蓟发卡 暮螺卡盟 砂荔权益 "
             "杏鸢直充 鲛茶卡盟 栗帆游卡 蓼鹤提卡 茴雁卡盟 岚芹数卡 蔗狸卡社 楸贝卡盟 驼莓点券 萍鹞会员 梧蝉卡盟 湖椰充值 锦蕈发卡 霁豚卡盟 苇鸥货源 槐鳐数卡 莲貂卡盟 朔桃直充 荞雕代刷 檀蛙卡盟 汀鹌权益").split()
SIZES = [330, 290, 270, 120, 95, 80, 70, 60, 55, 50] + [40] * 6 + [30] * 8 + [18] * 14 + [9] * 14 + [4] * 8
PORTALS, PCUM = ["heimao", "xfb315", "dianshubao"], [72, 90, 100]
PNAME = {"heimao": ["黑猫投诉", "黑猫"], "xfb315": ["消费保"], "dianshubao": ["电诉宝"]}
SYN = [("联系", "找"), ("一直", "始终"), ("没有", "没"), ("现在", "目前"), ("要求", "请求"), ("退款", "退钱"), ("客服", "客服人员"), ("网站", "站点"), ("显示", "提示"), ("根本", "压根"), ("已经", "早已"), ("我的", "本人的"), ("什么", "啥"),
       ("结果", "到头来"), ("说是", "声称"), ("马上", "立刻"), ("没人", "无人"), ("还是", "依然"), ("知道", "清楚"), ("商家", "卖家"), ("到现在", "至今"), ("账号", "帐号"), ("会员", "VIP"), ("充值", "充钱"), ("多次", "好几次"), ("平台", "网站")]
IDENT = ["[订单号|单号|订单编号][：|是|为|]<ono>", "充值账号[：|是|]<acct>", "[本人|我][电话|手机]<tel>", "[我的|我]QQ[号|][：|是|]<qq>", "[交易|支付]流水号<ono>", "联系[我|][：|]<tel>"]
SHOP = ["[他们|店家]客服QQ[：|是|]<sqq>", "[加的|对方]微信号<swx>", "[平台|网站]客服电话<stel>", "[收款|联系]的QQ<sqq>"]
GENERIC = ["手机用户", "热心网友", "微博用户", "黑猫用户", "路人甲"]
PROV, SURN = "广东省 江苏省 浙江省 河南省 四川省 山东省 湖北省 福建省 北京市 上海市".split(), "王李张刘陈杨赵黄周吴徐孙胡朱高林"
NICK = "小|大|阿|一只|老|爱吃|不想上班的|追风|夜里的|南方", "橙子|海豹|石头|木木|可乐|胖达|晚晚|北极星|柠檬|老六|二哈|云朵|西瓜|地瓜|豆包|咸鱼"
MONEY = {"余额无法提现", "余额冻结", "跑路关站"}
NORM = re.compile(r"[^\w]+")


def load_bank():
    """Sections of groups_bank.txt: {heading: [line, ...]}."""
    bank, cur = {}, None
    for line in open(os.path.join(HERE, "groups_bank.txt"), encoding="utf8"):
        line = line.rstrip("\n")
        if line.startswith("# "):
            cur = bank.setdefault(line[2:], [])
        elif line:
            cur.append(line)
    for key in ("titles", "goods"):
        bank[key] = {k: v for k, v in (x.split("=", 1) for x in bank[key])}
    return bank


BANK = load_bank()
ISSUES = [k[5:] for k in BANK if k.startswith("core ")]
STOCK14 = {s[i:i + 14] for s in BANK["stock"] for i in range(len(s) - 13)}


def grams(text, n=3):
    """Set of character n-grams of the text without punctuation and blanks."""
    t = NORM.sub("", text)
    return {t[i:i + n] for i in range(len(t) - n + 1)}


def jac(a, b):
    """Jaccard similarity of two sets."""
    return len(a & b) / (len(a | b) or 1)


def spin(rng, text):
    """Resolve the ``[a|b]`` choices of one skeleton."""
    return re.sub(r"\[([^\[\]]*)\]", lambda m: rng.choice(m[1].split("|")), text)


class World:
    """Holds the random state, the platforms' printed memory (to keep independent texts independent) and the rows."""

    def __init__(self, seed):
        self.rng, self.rows, self.cases, self.camps = random.Random(seed), [], 0, 0
        self.memory = collections.defaultdict(list)
        self.long = collections.defaultdict(collections.Counter)
        self.quiet = collections.defaultdict(list)   # platform -> [(issue, from, to)] kept free of background
        r = self.rng
        self.shop = {p: dict(sqq=str(r.randrange(10**8, 4 * 10**9)), swx="km" + str(r.randrange(10**4, 10**7)), stel="400" + str(r.randrange(10**6, 10**7))) for p in PLATFORMS}
        self.ono_style = {p: r.choice(["date", "km", "long", "num"]) for p in PLATFORMS}
        self.mix = {p: r.choices(ISSUES, k=5) for p in PLATFORMS}

    def case(self):
        """A fresh case id."""
        self.cases += 1
        return f"c{self.cases}"

    def camp(self):
        """A fresh campaign id."""
        self.camps += 1
        return f"k{self.camps}"

    def day(self):
        """A moment of the year, evenings more likely."""
        r = self.rng
        return START + dt.timedelta(days=r.randrange(DAYS), hours=min(23, int(r.triangular(0, 24, 20))), minutes=r.randrange(60), seconds=r.randrange(60))

    def order(self, p, when):
        """An order number in the platform's own style."""
        r, s = self.rng, self.ono_style[p]
        return {"date": when.strftime("%Y%m%d") + str(r.randrange(10**5, 10**6)), "km": "KM" + str(r.randrange(10**9, 10**10)), "long": str(r.randrange(10**17, 10**18)), "num": str(r.randrange(10**8, 10**9))}[s]

    def person(self):
        """One complainant: a display name per portal and his own contact data."""
        r = self.rng
        sur, tel = r.choice(SURN), "1" + r.choice("35789") + str(r.randrange(10**8, 10**9))
        nick = r.choice(["用户" + str(r.randrange(10**7, 10**10)), r.choice(NICK[0].split("|")) + r.choice(NICK[1].split("|")) + r.choice(["", "_" + str(r.randrange(1000)), str(r.randrange(10**4))])])
        return {"heimao": r.choice(GENERIC) if r.random() < .03 else nick, "xfb315": r.choice([sur + "**", sur + "*", tel[:3] + "****" + tel[7:]]), "dianshubao": r.choice(PROV) + "的" + sur + r.choice(["先生", "女士"]),
                "tel": tel, "qq": str(r.randrange(10**7, 3 * 10**9)), "sex": r.choice("他她"), "sur": sur}

    def story(self, p, issue=None, when=None, k=None, who=None, ident=None, amount=None):
        """A dispute: facts and sentence parts. ``when`` is the filing moment."""
        r = self.rng
        when = when or self.day()
        issue = issue or (r.choice(self.mix[p]) if r.random() < .5 else r.choice(ISSUES))
        for i, a, b in self.quiet[p]:
            if i == issue and a <= when <= b:
                issue = "虚假宣传" if i != "虚假宣传" else "代刷量不足"
        amount = amount or r.choice([9.9, 19.9, 29.8, 49, 68, 98, 99, 128, 198, 298, 328, 648, 1980, 2980, round(10 ** r.uniform(.8, 3.6)), round(10 ** r.uniform(.8, 3.3)), round(10 ** r.uniform(.8, 3.2), 2)])
        bought = when - dt.timedelta(days=min(40, int(r.expovariate(1 / 6))), hours=r.randrange(20))
        who = who or self.person()
        s = dict(p=p, issue=issue, when=when, bought=bought, amount=float(amount), goods=r.choice(BANK["goods"][issue].split("|")).split("/"), who=who, ono=self.order(p, bought), reg=r.choices(range(7), [44, 12, 12, 8, 8, 8, 8])[0],
                 fid=r.random(), acct=r.choice([who["tel"], who["qq"], "uid" + str(r.randrange(10**6, 10**9))]))
        k = k or max(1, min(24, round(2.718 ** r.gauss(1.38, .78))))
        parts, core = [], BANK["core " + issue]
        parts += [("core " + issue, i) for i in r.sample(range(len(core)), max(1, min(len(core), round(k * .34))))]
        if k >= 3 and r.random() < .85:
            sec = "open money" if issue in MONEY else "open"
            parts.insert(0 if r.random() < .75 else 1, (sec, r.randrange(len(BANK[sec]))))
        for sec, share in (("contact", .28), ("filler", .16), ("demand", .13)):
            m = int(k * share + r.random())
            parts += [(sec, i) for i in r.sample(range(len(BANK[sec])), min(m, k - 1))]
        if k >= 4 and r.random() < .3:
            a = r.randrange(len(parts) - 1)
            parts[a], parts[a + 1] = parts[a + 1], parts[a]
        if k >= 5 and r.random() < .15:
            parts.insert(2, ("core " + r.choice(["拒绝退款", "虚假宣传"]), r.randrange(7)))
        if ident if ident is not None else (k >= 2 and r.random() < .28):
            parts.insert(r.randrange(1, len(parts) + 1), ("ident", r.randrange(len(IDENT))))
        if k >= 3 and r.random() < .05:
            parts.insert(r.randrange(1, len(parts) + 1), ("shop", r.randrange(len(SHOP))))
        if k >= 2 and r.random() < .2:
            parts.append(("stock", r.randrange(len(BANK["stock"]))))
        s["parts"] = [(a, b, r.random()) for a, b in parts]
        return s

    def fill(self, s, text, rng):
        """Expand one skeleton with the story's facts; wording may vary with rng, facts do not."""
        a, b = s["amount"], s["bought"]
        whole = a == int(a)
        forms = {"p": lambda: rng.choice([s["p"], s["p"], s["p"][:2] + rng.choice(["", "家", "平台"]), "这个平台", "他们网站", "这家"]), "g": lambda: rng.choice(s["goods"]), "n": lambda: str(rng.randrange(2, 10)), "ono": lambda: s["ono"],
                 "a": lambda: rng.choice([f"{int(a)}元", f"{int(a)}块", f"{int(a)}块钱", f"人民币{int(a)}元"] if whole else [f"{a}元", f"{a}块", f"{a}"]), "acct": lambda: s["acct"], "tel": lambda: s["who"]["tel"], "qq": lambda: s["who"]["qq"],
                 "d": lambda: rng.choice([f"{b.month}月{b.day}日", f"{b.month}月{b.day}号", f"{b.year}年{b.month}月{b.day}日", f"{b.month}.{b.day}", f"{b.month}月{b.day}日{rng.choice(['上午', '下午', '晚上'])}"]),
                 "t": lambda: rng.choice(["早上八点多", "中午", "晚上十点", "昨晚", "大清早", "傍晚"]), **{x: (lambda x=x: self.shop[s["p"]][x]) for x in ("sqq", "swx", "stel")}}
        return re.sub(r"<(\w+)>", lambda m: forms[m[1]](), spin(rng, text))

    def tell(self, s, parts=None, extra=()):
        """The story's text in its register; equal parts and seeds give equal text."""
        lines = []
        for sec, i, seed in list(parts or s["parts"]) + list(extra):
            rng = random.Random(f"{s['fid']}{sec}{i}{seed}")
            src = sec[4:] if sec.startswith("raw:") else (IDENT if sec == "ident" else SHOP if sec == "shop" else BANK[sec])[i]
            lines.append((self.fill(s, src, rng), rng.random()))
        reg, out = s["reg"], ""
        if reg == 5 and len(lines) >= 4:
            return "\n".join(f"{i}、{x}；" for i, (x, _) in enumerate(lines, 1))
        for n, (x, u) in enumerate(lines):
            end = n == len(lines) - 1
            out += x + {0: "，" if u < .55 else "。", 1: " ", 2: "，", 3: "," if u < .6 else ".", 4: "！" if u < .5 else "，", 5: "。", 6: "。\n" if u < .4 else "，"}[reg] * (not (end and reg in (1, 2)))
        if reg in (0, 6) and out.endswith("，"):
            out = out[:-1] + "。"
        return out.strip().replace("。，", "。")

    def syn(self, text, q):
        """Swap words for others of like meaning."""
        for a, b in SYN:
            if self.rng.random() < q:
                text = text.replace(a, b) if a in text else text.replace(b, a)
        return text

    def fresh(self, p, cap=.2, **kw):
        """A story whose text stays apart from every earlier independent text of the platform."""
        best = None
        for _ in range(60):
            s = self.story(p, **kw)
            t = self.tell(s)
            g, long = grams(t), [x for x in grams(t, 14) if x not in STOCK14]
            worst = max((jac(g, o) for o in self.memory[p]), default=0)
            rep = sum(self.long[p][x] >= 2 for x in long) / 10
            if best is None or worst + rep < best[0]:
                best = worst + rep, s, g, long
            if worst + rep < cap:
                break
        self.memory[p].append(best[2])
        self.long[p].update(best[3])
        return best[1]

    def title(self, s):
        """A title of the kind the portals show."""
        r = self.rng
        if r.random() < .12:
            return r.choice(["退款", "投诉" + s["p"], "求助", "要求退钱", s["p"], "投诉商家不处理", "被骗了"])
        if r.random() < .15:
            return self.fill(s, BANK["core " + s["issue"]][s["parts"][-1][1] % 7], r)[:22]
        return self.fill(s, r.choice(BANK["titles"][s["issue"]].split(" || ")), r)

    def emit(self, s, body, case, camp=None, kind="base", portal=None, when=None, title=None, **force):
        """Append one complaint. force may set author, amount_yuan, order_no."""
        r = self.rng
        portal = portal or r.choices(PORTALS, cum_weights=PCUM)[0]
        when, who = when or s["when"], s["who"]
        ref = {"heimao": lambda: "17" + str(r.randrange(10**8, 10**9)), "xfb315": lambda: str(r.randrange(10**7, 10**8)), "dianshubao": lambda: when.strftime("%Y%m%d") + str(r.randrange(1000, 9999))}[portal]()
        if portal == "dianshubao" and kind != "exact" and "电诉宝" not in body and len(body) > 40 and r.random() < .5:
            body = r.choice(["{}向“电诉宝”投诉称，", "{}反映：", "用户{}投诉，"]).format(who["sur"] + ("先生" if who["sex"] == "他" else "女士")) + body.replace("我", who["sex"])
        row = dict(id="", portal=portal, ref=ref, platform=s["p"], title=title or self.title(s), body=body, amount_yuan=None if r.random() < .2 else s["amount"], filed_at=when.strftime("%Y-%m-%d %H:%M:%S"), author=None if r.random() < .45 else who[portal],
                   order_no=s["ono"] if r.random() < .17 else None, truth_case=case, truth_campaign=camp, kind=kind)
        row.update(force)
        self.rows.append(row)
        return row

    def evident(self, a, b, s):
        """Is there any identity evidence between two complaints of the story's person?"""
        marks = [s["ono"], s["who"]["tel"], s["who"]["qq"], s["acct"]]
        near = abs((dt.datetime.fromisoformat(a["filed_at"]) - dt.datetime.fromisoformat(b["filed_at"])).days) <= 60
        return any(all(m in (x["order_no"] or "") + x["body"] for x in (a, b)) for m in marks) or (a["author"] and a["author"] == b["author"] and a["portal"] == b["portal"] and a["author"] not in GENERIC) or (a["amount_yuan"] is not None and a["amount_yuan"] == b["amount_yuan"] and near)

    def copies(self, s, first, how, n, camp=None, weak=.15):
        """Add n further complaints of the same case: repost, cross or exact."""
        r, case = self.rng, first["truth_case"]
        parts, base, when = list(s["parts"]), grams(first["body"]), s["when"]
        for _ in range(n):
            h = how or r.choices(["repost", "cross", "exact"], [47, 42, 11])[0]
            same = first["portal"]
            if h == "exact":
                portal, body, when = same if r.random() < .7 else r.choice(PORTALS), first["body"], when + dt.timedelta(days=r.randrange(0, 20), minutes=r.randrange(1, 900))
            elif h == "repost":
                portal, when = same if r.random() < .85 else r.choice(PORTALS), when + dt.timedelta(days=r.choice([2, 3, 5, 7, 9, 12, 15, 20, 28, 40, 55]), minutes=r.randrange(600))
                for _try in range(60):
                    q = r.uniform(0, .75)
                    new = [(a, b, r.random() if r.random() < q else c) for a, b, c in parts if a in ("ident",) or r.random() > .08] or parts
                    if r.random() < .3 and len(new) > 3:
                        i = r.randrange(1, len(new) - 1)
                        new[i], new[i + 1] = new[i + 1], new[i]
                    extra = [("follow", i, r.random()) for i in r.sample(range(len(BANK["follow"])), r.choice([0, 1, 1, 1, 2, 2, 3]))]
                    new = extra[:1] + new + extra[1:] if extra and r.random() < .25 else new + extra
                    body = self.syn(self.tell(s, new), r.uniform(0, .35))
                    if .3 <= jac(base, grams(body)) <= .9:
                        break
            else:
                portal = r.choice([x for x in PORTALS if x != same])
                body, when = first["body"], when + dt.timedelta(days=r.choice([0, 0, 0, 1, 1, 2, 4, 8, 13]), minutes=r.randrange(3, 500))
                for name in [y for v in PNAME.values() for y in v]:
                    body = body.replace(name, PNAME[portal][0])
                if r.random() < .35 and len(s["parts"]) > 4:
                    body = self.tell(s, [x for x in parts if x[0] == "ident" or r.random() > .35] or parts)
                if r.random() < .5:
                    body = body.translate(str.maketrans("，。！：；“”", ",.!:;\"\""))
                if r.random() < .3:
                    body = re.sub(r"(?<!\d)(\d{3})\d{4,}(\d{2})(?!\d)", r"\1**\2", body)
                if len(body) > 160 and r.random() < .9:
                    body = body[:r.randrange(140, 156)] + "..."
            if when > START + dt.timedelta(days=365):
                when = START + dt.timedelta(days=365) - dt.timedelta(minutes=r.randrange(1, 4000))
            row = self.emit(s, body, case, camp, h, portal, when, title=first["title"] if h == "exact" or r.random() < .3 else None, amount_yuan=None if r.random() < .15 else s["amount"],
                            author=first["author"] if portal == same and r.random() < .85 else (None if r.random() < .45 else s["who"][portal]), order_no=s["ono"] if r.random() < .22 else None)
            if not self.evident(first, row, s) and r.random() > weak:
                if r.random() < .5 or len(row["body"]) < 60:
                    first["order_no"] = row["order_no"] = s["ono"]
                else:
                    first["amount_yuan"] = row["amount_yuan"] = s["amount"]


def run_cases(w):
    """Background complaints; one dispute in six has copies."""
    r = w.rng
    for p, size in zip(PLATFORMS, SIZES):
        for _ in range(size):
            multi = r.random() < .19
            s = w.fresh(p, k=r.choice([3, 4, 5, 6, 8, 9, 10, 12, 13, 14, 16, 20]) if multi else None, ident=True if multi and r.random() < .55 else None)
            first = w.emit(s, w.tell(s), w.case())
            if multi:
                w.copies(s, first, None, r.choices([1, 2, 3, 5], [72, 19, 7, 2])[0])


if __name__ == "__main__":
    from groups_hard import build
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--out", default=os.path.join(HERE, "groups.jsonl.gz"))
    a = ap.parse_args()
    rows = build(World(a.seed))
    with open(a.out, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as f:
        f.write("".join(json.dumps(x, ensure_ascii=False) + "\n" for x in rows).encode())
    print(len(rows), "complaints", collections.Counter(x["kind"] for x in rows).most_common())
