"""Working days of mainland China with provenance: which notice of the State Council says so, or that nobody does yet.

One file per year in `data/reference/workdays/`, typed from the notices. A year without a file is *estimated*:
Monday to Friday work, nothing else is known, and nobody is late on such a day. All days are Asia/Shanghai days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.errors import BadInput
from pipeline.yaml_files import fault, load_yaml

FIRST = date(2019, 1, 1)
LAST = date(2035, 12, 31)
ESTIMATED = "estimated"
_NO_NOTICE = -1
_BOUNDS_REMEDY = "correct the date, or leave the record out of working-day deadlines"

Days = NDArray[np.datetime64]
Flags = NDArray[np.bool_]


class _Record(BaseModel):
    # Strict: YAML already yields dates, and a lax model would read the number 20260101 as seconds since 1970.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Holiday(_Record):
    """Consecutive days off, both ends included, as the notice words them ("joined to the weekend" adds no day)."""

    name: str = Field(min_length=1)
    start: date = Field(alias="from")
    end: date = Field(alias="to")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end < self.start:
            raise ValueError(f"holiday {self.name} ends on {self.end}, before it starts on {self.start}")
        return self

    def days(self) -> list[date]:
        return [self.start + timedelta(days=i) for i in range((self.end - self.start).days + 1)]


class Notice(_Record):
    """One notice of the State Council's General Office. `url` is null where the published address is not known."""

    notice: str = Field(min_length=1)
    number: str = Field(pattern=r"^国办发明电〔\d{4}〕\d+号$")
    issued_on: date
    url: str | None = Field(pattern=r"^https?://www\.gov\.cn/\S+$")
    note: str | None = None
    holidays: tuple[Holiday, ...] = Field(min_length=1, strict=False)
    makeup: tuple[date, ...] = Field(strict=False)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        off = list(chain.from_iterable(holiday.days() for holiday in self.holidays))
        if len({*off, *self.makeup}) != len(off) + len(self.makeup):
            raise ValueError(f"{self.number} names a day twice")
        if weekdays := [day.isoformat() for day in self.makeup if day.weekday() < 5]:
            raise ValueError(f"{self.number}: make-up days must be a Saturday or Sunday, not {', '.join(weekdays)}")
        return self

    def named(self) -> dict[date, bool]:
        """Every day the notice names; True where it is a working day."""
        off = chain.from_iterable(holiday.days() for holiday in self.holidays)
        return dict.fromkeys(off, False) | dict.fromkeys(self.makeup, True)

    def source(self) -> str:
        return self.number if self.url is None else f"{self.number} {self.url}"


class Year(Notice):
    """A year's own notice and those that later changed it; on a day both name, the later one holds."""

    year: int = Field(ge=FIRST.year, le=LAST.year)
    amendments: tuple[Notice, ...] = Field(default=(), strict=False)

    @model_validator(mode="after")
    def _within_reach(self) -> Self:
        # New Year's arrangement reaches back into the last days of December.
        first, last = date(self.year - 1, 12, 25), date(self.year, 12, 31)
        for day in chain.from_iterable(notice.named() for notice in self.notices()):
            if not first <= day <= last:
                raise ValueError(f"{day} is not a day of the year {self.year}")
        return self

    def notices(self) -> tuple[Notice, ...]:
        return (self, *self.amendments)


class ReportRow(NamedTuple):
    """One notice of a year, or a year without any (`estimated`, number and url null)."""

    year: int
    status: str
    number: str | None
    url: str | None


