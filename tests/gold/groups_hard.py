"""Second half of groups.py: campaigns (template, quote, event) and the hard cases that are neither."""
import collections, datetime as dt

import groups as G

TSIZES = [62, 46, 40, 36, 30, 28, 25, 22, 20, 18, 15, 12, 10, 8, 6, 5, 4, 3]
QSIZES = [30, 22, 18, 15, 12, 10, 9, 8, 7, 6, 5, 4, 3, 3]
EVENTS = [(4, "余额无法提现", 46, 3), (7, "跑路关站", 58, 4), (9, "充值未到账", 30, 2), (12, "掉会员", 26, 2), (15, "余额无法提现", 15, 1), (5, "卡密无效", 28, 3), (18, "跑路关站", 34, 2), (1, "充值未到账", 42, 2),
          (21, "封号", 18, 3), (6, "余额冻结", 19, 4), (26, "跑路关站", 22, 1), (30, "余额无法提现", 24, 2), (4, "掉会员", 20, 2), (10, "充值未到账", 17, 1), (11, "充值未到账", 19, 1)]
EVENTS.insert(13, (9, "充值未到账", 23, 2))
INTRO = ["收到短信：“{}”", "他们发公告：{}", "客服原话是“{}”", "弹窗写的：{}", "系统只回了这么一段，{}", "附上对方的通知【{}】", "截图文字如下：{}", "{}这是他们给的说法"]


def plan_events(w):
    """Choose when each outage happens and keep its platform free of that issue around it."""
    out, twin = [], w.rng.randrange(100, 200)
    for n, (pi, issue, size, days) in enumerate(EVENTS):
        at = G.START + dt.timedelta(days=twin if n >= len(EVENTS) - 2 else w.rng.randrange(70, 330), hours=w.rng.randrange(6, 12))
        p = G.PLATFORMS[pi]
        while any(i == issue and abs((at - a).days) < 60 for i, a, _ in w.quiet[p]):
            at = G.START + dt.timedelta(days=w.rng.randrange(30, 330), hours=9)
        w.quiet[p].append((issue, at - dt.timedelta(days=8), at + dt.timedelta(days=days + 10)))
        out.append((p, issue, size, days, at))
    return out


def events(w, plan):
    """Many people, one outage, every one in his own words; two outages also come with an announcement some of them quote."""
    r = w.rng
    w.quiet.clear()
    for n, (p, issue, size, days, at) in enumerate(plan):
        camp, quote = w.camp(), None
        if n in (1, 4):
            quote = next(x.split("@@")[1] for x in G.BANK["quote"][::-1] if x.startswith(issue))
        for _ in range(size):
            when = at + dt.timedelta(hours=min(r.expovariate(2.2 / (24 * days)), 24 * days - 7), minutes=r.randrange(60))
            s = w.fresh(p, issue=issue, when=when, k=max(1, min(12, round(2.718 ** r.gauss(1.3, .6)))))
            s["bought"] = when - dt.timedelta(days=r.choice([0, 0, 1, 1, 2, 3, 10, 30]))
            body = w.tell(s)
            if quote and r.random() < .25:
                body = body.rstrip("。，") + "，" + r.choice(INTRO).format(quote.replace("<p>", p))
            first = w.emit(s, body, w.case(), camp, "event")
            if r.random() < .05:
                copy_strong(w, s, first, camp)


def copy_strong(w, s, first, camp):
    """A further complaint of a campaign member, tied to him by more than amount and date."""
    n = len(w.rows)
    w.copies(s, first, None, 1, camp, 0)
    second = w.rows[n]
    second["amount_yuan"], keep = None, second["amount_yuan"]
    if not w.evident(first, second, s):
        first["order_no"] = second["order_no"] = s["ono"]
    second["amount_yuan"] = keep


