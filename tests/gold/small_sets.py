#!/usr/bin/env python3
"""Seeded maker of names_platforms.yml, names.jsonl and issues.jsonl (see GROUPS.md). Everything is invented; domains use reserved endings."""
import json, os, random, unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))
# id | printed name | reviewed aliases | legal name | domains
PLATFORMS = """
qingzhe|青蛰卡盟|青蛰,老青蛰卡盟,青蛰客户服务|杭州青蛰网络科技有限公司|qingzhe.example,qzkm.example
juzhao|橘沼点卡|橘沼,橘沼点卡网,橘沼小助手|厦门橘沼信息技术有限公司|juzhao.example
maiduo|麦垛权益|麦垛,麦垛会员中心,麦垛权益社|成都麦垛云数据有限公司|maiduo.example
shuangnuo|霜糯直充|霜糯,霜糯充值|武汉霜糯网络科技有限公司|shuangnuo.test
yanque|砚雀卡盟|砚雀,YQ卡盟|合肥砚雀电子商务有限公司|yanque.example,yq-card.example
taixing|苔星发卡网|苔星,苔星自动发卡|长沙苔星科技有限公司|taixing.test
luzhen|鹭枕数卡|鹭枕,鹭枕数字卡券|厦门鹭枕数字科技有限公司|luzhen.example
jiaotong|椒桐提卡网|椒桐,椒桐提卡|重庆椒桐网络有限公司|jiaotong-ka.example
yunyu|云芋卡盟|云芋,云芋社区|昆明云芋网络科技有限公司|yunyu.example
yunyu2|云屿卡盟|云屿|福州云屿信息科技有限公司|yunyv.example
lilan|砾蓝代刷网|砾蓝,砾蓝自助下单|郑州砾蓝文化传媒有限公司|lilan.test
jiezhou|芥舟社区|芥舟,芥舟卡社|南京芥舟科技有限公司|jiezhou.example
youyin|柚隐卡社|柚隐|广州柚隐网络科技有限公司|youyin.example
moli|墨鲤卡盟|墨鲤卡盟主站|深圳墨鲤网络科技有限公司|moli-km.example
moli2|墨鲤数卡|墨鲤数字|深圳墨鲤数字技术有限公司|moli-sk.example
chenshan|沉杉货源|沉杉,沉杉货源站|义乌沉杉电子商务有限公司|chenshan.test
outang|藕塘充值|藕塘,藕塘充值中心|苏州藕塘信息科技有限公司|outang.example
cilu|瓷鹿会员|瓷鹿,瓷鹿VIP|景德镇瓷鹿网络科技有限公司|cilu.example
pudeng|蒲灯卡盟|蒲灯|济南蒲灯网络科技有限公司|pudeng.example
zhenyue|榛月点券|榛月,榛月游戏|沈阳榛月软件有限公司|zhenyue.test
wuli|雾梨数娱|雾梨,雾梨娱乐|贵阳雾梨数字娱乐有限公司|wuli.example
qiyan|漆燕卡铺|漆燕|南昌漆燕商贸有限公司|qiyan.example
sangyu|桑屿卡盟|桑屿|海口桑屿网络科技有限公司|sangyu.example
sangyu3|桑榆卡盟|桑榆|太原桑榆网络科技有限公司|sangyu-card.example
yancheng|盐橙话费|盐橙,盐橙慢充|盐城盐橙通信有限公司|yancheng.example
yingdu|萤渡权益|萤渡,萤渡会员|宁波萤渡网络科技有限公司|yingdu.example
kuixi|葵汐直充|葵汐|青岛葵汐信息技术有限公司|kuixi.test
daojing|稻鲸社区|稻鲸,稻鲸卡社|哈尔滨稻鲸网络科技有限公司|daojing.example
panshi|磐柿卡盟|磐柿|西安磐柿网络科技有限公司|panshi-km.example
dongjue|冬蕨点卡|冬蕨点卡|长春冬蕨网络科技有限公司|dongjue.example
yinqian|银芡卡盟|银芡|嘉兴银芡网络科技有限公司|yinqian.example
posun|珀笋号卡|珀笋,珀笋流量卡|珠海珀笋通信科技有限公司|posun.example
diya|荻鸦充值|荻鸦|北京荻鸦科技有限公司|diya.example
muluo|暮螺卡盟|暮螺,M螺卡盟|宁德暮螺网络科技有限公司|muluo.example
lanqin|岚芹数卡|岚芹|大连岚芹数字科技有限公司|lanqin.example
xingye|星椰卡盟|星椰卡盟总站|海南星椰网络科技有限公司|xingye-km.example
xingye2|星椰点卡|星椰点卡站|三亚星椰文化有限公司|xingye-dk.example
liaohe|蓼鹤提卡|蓼鹤|石家庄蓼鹤网络有限公司|liaohe.example
huaiyao|槐鳐数卡|槐鳐|烟台槐鳐信息科技有限公司|huaiyao.example
kaleyi|卡乐驿|卡乐驿站,Kaleyi|上海卡乐驿网络科技有限公司|kaleyi.example
"""
TRAD = str.maketrans("盟卡点发网会员权益货源号话费数蛰鹭云岚鲤银灯萤鲸鸦桥砾蓝乐驿娱铺蕨榆屿社区麦垛烟雾", "盟卡點發網會員權益貨源號話費數蟄鷺雲嵐鯉銀燈螢鯨鴉橋礫藍樂驛娛鋪蕨榆嶼社區麥垛煙霧")
DECOR = ["{}客服", "{}官方客服", "{}平台", "{}官方", "{}官方旗舰店", "{}旗舰店", "【{}】", "@{}", "{}官网", "{}在线客服", "{}（官方）", "{} 平台客服", "“{}”", " {} ", "{}APP", "{}客户服务中心", "{}-官方"]
SHARED = ["墨鲤", "星椰", "墨鲤平台", "星椰客服", "星椰官方旗舰店", "墨 鲤", "墨鲤网"]
UNKNOWN = """支付宝|微信支付|卡盟|卡盟平台|发卡平台|某卡盟|客服|官方客服|未知商家|个人卖家|平台|旗舰店|QQ群卖家|游戏充值|话费充值中心|会员商城|腾讯客服|淘宝网|点卡|数卡|-|无|不知道名字的网站|http://|www
青蛰卡盟/橘沼点卡|麦垛权益、瓷鹿会员|云芋卡盟和云屿卡盟|非青蛰卡盟|仿青蛰卡盟的网站|假冒麦垛权益|不是藕塘充值
青折卡盟|青蜇卡盟|清蛰卡盟|青蛰卡萌|橘召点卡|桔沼点卡|麦朵权益|麦跺权益|霜懦直充|砚鹊卡盟|台星发卡网|苔腥发卡网|露枕数卡|鹭忱数卡|椒铜提卡网|云竽卡盟|云宇卡盟|云雨卡盟|砾篮代刷网|介舟社区|柚引卡社|墨里卡盟|墨鲤卡萌|沉衫货源|藕糖充值|偶塘充值|瓷露会员|蒲登卡盟|榛越点券|雾犁数娱|漆雁卡铺|桑与卡盟|桑愉卡盟|盐澄话费|莹渡权益|葵夕直充|稻京社区|盘柿卡盟|磐石卡盟|冬厥点卡|银欠卡盟|珀荀号卡|获鸦充值|暮罗卡盟|岚芥数卡|星耶卡盟|星野卡盟|寥鹤提卡|槐摇数卡|卡乐易|卡乐一
青蛰发卡网|青蛰代刷|橘沼直充|麦垛号卡|鹭枕代刷|蒲灯发卡|桑屿数卡|暮螺点券|大青蛰卡盟|新青蛰卡盟|青蛰卡盟2|小橘沼点卡|银芡号卡|藕塘慢充|冬蕨|冬蕨社区|卡乐|乐驿|岚芹话费|星椰数卡|墨鲤直充|荻鸦代理网
杭州青蛰文化传媒有限公司|深圳墨鲤信息咨询有限公司|厦门橘沼网络有限公司|北京青蛰网络科技有限公司|成都麦垛商贸有限公司|海南星椰文化有限公司|三亚星椰网络科技有限公司|青蛰网络科技有限公司上海分公司
qingzhe.test|qingzhe.example.evil.test|qinqzhe.example|qingzhe-km.example|notqingzhe.example|maiduo.test|yunyuu.example|yunyu.example.test|moli.example|xingye.example|taixing.example|www.kaleyi.test|qzkm.invalid|luzhen.example-pay.test"""


