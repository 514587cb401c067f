"""How a number is printed: its text, counts, interval, state and the link to its SQL. Formatting only."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

from babel.support import NullTranslations

from pipeline.publish.editions import moment_name
from pipeline.publish.web.charts import Span
from pipeline.publish.web.reading import Row, Snapshot
from pipeline.publish.web.words import Words

MARKET = "*"
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")
PREFIX = {"zh": "", "en": "/en"}


@dataclass(frozen=True)
class Figure:
    """One scorecard number ready to print. `text` is a percentage, or counts where no rate may be shown."""

    name: str
    what: str
    text: str
    k: str
    n: str
    interval: str
    state: str
    note: str
    sql: str
    asked: str
    is_rate: bool
    span: Span | None

    @property
    def href(self) -> str:
        """Where the SQL is run; made only where it is printed."""
        return self.asked + _quoted(self.sql)


@dataclass(frozen=True)
class Count:
    """A plain count from the public tables, with the SQL that makes it."""

    text: str
    href: str


@dataclass(frozen=True)
class Desk:
    """What every builder needs: the data, one language's words and texts, and where things link to.

    Without `data_url` a number links to its SQL printed at the foot of its own page.
    """

    data: Snapshot
    words: Words
    texts: NullTranslations
    language: str = "zh"
    data_url: str = "/data/"
    site_url: str = ""
    contact: str = ""
    moved: Mapping[str, str] = field(default_factory=dict)

    @property
    def as_of(self) -> str:
        return self.moment(self.data.edition["as_of"])

    @cached_property
    def pinned(self) -> str:
        return moment_name(datetime.fromisoformat(self.data.edition["as_of"]))

    @cached_property
    def asked(self) -> str:
        """An address up to the SQL."""
        return f"{self.data_url}{self.pinned}?sql="

    def say(self, text: str, **values: object) -> str:
        """A text in the page's language, `%(name)s` filled in."""
        said = self.texts.gettext(text)
        return said % values if values else said

    def at(self, path: str) -> str:
        """An address of the site in the page's language."""
        return PREFIX[self.language] + path

    def sql_href(self, sql: str) -> str:
        """Leads to the newest edition of this as-of, by its own name; pages do not name it, so that they last."""
        return self.asked + _quoted(sql)

    def numbers_href(self, platform: str) -> str:
        """Every number of a platform with the SQL that makes it; short, for long tables."""
        if not self.data_url:
            return self.sql_href(f"select * from scorecards where platform = {sql_text(platform)} and slice = 'all'")
        return f"{self.data_url}sinkrate/scorecards?platform={quote_plus(platform)}&slice=all"

    def scores_href(self, platform: str, *measures: str, horizon: str = "30d") -> str:
        """The rows of some measures, each with its SQL; a third as long as the SQL itself, for cells of long tables. Empty without Datasette."""
        if not self.data_url:
            return ""
        named = f"measure={measures[0]}" if len(measures) == 1 else f"measure__in={','.join(measures)}"
        return f"{self.data_url}{self.pinned}/scorecards?platform={quote_plus(platform)}&slice=all&horizon={horizon}&{named}"

    def figure(
        self, platform: str, measure: str, *, horizon: str = "30d", slice_: str = "all", word: str | None = None
    ) -> Figure | None:
        """The figure, or None where this edition has no such row; `word` is the locale key when it is not `measure`."""
        row = self.data.scores.get(platform, {}).get((horizon, slice_, measure))
        if row is None:
            return None
        key = ("measures", word or measure)
        return self._printed(row, self.words(*key, "name"), self.words(*key, "what"))

    def rung_figure(self, platform: str, rung: str) -> Figure | None:
        row = self.data.scores.get(platform, {}).get(("30d", "all", f"rung:{rung}"))
        if row is None:
            return None
        return self._printed(row, self.words("rungs", rung, "name"), self.words("rungs", rung, "what"))

    def printed(self, row: Row, *keys: str) -> Figure:
        """The figure of a row with k, n, value, low, high, state and sql; its words stand below `keys`."""
        return self._printed(row, self.words(*keys, "name"), self.words(*keys, "what"))

    def wait(self, platform: str, measure: str) -> Figure | None:
        """A waiting time in hours or days, or that it is not reached; `text` holds counts where there are too few."""
        row = self.data.scores.get(platform, {}).get(("90d", "all", measure))
        return None if row is None else self.waited(row, "measures", measure)

    def waited(self, row: Row, *keys: str) -> Figure:
        """The same of any row with k, n, value (days), low, high, state and sql."""
        missed = self.words("figures", "not_reached")
        low, high = (missed if row[end] is None else self.days(row[end]) for end in ("low", "high"))
        return Figure(
            name=self.words(*keys, "name"),
            what=self.words(*keys, "what"),
            text=self._counts(row)
            if row["state"] == "counts_only"
            else missed
            if row["value"] is None
            else self.days(row["value"]),
            k=number(row["k"]),
            n=number(row["n"]),
            interval="" if row["low"] is None else f"{low} – {high}",
            state=row["state"],
            note="" if row["state"] == "not_reached" else self.words("figures", row["state"]),
            sql=row["sql"],
            asked=self.asked,
            is_rate=False,
            span=None,
        )

    def linked(self, text: str, sql: str) -> Count:
        return Count(text, self.sql_href(sql))

    def count(self, value: int | None, sql: str, absent: str = "—") -> Count:
        return Count(text=absent if value is None else number(value), href=self.sql_href(sql))

    def days(self, days: float) -> str:
        """Hours up to two days, then days."""
        if days < 2:
            return self.say("%(n)s 小时", n=f"{days * 24:.1f}")
        return self.say("%(n)s 天", n=f"{days:.1f}")

    def yuan(self, value: float | None) -> str:
        if value is None:
            return self.say("页面未写")
        return self.say("%(n)s 元", n=f"{value:,.2f}".removesuffix(".00"))

    def moment(self, text: str | None) -> str:
        """2026-11-20T12:00:00+08:00 → 2026-11-20 12:00; null is said."""
        return self.say("页面未印时间") if text is None else text[:16].replace("T", " ")

    def issues(self, joined: str) -> str:
        """`充值未到账|少到账` → the issues' names."""
        known = self.words.keys("issues")
        named = (self.words("issues", one) if one in known else one for one in joined.split("|") if one)
        return self.words("list", "comma").join(named)

    def _printed(self, row: Row, name: str, what: str) -> Figure:
        is_rate = row["value"] is not None and row["state"] in ("ok", "few")
        return Figure(
            name=name,
            what=what,
            text=share(row["value"]) if is_rate else self._counts(row),
            k=number(row["k"]),
            n=number(row["n"]),
            interval=_interval(row) if is_rate else "",
            state=row["state"],
            note=self.words("figures", row["state"]),
            sql=row["sql"],
            asked=self.asked,
            is_rate=is_rate,
            span=_span(row) if is_rate else None,
        )

    def _counts(self, row: Row) -> str:
        if row["n"] is None:
            return number(row["k"])
        return self.say("%(k)s / %(n)s 件", k=number(row["k"]), n=number(row["n"]))