def template(w, line, p, size, drift, kind="template", amount=None, span=200, labelled=True):
    """One agency text and its members; ``drift`` 0 … 1 says how far they wander from it."""
    r = w.rng
    issue, title, text = line.split("@@")
    sents, seen = [x.rstrip("。") for x in text.split("/")], []
    fid, same = r.random(), [r.random() for _ in sents]
    camp, t0 = (w.camp() if labelled else None), r.randrange(0, G.DAYS - span)
    for _ in range(size):
        when = G.START + dt.timedelta(days=t0 + r.randrange(span), hours=r.randrange(8, 24), minutes=r.randrange(60))
        for attempt in range(60):
            s = w.story(p, issue, when, k=r.randrange(2, 8), amount=amount if r.random() < .75 else None)
            s["reg"] = 0 if r.random() < .8 else s["reg"]
            s["goods"] = s["goods"] if drift > .3 or r.random() < .4 else G.BANK["goods"][issue].split("|")[0].split("/")
            d = drift * r.uniform(.3, 1.2) * (1 - attempt / 60) if seen else 0
            if drift < .2 and r.random() < .8:
                s["fid"] = fid
            parts = [("raw:" + x, i, same[i] if drift < .4 else r.random()) for i, x in enumerate(sents) if r.random() > d * .55]
            own = [x for x in s["parts"] if r.random() < d * .8]
            for x in own:
                parts.insert(r.randrange(len(parts) + 1), x)
            if r.random() < (.3 if drift > .2 else .12):
                parts.append(("ident", r.randrange(len(G.IDENT)), r.random()))
            s["parts"] = parts or s["parts"]
            body = w.syn(w.tell(s), d * .3)
            g = G.grams(body)
            near = sorted((G.jac(g, o) for o in seen), reverse=True)
            if len([x for x in parts if x[0].startswith("raw:")]) >= 2 and len(body) > 40 and (not seen or .34 <= near[0] <= (1 if r.random() < .02 else .98)):
                break
        seen.append(g)
        first = w.emit(s, body, w.case(), camp, kind, title=w.fill(s, title, r) if r.random() < .6 else None)
        if labelled and r.random() < .06:
            copy_strong(w, s, first, camp)


def templates(w):
    """Agency templates, two of them on one platform, five as scripts over several platforms."""
    r, lines = w.rng, list(G.BANK["tmpl"])
    r.shuffle(lines)

    used, twin = set(), [x for x in lines if x.startswith("代理加盟费")]

    def place(line, lo, hi):
        while True:
            p = G.PLATFORMS[r.randrange(lo, hi)]
            if (line, p) not in used and all(line.split("@@")[0] != i for i, _, _ in w.quiet[p]):
                used.add((line, p))
                return p
    used |= {(x, G.PLATFORMS[13]) for x in twin}
    for n, (line, size) in enumerate(zip(lines, TSIZES)):
        p = place(line, 0, 3) if n in (1, 4, 7) else place(line, 3, 48)
        template(w, line, p, size, [.06, .5, .95][n % 3], amount=r.choice([None, 98.0, 1980.0, 298.0, 68.0]), span=r.choice([5, 14, 40, 200]))
    for line in twin:
        template(w, line, G.PLATFORMS[13], 11, .5, amount=1980.0, span=20)
    for line in lines[5:10]:
        for size in (12, 7, 4, 3, 2, 1):
            p = place(line, 3, 52)
            template(w, line, p, size, r.choice([.08, .3, .6]), "script" if size >= 3 else "script_few", labelled=size >= 3, span=60)


