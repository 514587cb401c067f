"""Packages, feeds, maps, badges, embeds: what other programs and pages are told, by the rules of each format."""

import json
import re
import shutil
import sqlite3
from datetime import datetime
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest

from pipeline.model import TABLES
from pipeline.publish.open import cards
from pipeline.publish.open.aliases import PLACES
from pipeline.publish.open.verify import verify
from pipeline.publish.open.writing import write_open
from tests.publish.open.conftest import SITE, Written, write
from tests.publish.sample import HOSTILE

ATOM = "{http://www.w3.org/2005/Atom}"
PLATFORMS = {"yinghuo", "zhezhi", "zhiyuan"}


def _json(written: Written, path: str) -> Any:
    return json.loads((written.site / path).read_text(encoding="utf8"))


def _file_of(written: Written, url: str) -> bytes:
    return (written.site / urlsplit(url).path.removeprefix("/")).read_bytes()


# packages


def test_the_data_package_describes_every_table_and_its_bytes(written: Written) -> None:
    package = _json(written, "open/datapackage.json")
    assert [resource["name"] for resource in package["resources"]] == list(TABLES)
    for resource in package["resources"]:
        content = (written.site / "open" / resource["path"]).read_bytes()
        assert resource["hash"] == f"sha256:{sha256(content).hexdigest()}" and resource["bytes"] == len(content)
        header = content.decode("utf-8-sig").splitlines()[0].split(",")
        assert [field["name"] for field in resource["schema"]["fields"]] == header
        assert all(field["description"].count(" · ") for field in resource["schema"]["fields"])
        assert set(resource["schema"]["primaryKey"]) <= set(header)


def test_croissant_has_a_record_set_for_every_file(written: Written) -> None:
    found = _json(written, "open/croissant.json")
    files = {one["@id"]: one for one in found["distribution"]}
    assert found["conformsTo"].endswith("croissant/1.0") and len(files) == len(TABLES) == len(found["recordSet"])
    for one in found["recordSet"]:
        for field in one["field"]:
            assert field["source"]["fileObject"]["@id"] in files and field["dataType"]
    for one in files.values():
        assert one["sha256"] == sha256((written.site / "open" / one["contentUrl"]).read_bytes()).hexdigest()


def test_dcat_and_schema_org_name_files_that_are_there(written: Written) -> None:
    catalogue, data = _json(written, "open/dcat.jsonld"), _json(written, "open/dataset.jsonld")
    links = [one["dcat:downloadURL"]["@id"] for one in catalogue["dcat:dataset"][0]["dcat:distribution"]]
    links += [one["contentUrl"] for one in data["distribution"]]
    assert len(links) > 2 * len(TABLES)
    for link in links:
        assert link.startswith(SITE) and _file_of(written, link)
    assert data["@type"] == "Dataset" and 50 <= len(data["description"]) <= 5000 and data["license"] and data["name"]


def test_the_index_and_the_sums_hold(written: Written) -> None:
    index = _json(written, "open/index.json")
    for one in index["files"]:
        content = _file_of(written, one["path"])
        assert one["sha256"] in (None, sha256(content).hexdigest()) and one["bytes"] in (None, len(content))
    for line in (written.site / "open/SHA256SUMS").read_text().splitlines():
        digest, name = line.split("  ")
        assert sha256((written.site / "open" / name).read_bytes()).hexdigest() == digest
    summed = {line.split("  ")[1] for line in (written.site / "open/SHA256SUMS").read_text().splitlines()}
    lying = {
        path.relative_to(written.site / "open").as_posix()
        for path in (written.site / "open").rglob("*")
        if path.is_file()
    }
    former = {path for path in lying if "old-one" in path}  # the same files under a former id
    assert lying - summed - former == {path.removeprefix("/open/") for path in index["without_sum"]}


# feeds


