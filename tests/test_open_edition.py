"""The lab's whole edition as other programs find it: questions with answers, links to open data, a seal that holds."""

import json
import re
from collections.abc import Iterator

import httpx
import pytest
from bs4 import BeautifulSoup

from pipeline.publish.open.verify import verify
from pipeline.publish.serving.metadata import questions
from tests.conftest import Edition
from tests.conftest import sinkrate as command
from tests.publish.server import running

ASKED = {"platform": "jita-faka", "rung": "silent", "label": "deferral", "measure": "sink_rate", "words": "退款"}
MAY_BE_EMPTY = {"findings_by_kind", "late_answers", "replies_by_label", "radar_weeks"}


@pytest.fixture(scope="module")
def client(lab_edition: Edition) -> Iterator[httpx.Client]:
    with running(lab_edition.paths.public) as ready:
        yield ready


def test_every_question_has_an_answer(client: httpx.Client) -> None:
    case = client.get("/data/sinkrate/cases.json?_size=1&_shape=array&platform=jita-faka").json()[0]["id"]
    known = ASKED | {"case_id": case, "ref": case.split("/")[1]}
    for name, query in questions().items():
        params = {key: known.get(key, "") for key in query.get("params", [])}
        rows = client.get(f"/data/sinkrate/{name}.json", params=params | {"_shape": "array"}).json()
        assert rows or name in MAY_BE_EMPTY, name


def test_pages_lead_to_open_data_that_is_there(client: httpx.Client) -> None:
    links = set()
    for page in ("/", "/platforms/jita-faka/", "/en/platforms/jita-faka/"):
        found = BeautifulSoup(client.get(page).text, "html.parser").find_all(
            href=re.compile(r"^/(open/|embed/|llms|platforms/.*\.(csv|json)$|platforms\.)")
        )
        links |= {str(tag["href"]) for tag in found}
    assert {"/open/feed.atom", "/open/feeds/jita-faka.atom", "/platforms/jita-faka.csv", "/embed/jita-faka/"} <= links
    for link in links:
        assert client.get(link).status_code == 200, link


def test_the_edition_verifies_offline(lab_edition: Edition) -> None:
    assert [check for check in verify(lab_edition.paths.public / "site") if not check.holds] == []
    said = command("verify", str(lab_edition.paths.public / "site"), data=lab_edition.paths.data)
    assert "BROKEN" not in said and said.count("holds") >= 7


def test_run_and_build_leave_metrics_and_a_log(lab_edition: Edition) -> None:
    for verb in ("run", "build"):
        assert "_finished_timestamp_seconds" in (lab_edition.paths.metrics / f"sinkrate_{verb}.prom").read_text(
            encoding="utf8"
        )
    lines = [
        json.loads(line)
        for line in (lab_edition.paths.logs / "sinkrate.ndjson").read_text(encoding="utf8").splitlines()
    ]
    assert [line["verb"] for line in lines[:2]] == ["run", "build"]