def quotes(w):
    """The platform's own message pasted into otherwise different texts."""
    r, used = w.rng, set()
    jobs = list(zip(G.BANK["quote"], QSIZES)) + [(x, n) for x, n in zip(G.BANK["quote"][::3], (9, 5, 3, 2, 2))]
    for line, size in jobs:
        issue, text = line.split("@@")
        p = r.choice([x for x in G.PLATFORMS[2:50] if (line, x) not in used and all(issue != i for i, _, _ in w.quiet[x])])
        used.add((line, p))
        camp, text = (w.camp() if size >= 3 else None), text.replace("<p>", p)
        t0, span = r.randrange(0, 250), r.choice([6, 20, 60, 110])
        for _ in range(size):
            when = G.START + dt.timedelta(days=t0 + r.randrange(span), hours=r.randrange(7, 24), minutes=r.randrange(60))
            s = w.fresh(p, issue=issue, when=when, k=r.randrange(2, 9))
            q, u = text, r.random()
            if u < .18:
                q = q[:int(len(q) * r.uniform(.6, .9))] + "……"
            elif u < .28:
                q = q[int(len(q) * r.uniform(.1, .35)):]
            elif u < .42:
                q = q.translate(str.maketrans("，。：；【】", ",.:;[]"))
            s["parts"].insert(r.randrange(len(s["parts"]) + 1), ("raw:" + r.choice(INTRO).format(q), 0, r.random()))
            first = w.emit(s, w.tell(s), w.case(), camp, "quote" if camp else "quote_few")
            if camp and r.random() < .06:
                copy_strong(w, s, first, camp)


def two_disputes(w, n):
    """One person, one platform, two disputes: other order, mostly other goods, the same way of writing."""
    r = w.rng
    for _ in range(n):
        p = r.choice(G.PLATFORMS[:24])
        a = w.fresh(p, k=r.randrange(3, 10))
        same_issue = r.random() < .4
        b = w.fresh(p, issue=a["issue"] if same_issue else None, who=a["who"], when=min(a["when"] + dt.timedelta(days=r.randrange(0, 50), minutes=r.randrange(1, 999)), G.START + dt.timedelta(days=364)), k=r.randrange(3, 10), amount=a["amount"] if r.random() < .25 else None)
        if same_issue:
            b["goods"] = r.choice([x.split("/") for x in G.BANK["goods"][a["issue"]].split("|") if x.split("/") != a["goods"]])
        b["fid"], b["reg"] = a["fid"], a["reg"]
        b["parts"] = [x for x in b["parts"] if x[0] not in ("filler", "demand")] + [x for x in a["parts"] if x[0] in ("filler", "demand", "stock")]
        if r.random() < .5:
            for s in (a, b):
                s["parts"].append(("ident", 2, .5))
        if r.random() < .35:
            b["parts"].insert(0, ("raw:" + r.choice(["[这|]是另外一[单|笔]，跟[上次|之前]投诉的不是[同|]一[回事|件]", "我在他家[还有|另有]一[单|笔][也|同样]出[问题|事]"]), 0, r.random()))
        known, portal = r.random() < .75, r.choices(G.PORTALS, cum_weights=G.PCUM)[0]
        both = r.random() < .45
        for s in (a, b):
            w.emit(s, w.tell(s), w.case(), kind="two_disputes", portal=portal, author=a["who"][portal] if known else None, order_no=s["ono"] if both or (not known and not same_issue) else None)


def family(w, n):
    """Two members of a household, each with his own order, one of them rewriting the other's text."""
    r = w.rng
    for _ in range(n):
        p = r.choice(G.PLATFORMS[:30])
        a = w.fresh(p, k=r.randrange(3, 10))
        who = w.person()
        b = dict(a, who=who, ono=a["ono"][:-1] + str((int(a["ono"][-1]) + 1) % 10), acct=who["tel"], when=a["when"] + dt.timedelta(minutes=r.randrange(5, 3000)))
        b["parts"] = [(x, y, r.random() if r.random() < .3 else z) for x, y, z in a["parts"] if x != "ident" and r.random() > .1] or a["parts"]
        if r.random() < .5:
            b["parts"].insert(0, ("raw:" + r.choice(["[我老婆|我弟|我妈]也[投诉|写]过，[这|这条]是我[自己|]的[号|账户]", "[我和|跟]家里人[各|一人]买了一[份|单]，[这|]是我[那|这]一单"]), 0, r.random()))
        if r.random() < .7:
            mark = r.choice([0, 1])
            a["parts"] = [x for x in a["parts"] if x[0] != "ident"] + [("ident", mark, r.random())]
            b["parts"].append(("ident", mark, r.random()))
            forced = {}
        else:
            forced = 1
        for s in (a, b):
            w.emit(s, w.tell(s), w.case(), kind="family", portal="heimao" if forced else None, amount_yuan=a["amount"], **({"order_no": s["ono"], "author": s["who"]["heimao"]} if forced else {}))


