"""Every known way to look better without answering: a platform that games so has no better sink rate than one that is plainly silent.

Each platform of the world has forty matured cases: twenty answered honestly, twenty it games. `plain` leaves those unanswered.
Lines run through intake, grouping, judging and scoring with the project's own rules.

Where the method lets the headline move, because no reader of the page can settle the case (content hidden, a claim nobody
denied, withdrawn, vanished), it promises that the high bound does not, that the share is printed, and that no band, no
place in the mirror is won by it; the tests say which these are.
"""

import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline import flow
from pipeline.engine import Engine
from pipeline.formula import HEADLINE
from pipeline.paths import PROJECT, Paths
from tests.intake.test_landed import line, write

Row = dict[str, Any]
Step = tuple[float, str, str, str | None]
Game = Callable[[int], list[Step]]
FIRST, AS_OF = datetime.fromisoformat("2026-01-10T10:00:00+08:00"), datetime.fromisoformat("2026-07-01T10:00:00+08:00")
HALF = 20
_GLYPHS = (
    "春风吹过山岗小河流向远方孩子们坐在树下听故事木桥旁边开着花午后阳光照进窗台猫咪趴着打盹面包店飘来香气老人慢慢散步"
)


def template(at: int) -> list[Step]:
    return [(0.01, "platform", "replied", "您好，您的问题已反馈给相关部门，请您耐心等待。")]


def refusals(at: int) -> list[Step]:
    return [(0.5, "platform", "replied", "您好，根据平台规则，虚拟商品售出后无法退款。")]


def completion(at: int) -> list[Step]:
    return [
        (0.5, "platform", "completion_requested", "您的问题已处理，请您确认完成。"),
        (8, "portal", "auto_completed", None),
    ]


def false_claim(at: int) -> list[Step]:
    return [
        (0.5, "platform", "completion_requested", f"已为您退款{at + 11}元，请查收。"),
        (8, "portal", "auto_completed", None),
    ]


def stars(at: int) -> list[Step]:
    return [(0.5, "platform", "replied", "感谢您的反馈，祝您生活愉快！"), (2, "complainant", "rated", None)]


def self_closure(at: int) -> list[Step]:
    return [(0.5, "platform", "closed", None)]


def burst(at: int) -> list[Step]:
    return [(31 + at / 10, "platform", "replied", f"已为您退款{at + 11}元，请查收。")]


def hidden(at: int) -> list[Step]:
    return [(0.5, "platform", "hidden", None)]


def presses(at: int) -> list[Step]:
    return [(0.5, "platform", "replied", "请您先撤诉，撤诉后为您退款。")]


def withdrawn(at: int) -> list[Step]:
    return [*presses(at), (1.5, "complainant", "withdrawn", None)]


def leaves(at: int) -> list[Step]:
    return [(0.2, "portal", "undelivered", None)]


def redirects(at: int) -> list[Step]:
    return [(0.3, "platform", "replied", "您好，请添加QQ客服咨询处理。")]


def asks(at: int) -> list[Step]:
    return [(0.3, "platform", "replied", "您好，请您提供订单号，我们为您核实。")]


def silent(at: int) -> list[Step]:
    return []


GAMES: dict[str, Game] = {
    "甲木点卡": silent, "乙木点卡": template, "丙木点卡": refusals, "丁木点卡": completion, "戊木点卡": false_claim, "己木点卡": stars, "庚木点卡": self_closure,
    "辛木点卡": burst, "壬木点卡": hidden, "癸木点卡": presses, "子木点卡": withdrawn, "丑木点卡": leaves, "寅木点卡": silent, "卯木点卡": silent,
    "未木点卡": redirects, "申木点卡": asks,
}  # fmt: skip
PLAIN, QUICK, VANISHING, SMALL, OLD, NEW = "甲木点卡", "寅木点卡", "卯木点卡", "辰木点卡", "巳木点卡", "午木直充"


def complaint(name: str, at: int, steps: list[Step], **more: Any) -> str:
    """One complaint seen at the end; its words are its own, so that nothing is grouped."""
    start = FIRST + timedelta(days=2.5 * at)
    words = random.Random(f"{name}/{at}")
    reached = [] if any(kind == "undelivered" for _, _, kind, _ in steps) else [(0.0, "portal", "assigned", None)]
    events = [
        {
            "at": (start + timedelta(days=day)).isoformat(),
            "actor": actor,
            "kind": "replied" if kind == "hidden" else kind,
            "text": text,
            "hidden": kind == "hidden",
        }
        for day, actor, kind, text in [*reached, *steps]
    ]
    ref = f"{18_000_000_000 + 1000 * (int.from_bytes(name[:2].encode(), 'big') % 10_000_019) + at}"
    text = {"title": "".join(words.choices(_GLYPHS, k=14)), "body": "".join(words.choices(_GLYPHS, k=90))}
    told = {
        "platform_name": name,
        "published_at": start.isoformat(),
        "events": events,
        "rating": {"satisfaction": 5} if steps and steps[-1][2] == "rated" else None,
    }
    return line(ref, **({"seen_at": AS_OF.isoformat()} | text | told | more))


