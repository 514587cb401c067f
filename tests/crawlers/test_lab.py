"""The lab keeps its promises: sizes, variety, determinism, no real brand, hidden future, sound truth."""

import hashlib
import http.client
import json
import re
import subprocess
import sys
import time
import unicodedata
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from stdnum import luhn
from stdnum.cn import uscc

from crawlers.lab.pages import Pages, link, status, token
from crawlers.lab.people import id_number
from crawlers.lab.platforms import PLATFORMS, PRINTED, UNDECIDED
from crawlers.lab.server import Lab
from crawlers.lab.things import AS_OF, LabComplaint, World
from crawlers.lab.truth import CaseTruth, platform_truth, tally, truth
from crawlers.lab.visits import VISITS
from crawlers.lab.world import build_world, planted_secrets
from pipeline.model import LABELS, RUNGS

REFERENCE = Path(__file__).parents[2] / "data" / "reference"
REAL_BRANDS = (
    "亿乐", "玖伍", "星墨", "聚梦", "九流", "卡易信", "卡乐购", "卡慧卡", "卡商网", "QQbug", "同系统", "卡易速", "卡速售",
    "尘埃云", "时空云", "乐购", "鲜花", "汇雅", "Hi卡盟", "商战网", "聚合建站", "彩虹", "酷发卡", "嗖嗖", "蔷薇", "神卡网",
)  # fmt: skip
STATUS_WORDS = {"通过审核", "待分配", "处理中", "已回复", "已完成", "投诉已完成", "已关闭"}
STEP_LABELS = {
    "发起投诉", "参与集体投诉", "发起集体投诉", "审核通过", "审核未通过", "商家处理中", "商家未入驻", "回复", "申请完成投诉",
    "补充投诉", "确认完成", "评价", "自动完成", "投诉关闭", "已关闭", "撤诉",
}  # fmt: skip
REF = re.compile(r"complaint/view/(\d{11})/\?sld=([0-9a-f]{32})")


@pytest.fixture(scope="module")
def world() -> World:
    return build_world()


@pytest.fixture(scope="module")
def cases(world: World) -> list[CaseTruth]:
    return truth(world)


@pytest.fixture(scope="module")
def last(world: World) -> list[LabComplaint]:
    """What the last visit can see."""
    return [complaint for complaint in world.complaints if complaint.is_visible(AS_OF)]


def test_sizes(world: World, last: list[LabComplaint]) -> None:
    counts = platform_truth(world)
    assert len(counts) == len(PLATFORMS) >= 44
    assert len(last) >= 2150
    assert sum(found.n >= 30 for found in counts.values()) >= 14
    assert sum(10 <= found.n < 30 for found in counts.values()) >= 8
    assert sum(found.n < 10 for found in counts.values()) >= 8


def test_every_rung_label_status_and_step_occurs(
    world: World, last: list[LabComplaint], cases: list[CaseTruth]
) -> None:
    assert {case.rung for case in cases if case.rung} == set(RUNGS)
    assert {case.state for case in cases} == {"judged", "unseen", "too_young"}
    shown = [step for complaint in last for step in complaint.steps_at(AS_OF)]
    assert {step.meaning for step in shown if step.meaning} == set(LABELS)
    assert {step.label for step in shown} == STEP_LABELS
    assert {status(complaint, AS_OF) for complaint in last} == STATUS_WORDS


def test_several_phrasings_of_every_label(last: list[LabComplaint]) -> None:
    texts = {
        (s.meaning, s.text)
        for complaint in last
        for s in complaint.steps_at(AS_OF)
        if s.meaning not in (None, "hidden")
    }
    assert min(Counter(meaning for meaning, _ in texts).values()) >= 3


