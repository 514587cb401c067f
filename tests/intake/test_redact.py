"""Redaction: what must go, what must stay, and that it stays linear. Every example is invented."""

import re
import time

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.intake.redact import MARKS, Mark, fingerprints, leaks, redact, redact_column, redact_name_field

KEY = b"a key for tests"

# ⟦kind|secret⟧ must become the mark of its kind; everything outside must stay as it is.
GOES = """
我的手机⟦phone|13800138000⟧一直打不通
电话：⟦phone|138 0013 8000⟧，请联系
手机号⟦phone|138-0013-8000⟧已实名
tel:⟦phone|138.0013.8000⟧
联系⟦phone|１３８００１３８０００⟧即可
回电⟦phone|一三八零零一三八零零零⟧谢谢
我号码幺三八不全，另一个⟦phone|幺三八零零幺三八零零零⟧
拨打⟦phone|+86 138 0013 8000⟧没人接
拨打⟦phone|+8613800138000⟧没人接
境外拨⟦phone|008613800138000⟧
⟦phone|86-13800138000⟧是我
⟦phone|138😀0013😀8000⟧加我
⟦phone|138空格0013空格8000⟧
⟦phone|138杠0013杠8000⟧
⟦phone|138一0013一8000⟧
⟦phone|138转0013转8000⟧
⟦phone|1 3 8 0 0 1 3 8 0 0 0⟧
⟦phone|1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣3️⃣8️⃣0️⃣0️⃣0️⃣⟧看表情
⟦phone|①③⑧⓪⓪①③⑧⓪⓪⓪⟧
V⟦phone|13800138000⟧
⟦phone|l38OOl38OOO⟧这样写怕被删
号码⟦phone|138零零13八000⟧
充值号码：⟦phone|13800138000⟧，金额100元，未到账
⟦phone|138/0013/8000⟧
电话⟦phone|138，0013，8000⟧
⟦phone|17300000001⟧这个号是我的
两个号⟦phone|13800138000⟧、⟦phone|13900139000⟧都没到
⟦phone|13800138000⟧,⟦phone|15912345678⟧
座机⟦landline|0571-88886666⟧无人接
座机⟦landline|（0571）88886666⟧无人接
打⟦landline|010 6666 8888⟧也没用
固话⟦landline|02166668888⟧
公司电话⟦landline|0755-26668888转803⟧
电话⟦landline|88886666⟧打不通
香港号码⟦phone|+852 6123 4567⟧
身份证⟦id_card|11010519491231002X⟧
身份证号：⟦id_card|110105 19491231 002x⟧
身份证号码为⟦id_card|110105194912310021⟧（录错一位）
⟦id_card|1101 0519 4912 3100 2X⟧
老身份证⟦id_card|110105491231002⟧
护照⟦id_card|E12345678⟧
银行卡⟦bank_card|6222021234567890128⟧
转到⟦bank_card|6222 0212 3456 7890 128⟧
卡号：⟦bank_card|6222 0212 3456 7890 123⟧（工商银行）
卡号是⟦bank_card|6222021234567890123⟧
打款到⟦bank_card|4111-1111-1111-1111⟧
邮箱⟦email|zhang.wei@example.com⟧
发到⟦email|zhangwei＠example．com⟧
发到⟦email|12345678@qq。com⟧
发到⟦email|12345678艾特qq点com⟧
写信 ⟦email|zhangwei at example.com⟧ 联系
邮箱：⟦email|zhang_wei@example点com⟧
QQ：⟦qq|12345678⟧
QQ号是⟦qq|1234567890⟧，加了不理
加Q⟦qq|12345678⟧
扣扣⟦qq|12345678⟧
扣 扣：⟦qq|1 2 3 4 5 6 7 8⟧
q q ⟦qq|12345678⟧
企鹅号⟦qq|12345678⟧
客服QQ⟦qq|800012345⟧说等
QQ群⟦qq|123456789⟧解散了
扣扣号⟦qq|九八七六五四三二⟧拉黑我
QQ：⟦qq|12345678⟧、⟦qq|87654321⟧轮流骗人
QQ联系⟦qq|123 456 789⟧
⟦qq|12345678⟧是他的QQ
微信：⟦wechat|abc_12345⟧
微信号是⟦wechat|wangxiaohua⟧
薇信⟦wechat|abc12345⟧
威信号：⟦wechat|kami-888⟧
加vx：⟦wechat|kami888⟧
VX⟦wechat|kami888⟧
➕V：⟦wechat|kami888⟧
加V ⟦wechat|kami888⟧
V信⟦wechat|kami888⟧
wx：⟦wechat|KaMi888⟧
卫星：⟦wechat|kami888⟧
微❤号⟦wechat|kami888⟧
微 信 ⟦wechat|kami888⟧
微信同号⟦phone|13800138000⟧
⟦wechat|kami888⟧（微信）
微信⟦wechat|wxid_a1b2c3d4e5⟧
支付宝：⟦phone|13800138000⟧
支付宝账号⟦alipay|kami8888⟧
zfb ⟦alipay|kami8888⟧
支付宝账号是⟦email|kami@example.com⟧
抖音号：⟦account|kami8888⟧
旺旺：⟦account|阳光小店88⟧
闲鱼号⟦account|kami8888⟧
TG：⟦account|kami8888⟧
telegram @⟦account|kami8888⟧
订单号⟦order_no|2024050612345678⟧未发货
订单号：⟦order_no|DD20240506-0001⟧
订单编号为⟦order_no|88421930⟧
单号⟦order_no|SF1234567890123⟧
流水号:⟦order_no|4200001234202405061234567890⟧
交易号⟦order_no|2024 0506 1234 5678⟧
工单号：⟦order_no|GD88421⟧
商户单号⟦order_no|A1B2C3D4E5⟧
订单⟦order_no|884219301⟧没人管
保单号为：⟦order_no|CH0001234567⟧
序列号⟦order_no|C02XG0FDH7JY12⟧
买的号，流水在此⟦order_no|4200001234202405⟧
⟦order_no|88421930⟧这个订单
截图里的⟦order_no|T20240506123011998⟧就是
卡密：⟦card_key|ABCD-EFGH-1234-5678⟧
卡密⟦card_key|A1B2C3D4E5F6G7H8⟧显示已使用
激活码 ⟦card_key|XK9P2-7QWER-88TYU⟧ 无效
兑换码：⟦card_key|9KD8S7A⟧
密码是⟦card_key|Abc@12345⟧
密码⟦card_key|123456⟧被改
验证码⟦card_key|884213⟧发给他了
账号⟦account|kami2024⟧密码⟦card_key|a1b2c3⟧
发来⟦card_key|AB12C-DE34F-GH56I⟧用不了
车牌⟦plate|浙A12345⟧
我的车⟦plate|粤B·D12345⟧
车牌号⟦plate|京A8K88警⟧
收货地址：⟦address|浙江省杭州市西湖区文三路18号3栋201室⟧
寄到⟦address|上海市浦东新区张杨路500弄12号601室⟧了
我住在⟦address|幸福小区3栋2单元501室⟧
家住⟦address|成都市武侯区人民南路四段⟧
地址：⟦address|河南省周口市太康县王集乡李庄村3组⟧
公司在⟦address|深圳市南山区科技园路1号创新大厦A座1203室⟧
地址⟦address|广东省广州市天河区天河路三百八十五号⟧，速发
本人⟦name|张伟明⟧，于5月购买
我叫⟦name|李小红⟧，今年30岁
我是⟦name|赵敏⟧，请退款
客服⟦name|王丽丽⟧态度恶劣
客服⟦name|小王⟧说等
客服⟦name|小美⟧一直敷衍
客服专员⟦name|李娜⟧表示没办法
经理⟦name|刘强⟧不接电话
收款人：⟦name|陈建国⟧
收款人⟦name|陈建国⟧，金额500元
户名：⟦name|欧阳娜娜⟧
联系人：⟦name|周杰⟧ 电话：⟦phone|13800138000⟧
⟦name|王⟧先生说不退
⟦name|李⟧女士答应退款
⟦name|张晓明⟧老师
找⟦name|刘⟧经理也没用
⟦name|高⟧经理让我等
姓名：⟦name|阿依古丽·买买提⟧
一个姓⟦name|孙⟧的客服
自称⟦name|李经纬⟧的人
本人姓名⟦name|黄志强⟧，身份证⟦id_card|11010519491231002X⟧
本人（⟦name|吴桐⟧）购买
⟦name|张伟⟧ ⟦phone|13800138000⟧ ⟦address|北京市朝阳区建国路88号⟧
转账给⟦name|林小燕⟧，未退
客服⟦name|Amy⟧说不能退
群主⟦name|阿强⟧跑路了
投诉人：⟦name|何洁⟧
账号：⟦account|dragonking⟧
用户名 ⟦account|tom_1988⟧ 被封
ID：⟦account|88421930⟧
UID⟦account|100234567⟧充错
游戏昵称：⟦account|风中的云⟧，充值未到
昵称“⟦account|一叶知秋⟧”的卖家
工号⟦account|8012⟧的客服
会员号⟦account|VIP884213⟧
登录IP ⟦ip|192.168.13.77⟧ 不是我
来自⟦ip|2001:db8:85a3::8a2e:370:7334⟧
链接https://example.com/⟦url|pay?token=abc123def456⟧
打开 https://www.example.com/⟦url|order/2024050612345678⟧ 报错
www.example.com/⟦url|u/kami8888⟧
备用网址 http://example.com/⟦url|reg?invite=9K8D7S⟧
"""

