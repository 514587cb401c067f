#!/usr/bin/env python3
"""Checks the labelled sets of this directory and prints what they hold (see GROUPS.md). Exit 1 when a promise is broken."""
import collections, gzip, itertools, json, os, re, statistics, sys
from datetime import datetime

HERE = os.path.dirname(os.path.abspath(__file__))
INDEPENDENT = {"base", "event", "steady", "surge", "same_title", "shop_contact", "two_disputes"}
CODES = set("充值未到账 少到账 余额无法提现 余额冻结 卡密无效 未发货 掉会员 封号 账号被找回 跑路关站 拒绝退款 客服失联 盗刷重复扣款 自动续费 虚假宣传 代理加盟费 代刷量不足 其他".split())
BAD = []


def grams(t, n=3):
    """Character n-grams without punctuation and blanks."""
    t = re.sub(r"[^\w]+", "", t)
    return {t[i:i + n] for i in range(len(t) - n + 1)}


def jac(a, b):
    """Jaccard similarity."""
    return len(a & b) / (len(a | b) or 1)


def need(ok, what):
    """Record a broken promise."""
    if not ok:
        BAD.append(what)


def deciles(xs):
    """Counts per tenth of [0, 1]."""
    c = collections.Counter(min(9, int(x * 10)) for x in xs)
    return " ".join(f".{i}:{c[i]}" for i in range(10))


def groups(rows):
    """Cases, campaigns and the independence of the background."""
    need(len(rows) >= 3600, "fewer than 3,600 complaints")
    need(len({x["id"] for x in rows}) == len(rows) == len({(x["portal"], x["ref"]) for x in rows}), "ids or refs repeat")
    need(all(re.fullmatch(r"\d{11}", x["ref"]) for x in rows if x["portal"] == "heimao"), "heimao ref is not 11 digits")
    need(not any(re.search(r"[\[\]|<>]", re.sub(r"\[扣费提醒\]|\[权益通知\]|\[充值中心\]|\[[一-鿿]{3,6}\]", "", x["body"] + x["title"])) for x in rows), "unexpanded slot in a text")
    n = len(rows)
    share = {k: sum(x[k] is None for x in rows) / n for k in ("order_no", "author", "amount_yuan")}
    need(share["order_no"] >= .75 and .38 < share["author"] < .52 and .14 < share["amount_yuan"] < .26, f"null shares {share}")
    size = collections.Counter(x["platform"] for x in rows)
    ln = sorted(len(x["body"]) for x in rows)
    print(f"{n} complaints, {len(size)} platforms, largest {[c for _, c in size.most_common(6)]}, median {statistics.median(size.values())}, smallest {min(size.values())}")
    print("null:", {k: round(v, 3) for k, v in share.items()}, "portals:", dict(collections.Counter(x["portal"] for x in rows)), "from", min(x["filed_at"] for x in rows), "to", max(x["filed_at"] for x in rows))
    print("length 5/25/50/75/95 %:", [ln[int(n * q)] for q in (.05, .25, .5, .75, .95)], "max", ln[-1])
    print("kinds:", collections.Counter(x["kind"] for x in rows).most_common())
    g = {x["id"]: grams(x["body"]) for x in rows}
    case, camp, plat = (collections.defaultdict(list) for _ in range(3))
    for x in rows:
        case[x["truth_case"]].append(x)
        plat[x["platform"]].append(x)
        if x["truth_campaign"]:
            camp[x["truth_campaign"]].append(x)
    need(all(len({x["platform"] for x in v}) == 1 and len({x["truth_campaign"] for x in v}) == 1 for v in case.values()), "a case spans platforms or campaigns")
    need(all(len({x["platform"] for x in v}) == 1 and len({x["truth_case"] for x in v}) >= 3 for v in camp.values()), "a campaign spans platforms or is too small")
    sizes = collections.Counter(len(v) for v in case.values())
    pairs = [(a, b) for v in case.values() for a, b in itertools.combinations(v, 2)]
    ev = collections.Counter()
    for a, b in pairs:
        days = abs((datetime.fromisoformat(a["filed_at"]) - datetime.fromisoformat(b["filed_at"])).days)
        nums = [set(re.findall(r"[A-Za-z]*\d{7,}", x["body"] + " " + (x["order_no"] or ""))) for x in (a, b)]
        kinds = ["number"] * bool(nums[0] & nums[1]) + ["author"] * bool(a["author"] and a["author"] == b["author"] and a["portal"] == b["portal"]) + ["amount+60d"] * (a["amount_yuan"] is not None and a["amount_yuan"] == b["amount_yuan"] and days <= 60)
        ev[" & ".join(kinds) or "none"] += 1
    print(f"cases: {len(case)}, by size {dict(sorted(sizes.items()))}, same-case pairs {len(pairs)}, their evidence {dict(ev.most_common())}")
    need(ev["none"] <= .06 * len(pairs), "too many same-case pairs without evidence")
    for kind in ("repost", "cross", "exact"):
        js = [max(jac(g[x["id"]], g[y["id"]]) for y in case[x["truth_case"]] if y is not x) for x in rows if x["kind"] == kind and len(case[x["truth_case"]]) > 1]
        print(f"  {kind}: {len(js)}, best Jaccard with its case {deciles(js)}")
    print("  truncated copies:", sum(x["body"].endswith("...") for x in rows), " masked **:", sum("**" in x["body"] for x in rows))
    print("campaigns:", len(camp))
    for name, kinds in (("template", ("template", "script")), ("quote", ("quote",)), ("event", ("event",))):
        these = [[x for x in v if x["kind"] in kinds] for v in camp.values() if any(x["kind"] in kinds for x in v)]
        js = [jac(g[a["id"]], g[b["id"]]) for v in these for a, b in itertools.combinations(v, 2)]
        best = [max(jac(g[a["id"]], g[b["id"]]) for b in v if b is not a) for v in these for a in v]
        print(f"  {name}: {len(these)} campaigns, members {sorted((len(v) for v in these), reverse=True)}\n    all pairs {deciles(js)}\n    nearest   {deciles(best)}")
        if name == "template":
            need(sum(b >= .3 for b in best) >= .98 * len(best), "template members too far from all others")
        if name == "event":
            long = {x["id"]: grams(x["body"], 20) for v in these for x in v}
            js = [jac(g[a["id"]], g[b["id"]]) for v in these for a, b in itertools.combinations(v, 2) if not long[a["id"]] & long[b["id"]]]
            print(f"    pairs that quote nothing in common: {len(js)}, Jaccard ≥ .25: {sum(j >= .25 for j in js)}")
            need(sum(j < .25 for j in js) >= .999 * len(js), "event members resemble each other")
    tot = over25 = over35 = 0
    for v in plat.values():
        ind = [min(c, key=lambda x: x["filed_at"]) for c in {x["truth_case"]: case[x["truth_case"]] for x in v if x["kind"] in INDEPENDENT}.values()]
        for a, b in itertools.combinations(ind, 2):
            if "two_disputes" in (a["kind"], b["kind"]) and a["kind"] == b["kind"]:
                continue
            j = jac(g[a["id"]], g[b["id"]])
            tot, over25, over35 = tot + 1, over25 + (j >= .25), over35 + (j >= .35)
    print(f"independent pairs on one platform: {tot}, Jaccard ≥ .25: {over25} ({over25 / tot:.5%}), ≥ .35: {over35}")
    need(over25 / tot < .001, "background pairs resemble each other")
    stock = {x for x in re.findall(r"^(?!.*[\[\]<=@]).{6,}$", open(os.path.join(HERE, "groups_bank.txt"), encoding="utf8").read(), re.M)}
    rep, worst = 0, collections.Counter()
    for p, v in plat.items():
        c = collections.Counter(k for x in v if x["kind"] in ("base", "steady", "surge") and not x["truth_campaign"] for k in grams(x["body"], 14))
        few = [k for k, m in c.items() if m >= 4 and not any(k in s or s[:8] in k or s[-6:] in k for s in stock)]
        rep += len(few)
        worst.update({(p, k): c[k] for k in few})
    print(f"14-grams standing in ≥ 4 independent texts of one platform (stock phrases apart): {rep}", worst.most_common(3))
    near = amt = 0
    for v in plat.values():
        for a, b in itertools.combinations(v, 2):
            if a["truth_case"] != b["truth_case"] and a["amount_yuan"] is not None and a["amount_yuan"] == b["amount_yuan"] and abs((datetime.fromisoformat(a["filed_at"]) - datetime.fromisoformat(b["filed_at"])).days) <= 60:
                amt += 1
                near += jac(g[a["id"]], g[b["id"]]) >= .4
    print(f"different cases with equal amount within 60 days on one platform: {amt} pairs, of them Jaccard ≥ .4: {near}")
    titles = collections.Counter((x["platform"], x["title"], x["truth_case"]) for x in rows)
    print("titles shared by ≥ 3 cases of a platform:", sum(m >= 3 for m in collections.Counter((p, t) for p, t, _ in titles).values()))