def test_atom_feeds_keep_the_rules_of_rfc_4287(written: Written) -> None:
    paths = [written.site / "open/feed.atom", *sorted((written.site / "open/feeds").glob("*.atom"))]
    assert len(paths) == 1 + len(PLATFORMS) + 1  # and one under a former id
    for path in paths:
        feed = ET.fromstring(path.read_bytes())
        assert feed.tag == f"{ATOM}feed"
        for one in (feed, *feed.iter(f"{ATOM}entry")):
            for name in ("id", "title", "updated"):
                assert len(one.findall(f"{ATOM}{name}")) == 1 and one.findtext(f"{ATOM}{name}"), path
            assert urlsplit(str(one.findtext(f"{ATOM}id"))).scheme == "tag"
            assert datetime.fromisoformat(str(one.findtext(f"{ATOM}updated"))).tzinfo is not None
            assert one.find(f"{ATOM}link[@rel='alternate']") is not None
        own = feed.find(f"{ATOM}link[@rel='self']")
        assert own is not None and _file_of(written, own.attrib["href"]) == path.read_bytes()
        assert feed.findtext(f"{ATOM}author/{ATOM}name")
        ids = [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")]
        assert len(ids) == len(set(ids))


def test_a_former_id_answers_as_the_id_of_today(written: Written) -> None:
    """On hosts that send files only, the same file; a reader's feed keeps its ids."""
    for place in PLACES:
        today, former = written.site / place.format("yinghuo"), written.site / place.format("old-one")
        assert today.is_file() and former.read_bytes() == today.read_bytes(), place
    index = json.loads((written.site / "open/index.json").read_text(encoding="utf8"))
    assert "old-one" not in json.dumps(index)


def test_json_feeds_say_the_same_entries(written: Written) -> None:
    for path in sorted((written.site / "open").glob("**/feed*.json")) + sorted(
        (written.site / "open/feeds").glob("*.json")
    ):
        found = json.loads(path.read_text(encoding="utf8"))
        assert found["version"] == "https://jsonfeed.org/version/1.1" and found["title"]
        assert found["feed_url"].startswith(SITE) and found["home_page_url"].startswith(SITE)
        feed = ET.fromstring(path.with_suffix(".atom").read_bytes())
        assert [item["id"] for item in found["items"]] == [
            entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")
        ]
        assert all(item["url"].startswith(SITE) and item["content_text"] for item in found["items"])


def test_a_platform_s_feed_is_its_own_record_with_counts_interval_and_date(written: Written) -> None:
    items = _json(written, "open/feeds/yinghuo.json")["items"]
    assert items and all(item["tags"] == ["yinghuo"] for item in items)
    for item in items:
        if ":month:" in item["id"]:
            assert re.search(r"\d+/\d+ 件", item["content_text"]) and "2026-11-20" in item["content_text"]
            assert "%" not in item["content_text"] or "区间" in item["content_text"]
    everything = _json(written, "open/feed.json")["items"]
    assert not [item for item in everything if ":month:yinghuo:" in item["id"]]
    assert [item["date_published"] for item in everything] == sorted(
        (item["date_published"] for item in everything), reverse=True
    )


# maps


def test_the_sitemap_lists_pages_and_no_single_case(written: Written) -> None:
    found = ET.fromstring((written.site / "sitemap.xml").read_bytes())
    space = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    listed = [one.text for one in found.findall("s:url/s:loc", space)]
    assert f"{SITE}/" in listed and f"{SITE}/platforms/yinghuo/" in listed and f"{SITE}/en/" in listed
    assert not [address for address in listed if address and ("/cases/" in address or "/embed/" in address)]
    assert all(datetime.fromisoformat(str(one.text)).tzinfo for one in found.findall("s:url/s:lastmod", space))


def test_robots_and_llms_say_what_is_where(written: Written) -> None:
    assert (
        f"Sitemap: {SITE}/sitemap.xml" in (written.site / "robots.txt").read_text()
        and "Disallow: /data/" in (written.site / "robots.txt").read_text()
    )
    told = (written.site / "llms.txt").read_text(encoding="utf8")
    assert told.startswith("# 石沉榜") and "\n> " in told and "17/32" in told
    for link in re.findall(r"\]\((/[^)]*)\)", told):
        if link.startswith(("/open/", "/platforms.json")):
            assert (written.site / link.removeprefix("/")).is_file(), link


def test_without_an_address_nothing_claims_one(tmp_path: Any) -> None:
    again = write(tmp_path, "")
    assert not (again.site / "sitemap.xml").exists() and not (again.site / "open/oembed").exists()
    assert "Sitemap" not in (again.site / "robots.txt").read_text()
    assert "feed_url" not in _json(again, "open/feed.json")
    assert _json(again, "open/index.json")["files"][0]["url"].startswith("/open/")


# travel


def test_a_badge_carries_count_interval_date_and_its_last_day(written: Written) -> None:
    for platform in PLATFORMS:
        text = (written.site / f"open/badges/{platform}.svg").read_text(encoding="utf8")
        ET.fromstring(text)
        assert re.search(r"\d+/\d+ 件", text) and "2026-11-20" in text and "2026-12-20 后作废" in text
        assert ("石沉率" in text) == bool(re.search(r"[\d.]+–[\d.]+%", text)), platform
        assert "<script" not in text and "http" in text.split("<title")[1]
        old = (written.site / f"open/badges/{platform}.stale.svg").read_text(encoding="utf8")
        assert "数据过期" in old and "%" not in old.split("</title>")[1].split("<g")[1]
    assert "石沉率 53.1%（17/32 件，36.4–69.1%）" in (written.site / "open/badges/yinghuo.svg").read_text(
        encoding="utf8"
    )


def test_the_card_and_its_oembed_answer_fit(written: Written) -> None:
    for platform in PLATFORMS:
        answer = _json(written, f"open/oembed/{platform}.json")
        assert answer["version"] == "1.0" and answer["type"] == "rich"
        assert isinstance(answer["width"], int) and isinstance(answer["height"], int)
        source = re.search(r'<iframe src="([^"]+)"', answer["html"])
        assert source and "石沉榜" in _file_of(written, source[1] + "index.html").decode()
        page = (written.site / f"embed/{platform}/index.html").read_text(encoding="utf8")
        assert (
            "2026-11-20" in page and 'data-days="30"' in page and "noindex" in page and re.search(r"\d+/\d+ 件", page)
        )


class _Scripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script":
            self.found.append(str(dict(attrs).get("src")))


def test_hostile_text_stays_text_in_every_file(written: Written) -> None:
    """A statement in the sample is markup; it reaches feeds, and no file runs it."""
    assert any(HOSTILE in item["content_text"] for item in _json(written, "open/feed.json")["items"])
    assert b"<script>alert" not in (written.site / "open/feed.atom").read_bytes()
    for path in (*written.site.glob("embed/*/index.html"), written.site / "open/press.html"):
        parser = _Scripts()
        parser.feed(path.read_text(encoding="utf8"))
        assert set(parser.found) <= {"/assets/embed.js"}


def test_cards_are_drawn_where_a_font_is_and_left_out_where_none_is(written: Written) -> None:
    drawn = [path for path in (written.site / "open/cards").glob("*.png") if path.stem != "old-one"]
    assert len(drawn) == written.report.cards == (len(PLATFORMS) + 1 if cards.font_file() else 0)
    for path in drawn:
        content = path.read_bytes()
        assert content.startswith(b"\x89PNG") and len(content) < 100_000
        assert (int.from_bytes(content[16:20]), int.from_bytes(content[20:24])) == cards.SIZE


def test_the_press_sheet_and_the_citation_name_the_edition(written: Written) -> None:
    cite = _json(written, "open/cite.json")
    sheet = (written.site / "open/press.html").read_text(encoding="utf8")
    for text in (cite["text_zh"], cite["text_en"], cite["bibtex"], sheet):
        assert cite["edition"] in text and "2026-11-20" in text
    assert "17/32" in sheet and "36.4–69.1" in sheet
    assert "T" not in cite["text_zh"].partition("截至")[2].partition("，")[0] and cite["text_en"].endswith(f", {SITE}/")


def test_without_an_address_the_citation_points_nowhere(tmp_path: Any) -> None:
    cite = _json(write(tmp_path, ""), "open/cite.json")
    assert "/" not in cite["text_en"] and "url" not in cite["bibtex"] and cite["bibtex"].endswith("}\n}\n")


# verify


def test_what_was_written_verifies_and_what_was_touched_does_not(tmp_path: Any) -> None:
    again = write(tmp_path)
    assert [check.name for check in verify(again.site) if not check.holds] == []
    public = _json(again, "open/proofs/key.json")["public_key"]
    assert all(check.holds for check in verify(again.site / "open", public))
    assert [check.name for check in verify(again.site, "00" * 32) if not check.holds] == ["key"]
    badge = again.site / "open/badges/yinghuo.svg"  # as a server gives it after thirty days
    badge.write_bytes(badge.with_suffix(".stale.svg").read_bytes())
    assert [check.name for check in verify(again.site) if not check.holds] == []
    badge.write_bytes((again.site / "open/badges/zhezhi.svg").read_bytes())
    assert [check.name for check in verify(again.site) if not check.holds] == ["files"]
    badge.write_bytes(badge.with_suffix(".stale.svg").read_bytes())
    path = again.site / "open/csv/cases.csv"
    path.write_bytes(path.read_bytes() + b"x")
    assert [check.name for check in verify(again.site) if not check.holds] == ["files"]


@pytest.mark.parametrize("sql", ["UPDATE cases SET rung = 'silent' WHERE rung = 'answered'", "DELETE FROM tombstones"])
def test_a_changed_record_is_found(tmp_path: Any, sql: str) -> None:
    again = write(tmp_path)
    own = again.site / "open/sinkrate.db"
    own.unlink()
    own.write_bytes(again.database.read_bytes())
    with sqlite3.connect(own) as db:
        assert db.execute(sql).rowcount > 0
    db.close()
    broken = [check.name for check in verify(again.site) if not check.holds]
    assert broken == ["records", "root", "files"]


@pytest.mark.parametrize(("kind", "began"), [("merged", "yinghuo"), ("renamed", "was-so"), ("reviewed", "was-so")])
def test_a_feed_keeps_its_ids_when_its_platform_is_renamed_or_another_joins_it(
    written: Written, tmp_path: Any, kind: str, began: str
) -> None:
    changed = Path(shutil.copy(written.database, tmp_path / "sinkrate.db"))
    with sqlite3.connect(changed) as db:
        db.execute("INSERT INTO platform_ids VALUES ('was-so', 'yinghuo', '2026-09-01', ?, 'x')", (kind,))
    db.close()
    site = tmp_path / "site"
    write_open(changed, site, site_url=SITE, moved={"was-so": "yinghuo"}, key=written.key, log=tmp_path / "log")
    before = _ids(written.site / "open/feeds/yinghuo.atom")
    after = _ids(site / "open/feeds/yinghuo.atom")
    assert after == [one.replace("yinghuo", began) for one in before] and len(before) > 2
    assert _ids(site / "open/feeds/was-so.atom") == after
    assert _ids(site / "open/feeds/zhezhi.atom") == _ids(written.site / "open/feeds/zhezhi.atom")


def _ids(feed: Path) -> list[str]:
    """Of the feed and its entries."""
    return [str(one.text) for one in ET.fromstring(feed.read_bytes()).iter(f"{ATOM}id")]


def test_json_feeds_keep_the_rules_of_json_feed_1_1(written: Written) -> None:
    """Required members and their types; ids are texts and unlike; times are RFC 3339; nothing that 1.1 does not know."""
    known = {"id", "url", "title", "content_text", "date_published", "tags"}
    for path in [written.site / "open/feed.json", *(written.site / "open/feeds").glob("*.json")]:
        feed = json.loads(path.read_text(encoding="utf8"))
        assert all(isinstance(one["name"], str) for one in feed["authors"]) and isinstance(feed["items"], list)
        ids = [item["id"] for item in feed["items"]]
        assert len(set(ids)) == len(ids) and all(isinstance(one, str) and one for one in ids)
        for item in feed["items"]:
            assert (
                item.keys() <= known
                and item["content_text"]
                and all(isinstance(tag, str) for tag in item.get("tags", []))
            )
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", item["date_published"])


def test_the_sitemap_keeps_the_rules_of_its_schema(written: Written) -> None:
    """Children of `url` in any order, each once; addresses whole, escaped, under 2,048 letters; 50,000 and 50 MiB a file."""
    paths = sorted(written.site.glob("sitemap*.xml"))
    for path in paths:
        content = path.read_bytes()
        root = ET.fromstring(content)
        space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
        assert (
            root.tag in (f"{space}urlset", f"{space}sitemapindex")
            and len(content) < 50 * 2**20
            and 0 < len(root) <= 50_000
        )
        places = [str(one.findtext(f"{space}loc")) for one in root]
        assert len(set(places)) == len(places) and all(
            12 <= len(one) <= 2048 and one.startswith(f"{SITE}/") and one.isascii() for one in places
        )
        for one in root:
            names = [child.tag.removeprefix(space) for child in one if child.tag.startswith(space)]
            assert len(set(names)) == len(names) and set(names) <= {"loc", "lastmod", "changefreq", "priority"}
    assert paths
