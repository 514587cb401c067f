"""A question that is refused, cut or misread is told with a remedy: to a program as JSON, to a reader as a page."""

import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from pipeline.publish.serving.instance import Kept, edition_of, instance
from tests.publish.sample import write_sample_db

ENDLESS = quote("with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n")


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Any:
    file = write_sample_db(tmp_path_factory.mktemp("refusing") / "sinkrate.db")
    return instance([Kept("sinkrate", file, edition_of(file))], limits={"sql_time_limit_ms": 30})


def _get(ready: Any, path: str) -> Any:
    return asyncio.run(ready.client.get(f"/sinkrate{path}"))


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        (".{}?sql=" + ENDLESS, 400, "超时"),
        (".{}?sql=select+nothing+from+cases", 400, "nothing"),
        (".{}?sql=delete+from+cases", 400, "SELECT"),
        ("/cases.{}?_where=nothing+%3D+1", 400, "nothing"),
        ("/cases.{}?plattform=yinghuo", 400, "platform"),
        ("/cases.{}?platform__is=yinghuo", 400, "platform__is"),
        ("/cases.{}?_sort=why", 400, "why"),
        ("/cases.{}?_siez=5", 400, "_siez"),
        ("/cases.{}?_timelimit=soon", 400, "_timelimit"),
        ("/scorecard.{}?plattform=yinghuo", 400, "platform"),
        (".{}?sql=select+:a&b=1", 400, "b"),
        ("/nowhere.{}", 404, "not found"),
    ],
)
@pytest.mark.parametrize("kind", ["json", "csv"])
def test_a_program_is_answered_in_json(ready: Any, path: str, status: int, said: str, kind: str) -> None:
    answer = _get(ready, path.format(kind))
    told = answer.json()
    assert (answer.status_code, told["status"], told["ok"]) == (status, status, False)
    assert said in told["title"] + told["error"] and told["remedy"] and "<" not in told["error"] + told["remedy"]
    assert answer.headers["access-control-allow-origin"] == "*" and answer.headers["cache-control"] == "no-store"


def test_a_reader_is_told_the_known_names_and_where_to_go_on(ready: Any) -> None:
    page = _get(ready, "/cases?plattform=yinghuo&rung=silent")
    assert page.status_code == 400 and page.headers["content-type"].startswith("text/html")
    assert "不认识的参数" in page.text and "did you mean platform？" in page.text
    assert "/data/sinkrate/cases?rung=silent" in page.text
    assert "<i>" not in _get(ready, "/cases?%3Ci%3E=1").text


@pytest.mark.parametrize(
    "path",
    [
        "/cases?platform=yinghuo&rung__not=silent&t0__gte=2026&_sort_desc=t0&_facet=month&_size=5&_nocount=1",
        "/cases.csv?_stream=on&_size=max&_labels=on&_dl=1", "/complaints?_search_title=退款&_searchmode=raw", "/cases.json?_shape=array&_nl=on&_col=id",
        "/scorecard?platform=yinghuo&_hide_sql=1", "?sql=select+:a+as+b&a=1", "/cases?_filter_column_1=rung&_filter_op_1=exact&_filter_value_1=silent&_sort_by_desc=on",
        "/platforms/yinghuo.json?_extras=foreign_key_tables", "?utm=1", "/sinkrate",
    ],
)  # fmt: skip
def test_what_means_something_passes(ready: Any, path: str) -> None:
    assert _get(ready, path).status_code in (200, 302, 404)
    assert "不认识" not in _get(ready, path).text