def lines(name):
    """Rows of a JSON-lines file, none when it is absent."""
    path = os.path.join(HERE, name)
    return [json.loads(x) for x in open(path, encoding="utf8")] if os.path.exists(path) else []


if __name__ == "__main__":
    groups([json.loads(x) for x in gzip.open(os.path.join(HERE, "groups.jsonl.gz"), "rt", encoding="utf8")])
    names = lines("names.jsonl")
    by = {}
    for x in names:
        need(by.setdefault(x["name"], x["platform"]) == x["platform"], f"two answers for {x['name']!r}")
    yml = open(os.path.join(HERE, "names_platforms.yml"), encoding="utf8").read()
    ids = re.findall(r"^- id: (\S+)$", yml, re.M)
    need(len(set(ids)) == len(ids) and {x["platform"] for x in names} - {None} == set(ids) and len(names) >= 300, "names and their table disagree")
    print(f"names: {len(names)} lines, {len(ids)} platforms, unresolved {sum(x['platform'] is None for x in names)}")
    issues = lines("issues.jsonl")
    need(len(issues) >= 400 and all(x["issues"] and set(x["issues"]) <= CODES for x in issues), "issues: too few lines or a strange code")
    need(len({x["body"] for x in issues}) == len(issues), "issues: a body stands twice")
    print(f"issues: {len(issues)} lines, codes per line {dict(collections.Counter(len(x['issues']) for x in issues))}, amount given {sum(x['amount_yuan'] is not None for x in issues)}")
    print("  ", dict(collections.Counter(c for x in issues for c in x["issues"]).most_common()), "unused:", CODES - {c for x in issues for c in x["issues"]})
    print("BROKEN: " + "; ".join(BAD) if BAD else "all promises kept")
    sys.exit(bool(BAD))