def honest(at: int, days: float = 3.0) -> list[Step]:
    return [(days, "platform", "replied", f"已为您退款{at * 7 + 13}元，请查收。")]


def platform(name: str, game: Game) -> Iterator[str]:
    quick = 0.02 if name == QUICK else 3.0
    for at in range(HALF):
        yield complaint(name, 2 * at, honest(at, quick))
        if name == VANISHING:
            start = FIRST + timedelta(days=2.5 * (2 * at + 1))
            yield complaint(name, 2 * at + 1, [], seen_at=(start + timedelta(days=4)).isoformat())
            gone_at = (start + timedelta(days=9)).isoformat()
            yield complaint(name, 2 * at + 1, [], seen_at=gone_at, gone={"at": gone_at, "kind": "deleted"})
        else:
            yield complaint(name, 2 * at + 1, game(at))


@dataclass(frozen=True)
class World:
    """The scored world: scorecards by printed name and measure, and the public tables."""

    cards: dict[tuple[str, str], Row]
    tables: dict[str, list[Row]]
    horizons: frozenset[str]

    @property
    def ids(self) -> dict[str, str]:
        return {row["name"]: row["id"] for row in self.tables["platforms"]}

    def mirrored(self, name: str) -> bool:
        """Whether the platform is on the mirror of the notice list."""
        return any(row["listed"] for row in self.tables["mirror"] if row["platform"] == self.ids[name])

    def share(self, name: str, measure: str) -> float:
        """k / n from the counts."""
        row = self.cards[name, measure]
        return float(row["k"]) / float(row["n"])


def scored(folder: Path, lines: list[str], **files: str) -> World:
    """Judge and score the lines with the project's reference data and `files` added to it; nothing is published."""
    paths = Paths(folder / "data")
    shutil.copytree(PROJECT / "data" / "reference", paths.data / "reference")
    for name, text in files.items():
        with (paths.reference / name.replace("_", ".")).open("a", encoding="utf8") as out:
            out.write(text)
    write(paths.raw, *lines)
    with Engine(folder / "tables") as engine:
        made = flow.score(engine, paths, None, lambda _: None).tables
    wanted = {
        name: made[name].to_pylist()
        for name in (
            "platforms",
            "cases",
            "flags",
            "bands",
            "notices",
            "statements",
            "mirror",
            "tombstones",
            "outcomes",
        )
    }
    names = {row["id"]: row["name"] for row in wanted["platforms"]}
    cards = {
        (names.get(row["platform"], "*"), row["measure"]): row
        for row in made["scorecards"].to_pylist()
        if row["slice"] == "all" and (row["horizon"] in (HEADLINE, "48h") or row["measure"].startswith("reply_p"))
    }
    return World(cards, wanted, frozenset(made["scorecards"]["horizon"].to_pylist()))


ENTRIES = """
- {id: si-mu, name: 巳木点卡, names: [巳木点卡], invented: true}
- {id: jia-mu, name: 甲木点卡, names: [甲木点卡], invented: true}
"""
STATEMENT = "- {id: s1, platform: jia-mu, received_on: 2026-06-01, kind: 更正事实, text: 本平台为认证商家}\n"


def renamed() -> list[str]:
    """Twenty answered under the old name, twenty ignored under the new one."""
    return [complaint(OLD, at, honest(at)) for at in range(HALF)] + [complaint(NEW, at, []) for at in range(HALF)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    lines = [one for name, game in GAMES.items() for one in platform(name, game)]
    lines += [complaint(SMALL, 0, honest(0)), *renamed()]
    return scored(tmp_path_factory.mktemp("gaming"), lines, platforms_yml=ENTRIES, statements_yml=STATEMENT)


def test_the_world_is_what_it_should_be(world: World) -> None:
    assert (world.share(PLAIN, "sink_rate"), world.cards[PLAIN, "sink_rate"]["n"]) == (0.5, 2 * HALF)
    assert world.share(PLAIN, "sink_high") == 0.5
    assert {row["n_complaints"] for row in world.tables["cases"]} == {1}
    assert {row["campaign_id"] for row in world.tables["cases"]} == {None}


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, game in GAMES.items()
        if game in (template, refusals, completion, stars, self_closure, burst, presses, leaves, redirects, asks)
    ]
    + [QUICK],
    ids=[
        "template",
        "refusals",
        "completion",
        "stars",
        "self_closure",
        "burst",
        "presses",
        "leaves",
        "redirects",
        "asks",
        "quick",
    ],
)
def test_neither_headline_nor_high_bound_improves(world: World, name: str) -> None:
    assert world.share(name, "sink_rate") >= world.share(PLAIN, "sink_rate")
    assert world.share(name, "sink_high") >= world.share(PLAIN, "sink_high")


