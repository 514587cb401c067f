"""Where a case is shown depends on whether it has a page: above the number of pages built, its row is."""

import pytest

from pipeline.publish.serving.cells import beside, cell
from pipeline.publish.web.reading import MOST_CASE_PAGES

REF = "heimao/17390000001"


@pytest.mark.parametrize(
    ("base", "n_cases", "there"),
    [
        ("/data/", 55, "/cases/heimao/17390000001/"),
        ("/data/", MOST_CASE_PAGES, "/cases/heimao/17390000001/"),
        ("/data/", MOST_CASE_PAGES + 1, "/data/e-2026-11-20-aa/cases/heimao~2F17390000001"),
        ("/data/", None, "/data/e-2026-11-20-aa/cases/heimao~2F17390000001"),
        ("/", 55, None),
    ],
)
def test_a_case_leads_to_its_page_or_to_its_row(base: str, n_cases: int | None, there: str | None) -> None:
    shown = cell({"id": REF}, REF, "id", "cases", beside(base, "e-2026-11-20-aa", n_cases))
    assert shown == (there and f'<a href="{there}">{REF}</a>')
    platform = cell({}, "yinghuo", "platform", None, beside(base, "sinkrate", n_cases))
    assert platform == (None if base == "/" else '<a href="/platforms/yinghuo/">yinghuo</a>')


@pytest.mark.parametrize(
    ("column", "row", "value", "shown"),
    [
        ("low", {"measure": "sink_rate"}, 0.8388748419471806, '<span title="0.8388748419471806">83.9%</span>'),
        ("bound_high", {}, 1.0, '<span title="1.0">100.0%</span>'),
        ("low", {"measure": "reply_p50"}, 0.5, None),
        ("high", {}, 12.5, None),
    ],
)
def test_an_interval_s_ends_are_shares_too(column: str, row: dict[str, str], value: float, shown: str | None) -> None:
    assert cell(row, value, column, None, beside("/data/", "sinkrate", 1)) == shown
