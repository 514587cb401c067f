"""Editions side by side, what is known of a file beforehand, and the data pages in the site's look."""

import json
import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from pipeline.errors import BadInput
from pipeline.paths import Paths
from pipeline.publish.editions import moment_name, place
from pipeline.publish.serving import inspection
from pipeline.publish.serving.instance import databases
from pipeline.publish.serving.metadata import READERS, pinned
from tests.publish.sample import write_sample_db
from tests.publish.sample_scorecards import EDITION
from tests.publish.server import publish, running

OLDER = "2026-10-20-aaaaaaaa"


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("editions")
    paths = Paths(data)
    place(paths, OLDER, write_sample_db(data / "older.db"))
    return publish(data)


@pytest.fixture(scope="module")
def client(public: Path) -> Iterator[httpx.Client]:
    with running(public) as client:
        yield client


def test_each_kept_edition_has_an_address_of_its_own(client: httpx.Client, public: Path) -> None:
    assert [one.name for one in databases(public)] == ["sinkrate", pinned(EDITION), pinned(OLDER)]
    for name in ("sinkrate", pinned(EDITION), pinned(OLDER)):
        assert client.get(f"/data/{name}/cases.json").json()["filtered_table_rows_count"] == 55
        assert client.get(f"/data/{name}/platforms_by_sink_rate.json").status_code == 200
        assert client.get(f"/data/{name}.db").status_code == 200
    start = client.get("/data/").text
    assert "_memory" not in start and client.get("/data/_memory").status_code == 404
    assert pinned(OLDER) in start and "a kept edition, frozen" in start


def test_a_moment_leads_to_its_newest_edition(client: httpx.Client) -> None:
    moment = moment_name(datetime.fromisoformat("2026-11-20T12:00:00+08:00"))
    led = client.get(f"/data/{moment}", params={"sql": "select 1 as k"})
    assert (led.status_code, led.headers["location"]) == (302, f"/data/{pinned(EDITION)}?sql=select+1+as+k")
    assert client.get(f"/data/{moment}.json?sql=select+1+as+k&_shape=array", follow_redirects=True).json() == [{"k": 1}]
    cell = f"/data/{moment}/scorecards.json?platform=yinghuo&slice=all&horizon=30d&measure__in=sink_low,sink_high&_shape=array"
    assert [row["measure"] for row in client.get(cell, follow_redirects=True).json()] == ["sink_high", "sink_low"]
    assert client.get("/data/at-20200101T000000Z").status_code == 404


def test_the_start_page_says_the_limits_of_the_api(client: httpx.Client) -> None:
    start = client.get("/data/").text
    settings = client.get("/data/-/settings.json").json()
    for told in (
        f"{settings['sql_time_limit_ms']} ms",
        f"{settings['max_returned_rows']:,}",
        f"{settings['max_csv_mb']} MB",
        "CORS",
    ):
        assert told in start
    assert settings["max_csv_mb"] > 0 and not settings["suggest_facets"]


def test_pages_speak_both_languages_and_link_back(client: httpx.Client) -> None:
    for path in ("/data/", "/data/sinkrate", "/data/sinkrate/cases", "/data/sinkrate/platforms/yinghuo", "/data/sinkrate/nothing",
                 "/data/sinkrate/scorecard?platform=yinghuo"):  # fmt: skip
        page = client.get(path).text
        assert '<html lang="zh-Hans">' in page and 'lang="en"' in page, path
        assert '<a class="brand" href="/">' in page and "/method/#limits" in page, path
        assert "Powered by" not in page
    questions = client.get("/data/sinkrate").text
    assert questions.count('class="reader"') == len(READERS)


def test_a_form_offers_what_may_be_written(client: httpx.Client) -> None:
    page = client.get("/data/sinkrate/platform_cases?platform=yinghuo&rung=").text
    assert '<option value="yinghuo">萤火数卡</option>' in page and '<option value="silent">' in page
    assert re.search(
        r'<label for="qp1">platform</label> <input type="text" id="qp1" name="platform" value="yinghuo" list="qp1-list">',
        page,
    )


def test_each_page_carries_a_dataset_machines_can_read(client: httpx.Client) -> None:
    for path, name in (("/data/sinkrate", "sinkrate"), ("/data/sinkrate/cases", "案件 cases")):
        text = re.search(r'<script type="application/ld\+json">(.*?)</script>', client.get(path).text, re.DOTALL)
        assert text
        data = json.loads(text[1])
        assert data["@type"] == "Dataset" and name in data["name"] + data["url"]
        assert data["license"].startswith("https://") and data["distribution"][0]["contentUrl"].startswith("http")
    assert "application/ld+json" not in client.get("/data/").text


def test_facets_are_shown_and_search_engines_kept_out(client: httpx.Client) -> None:
    page = client.get("/data/sinkrate/cases")
    assert 'id="facet-rung"' in page.text and page.headers["x-robots-tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in page.text


def test_what_was_counted_at_publication_is_not_counted_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write_sample_db(tmp_path / "sinkrate.db")
    fresh = inspection.inspection(file)
    inspection.write_inspection(file)
    with monkeypatch.context() as patch:
        patch.setattr(inspection, "_counts", lambda _: pytest.fail("counted again"))
        assert inspection.inspection(file) == fresh
    write_sample_db(file)
    file.write_bytes(
        file.read_bytes() + b"\0" * 4096
    )  # another file under the same name: what was written does not hold
    assert inspection.inspection(file)["size"] == fresh["size"] + 4096


def test_datasette_is_asked_again_for_other_bytes_or_by_other_code_only(tmp_path: Path) -> None:
    file, asked = write_sample_db(tmp_path / "sinkrate.db"), list[str]()

    def told(made_by: str) -> list[str]:
        inspection.write_inspection(file, lambda _file, _counted: asked.append(made_by) or [], made_by)
        assert inspection.inspection(file).keys() == {"answers", "file", "hash", "size", "tables"}
        return asked

    assert told("one") == told("one") == ["one"]
    assert told("two") == ["one", "two"]
    stamp, content = file.stat(), file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert told("two") == ["one", "two", "two"]
    file.with_name(inspection.NAME).write_text("{", encoding="utf8")
    assert told("two") == ["one", "two", "two", "two"]


def test_without_an_edition_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="sinkrate build"):
        databases(tmp_path / "public")