@pytest.mark.parametrize(
    "name", ["戊木点卡", "壬木点卡", "子木点卡", VANISHING], ids=["false_claim", "hidden", "withdrawn", "vanished"]
)
def test_where_the_headline_moves_the_high_bound_does_not(world: World, name: str) -> None:
    """The method knowingly leaves these out of the sunk; what it promises in return is the high bound."""
    assert world.share(name, "sink_rate") < world.share(PLAIN, "sink_rate")
    assert world.share(name, "sink_high") >= world.share(PLAIN, "sink_high")
    assert not world.mirrored(name)


def test_fast_where_it_answers_is_not_fast(world: World) -> None:
    """Half ignored: the wait for nine tenths is not reached, however fast the rest was."""
    assert world.cards[QUICK, "reply_p25"]["value"] < 1
    assert world.cards[QUICK, "reply_p90"]["state"] == "not_reached"


def test_nobody_gets_a_better_band_or_the_mirror_by_gaming(world: World) -> None:
    bands = {row["platform"]: row["band"] for row in world.tables["bands"]}
    for name, game in GAMES.items():
        if game not in (silent, false_claim, withdrawn, hidden):
            assert bands[world.ids[name]] != "below", name
        assert not world.mirrored(name)


def test_a_vanished_page_leaves_a_dated_tombstone_and_is_printed(world: World) -> None:
    stones = [row for row in world.tables["tombstones"] if row["platform"] == world.ids[VANISHING]]
    assert (len(stones), world.share(VANISHING, "vanished_share")) == (HALF, 0.5)
    assert not any(row["had_terminal"] for row in stones)


def test_a_claim_the_complainant_never_confirmed_stays_a_claim(world: World) -> None:
    assert world.cards["戊木点卡", "rung:resolved_claimed"]["k"] == HALF
    assert world.cards["戊木点卡", "rung:resolved_confirmed"]["k"] == 0


def test_who_hides_gets_no_band_and_keeps_no_promise(world: World) -> None:
    assert world.share("壬木点卡", "hidden_share") == 0.5
    assert world.share("壬木点卡", "t48") <= world.share(PLAIN, "t48")
    ids = {row["name"]: row["id"] for row in world.tables["platforms"]}
    band = next(row for row in world.tables["bands"] if row["platform"] == ids["壬木点卡"])
    assert (band["band"], band["why"]) == (None, "hidden")


def test_withdrawals_after_a_contact_raise_a_flag(world: World) -> None:
    ids = {row["name"]: row["id"] for row in world.tables["platforms"]}
    raised = {(row["flag"], row["platform"]) for row in world.tables["flags"] if row["raised"]}
    assert ("withdrawal_burst", ids["子木点卡"]) in raised
    assert world.share("子木点卡", "withdrawn_share") == 0.5


def test_who_leaves_the_portal_is_counted_and_printed(world: World) -> None:
    assert world.share("丑木点卡", "undelivered_share") == 0.5
    assert world.cards["丑木点卡", "rung:undelivered"]["k"] == HALF


def test_late_answers_stand_apart(world: World) -> None:
    assert world.share("辛木点卡", "answered_late") == 1.0


def test_one_case_is_no_rate(world: World) -> None:
    card = world.cards[SMALL, "sink_rate"]
    assert (card["state"], card["value"], card["n"]) == ("counts_only", None, 1)


def test_a_statement_stands_beside_the_number_and_moves_nothing(world: World) -> None:
    assert [row["platform"] for row in world.tables["statements"]] == ["jia-mu"]
    assert world.share(PLAIN, "sink_rate") == 0.5


def test_a_new_name_is_shown_unreviewed_and_a_decision_brings_the_history_back(world: World, tmp_path: Path) -> None:
    review = {row["name"]: row["review"] for row in world.tables["platforms"]}
    assert (review[OLD], review[NEW]) == ("reviewed", "unreviewed")
    assert world.share(NEW, "sink_rate") == 1.0
    decided = scored(
        tmp_path, renamed(), platforms_yml=ENTRIES, aliases_csv=f"{NEW},si-mu,same,演示审核人,2026-06-20,同一备案主体\n"
    )
    assert (decided.share(OLD, "sink_rate"), decided.cards[OLD, "sink_rate"]["n"]) == (0.5, 2 * HALF)
    assert NEW not in {row["name"] for row in decided.tables["platforms"]}