STAYS = """
拨打95588无人接听，95533也一样
400-820-8820打不通
客服热线4008208820，8008208820
全国客服热线：95522。祝您出行安康
打了10086和10010，又打12315、12345、12378
10101111打不通
充值1234567元未到账
支付了3.5万，退￥199，合计1,234.56元
转账50000元，余额100000
2024-05-06 12:30:11提交
20240506下单，20240507退款
2024.05.06至2024.06.05期间
2024/5/6 12:30到2024/5/7 08:00
5月6日、5月7日、6月18号都没到
7个工作日、24小时、48小时内答复
违反第五十五条和《消费者权益保护法》第二十条
版本v3.2.1，后来3.0.12，再后来8.0.49.1
系统10.0.19045.3803
退50%，涨了12.5％
买100Q币、50G流量、1000点券
QQ会员充了不到账
QQ币没到
加了QQ没人理
群组G123，编号G4567
客服说等通知
客服不处理
客服马上处理说好的
客服高峰期打不进
客服安排人联系
客服和我说没办法
客服小程序打不开，客服小时工
客服全程敷衍
客服金额算错
客服明确拒绝
客服许诺三天
客服周末休息
客服向我道歉
客服一直不回
本人于5月购买
本人于昨日付款
本人在平台充值
本人从未收到
本人多次投诉
我是老用户
我是王者荣耀玩家
我是江苏的，他是石家庄的
我是高三学生
我是黄金会员
我是通过广告买的
我叫客服退款
我叫他们处理
经理级别的人也不管
经理说不退
高级经理和客户经理都推
班主任老师推荐的
收款人信息不符
收款人：某某科技有限公司
户名不一致
联系人电话都给了
姓名和身份证都提供了
先生您好，女士您好
方总部在哪里
订单号也没有
订单号、截图都发了
卡密无效
卡密是错的
密码错误
验证码收不到
验证码60秒内有效
密码是6位数
账号被封
账号密码都不对
账号3天就掉
账户余额12345元
微信支付5000元
微信支付没反应，微信转账10000
支付宝付款后没到账，支付宝到账500元
支付宝扣款2000元
加微信聊
微信iPhone端闪退
VIP会员，vip8，v5用户
ID不对
订单2024年5月下的
订单100元
订单3笔
2023年12月31日23:59:59前
银行卡里只剩3000元
iPhone15ProMax256G缺货
Office365激活失败
RTX4090显卡
见https://example.com/help/refund.html
官网example.com和www.example.com
https://example.com/
从100元涨到1200元再到15000元
1、3、5、7、9、11、13号
套路一层一层
走3号线，去2楼
浙江省杭州市西湖区市场监管局
北京市朝阳区人民法院
IP地址异常，收货地址填错了
一三五七号开奖
二〇二四年五月六日
我知道3号到账
共13800138000元
手机号138****8000
单号为：CH000***********
尾号8888的卡
本店2024年销量123456789件
（2023）浙0192民初2659号
浙ICP备2021012345号
国办发〔2020〕49号
老板跑路了，老公也买了
我朋友向我推荐
同事任何时候都在
王者荣耀皮肤
马上退款，高额手续费
时间2024-05-06T12:30:11
08:00-22:00在线
第12345678号公告
球球大作战充值
飞机票500元
单价12345元/台
"""


def _lines(block: str) -> list[str]:
    return [line for line in block.splitlines() if line]


def _expected(example: str) -> str:
    return re.sub(r"⟦(\w+)\|[^⟧]*⟧", lambda mark: MARKS[mark[1]], example)


def _original(example: str) -> str:
    return re.sub(r"⟦\w+\|([^⟧]*)⟧", r"\1", example)


@pytest.mark.parametrize("example", _lines(GOES))
def test_the_secret_goes_and_the_rest_stays(example: str) -> None:
    assert redact(_original(example))[0] == _expected(example)


@pytest.mark.parametrize("text", _lines(STAYS))
def test_a_keeper_stays(text: str) -> None:
    assert redact(text) == (text, [])
    assert leaks(text) == []


@pytest.mark.parametrize("example", _lines(GOES))
def test_nothing_leaks_afterwards_and_marks_say_where_they_stand(example: str) -> None:
    clean, marks = redact(_original(example))
    assert leaks(clean) == []
    assert [clean[mark.start : mark.end] for mark in marks] == [MARKS[mark.kind] for mark in marks]
    assert redact(clean) == (clean, [])
    assert all(mark.secret not in repr(mark) for mark in marks)