_QUOTED = {code: quote_plus(chr(code)) for code in range(128)}


@lru_cache(maxsize=2048)
def _quoted(sql: str) -> str:
    """`quote_plus`, three times as fast where all is ASCII: a platform's page has hundreds, the same in both languages."""
    return sql.translate(_QUOTED) if sql.isascii() else quote_plus(sql)


def number(value: float | None) -> str:
    """1234 → 1,234; nothing stays a dash."""
    return "—" if value is None else f"{value:,.0f}"


def share(value: float) -> str:
    return f"{value * 100:.1f}%"


def rounded(value: float) -> float:
    """A share as it is printed, so that a picture moves only when its number does."""
    return float(f"{value * 100:.1f}") / 100


def safe_href(url: str | None) -> str | None:
    """The address if it is plain http or https with a host, else None: printed as text, never linked."""
    if not url or any(ord(c) <= 32 or c in "\\\x7f" for c in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None


def path_part(text: str) -> str:
    """Any id as one safe folder name: `a/b` → `a~2Fb`; ASCII letters, digits, `_`, `-` and inner dots stay."""
    if _PLAIN.fullmatch(text):
        return text
    quoted = quote(text, safe="").replace("~", "%7E").replace("%", "~")
    return quoted if quoted.strip(".") else quoted.replace(".", "~2E")


def sql_text(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def with_bounds(span: Span | None, low: Figure | None, high: Figure | None) -> Span | None:
    """The span with the band between the two bounds, where both are rates."""
    if span is None or low is None or high is None or low.span is None or high.span is None:
        return span
    return Span(span.value, span.low, span.high, low.span.value, high.span.value)


def _interval(row: Row) -> str:
    return "" if row["low"] is None else f"{row['low'] * 100:.1f}–{row['high'] * 100:.1f}%"


def _span(row: Row) -> Span:
    value: Any = rounded(row["value"])
    low, high = (value if row[end] is None else rounded(row[end]) for end in ("low", "high"))
    return Span(value, low, high)
