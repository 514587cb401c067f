"""Old platform ids lead to the new ones."""

import json
from pathlib import Path

import httpx
import pytest

from pipeline.errors import BadInput
from pipeline.publish.serving.moved import MOVED, read_moved, target
from tests.publish.server import publish, running

HEAD = "old,new,on,why\n"


def _file(folder: Path, text: str) -> Path:
    path = folder / "moved.csv"
    path.write_text(text, encoding="utf8")
    return path


def test_chains_are_followed_to_the_id_of_today(tmp_path: Path) -> None:
    path = _file(tmp_path, HEAD + "a,b,2026-01-01,更名\nb,c,2026-02-01,合并\n")
    assert read_moved(path) == {"a": "c", "b": "c"}
    assert read_moved(tmp_path / "none.csv") == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("old;new\n", "first line"),
        (HEAD + "a,b,,\nb,a,,\n", "leads back"),
        (HEAD + "a,../x,,\n", "platform ids"),
        (HEAD + "a,,,\n", "ids"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        read_moved(_file(tmp_path, text))


@pytest.mark.parametrize(
    ("path", "query", "there"),
    [
        ("/platforms/a/", "", "/platforms/b/"),
        ("/platforms/a.csv", "", "/platforms/b.csv"),
        ("/open/feeds/a.atom", "", "/open/feeds/b.atom"),
        ("/open/badges/a.svg", "", "/open/badges/b.svg"),
        ("/embed/a/", "x=1", "/embed/b/?x=1"),
        ("/data/sinkrate/platforms/a.json", "", "/data/sinkrate/platforms/b.json"),
        ("/data/sinkrate/cases", "platform=a&_size=5", "/data/sinkrate/cases?platform=b&_size=5"),
        ("/data/sinkrate/cases", "platform=c", None),
        ("/cases/a/", "", None),
        ("/platforms/ab/", "", None),
        ("/", "platform=a", None),
    ],
)
def test_where_an_address_leads(path: str, query: str, there: str | None) -> None:
    assert target({"a": "b"}, path, query) == there


def test_the_server_redirects_for_good(tmp_path: Path) -> None:
    public = publish(tmp_path)
    (public / "site" / MOVED).write_text(json.dumps({"old-one": "yinghuo"}))
    with running(public) as client:
        page = client.get("/platforms/old-one/")
        row = client.get("/data/sinkrate/platforms/old-one", follow_redirects=True)
    assert (page.status_code, page.headers["location"]) == (301, "/platforms/yinghuo/")
    assert row.status_code == 200 and "萤火数卡" in row.text and isinstance(row, httpx.Response)