def write(name, rows):
    """One JSON object per line."""
    with open(os.path.join(HERE, name), "w", encoding="utf8") as f:
        f.writelines(json.dumps(x, ensure_ascii=False) + "\n" for x in rows)


def wide(s):
    """ASCII to full-width letters."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in s)


def names(rng):
    """The alias table and the printed names to resolve against it."""
    rows, yml = [], []
    for line in PLATFORMS.strip().splitlines():
        pid, name, alias, legal, dom = line.split("|")
        aliases, doms = list(dict.fromkeys([name] + alias.split(","))), dom.split(",")
        yml.append({"id": pid, "name": name, "names": aliases, "legal_name": legal, "domains": doms})
        out = {name, rng.choice(aliases), legal} if rng.random() < .6 else {name, rng.choice(aliases)}
        out |= {d.format(name) for d in rng.sample(DECOR, 3)}
        if rng.random() < .5:
            out.add(rng.choice([legal.replace("有限公司", "有限公司 "), legal.translate(TRAD), legal[:2] + " " + legal[2:], "（" + legal + "）", legal + "(" + name + ")"]))
        if rng.random() < .6:
            out.add(rng.choice(["www.{}", "https://{}/", "http://www.{}/index.php?id=3", "{}", "M.{}", "shop.{}", "{}:8080", "https://{}/#/login"]).format(rng.choice(doms)))
        if rng.random() < .25:
            out.add(rng.choice([wide(doms[0]), doms[0].upper(), doms[0].replace(".", "。"), " " + doms[0] + " "]))
        t = name.translate(TRAD)
        if t != name:
            out |= {t, rng.choice(DECOR).format(t)}
        if rng.random() < .5:
            out.add(rng.choice([" ".join(name), name[:2] + " " + name[2:], name[:2] + "·" + name[2:], name[:2] + "\u3000" + name[2:], name[:1] + "\u200b" + name[1:], name[:2] + "_" + name[2:]]))
        if rng.random() < .2:
            out.add(f"{name}（{doms[0]}）")
        ascii_alias = [a for a in aliases if a.isascii() or any(c.isascii() for c in a)]
        for a in ascii_alias:
            out |= {wide(a), a.lower()}
        rows += [(x, pid) for x in sorted(out)]
    rows += [(x, None) for x in SHARED] + [(x, None) for part in UNKNOWN.split("\n") for x in part.split("|")]
    rows += [("", None), ("   ", None), ("星椰卡盟客服", "xingye"), ("星椰点卡客服", "xingye2"), ("墨鲤数卡官方旗舰店", "moli2"), ("墨鯉卡盟官網", "moli"), ("雲芋卡盟", "yunyu"), ("雲嶼卡盟", "yunyu2"), ("桑榆卡盟平台", "sangyu3"), ("桑嶼卡盟", "sangyu"), ("青蛰平台", "qingzhe"),
             ("麦垛官方旗舰店", "maiduo"), ("砚雀网络客服", None), ("KALEYI", "kaleyi"), ("Ｋａｌｅｙｉ", "kaleyi"), ("卡乐驿官方", "kaleyi"), ("yq卡盟", "yanque"), ("ｙｑ卡盟 客服", "yanque"), ("瓷鹿vip", "cilu"), ("藕塘充值卡盟", "outang"), ("麦垛权益卡盟平台", "maiduo"), ("葵汐直充卡盟", "kuixi"), ("柚隐卡社卡盟平台", "youyin"), ("瓷鹿ＶＩＰ官方", "cilu")]
    rows = list(dict.fromkeys(rows))
    rng.shuffle(rows)
    q = lambda s: json.dumps(s, ensure_ascii=False)
    with open(os.path.join(HERE, "names_platforms.yml"), "w", encoding="utf8") as f:
        f.write("# Invented platforms for names.jsonl. A reviewed alias stands in names; everything else is derived or unresolved (GROUPS.md).\n")
        for y in yml:
            f.write(f"- id: {y['id']}\n  name: {y['name']}\n  names: [{', '.join(map(q, y['names']))}]\n  legal_name: {y['legal_name']}\n  domains: [{', '.join(y['domains'])}]\n")
    write("names.jsonl", [{"id": f"n{i:04d}", "name": n, "platform": p} for i, (n, p) in enumerate(rows, 1)])


SECOND = {"余额无法提现": ["客服失联", "余额冻结", "虚假宣传"], "跑路关站": ["客服失联", "余额无法提现"], "客服失联": ["拒绝退款"], "拒绝退款": ["虚假宣传"], "代理加盟费": ["虚假宣传", "拒绝退款"], "虚假宣传": ["拒绝退款", "客服失联"], "余额冻结": ["客服失联"]}
START = ["", "", "说说我的遭遇，", "本人于上周在{p}{v}，", "朋友介绍的{p}，{v}，", "{v}，", "{p}，{v}。", "第一次来投诉：{v}，", "半个月前{v}，", "在一个群里认识的店，{v}。", "老客户被坑了，{v}；", "学生一个，{v}，"]
STOP = ["", "", "要求退款。", "请尽快解决。", "希望给个说法。", "要求退一赔三。", "我要求赔偿并道歉。", "恳请平台介入。", "截图都有。", "不处理就去12315。"]
NOTE = ["客服态度倒还行，", "会员编号我有，", "账号是正常的，", "他们首页写着“不会跑路”，", "之前买过一次是到账的，", "订单页面还看得到，", ""]


def money(rng):
    """(phrase, value): a way to write an amount, and what it amounts to; None where it is no exact amount."""
    n = rng.choice([8, 15, 20, 30, 45, 50, 68, 98, 99, 128, 150, 198, 260, 298, 399, 648, 800, 1200, 1980, 3600, 5000])
    d = "零一二三四五六七八九"
    cn = (d[n // 100] + "百" + (d[n // 10 % 10] + "十" if n // 10 % 10 else "") + ("零" if not n // 10 % 10 and n % 10 else "") + (d[n % 10] if n % 10 else "")) if 100 <= n < 1000 else None
    k = rng.randrange(2, 10)
    return rng.choice([(f"{n}元", n), (f"{n}块", n), (f"{n}块钱", n), (f"¥{n}", n), (f"￥{n}.00", n), (f"{n}.5元", n + .5), (f"人民币{n}元整", n), (f"{n:,}元", n), (f"RMB {n}", n), (wide(str(n)) + "元", n), (f"{k}千块", k * 1000), (f"{k}万元", k * 10000),
                       (f"{k / 2 + .1:.1f}万", round((k / 2 + .1) * 10000)), (f"{d[k]}万块", k * 10000) if k > 2 else ("两万块", 20000), (f"{k}块9", k + .9), (f"{d[k]}千五百元", k * 1000 + 500) if k > 2 else ("两千五", 2500), (cn + "元", n) if cn else (f"{n} 元", n), (cn + "块钱", n) if cn else (f"{n}.00元", n),
                       (f"{n}-{n + 100}元", None), (f"{n}到{n + 50}块", None), (f"{k}百多块", None), ("几百块", None), ("一两千", None), (f"大约{n}元", None), (f"{n}元左右", None), (f"{k}万多", None), ("好几万", None), ("小几千", None)])


def issues(rng):
    """Hand-written whole complaints and combined ones, with their issue codes and the disputed amount."""
    bank, cur, rows = {}, None, []
    for line in open(os.path.join(HERE, "issues_bank.txt"), encoding="utf8"):
        line = line.strip()
        if line.startswith("# "):
            cur = bank.setdefault(line[2:], [])
        elif line:
            cur.append(line)
    for line in open(os.path.join(HERE, "issues_whole.txt"), encoding="utf8"):
        if not line.startswith("#"):
            codes, amount, title, body = line.rstrip("\n").split("|")
            amount = None if amount == "-" else float(amount.replace("万", "")) * (10000 if "万" in amount else 1)
            rows.append((title, body, codes.split(","), amount))
    order = list(bank)
    for code in order:
        for i in range(20):
            frag = bank[code][i % len(bank[code])]
            codes, parts = [code], [frag]
            for c in rng.sample(SECOND.get(code, ["客服失联", "拒绝退款", "虚假宣传"]), 2 if rng.random() < .25 and len(SECOND.get(code, "123")) > 1 else int(rng.random() < .4)):
                codes.append(c)
                parts.append(rng.choice(bank[c]))
            phrase, value = money(rng)
            start = rng.choice(START)
            verb = rng.choice(["花了", "付了", "交了", "支付", "前后给出去"]) + phrase
            body = start.format(p=rng.choice(["青蛰卡盟", "麦垛权益", "这家店", "某卡盟", "一个发卡网"]), v=verb) + (rng.choice(NOTE) if rng.random() < .25 else "") + rng.choice("，。；").join(parts) + "。" + rng.choice(STOP)
            title = rng.choice(["投诉", "求助", "退钱", "商家不处理", frag[:14], frag[:18], "希望解决", parts[-1][:16]])
            rows.append((title, body, codes, value if "{v}" in start else None))
    rng.shuffle(rows)
    write("issues.jsonl", [{"id": f"i{n:04d}", "title": t, "body": unicodedata.normalize("NFC", b), "issues": sorted(set(c), key=order.index), "amount_yuan": None if a is None else float(a)} for n, (t, b, c, a) in enumerate(rows, 1)])


if __name__ == "__main__":
    names(random.Random(1))
    issues(random.Random(2))
