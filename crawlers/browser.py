"""The browser for pages a portal renders with its own script. `python -m crawlers.browser` says what is missing.

Nothing here imports Playwright: `crawlers.rendered` does, and only where a crawl wants it.
"""

import os
import shutil
import sys
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
_HANDLER = "crawlers.rendered.RenderedHandler"


class Call(NamedTuple):
    """One answer to a call the page's own script made. `status` 0: none came, `why` says so (robots, failed)."""

    url: str
    status: int
    body: bytes
    location: str = ""
    why: str = ""


class Walk(NamedTuple):
    """What a visitor does on one page: click `clicks` in turn, type `word`, then ask for more as long as there is any.

    `listen`: paths whose answers are read; `only`: paths or `name=value` that make a call this walk's own (the page may
    call for another tab first). `more`, `end`, `error`: CSS of what asks for more, of what says there is none, of an error page.
    `most`: answers after which the walk ends. Plain data, so that a request that waits on disk keeps it.
    """

    listen: tuple[str, ...]
    only: tuple[str, ...] = ()
    clicks: tuple[str, ...] = ()
    word: str = ""
    field: str = ""
    more: str = ".load-more"
    end: str = ".no-more, .no-data"
    error: str = "div.error"
    most: int = 50

    def hears(self, url: str) -> bool:
        return urlsplit(url).path in self.listen

    def owns(self, url: str) -> bool:
        """Whether the call is one for what this walk reads."""
        parts = urlsplit(url)
        asked = {f"{name}={value}" for name, value in parse_qsl(parts.query)} | {parts.path}
        return self.hears(url) and asked.issuperset(self.only)


def find() -> Path | None:
    """SINKRATE_CHROMIUM, a Chromium on the path, or the one Playwright downloaded; null when there is none."""
    if named := os.environ.get("SINKRATE_CHROMIUM"):
        return Path(named) if Path(named).is_file() else None
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache" / "ms-playwright"))
    return next(iter(sorted(cache.glob("chromium-*/chrome-linux*/chrome"), reverse=True)), None)


def flags() -> list[str]:
    """Start flags: quiet, and without the sandbox only where root could not start one."""
    return [*FLAGS, "--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else list(FLAGS)


def scrapy_settings() -> dict[str, Any]:
    """What a spider with rendered pages adds to Scrapy's settings; nothing without a Chromium."""
    chromium = find()
    if chromium is None:
        return {}
    return {
        "DOWNLOAD_HANDLERS": {"http": _HANDLER, "https": _HANDLER},
        "PLAYWRIGHT_LAUNCH_OPTIONS": {"executable_path": str(chromium), "args": flags()},
        "PLAYWRIGHT_PROCESS_REQUEST_HEADERS": None,  # the browser's own, with our name and contact as user agent
    }


def missing() -> str:
    """What to do where there is no Chromium."""
    return (
        "no Chromium found: pages a portal renders with its own script cannot be collected and browser tests are skipped. "
        "Install one with `apt-get install chromium` or `.venv/bin/playwright install chromium`."
    )


if __name__ == "__main__":
    browser = find()
    sys.stdout.write(f"Chromium: {browser}\n" if browser else f"{missing()}\n")