@dataclass(frozen=True, eq=False)
class Calendar:
    """Every day from `first` (2019-01-01) to `last` (2035-12-31); index 0 of each array is `first`.

    `official[i]`: a notice covers the day. `notice_index[i]`: which of `notices`, -1 where estimated. The arrays are
    read-only.
    """

    first: date
    is_workday: Flags
    official: Flags
    notice_index: NDArray[np.int16]
    notices: tuple[Notice, ...]
    years: tuple[Year, ...]

    @classmethod
    def load(cls, folder: Path) -> Calendar:
        """The calendar of the folder's `<year>.yml` files. BadInput names the file that cannot be used."""
        years = tuple(_read(path) for path in sorted(folder.glob("*.yml")))
        if not years:
            raise BadInput(f"{folder} has no <year>.yml file: restore data/reference/workdays from the repository")
        return cls._build(years)

    @classmethod
    def _build(cls, years: tuple[Year, ...]) -> Calendar:
        notices = tuple(sorted(chain.from_iterable(y.notices() for y in years), key=lambda n: n.issued_on))
        days = np.arange(np.datetime64(FIRST, "D"), np.datetime64(LAST, "D") + 1, dtype="datetime64[D]")
        is_workday = np.is_busday(days)
        index = np.full(days.size, _NO_NOTICE, dtype=np.int16)
        for year in years:
            index[days.astype("datetime64[Y]") == np.datetime64(str(year.year), "Y")] = notices.index(year)
        _overlay(notices, is_workday, index)
        official = index != _NO_NOTICE
        for array in (is_workday, official, index):
            array.flags.writeable = False
        return cls(FIRST, is_workday, official, index, notices, years)

    @property
    def last(self) -> date:
        return self.first + timedelta(days=self.is_workday.size - 1)

    def source(self, on: date) -> str:
        """Number and URL of the notice that decides the day, or "estimated".

        That is the last notice to name the day; for a day none names, the notice of its year.
        """
        at = int(self._positions(np.array([on], dtype="datetime64[D]"))[0])
        index = int(self.notice_index[at])
        return ESTIMATED if index == _NO_NOTICE else self.notices[index].source()

    def deadline_after(self, dates: Days, n: int) -> tuple[Days, Flags]:
        """The n-th working day after each start date, and whether every day from start + 1 to it is official.

        `dates` is datetime64[D], Shanghai days, any shape; both results have its shape. The start day is not counted;
        the deadline is 24:00 Asia/Shanghai of the returned day, which the caller adds. BadInput outside the calendar.
        """
        if n < 1:
            raise BadInput(f"{n} working days are no deadline: give 1 or more")
        start = self._positions(dates)
        workdays = np.flatnonzero(self.is_workday)
        nth = np.cumsum(self.is_workday)[start] + n - 1
        if (late := nth >= workdays.size).any():
            raise BadInput(f"{n} working days after {dates[late].flat[0]} end after {self.last}: {_BOUNDS_REMEDY}")
        end = workdays[nth]
        estimated = np.cumsum(~self.official)
        deadline = np.datetime64(self.first, "D") + end.astype("timedelta64[D]")
        return np.asarray(deadline), np.asarray(estimated[end] == estimated[start])

    def missing_years(self, from_year: int, to_year: int) -> tuple[int, ...]:
        """The years from `from_year` to `to_year`, both included, that have no notice."""
        known = {year.year for year in self.years}
        return tuple(year for year in range(from_year, to_year + 1) if year not in known)

    def first_undecided(self, n: int) -> date:
        """The first day from which n working days end beside an estimated day: nobody is late from there on."""
        days = np.arange(np.datetime64(self.first, "D"), np.datetime64(self.last, "D") - 4 * n)
        _, official = self.deadline_after(days, n)
        return date.fromisoformat(str(days[np.flatnonzero(~official)[0]]))

    def report(self) -> tuple[ReportRow, ...]:
        """Every year of the calendar in order, one row per notice; an estimated year has one row without a notice."""
        known = [ReportRow(y.year, "official", n.number, n.url) for y in self.years for n in y.notices()]
        missing = self.missing_years(self.first.year, self.last.year)
        return tuple(sorted(known + [ReportRow(y, ESTIMATED, None, None) for y in missing], key=lambda row: row.year))

    def _positions(self, dates: Days) -> NDArray[np.intp]:
        """Array indexes of the days. Only datetime64[D]: cutting an instant to a day would take the UTC day."""
        if dates.dtype != np.dtype("datetime64[D]"):
            raise TypeError(f"days must be datetime64[D] in Asia/Shanghai, not {dates.dtype}")
        # NaT compares false with everything, so it is caught here too.
        inside = (dates >= np.datetime64(self.first, "D")) & (dates <= np.datetime64(self.last, "D"))
        if not inside.all():
            raise BadInput(
                f"{dates[~inside].flat[0]} ({(~inside).sum()} such) is outside the working-day calendar "
                f"{self.first} to {self.last}: {_BOUNDS_REMEDY}"
            )
        return (dates - np.datetime64(self.first, "D")).astype(np.intp)


def _overlay(notices: tuple[Notice, ...], is_workday: Flags, index: NDArray[np.int16]) -> None:
    """Write the days each notice names, in order of issue, into the arrays; days outside the calendar are ignored."""
    for i, notice in enumerate(notices):
        for day, works in notice.named().items():
            if FIRST <= day <= LAST:
                at = (day - FIRST).days
                is_workday[at], index[at] = works, i


def _read(path: Path) -> Year:
    try:
        year = Year.model_validate(load_yaml(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError, ValidationError) as error:
        raise BadInput(
            f"{path} is no working-day file: {fault(error)}; compare it with the notice and its neighbours"
        ) from error
    if path.stem != str(year.year):
        raise BadInput(f"{path} says it is the year {year.year}: rename the file or correct the year")
    return year
