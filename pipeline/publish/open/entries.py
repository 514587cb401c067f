"""What happened, dated by the data: entries of the feeds. Counts, interval, date and a link in every one; no adjectives."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from pipeline.publish.open.numbers import rate
from pipeline.publish.open.reading import MARKET, Facts, Row

MOST = 200
_NOTICE = {
    "entered_on": ("列入预警", "entered the notice list"),
    "left_on": ("移出预警", "left the notice list"),
}


@dataclass(frozen=True)
class Entry:
    """One entry: a lasting id, when (ISO time at +08:00), title and text in both languages, the page it is about."""

    key: str
    at: str
    title: str
    text: str
    path: str
    platform: str | None = None


def entries(db: sqlite3.Connection, facts: Facts) -> list[Entry]:
    """All entries of this edition, newest first."""
    names, first = {platform["id"]: platform["name"] for platform in facts.platforms}, first_ids(db)
    found = [*_edition(facts), *_notices(db, names, first), *_statements(db, names), *_corrections(db), *_months(facts, names, first)]  # fmt: skip
    return sorted(found, key=lambda entry: (entry.at, entry.key), reverse=True)


def first_ids(db: sqlite3.Connection) -> dict[str, str]:
    """Platform → the id its feed began under, where it was renamed since: a subscriber must not read everything again.

    One that another was merged into keeps its own.
    """
    rows = db.execute(
        "SELECT platform, old_id FROM platform_ids WHERE kind <> 'merged' ORDER BY since IS NULL, since DESC, old_id DESC"
    )
    return dict(rows.fetchall())


def _noon(day: str) -> str:
    return f"{day}T12:00:00+08:00"


def figure(row: Row | None) -> str:
    """石沉 17/32 件，53.1%（95% 区间 36.4–69.1%）; without a rate the counts alone."""
    if row is None or row["n"] is None:
        return "没有可判定的案件 no judged case"
    counts = f"石沉 sunk {row['k']}/{row['n']} 件 cases"
    if rate(row) is None or row["low"] is None:
        return f"{counts}，件数不足，不给比率 too few for a rate"
    return f"{counts}，{row['value']:.1%}（95% 区间 interval {row['low']:.1%}–{row['high']:.1%}）"


def _edition(facts: Facts) -> Iterator[Entry]:
    size = facts.edition
    text = (
        f"数据截至 {facts.as_of}：{size['n_complaints']} 件投诉，{size['n_cases']} 个案件，{size['n_platforms']} 个平台。全市场 30 天："
        f"{figure(facts.score(MARKET, 'sink_rate'))}。 As of {facts.as_of}: {size['n_complaints']} complaints, {size['n_cases']} cases, "
        f"{size['n_platforms']} platforms; the market at 30 days as above."
    )
    yield Entry(f"edition:{facts.id}", facts.as_of, f"第 {facts.id} 期 · edition {facts.id}", text, "/")


def _notices(db: sqlite3.Connection, names: dict[str, str], first: dict[str, str]) -> Iterator[Entry]:
    for row in db.execute("SELECT * FROM notices ORDER BY platform, found_on"):
        for column, (zh, en) in _NOTICE.items():
            if row[column] and row["entered_on"]:  # what never was listed is no event of the list
                name = names.get(row["platform"], row["platform"])
                key = f"notice:{first.get(row['platform'], row['platform'])}:{row['found_on']}:{column}"
                yield Entry(
                    key,
                    _noon(row[column]),
                    f"{name}：{zh} · {en}",
                    row["why"],
                    f"/platforms/{row['platform']}/",
                    row["platform"],
                )


def _statements(db: sqlite3.Connection, names: dict[str, str]) -> Iterator[Entry]:
    for row in db.execute("SELECT * FROM statements ORDER BY id"):
        name = names.get(row["platform"], row["platform"])
        title = f"{name}：回应 · statement（{row['kind']}）"
        yield Entry(
            f"statement:{row['id']}",
            _noon(row["received_on"]),
            title,
            row["text"],
            f"/platforms/{row['platform']}/",
            row["platform"],
        )


def _corrections(db: sqlite3.Connection) -> Iterator[Entry]:
    for row in db.execute("SELECT * FROM corrections ORDER BY id"):
        text = f"{row['subject']}：{row['reason']}（{row['status']}）"
        yield Entry(f"correction:{row['id']}", _noon(row["made_on"]), "更正 · correction", text, "/method/#appeal")


def _months(facts: Facts, names: dict[str, str], first: dict[str, str]) -> Iterator[Entry]:
    """A month's cases have all come to their 30 days: dated 30 days after the month's end."""
    for platform, scores in facts.scores.items():
        for (horizon, slice_, measure), row in scores.items():
            if measure == "sink_rate" and horizon == "30d" and slice_.startswith("month:") and row["state"] != "young":
                yield _month(facts, names, platform, slice_[6:], row, first.get(platform, platform))


def _month(facts: Facts, names: dict[str, str], platform: str, month: str, row: Row, first: str) -> Entry:
    year, number = int(month[:4]), int(month[5:])
    over = date(year + number // 12, number % 12 + 1, 1) + timedelta(days=30)
    name = "全市场 the market" if platform == MARKET else names.get(platform, platform)
    text = f"{month} 起计的案件满 30 天：{figure(row)}；数据截至 {facts.as_of}。 Cases whose clock started in {month}, at 30 days, as of {facts.as_of}."
    path = "/" if platform == MARKET else f"/platforms/{platform}/"
    own = None if platform == MARKET else platform
    at = min(_noon(over.isoformat()), facts.as_of)
    return Entry(
        f"month:{first}:{month}",
        at,
        f"{name}：{month} 的案件满 30 天 · cases of {month} at 30 days",
        text,
        path,
        own,
    )


def of_platform(all_entries: list[Entry], platform: str) -> list[Entry]:
    """A platform's own record, newest first."""
    return [entry for entry in all_entries if entry.platform == platform][:MOST]


def common(all_entries: list[Entry]) -> list[Entry]:
    """The feed of everything: editions, notices, statements, corrections and the market's months; platforms' months stand in their own feeds."""
    return [entry for entry in all_entries if entry.platform is None or not entry.key.startswith("month:")][:MOST]
