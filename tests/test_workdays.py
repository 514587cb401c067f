"""The working-day calendar against two independent libraries, days worked by hand, and the files it refuses."""

from datetime import date, timedelta
from pathlib import Path

import chinese_calendar  # type: ignore[import-untyped]
import holidays
import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import BadInput
from pipeline.paths import PROJECT
from pipeline.workdays import Calendar, Days

CALENDAR = Calendar.load(PROJECT / "data" / "reference" / "workdays")
OFFICIAL_YEARS = range(2019, 2027)
# Days on which `holidays` and the notices part ways: none known for these years (checked with 0.109).
HOLIDAYS_DISAGREES: frozenset[date] = frozenset()

starts = st.dates(date(2019, 1, 1), date(2035, 6, 30))


def _days(*days: str) -> Days:
    return np.array(days, dtype="datetime64[D]")


def _deadline(start: str, n: int) -> tuple[str, bool]:
    end, official = CALENDAR.deadline_after(_days(start), n)
    return str(end[0]), bool(official[0])


def _official_days() -> list[date]:
    first, last = date(OFFICIAL_YEARS[0], 1, 1), date(OFFICIAL_YEARS[-1], 12, 31)
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]


def _works(on: date) -> bool:
    return bool(CALENDAR.is_workday[(on - CALENDAR.first).days])


def test_every_day_agrees_with_chinesecalendar() -> None:
    assert [day for day in _official_days() if _works(day) != chinese_calendar.is_workday(day)] == []


def test_every_day_agrees_with_holidays_but_for_the_known_ones() -> None:
    china = holidays.country_holidays("CN", years=list(OFFICIAL_YEARS))
    assert {day for day in _official_days() if _works(day) != china.is_working_day(day)} == HOLIDAYS_DISAGREES


def test_covers_2019_to_2035_and_is_official_exactly_where_there_is_a_notice() -> None:
    assert (CALENDAR.first, CALENDAR.last) == (date(2019, 1, 1), date(2035, 12, 31))
    assert CALENDAR.is_workday.size == CALENDAR.official.size == (date(2036, 1, 1) - date(2019, 1, 1)).days
    assert CALENDAR.official[: len(_official_days())].all()
    assert not CALENDAR.official[len(_official_days()) :].any()
    assert CALENDAR.missing_years(2018, 2028) == (2018, 2027, 2028)


def test_an_estimated_year_is_monday_to_friday() -> None:
    assert [_works(date(2027, 10, 1) + timedelta(days=i)) for i in range(4)] == [True, False, False, True]


@pytest.mark.parametrize(
    ("start", "n", "end"),
    [
        ("2025-09-26", 1, "2025-09-28"),  # a Friday; Sunday is worked for National Day
        ("2026-02-13", 1, "2026-02-14"),  # a Friday; Saturday is worked for Spring Festival
        ("2026-02-13", 2, "2026-02-24"),  # then nine days off
        ("2026-02-12", 7, "2026-02-28"),  # 13 14 | 24 25 26 27 28: both worked Saturdays count
        ("2025-01-24", 3, "2025-02-05"),  # Sunday 26 and Monday 27, then off from 28 to 4 February
        ("2024-02-08", 1, "2024-02-09"),  # New Year's Eve 2024 was only recommended as a day off
        ("2026-10-03", 1, "2026-10-08"),  # the start is a holiday
        ("2026-10-03", 3, "2026-10-10"),  # 8 9 and the worked Saturday
        ("2025-10-11", 1, "2025-10-13"),  # the start is itself a worked Saturday: not counted
        ("2026-06-06", 5, "2026-06-12"),  # the start is an ordinary Saturday
        ("2019-04-26", 3, "2019-04-30"),  # Sunday 28 April worked only since the amendment
        ("2019-04-30", 1, "2019-05-05"),  # off 1 to 4 May since the amendment
        ("2020-01-23", 1, "2020-02-03"),  # the extension took 31 January and the worked Saturday 1 February away
    ],
)
def test_deadlines_worked_by_hand(start: str, n: int, end: str) -> None:
    assert _deadline(start, n) == (end, True)


def test_a_deadline_that_crosses_into_a_year_without_notice_is_estimated() -> None:
    assert _deadline("2026-12-24", 5) == ("2026-12-31", True)  # 25 28 29 30 31
    assert _deadline("2026-12-24", 7) == ("2027-01-04", False)  # counts 1 January: Monday to Friday knows no better
    assert _deadline("2026-12-31", 1) == ("2027-01-01", False)


def test_shape_and_order_are_kept() -> None:
    end, official = CALENDAR.deadline_after(_days("2026-12-31", "2026-06-05").reshape(2, 1), 1)
    assert end.dtype == np.dtype("datetime64[D]")
    assert end.tolist() == [[date(2027, 1, 1)], [date(2026, 6, 8)]]
    assert official.tolist() == [[False], [True]]
    empty, _ = CALENDAR.deadline_after(_days(), 7)
    assert empty.size == 0


@given(st.lists(starts, min_size=1), st.integers(1, 40))
def test_monotone_strictly_later_and_on_a_working_day(days: list[date], n: int) -> None:
    start = np.array(sorted(days), dtype="datetime64[D]")
    end, _ = CALENDAR.deadline_after(start, n)
    assert (end > start).all()
    assert (np.diff(end) >= np.timedelta64(0, "D")).all()
    assert all(_works(day) for day in end.tolist())


