"""Scrapy settings: the manners of every crawl, in one place."""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from pipeline.errors import BadInput

VERSION = "0.1"

BOT_NAME = "sinkrate"
SPIDER_MODULES = ["crawlers.portals"]
USER_AGENT = f"sinkrate/{VERSION}"  # the contact is added by `manners`

ROBOTSTXT_OBEY = True
DOWNLOAD_DELAY = 2.0
DOWNLOAD_DELAY_JITTER = 0.0  # never below the promised two seconds
CONCURRENT_REQUESTS = 1
CONCURRENT_REQUESTS_PER_DOMAIN = 1
CONCURRENT_ITEMS = 1  # a page yields one record; Scrapy starts this many tasks for every page
DOWNLOAD_TIMEOUT = 60
DOWNLOAD_FAIL_ON_DATALOSS = True
DOWNLOAD_MAXSIZE = 20 * 1024 * 1024
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 1024 * 1024 * 1024  # lists held back by recorder.Room must not stop the downloads

COOKIES_ENABLED = False
REDIRECT_ENABLED = False  # a redirect may leave the portal: the spider looks first
METAREFRESH_ENABLED = False
RETRY_ENABLED = False  # crawlers.backoff waits before it tries again
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"  # each complaint number once per run, not each address
REFERER_ENABLED = False
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
STATS_DUMP = False
LOG_LEVEL = "INFO"
LOG_FILE_APPEND = True
DEFAULT_REQUEST_HEADERS = {"Accept": "text/html,application/json;q=0.9,*/*;q=0.5", "Accept-Language": "zh-CN,zh;q=0.9"}
_DOWNLOADER, _SPIDER = "scrapy.downloadermiddlewares", "scrapy.spidermiddlewares"
DOWNLOADER_MIDDLEWARES = {
    "crawlers.backoff.BackOff": 550,
    "crawlers.recorder.Recorder": 570,  # decoded answers, before anyone decides about them
    f"{_DOWNLOADER}.httpcompression.HttpCompressionMiddleware": None,
    "crawlers.failures.Unpacking": 590,  # a gzip that ends too early is told from a whole one
    f"{_DOWNLOADER}.offsite.OffsiteMiddleware": None,  # the spider knows the portal's hosts
    f"{_DOWNLOADER}.httpauth.HttpAuthMiddleware": None,
    f"{_DOWNLOADER}.stats.DownloaderStats": None,  # every answer is in the fetch log
}
SPIDER_MIDDLEWARES = {
    "crawlers.recorder.Room": 50,
    f"{_SPIDER}.httperror.HttpErrorMiddleware": None,
    f"{_SPIDER}.depth.DepthMiddleware": None,
    f"{_SPIDER}.metacopy.MetaCopyDetectionMiddleware": None,
}
ITEM_PIPELINES = {"crawlers.landing.Landing": 300}
EXTENSIONS = {"scrapy.extensions.logstats.LogStats": None, "scrapy.extensions.memusage.MemoryUsage": None}

BACKOFF_STATUSES = [403, 429, 456, 503]  # 456: the risk control of 黑猫, over in 10 to 30 minutes
BACKOFF_FIRST_SECONDS = 60.0
BACKOFF_MOST_SECONDS = 1800.0
BACKOFF_MOST_ASKED_SECONDS = 7200.0  # Retry-After is honoured up to here
BACKOFF_TRIES = 5

BUDGET = 20_000  # requests of one process to a live portal, unless portal.yml says otherwise: half a day at the pace


def _lab_pace() -> dict[str, Any]:
    """A portal on this machine has nobody to spare."""
    return {
        "DOWNLOAD_DELAY": 0,
        "CONCURRENT_REQUESTS": 8,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
        "DOWNLOAD_TIMEOUT": 5,
        "BACKOFF_FIRST_SECONDS": 0.1,
        "BACKOFF_MOST_SECONDS": 0.8,
        "BACKOFF_MOST_ASKED_SECONDS": 0.8,
        "BACKOFF_TRIES": 6,
    }


def is_loopback(url: str) -> bool:
    """Whether the address is this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def manners(home: str, pace: str | None, contact: str | None) -> dict[str, Any]:
    """Settings for one crawl of `home`. `pace` is `lab` (loopback only, its default there) or `polite`.

    A live host needs a contact in the user agent. Raises BadInput.
    """
    local = is_loopback(home)
    pace = pace or ("lab" if local else "polite")
    if pace not in ("lab", "polite"):
        raise BadInput(f"--pace {pace}: known are lab and polite")
    if pace == "lab" and not local:
        raise BadInput(f"--pace lab is for a portal on this machine (127.0.0.1), not for {home}: leave it out")
    if not local and not (contact or "").strip():
        raise BadInput("a live portal must be able to reach you: set SINKRATE_CONTACT to an e-mail or a web page")
    agent = f"{USER_AGENT} (+{(contact or 'loopback').strip()})"
    own: dict[str, Any] = {"USER_AGENT": agent, "HTTPPROXY_ENABLED": not local}
    return {**(_lab_pace() if pace == "lab" else {}), **own}
