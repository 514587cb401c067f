"""What the server knows that files cannot: the day a badge is void, and which card an address has."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from pipeline.publish.serving import server
from tests.publish.sample_scorecards import AS_OF, EDITION
from tests.publish.server import publish


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = publish(tmp_path_factory.mktemp("clock"))
    for name, text in (
        ("badges/yinghuo.svg", "<svg/>"),
        ("badges/yinghuo.stale.svg", "<svg>old</svg>"),
        ("oembed/yinghuo.json", '{"width": 480, "height": 250, "html": "<iframe width=\\"480\\" height=\\"250\\">"}'),
    ):
        path = found / "site" / "open" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return found


def _get(public: Path, path: str, now: datetime) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(server.app(public, EDITION, lambda: now))
        async with httpx.AsyncClient(transport=transport, base_url="http://sinkrate.example") as client:
            return await client.get(path)

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("days", "text"), [(0, "<svg/>"), (29, "<svg/>"), (30, "<svg>old</svg>"), (400, "<svg>old</svg>")]
)
def test_a_badge_is_void_after_thirty_days(public: Path, days: int, text: str) -> None:
    answer = _get(public, "/open/badges/yinghuo.svg", AS_OF + timedelta(days=days))
    assert answer.text == text and answer.headers["content-type"].startswith("image/svg+xml")
    assert (
        answer.headers["cache-control"] == "public, max-age=3600"
        and answer.headers["access-control-allow-origin"] == "*"
    )


@pytest.mark.parametrize(("name", "status"), [("yinghuo.stale", 200), ("no-such.stale", 404), ("yinghuo.other", 404)])
def test_the_outdated_picture_has_its_listed_address_on_any_day(public: Path, name: str, status: int) -> None:
    for days in (0, 400):
        answer = _get(public, f"/open/badges/{name}.svg", AS_OF + timedelta(days=days))
        assert answer.status_code == status
        assert status == 404 or answer.text == "<svg>old</svg>"


@pytest.mark.parametrize(
    ("url", "status"),
    [("https://sinkrate.example/platforms/yinghuo/", 200), ("https://sinkrate.example/en/platforms/yinghuo/", 200), ("/embed/yinghuo", 200),
     ("https://sinkrate.example/method/", 404), ("https://x/platforms/../../secret/", 404), ("", 404), ("http://[", 404)],
)  # fmt: skip
def test_oembed_answers_for_a_platform_s_page(public: Path, url: str, status: int) -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    assert _get(public, f"/oembed?url={url}", now).status_code == status


def test_oembed_keeps_within_what_is_asked_for(public: Path) -> None:
    page = "/oembed?url=/platforms/yinghuo/"
    assert _get(public, f"{page}&format=xml", AS_OF).status_code == 501
    assert _get(public, f"{page}&maxwidth=900&format=json", AS_OF).json()["width"] == 480
    small = _get(public, f"{page}&maxwidth=300&maxheight=200", AS_OF)
    assert small.json() == {"width": 300, "height": 200, "html": '<iframe width="300" height="200">'}
    assert small.headers["access-control-allow-origin"] == "*"
    assert _get(public, "/oembed?url=/platforms/nobody/&maxwidth=300", AS_OF).status_code == 404


def test_every_answer_names_its_edition(public: Path) -> None:
    for path in ("/", "/data/", "/nothing"):
        assert _get(public, path, AS_OF).headers["x-edition"] == EDITION
