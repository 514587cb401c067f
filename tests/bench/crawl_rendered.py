"""Rendered pages per second: the crawler with everything on against a bare scrapy-playwright spider, same pages, same run.

    .venv/bin/python tests/bench/crawl_rendered.py [rounds]

The pages are merchants' pages of the lab whose script makes one signed call and fills the cards. Both sides start Chromium.
"""

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from crawlers.browser import find, flags
from crawlers.lab.server import Lab
from crawlers.lab.things import AS_OF, World
from crawlers.lab.world import build_world

_TARGET = 0.6
_NO_OTHER_HOST = (
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"  # a tracker's name fails at once on both sides
)
_TIMES = 2  # each merchant's page under so many addresses
_BARE = """
import json, sys
import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy_playwright.page import PageMethod

urls, settings = json.loads(sys.argv[1]), json.loads(sys.argv[2])

class Bare(scrapy.Spider):
    name = "bare"
    custom_settings = settings

    async def start(self):
        for url in urls:
            ready = PageMethod("wait_for_selector", ".no-more:not(.hide)")
            yield scrapy.Request(url, meta={"playwright": True, "playwright_page_methods": [ready]})

    def parse(self, response):
        assert response.css("div.blackcat-con a::attr(href)").getall(), response.url

process = CrawlerProcess({"LOG_LEVEL": "ERROR"})
process.crawl(Bare)
process.start()
"""
_WATCH = """
portals:
  heimao:
    lists: {home: {}, merchant: {most_calls: 5}}
    merchants: %s
vocabulary: {names: [], goods: [], signs: [], traps: [], never: []}
"""


def _world() -> World:
    """Merchants with at most ten complaints: one call fills a page."""
    world, kept, seen = build_world(), [], dict[str | None, int]()
    for complaint in world.complaints:
        seen[complaint.couid] = seen.get(complaint.couid, 0) + 1
        if complaint.is_visible(AS_OF) and complaint.group_ref is None and seen[complaint.couid] <= 3:
            kept.append(complaint)
    return replace(world, complaints=tuple(kept))


def _bare(urls: list[str]) -> float:
    settings = {
        "DOWNLOAD_HANDLERS": {"http": "scrapy_playwright.handler.ScrapyPlaywrightDownloadHandler"},
        "PLAYWRIGHT_LAUNCH_OPTIONS": {"executable_path": str(find()), "args": [*flags(), _NO_OTHER_HOST]},
        "CONCURRENT_REQUESTS": 8, "CONCURRENT_REQUESTS_PER_DOMAIN": 8, "DOWNLOAD_DELAY": 0, "LOG_LEVEL": "ERROR",
    }  # fmt: skip
    start = time.monotonic()
    subprocess.run([sys.executable, "-c", _BARE, json.dumps(urls), json.dumps(settings)], check=True)
    return time.monotonic() - start


def _ours(home: str, merchants: list[str], data: Path) -> tuple[float, int]:
    """Seconds, and pages walked: merchants that complaints lead to are walked besides the watched ones."""
    (data / "reference").mkdir(parents=True)
    source = Path(__file__).parents[2] / "data" / "reference"
    for path in source.iterdir():
        (data / "reference" / path.name).symlink_to(path)
    watch = data / "reference" / "watch.yml"
    watch.unlink(missing_ok=True)
    watch.write_text(_WATCH % json.dumps([{"ref": ref, "name": ref} for ref in merchants]), encoding="utf8")
    command = [sys.executable, "-m", "crawlers.run", "heimao", "--home", home, "--data", str(data)]
    start = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - start
    lists = next(data.glob("raw/heimao/*.lists.ndjson")).read_text(encoding="utf8").splitlines()
    walked = [row for row in map(json.loads, lists) if row["end"] == "end" and row["items"]]
    assert done.returncode == 0, done.stderr
    assert len(walked) >= len(merchants), f"{len(walked)} of {len(merchants)} pages walked"
    return seconds, len(walked)


def main(rounds: int) -> None:
    world = _world()
    couids = sorted({complaint.couid for complaint in world.complaints if complaint.couid})
    merchants = [f"{couid}&n={n}" for n in range(_TIMES) for couid in couids]
    for number in range(rounds):
        with Lab(world, listed="some") as lab, tempfile.TemporaryDirectory() as folder:
            bare = _bare([f"{lab.url}/company/view/?couid={merchant}" for merchant in merchants])
            ours, walked = _ours(f"{lab.url}/", merchants, Path(folder) / "data")
        n = len(merchants)
        print(
            f"round {number + 1}: {n} pages · bare scrapy-playwright {n / bare:.2f}/s · sinkrate {walked} pages {walked / ours:.2f}/s · "
            f"ratio {walked / ours / (n / bare):.2f} (target {_TARGET})"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
