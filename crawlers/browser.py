"""Which Chromium this machine has: the system's, or Playwright's own. `python -m crawlers.browser` says what is missing."""

import os
import shutil
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


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


def missing() -> str:
    """What to do where there is no Chromium."""
    return (
        "no Chromium found: pages a portal renders with its own script cannot be collected and browser tests are skipped. "
        "Install one with `apt-get install chromium` or `.venv/bin/playwright install chromium`."
    )


if __name__ == "__main__":
    browser = find()
    sys.stdout.write(f"Chromium: {browser}\n" if browser else f"{missing()}\n")