def test_same_seed_same_world_in_another_process(world: World) -> None:
    ask = "from tests.crawlers.test_lab import digest; from crawlers.lab.world import build_world; print(digest(build_world()))"
    root = Path(__file__).parents[2]
    other = subprocess.run([sys.executable, "-c", ask], cwd=root, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == digest(world)
    assert digest(build_world(2)) != digest(world)


def grams(text: str) -> set[str]:
    masked = re.sub(r"\d", "0", text)
    return {masked[i : i + 3] for i in range(len(masked) - 2)}


def alike(left: str, right: str) -> float:
    """Jaccard of the character 3-grams of two texts, digits masked."""
    return len(grams(left) & grams(right)) / len(grams(left) | grams(right))


def digest(world: World) -> str:
    return hashlib.sha256(repr(world).encode()).hexdigest()


def test_the_world_is_built_quickly() -> None:
    before = time.process_time()
    build_world(3)
    assert time.process_time() - before < 2


def test_no_real_brand_and_no_name_twice() -> None:
    names = [*PRINTED, *UNDECIDED]
    assert not [name for name in names for brand in REAL_BRANDS if brand in name]
    assert (
        len({platform.name for platform in PLATFORMS}) == len({platform.id for platform in PLATFORMS}) == len(PLATFORMS)
    )


def test_the_reference_files_know_every_printed_name() -> None:
    entries = yaml.safe_load((REFERENCE / "platforms.yml").read_text(encoding="utf8"))
    rows = [line.split(",") for line in (REFERENCE / "aliases.csv").read_text(encoding="utf8").splitlines()[1:]]
    known = {name: entry["id"] for entry in entries if entry["invented"] for name in entry["names"]}
    known |= {row[0]: row[1] for row in rows if row[2] == "same"}
    assert known == PRINTED
    assert Counter(row[2] for row in rows)["different"] == 2
    assert all(uscc.is_valid(entry["credit_code"]) for entry in entries if "credit_code" in entry)
    assert not set(UNDECIDED) & set(known)


def test_refs_are_the_portals_own_and_rise_with_filing(world: World) -> None:
    refs = [complaint.ref for complaint in world.complaints]
    assert all(re.fullmatch(r"17300\d{6}", ref) for ref in refs)
    assert refs == sorted(set(refs))
    assert [c.filed_at for c in world.complaints] == sorted(c.filed_at for c in world.complaints)


def test_steps_are_in_order_and_never_a_year_apart(world: World) -> None:
    for complaint in world.complaints:
        at = [step.at for step in complaint.steps]
        assert at == sorted(set(at))
        assert all(later - earlier < timedelta(days=300) for earlier, later in pairwise(at))


def test_new_year_is_crossed_before_and_after_publication(world: World) -> None:
    assert any(c.filed_at.year < c.published_at.year for c in world.complaints)
    assert any(c.steps[-1].at.year > c.published_at.year for c in world.complaints)


def test_reposts_share_person_order_and_amount(world: World, cases: list[CaseTruth]) -> None:
    by_id = {f"heimao/{complaint.ref}": complaint for complaint in world.complaints}
    reposted = [case for case in cases if len(case.members) > 1]
    assert sum(len(case.members) - 1 for case in reposted) >= 60
    for case in reposted:
        members = [by_id[member] for member in case.members]
        assert len({member.alias for member in members}) == len({member.amount_yuan for member in members}) == 1
        assert max(member.filed_at for member in members) - members[0].filed_at < timedelta(days=12)
        assert all(alike(members[0].body, member.body) > 0.5 for member in members)


def test_campaigns_have_one_text_and_many_people(world: World) -> None:
    campaigns: dict[str, list[LabComplaint]] = {}
    for complaint in world.complaints:
        if complaint.campaign:
            campaigns.setdefault(complaint.campaign, []).append(complaint)
    assert len(campaigns) >= 3
    for members in campaigns.values():
        assert len({member.case for member in members}) == len(members) >= 15
        assert all(alike(members[0].body, member.body) > 0.6 for member in members)
    assert {member.group_ref for members in campaigns.values() for member in members} > {None}


def test_secrets_are_planted_everywhere(world: World) -> None:
    secrets = planted_secrets(world)
    assert len(secrets) > 1500 and min(map(len, secrets)) >= 3
    steps = [step for complaint in world.complaints for step in complaint.steps]
    places = {
        "body": "\n".join(complaint.body for complaint in world.complaints),
        "title": "\n".join(complaint.title for complaint in world.complaints),
        "follow-up": "\n".join(step.text for step in steps if step.label == "补充投诉"),
        "reply": "\n".join(step.text for step in steps if step.actor == "platform"),
    }
    found = {place: sum(secret in text for secret in secrets) for place, text in places.items()}
    assert found["body"] > 1000 and min(found.values()) >= 20
    refs = {complaint.ref for complaint in world.complaints}
    assert not refs & set(secrets)


def test_invented_numbers_have_valid_checksums(world: World) -> None:
    secrets = planted_secrets(world)
    cards = [secret for secret in secrets if re.fullmatch(r"6222000000\d{9}", secret)]
    people = [secret for secret in secrets if re.fullmatch(r"110101\d{11}[\dX]", secret)]
    assert len(cards) > 20 and all(map(luhn.is_valid, cards))
    assert len(people) > 20 and all(id_number(secret[:17]) == secret for secret in people)


def test_truth_adds_up(world: World, cases: list[CaseTruth]) -> None:
    assert len({case.id for case in cases}) == len(cases)
    members = [member for case in cases for member in case.members]
    assert len(members) == len(set(members))
    for found in [*platform_truth(world).values(), tally(cases)]:
        assert found.high_n == found.matured
        assert found.low_k * found.n <= found.k * found.low_n or not found.low_n
        assert found.k * found.high_n <= found.high_k * found.n or not found.n
    own, undecided = platform_truth(world), tally(case for case in cases if case.platform is None)
    assert sum(found.n for found in own.values()) + undecided.n == tally(cases).n
    assert sum(found.k for found in own.values()) + undecided.k == tally(cases).k


def test_truth_of_promises(cases: list[CaseTruth]) -> None:
    for case in cases:
        if not case.delivered:
            assert case.t24 is case.t48 is case.t7 is None
        if case.rung in ("silent", "closed_unanswered") and case.delivered:
            assert {case.t24, case.t48, case.t7} <= {"broken"}
        if case.t7_confirmed == "kept":
            assert case.t7 == "kept"
            assert case.rung in ("resolved_confirmed", None)
    for promise in ("t24", "t48", "t7"):
        assert {getattr(case, promise) for case in cases} == {"kept", "broken", "undecidable", None}


def test_one_platform_is_mostly_too_unseen_to_rate(world: World) -> None:
    share = {slug: found.unseen / max(found.matured, 1) for slug, found in platform_truth(world).items()}
    assert [slug for slug, part in share.items() if part > 0.1] == ["chengao-kameng"]


def test_pages_hide_the_future_and_the_vanished(world: World) -> None:
    pages = Pages(world)
    for visit in VISITS:
        listed = {ref for ref, _ in REF.findall(pages.home(visit.clock))}
        assert listed == {complaint.ref for complaint in world.complaints if complaint.is_visible(visit.clock)}
    gone = next(c for c in world.complaints if c.vanishing and c.vanishing.kind == "private" and c.case is not None)
    assert gone.vanishing is not None
    assert "投诉单不存在" in pages.detail(gone.ref, gone.published_at - timedelta(seconds=1))
    assert 'class="ts-d-question"' in pages.detail(gone.ref, gone.published_at)
    assert "当前投诉单只允许本人查看" in pages.detail(gone.ref, gone.vanishing.at)


def test_edited_pages_change_once(world: World) -> None:
    pages = Pages(world)
    edited = [complaint for complaint in world.complaints if complaint.edit]
    assert len(edited) >= 10
    for complaint in edited:
        assert complaint.edit is not None
        before = pages.detail(complaint.ref, complaint.edit.at - timedelta(seconds=1))
        assert "编辑补充" not in before
        assert "编辑补充" in pages.detail(complaint.ref, complaint.edit.at)


def test_summaries_are_cut_like_the_portals(world: World) -> None:
    paragraphs = re.findall(r"<p>([^<]{60,})</p>", Pages(world).home(AS_OF))
    assert max(map(len, paragraphs)) <= 153 + 40  # entities count more than their characters
    assert sum(text.endswith("...") for text in paragraphs) > 300


def _get(lab: Lab, path: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(lab.url.removeprefix("http://"), timeout=10)
    connection.request("GET", path)
    return connection.getresponse()


def test_the_server_serves_at_its_clock(world: World) -> None:
    complaint = next(c for c in world.complaints if any(s.label == "确认完成" for s in c.steps) and not c.vanishing)
    path = link(complaint.ref).removeprefix("//tousu.sina.com.cn")
    with Lab(world, clock=complaint.published_at) as lab:
        home = _get(lab, "/")
        assert home.headers["content-type"] == "text/html"
        assert link(complaint.ref) in home.read().decode()
        assert "确认完成" not in _get(lab, path).read().decode()
        lab.set_clock(AS_OF)
        assert "确认完成" in _get(lab, path).read().decode()
        assert _get(lab, f"/complaint/view/{complaint.ref}/?sld={token('0')}").status == 403
        assert _get(lab, "/robots.txt").read().startswith(b"User-agent")
        assert complaint.couid is not None
        assert complaint.printed_name[:2] in _get(lab, f"/company/view/?couid={complaint.couid}").read().decode()
        assert (
            "参与人数"
            in _get(lab, f"/grp_comp/view/{next(c.group_ref for c in world.complaints if c.group_ref)}").read().decode()
        )
    with pytest.raises(OSError):
        _get(lab, "/")


def test_the_clock_can_be_set_over_http(world: World) -> None:
    with Lab(world) as lab:
        connection = http.client.HTTPConnection(lab.url.removeprefix("http://"), timeout=10)
        connection.request("POST", "/_lab/clock", json.dumps({"at": "2026-01-01T08:00:00+08:00"}))
        assert json.loads(connection.getresponse().read())["at"] == "2026-01-01T08:00:00+08:00"
        connection.request("POST", "/_lab/clock", "soon")
        answer = connection.getresponse()
        assert (answer.status, "error" in json.loads(answer.read())) == (400, True)
        assert lab.desk.clock.year == 2026


def test_names_are_written_in_han_characters() -> None:
    odd = [name for name in PRINTED for letter in name if not unicodedata.name(letter).startswith("CJK UNIFIED")]
    assert odd == []
