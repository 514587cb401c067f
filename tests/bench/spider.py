"""The crawl of `tests.bench.portal`: `python -m tests.bench.spider {full,bare} HOME DATA [NOW]` prints what it did as JSON.

full: everything sinkrate does. bare: a plain Scrapy spider that fetches the same pages and keeps nothing.
"""

import json
import resource
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response

SAMPLES = (2_000, 5_000, 10_000, 20_000, 50_000, 100_000)


def cpu_seconds() -> float:
    """Processor time of this process so far: what a busy machine does not change."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_mb() -> float:
    """Greatest memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Bare(scrapy.Spider):
    """Lists and details, nothing else."""

    name = "bare"
    pages = 0
    began = (0.0, 0.0)

    async def start(self) -> Any:
        self.began = (time.perf_counter(), cpu_seconds())
        yield scrapy.Request(self.home, self.on_list)

    def on_list(self, response: Response) -> Iterator[scrapy.Request]:
        for href in response.css('a[href*="/complaint/view/"]::attr(href)').getall():
            yield response.follow(href, self.on_detail)
        if more := response.css("a.next::attr(href)").get():
            yield response.follow(more, self.on_list)

    def on_detail(self, response: Response) -> Iterator[dict[str, Any]]:
        self.pages += 1
        yield {"url": response.url, "size": len(response.body)}


def bare(home: str) -> dict[str, Any]:
    settings = {"LOG_LEVEL": "ERROR", "CONCURRENT_REQUESTS": 8, "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
                "DOWNLOAD_DELAY": 0, "TELNETCONSOLE_ENABLED": False}  # fmt: skip
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(Bare)
    process.crawl(crawler, home=home)
    process.start()
    spider: Any = crawler.spider
    return {"pages": spider.pages, **_spent(spider.began), "peak_mb": {str(spider.pages): peak_mb()}}


def _spent(began: tuple[float, float]) -> dict[str, float]:
    return {"seconds": time.perf_counter() - began[0], "cpu_seconds": cpu_seconds() - began[1]}


def full(home: str, data: Path, now: datetime | None) -> dict[str, Any]:
    from crawlers.portals.heimao.spider import HeimaoSpider
    from crawlers.run import crawl

    began: list[tuple[float, float]] = []
    samples: dict[str, float] = {}

    def on_home(self: Any, response: Response) -> Iterator[Any]:
        began.append((time.perf_counter(), cpu_seconds()))
        yield self.list_page("/list/1", self.on_bench, scope="bench")

    def on_bench(self: Any, response: Response, scope: str, number: int) -> Iterator[Any]:
        for href in response.css('a[href*="/complaint/view/"]::attr(href)').getall():
            self.run.listed += 1
            yield self.detail(href, ref=href.rsplit("/", 1)[1], found_via="bench")
        if more := response.css("a.next::attr(href)").get():
            yield self.list_page(more, self.on_bench, scope=scope, number=number + 1)

    def progress(landed: int, _: int) -> None:
        if landed in SAMPLES:
            samples[str(landed)] = peak_mb()

    HeimaoSpider.on_home = on_home  # type: ignore[method-assign]  # the bench's portal has its own lists
    HeimaoSpider.on_bench = on_bench  # type: ignore[attr-defined]
    report = crawl("heimao", home, data, now=now, progress=progress)
    landed = sum(report.items.values()) + sum(report.gone.values())
    return {"pages": landed, **_spent(began[0]), "peak_mb": samples, "complete": report.complete,
            "problems": report.problems}  # fmt: skip


if __name__ == "__main__":
    kind, address, folder, *at = sys.argv[1:]
    moment = datetime.fromisoformat(at[0]) if at else None
    print(json.dumps(bare(address) if kind == "bare" else full(address, Path(folder), moment)))
