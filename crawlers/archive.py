"""Everything fetched, kept as WARC: one gzip member a record, so that a kill costs at most the last half record.

A `response` and its `request` for every answer; a `metadata` note (JSON) for everything a run concluded from answers,
in the order it landed. Bodies are kept as the parser gets them: decoded, so that a payload's digest is the page's.
"""

import hashlib
import io
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Self
from urllib.parse import urlsplit

from scrapy.http import Request, Response
from warcio.recordloader import ArcWarcRecordLoader
from warcio.statusandheaders import StatusAndHeaders
from warcio.timeutils import iso_date_to_datetime
from warcio.warcwriter import WARCWriter

from crawlers.pages import SHANGHAI
from pipeline.errors import BadInput

_LEVEL = 6
_CHANGED_BY_DECODING = {"content-encoding", "content-length", "transfer-encoding"}
Headers = Iterable[tuple[str, str]]


class Page(NamedTuple):
    """An answer in the archive. `url` as fetched, `body` decoded."""

    id: str
    url: str
    status: int
    body: bytes
    seen_at: datetime


class Note(NamedTuple):
    """A conclusion in the archive. `what` is read, item, gap, list or begin; `about` is its JSON."""

    what: str
    about: dict[str, Any]


class Entry(NamedTuple):
    """A page or a note, and where its gzip member lies."""

    start: int
    end: int
    content: Page | Note


class Archive:
    """The archive of one run, open for appending."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        cut_half_record(path)
        self._file = path.open("ab", buffering=0)
        self._writer = WARCWriter(io.BytesIO(), gzip=False)

    def begin(self, about: dict[str, Any]) -> None:
        """A process takes the run up."""
        info = {"software": "sinkrate", "format": "WARC File Format 1.0", "robots": "obey"}
        record = self._writer.create_warcinfo_record(Path(self._file.name).name, info)
        self._append(record)
        self.note("begin", about, url="urn:sinkrate:begin")

    def page(
        self, url: str, status: int, headers: Headers, body: bytes, seen_at: datetime, asked: Request | None = None
    ) -> Page:
        """Keep one answer and, if known, what was asked."""
        kept = [(f"X-Archive-Orig-{n}" if n.lower() in _CHANGED_BY_DECODING else n, v) for n, v in headers]
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        about = {"WARC-Date": _utc(seen_at), "WARC-Payload-Digest": digest}
        http = StatusAndHeaders(str(status), [*kept, ("Content-Length", str(len(body)))], protocol="HTTP/1.1")
        record_id: str = self._keep("response", url, body, about, http)
        if asked is not None:
            line = StatusAndHeaders(_request_line(asked), _texts(asked), is_http_request=True)
            about = {"WARC-Date": _utc(seen_at), "WARC-Concurrent-To": record_id}
            self._keep("request", url, asked.body, about, line)
        return Page(record_id, url, status, body, seen_at)

    def answer(self, response: Response, asked: Request, seen_at: datetime) -> Page:
        """Keep Scrapy's answer; a page the browser rendered is kept as it stood after rendering."""
        return self.page(response.url, response.status, _texts(response), response.body, seen_at, asked)

    def note(self, what: str, about: dict[str, Any], *, url: str, refers_to: str | None = None) -> None:
        """Keep a conclusion, with the page it was drawn from."""
        body = json.dumps({"what": what, **about}, ensure_ascii=False).encode()
        more = {"WARC-Refers-To": refers_to} if refers_to else {}
        self._keep("metadata", url, body, more, None, "application/json")

    def sync(self) -> None:
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self.sync()
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _keep(
        self, kind: str, url: str, body: bytes, about: dict[str, str], http: StatusAndHeaders | None, media: str = ""
    ) -> str:
        """Append a record; returns its id."""
        record = self._writer.create_warc_record(
            _address(url), kind, payload=io.BytesIO(body), length=len(body), warc_content_type=media,
            warc_headers_dict=about, http_headers=http,
        )  # fmt: skip
        self._append(record)
        return str(record.rec_headers.get_header("WARC-Record-ID"))

    def _append(self, record: Any) -> None:
        plain = io.BytesIO()
        self._writer.out = plain
        self._writer.write_record(record)
        deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS + 16)
        self._file.write(deflate.compress(plain.getvalue()) + deflate.flush())


def entries(path: Path) -> Iterator[Entry]:
    """All pages and notes in order. A half record at the end is left out."""
    with path.open("rb") as file:
        for start, end, plain in _members(file, path):
            content = _content(plain)
            if content is not None:
                yield Entry(start, end, content)


def page_at(path: Path, start: int) -> Page:
    """The page whose member begins there."""
    with path.open("rb") as file:
        file.seek(start)
        _, _, plain = next(_members(file, path))
    content = _content(plain)
    if not isinstance(content, Page):
        raise BadInput(f"{path}: no page at byte {start}; the archive was changed, restore it")
    return content


def cut_half_record(path: Path) -> None:
    """Cut the file after its last whole record."""
    if not path.exists():
        return
    with path.open("r+b") as file:
        end = max((end for _, end, _ in _members(file, path)), default=0)
        if end < file.seek(0, os.SEEK_END):
            file.truncate(end)


def _members(file: BinaryIO, path: Path) -> Iterator[tuple[int, int, bytes]]:
    """Start, end and content of each whole gzip member."""
    start, rest = file.tell(), b""
    while True:
        inflate, parts, used = zlib.decompressobj(zlib.MAX_WBITS + 16), [], 0
        while not inflate.eof:
            chunk = rest or file.read(65536)
            if not chunk:
                return
            rest, used = b"", used + len(chunk)
            try:
                parts.append(inflate.decompress(chunk))
            except zlib.error as error:
                raise BadInput(f"{path}: damaged after byte {start} ({error}); move the file away") from error
        rest = inflate.unused_data
        end = start + used - len(rest)
        yield start, end, b"".join(parts)
        start = end


def _content(plain: bytes) -> Page | Note | None:
    record = ArcWarcRecordLoader().parse_record_stream(io.BytesIO(plain))
    if record.rec_type == "metadata":
        about = json.loads(record.content_stream().read())
        return Note(about.pop("what"), about)
    if record.rec_type != "response":
        return None
    head = record.rec_headers
    return Page(
        id=head.get_header("WARC-Record-ID"),
        url=head.get_header("WARC-Target-URI"),
        status=int(record.http_headers.get_statuscode()),
        body=record.raw_stream.read(),
        seen_at=iso_date_to_datetime(head.get_header("WARC-Date")).replace(tzinfo=UTC).astimezone(SHANGHAI),
    )


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _address(url: str) -> str:
    return "".join(char for char in url if char > " ")


def _request_line(asked: Request) -> str:
    parts = urlsplit(asked.url)
    return f"{asked.method} {parts.path or '/'}{'?' + parts.query if parts.query else ''} HTTP/1.1"


def _texts(message: Request | Response) -> list[tuple[str, str]]:
    """Header lines as text; latin-1 is what HTTP sends."""
    return [
        (name.decode("latin-1"), value.decode("latin-1").replace("\r", " ").replace("\n", " "))
        for name, values in message.headers.items()
        for value in values
    ]