def shorts(w):
    """Very short texts that meet by chance, and a few true re-posts among them."""
    r = w.rng
    for p in r.sample(G.PLATFORMS[:26], 13):
        for _ in range(12):
            s = w.story(p, k=1, amount=r.choice([98.0, 100.0, 50.0, None]))
            body = r.choice(G.BANK["short"]) + r.choice(["", "", "", "。", "！", "，急"])
            first = w.emit(s, body, w.case(), kind="short", amount_yuan=r.choice([None, s["amount"]]))
            if r.random() < .06:
                first.update(order_no=s["ono"])
                w.emit(s, body + r.choice(["", "！", "，还没处理"]), first["truth_case"], kind="repost", portal=first["portal"], when=s["when"] + dt.timedelta(days=r.randrange(1, 15)), order_no=s["ono"], author=first["author"], amount_yuan=first["amount_yuan"])


def lookalikes(w):
    """Same titles, the shop's contact in many texts, stock phrases, a busy week of all issues, a platform that always has one issue."""
    r = w.rng
    for p in r.sample(G.PLATFORMS[:20], 14):
        s0 = w.story(p)
        title = w.title(s0)
        for _ in range(6):
            s = w.fresh(p, issue=s0["issue"])
            w.emit(s, w.tell(s), w.case(), kind="same_title", title=title)
    for p in G.PLATFORMS[3:15:2]:
        for _ in range(16):
            s = w.fresh(p, k=r.randrange(2, 9))
            s["parts"].insert(r.randrange(1, len(s["parts"]) + 1), ("shop", r.choice([0, 0, 1, 2, 3]), r.random()))
            w.emit(s, w.tell(s), w.case(), kind="shop_contact")
    for p in G.PLATFORMS[:36]:
        for _ in range(3):
            s = w.fresh(p, k=r.choice([1, 1, 2]))
            s["parts"] += [("stock", i, r.random()) for i in r.sample(range(len(G.BANK["stock"])), r.choice([2, 3]))]
            w.emit(s, w.tell(s), w.case(), kind="stock")
    for p in (G.PLATFORMS[8], G.PLATFORMS[17]):
        t0 = w.day()
        for i in range(26):
            s = w.fresh(p, issue=G.ISSUES[i % len(G.ISSUES)], when=t0 + dt.timedelta(hours=r.randrange(72)))
            w.emit(s, w.tell(s), w.case(), kind="surge")
    for p, issue in ((G.PLATFORMS[14], "充值未到账"), (G.PLATFORMS[19], "掉会员")):
        for i in range(44):
            s = w.fresh(p, issue=issue, when=G.START + dt.timedelta(days=60 + i * 5 + r.randrange(8), hours=r.randrange(24)))
            w.emit(s, w.tell(s), w.case(), kind="steady")


def build(w):
    """All complaints, in order of filing, with neutral ids."""
    plan = plan_events(w)
    G.run_cases(w)
    templates(w)
    quotes(w)
    two_disputes(w, 90)
    family(w, 55)
    shorts(w)
    lookalikes(w)
    events(w, plan)
    rows, names, seen = sorted(w.rows, key=lambda x: (x["filed_at"], x["ref"])), {}, set()
    for n, x in enumerate(rows, 1):
        x["id"] = f"g{n:05d}"
        while (x["portal"], x["ref"]) in seen:
            x["ref"] = x["ref"][:-1] + str(w.rng.randrange(10)) + str(w.rng.randrange(10)) if x["portal"] == "dianshubao" else str(int(x["ref"]) + 1)
        seen.add((x["portal"], x["ref"]))
        for key, letter in (("truth_case", "c"), ("truth_campaign", "k")):
            if x[key]:
                x[key] = names.setdefault(x[key], f"{letter}{sum(k[0] == letter for k in names) + 1:04d}")
    return rows