@given(starts, st.integers(1, 40))
def test_same_as_counting_day_by_day(start: date, n: int) -> None:
    day, left, official = start, n, True
    while left:
        day += timedelta(days=1)
        left -= _works(day)
        official &= bool(CALENDAR.official[(day - CALENDAR.first).days])
    assert _deadline(start.isoformat(), n) == (day.isoformat(), official)


@pytest.mark.parametrize(
    ("start", "named"),
    [
        ("2018-12-31", "2018-12-31"),
        ("2036-01-01", "2036-01-01"),
        ("2035-12-31", "1 working days after 2035-12-31"),
        ("NaT", "NaT"),
    ],
)
def test_days_outside_are_named_with_the_remedy(start: str, named: str) -> None:
    with pytest.raises(BadInput, match=f"{named}.*correct the date"):
        CALENDAR.deadline_after(_days("2026-06-05", start), 1)


def test_no_deadline_of_zero_days() -> None:
    with pytest.raises(BadInput, match="give 1 or more"):
        CALENDAR.deadline_after(_days("2026-06-05"), 0)


def test_instants_are_refused_because_their_day_would_be_utc() -> None:
    with pytest.raises(TypeError, match="Asia/Shanghai"):
        CALENDAR.deadline_after(np.array(["2026-06-05T20:00"], dtype="datetime64[s]"), 1)


def test_each_day_names_the_notice_that_decides_it() -> None:
    assert CALENDAR.source(date(2019, 5, 5)).startswith("国办发明电〔2019〕3号 https://www.gov.cn/")
    assert CALENDAR.source(date(2019, 5, 6)).startswith("国办发明电〔2018〕15号 ")
    assert CALENDAR.source(date(2020, 2, 1)).startswith("国办发明电〔2020〕1号 ")
    assert CALENDAR.source(date(2022, 12, 31)).startswith("国办发明电〔2022〕16号 ")  # New Year 2023 begins here
    assert CALENDAR.source(date(2027, 1, 1)) == "estimated"
    with pytest.raises(BadInput, match="2018-12-29"):
        CALENDAR.source(date(2018, 12, 29))


def test_report_has_a_row_per_notice_and_per_year_without_one() -> None:
    rows = CALENDAR.report()
    assert [row.year for row in rows] == sorted([*range(2019, 2036), 2019, 2020])
    assert [row.number for row in rows if row.year == 2020] == ["国办发明电〔2019〕16号", "国办发明电〔2020〕1号"]
    assert {row.year for row in rows if row.status == "official"} == set(OFFICIAL_YEARS)
    assert (2027, "estimated", None, None) in rows


def test_arrays_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        CALENDAR.is_workday[0] = True


NOTICE = {
    "year": 2030,
    "notice": "示例通知",
    "number": "国办发明电〔2029〕1号",
    "issued_on": date(2029, 11, 1),
    "url": None,
    "holidays": [{"name": "元旦", "from": date(2029, 12, 31), "to": date(2030, 1, 1)}],
    "makeup": [date(2029, 12, 29)],
}


def _write(folder: Path, name: str, changes: dict[str, object]) -> Path:
    (folder / name).write_text(yaml.safe_dump(NOTICE | changes, allow_unicode=True), encoding="utf-8")
    return folder


def test_a_notice_reaches_back_into_december_and_an_unknown_url_is_left_out(tmp_path: Path) -> None:
    calendar = Calendar.load(_write(tmp_path, "2030.yml", {}))
    assert calendar.source(date(2029, 12, 29)) == "国办发明电〔2029〕1号"
    assert calendar.source(date(2029, 12, 30)) == "estimated"
    end, official = calendar.deadline_after(_days("2029-12-28", "2029-12-29", "2030-01-02"), 1)
    assert end.tolist() == [date(2029, 12, 29), date(2030, 1, 2), date(2030, 1, 3)]
    assert official.tolist() == [True, False, True]  # 30 December is named by nobody


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"colour": "red"}, "colour"),
        ({"year": 2031}, "not a day of the year 2031"),
        ({"makeup": [date(2030, 1, 2)]}, "must be a Saturday or Sunday"),
        ({"makeup": [date(2029, 12, 29), date(2029, 12, 29)]}, "names a day twice"),
        ({"holidays": []}, "holidays"),
        ({"holidays": [{"name": "元旦", "from": date(2030, 1, 2), "to": date(2030, 1, 1)}]}, "before it starts"),
        ({"issued_on": 20291101}, "issued_on"),
        ({"number": "某发〔2029〕1号"}, "number"),
        ({"url": "https://example.com/notice"}, "url"),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    with pytest.raises(BadInput, match=rf"(?s)2030\.yml.*{said}"):
        Calendar.load(_write(tmp_path, "2030.yml", changes))


@pytest.mark.parametrize("text", ["", "year: [", "- 2030"])
def test_a_file_that_is_no_record_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "2030.yml").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=r"2030\.yml is no working-day file"):
        Calendar.load(tmp_path)


def test_a_misnamed_file_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no <year>\.yml file"):
        Calendar.load(tmp_path)
    with pytest.raises(BadInput, match=r"2029\.yml says it is the year 2030"):
        Calendar.load(_write(tmp_path, "2029.yml", {}))
