"""What goes wrong on the way from the portal to us, each under a name of its own; answers unpacked whole or flagged."""

import zlib

from scrapy import Request, Spider
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

TRUNCATED_GZIP = "truncated_gzip"
_MOST_BYTES = 20 * 1024 * 1024
_NAMES = {
    "DownloadTimeoutError": "timeout",
    "ResponseDataLossError": "reset",  # the connection ended before the body did
    "DownloadFailedError": "no_connection",
    "DownloadConnectionRefusedError": "no_connection",
    "CannotResolveHostError": "no_host",
    "DownloadCancelledError": "too_large",
}


class TooLarge(IgnoreRequest):
    """The answer unpacks to more than DOWNLOAD_MAXSIZE."""


def failure_name(error: BaseException | None) -> str:
    """What the report calls a request without an answer: robots, timeout, reset, …, else the error's own name."""
    if isinstance(error, TooLarge):
        return "too_large"
    return "robots" if isinstance(error, IgnoreRequest) else _NAMES.get(type(error).__name__, type(error).__name__)


class Unpacking(HttpCompressionMiddleware):
    """As Scrapy unpacks, but a gzip that ends too early is no whole answer: it carries the flag `truncated_gzip`."""

    def process_response(
        self, request: Request, response: Response, spider: Spider | None = None
    ) -> Request | Response:
        if _is_gzip(response) and (part := _torn(response.body)) is not None:
            whole = response.replace(body=part, flags=[*response.flags, TRUNCATED_GZIP])
            del whole.headers["Content-Encoding"]
            return whole
        try:
            unpacked: Request | Response = super().process_response(request, response)
        except IgnoreRequest as error:
            raise TooLarge(str(error)) from error
        return unpacked


def _is_gzip(response: Response) -> bool:
    encodings = b",".join(response.headers.getlist("Content-Encoding")).lower().split(b",")
    return encodings[-1].strip() in (b"gzip", b"x-gzip")


def _torn(packed: bytes) -> bytes | None:
    """What can be read of a gzip without its end; null where the end is there."""
    inflate = zlib.decompressobj(zlib.MAX_WBITS + 16)
    try:
        part = inflate.decompress(packed, _MOST_BYTES)
    except zlib.error:
        return b""
    return None if inflate.eof or inflate.unconsumed_tail else part
