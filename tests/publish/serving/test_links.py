"""Every link of a data page leads somewhere: facets, sorting, the next page, the forms, other editions, the site's own pages apart."""

import re
from collections.abc import Iterator
from html import unescape

import httpx
import pytest

from tests.publish.server import publish, running

PAGES = (
    "/data/", "/data/sinkrate", "/data/sinkrate/cases?_size=2", "/data/sinkrate/cases?rung=silent&_size=2", "/data/sinkrate/complaints?_search=到账&_size=2",
    "/data/sinkrate/platforms", "/data/sinkrate/platforms/yinghuo", "/data/sinkrate/platforms_by_sink_rate", "/data/sinkrate/search?words=到账&platform=",
)  # fmt: skip


SITE = ("/platforms/", "/portals/", "/method/", "/cases/", "/open/", "/#", "/embed/", "/templates/")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with running(publish(tmp_path_factory.mktemp("links"))) as client:
        yield client


def _links(text: str, base: str) -> list[str]:
    found = {unescape(link).removeprefix(base) or "/" for link in re.findall(r'(?:href|action)="([^"#]+)', text)}
    return sorted(link for link in found if link.startswith("/") and not link.startswith(SITE))


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_data_page_answers(client: httpx.Client, page: str) -> None:
    links = _links(client.get(page).text, str(client.base_url).rstrip("/"))
    assert len(links) > 5
    wrong = {link: client.get(link).status_code for link in links if not link.endswith(".db")}
    assert {link: code for link, code in wrong.items() if code != 200} == {}


def test_the_next_page_and_the_filter_form_lead_on(client: httpx.Client) -> None:
    first = client.get("/data/sinkrate/cases.json?_size=3").json()
    second = client.get(first["next_url"]).json()
    assert len(second["rows"]) == 3 and second["rows"][0] != first["rows"][0]
    asked = {"_filter_column": "rung", "_filter_op": "exact", "_filter_value": "silent"}
    sent = client.get("/data/sinkrate/cases", params=asked)
    assert sent.status_code == 302 and sent.headers["location"] == "/data/sinkrate/cases?rung__exact=silent"
    assert client.get(sent.headers["location"]).status_code == 200
    value = first["facet_results"]["rung"]["results"][0]
    assert client.get(value["toggle_url"]).json()["filtered_table_rows_count"] == value["count"]
