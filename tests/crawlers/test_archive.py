"""The archive, what is rebuilt from it, what retention takes away. No crawl."""

import hashlib
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from scrapy.http import Request
from warcio.archiveiterator import ArchiveIterator

from crawlers.archive import Archive, Note, Page, cut_half_record, entries, page_at
from crawlers.coverage import coverage, rolled_off
from crawlers.pages import SHANGHAI
from crawlers.purge import apply, plan, reduced
from pipeline.errors import BadInput
from pipeline.model import RawComplaint, RawEvent

AT = datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI)
BODY = "投诉".encode() + bytes(range(256)) * 40
URL = "https://portal.example.invalid/view/1?sld=ab&x=一"


def _filled(path: Path, pages: int = 3) -> list[Page]:
    with Archive(path) as archive:
        archive.begin({"run": "a"})
        made = []
        for number in range(pages):
            asked = Request(URL, headers={"User-Agent": "x"})
            headers = [("Content-Type", "text/html"), ("Content-Encoding", "gzip"), ("Content-Length", "7")]
            page = archive.page(URL, 200, headers, BODY + bytes([number]), AT, asked)
            archive.note("read", {"ref": str(number), "pages": [page.id]}, url=URL, refers_to=page.id)
            made.append(page)
    return made


def test_pages_come_back_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "a" / "r.warc.gz"
    made = _filled(path)
    found = list(entries(path))
    pages = [entry.content for entry in found if isinstance(entry.content, Page)]
    assert [page._replace(url="") for page in pages] == [page._replace(url="") for page in made]
    assert pages[0].seen_at == AT
    assert pages[0].seen_at.utcoffset() == AT.utcoffset()
    notes = [entry.content for entry in found if isinstance(entry.content, Note)]
    assert [note.what for note in notes] == ["begin", "read", "read", "read"]
    start = next(entry.start for entry in found if isinstance(entry.content, Page) and entry.content.id == made[2].id)
    assert page_at(path, start).body == made[2].body


def test_it_is_warc_that_others_read(tmp_path: Path) -> None:
    path = tmp_path / "r.warc.gz"
    made = _filled(path, 1)
    with path.open("rb") as file:
        kinds = []
        for record in ArchiveIterator(file, check_digests="raise"):
            kinds.append(record.rec_type)
            content = record.content_stream().read()
            if record.rec_type == "response":
                assert content == made[0].body
                digest = hashlib.sha256(made[0].body).hexdigest()
                assert record.rec_headers.get_header("WARC-Payload-Digest") == f"sha256:{digest}"
            if record.rec_type == "request":
                assert record.http_headers.statusline == "/view/1?sld=ab&x=%E4%B8%80 HTTP/1.1"
                assert record.rec_headers.get_header("WARC-Concurrent-To") == made[0].id
    assert kinds == ["warcinfo", "metadata", "response", "request", "metadata"]


@pytest.mark.parametrize("cut", [1, 9, 50, 200, 400])
def test_a_kill_costs_the_last_half_record(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "r.warc.gz"
    _filled(path)
    whole = path.read_bytes()
    ends = [entry.end for entry in entries(path)]
    path.write_bytes(whole[: len(whole) - cut])
    cut_half_record(path)
    kept = path.read_bytes()
    assert whole.startswith(kept)
    assert len(whole) - len(kept) >= cut
    assert [entry.end for entry in entries(path)] == [end for end in ends if end <= len(kept)]
    with Archive(path) as archive:
        archive.note("gap", {"name": "1", "kind": "captcha"}, url="urn:x")
    assert [entry.content for entry in entries(path)][-1] == Note("gap", {"name": "1", "kind": "captcha"})


def test_damage_in_the_middle_is_said(tmp_path: Path) -> None:
    path = tmp_path / "r.warc.gz"
    _filled(path)
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2 : len(whole) // 2 + 60] = bytes(60)
    path.write_bytes(bytes(whole))
    with pytest.raises(BadInput, match="damaged after byte"):
        list(entries(path))


def _record(ref: str, seen_at: datetime) -> RawComplaint:
    said = RawEvent(at=seen_at, actor="complainant", kind="filed", text="编造的话")
    reply = RawEvent(at=seen_at, actor="platform", kind="replied", text="编造的回复")
    return RawComplaint(
        portal="heimao", ref=ref, url=URL, seen_at=seen_at, found_via="home:latest", title="题", body="编造的话",
        author="甲", page_digest="00", events=(said, reply),
    )  # fmt: skip


def test_purge_tells_first_and_keeps_digests(tmp_path: Path) -> None:
    archive = tmp_path / "archive" / "heimao" / "r.warc.gz"
    made = _filled(archive)
    for name, at in (("r", AT), ("s", AT + timedelta(days=400))):
        raw = tmp_path / "raw" / "heimao" / f"{name}.jsonl"
        raw.parent.mkdir(parents=True, exist_ok=True)
        raw.write_text(_record("1", at).model_dump_json() + "\n", encoding="utf8")
    before = archive.read_bytes()
    purge = plan(tmp_path, AT + timedelta(days=365))
    assert [(old.path.name, old.kind, old.records) for old in purge.files] == [
        ("r.warc.gz", "archive", 3),
        ("r.jsonl", "raw", 1),
    ]
    assert archive.read_bytes() == before
    assert apply(purge) > 0
    assert [path.name for path in archive.parent.iterdir()] == ["r.digests.tsv.gz"]
    import gzip

    rows = gzip.decompress((archive.parent / "r.digests.tsv.gz").read_bytes()).decode().splitlines()
    assert [row.split("\t")[2] for row in rows] == [hashlib.sha256(page.body).hexdigest() for page in made]
    kept = RawComplaint.model_validate_json((tmp_path / "raw" / "heimao" / "r.jsonl").read_text(encoding="utf8"))
    assert kept == reduced(_record("1", AT))
    assert (kept.author, kept.body, kept.page_digest) == (None, None, "00")
    assert [step.text for step in kept.events] == [None, "编造的回复"]
    assert plan(tmp_path, AT + timedelta(days=365)).files == ()
    with pytest.raises(BadInput, match="offset"):
        plan(tmp_path, datetime(2026, 1, 1))  # noqa: DTZ001 -- the naive one is what is refused


class _Visit:
    def __init__(self, *ids: int) -> None:
        self.latest_ids = (ids[0], ids[1]) if ids else None


def test_what_rolled_off_is_estimated_from_the_numbers() -> None:
    assert rolled_off(_Visit(100, 200), _Visit(1201, 1300)) == {"ids": 1000, "least": 650, "most": 720}
    assert rolled_off(_Visit(100, 200), _Visit(150, 300)) == {"ids": 0, "least": 0, "most": 0}
    assert rolled_off(None, _Visit(1, 2)) == {}
    assert rolled_off(_Visit(), _Visit(1, 2)) == {}
    assert coverage({"total": 50, "other": 3}, {"total": 200, "none": 0}) == {"total": 0.25}
