"""Pages whose work is done in the reader's browser: compare, verify, right of reply. Without script each says where else."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from pipeline.publish.web import frame
from pipeline.publish.web.figures import Desk
from pipeline.publish.web.page import Job, Shell
from pipeline.publish.web.texts import mark

KINDS = (
    ("disputes_facts", mark("投诉所述与事实不符")),
    ("not_ours", mark("不是我方平台或用户（归属错误）")),
    ("resolved", mark("已经解决，附凭证")),
    ("resolved_late", mark("期限之后已解决，附凭证")),
    ("policy", mark("说明规则或处理流程")),
    ("verdict", mark("对某一条判定有异议（写明案件编号）")),
    ("personal_data", mark("页面含有应当删去的个人信息")),
    ("no_comment", mark("已阅，不作回应")),
)
"""The fixed menu of a statement's kind; its code is what `statements.yml` holds."""
LETTER = mark(
    "致石沉榜：\n\n平台：{platform}\n种类：{kind}\n期次：{edition}\n涉及网址：\n{urls}\n\n"
    "公司与统一社会信用代码：{company}\n联系方式（不公开）：{contact}\n\n回应或理由（公开）：\n{text}\n\n证据：{evidence}\n"
    "附：营业执照副本、授权书、初步证据（请作为附件）\n\n本公司声明：以上内容属实。"
)


@dataclass(frozen=True)
class Choice:
    code: str
    name: str


@dataclass(frozen=True)
class ToolPage:
    """A page of one of the tools; `platforms` are offered by name and path."""

    shell: Shell
    platforms: tuple[Choice, ...]
    kinds: tuple[Choice, ...]
    contact: str
    edition: str
    letter: str
    measures: tuple[Choice, ...]


def _rows(desk: Desk) -> Iterator[object]:
    yield desk.data.platform_names, desk.data.edition["id"]


def compare_jobs(desk: Desk) -> Iterator[Job]:
    title = desk.say("比较几个平台")
    about = desk.say("把两到四个平台的成绩单并排看：同一期次、同一把尺子。")
    yield Job("/compare/", lambda: _page(desk, "compare", title, about), partial(_rows, desk))


def verify_jobs(desk: Desk) -> Iterator[Job]:
    title = desk.say("核验一个数字")
    about = desk.say("在浏览器里核对：这个数字确实在本期发布的数据里，一个字节都没有改过。")
    yield Job("/verify/", lambda: _page(desk, "verify", title, about), partial(_rows, desk))


def reply_jobs(desk: Desk) -> Iterator[Job]:
    title = desk.say("平台回应与更正")
    about = desk.say("平台免费回应、申请更正的表单：在浏览器里写好，由你自己的邮箱发出。")
    yield Job("/reply/", lambda: _page(desk, "reply", title, about), partial(_rows, desk))


def _page(desk: Desk, name: str, title: str, about: str) -> ToolPage:
    platforms = (Choice(frame.platform_path(row["id"]), row["name"]) for row in desk.data.platforms.values())
    return ToolPage(
        shell=frame.shell(desk, title=title, description=about, path=f"/{name}/", section=name),
        platforms=tuple(sorted(platforms, key=lambda one: one.code)),
        kinds=tuple(Choice(code, desk.say(text)) for code, text in KINDS),
        contact=desk.contact,
        edition=desk.data.edition["id"],
        measures=_measures(desk) if name == "verify" else (),
        letter=desk.say(LETTER).replace("{edition}", desk.data.edition["id"]),
    )


def _measures(desk: Desk) -> tuple[Choice, ...]:
    """Names of the measures a proof may hold, rungs included."""
    named = [Choice(key, desk.words("measures", key, "name")) for key in desk.words.keys("measures")]
    return (*named, *(Choice(f"rung:{rung}", desk.words("rungs", rung, "name")) for rung in desk.words.keys("rungs")))
